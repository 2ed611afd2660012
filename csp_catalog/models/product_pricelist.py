"""Pricelists that compile from levels, and who may see a pricelist at all."""

from odoo import api, fields, models
from odoo.fields import Domain


class ProductPricelist(models.Model):
    _inherit = "product.pricelist"

    csp_grade_id = fields.Many2one(
        "res.partner.grade",
        string="Compiled from level",
        index="btree_not_null",
        copy=False,
        readonly=True,
        ondelete="set null",
    )
    csp_agreement_id = fields.Many2one(
        "csp.agreement",
        string="Compiled from agreement",
        index="btree_not_null",
        copy=False,
        readonly=True,
        ondelete="restrict",
    )
    csp_is_public = fields.Boolean(
        string="Offered to everybody",
        compute="_compute_csp_is_public",
        search="_search_csp_is_public",
        help="Visitors may choose this list. Used by the portal's record rules.",
    )

    _csp_agreement_uniq = models.UniqueIndex(
        "(csp_agreement_id) WHERE csp_agreement_id IS NOT NULL",
        "This agreement already has a pricelist.",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    def _compute_csp_is_public(self):
        has_shop = "selectable" in self._fields
        for pricelist in self:
            # sudo: the flag decides about access, so it cannot depend on it.
            pricelist.csp_is_public = bool(has_shop and pricelist.sudo().selectable)

    @api.model
    def _search_csp_is_public(self, operator, value):
        if operator != "in":
            return NotImplemented
        # The flag comes with the shop; without it no list is offered to everybody.
        domain = (
            Domain("selectable", "=", True)
            if "selectable" in self._fields
            else Domain.FALSE
        )
        return domain if True in value else ~domain

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _get_partner_pricelist_multi_search_domain_hook(self, company_id):
        """Override of `product`: a compiled list is never anybody's fallback.

        Odoo gives the first list it finds to partners, and visitors, without one.
        """
        domain = super()._get_partner_pricelist_multi_search_domain_hook(company_id)
        return [*domain, ("csp_grade_id", "=", False), ("csp_agreement_id", "=", False)]
