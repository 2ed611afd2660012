"""The catalogue's guards, seen from the end customer's subscriptions."""

from odoo import api, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    @api.depends("csp_customer_id", "csp_order_type")
    def _compute_csp_offer_warning(self):
        """Override of `csp_catalog` to follow the end customer as well."""
        return super()._compute_csp_offer_warning()

    def _csp_is_guarded_sale(self):
        """Override of `csp_catalog`: what runs may be renewed, whatever stopped."""
        return super()._csp_is_guarded_sale() and self.csp_order_type != "renewal"

    def _csp_get_user_of_offers(self):
        """Override of `csp_catalog`: the end customer, not the reseller who buys."""
        customer = self.csp_customer_id.commercial_partner_id
        return customer or super()._csp_get_user_of_offers()
