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

    def _is_applicable_for(self, product, qty_in_product_uom):
        """Override of `product`: an agreement speaks about its programmes only."""
        # sudo: agreements are closed to portal users, who get the price they make.
        programs = self.sudo().csp_agreement_line_id.agreement_id.program_ids
        if programs and product.sudo().csp_program_id not in programs:
            return False
        return super()._is_applicable_for(product, qty_in_product_uom)
