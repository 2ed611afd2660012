"""Prices through the ORM."""

from datetime import date, datetime
from decimal import Decimal

from odoo.tests import tagged

from .common import CspCatalogCommon


@tagged("post_install", "-at_install", "csp")
class TestPriceAt(CspCatalogCommon):
    def test_price_per_seat_and_period(self):
        offer = self._create_offer()
        cases = {
            ("P1M", "monthly"): ("4.800000", "6.00", 1),
            ("P1Y", "monthly"): ("4.200000", "5.25", 12),
            ("P1Y", "annual"): ("48.000000", "60.00", 1),
            ("P3Y", "monthly"): ("4.200000", "5.25", 36),
            ("P3Y", "annual"): ("48.000000", "60.00", 3),
            ("P3Y", "triennial"): ("144.000000", "180.00", 1),
        }
        totals = {
            ("P1M", "monthly"): (4.8, 6),
            ("P1Y", "monthly"): (50.4, 63),
            ("P1Y", "annual"): (48, 60),
            ("P3Y", "monthly"): (151.2, 189),
            ("P3Y", "annual"): (144, 180),
            ("P3Y", "triennial"): (144, 180),
        }
        variants = {
            key: self._create_variant(offer, *key, *totals[key]) for key in cases
        }
        products = self.env["product.product"].concat(*variants.values())
        table = products._csp_price_at(date(2026, 5, 1))
        for key, (cost, erp, periods) in cases.items():
            price = table[variants[key].id]
            self.assertEqual(str(price.cost), cost, key)
            self.assertEqual(str(price.erp), erp, key)
            self.assertEqual(price.periods, periods, key)
            self.assertEqual(price.currency, self.currency)
