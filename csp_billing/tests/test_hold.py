"""Who cannot be billed is put aside with the reason; everybody else is billed."""

from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CspBillingCommon


@tagged("post_install", "-at_install")
class TestHold(CspBillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reseller_c = cls._create_reseller(cls.grade, name="Westwind Cloud")
        cls.customer_c = cls._create_customer(cls.reseller_c, name="Contoso")

    def _create_three(self):
        return [
            self._create_running("2026-03-01", customer=customer)
            for customer in (self.customer_a, self.customer_b, self.customer_c)
        ]

    def _assert_only_b_on_hold(self, run, reason):
        self.assertEqual(
            run.move_ids.partner_id, self.reseller_a | self.reseller_c, reason
        )
        self.assertEqual(run.move_ids.mapped("amount_untaxed"), [99.0, 99.0])
        self.assertEqual(set(run.move_ids.mapped("state")), {"posted"})
        hold = self.env["csp.billing.hold"].search([("state", "=", "open")])
        self.assertRecordValues(
            hold, [{"payer_id": self.reseller_b.id, "reason": reason}]
        )
        self.assertTrue(hold.message)
        return hold

    def test_address(self):
        self._create_three()
        self.reseller_b.street = False
        run = self._run("2026-03-01")
        hold = self._assert_only_b_on_hold(run, "address")
        again = self._run("2026-03-01")
        self.assertEqual(again.open_hold_count, 1)
        self.assertEqual(self.env["csp.billing.hold"].search_count([]), 1)
        self.reseller_b.street = "Seeweg 3"
        self._run("2026-03-01")
        self.assertEqual(len(run.move_ids), 3)
        self.assertEqual(hold.state, "released")
        self._assert_nothing_more_to_bill("2026-03-01")

    def test_archived_payer(self):
        self._create_three()
        self.reseller_b.active = False
        self._assert_only_b_on_hold(self._run("2026-03-01"), "archived")

    def test_missing_rate(self):
        subscriptions = self._create_three()
        usd = (
            self.env["res.currency"]
            .with_context(active_test=False)
            .search([("name", "=", "USD")])
        )
        usd.active = True
        usd.rate_ids.unlink()
        self.env.cr.execute(
            "UPDATE csp_subscription SET currency_id = %s WHERE id = %s",
            (usd.id, subscriptions[1].id),
        )
        subscriptions[1].invalidate_recordset()
        self._assert_only_b_on_hold(self._run("2026-03-01"), "rate")

    def test_missing_account(self):
        special = self._create_variant(plan="annual")
        category = self.env["product.category"].create({"name": "No account"})
        special.product_tmpl_id.categ_id = category
        self._create_running("2026-03-01", customer=self.customer_a)
        self._create_running("2026-03-01", customer=self.customer_b, offer=special)
        self._create_running("2026-03-01", customer=self.customer_c)
        run_class = self.env.registry["csp.billing.run"]
        real = run_class._get_income_account

        def without(run, product, fiscal):
            found = real(run, product, fiscal)
            return found.browse() if product == special else found

        with patch.object(run_class, "_get_income_account", without):
            self._assert_only_b_on_hold(self._run("2026-03-01"), "account")

    def test_missing_tax_when_required(self):
        special = self._create_variant(plan="annual")
        special.taxes_id = False
        self._create_running("2026-03-01", customer=self.customer_a)
        self._create_running("2026-03-01", customer=self.customer_b, offer=special)
        self._create_running("2026-03-01", customer=self.customer_c)
        self.company.csp_require_tax = True
        self._assert_only_b_on_hold(self._run("2026-03-01"), "tax")

    def test_journal_and_lock_date_hold_everybody(self):
        self._create_three()
        journals = self.env["account.journal"].search(
            [("type", "=", "sale"), ("company_id", "=", self.company.id)]
        )
        journals.active = False
        run = self._run("2026-03-01")
        holds = self.env["csp.billing.hold"].search([("state", "=", "open")])
        self.assertEqual(holds.mapped("reason"), ["journal"] * 3)
        self.assertFalse(run.move_ids)
        journals.active = True
        self.company.sale_lock_date = "2026-03-31"
        self._run("2026-03-01")
        holds = self.env["csp.billing.hold"].search([("state", "=", "open")])
        self.assertEqual(
            sorted(holds.mapped("reason")), ["journal"] * 3 + ["lock_date"] * 3
        )
        self.company.sale_lock_date = False
        self._run("2026-03-01")
        self.assertEqual(len(run.move_ids), 3)
        self.assertFalse(self.env["csp.billing.hold"].search([("state", "=", "open")]))
        self._assert_nothing_more_to_bill("2026-03-01")

    def test_safety_bound_parks_the_subscription(self):
        broken = self._create_three()[1]
        healthy = self._create_running("2026-03-01", 2, customer=self.customer_b)
        self.env.cr.execute(
            "UPDATE csp_subscription_event SET unit_price = -5"
            " WHERE subscription_id = %s",
            (broken.id,),
        )
        self.env.invalidate_all()
        run = self._run("2026-03-01")
        self.assertEqual(len(run.move_ids), 3)
        self.assertFalse(broken.charge_ids)
        self.assertEqual(self._sale_amounts(healthy), [39.6])
        hold = self.env["csp.billing.hold"].search([("state", "=", "open")])
        self.assertRecordValues(
            hold,
            [
                {
                    "reason": "safety",
                    "subscription_id": broken.id,
                    "is_blocking": True,
                }
            ],
        )
        self._run("2026-03-02")
        self.assertEqual(hold.run_id, run, "parked: the next run did not look again")
        hold.action_release()
        self.assertEqual(hold.released_by, self.env.user)
        self._run("2026-03-02")
        again = self.env["csp.billing.hold"].search([("state", "=", "open")])
        self.assertEqual(again.subscription_id, broken)

    def test_an_error_in_one_payer_stops_nobody(self):
        self._create_three()
        with self._break_payer(self.reseller_b), mute_logger("odoo.sql_db"):
            run = self._run("2026-03-01")
            hold = self._assert_only_b_on_hold(run, "error")
            self.assertIn("no way", hold.message)
            self.assertFalse(
                self.env["csp.charge"].search([("payer_id", "=", self.reseller_b.id)]),
                "nothing half done",
            )
            self._run("2026-03-02")
        self.assertEqual(len(run.move_ids), 2)
        hold.action_release()
        late = self._run("2026-03-02")
        self.assertEqual(late.move_ids.partner_id, self.reseller_b)
        self._assert_nothing_more_to_bill("2026-03-02")

    def test_an_error_in_posting_stops_nobody(self):
        self._create_three()
        move_class = self.env.registry["account.move"]
        real = move_class._post

        def refuse(moves, soft=True):
            if self.reseller_b in moves.partner_id:
                raise ValueError("no number")
            return real(moves, soft)

        with patch.object(move_class, "_post", refuse):
            run = self._run("2026-03-01")
            self.assertEqual(
                sorted(run.move_ids.mapped("state")), ["draft", "posted", "posted"]
            )
            hold = self.env["csp.billing.hold"].search([("state", "=", "open")])
            self.assertRecordValues(
                hold, [{"reason": "post", "payer_id": self.reseller_b.id}]
            )
            self.assertEqual(hold.move_id.state, "draft")
            self.assertEqual(run.state, "done")
        hold.action_release()
        self._run("2026-03-01")
        self.assertEqual(set(run.move_ids.mapped("state")), {"posted"})
        self._assert_nothing_more_to_bill("2026-03-01")

    def test_a_draft_of_another_worth_is_refused(self):
        self._create_three()
        run_class = self.env.registry["csp.billing.run"]
        real = run_class._prepare_line

        def wrong(run, charges, *args):
            values = real(run, charges, *args)
            if charges.payer_id == self.reseller_b:
                values["price_unit"] += 0.01
            return values

        with patch.object(run_class, "_prepare_line", wrong):
            hold = self._assert_only_b_on_hold(self._run("2026-03-01"), "error")
        self.assertIn("99.05 instead of 99.0", hold.message)

    def _break_payer(self, payer):
        run_class = self.env.registry["csp.billing.run"]
        real = run_class._prepare_invoice

        def broken(run, who, *args):
            if who == payer:
                raise ValueError("no way")
            return real(run, who, *args)

        return patch.object(run_class, "_prepare_invoice", broken)
