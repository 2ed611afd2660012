"""Numbered vendor cases about promotions and price lists; no database.

Sources: KV is a copy of the public Partner Center pages (kvamseek/partner-center),
SDKDOC the public MicrosoftDocs/partner-center-sdk. V67, V68 and V70 also run against
the vendor simulator (``test_simulator_promotions``); V71, tax, is a case of the bills.

Where sources contradict each other:

* V62 prints a tax of 73 on 720. No tax rate gives that (10.138... %), so only the net
  amount and the sum are asserted.
* V64 (KV: pricing-and-offers.md, 2023) lists Business Basic at 60 a year, 5 a month;
  V65 (2022) at 6 a month with a yearly term. Both keep the monthly term 20 % above.
* V65: the page names exceptions to the 20 %, Windows 365 among them, without amounts.
"""

from datetime import datetime
from decimal import Decimal

from odoo.tests.case import TestCase

from ..engine import offers, prices, promotions, sheet, vendor_promotions
from .common import sheet_bytes

CENT = Decimal("0.01")
NOW = datetime(2021, 6, 1)
BASIC = {
    "ProductTitle": "Microsoft 365 Business Basic",
    "ProductId": "CFQ7TTC0LH18",
    "SkuId": "0001",
}


class TestVendorCases(TestCase):
    test_tags = frozenset({"standard", "at_install", "csp"})
    test_module = "csp_catalog"

    def parse(self, *rows):
        """Return the rows of a price sheet that must hold no error."""
        result = sheet.parse(sheet_bytes(*rows), market=rows[0]["Market"])
        self.assertEqual(result.errors, ())
        return result.rows

    def seat(self, row):
        """Return (cost, list price) of one seat and billing period."""
        return prices.seat_prices(
            row.unit_price, row.erp_price, row.term, row.plan, step=CENT
        )

    def promotion(self, **values):
        return promotions.Promotion(1, values.pop("percent", Decimal(10)), **values)

    # --- promotions -----------------------------------------------------------------

    def test_v62_promoted_line(self):
        """SDKDOC: develop/get-invoiceline-items.md: Power BI PPU, 16, 50 seats."""
        cost = vendor_promotions.cost_after(Decimal(16), Decimal(10))
        self.assertEqual(cost, Decimal("14.4"))
        subtotal = cost * 50
        self.assertEqual(subtotal, Decimal(720))
        self.assertEqual(subtotal + 73, Decimal(793))
        (after,) = promotions.prices_after(Decimal(16), [self.promotion()])
        self.assertEqual(after * 50, 720)

    def test_v67_second_partner_pays_the_list_price(self):
        """KV: new-commerce-promotions.md: max 1000, 900 bought, 200 wanted."""
        answer = promotions.eligibility(
            self.promotion(max_seats=1000), 200, 900, 900, False, NOW
        )
        self.assertFalse(answer.is_eligible)
        self.assertEqual(answer.type, promotions.SEAT_COUNT)

    def test_v68_available_seats(self):
        """KV: new-commerce-promotions.md: max 1000, 600 bought, 500 wanted."""
        promotion = self.promotion(max_seats=1000)
        answer = promotions.eligibility(promotion, 500, 600, 600, False, NOW)
        self.assertFalse(answer.is_eligible)
        self.assertEqual(answer.available_seats, 400)
        fits = promotions.eligibility(promotion, 400, 600, 600, False, NOW)
        self.assertTrue(fits.is_eligible)

    # --- add-ons --------------------------------------------------------------------

    def test_v70_multi_geo_needs_a_share_of_the_base_seats(self):
        """KV: create-a-new-subscription.md: 400 base seats, 5 %: at least 20."""
        self.assertEqual(offers.minimum_addon_seats(400, Decimal(5)), 20)
        self.assertEqual(offers.minimum_addon_seats(401, Decimal(5)), 21)

    # --- price list -----------------------------------------------------------------

    def test_v64_price_row(self):
        """KV: pricing-and-offers.md: Business Basic, US, 48 and 60."""
        (row,) = self.parse(
            BASIC
            | {
                "Market": "US",
                "Currency": "USD",
                "UnitPrice": "48",
                "ERP Price": "60",
            }
        )
        self.assertEqual((row.product_ref, row.sku_ref), ("CFQ7TTC0LH18", "0001"))
        self.assertEqual((row.unit_price, row.erp_price), (Decimal(48), Decimal(60)))
        self.assertEqual(self.seat(row), (Decimal(48), Decimal(60)))
        self.assertEqual(row.unit_price / row.erp_price, Decimal("0.8"))

    def test_v65_monthly_term_is_a_fifth_dearer(self):
        """premierepc.net, 2022: list prices a month, monthly and yearly term."""
        for monthly, yearly in (
            ("7.20", "6"),
            ("15", "12.50"),
            ("26.40", "22"),
            ("43.20", "36"),
        ):
            cells = {"Market": "US", "Currency": "USD", "UnitPrice": "1"}
            month, year = self.parse(
                cells
                | {
                    "TermDuration": "P1M",
                    "BillingPlan": "Monthly",
                    "ERP Price": monthly,
                },
                cells
                | {
                    "TermDuration": "P1Y",
                    "BillingPlan": "Monthly",
                    "ERP Price": str(Decimal(yearly) * 12),
                },
            )
            self.assertEqual(self.seat(month)[1], Decimal(monthly))
            self.assertEqual(self.seat(year)[1], Decimal(yearly))
            self.assertEqual(self.seat(month)[1], self.seat(year)[1] * Decimal("1.2"))

    def test_constructed_rows_of_the_price_list(self):
        """From 48 and 60: +20 % monthly term, +5 % monthly plan, +3 % extended."""
        rows = (
            ("US", "USD", "P1Y", "Annual", "48", "60", "48", "60"),
            ("US", "USD", "P1Y", "Monthly", "50.4", "63", "4.2", "5.25"),
            ("US", "USD", "P1M", "Monthly", "4.8", "6", "4.8", "6"),
            ("DE", "EUR", "P1Y", "Annual", "46.08", "57.6", "46.08", "57.6"),
            ("DE", "GBP", "P1Y", "Annual", "40.32", "50.4", "40.32", "50.4"),
            ("US", "USD", "P3Y", "Annual", "5184", "6480", "1728", "2160"),
            ("US", "USD", "P1M", "Monthly", "4.944", "6.18", "4.944", "6.18"),
        )
        for market, currency, term, plan, unit, erp, cost, listed in rows:
            with self.subTest(market=market, term=term, plan=plan, unit=unit):
                (row,) = self.parse(
                    BASIC
                    | {
                        "Market": market,
                        "Currency": currency,
                        "TermDuration": term,
                        "BillingPlan": plan,
                        "UnitPrice": unit,
                        "ERP Price": erp,
                    }
                )
                self.assertEqual(self.seat(row), (Decimal(cost), Decimal(listed)))
        self.assertEqual(Decimal(63), Decimal(60) * Decimal("1.05"))
        self.assertEqual(Decimal("6.18"), Decimal(6) * Decimal("1.03"))

    def test_trial_row_costs_nothing(self):
        (row,) = self.parse(
            {
                "ProductTitle": "Dynamics 365 Guides",
                "ProductId": "CFQ7TTC0EXA2",
                "SkuId": "0002",
                "Market": "US",
                "Currency": "USD",
                "TermDuration": "P1M",
                "BillingPlan": "None",
                "UnitPrice": "0",
                "ERP Price": "0",
                "Tags": "License;Trial",
            }
        )
        self.assertEqual(self.seat(row), (Decimal(0), Decimal(0)))
        self.assertIn("Trial", row.tags)
