"""Money that came for an order which cannot be confirmed any more."""

from odoo import models
from odoo.exceptions import UserError


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _check_amount_and_confirm_order(self):
        """Override of `sale`: a paid cloud order that is refused keeps its payment.

        Between the payment and its processing a cost may rise or an offer end. Without
        this the error would undo the processing again and again, and nobody would
        know of the money.
        """
        confirmed = self.env["sale.order"]
        for payment in self:
            orders = payment.sale_order_ids
            if not any(order.has_csp_lines for order in orders):
                confirmed |= super(
                    PaymentTransaction, payment
                )._check_amount_and_confirm_order()
                continue
            try:
                with self.env.cr.savepoint():
                    confirmed |= super(
                        PaymentTransaction, payment
                    )._check_amount_and_confirm_order()
            except UserError as error:
                for order in orders:
                    order._csp_note_unconfirmed(payment, error)
        return confirmed
