from datetime import date, datetime

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from .common import CspCatalogCommon

APRIL = "2026-04-01T00:00:00.0000000Z"


@tagged("post_install", "-at_install")
@freeze_time("2026-03-10")
class TestPriceSheetImpact(CspCatalogCommon):
    """Before a sheet is applied people see what it does to margins."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.partner.grade"].search([]).active = False
        cls.gold = cls._create_grade(20.0, name="Test gold")
        cls.silver = cls._create_grade(10.0, name="Test silver")
        cls.manager = new_test_user(
            cls.env, "csp_pm", groups="csp_catalog.group_csp_product_manager"
        )
        # 40 cost and 60 list price a year.
        cls.variant = cls._create_variant(
            cls._create_offer(csp_product_ref="CSPTEST00001"),
            plan="annual",
            cost=40.0,
            erp=60.0,
            valid_from=datetime(2023, 2, 1),
        )

    def _stage_sheet(self, cost="50", erp="60", **values):
        row = {"UnitPrice": cost, "ERP Price": erp, "EffectiveStartDate": APRIL}
        return self._import_sheet({**row, **values}, apply=False)

    def _line(self, sheet, grade):
        return sheet.impact_ids.filtered(lambda line: line.grade_id == grade)

    def test_impact_per_level(self):
        sheet = self._stage_sheet()
        action = sheet.action_impact()
        self.assertEqual(action["domain"], [("sheet_id", "=", sheet.id)])
        self.assertRecordValues(
            self._line(sheet, self.gold) + self._line(sheet, self.silver),
            [
                {
                    "kind": "level",
                    "offer_count": 1,
                    "price_count": 1,
                    # 48 for 40, then for 50
                    "margin_before": 0.1667,
                    "margin_after": -0.0417,
                    "worst_before": 0.1667,
                    "worst_after": -0.0417,
                    "margin_difference": -0.2084,
                    "floor_break_count": 1,
                    "minimum_break_count": 0,
                },
                {
                    "kind": "level",
                    "offer_count": 1,
                    "price_count": 1,
                    # 54 for 40, then for 50
                    "margin_before": 0.2593,
                    "margin_after": 0.0741,
                    "worst_before": 0.2593,
                    "worst_after": 0.0741,
                    "margin_difference": -0.1852,
                    "floor_break_count": 0,
                    "minimum_break_count": 0,
                },
            ],
        )
        self.assertEqual((sheet.floor_break_count, len(sheet.impact_ids)), (1, 2))
        self.assertRecordValues(
            self._line(sheet, self.gold).offer_ids,
            [
                {
                    "product_id": self.variant.id,
                    "start_at": datetime(2026, 4, 1),
                    "price_before": 48.0,
                    "price_after": 48.0,
                    "cost_before": 40.0,
                    "cost_after": 50.0,
                    "reseller_margin": 0.2,
                    "is_new": False,
                    "is_floor_break": True,
                }
            ],
        )

    def test_impact_twice_is_the_same(self):
        sheet = self._stage_sheet()
        sheet.action_impact()
        sheet.action_impact()
        self.assertEqual(len(sheet.impact_ids), 2)
        self.assertEqual(len(sheet.impact_ids.offer_ids), 2)

    def test_minimum_margin_is_listed_before_publishing(self):
        self.silver.csp_min_reseller_margin = 12.0
        sheet = self._stage_sheet(cost="41")
        sheet.action_impact()
        self.assertEqual(self._line(sheet, self.silver).minimum_break_count, 1)
        self.assertEqual(self._line(sheet, self.gold).minimum_break_count, 0)
        self.assertEqual((sheet.minimum_break_count, sheet.floor_break_count), (1, 0))

    def test_the_same_price_touches_nothing(self):
        sheet = self._stage_sheet(cost="40")
        sheet.action_impact()
        self.assertEqual(set(sheet.impact_ids.mapped("price_count")), {0})

    def test_another_market_touches_nobody(self):
        sheet = self._stage_sheet(Market="US", Currency="USD")
        sheet.action_impact()
        self.assertEqual(set(sheet.impact_ids.mapped("price_count")), {0})

    def test_of_two_currencies_the_buyers_own_counts(self):
        row = {"EffectiveStartDate": APRIL, "ERP Price": "60"}
        sheet = self._import_sheet(
            {**row, "UnitPrice": "41"},
            {**row, "UnitPrice": "500", "Currency": "USD"},
            apply=False,
        )
        sheet.action_impact()
        self.assertEqual(sheet.impact_ids.mapped("price_count"), [1, 1])
        self.assertEqual(sheet.floor_break_count, 0)

    def test_a_new_offer_has_no_margin_before(self):
        sheet = self._stage_sheet(ProductId="CSPTEST77777", cost="59")
        sheet.action_impact()
        line = self._line(sheet, self.silver)
        self.assertEqual((line.margin_before, line.floor_break_count), (0.0, 1))
        self.assertTrue(line.offer_ids.is_new)
        self.assertFalse(line.offer_ids.product_id)

    def test_a_level_with_a_list_made_by_hand_is_left_out(self):
        self.silver.default_pricelist_id = self.env["product.pricelist"].create(
            {"name": "By hand"}
        )
        sheet = self._stage_sheet()
        sheet.action_impact()
        self.assertEqual(sheet.impact_ids.grade_id, self.gold)

    def test_impact_per_agreement(self):
        reseller = self._create_reseller(self.gold, name="Fixed price partner")
        agreement = self._create_agreement(
            reseller,
            [
                {
                    "scope": "variant",
                    "product_id": self.variant.id,
                    "kind": "fixed",
                    "value": 49.5,
                }
            ],
            min_reseller_margin_percent=18.0,
        )
        sheet = self._stage_sheet()
        sheet.action_impact()
        line = sheet.impact_ids.filtered(lambda one: one.kind == "agreement")
        self.assertRecordValues(
            line,
            [
                {
                    "agreement_id": agreement.id,
                    "partner_id": reseller.id,
                    "grade_id": self.gold.id,
                    "offer_count": 1,
                    # 49.50 for 40, then for 50
                    "margin_before": 0.1919,
                    "margin_after": -0.0101,
                    "floor_break_count": 1,
                    # 49.50 leaves 17.5 % of 60
                    "minimum_break_count": 1,
                }
            ],
        )
        self.assertEqual(line.display_name, f"Fixed price partner, {agreement.name}")
        self.assertEqual((sheet.floor_break_count, len(sheet.impact_ids)), (2, 3))

    def test_an_agreement_that_is_over_counts_no_more(self):
        self._create_agreement(
            lines=[{"scope": "all", "kind": "discount_erp", "value": 30.0}],
            date_end=date(2026, 3, 9),
        )
        sheet = self._stage_sheet()
        sheet.action_impact()
        self.assertEqual(set(sheet.impact_ids.mapped("kind")), {"level"})

    def test_reading_again_drops_the_impact(self):
        sheet = self._stage_sheet()
        sheet.action_impact()
        sheet.action_stage()
        self.assertFalse(sheet.impact_ids)
        self.assertFalse(sheet.impact_at)

    def test_only_a_staged_sheet_has_an_impact(self):
        sheet = self._import_sheet({"UnitPrice": "39"})
        with self.assertRaisesRegex(UserError, "before a sheet is applied"):
            sheet.action_impact()
        self.assertFalse(sheet.impact_ids)

    # --- applying below cost ----------------------------------------------------

    def _confirm(self, action, user=None, **values):
        wizard = self.env[action["res_model"]].with_user(user or self.manager)
        return wizard.with_context(**action["context"]).create(
            {"reason": "Discounts follow", "is_understood": True, **values}
        )

    def test_a_harmless_sheet_is_applied_at_once(self):
        sheet = self._stage_sheet(cost="41")
        with trap_jobs() as trap:
            self.assertFalse(sheet.with_user(self.manager).action_apply())
            trap.assert_jobs_count(1, only=sheet._job_apply)
        self.assertEqual(sheet.state, "applying")

    def test_prices_below_cost_are_confirmed_first(self):
        sheet = self._stage_sheet().with_user(self.manager)
        with trap_jobs() as trap:
            action = sheet.action_apply()
            self.assertEqual(action["res_model"], "csp.price.sheet.confirm")
            self.assertEqual(sheet.state, "staged")
            trap.assert_jobs_count(0)
            wizard = self._confirm(action, is_understood=False)
            with self.assertRaisesRegex(UserError, "Tick the box"):
                wizard.action_confirm()
            self.assertEqual(sheet.state, "staged")
            self.assertFalse(sheet.floor_confirmed_by)
            wizard.is_understood = True
            wizard.action_confirm()
            trap.assert_jobs_count(1, only=sheet._job_apply)
        self.assertRecordValues(
            sheet,
            [
                {
                    "state": "applying",
                    "floor_confirmed": 1,
                    "floor_confirmed_by": self.manager.id,
                    "floor_confirmed_at": fields.Datetime.now(),
                }
            ],
        )
        self.assertEqual(
            len(
                sheet.message_ids.filtered(
                    lambda m: (
                        "1 prices below cost confirmed" in (m.body or "")
                        and "Discounts follow" in m.body
                        and m.author_id == self.manager.partner_id
                    )
                )
            ),
            1,
        )

    def test_a_confirmation_covers_what_was_seen(self):
        sheet = self._stage_sheet()
        sheet.action_apply()
        sheet.with_user(self.manager)._confirm_floor("Seen")
        self.silver.csp_discount = 30.0
        action = sheet.action_apply()
        self.assertEqual(action["res_model"], "csp.price.sheet.confirm")
        self.assertEqual((sheet.floor_break_count, sheet.state), (2, "staged"))

    def test_nobody_writes_a_confirmation(self):
        sheet = self._stage_sheet().with_user(self.manager)
        with self.assertRaises(AccessError):
            sheet.write({"floor_confirmed": 9})
        with self.assertRaises(AccessError):
            sheet.create(
                {
                    "name": "x",
                    "program_id": self.program.id,
                    "file": "eA==",
                    "floor_confirmed": 9,
                }
            )
        self.assertEqual(sheet.floor_confirmed, 0)

    def test_who_may_not_import_may_not_confirm(self):
        seller = new_test_user(
            self.env, "csp_reader", groups="csp_catalog.group_csp_user"
        )
        sheet = self._stage_sheet()
        sheet.action_impact()
        with self.assertRaises(AccessError):
            sheet.with_user(seller)._confirm_floor("I say so")
        with self.assertRaises(AccessError):
            sheet.with_user(seller).action_impact()
        self.assertEqual(len(sheet.impact_ids.with_user(seller).mapped("kind")), 2)
        self.assertFalse(sheet.floor_confirmed_by)

    def test_sheets_below_cost_are_applied_alone(self):
        sheet = self._stage_sheet()
        other = self._stage_sheet(cost="41", ProductId="CSPTEST88888")
        with self.assertRaisesRegex(UserError, "apply it alone"):
            (other + sheet).action_apply()

    # --- speed ------------------------------------------------------------------

    def test_queries_do_not_grow_with_the_sheet(self):
        def rows(first, count):
            return [
                {
                    "ProductId": f"CSPMANY{number:05d}",
                    "UnitPrice": "41",
                    "EffectiveStartDate": APRIL,
                }
                for number in range(first, first + count)
            ]

        few = self._import_sheet(*rows(0, 5), apply=False)
        many = self._import_sheet(*rows(100, 100), apply=False)
        counts = []
        for sheet in (few, few, many):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            sheet._book_impact()
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[2], counts[1] + 4)
        self.assertEqual(many.impact_ids.mapped("price_count"), [100, 100])
