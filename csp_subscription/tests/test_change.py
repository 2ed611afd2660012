from datetime import date, datetime, timedelta, timezone

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.csp_catalog.providers import base

from .common import CspSubscriptionCommon, FakeAdapter


@tagged("post_install", "-at_install")
class TestChange(CspSubscriptionCommon):
    """Seats, suspension and cancellation go through the vendor."""

    def setUp(self):
        super().setUp()
        self.until = fields.Datetime.now() + timedelta(days=3)
        self.subscription = self._create_active_subscription(
            cancellation_until=self._aware(self.until),
            refundable=(base.RefundableSeats(5, self._aware(self.until)),),
        )

    @staticmethod
    def _aware(moment):
        return moment.replace(tzinfo=timezone.utc)

    def _answer(self, **values):
        return self._use_adapter(
            FakeAdapter(
                lambda command, checkpoint: base.Done(
                    self._vendor_state(
                        self.subscription,
                        cancellation_until=self._aware(self.until),
                        **values,
                    )
                )
            )
        )

    def _kinds(self):
        return self.subscription.event_ids.sorted("id").mapped("kind")

    def test_more_seats(self):
        later = self.until + timedelta(days=4)
        adapter = self._answer(
            quantity=8,
            refundable=(
                base.RefundableSeats(5, self._aware(self.until)),
                base.RefundableSeats(3, self._aware(later)),
            ),
        )
        task = self.subscription._change_seats(8)
        self.assertEqual(self.subscription.quantity, 5)
        self.assertEqual(self._run_task(task), "done")
        command = adapter.calls[0][1]
        self.assertEqual(
            (type(command), command.quantity, command.subscription_ref),
            (base.ChangeSeats, 8, self.subscription.vendor_ref),
        )
        self.assertEqual(self.subscription.quantity, 8)
        self.assertEqual(self.subscription.period_amount, 158.4)
        self.assertEqual(self._kinds(), ["order", "start", "seats"])
        event = self.subscription.event_ids.filtered(lambda e: e.kind == "seats")
        self.assertRecordValues(
            event,
            [{"quantity": 8, "unit_price": 19.8, "effective_date": date.today()}],
        )
        self.assertEqual(sorted(self.subscription.batch_ids.mapped("quantity")), [3, 5])
        self.assertEqual(self.subscription.reducible_quantity, 7)

    def test_fewer_seats_inside_the_window(self):
        self._answer(
            quantity=2, refundable=(base.RefundableSeats(2, self._aware(self.until)),)
        )
        self._run_task(self.subscription._change_seats(2))
        self.assertEqual(self.subscription.quantity, 2)
        self.assertEqual(self.subscription.batch_ids.quantity, 2)

    def test_fewer_seats_after_the_window_are_refused(self):
        self.subscription.batch_ids.reducible_until = fields.Datetime.now()
        tasks = self.subscription.task_ids
        with self.assertRaisesRegex(UserError, "window"):
            self.subscription._change_seats(2)
        self.assertEqual(self.subscription.task_ids, tasks)

    def test_second_change_waits_for_the_first(self):
        self.subscription._change_seats(8)
        with self.assertRaisesRegex(UserError, "under way"):
            self.subscription._change_seats(9)
        with self.assertRaisesRegex(UserError, "under way"):
            self.subscription._cancel()

    def test_two_people_at_once_write_the_same_key(self):
        task = self.subscription._change_seats(8)
        number = 1
        self.assertEqual(
            task.key, task._build_key("seats", self.subscription.id, number)
        )

    def test_suspend_and_resume(self):
        self._answer(status="suspended", auto_renew=False)
        self._run_task(self.subscription._suspend())
        self.assertEqual(self.subscription.state, "suspended")
        self.assertFalse(self.subscription.auto_renew)
        self._answer(status="active", auto_renew=False)
        self._run_task(self.subscription._resume())
        self.assertEqual(self.subscription.state, "active")
        self.assertEqual(self._kinds(), ["order", "start", "suspend", "resume"])

    def test_cancel_inside_the_window(self):
        self.assertTrue(self.subscription.is_cancellable)
        self._answer(status="deleted", auto_renew=False)
        self._run_task(self.subscription._cancel())
        self.assertEqual(self.subscription.state, "cancelled")
        event = self.subscription.event_ids.filtered(lambda e: e.kind == "cancel")
        self.assertEqual(event.effective_date, date.today())
        self.assertEqual(event.quantity, 5)

    def test_cancel_after_the_window_is_refused(self):
        self.subscription.cancellable_until = fields.Datetime.now()
        with self.assertRaisesRegex(UserError, "window"):
            self.subscription._cancel()
        self.assertEqual(self.subscription.state, "active")

    def test_refused_change_leaves_everything_as_it_was(self):
        self._use_adapter(FakeAdapter(base.RefusedError("Too many seats.")))
        before = self.subscription.read(["quantity", "state", "auto_renew"])
        task = self.subscription._change_seats(8)
        self.assertEqual(self._run_task(task), "refused")
        self.assertEqual(
            self.subscription.read(["quantity", "state", "auto_renew"]), before
        )
        self.assertEqual(self._kinds(), ["order", "start"])
        self.assertTrue(task.activity_ids)

    def test_wizard_shows_the_effect_and_asks(self):
        wizard = self.env["csp.subscription.change"].create(
            {"subscription_id": self.subscription.id}
        )
        self.assertEqual(wizard.quantity, 5)
        self.assertFalse(wizard.is_allowed)
        wizard.quantity = 301
        self.assertIn("300", wizard.message)
        wizard.quantity = 10
        self.assertTrue(wizard.is_allowed)
        self.assertFalse(wizard.message)
        self.assertEqual(wizard.period_amount, 198.0)
        wizard.with_user(self.seller).action_apply()
        task = self.subscription.task_ids.filtered(lambda t: t.kind == "seats")
        self.assertEqual(task._load_command().quantity, 10)

    def test_reading_the_same_truth_twice_books_nothing(self):
        state = self._vendor_state(
            self.subscription,
            quantity=7,
            cancellation_until=self._aware(self.until),
        )
        self.subscription._apply_vendor_state(state)
        events, batches = self.subscription.event_ids, self.subscription.batch_ids
        self.subscription._apply_vendor_state(state)
        self.assertEqual(self.subscription.event_ids, events)
        self.assertEqual(self.subscription.batch_ids, batches)
        self.assertEqual(self.subscription.quantity, 7)

    def test_end_at_the_vendor_becomes_our_end(self):
        end = self.subscription.term_end_date
        self.subscription._apply_vendor_state(
            self._vendor_state(self.subscription, status="expired", auto_renew=False)
        )
        self.assertEqual(self.subscription.state, "expired")
        self.assertEqual(self._kinds()[-1], "expire")
        self.assertEqual(
            self.subscription.event_ids.sorted("id")[-1].effective_date, end
        )
        self.subscription._apply_vendor_state(
            self._vendor_state(self.subscription, status="disabled", auto_renew=False)
        )
        self.assertEqual(self.subscription.state, "disabled")
        self.subscription._apply_vendor_state(
            self._vendor_state(self.subscription, status="deleted", auto_renew=False)
        )
        self.assertEqual(self.subscription.state, "disabled")
        self.assertEqual(self._kinds(), ["order", "start", "expire"])

    def test_first_commitment_and_progress(self):
        subscription = self._create_active_subscription(
            start=date.today() - timedelta(days=1), customer=self.customer_b
        )
        self.assertEqual(subscription.commitment_amount, 1089.0)
        self.assertEqual(subscription.term_progress, 0)
        self.assertIn(subscription.days_left, (364, 365))

    def test_sync_asks_once_per_tenant(self):
        second = self._create_active_subscription()
        both = self.subscription | second
        tasks = both._sync_from_vendor()
        self.assertEqual(len(tasks), 1)
        self.assertEqual(tasks.subscription_ids, both)
        self.assertFalse(both._sync_from_vendor())
        adapter = self._use_adapter(FakeAdapter())
        adapter.states = {s.vendor_ref: self._vendor_state(s, quantity=6) for s in both}
        self.assertEqual(self._run_task(tasks), "done")
        self.assertEqual(adapter.names(), ["list"])
        self.assertEqual(both.mapped("quantity"), [6, 6])
        self.assertTrue(both._sync_from_vendor())

    def test_sync_notices_what_the_vendor_has_lost(self):
        second = self._create_active_subscription()
        both = self.subscription | second
        task = both._sync_from_vendor()
        adapter = self._use_adapter(FakeAdapter())
        adapter.states = {second.vendor_ref: self._vendor_state(second)}
        self._run_task(task)
        self.assertEqual(self.subscription.state, "unknown")
        self.assertTrue(self.subscription.has_problem)
        self.assertEqual(second.state, "active")
        self.assertTrue(task.activity_ids)

    def test_dates_come_from_the_vendor_in_utc(self):
        berlin = timezone(timedelta(hours=2))
        self.subscription._apply_vendor_state(
            self._vendor_state(
                self.subscription,
                cancellation_until=datetime(2026, 7, 1, 1, 30, tzinfo=berlin),
            )
        )
        self.assertEqual(
            self.subscription.cancellable_until, datetime(2026, 6, 30, 23, 30)
        )
