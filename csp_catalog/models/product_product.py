"""Variants: an offer with a term and a billing plan, and its price on a day."""

from odoo import api, fields, models

from ..const import PLAN_SELECTION, PLANS, TERM_SELECTION, TERMS


class ProductProduct(models.Model):
    _inherit = "product.product"

    csp_term = fields.Selection(
        TERM_SELECTION, string="Term", compute="_compute_csp_term_plan", store=True
    )
    csp_plan = fields.Selection(
        PLAN_SELECTION, string="Billing", compute="_compute_csp_term_plan", store=True
    )
    csp_key = fields.Char(
        string="Vendor key",
        compute="_compute_csp_key",
        store=True,
        help="Programme, product, SKU, segment, term and billing in one word.",
    )
    csp_is_withdrawn = fields.Boolean(
        string="Withdrawn by the vendor",
        copy=False,
        readonly=True,
        help="Archived because no price is valid today; comes back with a price.",
    )

    _csp_key_uniq = models.UniqueIndex(
        "(csp_key) WHERE csp_key IS NOT NULL",
        "There is already a variant with this vendor key.",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends(
        "product_template_attribute_value_ids.product_attribute_value_id.csp_code"
    )
    def _compute_csp_term_plan(self):
        for product in self:
            values = product.product_template_attribute_value_ids
            codes = set(values.product_attribute_value_id.mapped("csp_code"))
            product.csp_term = next(iter(codes & TERMS.keys()), False)
            product.csp_plan = next(iter(codes & PLANS.keys()), False)

    @api.depends(
        "csp_term",
        "csp_plan",
        "product_tmpl_id.csp_program_id.code",
        "product_tmpl_id.csp_product_ref",
        "product_tmpl_id.csp_sku_ref",
        "product_tmpl_id.csp_segment",
    )
    def _compute_csp_key(self):
        for product in self:
            parts = (
                product.csp_program_id.code,
                product.csp_product_ref,
                product.csp_sku_ref,
                product.csp_segment,
                product.csp_term,
                product.csp_plan,
            )
            product.csp_key = "|".join(parts) if all(parts) else False
