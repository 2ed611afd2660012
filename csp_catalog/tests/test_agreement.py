"""Agreements: versions, days, what may be changed, terms for partner and orders."""

from datetime import date, datetime
from decimal import Decimal

from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common import CspCatalogCommon

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASU"
    "VORK5CYII="
)


@tagged("post_install", "-at_install", "csp")
@freeze_time("2026-05-10 10:00:00")
class TestAgreement(CspCatalogCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gold = cls._create_grade(csp_discount=12, name="Gold")
        cls.reseller = cls._create_reseller(cls.gold)
        cls.other_program = cls._create_program()
        cls.manager = new_test_user(
            cls.env, "agreement_manager", groups="csp_catalog.group_csp_product_manager"
        )

    def _states(self, agreements):
        return agreements.mapped("state")

    # --- identity -----------------------------------------------------------

    def test_first_version(self):
        agreement = self._create_agreement(self.reseller, activate=False)
        self.assertRegex(agreement.name, r"^AGR/2026/\d{4}$")
        self.assertEqual(agreement.origin_id, agreement)
        self.assertEqual((agreement.version, agreement.state), (1, "draft"))
        self.assertEqual(agreement.grade_id, self.gold)
        self.assertFalse(self.reseller._csp_get_agreement())
        agreement._activate()
        self.assertEqual(self.reseller._csp_get_agreement(), agreement)
        self.assertTrue(agreement.is_current)
        contact = self._create_portal_user(self.reseller).partner_id
        self.assertEqual(contact._csp_get_agreement(), agreement)

    def test_a_contact_makes_no_agreement(self):
        contact = self._create_portal_user(self.reseller).partner_id
        with self.assertRaisesRegex(ValidationError, "with Test reseller"):
            self._create_agreement(contact)

    def test_level_of_the_partner_is_followed_while_it_lasts(self):
        silver = self._create_grade(csp_discount=8, name="Silver")
        agreement = self._create_agreement(self.reseller)
        self.reseller.grade_id = silver
        self.assertEqual(agreement.grade_id, silver)
        agreement._end(date(2026, 5, 10))
        self.reseller.grade_id = self.gold
        self.assertEqual(agreement.grade_id, silver)

    # --- versions -----------------------------------------------------------

    def test_amending_replaces_from_its_first_day(self):
        first = self._create_agreement(self.reseller, [{"value": 15}])
        second = first._amend(date_start=date(2026, 6, 1))
        self.assertEqual(first._amend(), second)
        self.assertEqual((second.version, second.name), (2, first.name))
        self.assertEqual(second.previous_id, first)
        self.assertEqual(second.line_ids.value, 15)
        second.line_ids.value = 18
        self.assertEqual(self.reseller._csp_get_agreement(date(2026, 6, 1)), first)
        second._activate()
        self.assertEqual(first.date_end, date(2026, 5, 31))
        self.assertEqual(self._states(first + second), ["active", "active"])
        for day, expected in (
            (date(2019, 12, 31), first.browse()),
            (date(2020, 1, 1), first),
            (datetime(2026, 5, 31, 23, 59, 59), first),
            (date(2026, 6, 1), second),
        ):
            self.assertEqual(self.reseller._csp_get_agreement(day), expected)
        self.env["csp.agreement"]._cron_csp_agreements(date(2026, 6, 1))
        self.assertEqual(self._states(first + second), ["superseded", "active"])
        self.assertEqual(self.reseller._csp_get_agreement(date(2026, 5, 1)), first)
        self.assertEqual(first.line_ids.value, 15)

    def test_a_version_cannot_start_before_the_one_it_replaces(self):
        first = self._create_agreement(self.reseller, date_start=date(2026, 5, 10))
        second = first._amend()
        self.assertEqual(second.date_start, date(2026, 5, 11))
        second.date_start = date(2026, 5, 10)
        with self.assertRaisesRegex(UserError, "only start later"):
            second._activate()
        self.assertEqual(second.state, "draft")
        self.assertFalse(first.date_end)

    def test_only_what_is_in_force_can_be_amended(self):
        agreement = self._create_agreement(self.reseller)
        agreement._end(date(2026, 5, 10))
        with self.assertRaisesRegex(UserError, "only what is in force"):
            agreement._amend()
        self.assertEqual(len(self.reseller.csp_agreement_ids), 1)

    # --- overlap ------------------------------------------------------------

    def test_overlap_is_refused_and_names_the_other(self):
        first = self._create_agreement(
            self.reseller, program_ids=self.program.ids, date_end=date(2026, 12, 31)
        )
        for values in (
            {"program_ids": self.program.ids},
            {"program_ids": []},
            {"program_ids": (self.program + self.other_program).ids},
            {"date_start": date(2026, 12, 31)},
        ):
            second = self._create_agreement(self.reseller, activate=False, **values)
            with self.subTest(values), self.assertRaisesRegex(UserError, first.name):
                second._activate()
            self.assertEqual(second.state, "draft")
        for values in (
            {"program_ids": self.other_program.ids},
            {"program_ids": self.program.ids, "date_start": date(2027, 1, 1)},
        ):
            third = self._create_agreement(self.reseller, **values)
            self.assertEqual(third.state, "active")
        self.assertEqual(
            self.reseller._csp_get_agreement(program=self.other_program).program_ids,
            self.other_program,
        )
        self.assertEqual(self.reseller._csp_get_agreement(program=self.program), first)

    def test_another_partner_company_or_side_does_not_overlap(self):
        self._create_agreement(self.reseller)
        other = self._create_company(name="Other")
        for values in (
            {"partner": self._create_reseller(self.gold)},
            {"partner": self.reseller, "side": "purchase"},
            {"partner": self.reseller, "company_id": other.id},
        ):
            self.assertEqual(self._create_agreement(**values).state, "active")

    # --- what may be changed ------------------------------------------------

    def test_only_drafts_are_edited(self):
        agreement = self._create_agreement(self.reseller, [{"value": 15}])
        mine = agreement.with_user(self.manager)
        part = {"reason": "volume", "percent": 3}
        for change in (
            lambda: mine.write({"date_end": date(2030, 1, 1)}),
            lambda: mine.write({"line_ids": [Command.create({"value": 50})]}),
            lambda: mine.line_ids.write({"value": 50}),
            lambda: mine.line_ids.write({"component_ids": [Command.create(part)]}),
            lambda: mine.line_ids.unlink(),
        ):
            with self.assertRaisesRegex(UserError, "no longer a draft"):
                change()
        with self.assertRaisesRegex(UserError, "Use the buttons"):
            mine.write({"state": "draft"})
        with self.assertRaisesRegex(UserError, "is a draft"):
            mine.create({"partner_id": self.reseller.id, "state": "active"})
        self.assertEqual(agreement.line_ids.value, 15)
        self.assertFalse(agreement.date_end)
        mine.user_id = self.manager

    def test_product_manager_makes_amends_and_ends(self):
        agreements = self.env["csp.agreement"].with_user(self.manager)
        agreement = agreements.create(
            {
                "partner_id": self.reseller.id,
                "line_ids": [Command.create({"value": 15})],
            }
        )
        agreement.action_activate()
        self.assertEqual(agreement.state, "active")
        self.assertEqual(
            self.reseller.specific_property_product_pricelist, agreement.pricelist_id
        )
        action = agreement.action_amend()
        self.assertEqual(agreements.browse(action["res_id"]).version, 2)
        agreement.action_end()
        self.assertEqual(agreement.state, "ended")
        self.assertEqual(agreement.date_end, date(2026, 5, 10))

    def test_users_read_and_portal_users_do_not(self):
        agreement = self._create_agreement(self.reseller, [{"value": 15}])
        user = new_test_user(self.env, "ag_user", groups="csp_catalog.group_csp_user")
        self.assertEqual(agreement.with_user(user).line_ids.value, 15)
        portal = self._create_portal_user(self.reseller)
        for change in (
            lambda: agreement.with_user(user).write({"note": "x"}),
            lambda: agreement.with_user(portal).read(["name"]),
            lambda: agreement.with_user(portal).line_ids.read(["value"]),
            lambda: agreement.with_user(portal).action_end(),
        ):
            with self.assertRaises(AccessError):
                change()
        self.assertEqual(agreement.state, "active")

    def test_companies_see_their_own(self):
        agreement = self._create_agreement(self.reseller)
        other = self._create_company(name="Other")
        user = new_test_user(
            self.env,
            "ag_other",
            groups="csp_catalog.group_csp_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        found = self.env["csp.agreement"].with_user(user).search([])
        self.assertNotIn(agreement, found)
        self.assertFalse(self.reseller._csp_get_agreement(company=other))

    # --- lines --------------------------------------------------------------

    def test_components_add_up_to_the_value(self):
        agreement = self._create_agreement(
            self.reseller,
            [
                {
                    "value": 1,
                    "component_ids": [
                        Command.create({"reason": "level", "percent": 12}),
                        Command.create({"reason": "competency", "percent": 2.25}),
                    ],
                }
            ],
            activate=False,
        )
        line = agreement.line_ids
        self.assertEqual(line.value, 14.25)
        line.component_ids[1].percent = 3.5
        self.assertEqual(line.value, 15.5)
        (built,) = agreement._build_terms().lines
        self.assertEqual(built.value, Decimal("15.5000"))
        self.assertEqual(
            [(part.reason, str(part.percent)) for part in built.components],
            [("level", "12.00"), ("competency", "3.50")],
        )

    def test_bad_lines(self):
        product = self._create_variant()
        for lines, message in (
            ([{"scope": "template", "value": 5}], "Choose what"),
            ([{"value": 5.125}], "two decimals"),
            ([{"kind": "discount_cost", "value": 5}], "no meaning"),
            ([{"value": 5}, {"value": 6}], "Two lines"),
            (
                [
                    {"scope": "variant", "product_id": product.id, "value": 5},
                    {"scope": "variant", "product_id": product.id, "value": 6},
                ],
                "Two lines",
            ),
            (
                [
                    {
                        "kind": "fixed",
                        "component_ids": [
                            Command.create({"reason": "volume", "percent": 3})
                        ],
                    }
                ],
                "Only a discount",
            ),
        ):
            with (
                self.subTest(lines),
                self.assertRaisesRegex(ValidationError, message),
                self.cr.savepoint(),
            ):
                self._create_agreement(self.reseller, lines)
        for values in ({"value": -1}, {"value": 100}, {"min_quantity": -1}):
            with (
                self.subTest(values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self.cr.savepoint(),
            ):
                self._create_agreement(self.reseller, [{"value": 5, **values}])
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(CheckViolation),
            self.cr.savepoint(),
        ):
            self._create_agreement(self.reseller, date_end=date(2019, 1, 1))
        self.assertFalse(self.reseller.csp_agreement_ids)

    def test_lines_of_different_days_or_quantities_are_no_duplicates(self):
        agreement = self._create_agreement(
            self.reseller,
            [
                {"value": 5, "date_end": date(2026, 5, 31)},
                {"value": 6, "date_start": date(2026, 6, 1)},
                {"value": 7, "min_quantity": 10},
            ],
        )
        self.assertEqual(len(agreement.line_ids), 3)

    # --- terms --------------------------------------------------------------

    def test_payment_term_and_credit_limit_follow(self):
        term = self.env.ref("account.account_payment_term_30days")
        self._create_agreement(
            self.reseller, payment_term_id=term.id, credit_limit_amount=25000
        )
        self.assertEqual(self.reseller.credit_limit, 25000)
        variant = self._create_variant()
        order = self._create_order(self.reseller, [(variant, 1)])
        self.assertEqual(order.payment_term_id, term)
        customer = self._create_customer(self.reseller)
        order = self._create_order(customer, [(variant, 1)])
        self.assertFalse(order.payment_term_id)

    def test_terms_wait_for_their_first_day(self):
        term = self.env.ref("account.account_payment_term_30days")
        self._create_agreement(
            self.reseller,
            payment_term_id=term.id,
            credit_limit_amount=25000,
            date_start=date(2026, 6, 1),
        )
        self.assertEqual(self.reseller.credit_limit, 0)
        order = self._create_order(self.reseller, [(self._create_variant(), 1)])
        self.assertFalse(order.payment_term_id)
        with freeze_time("2026-06-01 03:00:00"):
            self.env["csp.agreement"]._cron_csp_agreements()
            self.assertEqual(self.reseller.credit_limit, 25000)

    # --- signature ----------------------------------------------------------

    def test_signature_brings_into_force(self):
        agreement = self._create_agreement(self.reseller, activate=False)
        with self.assertRaisesRegex(UserError, "does not wait"):
            agreement._csp_sign("Anna", PIXEL)
        agreement.with_user(self.manager).action_send()
        self.assertEqual(agreement.state, "sent")
        self.assertTrue(agreement.access_token)
        with self.assertRaisesRegex(UserError, "needed"):
            agreement._csp_sign(" ", PIXEL)
        agreement._csp_sign("Anna", PIXEL, "192.0.2.1")
        self.assertEqual(
            (agreement.state, agreement.signed_by, agreement.signed_ip),
            ("active", "Anna", "192.0.2.1"),
        )
        self.assertEqual(agreement.signed_at, datetime(2026, 5, 10, 10))
        with self.assertRaisesRegex(UserError, "does not wait"):
            agreement._csp_sign("Eve", PIXEL)
        self.assertEqual(agreement.signed_by, "Anna")

    def test_impossible_steps(self):
        agreement = self._create_agreement(self.reseller)
        for step in (agreement._set_draft, agreement._set_sent):
            with self.assertRaisesRegex(UserError, "cannot become"):
                step()
        agreement._end(date(2026, 5, 10))
        for step in (agreement._set_active, agreement._set_cancelled):
            with self.assertRaisesRegex(UserError, "cannot become"):
                step()
        self.assertEqual(agreement.state, "ended")
        with self.assertRaisesRegex(UserError, "can be deleted"):
            agreement.unlink()

    # --- cron ---------------------------------------------------------------

    def test_end_is_announced_once_per_threshold(self):
        agreement = self._create_agreement(
            self.reseller, date_end=date(2026, 7, 31), user_id=self.manager.id
        )
        model = self.env["csp.agreement"]
        counts = []
        for day in (
            date(2026, 5, 31),  # 61 days before
            date(2026, 6, 1),
            date(2026, 6, 1),
            date(2026, 7, 1),
            date(2026, 7, 2),
            date(2026, 7, 24),
            date(2026, 7, 31),
            date(2026, 7, 31),
        ):
            model._cron_csp_agreements(day)
            counts.append(len(agreement.activity_ids))
        self.assertEqual(counts, [0, 1, 1, 2, 2, 3, 3, 3])
        self.assertEqual(agreement.activity_ids.user_id, self.manager)
        self.assertEqual(agreement.state, "active")
        model._cron_csp_agreements(date(2026, 8, 1))
        self.assertEqual(agreement.state, "ended")

    def test_cron_twice_changes_nothing(self):
        agreement = self._create_agreement(self.reseller, [{"value": 15}])
        model = self.env["csp.agreement"]
        model._cron_csp_agreements()
        items = agreement.pricelist_id.item_ids
        self.env.flush_all()
        model._cron_csp_agreements()
        self.assertEqual(agreement.pricelist_id.item_ids, items)

    # --- vendor side --------------------------------------------------------

    def test_negotiated_cost(self):
        vendor = self.env["res.partner"].create({"name": "Vendor"})
        product = self._create_variant(plan="annual", cost=48, erp=60)
        other = self._create_variant(plan="annual", cost=30, erp=40)
        fixed = self._create_variant(plan="annual", cost=20, erp=25)
        agreement = self._create_agreement(
            vendor,
            [
                {
                    "kind": "discount_cost",
                    "scope": "variant",
                    "product_id": product.id,
                    "value": 2.5,
                    "min_quantity": 10,
                },
                {
                    "kind": "fixed",
                    "scope": "variant",
                    "product_id": fixed.id,
                    "value": 18.5,
                },
            ],
            side="purchase",
            is_exclusive=True,
            country_ids=[Command.set(self.env.ref("base.de").ids)],
        )
        self.assertEqual(vendor._csp_get_agreement(side="purchase"), agreement)
        self.assertFalse(vendor._csp_get_agreement())
        self.assertFalse(agreement.pricelist_id)
        table = (product + other + fixed)._csp_price_at(date(2026, 5, 1))
        found = agreement._csp_negotiated_costs(table, 10)
        self.assertEqual(str(found[product.id][0]), "46.800000")
        self.assertEqual(found[product.id][1], agreement.line_ids[0])
        self.assertEqual(found[other.id], (Decimal("30.000000"), None))
        self.assertEqual(str(found[fixed.id][0]), "18.500000")
        found = agreement._csp_negotiated_costs(table, 9)
        self.assertEqual(found[product.id], (Decimal("48.000000"), None))
        cost, line = agreement._csp_negotiated_cost(product, Decimal("40"), 10)
        self.assertEqual((str(cost), line), ("39.000000", agreement.line_ids[0]))
        found = agreement.browse()._csp_negotiated_costs(table, 10)
        self.assertEqual(found[product.id], (Decimal("48.000000"), None))
