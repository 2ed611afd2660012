import logging

from psycopg2 import OperationalError

from odoo import fields, models
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
            and any(line._csp_get_first_charges() for line in self.order_line)
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
        moves.write({"invoice_date": today})
        moves.action_post()
        moves._csp_send_later()
        return moves

    def _csp_release_holds(self):
        self.env["csp.billing.hold"].search(
            [("order_id", "in", self.ids), ("state", "=", "open")]
        )._release()

    def _force_lines_to_invoice_policy_order(self):
        """Override of `sale`: automatic invoices never run ahead of the delivery."""
        plain = self.filtered(lambda order: not order.has_csp_lines)
        return super(SaleOrder, plain)._force_lines_to_invoice_policy_order()
