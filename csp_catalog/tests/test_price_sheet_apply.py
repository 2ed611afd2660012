"""Applying in steps, stopping, going on, undoing; what goes on sale and what not."""

import csv
import io
from datetime import datetime

from odoo.exceptions import UserError
from odoo.tests import HttpCase, freeze_time, tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from ..models import csp_price_sheet_booking as booking
from .common import CspCatalogCommon

ROWS = [
    {},
    {"BillingPlan": "Monthly", "UnitPrice": "50.4", "ERP Price": "63"},
    {"Currency": "GBP", "UnitPrice": "42", "ERP Price": "52.5"},
    {"ProductId": "CSPTEST00002", "SkuTitle": "Two", "Publisher": "Other Ltd"},
    {"ProductId": "CSPTEST00003", "SkuTitle": "Three", "Tags": "License;Trial"},
]


class PriceSheetCase(CspCatalogCommon):
    def _state(self):
        """Return everything about prices that undoing must restore."""
        self.env.flush_all()
        self.cr.execute(
            "SELECT id, product_id, is_superseded, standing, valid_from, valid_to,"
            " unit_price, erp_price, ended_by_id FROM csp_price"
            " WHERE program_id = %s AND standing != 'revoked' ORDER BY id",
            [self.program.id],
        )
        prices = self.cr.fetchall()
        self.cr.execute(
            "SELECT v.csp_key FROM product_product v JOIN product_template t"
            " ON t.id = v.product_tmpl_id WHERE v.active AND t.active"
            " AND t.csp_program_id = %s ORDER BY 1",
            [self.program.id],
        )
        return prices, self.cr.fetchall()

    def _on_sale(self):
        return sorted(
            self.env["product.product"]
            .search([("csp_program_id", "=", self.program.id)])
            .mapped("csp_product_ref")
        )

    def _prices(self, **domain):
        return self.env["csp.price"].search(
            [("program_id", "=", self.program.id)]
            + [(name, "=", value) for name, value in domain.items()]
        )


@tagged("post_install", "-at_install", "csp")
class TestApply(PriceSheetCase):
    def setUp(self):
        super().setUp()
        self.patch(booking, "PRICE_CHUNK", 2)
        self.patch(booking, "SALE_CHUNK", 2)

    # --- steps --------------------------------------------------------------

    def test_nothing_counts_before_the_switch(self):
        sheet = self._import_sheet(*ROWS, apply=False)
        sheet._set_applying()
        seen = []
        while sheet.apply_phase != "sale":
            self.assertTrue(sheet._apply_step())
            seen.append(len(self._prices(standing="pending")))
            if sheet.apply_phase != "sale":
                self.assertFalse(self._prices(is_superseded=False))
        self.assertEqual(seen, [0, 2, 4, 5, 5, 0])
        self.assertEqual(len(self._prices(standing="valid")), 5)
        self.assertFalse(self._on_sale())
        while sheet._apply_step():
            self.assertEqual(sheet.state, "applying")
        self.assertEqual(sheet.state, "applied")
        self.assertEqual(sheet.apply_progress, 100)
        self.assertEqual(len(self._on_sale()), 4)
        self.assertEqual(len(sheet.sold_product_ids), 4)

    def test_a_step_that_dies_costs_one_step(self):
        """A killed worker's transaction is gone; the next one goes on behind it."""
        sheet = self._import_sheet(*ROWS, apply=False)
        sheet._set_applying()
        sheet._apply_step()
        sheet._apply_step()
        self.env.flush_all()
        cursor = sheet.apply_cursor
        with self.assertRaises(ZeroDivisionError), self.cr.savepoint():
            sheet._apply_step()
            self.env.flush_all()
            raise ZeroDivisionError
        self.env.invalidate_all()
        self.assertEqual(sheet.apply_cursor, cursor)
        self.assertEqual(len(self._prices()), 2)
        with trap_jobs() as trap:
            sheet.action_resume()
            while trap.enqueued_jobs:
                trap.perform_enqueued_jobs()
        self.assertEqual(sheet.state, "applied")
        self.assertEqual(len(self._prices(is_superseded=False)), 5)

    def test_a_lost_job_is_taken_up(self):
        sheet = self._import_sheet(*ROWS, apply=False)
        sheet._set_applying()
        with trap_jobs() as trap:
            self.env["csp.price.sheet"]._cron_resume_apply()
            trap.assert_jobs_count(1, only=sheet._job_apply)

    def test_cancel_leaves_nothing(self):
        self._import_sheet({})
        before = self._state()
        sheet = self._import_sheet(*ROWS, {"UnitPrice": "47"}, apply=False)
        self.assertEqual(sheet.state, "refused", "two prices for one offer")
        sheet = self._import_sheet({"UnitPrice": "47"}, *ROWS[1:], apply=False)
        sheet._set_applying()
        for _step in range(3):
            sheet._apply_step()
        self.assertTrue(self._prices(standing="pending"))
        sheet.action_cancel()
        self.assertEqual(sheet.state, "staged")
        self.assertEqual(self._state(), before)
        sheet._job_apply()
        self.assertEqual(self._state(), before)
        sheet._apply()
        self.assertEqual(sheet.state, "applied")

    def test_no_cancel_after_the_switch(self):
        sheet = self._import_sheet(*ROWS, apply=False)
        sheet._set_applying()
        while sheet.apply_phase != "sale":
            sheet._apply_step()
        with self.assertRaisesRegex(UserError, "in force already"):
            sheet.action_cancel()

    def test_prices_that_moved_since_the_preview(self):
        sheet = self._import_sheet({"UnitPrice": "47"}, apply=False)
        self.assertEqual((sheet.new_count, sheet.changed_count), (1, 0))
        other = self._import_sheet({"UnitPrice": "46"}, apply=False)
        other.as_of = datetime(2020, 1, 1)
        other._apply()
        sheet._apply()
        self.assertEqual((sheet.new_count, sheet.changed_count), (0, 1))
        self.assertEqual(self._prices(is_superseded=False).unit_price, 47)

    def test_one_sheet_at_a_time(self):
        first = self._import_sheet({}, apply=False)
        second = self._import_sheet({"SkuId": "0002"}, apply=False)
        (first + second)._set_applying()
        first._apply_step()
        with self.assertRaisesRegex(Exception, "being applied"):
            second._apply_step()
        while first._apply_step():
            pass
        while second._apply_step():
            pass
        self.assertEqual(second.state, "applied")

    # --- undo ---------------------------------------------------------------

    def test_undo_restores_what_was(self):
        self._import_sheet(*ROWS[:3])
        before = self._state()
        sheet = self._import_sheet(
            {"UnitPrice": "47"},
            {
                "BillingPlan": "Monthly",
                "UnitPrice": "50.4",
                "ERP Price": "63",
                "EffectiveEndDate": "2099-12-31T23:59:59Z",
            },
            ROWS[3],
            is_complete=True,
        )
        self.assertNotEqual(self._state(), before)
        self.assertTrue(sheet.is_last_applied)
        sheet.action_undo()
        self.assertEqual(sheet.state, "undone")
        self.assertEqual(sheet.undone_by_id, self.env.user)
        self.assertEqual(self._state(), before)
        self.assertEqual(len(sheet.price_ids), 2)
        self.assertEqual(set(sheet.price_ids.mapped("standing")), {"revoked"})

    def test_undo_only_the_last(self):
        first = self._import_sheet({})
        second = self._import_sheet({"UnitPrice": "47"})
        before = self._state()
        with self.assertRaisesRegex(UserError, "applied last"):
            first.action_undo()
        self.assertEqual(self._state(), before)
        second.action_undo()
        first.action_undo()
        self.assertFalse(self._prices(is_superseded=False))
        self.assertFalse(self._on_sale())

    def test_undo_keeps_the_price_of_an_order(self):
        # Add-ons above send orders to a provider, or by hand.
        self._create_provider()
        sheet = self._import_sheet(ROWS[0])
        variant = sheet.price_ids.product_id
        order = self._create_order(self._create_customer(), [(variant, 5)])
        order.action_confirm()
        line = order.order_line
        price = line.csp_price_id
        self.assertEqual(price, sheet.price_ids)
        amounts = (line.price_unit, line.purchase_price)
        sheet.action_undo()
        self.assertFalse(variant.active)
        self.assertEqual((line.price_unit, line.purchase_price), amounts)
        self.assertEqual((line.csp_price_id, price.unit_price), (price, 48))
        self.assertEqual(price.product_id, variant)

    def test_an_undone_sheet_can_come_back(self):
        sheet = self._import_sheet(*ROWS)
        state = self._on_sale()
        sheet.action_undo()
        again = self._import_sheet(*ROWS)
        self.assertNotEqual(again, sheet)
        self.assertEqual(again.state, "applied")
        self.assertEqual(self._on_sale(), state)
        self.assertEqual(len(self._prices(is_superseded=False)), 5)

    # --- on sale ------------------------------------------------------------

    def test_by_hand_nothing_goes_on_sale(self):
        self.program.sale_policy = "manual"
        sheet = self._import_sheet(*ROWS)
        self.assertFalse(self._on_sale())
        self.assertEqual(len(sheet.price_ids), 5)
        self.assertFalse(sheet.price_ids.product_id)
        one = sheet.price_ids.filtered(lambda p: p.product_ref == "CSPTEST00002")
        self.assertEqual((one.title, one.publisher), ("Two", "Other Ltd"))
        self.assertIn(one, self.env["csp.price"].search([("is_on_sale", "=", False)]))
        one.action_csp_put_on_sale()
        self.assertEqual(self._on_sale(), ["CSPTEST00002"])
        self.assertEqual(one.product_id.csp_publisher, "Other Ltd")
        self.assertTrue(one.is_on_sale)
        self.assertIn(one, self.env["csp.price"].search([("is_on_sale", "=", True)]))

    def test_off_sale_keeps_the_history(self):
        sheet = self._import_sheet(*ROWS)
        prices = sheet.price_ids.filtered(lambda p: p.product_ref == "CSPTEST00001")
        prices.action_csp_take_off_sale()
        self.assertEqual(self._on_sale(), ["CSPTEST00002", "CSPTEST00003"])
        self.assertEqual(len(prices.product_id), 2)
        self.env["product.product"]._cron_csp_sync_offers()
        self._import_sheet({"UnitPrice": "47"})
        self.assertEqual(self._on_sale(), ["CSPTEST00002", "CSPTEST00003"])
        prices._csp_put_on_sale()
        self.assertEqual(len(self._on_sale()), 4)

    def test_one_price_puts_its_variant_on_sale_in_all_currencies(self):
        self.program.sale_policy = "manual"
        sheet = self._import_sheet(*ROWS)
        pound = sheet.price_ids.filtered(lambda p: p.currency_id.name == "GBP")
        pound._csp_put_on_sale()
        linked = sheet.price_ids.filtered("product_id")
        self.assertEqual(sorted(linked.mapped("currency_id.name")), ["EUR", "GBP"])
        self.assertEqual(linked.product_id.csp_plan, "annual")

    def test_by_rule(self):
        self.program.sale_policy = "rules"
        self.env["csp.sale.rule"].create(
            [
                {"program_id": self.program.id, "tag": "trial", "is_excluded": True},
                {"program_id": self.program.id, "publisher": "test publisher"},
            ]
        )
        sheet = self._import_sheet(*ROWS)
        self.assertEqual(self._on_sale(), ["CSPTEST00001", "CSPTEST00001"])
        self.assertEqual(len(sheet.sold_product_ids), 2)

    def test_a_new_month_of_an_offer_that_is_not_on_sale(self):
        self.program.sale_policy = "manual"
        self._import_sheet(ROWS[0])
        sheet = self._import_sheet(
            {"UnitPrice": "49", "EffectiveStartDate": "2026-01-01T00:00:00Z"}
        )
        self.assertEqual(sheet.changed_count, 1)
        row = sheet.row_ids
        self.assertEqual((row.old_unit_price, row.unit_price), (48, 49))
        self.assertEqual(row.cost_change, 0.0208)
        sheet.price_ids._csp_put_on_sale()
        self.assertEqual(len(sheet.price_ids.product_id.csp_price_ids), 2)

    @freeze_time("2026-06-15 12:00:00")
    def test_future_prices_take_effect_without_a_job(self):
        self._import_sheet({})
        future = self._import_sheet(
            {"UnitPrice": "50", "EffectiveStartDate": "7/1/2026 12:00:00 AM"},
            timeline="future",
        )
        variant = future.price_ids.product_id
        self.assertEqual(
            variant._csp_price_at(datetime(2026, 6, 30))[variant.id].cost, 48
        )
        with freeze_time("2026-07-01 00:00:00"):
            table = variant._csp_price_at(datetime(2026, 7, 1))
        self.assertEqual(table[variant.id].cost, 50)

    # --- the shape that fast statements rest on ------------------------------

    def test_nothing_stored_is_computed_from_a_price(self):
        """INSERT and COPY skip the ORM: no stored field may wait for it."""
        for model in ("csp.price", "csp.price.sheet.row"):
            fields = self.env[model]._fields.values()
            stored = {f.name for f in fields if f.store and f.compute and not f.related}
            self.assertFalse(stored, model)
            dependents = {
                str(dependent)
                for field in fields
                if field.store
                for dependent in self.env.registry.get_dependent_fields(field)
                if dependent.store and dependent.column_type
            }
            # Related to the sheet, and written by COPY itself.
            dependents.discard("csp.price.sheet.row.company_id")
            self.assertFalse(dependents, model)


@tagged("post_install", "-at_install", "csp")
class TestErrorList(PriceSheetCase, HttpCase):
    def test_errors_can_be_downloaded(self):
        sheet = self._import_sheet({"SkuTitle": "=1+1"}, {"UnitPrice": "-1"})
        self.assertEqual(sheet.state, "refused")
        self.assertFalse(self._prices())
        self.authenticate("admin", "admin")
        response = self.url_open(sheet.action_download_errors()["url"])
        self.assertEqual(response.status_code, 200)
        rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
        self.assertEqual(rows[0], ["Row", "Column", "Value", "Reason"])
        self.assertEqual(
            [row[:3] for row in rows[1:]],
            [
                ["2", "SkuTitle", "'=1+1"],
                ["3", "UnitPrice", "-1"],
            ],
        )
        response = self.url_open(sheet.action_download_errors_xlsx()["url"])
        self.assertEqual(response.content[:2], b"PK")
        with self.assertRaises(UserError):
            self._import_sheet({})._get_download("error_csv", "csv")
