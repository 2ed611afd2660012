"""What a customer uses already counts when more is bought."""

from odoo import api, models

from ..const import STATE_ACTIVE, STATE_EXTENDED, STATE_PENDING

# What is being delivered is as good as delivered: the vendor takes orders in turn.
OWNED_STATES = (STATE_PENDING, STATE_ACTIVE, STATE_EXTENDED)


class ProductProduct(models.Model):
    _inherit = "product.product"

    @api.model
    def _csp_owned_products(self, partner):
        """Override of `csp_catalog` to count the seats of running subscriptions."""
        owned = super()._csp_owned_products(partner)
        if not partner:
            return owned
        # sudo: only offers and seats are used, to judge an order of this customer.
        groups = (
            self.env["csp.subscription"]
            .sudo()
            ._read_group(
                [
                    ("customer_id", "=", partner.commercial_partner_id.id),
                    ("company_id", "=", self.env.company.id),
                    ("state", "in", OWNED_STATES),
                ],
                ["product_id"],
                ["quantity:sum"],
            )
        )
        for product, seats in groups:
            template_id = product.product_tmpl_id.id
            owned[template_id] = owned.get(template_id, 0) + seats
        return owned
