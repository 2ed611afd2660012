"""Offers: what a vendor sells, without term and billing."""

from odoo import api, fields, models

from ..const import SEGMENTS, SERVICE_TRACKING


class ProductTemplate(models.Model):
    _inherit = "product.template"

    # Key at the vendor.
    is_csp_offer = fields.Boolean(
        string="Cloud offer",
        compute="_compute_is_csp_offer",
        store=True,
        index="btree_not_null",
    )
    csp_program_id = fields.Many2one(
        "csp.program", string="Programme", index="btree_not_null", ondelete="restrict"
    )
    csp_product_ref = fields.Char(string="Vendor product ID")
    csp_sku_ref = fields.Char(string="Vendor SKU ID")
    csp_segment = fields.Selection(SEGMENTS, string="Segment")

    # What the vendor says about it.
    csp_publisher = fields.Char(string="Publisher")
    csp_min_seats = fields.Integer(string="Fewest seats", default=1)
    csp_max_seats = fields.Integer(string="Most seats", help="0: no limit.")
    csp_is_trial = fields.Boolean(string="Trial")
    csp_is_extended_term = fields.Boolean(
        string="Extended service term",
        help="Follows a term that was not renewed; not for sale by itself.",
    )

    service_tracking = fields.Selection(
        selection_add=[(SERVICE_TRACKING, "Cloud subscription")],
        ondelete={SERVICE_TRACKING: "set default"},
    )

    _csp_offer_uniq = models.UniqueIndex(
        "(csp_program_id, csp_product_ref, csp_sku_ref, csp_segment,"
        " COALESCE(company_id, 0)) WHERE csp_product_ref IS NOT NULL",
        "There is already an offer with this vendor product, SKU and segment.",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("csp_program_id")
    def _compute_is_csp_offer(self):
        for template in self:
            template.is_csp_offer = bool(template.csp_program_id)
