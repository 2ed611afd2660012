import logging

from psycopg2 import OperationalError

from odoo import SUPERUSER_ID, fields, models
from odoo.exceptions import LockError, UserError

_logger = logging.getLogger(__name__)


class SaleOrder(models.Model):
    _inherit = "sale.order"

    csp_charge_count = fields.Integer(
        compute="_compute_csp_charge_count", groups="base.group_user"
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    def _compute_csp_charge_count(self):
        for order in self:
            order.csp_charge_count = self.env["csp.charge"].search_count(
                [("subscription_id", "in", order.csp_subscription_ids.ids)]
            )

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_view_csp_charges(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "csp_billing.csp_charge_action"
        )
        action["domain"] = [("subscription_id", "in", self.csp_subscription_ids.ids)]
        action["context"] = {}
        return action

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _csp_on_delivered(self):
        """Override to invoice what was delivered when the last line was refused."""
        result = super()._csp_on_delivered()
        self._csp_invoice_first_period()
        if self._csp_is_delivery_complete():
            self._csp_release_holds("hanging")
            self._csp_ask_for_refund()
        return result

    def _csp_invoice_first_period(self):
        """Invoice orders whose lines are all delivered or refused; return invoices.

        What stands in the way becomes a hold: a delivery never fails for money.
        """
        moves = self.env["account.move"]
        for order in self:
            if order._csp_is_ready_to_invoice():
                moves |= order._csp_try_first_invoice()
        return moves

    def _csp_is_ready_to_invoice(self):
        self.ensure_one()
        return (
            self.state == "sale"
            and self._csp_is_delivery_complete()
            and any(line._csp_get_first_amount() for line in self.order_line)
        )

    def _csp_try_first_invoice(self):
        self.ensure_one()
        # sudo: called by the delivery; invoices are made for the company
        order = self.sudo().with_company(self.company_id)
        try:
            order.lock_for_update()
            with self.env.cr.savepoint():
                moves = order._csp_make_first_invoice()
        except (OperationalError, LockError):
            raise
        except Exception as error:  # noqa: BLE001 - becomes a hold
            _logger.info("order %s is not invoiced: %s", order.id, error)
            order.env["csp.billing.hold"]._put(
                order._csp_get_payer(),
                order.company_id,
                "error",
                self.env._(
                    "%(order)s could not be invoiced: %(error)s",
                    order=order.name,
                    error=error,
                ),
                order_id=order,
            )
            return self.env["account.move"]
        order._csp_release_holds()
        return moves

    def _csp_make_first_invoice(self):
        """Draft and post the invoice of the order; open payments settle it."""
        self.ensure_one()
        today = self.company_id._csp_today()
        moves = self._create_invoices(final=True)
        if not moves:
            raise UserError(self.env._("There is nothing to invoice."))
        refunds = moves.filtered(lambda move: move.move_type != "out_invoice")
        if refunds:
            raise UserError(
                self.env._(
                    "Its first document would be a credit note of %(amount)s. Check "
                    "its negative lines and settle them by hand.",
                    amount=refunds[0].currency_id.format(
                        sum(refunds.mapped("amount_total"))
                    ),
                )
            )
        moves.write({"invoice_date": today})
        moves.action_post()
        moves._csp_send_later()
        return moves

    def _csp_hold_hanging(self, run):
        """Tell that what was delivered cannot be invoiced, and how to go on."""
        for order in self:
            if order.state != "sale":
                message = order.env._(
                    "%s is not confirmed any more, but its first period was delivered "
                    "and is not invoiced. Invoice or cancel the subscription.",
                    order.name,
                )
            else:
                message = order.env._(
                    "%s waits for a line that is not delivered or not known to run. "
                    "Complete the delivery or give it up: the rest is invoiced then.",
                    order.name,
                )
            order.env["csp.billing.hold"]._put(
                order._csp_get_payer(),
                order.company_id,
                "hanging",
                message,
                order_id=order,
                run=run,
            )

    def _csp_release_holds(self, *reasons):
        domain = [("order_id", "in", self.ids), ("state", "=", "open")]
        if reasons:
            domain.append(("reason", "in", reasons))
        # sudo: holds are written by billing, also on behalf of a delivery
        self.env["csp.billing.hold"].sudo().search(domain)._release()

    def _csp_ask_for_refund(self):
        """Have an accountant pay back what was paid and will not be delivered."""
        self.ensure_one()
        xmlid = "csp_billing.mail_activity_type_refund"
        # sudo: payments and invoices of the order, read on behalf of the delivery
        order = self.sudo()
        amount = order._csp_get_refund_amount()
        if order.currency_id.compare_amounts(amount, 0) <= 0 or order.activity_search(
            [xmlid]
        ):
            return
        money = order.currency_id.format(amount)
        order.activity_schedule(
            xmlid,
            summary=self.env._("Refund %s", money),
            note=self.env._(
                "%(order)s was paid, but not all of it is delivered. Pay back "
                "%(money)s.",
                order=order.name,
                money=money,
            ),
            user_id=order._csp_get_accountant().id,
        )

    def _csp_get_refund_amount(self):
        """Return what was paid for lines that never came, as far as it is left."""
        self.ensure_one()
        lines = self.order_line.filtered(
            lambda line: (
                line.csp_subscription_id.order_line_id == line
                and line.csp_subscription_id.state == "cancelled"
                and not line._csp_get_first_amount()
                and not line.csp_subscription_id.charge_ids.invoice_line_id
            )
        )
        done = self.transaction_ids.filtered(lambda tx: tx.state == "done")
        invoices = self.invoice_ids.filtered(lambda move: move.state == "posted")
        left = sum(done.mapped("amount")) - sum(
            -move.amount_total if move.move_type == "out_refund" else move.amount_total
            for move in invoices
        )
        return min(left, sum(lines.mapped("price_total")))

    def _csp_get_accountant(self):
        """Return who pays back in this company."""
        people = self.env.ref("csp_billing.group_csp_accountant").all_user_ids.filtered(
            lambda user: (
                user.active
                and user.id != SUPERUSER_ID
                and self.company_id in user.company_ids
            )
        )
        return people.sorted("id")[:1] or self.user_id or self.env.user

    def _force_lines_to_invoice_policy_order(self):
        """Override of `sale`: automatic invoices never run ahead of the delivery."""
        plain = self.filtered(lambda order: not order.has_csp_lines)
        return super(SaleOrder, plain)._force_lines_to_invoice_policy_order()
