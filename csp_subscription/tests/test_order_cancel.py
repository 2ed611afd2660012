from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.csp_catalog.providers import base

from .common import CspSubscriptionCommon, FakeAdapter


@tagged("post_install", "-at_install")
class TestOrderCancel(CspSubscriptionCommon):
    """A confirmed order is what the vendor delivers: it goes as a whole, or stays."""

    def setUp(self):
        super().setUp()
        self.order = self._create_cloud_order()
        self.line = self.order.order_line

    def _confirm(self):
        self.order.action_confirm()
        self.task = self.order.csp_task_ids
        self.subscription = self.order.csp_subscription_ids

    def _facts(self):
        return (
            self.order.state,
            self.task.state,
            self.subscription.state,
            self.line.product_uom_qty,
            self.line.price_unit,
            self.order.amount_untaxed,
            len(self.order.order_line),
        )

    # --- cancelling -----------------------------------------------------------

    def test_cancelling_before_it_was_sent_stops_the_delivery(self):
        self._confirm()
        self.order._action_cancel()
        self.assertEqual(self.order.state, "cancel")
        self.assertEqual(self.task.state, "dropped")
        self.assertEqual(self.subscription.state, "cancelled")
        self.assertEqual(self.subscription.event_ids.kind, "order")
        adapter = self._use_adapter(FakeAdapter())
        self.task._run()
        self.assertEqual(adapter.calls, [])

    def test_cancelling_is_refused_once_something_was_sent(self):
        self._confirm()
        self._use_adapter(FakeAdapter(base.UnknownOutcomeError("Lost.")))
        self.task._run()
        before = self._facts()
        with self.assertRaisesRegex(UserError, "Cancel the subscriptions first"):
            self.order._action_cancel()
        self.assertEqual(self._facts(), before)

    def test_cancelling_is_refused_while_a_job_runs(self):
        self._confirm()
        job = self.env["queue.job"].search([("uuid", "=", self.task.job_uuid)])
        job.state = "started"
        before = self._facts()
        with self.assertRaisesRegex(UserError, "Cancel the subscriptions first"):
            self.order._action_cancel()
        self.assertEqual(self._facts(), before)

    def test_cancelling_a_delivered_order_is_refused(self):
        self._confirm()
        self._deliver(self.order, self.order.date_order.date())
        before = self._facts()
        with self.assertRaisesRegex(UserError, self.subscription.name):
            self.order._action_cancel()
        self.assertEqual(self._facts(), before)
        self.assertEqual(self.subscription.state, "active")

    def test_a_cancelled_order_is_not_used_again(self):
        self._confirm()
        self.order._action_cancel()
        with self.assertRaisesRegex(UserError, "Duplicate the order"):
            self.order.action_draft()
        self.assertEqual(self.order.state, "cancel")
        self.order.state = "draft"
        with self.assertRaisesRegex(UserError, "Duplicate the order"):
            self.order.action_confirm()
        self.assertEqual(self.order.csp_subscription_ids, self.subscription)
        self.assertEqual(self.task.state, "dropped")

    def test_an_order_without_subscriptions_is_reopened(self):
        self.order._action_cancel()
        self.order.action_draft()
        self.order.action_confirm()
        self.assertEqual(self.order.csp_subscription_ids.state, "pending")

    # --- giving up ------------------------------------------------------------

    def test_giving_up_one_task_ends_the_order(self):
        own = self._create_provider(
            name="Own services",
            code="manual",
            program_id=self.env.ref("csp_catalog.program_own_services").id,
        )
        template = self._create_offer(
            csp_program_id=own.program_id.id, csp_product_ref="OWN-1"
        )
        variant = self._create_variant(template, cost=120.0, erp=240.0)
        self.order.order_line = [
            Command.create({"product_id": variant.id, "product_uom_qty": 2})
        ]
        self.order.csp_tenant_id.agreement_accepted_at = "2026-01-01 10:00:00"
        tenant_errors = self.order._csp_get_order_errors()
        self.assertEqual(tenant_errors, [])
        self._confirm()
        lost = self.task.filtered(lambda t: t.provider_id == own)
        kept = self.task - lost
        for subscription in kept.subscription_ids:
            subscription.vendor_ref = "vendor-1"
            subscription._apply_vendor_state(self._vendor_state(subscription))
        kept._set_done()
        self.assertFalse(self.order.csp_delivered_at)
        lost.state = "refused"
        lost.action_give_up()
        self.assertTrue(self.order.csp_delivered_at)
        self.assertEqual(lost.subscription_ids.state, "cancelled")
        self.assertEqual(kept.subscription_ids.state, "active")

    def test_giving_up_looks_up_what_is_not_known(self):
        self._confirm()
        adapter = self._use_adapter(FakeAdapter(base.UnknownOutcomeError("Lost.")))
        self.task._run()
        self.task.state = "failed"
        adapter.lookups.append(base.Done(None))
        with self.assertRaisesRegex(UserError, "Press Retry"):
            self.task.action_give_up()
        self.assertEqual(self.task.state, "failed")
        self.assertEqual(self.subscription.state, "pending")
        adapter.lookups.append(base.RetryableError("Closed."))
        with self.assertRaisesRegex(UserError, "Closed. Try again later"):
            self.task.action_give_up()
        self.assertEqual(self.task.state, "failed")
        self.task.action_give_up()
        self.assertEqual(self.task.state, "dropped")
        self.assertEqual(self.subscription.state, "cancelled")
        self.assertEqual(adapter.names(), ["execute", "lookup", "lookup", "lookup"])

    def test_giving_up_does_not_cancel_what_the_vendor_knows(self):
        self._confirm()
        self.subscription.vendor_ref = "vendor-1"
        self.task.write({"state": "failed", "phase": "learn"})
        self.task.action_give_up()
        self.assertEqual(self.subscription.state, "unknown")
        self.assertFalse(self.order.csp_delivered_at)

    # --- confirmed lines ------------------------------------------------------

    def test_lines_of_a_confirmed_order_do_not_change(self):
        self._confirm()
        before = self._facts()
        for values in (
            {"product_uom_qty": 50},
            {"price_unit": 1.0},
            {"discount": 90.0},
        ):
            with self.subTest(values=values):
                with self.assertRaisesRegex(UserError, "is confirmed"):
                    self.line.write(values)
                self.assertEqual(self._facts(), before)
        with self.assertRaisesRegex(UserError, "is confirmed"):
            self.order.order_line = [
                Command.create({"product_id": self.offer.id, "product_uom_qty": 3})
            ]
        self.env.invalidate_all()
        self.line.write({"product_uom_qty": 5, "name": "Five seats"})
        self.assertEqual(self.line.name, "Five seats")

    def test_a_confirmed_order_takes_plain_lines_but_no_rebate(self):
        self._confirm()
        fee = self.env["product.product"].create({"name": "Set-up", "type": "service"})
        line = self.env["sale.order.line"].create(
            {"order_id": self.order.id, "product_id": fee.id, "price_unit": 50.0}
        )
        self.assertEqual(self.order.amount_untaxed, 149.0)
        with self.assertRaisesRegex(UserError, "takes money off"):
            line.price_unit = -9.9
        with self.assertRaisesRegex(UserError, "takes money off"):
            line.copy({"order_id": self.order.id, "price_unit": -9.9})

    # --- confirmation ---------------------------------------------------------

    def test_an_order_with_a_rebate_line_is_not_confirmed(self):
        fee = self.env["product.product"].create({"name": "Rebate", "type": "service"})
        self.order.order_line = [
            Command.create({"product_id": fee.id, "price_unit": -9.9})
        ]
        self.assertEqual(len(self.order._csp_get_order_errors()), 1)
        with self.assertRaisesRegex(UserError, "Put the discount on the lines"):
            self.order.action_confirm()
        self.assertEqual(self.order.state, "draft")
        self.assertFalse(self.order.csp_subscription_ids)

    def test_seats_are_not_sold_by_the_dozen(self):
        self.line.product_uom_id = self.env.ref("uom.product_uom_dozen")
        self.line.product_uom_qty = 1
        with self.assertRaisesRegex(UserError, "choose this unit"):
            self.order.action_confirm()
        self.assertFalse(self.order.csp_subscription_ids)

    # --- people ---------------------------------------------------------------

    def test_people_do_not_edit_a_running_subscription(self):
        self._confirm()
        self._deliver(self.order, self.order.date_order.date())
        subscription = self.subscription.with_user(self.seller)
        known = {
            "unit_price": 19.8,
            "payer_id": self.reseller_a,
            "state": "active",
            "vendor_ref": f"vendor-{subscription.id}",
            "quantity": 5,
        }
        for name, wanted in (
            ("unit_price", 1.0),
            ("payer_id", self.reseller_b.id),
            ("state", "cancelled"),
            ("vendor_ref", "other"),
            ("quantity", 1),
        ):
            with self.subTest(name=name):
                with self.assertRaisesRegex(UserError, "is not edited"):
                    subscription.write({name: wanted})
        for name, value in known.items():
            self.assertEqual(self.subscription[name], value)
        subscription.user_id = self.seller
        subscription.message_post(body="Called the customer.")
        subscription.activity_schedule("mail.mail_activity_data_todo", summary="Call")
        self.assertEqual(self.subscription.user_id, self.seller)

    def test_people_do_not_create_a_running_subscription(self):
        values = {
            "customer_id": self.customer_a.id,
            "payer_id": self.reseller_a.id,
            "product_id": self.offer.id,
            "program_id": self.program.id,
            "currency_id": self.currency.id,
            "term": "P1Y",
            "plan": "monthly",
        }
        Subscription = self.env["csp.subscription"].with_user(self.seller)
        before = Subscription.search_count([])
        with self.assertRaisesRegex(UserError, "starts as a draft"):
            Subscription.create({**values, "state": "active"})
        self.assertEqual(Subscription.search_count([]), before)
        draft = Subscription.create(values)
        draft.quantity = 4
        self.assertEqual(draft.quantity, 4)
        with self.assertRaisesRegex(UserError, "is not edited"):
            draft.state = "active"

    def test_people_use_the_verbs(self):
        self._confirm()
        self._deliver(self.order, self.order.date_order.date())
        subscription = self.subscription.with_user(self.seller)
        adapter = self._use_adapter(
            FakeAdapter(
                lambda command, checkpoint: base.Done(
                    self._vendor_state(self.subscription, quantity=7)
                )
            )
        )
        task = subscription._change_seats(7)
        self.assertEqual(self._run_task(task), "done")
        self.assertEqual(len(adapter.calls), 1)
        self.assertEqual(self.subscription.quantity, 7)
