"""A run in the queue: batches, pause, cancel, kill at any point, start again."""

from datetime import date
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from .. import const
from ..models import csp_billing_run, csp_billing_run_draft, csp_billing_run_post
from .common import CspBillingCommon

DAY = date(2026, 3, 1)


@tagged("post_install", "-at_install")
class TestRunJobs(CspBillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.payers = cls.env["res.partner"]
        cls.subscriptions = cls.env["csp.subscription"]
        for number in range(5):
            reseller = cls._create_reseller(cls.grade, name=f"Reseller {number}")
            customer = cls._create_customer(reseller, name=f"Customer {number}")
            cls.payers |= reseller
            cls.subscriptions |= cls._create_running(DAY, number + 1, 10.0, customer)

    def setUp(self):
        super().setUp()
        for module in (csp_billing_run, csp_billing_run_draft):
            self.patch(module, "BATCH_SIZE", 2)
        self.patch(csp_billing_run_post, "POST_SLICE", 2)

    def _new_run(self, day=DAY):
        return self.env["csp.billing.run"]._find_or_create(self.company, day)

    def _assert_billed_once(self, run):
        self.assertEqual(
            sorted(run.move_ids.mapped("amount_untaxed")), [10, 20, 30, 40, 50]
        )
        self.assertEqual(set(run.move_ids.mapped("state")), {"posted"})
        self.assertEqual(run.state, "done")
        self._assert_nothing_more_to_bill(run.date)

    def test_start_makes_one_job_per_batch_and_one_to_post(self):
        run = self._new_run()
        with trap_jobs() as trap:
            run.action_start()
            trap.assert_jobs_count(3, only=run._job_draft)
            trap.assert_jobs_count(1, only=run._job_post)
            self.assertEqual(run.state, "drafting")
            self.assertEqual(run.batch_ids.mapped("payer_count"), [2, 2, 1])
            self.assertEqual(run.progress, 0)
            trap.perform_enqueued_jobs()
        self._work(run)
        self._assert_billed_once(run)

    def _work(self, run):
        """Do what posting jobs are left, as the queue would."""
        for _step in range(10):
            if run.state != "posting":
                break
            with trap_jobs() as trap:
                run._job_post()
                trap.perform_enqueued_jobs()

    def test_kill_between_draft_and_post(self):
        """The worker dies after some batches; a new start does only the rest."""
        run = self._new_run()
        with trap_jobs():
            run.action_start()
        first = run.batch_ids[0]
        run._job_draft(first)
        run._job_draft(first)
        self.assertEqual(len(run.move_ids), 2)
        self.assertEqual(set(run.move_ids.mapped("state")), {"draft"})
        with trap_jobs() as trap:
            run.action_start()
            trap.assert_jobs_count(2, only=run._job_draft)
            trap.perform_enqueued_jobs()
        self._work(run)
        self._assert_billed_once(run)

    def test_kill_inside_a_batch_leaves_nothing_half_done(self):
        run = self._new_run()
        run_class = self.env.registry["csp.billing.run"]

        class Killed(BaseException):
            """A process that ends writes no hold."""

        def die(*args):
            raise Killed

        with (
            patch.object(run_class, "_draft_invoices", die),
            self.assertRaises(Killed),
            self.env.cr.savepoint(),
        ):
            run._run_now()
        self.env.invalidate_all()
        self.assertFalse(self.subscriptions.charge_ids)
        self.assertFalse(run.move_ids)
        run._run_now()
        self._assert_billed_once(run)

    def test_booked_but_not_drafted_is_drafted_later(self):
        """Charges without an invoice are taken up by the next run."""
        self.subscriptions._book_charges(self.subscriptions._plan_charges(DAY))
        self.assertFalse(
            self.subscriptions.filtered(lambda s: s.next_charge_date <= DAY)
        )
        run = self._new_run()
        run._run_now()
        self._assert_billed_once(run)

    def test_a_job_delivered_twice_and_late(self):
        run = self._new_run()
        with trap_jobs() as trap:
            run.action_start()
            trap.perform_enqueued_jobs()
            trap.perform_enqueued_jobs()
        self._work(run)
        for batch in run.batch_ids:
            run._job_draft(batch)
        run._job_post()
        self._assert_billed_once(run)

    def test_pause_and_go_on(self):
        run = self._new_run()
        with trap_jobs() as trap:
            run.action_start()
            run._job_draft(run.batch_ids[0])
            run.action_pause()
            trap.perform_enqueued_jobs()
        self.assertEqual(len(run.move_ids), 2)
        self.assertEqual(run.progress, 20)
        with trap_jobs() as trap:
            run.action_resume()
            trap.perform_enqueued_jobs()
        self._work(run)
        self._assert_billed_once(run)

    def test_cancel_and_another_run(self):
        run = self._new_run()
        with trap_jobs() as trap:
            run.action_start()
            run._job_draft(run.batch_ids[0])
            run.action_cancel()
            trap.perform_enqueued_jobs()
        self.assertEqual(run.state, "cancelled")
        self.assertEqual(len(run.move_ids), 2)
        drafts = run.move_ids
        drafts.unlink()
        other = self._new_run()
        self.assertNotEqual(other, run)
        other._run_now()
        self._assert_billed_once(other)

    def test_cron_twice_and_days_late(self):
        with freeze_time("2026-04-30 08:00:00"), trap_jobs() as trap:
            self.env["csp.billing.run"]._cron_run()
            self.env["csp.billing.run"]._cron_run()
            run = self.env["csp.billing.run"].search([("date", "=", "2026-04-30")])
            self.assertEqual(len(run), 1)
            trap.perform_enqueued_jobs()
        self._work(run)
        self.assertEqual(
            sorted(run.move_ids.mapped("amount_untaxed")), [20, 40, 60, 80, 100]
        )
        self._assert_nothing_more_to_bill("2026-04-30")

    def test_cron_makes_no_empty_run(self):
        self._run(DAY)
        before = self.env["csp.billing.run"].search_count([])
        with freeze_time("2026-03-02 08:00:00"), trap_jobs() as trap:
            self.env["csp.billing.run"]._cron_run()
            trap.assert_jobs_count(0)
        self.assertEqual(self.env["csp.billing.run"].search_count([]), before)

    def test_one_run_per_day(self):
        run = self._new_run()
        self.assertEqual(self._new_run(), run)
        self.assertEqual(run.action_start(), None)
        with self.assertRaises(UserError):
            run.date = "2026-03-05"

    def test_states(self):
        """All pairs: only what the table allows moves."""
        for source, _label in const.RUN_STATES:
            for target, sources in const.RUN_ALLOWED.items():
                run = self.env["csp.billing.run"].new({"state": source})
                with self.subTest(source=source, target=target):
                    moved = run._update_state(target)
                    self.assertEqual(bool(moved), source in sources)

    def test_queries_do_not_grow_with_subscriptions(self):
        """Planning and drafting read in batches."""
        run = self._new_run()
        counts = []
        for payers in (self.payers[:1], self.payers[1:]):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            run._draft_batch(payers)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLess(counts[1], 2.5 * counts[0], counts)
