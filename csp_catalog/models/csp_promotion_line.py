"""Which offers a promotion is about."""

from odoo import fields, models

from ..const import PLAN_SELECTION, TERM_SELECTION


class CspPromotionLine(models.Model):
    _name = "csp.promotion.line"
    _description = "Offer of a Promotion"
    _order = "promotion_id, id"

    promotion_id = fields.Many2one(
        "csp.promotion", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="promotion_id.company_id", store=True)
    categ_id = fields.Many2one("product.category", string="Category")
    product_tmpl_id = fields.Many2one(
        "product.template", string="Offer", domain=[("is_csp_offer", "=", True)]
    )
    product_id = fields.Many2one(
        "product.product", string="Variant", domain=[("is_csp_offer", "=", True)]
    )
    product_ref = fields.Char(string="Product ID", help="As the vendor names it.")
    sku_ref = fields.Char(string="SKU ID")
    term = fields.Selection(TERM_SELECTION)
    plan = fields.Selection(PLAN_SELECTION, string="Billing")

    def _covers(self, product):
        """Tell whether every condition that the line names holds for a variant."""
        self.ensure_one()
        category = product.categ_id
        return (
            (not self.product_id or self.product_id == product)
            and (
                not self.product_tmpl_id
                or self.product_tmpl_id == product.product_tmpl_id
            )
            and (not self.product_ref or self.product_ref == product.csp_product_ref)
            and (not self.sku_ref or self.sku_ref == product.csp_sku_ref)
            and (not self.term or self.term == product.csp_term)
            and (not self.plan or self.plan == product.csp_plan)
            and (
                not self.categ_id
                or str(self.categ_id.id) in (category.parent_path or "").split("/")
            )
        )
