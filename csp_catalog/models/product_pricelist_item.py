"""Price rules that come from an agreement."""

from odoo import fields, models


class ProductPricelistItem(models.Model):
    _inherit = "product.pricelist.item"

    csp_agreement_line_id = fields.Many2one(
        "csp.agreement.line",
        string="Agreement line",
        index="btree_not_null",
        copy=False,
        readonly=True,
        ondelete="restrict",
    )

    # With its price beside it, what a rule adds to a cost tells the cost. Who may read
    # the rules of the own list reads which offers and days they are about.
    price = fields.Char(groups="base.group_user")
    price_discount = fields.Float(groups="base.group_user")
    price_markup = fields.Float(groups="base.group_user")
    price_max_margin = fields.Float(groups="base.group_user")
    price_min_margin = fields.Float(groups="base.group_user")
    price_surcharge = fields.Float(groups="base.group_user")
    rule_tip = fields.Char(groups="base.group_user")

    def _is_applicable_for(self, product, qty_in_product_uom):
        """Override of `product`: an agreement speaks about its programmes only."""
        # sudo: agreements are closed to portal users, who get the price they make.
        programs = self.sudo().csp_agreement_line_id.agreement_id.program_ids
        if programs and product.sudo().csp_program_id not in programs:
            return False
        return super()._is_applicable_for(product, qty_in_product_uom)

    def _compute_base_price(self, product, quantity, uom, date, currency, **kwargs):
        """Override of `product`: an offer starts from what the vendor lists.

        In the rule's currency, where the vendor lists it in that, and for the quantity.
        """
        base = self.base or "list_price"
        if base in ("list_price", "standard_price"):
            found = product._csp_base_prices(base, date, currency, quantity)
            if product.id in found:
                return product.uom_id._compute_price(found[product.id], uom)
        beneath = self.base_pricelist_id
        if base == "pricelist" and beneath.currency_id not in (
            currency,
            currency.browse(),
        ):
            if beneath._csp_is_neutral():
                return beneath._get_product_price(
                    product, quantity, currency=currency, uom=uom, date=date, **kwargs
                )
        return super()._compute_base_price(
            product, quantity, uom, date, currency, **kwargs
        )
