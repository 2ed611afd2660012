from odoo import api, fields, models

from ..const import HANGING_DAYS, LEG_SALE


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends(
        "csp_subscription_id.charge_ids.invoice_line_id",
        "csp_subscription_id.charge_ids.state",
    )
    def _compute_qty_to_invoice(self):
        """Override of `sale`: a cloud line is invoiced as charged, not as ordered.

        Before delivery there is no charge, so nothing can be invoiced; a refused
        line never gets one; later periods belong to the billing run.
        """
        result = super()._compute_qty_to_invoice()
        for line in self:
            if line.csp_subscription_id or line._csp_is_offer():
                charges = line._csp_get_first_charges()
                if not line._csp_get_first_amount():
                    charges = charges.browse()
                # What was given back meanwhile is a line of the same invoice.
                line.qty_to_invoice = sum(
                    charge.quantity or 1 for charge in charges if charge.amount > 0
                )
        return result

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _csp_get_first_charges(self):
        """Return what is charged for the first period and not invoiced yet."""
        self.ensure_one()
        # sudo: the ledger of the line's own subscription
        return self.csp_subscription_id.sudo().charge_ids.filtered(
            lambda charge: (
                charge.leg == LEG_SALE
                and charge.state == "booked"
                and charge.order_line_id.id == self._origin.id
                and not charge.invoice_line_id
            )
        )

    def _csp_get_first_amount(self):
        """Return what the order has yet to invoice for the first period."""
        charges = self._csp_get_first_charges()
        amount = sum(charges.mapped("amount"))
        return charges.currency_id[:1].round(amount) if charges else 0.0

    def _csp_is_overdue(self, today):
        """Tell whether the delivered first period has waited too long."""
        charges = self._csp_get_first_charges()
        latest = fields.Date.subtract(today, days=HANGING_DAYS)
        return bool(self._csp_get_first_amount()) and any(
            charge.period_start <= latest for charge in charges
        )

    def _prepare_invoice_lines_vals_list(self, **optional_values):
        """Override of `sale` to invoice charges: one line each, exact amounts."""
        charges = self._csp_get_first_charges()
        if not charges:
            return super()._prepare_invoice_lines_vals_list(**optional_values)
        vals_list = []
        for charge in charges.sorted("id"):
            values = self._prepare_invoice_line(**optional_values)
            values |= charge._prepare_order_invoice_line(self)
            vals_list.append(values)
        return vals_list
