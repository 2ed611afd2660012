"""The first period is invoiced through the order, once it is delivered."""

from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import CspBillingCommon

TODAY = date(2026, 3, 31)


@tagged("post_install", "-at_install")
@freeze_time("2026-03-31 10:00:00")
class TestOrderInvoice(CspBillingCommon):
    def test_delivered_order_is_invoiced_at_once(self):
        """5 x 22.00 less 10 % = 99.00; 117.81 with tax; shown with its discount."""
        order = self._create_cloud_order()
        order.action_confirm()
        self.assertEqual(order.order_line.qty_to_invoice, 0)
        self.assertEqual(order.invoice_status, "no")
        self._deliver(order, TODAY)
        subscription = order.csp_subscription_ids
        move = order.invoice_ids
        self.assertRecordValues(
            move,
            [
                {
                    "state": "posted",
                    "move_type": "out_invoice",
                    "invoice_date": TODAY,
                    "amount_untaxed": 99.0,
                    "amount_total": 117.81,
                    "partner_id": self.reseller_a.id,
                }
            ],
        )
        line = move.invoice_line_ids
        self.assertEqual(line.sale_line_ids, order.order_line)
        self.assertEqual((line.quantity, line.price_subtotal), (5, 99.0))
        self.assertEqual(line.price_unit * (1 - line.discount / 100), 19.8)
        self.assertEqual(order.invoice_status, "invoiced")
        charges = subscription.charge_ids
        self.assertRecordValues(
            charges.sorted("leg"),
            [
                {"leg": "cost", "amount": 88.0, "invoice_line_id": False},
                {"leg": "sale", "amount": 99.0, "invoice_line_id": line.id},
            ],
        )
        self.assertFalse(charges.run_id)
        self.assertEqual(subscription.next_charge_date, date(2026, 4, 30))
        self._assert_nothing_more_to_bill(TODAY)

    def test_the_next_month_is_not_on_the_order(self):
        order = self._create_cloud_order()
        order.action_confirm()
        self._deliver(order, TODAY)
        run = self._run("2026-04-30")
        self.assertEqual(run.move_ids.amount_untaxed, 99.0)
        self.assertFalse(run.move_ids.invoice_line_ids.sale_line_ids)
        self.assertEqual(order.order_line.qty_invoiced, 5)
        self.assertEqual(order.invoice_status, "invoiced")
        self.assertEqual(len(order.invoice_ids), 1)
        self.assertEqual(order.csp_subscription_ids.csp_invoice_count, 2)
        self._assert_nothing_more_to_bill("2026-04-30")

    def test_ordinary_lines_ride_along(self):
        setup = self.env["product.product"].create(
            {
                "name": "Set-up",
                "type": "service",
                "invoice_policy": "order",
                "list_price": 150.0,
                "taxes_id": [Command.set(self.tax.ids)],
            }
        )
        order = self._create_cloud_order()
        order.order_line = [
            Command.create({"product_id": setup.id, "price_unit": 150.0, "discount": 0})
        ]
        order.action_confirm()
        self._deliver(order, TODAY)
        self.assertEqual(order.invoice_ids.amount_untaxed, 249.0)
        self.assertEqual(len(order.invoice_ids.invoice_line_ids), 2)
        self.assertEqual(order.invoice_status, "invoiced")
        self._assert_nothing_more_to_bill(TODAY)

    def test_half_delivered_waits_and_refused_is_left_out(self):
        mail = self._create_variant(term="P1M", cost=4.8, erp=6.0)
        order = self._create_cloud_order(offers={self.offer: 5, mail: 20})
        order.action_confirm()
        first, second = order.csp_subscription_ids.sorted("id")
        order.csp_task_ids.tenant_id.vendor_ref = "customer"
        first.vendor_ref = "vendor-1"
        first._apply_vendor_state(self._vendor_state(first, start=TODAY))
        self.assertFalse(order.invoice_ids)
        self.assertEqual(self._sale_amounts(first), [99.0])
        run = self._run(TODAY)
        self.assertFalse(run.move_ids, "the order invoices it, not the run")
        second.refusal_reason = "not eligible"
        second._set_cancelled()
        order._csp_on_delivered()
        self.assertEqual(order.invoice_ids.amount_untaxed, 99.0)
        self.assertEqual(order.invoice_ids.invoice_line_ids.product_id, self.offer)
        self.assertFalse(second.charge_ids)
        order._csp_on_delivered()
        self.assertEqual(len(order.invoice_ids), 1)
        self._assert_nothing_more_to_bill(TODAY)

    def test_all_refused_is_never_invoiced(self):
        order = self._create_cloud_order()
        order.action_confirm()
        order.csp_subscription_ids._set_cancelled()
        order._csp_on_delivered()
        self.assertFalse(order.invoice_ids)
        self.assertEqual(order.order_line.qty_to_invoice, 0)
        with self.assertRaises(UserError):
            order._create_invoices()
        self._assert_nothing_more_to_bill(TODAY)

    def test_paid_in_the_shop_before_delivery(self):
        """The payment is done first; the invoice that comes later is paid by it."""
        order = self._create_cloud_order()
        tx = self._pay(order)
        self.assertEqual(order.state, "sale")
        self.assertFalse(order.invoice_ids)
        self.assertEqual(tx.payment_id.amount, 117.81)
        self._deliver(order, TODAY)
        move = order.invoice_ids
        self.assertEqual(move.amount_total, 117.81)
        self.assertEqual(move.amount_residual, 0.0)
        self.assertIn(move.payment_state, ("paid", "in_payment"))
        self.assertIn(tx, move.transaction_ids)
        self._assert_nothing_more_to_bill(TODAY)

    def test_paid_but_partly_refused_leaves_a_credit(self):
        mail = self._create_variant(term="P1M", cost=4.8, erp=6.0)
        order = self._create_cloud_order(offers={self.offer: 5, mail: 20})
        tx = self._pay(order)
        first, second = order.csp_subscription_ids.sorted("id")
        second._set_cancelled()
        order.csp_task_ids.tenant_id.vendor_ref = "customer"
        first.vendor_ref = "vendor-1"
        first._apply_vendor_state(self._vendor_state(first, start=TODAY))
        self.assertEqual(order.invoice_ids.amount_total, 117.81)
        self.assertEqual(order.invoice_ids.amount_residual, 0.0)
        receivable = tx.payment_id.move_id.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        self.assertEqual(receivable.amount_residual, round(117.81 - tx.amount, 2))

    def test_automatic_invoices_do_not_run_ahead(self):
        self.env["ir.config_parameter"].sudo().set_param(
            "sale.automatic_invoice", "True"
        )
        order = self._create_cloud_order()
        self._pay(order)
        self.assertFalse(order.invoice_ids)
        self._deliver(order, TODAY)
        self.assertEqual(order.invoice_ids.mapped("amount_untaxed"), [99.0])

    def test_a_delivery_never_fails_for_money(self):
        order = self._create_cloud_order()
        order.action_confirm()
        journals = self.env["account.journal"].search(
            [("type", "=", "sale"), ("company_id", "=", self.company.id)]
        )
        journals.active = False
        self._deliver(order, TODAY)
        self.assertEqual(order.csp_subscription_ids.state, "active")
        self.assertFalse(order.invoice_ids)
        hold = self.env["csp.billing.hold"].search([("order_id", "=", order.id)])
        self.assertRecordValues(
            hold, [{"state": "open", "payer_id": self.reseller_a.id}]
        )
        journals.active = True
        self._run("2026-04-01")
        self.assertEqual(order.invoice_ids.amount_untaxed, 99.0)
        self.assertEqual(
            order.invoice_ids.invoice_line_ids.sale_line_ids, order.order_line
        )
        self.assertEqual(hold.state, "released")
        self._assert_nothing_more_to_bill("2026-04-01")

    def test_an_annual_plan_is_charged_for_the_year(self):
        annual = self._create_variant(plan="annual", cost=211.2, erp=264.0)
        order = self._create_cloud_order(offers={annual: 3})
        order.action_confirm()
        self._deliver(order, TODAY)
        self.assertEqual(order.invoice_ids.amount_untaxed, 712.8)
        charge = order.csp_subscription_ids.charge_ids.filtered(
            lambda c: c.leg == "sale"
        )
        self.assertEqual(charge.period_end, date(2027, 3, 31))
        self._assert_nothing_more_to_bill("2027-03-30")

    def _set_printing(self, state):
        patcher = patch.object(
            self.env.registry["ir.actions.report"],
            "get_wkhtmltopdf_state",
            lambda report: state,
        )
        patcher.start()
        self.addCleanup(patcher.stop)

    def test_sending_waits_until_documents_can_be_printed(self):
        """Without wkhtmltopdf nothing is queued; a note says so, a later cron sends."""
        self._set_printing("install")
        self.company.csp_send_invoices = True
        order = self._create_cloud_order()
        order.action_confirm()
        self._deliver(order, TODAY)
        move = order.invoice_ids
        self.assertEqual(move.state, "posted")
        self.assertFalse(move.sending_data)
        self.assertTrue(move.csp_is_send_waiting)
        notes = move.message_ids.filtered(lambda m: "wkhtmltopdf" in (m.body or ""))
        self.assertEqual(len(notes), 1)
        Move = self.env["account.move"]
        Move._csp_send_waiting()
        self.assertFalse(move.sending_data)
        self.assertEqual(len(move.message_ids & notes), 1)
        self._set_printing("ok")
        self.env["csp.billing.run"]._cron_run()
        self.assertEqual(move.sending_data["author_user_id"], self.env.uid)
        self.assertFalse(move.csp_is_send_waiting)
        self.assertFalse(Move.search_count([("csp_is_send_waiting", "=", True)]))

    def test_sending_waits_for_the_cron(self):
        self._set_printing("ok")
        self.company.csp_send_invoices = True
        order = self._create_cloud_order()
        order.action_confirm()
        self._deliver(order, TODAY)
        move = order.invoice_ids
        self.assertEqual(move.sending_data["author_user_id"], self.env.uid)
        self.assertFalse(move.is_move_sent)
        self.company.csp_send_invoices = False
        run = self._run("2026-04-30")
        self.assertFalse(run.move_ids.sending_data)

    def test_today_is_the_companys(self):
        self.company.partner_id.tz = "Pacific/Auckland"
        with freeze_time("2026-03-31 12:30:00"):
            self.assertEqual(self.company._csp_today(), date(2026, 4, 1))
        self.company.partner_id.tz = "America/Los_Angeles"
        with freeze_time("2026-04-01 05:00:00"):
            self.assertEqual(self.company._csp_today(), date(2026, 3, 31))
