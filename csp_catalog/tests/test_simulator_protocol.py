"""How the simulator speaks: tokens, headers, errors, replays, pages, admin."""

from __future__ import annotations

import json
import threading
import uuid
from urllib.parse import urlencode

try:
    from . import simulator_process as process
    from .simulator_case import SimulatorCase, providers
except ImportError:
    import simulator_process as process
    from simulator_case import SimulatorCase, providers

API = "https://api.partnercenter.microsoft.com"
PRICES = "https://api.partner.microsoft.com"
SHEET = (
    "/v1.0/sales/pricesheets(Market='DE',PricesheetView='updatedlicensebased')/$value"
)


class ProtocolCase(SimulatorCase):
    def token(self, resource=API, **form):
        form = {
            "resource": resource,
            "client_id": process.CLIENT_ID,
            "client_secret": process.CLIENT_SECRET,
            "grant_type": "refresh_token",
            "refresh_token": process.REFRESH_TOKEN,
            **form,
        }
        status, body = self.simulator.request(
            "POST",
            f"/{process.TENANT_ID}/oauth2/token",
            urlencode(form),
            {"Content-Type": "application/x-www-form-urlencoded"},
        )
        return status, json.loads(body)

    def call(self, method, path, body=None, resource=API, **headers):
        head = {"Authorization": f"Bearer {self.token(resource)[1]['access_token']}"}
        head |= {name.replace("_", "-"): value for name, value in headers.items()}
        text = None if body is None else json.dumps(body)
        status, content = self.simulator.request(method, path, text, head)
        return status, json.loads(content) if content[:1] == b"{" else content

    def customer_body(self, domain="moor.onmicrosoft.com"):
        address = {
            "FirstName": "A",
            "LastName": "B",
            "AddressLine1": "Weg 1",
            "City": "Kiel",
            "PostalCode": "24103",
            "Country": "DE",
        }
        billing = {"Culture": "de-DE", "Language": "de", "Email": "a@moor.example"}
        billing |= {"CompanyName": "Moor <b>KG</b>", "DefaultAddress": address}
        return {"CompanyProfile": {"Domain": domain}, "BillingProfile": billing}


class TestTokens(ProtocolCase):
    def test_wrong_credentials_give_the_documented_bodies(self):
        for form, status, error in (
            ({"client_secret": "no"}, 401, "invalid_client"),
            ({"client_id": "no"}, 400, "unauthorized_client"),
            ({"refresh_token": "no"}, 400, "invalid_grant"),
            ({"resource": "https://else.example"}, 400, "invalid_resource"),
            ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ):
            answer = self.token(**form)
            self.assertEqual((answer[0], answer[1]["error"]), (status, error))
            self.assertTrue(answer[1]["error_description"].startswith("AADSTS"))

    def test_every_host_has_its_audience(self):
        self.assertEqual(self.call("GET", "/v1/customers")[0], 200)
        self.assertEqual(self.call("GET", "/v1/customers", resource=PRICES)[0], 401)
        self.assertEqual(self.call("GET", SHEET, resource=PRICES)[0], 200)
        self.assertEqual(self.call("GET", SHEET)[0], 401)
        retired = self.call(
            "GET", "/v1/customers", resource="https://graph.windows.net"
        )
        self.assertEqual((retired[0], retired[1]["code"]), (401, 900420))

    def test_no_token_no_answer(self):
        for path in ("/v1/customers", SHEET, "/v1/agreements"):
            self.assertEqual(self.simulator.request("GET", path)[0], 401)

    def test_token_ends_after_an_hour(self):
        token = self.token()[1]["access_token"]
        head = {"Authorization": f"Bearer {token}"}
        self.assertEqual(
            self.simulator.request("GET", "/v1/customers", None, head)[0], 200
        )
        self.simulator.advance(seconds=3601)
        self.assertEqual(
            self.simulator.request("GET", "/v1/customers", None, head)[0], 401
        )


class TestAnswers(ProtocolCase):
    def test_same_request_id_repeats_the_answer(self):
        id_ = str(uuid.uuid4())
        first = self.call(
            "POST", "/v1/customers", self.customer_body(), MS_RequestId=id_
        )
        again = self.call(
            "POST", "/v1/customers", self.customer_body(), MS_RequestId=id_
        )
        self.assertEqual(first, again)
        self.assertTrue(first[1]["userCredentials"]["password"])
        other = self.customer_body("else.onmicrosoft.com")
        self.assertEqual(
            self.call("POST", "/v1/customers", other, MS_RequestId=id_)[0], 400
        )
        self.assertEqual(len(self.simulator.state()["customers"]), 1)

    def test_credentials_are_shown_once(self):
        _status, created = self.call("POST", "/v1/customers", self.customer_body())
        _status, read = self.call("GET", f"/v1/customers/{created['id']}")
        self.assertNotIn("userCredentials", read)
        self.assertNotIn(
            created["userCredentials"]["password"], json.dumps(self.simulator.state())
        )

    def test_error_bodies_have_the_documented_shapes(self):
        status, body = self.call("GET", "/v1/customers/none")
        self.assertEqual(status, 404)
        self.assertEqual(set(body), {"code", "description", "data", "source"})
        self.call("POST", "/v1/customers", self.customer_body())
        status, body = self.call("POST", "/v1/customers", self.customer_body())
        self.assertEqual(status, 409)
        self.assertIn("errorName", body)
        self.simulator.add_fault("429", path_regex="/v1/customers", seconds=57)
        status, body = self.call("GET", "/v1/customers")
        self.assertEqual(
            (status, body),
            (
                429,
                {
                    "statusCode": 429,
                    "message": "Rate limit is exceeded. Try again in 57 seconds.",
                },
            ),
        )

    def test_rate_limit_is_per_customer(self):
        _adapter, customer, _subscription = self.buy()
        self.simulator.admin("/_sim/settings", {"rate_limit": 6})
        path = f"/v1/customers/{customer}"
        answers = [self.call("GET", path)[0] for _number in range(14)]
        self.assertIn(429, answers)
        self.assertEqual(answers[0], 200)

    def test_bad_requests_are_answered_not_crashed(self):
        head = {"Authorization": f"Bearer {self.token()[1]['access_token']}"}
        for method, path, body in (
            ("POST", "/v1/customers", "{"),
            ("POST", "/v1/customers", "[]"),
            ("POST", "/v1/customers", "{}"),
            ("GET", "/v1/nothing", None),
            ("GET", "/v1/products", None),
            ("DELETE", "/v1/customers", None),
            ("GET", "/v1/customers?seekOperation=Next", None),
        ):
            status, _body = self.simulator.request(method, path, body, head)
            self.assertIn(status, (400, 404, 405), (method, path, body))

    def test_pages_need_their_token(self):
        for number in range(5):
            body = self.customer_body(f"c{number}.onmicrosoft.com")
            self.call("POST", "/v1/customers", body)
        _status, first = self.call("GET", "/v1/customers?size=2")
        following = first["links"]["next"]
        self.assertEqual(len(first["items"]), 2)
        header = following["headers"][0]
        self.assertEqual(header["key"], "MS-ContinuationToken")
        _status, second = self.call(
            "GET", "/v1" + following["uri"], MS_ContinuationToken=header["value"]
        )
        names = [
            row["companyProfile"]["domain"] for row in first["items"] + second["items"]
        ]
        self.assertEqual(names, [f"c{number}.onmicrosoft.com" for number in range(4)])

    def test_identical_checkouts_at_once_give_one_order(self):
        """Also under different request ids: the cart is the key."""
        order, adapter, checkpoint = self.place_order(), self.adapter(), {}
        while checkpoint.get("step") != "checkout":
            checkpoint = adapter.execute(order, checkpoint).checkpoint
        path = (
            f"/v1/customers/{checkpoint['customer_ref']}"
            f"/carts/{checkpoint['cart_ref']}/checkout"
        )
        barrier, answers = threading.Barrier(6), []

        def work():
            barrier.wait(10)
            answers.append(self.call("POST", path, MS_RequestId=str(uuid.uuid4())))

        threads = [threading.Thread(target=work) for _number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        self.assertEqual(len(answers), 6)
        self.assertTrue(all(answer == answers[0] for answer in answers))
        self.assertEqual(len(self.simulator.state()["orders"]), 1)

    def test_stale_and_unquoted_etags_are_refused(self):
        _adapter, customer, subscription = self.buy()
        path = f"/v1/customers/{customer}/subscriptions/{subscription}"
        _status, body = self.call("GET", path)
        etag = body["attributes"]["etag"]
        body["quantity"] = 6
        for value in (etag, '"old"'):
            answer = self.call("PATCH", path, body, If_Match=value)
            self.assertEqual((answer[0], answer[1]["code"]), (400, 2055))
        self.assertEqual(self.call("PATCH", path, body, If_Match=f'"{etag}"')[0], 200)
        body["quantity"] = 7
        answer = self.call("PATCH", path, body, If_Match=f'"{etag}"')
        self.assertEqual(answer[1]["code"], 2055)


class TestAdmin(ProtocolCase):
    def test_clock_does_not_go_back(self):
        status, _body = self.simulator.request(
            "POST", "/_sim/clock", json.dumps({"now": "2020-01-01T00:00:00Z"})
        )
        self.assertEqual(status, 400)
        self.assertEqual(
            self.simulator.admin("/_sim/clock")["now"][:13], "2026-06-15T09"
        )

    def test_browsers_cannot_steer_it(self):
        for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
            status, _body = self.simulator.request("POST", "/_sim/reset", "{}", headers)
            self.assertEqual(status, 403)

    def test_page_shows_the_world_escaped(self):
        self.call("POST", "/v1/customers", self.customer_body())
        status, body = self.simulator.request("GET", "/")
        self.assertEqual(status, 200)
        self.assertIn(b"Moor &lt;b&gt;KG&lt;/b&gt;", body)
        self.assertNotIn(b"<b>KG</b>", body)

    def test_world_survives_a_power_cut(self):
        adapter, customer, subscription = self.buy()
        command = providers.ChangeSeats("c1", customer, subscription, 8)
        adapter.execute(command, {})
        before, clock = self.world(), self.simulator.admin("/_sim/clock")["now"]
        self.simulator.kill()
        self.simulator.start()
        self.assertEqual(self.world(), before)
        self.assertEqual(self.simulator.admin("/_sim/clock")["now"][:15], clock[:15])

    def test_unknown_fault_and_setting_are_refused(self):
        for path, body in (
            ("/_sim/faults", {"kind": "fire"}),
            ("/_sim/settings", {"colour": "red"}),
            ("/_sim/clock", {}),
        ):
            status, _body = self.simulator.request("POST", path, json.dumps(body))
            self.assertEqual(status, 400)
