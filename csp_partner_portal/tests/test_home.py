from odoo.tests import tagged

from .common import CspPortalCommon


@tagged("post_install", "-at_install")
class TestHome(CspPortalCommon):
    def test_reseller(self):
        self.login(self.a.user)
        answer = self.get("/my/csp")
        self.assertEqual(answer.status_code, 200)
        for text in (self.a.reseller.name, self.silver.name, "Order for a customer"):
            self.assertIn(text, answer.text)
        self.assertIn(f"#renewal-{self.a.renewal.id}", answer.text)

    def test_customer(self):
        self.login(self.a.customer_user)
        answer = self.get("/my/csp")
        self.assertEqual(answer.status_code, 200)
        self.assertIn("Buy in the shop", answer.text)
        self.assertNotIn("/my/csp/catalog", answer.text)
        self.assertNotIn(f"#renewal-{self.a.renewal.id}", answer.text)

    def test_counters(self):
        self.login(self.a.user)
        counters = self.make_jsonrpc_request(
            "/my/counters",
            {"counters": ["csp_subscription_count", "csp_renewal_count"]},
        )
        self.assertEqual(
            counters, {"csp_subscription_count": 1, "csp_renewal_count": 1}
        )

    def test_pages_cost_the_same_with_many_subscriptions(self):
        """No query per row: the page with thirty rows asks as often as with ten."""
        self.login(self.a.user)
        self.get("/my/csp/subscriptions")
        few = self._count_queries("/my/csp/subscriptions")
        for _number in range(15):
            self.a.subscription.copy({"order_line_id": False, "term_start_date": False})
        self.env["csp.subscription"].search([]).write({"state": "active"})
        many = self._count_queries("/my/csp/subscriptions")
        self.assertLessEqual(many, few + 5)

    def _count_queries(self, path):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        self.get(path)
        return self.cr.sql_log_count - before
