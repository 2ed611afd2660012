"""A page of the shop costs as many queries for twenty offers as for one."""

from odoo.tests import tagged

from odoo.addons.website_sale.tests.common import MockRequest

from .common import CspPortalCommon


@tagged("post_install", "-at_install")
class TestShopPrices(CspPortalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.variants = cls.env["product.product"].concat(
            *(cls._create_variant(cost=100 + n, erp=240 + n) for n in range(20))
        )
        cls.agreement = cls._create_agreement(
            cls.a.reseller,
            [
                {"kind": "discount_level", "value": 5},
                {
                    "scope": "variant",
                    "product_id": cls.variants[0].id,
                    "kind": "fixed",
                    "value": 11,
                },
            ],
        )

    def _get_prices(self, offers):
        """Return (prices, queries) of a page, as somebody of reseller A sees it."""
        self.env.flush_all()
        self.env.invalidate_all()
        website = self.website.with_user(self.a.user)
        with MockRequest(website.env, website=website) as request:
            self.assertEqual(request.pricelist.id, self.agreement.pricelist_id.id)
            offers = request.env["product.template"].browse(offers.ids)
            # What every page reads anyway.
            offers.mapped("product_variant_ids.csp_key")
            website.mapped("currency_id.name")
            request.fiscal_position.mapped("name")
            before = self.cr.sql_log_count
            prices = offers._get_sales_prices(request.website)
            return prices, self.cr.sql_log_count - before

    def test_twenty_cost_what_one_costs(self):
        offers = self.variants.product_tmpl_id
        self._get_prices(offers)
        _prices, for_one = self._get_prices(offers[1:2])
        prices, for_all = self._get_prices(offers)
        self.assertEqual(len(prices), 20)
        self.assertEqual(for_all - for_one, 0)

    def test_prices_on_the_page(self):
        prices, _queries = self._get_prices(self.variants.product_tmpl_id)
        round_ = self.currency.round
        # 241 a year are 20.08 a month; 10 % off, and 5 % off that.
        second = prices[self.variants[1].product_tmpl_id.id]
        self.assertEqual(round_(second["price_reduce"]), 17.17)
        self.assertEqual(round_(second["base_price"]), 20.08)
        self.assertEqual(second["csp_unit_label"], "per user and month")
