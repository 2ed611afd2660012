"""Price sheets that arrive in another order than the vendor made them."""

import base64
from datetime import datetime

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import CspCatalogCommon, sheet_bytes

MARCH = {"UnitPrice": "50", "ERP Price": "70"}
JANUARY = {"UnitPrice": "48", "ERP Price": "60"}


@tagged("post_install", "-at_install", "csp")
class TestPriceSheetOrder(CspCatalogCommon):
    def _prices(self, company=None):
        found = self.env["csp.price"].search(
            [
                ("product_ref", "=", "CSPTEST00001"),
                ("is_superseded", "=", False),
                ("company_id", "=", (company or self.company).id),
            ]
        )
        return sorted(found.mapped("unit_price"))

    def _assert_merged_under(self, sheet):
        """Applying the older sheet changes nothing of what the newer one names."""
        count = self.env["csp.price"].search_count([])
        before = self._prices()
        sheet._apply()
        self.assertEqual(sheet.state, "applied")
        self.assertEqual(sheet.unchanged_count, 1)
        self.assertEqual(self._prices(), before)
        self.assertEqual(self.env["csp.price"].search_count([]), count)

    def test_an_older_month_overrules_nothing(self):
        self._import_sheet(MARCH, month="202603", name="March")
        january = self._import_sheet(JANUARY, month="202601", apply=False)
        self._assert_merged_under(january)
        self.assertEqual(self._prices(), [50])

    def test_a_sheet_imported_before_overrules_nothing(self):
        first = self._import_sheet(JANUARY, apply=False)
        self._import_sheet(MARCH, name="Second")
        self._assert_merged_under(first)

    def test_the_moment_a_sheet_speaks_of(self):
        moment = self.env["csp.price.sheet"]._get_moment
        with freeze_time("2026-12-20 10:00:00"):
            self.assertEqual(moment("current", False), datetime(2026, 12, 20, 10))
            self.assertEqual(moment("future", False), datetime(2027, 1, 1))
            self.assertEqual(moment("history", "202603"), datetime(2026, 3, 1))
            with self.assertRaisesRegex(UserError, "such as 202601"):
                moment("history", "2026-3")

    def test_an_older_month_may_fill_the_history(self):
        self._import_sheet(MARCH, month="202603")
        self._import_sheet(
            {
                **JANUARY,
                "EffectiveStartDate": "2021-01-01T00:00:00Z",
                "EffectiveEndDate": "2021-12-31T23:59:59Z",
            },
            month="202601",
            timeline="history",
        )
        self.assertEqual(self._prices(), [48, 50])

    def test_other_lists_do_not_count(self):
        self._import_sheet(MARCH, month="202603", price_view="software")
        self._import_sheet(
            {**MARCH, "Market": "FR"}, month="202603", name="Another market"
        )
        self._import_sheet(
            {**MARCH, "EffectiveStartDate": "2099-01-01T00:00:00Z"},
            month="209901",
            timeline="future",
            name="Next month",
        )
        january = self._import_sheet(
            {**JANUARY, "ProductId": "CSPTEST00009"}, month="202601"
        )
        self.assertEqual(january.state, "applied")

    def test_the_vendor_goes_back_to_former_prices(self):
        first = self._import_sheet(JANUARY)
        self._import_sheet(MARCH)
        self.assertEqual(self._prices(), [50])
        back = self._import_sheet(JANUARY)
        self.assertNotEqual(back, first)
        self.assertEqual(back.state, "applied")
        self.assertEqual(self._prices(), [48])
        self.assertEqual(self._import_sheet(JANUARY), back)

    def test_a_file_that_waits_is_the_same_file(self):
        self._import_sheet(JANUARY)
        self._import_sheet(MARCH)
        waiting = self._import_sheet(JANUARY, apply=False)
        self.assertEqual(self._import_sheet(JANUARY, apply=False), waiting)

    def test_the_second_company_keeps_the_sales_price_of_the_first(self):
        dollar = self.env.ref("base.USD")
        other = self.env["res.company"].create(
            {
                "name": "Second",
                "country_id": self.env.ref("base.us").id,
                "currency_id": dollar.id,
            }
        )
        self._import_sheet(JANUARY)
        offer = (
            self.env["csp.price"]
            .search([("product_ref", "=", "CSPTEST00001")])
            .product_id.product_tmpl_id
        )
        self.assertEqual(offer.list_price, 60)
        sheet = (
            self.env["csp.price.sheet"]
            .with_company(other)
            .create(
                {
                    "name": "Second",
                    "program_id": self.program.id,
                    "company_id": other.id,
                    "file": self._sheet_file(
                        {"Market": "US", "Currency": "USD", "ERP Price": "120"}
                    ),
                }
            )
        )
        sheet._stage()
        sheet._apply()
        self.assertEqual(self._prices(other), [48])
        self.assertEqual(offer.list_price, 60)
        variant = offer.product_variant_ids
        self.assertEqual(variant.with_company(self.company).lst_price, 60)
        self.assertEqual(variant.with_company(other).lst_price, 120)

    def _sheet_file(self, *rows):
        return base64.b64encode(sheet_bytes(*rows))
