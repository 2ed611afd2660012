from odoo import models
from odoo.http import request


class ProductPricelist(models.Model):
    _inherit = "product.pricelist"

    def _is_available_on_website(self, website):
        """Override of `website_sale` to give a reseller its own list in the shop.

        Level lists have no website and cannot be chosen, so nobody else gets them.
        """
        available = super()._is_available_on_website(website)
        if (
            not available
            and request
            and self.active
            and not self.website_id
            and not request.env.user._is_public()
        ):
            partner = request.env.user.partner_id.with_company(website.company_id)
            return self.id == partner.specific_property_product_pricelist.id
        return available
