"""Importing price sheets: staged, refused, applied once."""

import base64
import hashlib
from datetime import datetime

from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from .common import CspCatalogCommon, sheet_bytes

ROWS = (
    {"TermDuration": "P1Y", "BillingPlan": "Annual"},
    {"BillingPlan": "Monthly", "UnitPrice": "50.4", "ERP Price": "63"},
    {
        "TermDuration": "P1M",
        "BillingPlan": "Monthly",
        "UnitPrice": "4.8",
        "ERP Price": "6",
    },
    {"Currency": "GBP", "UnitPrice": "42", "ERP Price": "52.5"},
    {
        "ProductId": "CSPTEST00002",
        "ProductTitle": "Other",
        "SkuTitle": "Other plan",
        "Tags": "License;Trial",
        "TermDuration": "P1M",
        "BillingPlan": "None",
        "UnitPrice": "0",
        "ERP Price": "0",
    },
)


@tagged("post_install", "-at_install", "csp")
class TestPriceSheet(CspCatalogCommon):
    def _fingerprint(self):
        """Return the checksum of everything a sheet may write."""
        self.env.flush_all()
        self.cr.execute(
            "SELECT p.id, p.product_id, p.unit_price, p.erp_price, p.valid_from,"
            " p.valid_to, p.is_superseded FROM csp_price p ORDER BY p.id"
        )
        prices = self.cr.fetchall()
        self.cr.execute(
            "SELECT v.id, v.active, v.csp_key, t.name, t.list_price, t.write_date"
            " FROM product_product v JOIN product_template t"
            " ON t.id = v.product_tmpl_id ORDER BY v.id"
        )
        return hashlib.sha256(repr((prices, self.cr.fetchall())).encode()).hexdigest()

    def _counts(self, sheet):
        return (
            sheet.row_count,
            sheet.new_count,
            sheet.changed_count,
            sheet.ended_count,
            sheet.unchanged_count,
            sheet.refused_count,
        )

    def _variants(self, ref="CSPTEST00001"):
        return (
            self.env["product.product"]
            .with_context(active_test=False)
            .search(
                [
                    ("csp_program_id", "=", self.program.id),
                    ("csp_product_ref", "=", ref),
                ]
            )
        )

    # --- staging ------------------------------------------------------------

    def test_staging_shows_everything_and_changes_nothing(self):
        before = self._fingerprint()
        sheet = self._import_sheet(*ROWS, apply=False)
        self.assertEqual(sheet.state, "staged")
        self.assertEqual(sheet.market, "DE")
        self.assertEqual(self._counts(sheet), (5, 5, 0, 0, 0, 0))
        self.assertEqual(sheet.row_ids.mapped("line_number"), [2, 3, 4, 5, 6])
        self.assertEqual(sheet.row_ids.mapped("unit_price"), [48, 50.4, 4.8, 42, 0])
        self.assertFalse(sheet.error_ids)
        self.assertEqual(self._fingerprint(), before)

    def test_refused_sheet_leaves_everything_unchanged(self):
        self._import_sheet(*ROWS)
        before = self._fingerprint()
        sheet = self._import_sheet(
            {"UnitPrice": "999"}, {"SkuId": "0002", "UnitPrice": "-1"}
        )
        self.assertEqual(sheet.state, "refused")
        self.assertEqual(self._counts(sheet), (2, 0, 0, 0, 0, 1))
        error = sheet.error_ids
        self.assertEqual((error.line_number, error.column), (3, "UnitPrice"))
        self.assertEqual((error.value, error.status), ("-1", "refused"))
        self.assertIn("negative", error.reason)
        with self.assertRaises(UserError):
            sheet._apply()
        self.assertEqual(self._fingerprint(), before)

    def test_file_that_is_no_sheet_is_refused_in_words(self):
        sheet = self._import_sheet(content=b"PK\x03\x04broken")
        self.assertEqual(sheet.state, "refused")
        self.assertIn("download it again", sheet.error_ids.reason)

    # --- applying -----------------------------------------------------------

    def test_apply_makes_offers_variants_and_prices(self):
        sheet = self._import_sheet(*ROWS)
        self.assertEqual(sheet.state, "applied")
        self.assertTrue(sheet.applied_at)
        variants = self._variants()
        self.assertEqual(
            set(variants.mapped("csp_key")),
            {
                f"{self.program.code}|CSPTEST00001|0001|commercial|{rest}"
                for rest in ("P1Y|annual", "P1Y|monthly", "P1M|monthly")
            },
        )
        offer = variants.product_tmpl_id
        self.assertEqual(len(offer), 1)
        self.assertTrue(offer.is_csp_offer)
        self.assertTrue(offer.sale_ok)
        self.assertEqual(offer.type, "service")
        self.assertEqual(offer.service_tracking, "csp_subscription")
        self.assertEqual(offer.csp_publisher, "Test Publisher")
        self.assertEqual(offer.list_price, 5.25)
        self.assertEqual(len(sheet.price_ids), 5)
        annual = variants.filtered(lambda v: v.csp_plan == "annual")
        self.assertEqual(
            sorted(annual.csp_price_ids.mapped("currency_id.name")), ["EUR", "GBP"]
        )
        self.assertTrue(self._variants("CSPTEST00002").csp_is_trial)

    def test_text_of_one_variant_is_not_the_offers(self):
        """Only what all rows of an offer say is said on all of its variants."""
        ref = {"ProductId": "CSPTEST00003"}
        monthly = {"TermDuration": "P1M", "BillingPlan": "Monthly"}
        self._import_sheet(
            *ROWS,
            {**ref, "SkuDescription": "Billed “Annual”, term P1Y."},
            {**ref, **monthly, "SkuDescription": "Billed “Monthly”, term P1M."},
        )
        same = self._variants()
        self.assertEqual(set(same.mapped("description_sale")), {"Mail for tests."})
        mixed = self._variants("CSPTEST00003")
        self.assertEqual(len(mixed), 2)
        for variant in mixed:
            self.assertFalse(variant.description_sale)
            text = variant.get_product_multiline_description_sale()
            self.assertNotIn("Billed “", text)

    def test_apply_twice_changes_nothing(self):
        sheet = self._import_sheet(*ROWS)
        before = self._fingerprint()
        self.assertFalse(sheet._apply())
        self.assertEqual(self._import_sheet(*ROWS), sheet)
        self.assertEqual(self._fingerprint(), before)

    def test_same_prices_in_another_file_change_nothing(self):
        self._import_sheet(*ROWS)
        before = self._fingerprint()
        again = self._import_sheet(*reversed(ROWS))
        self.assertEqual(again.state, "applied")
        self.assertEqual(self._counts(again), (5, 0, 0, 0, 5, 0))
        self.assertEqual(self._fingerprint(), before)

    @freeze_time("2026-06-15 12:00:00")
    def test_new_price_from_a_day_on(self):
        self._import_sheet({})
        sheet = self._import_sheet(
            {
                "UnitPrice": "50",
                "ERP Price": "66",
                "EffectiveStartDate": "7/1/2026 12:00:00 AM",
            }
        )
        self.assertEqual(self._counts(sheet), (1, 0, 1, 0, 0, 0))
        variant = self._variants()
        self.assertEqual(len(variant.csp_price_ids), 2)
        table = variant._csp_price_at(datetime(2026, 6, 30, 23, 59))
        self.assertEqual(table[variant.id].erp, 60)
        self.assertEqual(variant.product_tmpl_id.list_price, 60)
        with freeze_time("2026-07-01 00:10:00"):
            self.env["product.product"]._cron_csp_sync_offers()
            self.assertEqual(variant.product_tmpl_id.list_price, 66)

    @freeze_time("2026-06-15 12:00:00")
    def test_future_offer_goes_on_sale_on_its_day(self):
        self._import_sheet({"EffectiveStartDate": "2026-07-01T00:00:00Z"})
        variant = self._variants()
        self.assertFalse(variant.active)
        self.assertTrue(variant.csp_is_withdrawn)
        with freeze_time("2026-07-01 00:10:00"):
            self.env["product.product"]._cron_csp_sync_offers()
        self.assertTrue(variant.active)
        self.assertFalse(variant.csp_is_withdrawn)

    @freeze_time("2026-06-15 12:00:00")
    def test_ended_offer_leaves_the_shop_on_its_day(self):
        self._import_sheet(*ROWS[:2])
        sheet = self._import_sheet({"EffectiveEndDate": "2026-06-30T23:59:59.0000000Z"})
        self.assertEqual(self._counts(sheet), (1, 0, 0, 1, 0, 0))
        annual = self._variants().filtered(lambda v: v.csp_plan == "annual")
        self.assertEqual(annual.csp_price_ids.valid_to, datetime(2026, 7, 1))
        self.assertTrue(annual.active)
        with freeze_time("2026-07-01 00:10:00"):
            self.env["product.product"]._cron_csp_sync_offers()
        self.assertFalse(annual.active)
        self.assertTrue(annual.csp_is_withdrawn)
        self.assertEqual(self._variants().filtered("active").csp_plan, "monthly")

    def test_archived_by_hand_stays_archived(self):
        self._import_sheet(*ROWS)
        variant = self._variants()[0]
        variant.active = False
        self.env["product.product"]._cron_csp_sync_offers()
        self.assertFalse(variant.active)

    def test_correction_of_a_price_keeps_both(self):
        self._import_sheet({})
        old = self._variants().csp_price_ids
        sheet = self._import_sheet({"UnitPrice": "47"})
        self.assertEqual(self._counts(sheet), (1, 0, 1, 0, 0, 0))
        new = sheet.price_ids
        self.assertEqual(new.supersedes_id, old)
        self.assertTrue(old.is_superseded)
        self.assertEqual((old.unit_price, new.unit_price), (48, 47))
        table = self._variants()._csp_price_at(datetime(2024, 1, 1))
        self.assertEqual(table[self._variants().id].price_id, new.id)

    def test_overlapping_rows_of_one_sheet(self):
        self._import_sheet(
            {"EffectiveEndDate": "2026-11-05T23:59:59Z"},
            {
                "UnitPrice": "50",
                "ERP Price": "66",
                "EffectiveStartDate": "2026-11-01T00:00:00Z",
            },
        )
        variant = self._variants()
        for day, erp in ((1, 60), (5, 60), (6, 66)):
            table = variant._csp_price_at(datetime(2026, 11, day))
            self.assertEqual(table[variant.id].erp, erp)

    @freeze_time("2026-06-15 12:00:00")
    def test_complete_list_ends_what_it_does_not_list(self):
        self._import_sheet(*ROWS)
        sheet = self._import_sheet(ROWS[0], is_complete=True)
        self.assertEqual(self._counts(sheet), (1, 0, 0, 4, 1, 0))
        active = self._variants().filtered("active")
        self.assertEqual(active.mapped("csp_plan"), ["annual"])
        self.assertEqual(
            active.csp_price_ids.filtered("valid_to").currency_id.name, "GBP"
        )
        back = self._import_sheet(*ROWS, {"Currency": "CHF"})
        self.assertEqual(self._counts(back), (6, 1, 4, 0, 1, 0))
        self.assertEqual(len(self._variants().filtered("active")), 3)

    def test_new_term_of_a_known_offer(self):
        self._import_sheet({})
        offer = self._variants().product_tmpl_id
        self._import_sheet({"TermDuration": "P3Y", "BillingPlan": "Triennial"})
        self.assertEqual(self._variants().product_tmpl_id, offer)
        self.assertEqual(sorted(self._variants().mapped("csp_term")), ["P1Y", "P3Y"])

    def test_extended_service_term_is_not_for_sale(self):
        self._import_sheet(
            {
                "SkuId": "00ES",
                "Tags": "License;EST",
                "TermDuration": "P1M",
                "BillingPlan": "Monthly",
            }
        )
        offer = self._variants().product_tmpl_id
        self.assertTrue(offer.csp_is_extended_term)
        self.assertFalse(offer.sale_ok)

    def test_only_listed_combinations_can_be_bought(self):
        self._import_sheet(*ROWS)
        variants = self._variants()
        offer = variants.product_tmpl_id
        for variant in variants:
            combination = variant.product_template_attribute_value_ids
            self.assertTrue(offer._is_combination_possible(combination))
        values = offer.attribute_line_ids.product_template_value_ids
        impossible = values.filtered(
            lambda value: value.product_attribute_value_id.csp_code in ("P1M", "annual")
        )
        self.assertEqual(len(impossible), 2)
        self.assertFalse(offer._is_combination_possible(impossible))
        self.assertFalse(offer._create_product_variant(impossible))
        variants[0].active = False
        combination = variants[0].product_template_attribute_value_ids
        self.assertFalse(offer._is_combination_possible(combination))
        self.assertEqual(len(self._variants()), 3)

    # --- buttons ------------------------------------------------------------

    def test_button_applies_in_the_background_once(self):
        sheet = self._import_sheet(*ROWS, apply=False)
        with trap_jobs() as trap:
            sheet.action_apply()
            self.assertEqual(sheet.state, "applying")
            with self.assertRaises(UserError):
                sheet.action_apply()
            trap.assert_jobs_count(1, only=sheet._job_apply)
            while trap.enqueued_jobs:
                self.assertEqual(sheet.state, "applying")
                trap.perform_enqueued_jobs()
        self.assertEqual(sheet.state, "applied")
        self.assertEqual(len(sheet.price_ids), 5)

    def test_file_changed_after_the_preview_is_not_applied(self):
        sheet = self._import_sheet(*ROWS, apply=False)
        sheet.file = base64.b64encode(sheet_bytes({"UnitPrice": "1"}))
        with self.assertRaisesRegex(UserError, "has changed"):
            sheet._apply()
        self.assertFalse(self._variants())

    def test_applied_sheet_is_never_changed(self):
        sheet = self._import_sheet(*ROWS)
        with self.assertRaises(UserError):
            sheet.file = base64.b64encode(b"x")
        with self.assertRaises(UserError):
            sheet.unlink()
        with self.assertRaises(UserError):
            sheet.action_stage()

    def test_wizard_uploads_a_file(self):
        form = Form(self.env["csp.price.sheet.import"])
        form.program_id = self.program
        form.file = base64.b64encode(sheet_bytes(*ROWS))
        wizard = form.save()
        wizard.file_name = "sheet.csv"
        action = wizard.action_import()
        sheet = self.env["csp.price.sheet"].browse(action["res_id"])
        self.assertEqual((sheet.name, sheet.state), ("sheet.csv", "staged"))
        self.assertEqual(sheet.source, "file")

    def test_states_move_only_as_the_table_says(self):
        from ..const import SHEET_STATES, SHEET_TRANSITIONS

        sheet = self._import_sheet(*ROWS, apply=False)
        states = [state for state, _label in SHEET_STATES]
        for source in states:
            for target in states:
                with self.subTest(source=source, target=target):
                    sheet.state = source
                    moved = sheet._update_state(target)
                    allowed = source != target and source in SHEET_TRANSITIONS[target]
                    self.assertEqual(bool(moved), allowed)
                    self.assertEqual(sheet.state, target if allowed else source)

    # --- size ---------------------------------------------------------------

    def test_thousands_of_rows_in_batches(self):
        rows = [
            {
                "ProductId": f"CSPBIG{n // 6:05d}",
                "Currency": ("EUR", "GBP", "CHF", "SEK", "NOK", "DKK")[n % 6],
            }
            for n in range(3000)
        ]
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        sheet = self._import_sheet(*rows)
        self.env.flush_all()
        queries = self.env.cr.sql_log_count - before
        self.assertEqual(sheet.state, "applied")
        self.assertEqual(len(sheet.price_ids), 3000)
        self.assertEqual(len(sheet.row_ids), 3000)
        self.assertEqual(len(sheet.preview_row_ids), 200)
        self.assertEqual(sheet.preview_limit, 200)
        # Prices go in batches: a new offer costs some statements, a row does not.
        self.assertLess(queries, 500 * 10)
