from odoo.tests import tagged

from .common import CspPortalCommon

TOKEN = "0123456789abcdef"


@tagged("post_install", "-at_install")
class TestRenewals(CspPortalCommon):
    def setUp(self):
        super().setUp()
        self.login(self.a.user)
        self.renewal = self.a.renewal
        self.subscription = self.a.subscription

    def _post(self, verb, token=TOKEN, **values):
        path = f"/my/csp/renewal/{self.renewal.id}/{verb}"
        answer = self.post(path, token=token, **values)
        self.env.invalidate_all()
        return answer

    def _intents(self):
        return self.subscription.intent_ids.filtered(lambda i: i.state != "dropped")

    def test_page(self):
        text = self.get("/my/csp/renewals").text
        self.assertIn(f'id="renewal-{self.renewal.id}"', text)
        self.assertIn(self.a.customer.name, text)
        self.assertIn("180.00", text)

    def test_accept(self):
        answer = self._post("accept")
        self.assertEqual(answer.status_code, 303)
        self.assertEqual(self.renewal.state, "sale")
        intent = self._intents()
        self.assertEqual(intent.decision, "renew")
        self.assertEqual(intent.quantity, 10)
        self.assertEqual(intent.unit_price, 18.0)
        self.assertFalse(self.renewal.csp_subscription_ids)

    def test_accept_twice(self):
        self._post("accept")
        answer = self._post("accept")
        self.assertEqual(answer.status_code, 303)
        self.assertEqual(len(self._intents()), 1)
        answer = self._post("accept", token="another0123456789")
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(len(self._intents()), 1)

    def test_accept_and_decline(self):
        self._post("accept")
        answer = self._post("decline")
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(self.renewal.state, "sale")
        self.assertEqual(self._intents().decision, "renew")

    def test_decline(self):
        answer = self._post("decline")
        self.assertEqual(answer.status_code, 303)
        self.assertEqual(self.renewal.state, "cancel")
        self.assertEqual(self._intents().decision, "cancel")
        self.assertIn("Declined", self.get("/my/csp/renewals").text)

    def test_other_seats(self):
        line = self.renewal.order_line
        answer = self._post(f"seats/{line.id}", seats="12")
        self.assertEqual(answer.status_code, 303)
        self.assertEqual(line.product_uom_qty, 12)
        self.assertEqual(self.renewal.amount_untaxed, 216.0)
        self._post("accept")
        intent = self._intents()
        self.assertEqual(intent.decision, "change")
        self.assertEqual(intent.quantity, 12)

    def test_nonsense_seats(self):
        line = self.renewal.order_line
        for seats in ("0", "-3", "1.5", "1e3", "", "1000000000"):
            with self.subTest(seats=seats):
                answer = self._post(f"seats/{line.id}", seats=seats)
                self.assertEqual(answer.status_code, 200)
                self.assertIn("alert-danger", answer.text)
                self.assertEqual(line.product_uom_qty, 10)
