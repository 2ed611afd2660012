"""What an agreement decides about an order: the payment term."""

from odoo import api, fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    @api.depends("partner_id", "company_id")
    def _compute_payment_term_id(self):
        """Override of `sale`: the term that was agreed wins over the partner's own."""
        result = super()._compute_payment_term_id()
        for order in self:
            agreement = order.partner_id._csp_get_agreement(
                fields.Datetime.now(), order.company_id
            )
            # sudo: whoever writes the order gets the term, and nothing else of it.
            term = agreement.sudo().payment_term_id
            if term:
                order.payment_term_id = term
        return result
