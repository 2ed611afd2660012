from odoo import models


class ProductPricelistItem(models.Model):
    _inherit = "product.pricelist.item"

    def _show_discount_on_shop(self):
        """Override of `website_sale` to ask for a share that visitors may not read."""
        # sudo: says only whether the list price is struck out
        return super(ProductPricelistItem, self.sudo())._show_discount_on_shop()

    def _compute_price_before_discount(self, *args, **kwargs):
        """Override of `product` to read a chained list that the visitor may not.

        The shop calls this as the visitor; only the price comes out, and only for
        the list that `_is_available_on_website` has already granted.
        """
        # sudo: computes one price, returns no record
        item_sudo = self.sudo()
        return super(ProductPricelistItem, item_sudo)._compute_price_before_discount(
            *args, **kwargs
        )
