"""What people do to invoices and orders must not bill or pay back twice."""

from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, new_test_user, tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from .common import CspBillingCommon

TODAY = date(2026, 3, 31)


class SafeguardCommon(CspBillingCommon):
    def _deliver_one(self, subscription):
        subscription.order_id.csp_task_ids.tenant_id.vendor_ref = "customer"
        subscription.vendor_ref = f"vendor-{subscription.id}"
        subscription._apply_vendor_state(self._vendor_state(subscription, start=TODAY))

    def _create_double_order(self):
        """Return a confirmed order of 99.00 and 20 x 5.40 = 108.00."""
        mail = self._create_variant(term="P1M", cost=4.8, erp=6.0)
        order = self._create_cloud_order(offers={self.offer: 5, mail: 20})
        order.action_confirm()
        return order, *order.csp_subscription_ids.sorted("id")

    def _get_open_holds(self):
        return self.env["csp.billing.hold"].search([("state", "=", "open")])


@tagged("post_install", "-at_install")
@freeze_time("2026-03-31 10:00:00")
class TestOrderSafeguards(SafeguardCommon):
    def test_a_cancelled_first_invoice_is_made_anew(self):
        order = self._create_cloud_order()
        order.action_confirm()
        self._deliver(order, TODAY)
        first = order.invoice_ids
        first.button_cancel()
        self._run("2026-04-01")
        second = order.invoice_ids - first
        self.assertRecordValues(
            second,
            [{"state": "posted", "move_type": "out_invoice", "amount_untaxed": 99.0}],
        )
        self.assertEqual(second.invoice_line_ids.sale_line_ids, order.order_line)
        self._assert_nothing_more_to_bill("2026-04-01")

    def test_a_line_deleted_from_the_first_invoice_is_invoiced_anew(self):
        order = self._create_cloud_order()
        order.action_confirm()
        self._deliver(order, TODAY)
        first = order.invoice_ids
        first.button_draft()
        first.invoice_line_ids.unlink()
        self._run("2026-04-01")
        second = order.invoice_ids - first
        self.assertEqual(second.amount_untaxed, 99.0)
        self._assert_nothing_more_to_bill("2026-04-01")

    def test_the_cron_sees_a_freed_first_period(self):
        order = self._create_cloud_order()
        order.action_confirm()
        self._deliver(order, TODAY)
        order.invoice_ids.button_cancel()
        self.assertIn(
            self.company, self.env["csp.billing.run"]._get_billing_companies()
        )

    def test_an_accountant_bills_orders_of_others(self):
        order = self._create_cloud_order(user_id=self.seller.id)
        order.action_confirm()
        self._deliver(order, TODAY)
        first = order.invoice_ids
        first.button_cancel()
        accountant = new_test_user(
            self.env,
            "csp_books",
            groups="csp_billing.group_csp_accountant",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        run = self.env["csp.billing.run"]._find_or_create(self.company, TODAY)
        with trap_jobs() as trap:
            run.with_user(accountant).action_start()
            trap.perform_enqueued_jobs()
        self.assertEqual((order.invoice_ids - first).amount_untaxed, 99.0)

    def test_a_hanging_line_is_told_and_then_invoiced(self):
        order, first, second = self._create_double_order()
        self._deliver_one(first)
        self._run("2026-04-02")
        self.assertFalse(self._get_open_holds())
        run = self._run("2026-04-03")
        self.assertFalse(run.move_ids | order.invoice_ids)
        hold = self._get_open_holds()
        self.assertRecordValues(
            hold,
            [{"reason": "hanging", "order_id": order.id, "is_blocking": False}],
        )
        self._run("2026-04-04")
        self.assertEqual(self._get_open_holds(), hold)
        second._set_cancelled()
        order._csp_on_delivered()
        self.assertEqual(order.invoice_ids.amount_untaxed, 99.0)
        self.assertEqual(hold.state, "released")
        self._assert_nothing_more_to_bill("2026-04-04")

    def test_what_was_never_invoiced_is_not_paid_back(self):
        """Both are cancelled on the first day: no invoice and no credit note."""
        order, first, second = self._create_double_order()
        self._deliver_one(first)
        self._cancel_on(first, TODAY)
        run = self._run("2026-04-01")
        self.assertFalse(run.move_ids | order.invoice_ids)
        self.assertEqual(self._sale_amounts(first), [99.0, -99.0])
        second._set_cancelled()
        order._csp_on_delivered()
        self.assertFalse(order.invoice_ids)
        self.assertFalse(self._get_open_holds())
        self._assert_nothing_more_to_bill("2026-04-03")

    def test_a_partial_credit_is_netted_on_the_first_invoice(self):
        """2 of 30 days of 99.00 are used: 6.60; the other line is 108.00."""
        order, first, second = self._create_double_order()
        self._deliver_one(first)
        self._cancel_on(first, "2026-04-02")
        self.assertFalse(self._run("2026-04-02").move_ids)
        self._deliver_one(second)
        self.assertRecordValues(
            order.invoice_ids,
            [{"state": "posted", "move_type": "out_invoice", "amount_untaxed": 114.6}],
        )
        self.assertEqual(
            order.invoice_ids.invoice_line_ids.mapped("price_subtotal"),
            [99.0, -92.4, 108.0],
        )
        self._assert_nothing_more_to_bill("2026-04-02")

    def test_the_first_document_is_no_credit_note(self):
        """A line of 150.00 off outweighs what was delivered: a person looks at it."""
        order = self._create_cloud_order()
        off = self.env["product.product"].create(
            {
                "name": "Off",
                "type": "service",
                "invoice_policy": "order",
                "taxes_id": [Command.set(self.tax.ids)],
            }
        )
        order.order_line = [Command.create({"product_id": off.id, "price_unit": 1.0})]
        order.action_confirm()
        # Orders of older versions may hold such a line; new ones refuse it.
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sale_order_line SET price_unit = -150, discount = 0 WHERE id = %s",
            [order.order_line[-1].id],
        )
        self.env.invalidate_all()
        self._deliver(order, TODAY)
        self.assertFalse(order.invoice_ids)
        hold = self._get_open_holds()
        self.assertRecordValues(hold, [{"order_id": order.id, "reason": "error"}])
        self.assertIn("credit note of 60.69", hold.message)

    def test_paid_and_given_up_asks_for_the_refund(self):
        order = self._create_cloud_order()
        self._pay(order)
        order.csp_subscription_ids._set_cancelled()
        order._csp_on_delivered()
        order._csp_on_delivered()
        activity = order.activity_ids.filtered(
            lambda a: (
                a.activity_type_id
                == self.env.ref("csp_billing.mail_activity_type_refund")
            )
        )
        self.assertEqual(len(activity), 1)
        self.assertIn("117.81", activity.summary)
        self.assertTrue(activity.user_id.has_group("csp_billing.group_csp_accountant"))
        self.assertFalse(order.invoice_ids)

    def test_paid_and_partly_refused_asks_for_the_rest(self):
        """246.33 were paid, 117.81 are invoiced: 128.52 go back."""
        order, first, second = self._create_double_order()
        self._pay(order)
        second._set_cancelled()
        self._deliver_one(first)
        order._csp_on_delivered()
        self.assertEqual(order.invoice_ids.amount_total, 117.81)
        self.assertIn("128.52", order.activity_ids.mapped("summary")[-1])

    def test_paid_and_delivered_asks_for_nothing(self):
        order = self._create_cloud_order()
        self._pay(order)
        self._deliver(order, TODAY)
        self.assertEqual(order._csp_get_refund_amount(), 0.0)
        self.assertFalse(
            order.activity_search(["csp_billing.mail_activity_type_refund"])
        )


@tagged("post_install", "-at_install")
class TestInvoiceSafeguards(SafeguardCommon):
    def test_a_cancelled_invoice_stays_cancelled(self):
        subscription = self._create_running("2026-01-31")
        first = self._run("2026-01-31").move_ids
        first.button_cancel()
        second = self._run("2026-02-01").move_ids
        self.assertEqual(second.amount_untaxed, 99.0)
        with self.assertRaisesRegex(UserError, "stays cancelled"):
            first.button_draft()
        self.assertEqual(first.state, "cancel")
        self.assertEqual(subscription._get_csp_invoices(), second)
        self._assert_nothing_more_to_bill("2026-02-01")

    def test_a_posted_invoice_may_go_to_draft_and_back(self):
        self._create_running("2026-01-31")
        move = self._run("2026-01-31").move_ids
        move.button_draft()
        move.action_post()
        self.assertEqual((move.state, move.amount_untaxed), ("posted", 99.0))
        self._assert_nothing_more_to_bill("2026-01-31")

    def test_an_edited_invoice_is_not_posted(self):
        self._create_running("2026-01-31")
        move = self._run("2026-01-31").move_ids
        move.button_draft()
        move.invoice_line_ids.price_unit = 1.0
        with self.assertRaisesRegex(UserError, "was charged"):
            move.action_post()
        self.assertEqual(move.state, "draft")
        move.invoice_line_ids.price_unit = 19.8
        move.action_post()
        self.assertEqual((move.state, move.amount_untaxed), ("posted", 99.0))

    def test_a_credit_by_hand_waits_for_a_person(self):
        subscription = self._create_running("2026-01-31")
        move = self._run("2026-01-31").move_ids
        self.env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=move.ids
        ).create({"journal_id": move.journal_id.id}).refund_moves()
        move.reversal_move_ids.filtered(lambda m: m.state == "draft").action_post()
        hold = self._get_open_holds()
        self.assertRecordValues(
            hold,
            [
                {
                    "reason": "credited",
                    "subscription_id": subscription.id,
                    "payer_id": self.reseller_a.id,
                    "is_blocking": True,
                }
            ],
        )
        self._cancel_on(subscription, "2026-02-03")
        self.assertFalse(self._run("2026-02-03").move_ids)
        self.assertEqual(self._sale_amounts(subscription), [99.0])

    def test_a_credit_goes_to_who_was_charged(self):
        """3 of 28 days are used: 99.00 x 25/28 = 88.39 goes back to the old payer."""
        subscription = self._create_running("2026-01-31")
        self._run("2026-01-31")
        subscription.payer_id = self.reseller_b
        self._cancel_on(subscription, "2026-02-03")
        run = self._run("2026-02-03")
        self.assertRecordValues(
            run.move_ids,
            [
                {
                    "move_type": "out_refund",
                    "partner_id": self.reseller_a.id,
                    "amount_untaxed": 88.39,
                }
            ],
        )
        self._assert_nothing_more_to_bill("2026-02-03")

    def test_taxed_and_untaxed_prices_on_one_invoice(self):
        """99.00 plus 19 % and 5 x 23.80 with 19 % in it: 117.81 + 119.00."""
        taxed = self.env["account.tax"].create(
            {
                "name": "19 % in it",
                "amount": 19,
                "type_tax_use": "sale",
                "company_id": self.company.id,
                "price_include_override": "tax_included",
            }
        )
        offer = self._create_variant(plan="annual")
        offer.taxes_id = taxed
        self._create_running("2026-01-31")
        self._create_running("2026-01-31", price=23.8, offer=offer)
        move = self._run("2026-01-31").move_ids
        self.assertRecordValues(move, [{"state": "posted", "amount_total": 236.81}])
        self.assertEqual(
            move.invoice_line_ids.csp_charge_ids.sorted("id").mapped("margin_amount"),
            [99.0, 100.0],
        )
        self.assertFalse(self._get_open_holds())

    def test_a_run_far_ahead_is_refused(self):
        subscription = self._create_running("2026-01-31")
        run = self.env["csp.billing.run"]._find_or_create(
            self.company, date(2026, 3, 4)
        )
        with freeze_time("2026-01-31"):
            with self.assertRaisesRegex(UserError, "far ahead"):
                run.action_start()
            self.assertEqual(run.state, "draft")
            self.assertFalse(run.batch_ids)
            self.assertFalse(subscription.charge_ids)
        with freeze_time("2026-02-01"):
            run.action_start()
        self.assertEqual(run.state, "drafting")

    def test_what_the_vendor_does_not_know_waits(self):
        subscription = self._create_running("2026-01-31")
        other = self._create_running("2026-01-31", 2)
        self._run("2026-01-31")
        subscription._set_unknown("missing")
        run = self._run("2026-02-28")
        self.assertEqual(run.move_ids.amount_untaxed, 39.6)
        hold = self._get_open_holds()
        self.assertRecordValues(
            hold, [{"reason": "unknown", "subscription_id": subscription.id}]
        )
        self.assertEqual(self._sale_amounts(subscription), [99.0])
        subscription._set_active()
        run = self._run("2026-03-01")
        self.assertEqual(run.move_ids.amount_untaxed, 99.0)
        self.assertEqual(hold.state, "released")
        self.assertEqual(self._sale_amounts(other), [39.6, 39.6])
        self._assert_nothing_more_to_bill("2026-03-01")
