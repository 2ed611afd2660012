from datetime import date, datetime, timezone

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.csp_catalog.providers import base
from odoo.addons.queue_job.tests.common import trap_jobs

from .common import CspSubscriptionCommon, FakeAdapter


@tagged("post_install", "-at_install")
class TestTask(CspSubscriptionCommon):
    """One command reaches the vendor once, and its result is always learnt."""

    def setUp(self):
        super().setUp()
        self.order = self._create_cloud_order()
        self.order.action_confirm()
        self.task = self.order.csp_task_ids
        self.subscription = self.order.csp_subscription_ids
        self.line_key = self.task._get_line_key(self.subscription)

    def _order_result(self, **values):
        return base.Done(
            base.OrderResult(
                **{
                    "customer_ref": "tenant-1",
                    "order_ref": "order-1",
                    "lines": (
                        base.OrderedLine(self.line_key, subscription_ref="sub-1"),
                    ),
                    **values,
                }
            )
        )

    def _state(self, **values):
        return base.SubscriptionState(
            **{
                "customer_ref": "tenant-1",
                "subscription_ref": "sub-1",
                "product_ref": "CFQ7TTC0LCHC",
                "sku_ref": "0002",
                "term": "P1Y",
                "plan": "monthly",
                "quantity": 5,
                "status": "active",
                "auto_renew": True,
                "term_start_date": date(2026, 1, 31),
                "term_end_date": date(2027, 1, 31),
                "cancellation_until": datetime(2026, 2, 7, 9, 30, tzinfo=timezone.utc),
                "refundable": (
                    base.RefundableSeats(
                        5, datetime(2026, 2, 7, 9, 30, tzinfo=timezone.utc)
                    ),
                ),
                "order_ref": "order-1",
                **values,
            }
        )

    def _adapter(self, *script):
        adapter = self._use_adapter(FakeAdapter(*script))
        adapter.states["sub-1"] = self._state()
        return adapter

    # --- the good way ---------------------------------------------------------

    def test_delivery_step_by_step(self):
        adapter = self._adapter(
            base.Continue(
                {"customer": "tenant-1"},
                access=(
                    base.Access(
                        "tenant_admin",
                        username="admin@fabrikam.onmicrosoft.com",
                        secret="Once-Only-1",
                        url="https://admin.example",
                    ),
                ),
            ),
            base.Continue({"customer": "tenant-1", "cart": "cart-1"}),
            self._order_result(),
        )
        with trap_jobs() as trap:
            self.task._run()
            self.assertEqual(self.task.checkpoint, {"customer": "tenant-1"})
            trap.assert_jobs_count(1, only=self.task._run)
            trap.assert_enqueued_job(
                self.task._run, properties={"eta": None, "priority": 2}
            )
        self.task._run()
        self.task._run()
        self.assertEqual(self.task.state, "queued")
        self.assertEqual(self.subscription.state, "pending")
        self.assertEqual(self.subscription.vendor_ref, "sub-1")
        self.task._run()
        self.assertEqual(self.task.state, "done")
        self.assertEqual(adapter.names(), ["execute", "execute", "execute", "get"])
        self.assertEqual(
            [call[2] for call in adapter.calls[:3]],
            [
                {},
                {"customer": "tenant-1"},
                {"customer": "tenant-1", "cart": "cart-1"},
            ],
        )
        self.assertRecordValues(
            self.subscription,
            [
                {
                    "state": "active",
                    "start_date": date(2026, 1, 31),
                    "anchor_date": date(2026, 1, 31),
                    "term_start_date": date(2026, 1, 31),
                    "term_end_date": date(2027, 1, 31),
                    "term_last_date": date(2027, 1, 30),
                    "cancellable_until": datetime(2026, 2, 7, 9, 30),
                    "auto_renew": True,
                    "vendor_order_ref": "order-1",
                }
            ],
        )
        self.assertRecordValues(
            self.subscription.batch_ids,
            [
                {
                    "quantity": 5,
                    "bought_at": datetime(2026, 1, 31, 9, 30),
                    "reducible_until": datetime(2026, 2, 7, 9, 30),
                }
            ],
        )
        self.assertEqual(
            self.subscription.event_ids.sorted("id").mapped("kind"),
            ["order", "start"],
        )
        self.assertEqual(self.order.csp_tenant_id.vendor_ref, "tenant-1")
        self.assertEqual(self.order.csp_delivery_state, "delivered")
        self.assertTrue(self.order.csp_delivered_at)

    def test_access_is_kept_protected_and_shown_with_a_log(self):
        self._adapter(
            base.Continue(
                {},
                access=(
                    base.Access("tenant_admin", username="admin", secret="S3cret"),
                ),
            ),
            self._order_result(),
        )
        self._run_task(self.task)
        access = self.subscription.access_ids
        self.assertEqual(len(access), 1)
        self.assertTrue(access.has_secret)
        access = access.with_user(self.seller)
        self.assertNotIn("secret", access.read()[0])
        with self.assertRaises(AccessError):
            access.read(["secret"])
        self.assertNotIn("S3cret", str(self.task.read()))
        self.assertNotIn("S3cret", str(self.task.attempt_ids.read()))
        self.assertEqual(access._reveal(self.seller), "S3cret")
        self.assertTrue(access.revealed_at)
        self.assertIn("admin", access.tenant_id.message_ids[0].body)

    def test_customer_is_told_once(self):
        self._adapter(self._order_result())
        before = self.env["mail.mail"].search_count([])
        triggers = self._count_mail_triggers()
        self._run_task(self.task)
        self.assertEqual(self._count_mail_triggers(), triggers + 1)
        mails = self.env["mail.mail"].search([], order="id desc", limit=1)
        self.assertEqual(self.env["mail.mail"].search_count([]), before + 1)
        self.assertIn(self.order.name, mails.subject)
        self.assertIn("Nordwind IT", mails.body_html)
        self.assertEqual(mails.email_to, "anna.berg@fabrikam.example")
        self.assertIn(self.reseller_a, mails.recipient_ids)

    def test_activation_hook_runs_once(self):
        calls = []
        self.patch(
            type(self.subscription), "_on_activated", lambda subs: calls.append(subs)
        )
        adapter = self._adapter(self._order_result())
        self._run_task(self.task)
        self.subscription._apply_vendor_state(adapter.states["sub-1"])
        self.task._run()
        self.assertEqual(calls, [self.subscription])

    def test_pending_at_the_vendor_is_asked_again(self):
        adapter = self._adapter(self._order_result())
        adapter.states["sub-1"] = self._state(status="pending")
        self.task._run()
        with trap_jobs() as trap:
            self.task._run()
            trap.assert_enqueued_job(self.task._run, properties={"eta": 3})
        self.assertEqual(self.subscription.state, "pending")
        adapter.states["sub-1"] = self._state()
        self.assertEqual(self._run_task(self.task), "done")
        self.assertEqual(adapter.names().count("execute"), 1)
        self.assertEqual(self.subscription.state, "active")

    # --- trouble --------------------------------------------------------------

    def test_unknown_outcome_is_looked_up_before_anything_is_sent(self):
        adapter = self._adapter(base.UnknownOutcomeError("no answer"))
        self.task._run()
        self.assertEqual(self.task.state, "unknown")
        adapter.lookups = [self._order_result()]
        self.assertEqual(self._run_task(self.task), "done")
        self.assertEqual(adapter.names(), ["execute", "lookup", "get"])
        self.assertTrue(self.task.attempt_ids.filtered("is_lookup").outcome, "done")

    def test_unknown_outcome_that_did_not_happen_is_sent_again(self):
        adapter = self._adapter(
            base.Continue({"customer": "tenant-1"}),
            base.UnknownOutcomeError("no answer"),
            self._order_result(),
        )
        self.assertEqual(self._run_task(self.task), "done")
        self.assertEqual(
            adapter.names(), ["execute", "execute", "lookup", "execute", "get"]
        )
        # The same command with the same checkpoint: one idempotency key.
        self.assertEqual(adapter.calls[1][1:], adapter.calls[3][1:])

    def test_unknown_stays_unknown_while_the_vendor_cannot_tell(self):
        adapter = self._adapter(base.UnknownOutcomeError("no answer"))
        adapter.lookups = [base.RetryableError("busy"), self._order_result()]
        self.task._run()
        self.task._run()
        self.assertEqual(self.task.state, "unknown")
        self.assertEqual(self._run_task(self.task), "done")
        self.assertEqual(adapter.names(), ["execute", "lookup", "lookup", "get"])

    def test_retryable_waits_as_long_as_the_vendor_asks(self):
        adapter = self._adapter(
            base.RetryableError("slow down", retry_after=57),
            base.RetryableError("slow down"),
            self._order_result(),
        )
        for eta in (57, 15):
            with trap_jobs() as trap:
                self.task._run()
                trap.assert_enqueued_job(self.task._run, properties={"eta": eta})
            self.assertEqual(self.task.state, "queued")
        self.assertEqual(self.task.attempts, 2)
        self.assertEqual(self._run_task(self.task), "done")
        self.assertEqual(self.task.attempts, 0)
        self.assertEqual(adapter.names(), ["execute"] * 3 + ["get"])

    def test_error_may_replace_the_checkpoint(self):
        adapter = self._adapter(
            base.RetryableError("etag", checkpoint={"round": 1}), self._order_result()
        )
        self._run_task(self.task)
        self.assertEqual(adapter.calls[1][2], {"round": 1})

    def test_too_many_retries_end_in_front_of_a_person(self):
        self._adapter(*[base.RetryableError("down")] * 40)
        self.assertEqual(self._run_task(self.task), "failed")
        self.assertEqual(len(self.task.attempt_ids), 40)
        self.assertTrue(self.task.activity_ids)

    def test_refused_task_is_visible_everywhere(self):
        self._adapter(base.RefusedError("Credit limit exceeded.", "800025"))
        self.task._run()
        self.assertEqual(self.task.state, "refused")
        self.assertIn("800025", self.task.last_error)
        activity = self.task.activity_ids
        self.assertEqual(len(activity), 1)
        self.assertEqual(
            activity.activity_type_id,
            self.env.ref("csp_subscription.mail_activity_type_problem"),
        )
        self.assertTrue(
            activity.user_id.has_group("csp_catalog.group_csp_product_manager")
        )
        self.assertEqual(self.order.csp_delivery_state, "problem")
        self.assertTrue(self.subscription.has_problem)
        self.assertIn(
            self.subscription,
            self.env["csp.subscription"].search([("has_problem", "=", True)]),
        )
        self.assertIn("Credit limit", self.order.message_ids[0].body)
        self.assertIn("Credit limit", self.subscription.message_ids[0].body)
        self.assertEqual(self.subscription.state, "pending")

    def test_retry_after_refusal_starts_a_new_round(self):
        adapter = self._adapter(
            base.Continue({"customer": "tenant-1"}),
            base.RefusedError("Credit limit exceeded."),
            self._order_result(),
        )
        self._run_task(self.task)
        self.task.action_retry()
        self.assertFalse(self.task.activity_ids)
        self.assertEqual(self._run_task(self.task), "done")
        self.assertEqual(adapter.calls[2][2], {"customer": "tenant-1", "round": 1})
        self.assertEqual(self.order.csp_delivery_state, "delivered")

    def test_giving_up_cancels_what_never_came(self):
        self._adapter(base.RefusedError("No."))
        self.task._run()
        self.task.action_give_up()
        self.assertEqual(self.task.state, "dropped")
        self.assertEqual(self.subscription.state, "cancelled")
        self.assertEqual(self.subscription.event_ids.kind, "order")
        self.assertTrue(self.order._csp_is_delivery_complete())

    def test_refused_line_ends_alone(self):
        order = self._create_cloud_order(
            offers={self.offer: 1, self._create_variant(term="P1M"): 2}
        )
        order.action_confirm()
        task = order.csp_task_ids
        good, bad = order.order_line.csp_subscription_id
        adapter = self._use_adapter(
            FakeAdapter(
                base.Done(
                    base.OrderResult(
                        "tenant-1",
                        "order-2",
                        (
                            base.OrderedLine(
                                task._get_line_key(good),
                                "sub-2",
                                order_ref="order-2",
                            ),
                            base.OrderedLine(
                                task._get_line_key(bad),
                                error_code="10015",
                                error_message="Too many seats.",
                            ),
                        ),
                    )
                )
            )
        )
        adapter.states["sub-2"] = self._state(subscription_ref="sub-2", quantity=1)
        self.assertEqual(self._run_task(task), "done")
        self.assertEqual(good.state, "active")
        self.assertEqual(bad.state, "cancelled")
        self.assertEqual(bad.refusal_reason, "Too many seats. [10015]")
        self.assertEqual(order.csp_delivery_state, "problem")
        self.assertTrue(order._csp_is_delivery_complete())

    # --- at least once, but only once -----------------------------------------

    def test_finished_task_is_not_run_again(self):
        adapter = self._adapter(self._order_result())
        self._run_task(self.task)
        calls = len(adapter.calls)
        self.assertIn("nothing to do", self.task._run())
        self.assertEqual(len(adapter.calls), calls)

    def test_job_that_died_is_looked_up(self):
        adapter = self._adapter()
        adapter.lookups = [self._order_result()]
        job = self.env["queue.job"].search([("uuid", "=", self.task.job_uuid)])
        job.with_context(_job_edit_sentinel=job.EDIT_SENTINEL).write({"retry": 1})
        self.task.with_context(job_uuid=self.task.job_uuid)._run()
        self.assertEqual(adapter.names(), ["lookup"])

    def test_first_start_of_a_job_sends_at_once(self):
        adapter = self._adapter(self._order_result())
        self.task.with_context(job_uuid=self.task.job_uuid)._run()
        self.assertEqual(adapter.names(), ["execute"])

    def test_sweeper_leaves_living_jobs_alone(self):
        self.task.next_try_at = "2026-01-01 00:00:00"
        before = self.env["queue.job"].search_count([])
        self.env["csp.provisioning.task"]._cron_sweep()
        self.assertEqual(self.task.state, "queued")
        self.assertEqual(self.env["queue.job"].search_count([]), before)

    def test_sweeper_brings_back_what_lost_its_job(self):
        job = self.env["queue.job"].search([("uuid", "=", self.task.job_uuid)])
        job.button_cancelled()
        self.task.write(
            {"next_try_at": "2026-01-01 00:00:00", "started_at": "2026-01-01 00:00:00"}
        )
        self.env["csp.provisioning.task"]._cron_sweep()
        self.assertEqual(self.task.state, "unknown")
        self.assertEqual(self.task.lost_jobs, 1)
        self.assertNotEqual(self.task.job_uuid, job.uuid)
        before = self.env["queue.job"].search_count([])
        self.env["csp.provisioning.task"]._cron_sweep()
        self.assertEqual(self.env["queue.job"].search_count([]), before)
        adapter = self._adapter()
        adapter.lookups = [self._order_result()]
        self.assertEqual(self._run_task(self.task), "done")
        self.assertEqual(adapter.names()[0], "lookup")

    def test_sweeper_does_not_go_on_for_ever(self):
        for _turn in range(6):
            self.env["queue.job"].search(
                [("uuid", "=", self.task.job_uuid)]
            ).button_cancelled()
            self.task.next_try_at = "2026-01-01 00:00:00"
            self.env["csp.provisioning.task"]._cron_sweep()
        self.assertEqual(self.task.state, "failed")
        self.assertTrue(self.task.activity_ids)

    def test_keys_are_unique(self):
        self.env.cr.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = "
            "'csp_provisioning_task'::regclass AND contype = 'u'"
        )
        self.assertIn(
            "csp_provisioning_task_key_uniq", [row[0] for row in self.env.cr.fetchall()]
        )

    def test_answer_for_another_subscription_is_not_taken(self):
        adapter = self._adapter(self._order_result())
        adapter.states["sub-1"] = self._state(subscription_ref="sub-of-b")
        self.task._run()
        with self.assertRaisesRegex(Exception, "another subscription"):
            self.task._run()
        self.assertEqual(self.subscription.state, "pending")

    # --- by hand --------------------------------------------------------------

    def test_manual_provider_becomes_work_for_a_person(self):
        self.vendor.code = "manual"
        self.task._run()
        self.assertEqual(self.task.state, "waiting")
        self.assertEqual(
            self.task.activity_ids.activity_type_id,
            self.env.ref("csp_subscription.mail_activity_type_fulfil"),
        )
        wizard = self.env["csp.provisioning.task.complete"].create(
            {"task_id": self.task.id, "order_ref": "PO-7", "tenant_ref": "T-7"}
        )
        wizard.line_ids.write({"vendor_ref": "V-7", "start_date": date(2026, 1, 31)})
        wizard.action_complete()
        self.assertEqual(self.task.state, "done")
        self.assertRecordValues(
            self.subscription,
            [
                {
                    "state": "active",
                    "vendor_ref": "V-7",
                    "vendor_order_ref": "PO-7",
                    "term_start_date": date(2026, 1, 31),
                    "term_end_date": date(2027, 1, 31),
                }
            ],
        )
        self.assertEqual(self.order.csp_delivery_state, "delivered")

    def test_disabled_provider_takes_nothing(self):
        self.vendor.mode = "disabled"
        self.task._run()
        self.assertEqual(self.task.state, "refused")
        self.assertEqual(self.subscription.state, "pending")

    # --- facts ----------------------------------------------------------------

    def test_events_are_append_only(self):
        event = self.subscription.event_ids
        before = event.read()[0]
        for verb in (
            lambda: event.write({"quantity": 99}),
            lambda: event.sudo().write({"unit_price": 0.0}),
            lambda: event.unlink(),
            lambda: event.sudo().unlink(),
        ):
            with self.assertRaisesRegex(Exception, "facts"):
                verb()
        self.assertEqual(event.read()[0], before)

    def test_anchor_and_order_line_never_change(self):
        self._adapter(self._order_result())
        self._run_task(self.task)
        other = self._create_cloud_order()
        for values in (
            {"anchor_date": "2026-02-01"},
            {"order_line_id": other.order_line.id},
        ):
            with self.assertRaisesRegex(Exception, "never changes"):
                self.subscription.write(values)
        self.subscription.write({"anchor_date": self.subscription.anchor_date})

    def test_duration_is_kept_for_the_statistics(self):
        self._adapter(self._order_result())
        self._run_task(self.task)
        self.assertGreaterEqual(self.task.duration, 0)
        self.assertLessEqual(
            abs((self.task.done_at - fields.Datetime.now()).total_seconds()), 30
        )
