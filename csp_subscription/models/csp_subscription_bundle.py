from odoo import models


class CspSubscription(models.Model):
    _inherit = "csp.subscription"

    # ----------------------------------------------------------------------
    # STATE
    # ----------------------------------------------------------------------

    def _set_cancelled(self, *args, **kwargs):
        """Override to explain on the order what stays of a bundle, at which price."""
        moved = super()._set_cancelled(*args, **kwargs)
        for subscription in moved or self.browse():
            # A subscription that was found at the vendor has no order line.
            for line in subscription.order_line_id:
                line._csp_explain_leaving()
        return moved


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _csp_explain_leaving(self):
        """Note on the order that a component leaves and the others keep their share."""
        self.ensure_one()
        bundle = self.linked_line_id
        if not self.combo_item_id or not bundle:
            return
        left = (bundle.linked_line_ids - self).filtered(
            lambda line: (
                line.combo_item_id and line.csp_subscription_id.state != "cancelled"
            )
        )
        money = self.currency_id.format
        self.order_id.message_post(
            body=self.env._(
                "%(part)s leaves the bundle %(bundle)s. Its share was %(share)s; the "
                "other parts keep theirs: %(others)s.",
                part=self.product_id.display_name,
                bundle=bundle.product_id.display_name,
                share=money(self.price_subtotal),
                others=", ".join(
                    f"{line.product_id.display_name} {money(line.price_subtotal)}"
                    for line in left
                )
                or self.env._("none"),
            )
        )
