"""Every route x anonymous, A, B x own, other, missing, negative, huge, text ids."""

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.csp_partner_portal.tests.common import CspPortalCommon

HUGE = 2**31
HUGER = 2**70
MISSING = 2**31 - 2
BAD_IDS = (MISSING, 0, -1, HUGE, HUGER, "text", "1%20or%201=1", "%27")


@tagged("post_install", "-at_install")
class TestRouteMatrix(CspPortalCommon):
    # ----------------------------------------------------------------------
    # PAGES
    # ----------------------------------------------------------------------

    LISTS = (
        "/my/csp",
        "/my/csp/catalog",
        "/my/csp/quotes",
        "/my/csp/prices",
        "/my/csp/agreements",
        "/my/csp/customers",
        "/my/csp/customers/new",
        "/my/csp/subscriptions",
        "/my/csp/renewals",
        "/my/csp/agreements",
        "/my/csp/quotes",
        "/my/csp/prices",
        "/my/orders",
        "/my/quotes",
        "/my/invoices",
        "/my",
    )

    def _directions(self):
        return ((self.a, self.b), (self.b, self.a))

    def test_anonymous_visitors_are_sent_to_the_sign_in(self):
        self.authenticate(None, None)
        paths = [
            *self.LISTS,
            f"/my/csp/order/{self.offer.id}",
            f"/my/csp/price/{self.offer.id}",
            f"/my/csp/quote/{self.a.order.id}",
            f"/my/csp/quote/{self.a.order.id}/print",
            "/my/csp/agreement/1",
            f"/my/csp/subscription/{self.a.subscription.id}",
        ]
        for path in paths:
            with self.subTest(path=path):
                answer = self.get(path)
                self.assertEqual(answer.status_code, 303)
                self.assertIn("/web/login", answer.headers["Location"])

    def test_lists_show_nothing_of_the_other(self):
        for one, other in self._directions():
            self.login(one.user)
            for path in self.LISTS:
                with self.subTest(path=path, user=one.marker):
                    answer = self.get(path)
                    self.assertEqual(answer.status_code, 200, path)
                    self.assertNotIn(other.marker, answer.text)
            for path in ("/my/csp/customers", "/my/csp/subscriptions"):
                self.assertIn(one.marker, self.get(path).text)

    def test_filters_show_nothing_of_the_other(self):
        for one, other in self._directions():
            self.login(one.user)
            queries = (
                {"search": other.marker},
                {"search": other.subscription.name},
                {"customer_id": other.customer.id},
                {"filterby": "all", "sortby": "customer"},
                {"filterby": "'; drop", "sortby": "id; drop", "page": "2"},
            )
            for query in queries:
                for path in ("/my/csp/subscriptions", "/my/csp/customers"):
                    with self.subTest(path=path, query=query):
                        text = self.get(path, **query).text
                        # The word that was searched for comes back in the field.
                        self.assertNotIn(f"{other.marker} customer", text)
                        self.assertNotIn(
                            f'/my/csp/subscription/{other.subscription.id}"', text
                        )

    def test_one_subscription(self):
        for one, other in self._directions():
            self.login(one.user)
            own = self.get(f"/my/csp/subscription/{one.subscription.id}")
            self.assertEqual(own.status_code, 200)
            self.assertIn(one.subscription.name, own.text)
            self.assertNotIn(f"{one.marker}-secret", own.text)
            missing = self.get(f"/my/csp/subscription/{MISSING}")
            self.assertEqual(missing.status_code, 404)
            foreign = self.get(f"/my/csp/subscription/{other.subscription.id}")
            self.assert_same_answer(foreign, missing)
            self.assertNotIn(other.marker, foreign.text)
            for bad in BAD_IDS:
                with self.subTest(bad=bad):
                    answer = self.get(f"/my/csp/subscription/{bad}")
                    self.assertEqual(answer.status_code, 404)

    def test_the_token_of_one_record_opens_no_other(self):
        token = self.b.subscription._portal_ensure_token()
        self.login(self.a.user)
        for value in (token, "", "None", "[]", token[:-1]):
            answer = self.get(
                f"/my/csp/subscription/{self.b.subscription.id}", access_token=value
            )
            self.assertEqual(answer.status_code, 404)

    def test_one_offer(self):
        self.login(self.a.user)
        self.assertEqual(self.get(f"/my/csp/order/{self.offer.id}").status_code, 200)
        for bad in BAD_IDS:
            with self.subTest(bad=bad):
                for kind in ("order", "price", "quote", "agreement"):
                    answer = self.get(f"/my/csp/{kind}/{bad}")
                    self.assertEqual(answer.status_code, 404, kind)

    def test_the_customer_of_another_is_not_preselected(self):
        self.login(self.a.user)
        text = self.get(
            f"/my/csp/order/{self.offer.id}", customer_id=self.b.customer.id
        ).text
        self.assertNotIn(self.b.marker, text)

    def test_end_customers_do_not_see_the_resellers_pages(self):
        self.login(self.a.customer_user)
        paths = (
            "/my/csp/catalog",
            "/my/csp/quotes",
            "/my/csp/prices",
            "/my/csp/agreements",
            "/my/csp/customers",
            "/my/csp/customers/new",
            f"/my/csp/order/{self.offer.id}",
            f"/my/csp/price/{self.offer.id}",
            f"/my/csp/quote/{self.a.order.id}",
        )
        for path in paths:
            with self.subTest(path=path):
                self.assertEqual(self.get(path).status_code, 404)

    def test_an_end_customer_does_not_learn_what_its_reseller_pays(self):
        self.login(self.a.customer_user)
        page = self.get(f"/my/csp/subscription/{self.a.subscription.id}")
        self.assertEqual(page.status_code, 200)
        self.assertIn(self.a.subscription.name, page.text)
        self.assertNotIn("Price per seat", page.text)
        self.assertNotIn("Commitment left", page.text)
        self.assertNotIn(self.a.order.name, page.text)

    def test_reading_changes_nothing(self):
        before = self._count_rows()
        self.login(self.a.user)
        for path in (*self.LISTS, f"/my/csp/subscription/{self.a.subscription.id}"):
            self.get(path)
        self.assertEqual(self._count_rows(), before)

    # ----------------------------------------------------------------------
    # FORMS
    # ----------------------------------------------------------------------

    def _posts(self, party):
        """Return (address, values) of all forms about records of a party."""
        line = party.renewal.order_line[:1]
        token = {"token": "0123456789abcdef"}
        return (
            (
                f"/my/csp/subscription/{party.subscription.id}/seats",
                {"seats": "12", **token},
            ),
            (f"/my/csp/renewal/{party.renewal.id}/accept", token),
            (f"/my/csp/renewal/{party.renewal.id}/decline", token),
            (
                f"/my/csp/renewal/{party.renewal.id}/seats/{line.id}",
                {"seats": "12", **token},
            ),
        )

    def test_forms_about_records_of_another_change_nothing(self):
        for one, other in self._directions():
            self.login(one.user)
            before = self._fingerprint(other)
            for path, values in self._posts(other):
                with self.subTest(path=path, user=one.marker):
                    answer = self.post(path, **values)
                    self.assertEqual(answer.status_code, 404)
                    self.assertNotIn(other.marker, answer.text)
            self.assertEqual(self._fingerprint(other), before)

    def test_own_quote_with_the_line_of_another(self):
        self.login(self.a.user)
        before = self._fingerprint(self.b)
        line = self.b.renewal.order_line[:1]
        answer = self.post(
            f"/my/csp/renewal/{self.a.renewal.id}/seats/{line.id}",
            seats="12",
            token="0123456789abcdef",
        )
        self.assertEqual(answer.status_code, 404)
        self.assertEqual(self._fingerprint(self.b), before)

    def test_end_customers_decide_nothing_for_the_payer(self):
        self.login(self.a.customer_user)
        before = self._fingerprint(self.a)
        for path, values in self._posts(self.a):
            with self.subTest(path=path):
                self.assertEqual(self.post(path, **values).status_code, 404)
        self.assertEqual(self._fingerprint(self.a), before)

    @mute_logger("odoo.http")
    def test_forms_need_their_secret(self):
        self.login(self.a.user)
        before = self._fingerprint(self.a)
        paths = [path for path, _values in self._posts(self.a)]
        paths += [
            f"/my/csp/order/{self.offer.id}",
            f"/my/csp/order/{self.offer.id}/quote",
            f"/my/csp/price/{self.offer.id}",
            "/my/csp/customers/new",
        ]
        for path in paths:
            with self.subTest(path=path):
                answer = self.post(path, csrf=False, token="0123456789abcdef")
                self.assertEqual(answer.status_code, 400)
                answer = self.url_open(
                    path, data={"csrf_token": "wrong"}, allow_redirects=False
                )
                self.assertEqual(answer.status_code, 400)
        self.assertEqual(self._fingerprint(self.a), before)

    def test_a_form_is_not_sent_by_a_link(self):
        self.login(self.a.user)
        before = self._fingerprint(self.a)
        for path, values in self._posts(self.a):
            with self.subTest(path=path):
                self.assertIn(self.get(path, **values).status_code, (404, 405))
        self.assertEqual(self._fingerprint(self.a), before)

    # ----------------------------------------------------------------------
    # JSON
    # ----------------------------------------------------------------------

    @mute_logger("odoo.http")
    def test_the_secret_of_another(self):
        for one, other in self._directions():
            self.login(one.user)
            own = self._ask_secret(one.subscription.id, one.access.id)
            self.assertEqual(own["result"], {"secret": f"{one.marker}-secret"})
            missing = self._ask_secret(MISSING, other.access.id)
            foreign = self._ask_secret(other.subscription.id, other.access.id)
            self.assertEqual(
                missing["error"]["data"]["name"], foreign["error"]["data"]["name"]
            )
            self.assertNotIn(other.marker, str(foreign))
            mixed = self._ask_secret(one.subscription.id, other.access.id)
            self.assertNotIn("secret", mixed["result"])
            self.assertFalse(other.access.revealed_at)
            one.access.revealed_at = False

    def test_a_look_at_a_secret_is_logged(self):
        self.login(self.a.user)
        before = len(self.a.subscription.message_ids)
        self._ask_secret(self.a.subscription.id, self.a.access.id)
        self.a.subscription.invalidate_recordset()
        self.assertEqual(len(self.a.subscription.message_ids), before + 1)
        self.assertIn(self.a.user.name, self.a.subscription.message_ids[0].body)
        self.assertNotIn("-secret", self.a.subscription.message_ids[0].body)
        self.assertTrue(self.a.access.revealed_at)

    def _ask_secret(self, subscription_id, access_id):
        return self.url_open(
            f"/my/csp/subscription/{subscription_id}/access",
            json={"jsonrpc": "2.0", "id": 1, "params": {"access_id": access_id}},
        ).json()

    def test_the_delivery_of_another(self):
        self.login(self.a.user)
        answer = self.make_jsonrpc_request(
            "/shop/csp/delivery", {"order_id": self.b.order.id}
        )
        self.assertEqual(answer, {"state": "none", "items": []})

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    def _fingerprint(self, party):
        """Return everything about a party that a form could have changed."""
        self.env.invalidate_all()
        return (
            party.subscription.read(["quantity", "state", "auto_renew"]),
            party.renewal.read(["state", "amount_total"]),
            party.renewal.order_line.read(["product_uom_qty", "price_unit"]),
            self.env["csp.provisioning.task"].search_count([]),
            self.env["csp.intent"].search_count([]),
            self.env["sale.order"].search_count([]),
        )

    def _count_rows(self):
        models = self.env["ir.model"].search([("model", "=like", "csp.%")])
        self.env.invalidate_all()
        return {
            model: self.env[model].search_count([])
            for model in (*models.mapped("model"), "sale.order", "res.partner")
            if not self.env[model]._abstract
        }
