"""The ledger's own laws, as the database enforces them."""

from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import CspBillingCommon


@tagged("post_install", "-at_install")
class TestCharge(CspBillingCommon):
    def test_constraints_really_exist(self):
        self.env.cr.execute(
            "SELECT conname, contype FROM pg_constraint"
            " WHERE conrelid = 'csp_charge'::regclass"
        )
        found = dict(self.env.cr.fetchall())
        self.assertEqual(
            {
                name: found.get(name)
                for name in (
                    "csp_charge_sale_day_excl",
                    "csp_charge_cost_day_excl",
                    "csp_charge_position_uniq",
                    "csp_charge_period_order",
                    "csp_charge_credit_sign",
                )
            },
            {
                "csp_charge_sale_day_excl": "x",
                "csp_charge_cost_day_excl": "x",
                "csp_charge_position_uniq": "u",
                "csp_charge_period_order": "c",
                "csp_charge_credit_sign": "c",
            },
        )
        self.env.cr.execute(
            "SELECT indexname FROM pg_indexes WHERE tablename IN"
            " ('csp_billing_run', 'csp_billing_hold')"
        )
        names = {name for (name,) in self.env.cr.fetchall()}
        self.assertLessEqual(
            {"csp_billing_run_date_uniq", "csp_billing_hold_open_uniq"}, names
        )

    def test_a_day_is_charged_once(self):
        """The same, an overlapping and an adjacent period, on both legs."""
        subscription = self._create_running("2026-03-01")
        self._run("2026-03-01")
        for leg in ("sale", "cost"):
            for start, end, is_refused in (
                ("2026-03-01", "2026-04-01", True),
                ("2026-02-15", "2026-03-02", True),
                ("2026-03-31", "2026-04-30", True),
                ("2026-04-01", "2026-05-01", False),
            ):
                with self.subTest(leg=leg, start=start):
                    self._assert_copy(subscription, leg, start, end, is_refused)

    def test_an_added_layer_may_overlap(self):
        subscription = self._create_running("2026-03-01")
        self._run("2026-03-01")
        self._assert_copy(
            subscription, "sale", "2026-03-10", "2026-04-01", False, "prorated_add"
        )

    def test_a_credit_needs_its_charge(self):
        subscription = self._create_running("2026-03-01")
        self._run("2026-03-01")
        charge = subscription.charge_ids.filtered(lambda c: c.leg == "sale")
        values = charge.copy_data()[0] | {"position": 9, "kind": "credit"}
        for change in (
            {"amount": -1.0, "quantity": -1},
            {"amount": 1.0, "reversed_charge_id": charge.id},
        ):
            with (
                self.subTest(change),
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.env["csp.charge"].create(values | change)

    def test_every_charge_is_explained(self):
        subscription = self._create_running("2026-03-01")
        self._run("2026-03-01")
        seats = self._change_seats(subscription, 7, "2026-03-11")
        self._run("2026-03-11")
        charges = subscription.charge_ids.filtered(lambda c: c.leg == "sale")
        first, added = charges.sorted("id")
        self.assertEqual(first.event_id.kind, "start")
        self.assertEqual(added.event_id, seats)
        self.assertEqual(added.factor_text, "21/31")
        self.assertEqual(first.run_id.date, date(2026, 3, 1))
        self.assertTrue(first.move_id)

    def test_rebuild_of_the_ledger(self):
        """All events into an empty ledger give the booked worth."""
        subscription = self._create_running("2026-01-31", 10, 7.77)
        self._run("2026-01-31")
        self._change_seats(subscription, 14, "2026-02-10")
        self._run("2026-02-28")
        self._change_seats(subscription, 3, "2026-02-15")
        self._run("2026-03-31")
        self._cancel_on(subscription, "2026-03-20")
        self._run("2026-04-30")
        booked = subscription.charge_ids
        totals = {
            leg: round(sum(booked.filtered(lambda c: c.leg == leg).mapped("amount")), 2)  # noqa: B023
            for leg in ("sale", "cost")
        }
        twin = self._create_bare("2026-01-31", 10, 7.77)
        self.env.cr.execute(
            "INSERT INTO csp_subscription_event (subscription_id, company_id, kind,"
            " effective_date, quantity, unit_price, unit_cost, term_start_date,"
            " term_end_date) SELECT %s, company_id, kind, effective_date, quantity,"
            " unit_price, unit_cost, term_start_date, term_end_date"
            " FROM csp_subscription_event WHERE subscription_id = %s ORDER BY id",
            (twin.id, subscription.id),
        )
        plan = twin._plan_charges(date(2026, 4, 30))[twin]
        rebuilt = {
            leg: float(sum(entry.amount for entry in entries))
            for leg, entries in plan.entries.items()
        }
        self.assertEqual(rebuilt, totals)

    def test_void_is_planned_again(self):
        subscription = self._create_running("2026-03-01")
        run = self.env["csp.billing.run"]._find_or_create(
            self.company, subscription.start_date
        )
        self.reseller_a.city = False
        run._run_now()
        charge = subscription.charge_ids.filtered(lambda c: c.leg == "sale")
        self.assertFalse(charge.invoice_line_id)
        charge._set_void()
        self.reseller_a.city = "Hamburg"
        self._run("2026-03-01")
        self.assertEqual(run.move_ids.amount_untaxed, 99.0)
        self._assert_nothing_more_to_bill("2026-03-01")

    def test_portal_reads_nothing(self):
        self._create_running("2026-03-01")
        self._run("2026-03-01")
        user = self._create_portal_user(self.reseller_a)
        for model in (
            "csp.charge",
            "csp.billing.run",
            "csp.billing.hold",
            "csp.billing.batch",
            "csp.billing.preview",
        ):
            with self.subTest(model):
                self.assertFalse(self.env[model].with_user(user).has_access("read"))
        subscription = self.env["csp.subscription"].with_user(user).search([])
        self.assertEqual(len(subscription), 1)
        for name in ("charge_ids", "csp_invoice_count", "invoiced_amount"):
            with self.subTest(name), self.assertRaises(AccessError):
                subscription.read([name])

    def test_other_companies_are_hidden(self):
        self._create_running("2026-03-01")
        self._run("2026-03-01")
        other = self.env["res.company"].create({"name": "Other"})
        user = new_test_user(
            self.env,
            "other_accountant",
            groups="csp_billing.group_csp_accountant",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        for model in ("csp.charge", "csp.billing.run", "csp.billing.batch"):
            with self.subTest(model):
                self.assertFalse(self.env[model].with_user(user).search([]))

    def test_an_accountant_bills(self):
        self._create_running("2026-03-01")
        user = new_test_user(
            self.env,
            "bil_accountant",
            groups="csp_billing.group_csp_accountant",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        run = (
            self.env["csp.billing.run"]
            .with_user(user)
            ._find_or_create(self.company, date(2026, 3, 1))
        )
        run.action_preview()
        self.assertEqual(run.preview_ids.mapped("amount"), [99.0])
        run._run_now()
        self.assertEqual(run.move_ids.mapped("state"), ["posted"])
        self.assertFalse(self.env["csp.charge"].with_user(user).has_access("write"))

    def _assert_copy(self, subscription, leg, start, end, is_refused, kind="recurring"):
        charge = subscription.charge_ids.filtered(lambda c: c.leg == leg)[:1]
        values = charge.copy_data()[0] | {
            "kind": kind,
            "period_start": start,
            "period_end": end,
            "position": 99,
        }
        savepoint = self.env.cr.savepoint(flush=False)
        with mute_logger("odoo.sql_db"):
            if is_refused:
                with self.assertRaises(IntegrityError) as caught:
                    self.env["csp.charge"].create(values)
                self.assertIn("day_excl", str(caught.exception))
            else:
                self.assertTrue(self.env["csp.charge"].create(values))
        savepoint.rollback()
        self.env.invalidate_all()
