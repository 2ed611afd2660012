from odoo.fields import Command
from odoo.tests import tagged

from .common import CspPortalCommon


@tagged("post_install", "-at_install")
class TestCatalog(CspPortalCommon):
    def _offer_of(self, party):
        offers = self.offer._get_csp_offers(party.reseller, self.company)
        return offers[0]

    def test_prices_and_margins_follow_the_level(self):
        for party, price, margin in ((self.a, 18.0, 2.0), (self.b, 16.0, 4.0)):
            offer = self._offer_of(party)
            self.assertEqual(offer["erp_price"], 20.0)
            self.assertEqual(offer["price"], price)
            self.assertEqual(offer["margin_amount"], margin)
            self.assertEqual(offer["margin_percent"], margin / 20 * 100)

    def test_the_price_is_that_of_the_fewest_seats(self):
        self.offer.product_tmpl_id.csp_min_seats = 10
        self.silver.default_pricelist_id.item_ids = [
            Command.create(
                {
                    "applied_on": "0_product_variant",
                    "product_id": self.offer.id,
                    "compute_price": "fixed",
                    "fixed_price": 15.0,
                    "min_quantity": 10,
                }
            )
        ]
        self.assertEqual(self._offer_of(self.a)["price"], 15.0)
        self.login(self.a.user)
        text = self.get("/my/csp/catalog", search=self.offer.name.split()[0]).text
        self.assertIn("15.00", text)
        self.assertNotIn("18.00", text)

    def test_page(self):
        self.login(self.a.user)
        answer = self.get("/my/csp/catalog", search=self.offer.name.split()[0])
        self.assertEqual(answer.status_code, 200)
        self.assertIn("18.00", answer.text)
        self.assertIn("20.00", answer.text)
        self.assertIn("10.0 %", answer.text)
        self.assertIn(f"/my/csp/order/{self.offer.id}", answer.text)

    def test_page_costs_a_constant_number_of_queries(self):
        """One offer or twenty: the page reads and prices them together."""
        variants = self.env["product.product"].concat(
            *(
                self._create_variant(
                    self._create_offer(name=f"Countable {'one' if not n else n}"),
                    cost=100 + n,
                    erp=120 + n,
                )
                for n in range(20)
            )
        )
        self.login(self.a.user)

        def count(shown, **params):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            text = self.get("/my/csp/catalog", **params).text
            self.assertEqual(
                sum(f"/my/csp/order/{v.id}" in text for v in variants), shown
            )
            return self.cr.sql_log_count - before

        count(20, search="Countable")
        count(1, search="Countable one")
        few = count(1, search="Countable one")
        self.assertEqual(count(20, search="Countable"), few)

    def test_filters(self):
        self.login(self.a.user)
        name = self.offer.name.split()[0]
        for params, is_found in (
            ({"search": name, "term": "P1Y"}, True),
            ({"search": name, "term": "P3Y"}, False),
            ({"search": name, "plan": "monthly"}, True),
            ({"search": name, "plan": "annual"}, False),
            ({"search": "no such offer"}, False),
            ({"search": name, "term": "nonsense"}, True),
            ({"search": name, "page": "99"}, True),
        ):
            with self.subTest(params=params):
                text = self.get("/my/csp/catalog", **params).text
                self.assertEqual(f"/my/csp/order/{self.offer.id}" in text, is_found)

    def test_withdrawn_offers_are_not_shown(self):
        self.offer.product_tmpl_id.sale_ok = False
        self.login(self.a.user)
        text = self.get("/my/csp/catalog", search=self.offer.name.split()[0]).text
        self.assertNotIn(f"/my/csp/order/{self.offer.id}", text)
        self.assertEqual(self.get(f"/my/csp/order/{self.offer.id}").status_code, 404)

    def test_names_of_offers_are_text(self):
        name = "<img src=x onerror=alert(1)>"
        self.offer.product_tmpl_id.name = name
        self.login(self.a.user)
        for path in (
            "/my/csp/catalog",
            f"/my/csp/order/{self.offer.id}",
            "/my/csp",
            "/my/csp/subscriptions",
            "/my/csp/renewals",
            f"/my/csp/subscription/{self.a.subscription.id}",
        ):
            with self.subTest(path=path):
                text = self.get(path).text
                self.assertNotIn(name, text)
                if path != "/my/csp/catalog":
                    self.assertIn("&lt;img src=x onerror=alert(1)&gt;", text)
