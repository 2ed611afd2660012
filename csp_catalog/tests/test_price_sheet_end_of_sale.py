"""The end of sale that a sheet announces: taken over, and taken back."""

from datetime import date

from odoo.tests import freeze_time, tagged

from .common import HEADER, CspCatalogCommon, sheet_bytes

ENDING = [*HEADER, "EndofSaleDate"]


@tagged("post_install", "-at_install", "csp")
class TestEndOfSale(CspCatalogCommon):
    def _apply(self, *rows, **values):
        content = sheet_bytes(*rows, header=ENDING)
        return self._import_sheet(content=content, **values)

    def _get_offer(self, ref="CSPTEST00001"):
        return self.env["product.template"].search(
            [("csp_program_id", "=", self.program.id), ("csp_product_ref", "=", ref)]
        )

    def _days(self, ref="CSPTEST00001"):
        offer = self._get_offer(ref)
        return offer.csp_end_of_sale_date, offer.csp_vendor_end_of_sale_date

    @freeze_time("2026-06-15 10:00:00")
    def test_the_earliest_of_the_open_rows_counts(self):
        self._apply(
            {"EndofSaleDate": "2027-01-31T23:59:59Z"},
            {"BillingPlan": "Monthly", "EndofSaleDate": "2026-12-31T23:59:59Z"},
            {
                "TermDuration": "P1M",
                "BillingPlan": "Monthly",
                "EffectiveEndDate": "2026-03-31T23:59:59Z",
                "EndofSaleDate": "2026-03-31T23:59:59Z",
            },
            {"ProductId": "CSPTEST00002"},
        )
        self.assertEqual(self._days(), (date(2027, 1, 1), date(2027, 1, 1)))
        self.assertEqual(self._days("CSPTEST00002"), (False, False))

    @freeze_time("2026-06-15 10:00:00")
    def test_a_date_announced_later_is_a_change_and_undone_with_its_sheet(self):
        self._import_sheet({})
        [price] = self._get_offer().product_variant_ids.csp_price_ids
        sheet = self._apply({"EndofSaleDate": "2026-12-31T23:59:59Z"})
        self.assertEqual((sheet.changed_count, sheet.unchanged_count), (1, 0))
        self.assertEqual(price.standing, "corrected")
        self.assertEqual(self._days(), (date(2027, 1, 1), date(2027, 1, 1)))
        variant = sheet.price_ids.product_id
        self.assertFalse(variant._csp_sale_refusals(self._create_customer(), 1))
        with freeze_time("2027-01-01 10:00:00"):
            self.assertTrue(variant._csp_sale_refusals(self._create_customer(), 1))
        # A sheet that knows no ends of sale takes none back.
        other = self._import_sheet({}, {"BillingPlan": "Monthly"})
        self.assertEqual((other.new_count, other.unchanged_count), (1, 1))
        self.assertEqual(self._days(), (date(2027, 1, 1), date(2027, 1, 1)))
        other.action_undo()
        sheet.action_undo()
        self.assertEqual(self._days(), (False, False))
        self.assertEqual(price.standing, "valid")

    @freeze_time("2026-06-15 10:00:00")
    def test_undo_restores_the_date_before(self):
        self._apply({"EndofSaleDate": "2027-06-30T23:59:59Z"})
        sheet = self._apply({"EndofSaleDate": "2026-12-31T23:59:59Z"})
        self.assertEqual(self._days(), (date(2027, 1, 1), date(2027, 1, 1)))
        sheet.action_undo()
        self.assertEqual(self._days(), (date(2027, 7, 1), date(2027, 7, 1)))

    @freeze_time("2026-06-15 10:00:00")
    def test_a_date_by_hand_stays(self):
        self._import_sheet({})
        self._get_offer().csp_end_of_sale_date = date(2026, 9, 1)
        sheet = self._apply({"EndofSaleDate": "2026-12-31T23:59:59Z"})
        self.assertEqual(self._days(), (date(2026, 9, 1), date(2027, 1, 1)))
        sheet.action_undo()
        self.assertEqual(self._days(), (date(2026, 9, 1), False))

    @freeze_time("2026-06-15 10:00:00")
    def test_the_same_again_changes_nothing(self):
        self._apply({"EndofSaleDate": "2026-12-31T23:59:59Z"})
        again = self._apply({"EndofSaleDate": "2026-12-31T23:59:59.0000000Z"})
        self.assertEqual((again.changed_count, again.unchanged_count), (0, 1))

    @freeze_time("2026-06-15 10:00:00")
    def test_an_undone_first_sheet_leaves_no_date(self):
        sheet = self._apply({"EndofSaleDate": "2026-12-31T23:59:59Z"})
        offer = self._get_offer()
        sheet.action_undo()
        self.assertFalse(offer.csp_vendor_end_of_sale_date)
        self.assertFalse(offer.csp_end_of_sale_date)
