"""A cart is priced, explained and checked at one and the same moment: now."""

from datetime import datetime

from odoo.tests import freeze_time, tagged

from odoo.addons.csp_catalog.tests.common import CspCatalogCommon


@tagged("post_install", "-at_install", "csp")
@freeze_time("2026-05-10 10:00:00")
class TestCartPrices(CspCatalogCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_provider()
        cls.variant = cls._create_variant(
            None, "P1Y", "annual", 40, 60, valid_to=datetime(2026, 6, 1)
        )
        cls._create_price(
            cls.variant,
            unit_price=50,
            erp_price=75,
            valid_from=datetime(2026, 6, 1),
        )
        cls.website = cls.env["website"].search(
            [("company_id", "=", cls.company.id)], limit=1
        )
        cls.customer = cls._create_customer()

    def test_price_and_waterfall_of_an_old_cart_are_of_one_day(self):
        promotion = self._create_promotion(
            10, product_id=self.variant.id, date_end=datetime(2026, 6, 1)
        )
        cart = self._create_order(
            self.customer, [(self.variant, 2)], website_id=self.website.id
        )
        line = cart.order_line
        self.assertEqual((line.price_subtotal, line.purchase_price), (108, 40))
        self.assertEqual(line.csp_promotion_ids, promotion)
        with freeze_time("2026-06-02 10:00:00"):
            line.product_uom_qty = 3
            self.assertEqual((line.price_subtotal, line.purchase_price), (225, 50))
            self.assertFalse(line.csp_promotion_ids)
            self.assertEqual((line.csp_erp_price, line.csp_manual_percent), (75, 0))
