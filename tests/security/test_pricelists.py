"""Nobody learns what a competitor pays: not over RPC, not in the shop."""

from odoo.tests import JsonRpcException, tagged
from odoo.tools import mute_logger

from odoo.addons.csp_partner_portal.tests.common import CspPortalCommon


@tagged("post_install", "-at_install")
class TestPricelistMatrix(CspPortalCommon):
    def _read(self, model, domain):
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/search_read",
            {
                "model": model,
                "method": "search_read",
                "args": [],
                "kwargs": {"domain": domain, "fields": ["display_name"]},
            },
        )

    def test_lists_and_rules_of_another_level(self):
        lists = {
            self.a.marker: self.silver.default_pricelist_id,
            self.b.marker: self.gold.default_pricelist_id,
        }
        for one, other in ((self.a, self.b), (self.b, self.a)):
            self.login(one.user)
            own, foreign = lists[one.marker], lists[other.marker]
            found = {row["id"] for row in self._read("product.pricelist", [])}
            self.assertIn(own.id, found)
            self.assertNotIn(foreign.id, found)
            rules = {row["id"] for row in self._read("product.pricelist.item", [])}
            self.assertLessEqual(set(own.item_ids.ids), rules)
            self.assertFalse(set(foreign.item_ids.ids) & rules)

    @mute_logger("odoo.http")
    def test_a_rule_is_not_an_oracle(self):
        self.login(self.a.user)
        for domain in (
            [("percent_price", "=", 20)],
            [("pricelist_id", "=", self.gold.default_pricelist_id.id)],
            [("pricelist_id.name", "ilike", "gold")],
        ):
            self.assertFalse(self._read("product.pricelist.item", domain))
        with self.assertRaises(JsonRpcException):
            self.make_jsonrpc_request(
                "/web/dataset/call_kw/product.pricelist/read",
                {
                    "model": "product.pricelist",
                    "method": "read",
                    "args": [self.gold.default_pricelist_id.ids, ["name"]],
                    "kwargs": {},
                },
            )

    def test_customers_see_no_level_at_all(self):
        self.login(self.a.customer_user)
        levels = self.silver.default_pricelist_id | self.gold.default_pricelist_id
        found = {row["id"] for row in self._read("product.pricelist", [])}
        self.assertFalse(found & set(levels.ids))

    # ----------------------------------------------------------------------
    # SHOP
    # ----------------------------------------------------------------------

    def _shop_info(self):
        template = self.offer.product_tmpl_id
        return self.make_jsonrpc_request(
            "/website_sale/get_combination_info",
            {
                "product_template_id": template.id,
                "product_id": self.offer.id,
                "combination": self.offer.product_template_attribute_value_ids.ids,
                "add_qty": 1,
            },
        )

    def test_prices_in_the_shop(self):
        """Everybody gets the list price, a reseller its own; the list is struck out."""
        expected = ((None, 20.0), (self.a.user, 18.0), (self.b.user, 16.0))
        for user, price in expected:
            with self.subTest(user=user and user.login):
                if user:
                    self.login(user)
                else:
                    self.authenticate(None, None)
                info = self._shop_info()
                self.assertEqual(info["price"], price)
                self.assertEqual(info["list_price"], 20.0)

    def test_the_list_of_a_level_cannot_be_chosen(self):
        self.login(self.a.user)
        self.get(f"/shop/change_pricelist/{self.gold.default_pricelist_id.id}")
        self.assertEqual(self._shop_info()["price"], 18.0)
        self.authenticate(None, None)
        self.get(f"/shop/change_pricelist/{self.gold.default_pricelist_id.id}")
        self.assertEqual(self._shop_info()["price"], 20.0)

    def test_costs_are_not_in_the_shop(self):
        for user in (None, self.a.user):
            self.authenticate(user and user.login, user and user.login)
            info = self._shop_info()
            self.assertFalse([name for name in info if "cost" in name])
