"""The agreements of a partner, and the pricelist that follows from them."""

from odoo import api, fields, models
from odoo.fields import Domain

from ..engine import agreement as engine


class ResPartner(models.Model):
    _inherit = "res.partner"

    csp_agreement_ids = fields.One2many(
        "csp.agreement",
        "partner_id",
        string="Agreements",
        groups="csp_catalog.group_csp_user",
    )
    csp_agreement_count = fields.Integer(
        compute="_compute_csp_agreement_count", groups="csp_catalog.group_csp_user"
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("csp_agreement_ids")
    def _compute_csp_agreement_count(self):
        groups = self.env["csp.agreement"]._read_group(
            [("partner_id", "in", self.ids)],
            ["partner_id"],
            ["origin_id:count_distinct"],
        )
        counts = dict(groups)
        for partner in self:
            partner.csp_agreement_count = counts.get(partner, 0)

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_view_csp_agreements(self):
        """Open the agreements with this partner."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "csp_catalog.action_csp_agreement"
        )
        action["domain"] = [("partner_id", "=", self.commercial_partner_id.id)]
        action["context"] = {"default_partner_id": self.commercial_partner_id.id}
        return action

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    @api.private
    def _csp_get_agreements(self, moment=None, company=None, side="sale"):
        """Return all versions in force at a moment, the widest agreement last.

        Agreements of different programmes may be in force beside each other; no two
        of them speak about the same offer.

        :param date|datetime moment: by default now
        """
        partners = self.commercial_partner_id
        company = company or self.env.company
        agreements = self.env["csp.agreement"]
        if not partners:
            return agreements
        day = fields.Date.to_date(self.env["product.product"]._csp_instant(moment))
        # sudo: only finds them; whoever reads them needs the right to.
        found = agreements.sudo().search(
            Domain("partner_id", "in", partners.ids)
            & Domain("company_id", "=", company.id)
            & Domain("side", "=", side)
            & agreements._get_valid_domain(day),
            order="origin_id desc, version desc",
        )
        return found.sudo(self.env.su)

    @api.private
    def _csp_get_agreement(self, moment=None, company=None, side="sale", program=None):
        """Return the version in force at a moment, or none.

        :param csp.program program: what it has to cover; without one the first found
        """
        found = self._csp_get_agreements(moment, company, side)
        if program:
            # sudo: see above; only the programmes are looked at.
            found = found.filtered(
                lambda one: (
                    not one.sudo().program_ids or program in one.sudo().program_ids
                )
            )
        return found[:1]

    def _csp_sync_agreements(self):
        """Compile what was agreed with these partners; hand them their pricelist.

        Several agreements of one partner stand on each other: what the newest does not
        speak about costs what the one before says, and at last what the level says.
        """
        for partner in self.commercial_partner_id:
            pricelist = None
            for agreement in partner._csp_get_living_agreements():
                pricelist = agreement._compile(pricelist)
            partner._csp_sync_pricelist()

    def _csp_follow_level(self):
        """Let agreements stand on the level that partners have now."""
        # sudo: a level decides about lists, whoever may set levels.
        agreements = (
            self.env["csp.agreement"]
            .sudo()
            .search(
                [
                    ("partner_id", "in", self.ids),
                    ("side", "=", "sale"),
                    ("state", "=", "active"),
                ]
            )
        )
        for company, found in agreements.grouped("company_id").items():
            found.partner_id.with_company(company)._csp_sync_agreements()

    def _csp_get_living_agreements(self):
        """Return per sales agreement its latest version, if it is not over yet."""
        self.ensure_one()
        today = fields.Datetime.now().date()
        # sudo: decides about the partner's pricelist, whoever changes the level.
        found = (
            self.env["csp.agreement"]
            .sudo()
            .search(
                Domain("partner_id", "=", self.commercial_partner_id.id)
                & Domain("company_id", "=", self.env.company.id)
                & Domain("side", "=", "sale")
                & Domain("state", "in", ("active", "superseded"))
                & (Domain("date_end", "=", False) | Domain("date_end", ">=", today)),
                order="origin_id, date_start",
            )
        )
        latest = {agreement.origin_id: agreement for agreement in found}
        return found.browse([agreement.id for agreement in latest.values()])

    @api.private
    def _csp_is_foreign_list(self, pricelist):
        """Tell whether a list is a level's or an agreement's that the buyer has not."""
        self.ensure_one()
        if not pricelist or pricelist == self.property_product_pricelist:
            return False
        partner = self.commercial_partner_id
        if pricelist.csp_agreement_id:
            return pricelist.csp_agreement_id.partner_id != partner
        return bool(pricelist.csp_grade_id) and (
            pricelist.csp_grade_id != partner.grade_id
        )

    def _csp_get_wanted_pricelist(self):
        """Return the list of the newest agreement, else that of the level."""
        self.ensure_one()
        agreement = self._csp_get_living_agreements()[-1:]
        return agreement.pricelist_id or self.grade_id.default_pricelist_id


class ProductProduct(models.Model):
    _inherit = "product.product"

    @api.private
    def _csp_build_offers(self, table):
        """Return ``{product id: engine Offer}`` for those that have a price.

        :param dict table: what `_csp_price_at` returns
        """
        # sudo: category and programme decide about a price that the caller may see.
        return {
            product.id: engine.Offer(
                product.id,
                product.product_tmpl_id.id,
                product.categ_id.id,
                table[product.id].erp,
                table[product.id].cost,
                product.csp_program_id.id,
            )
            for product in self.sudo()
            if product.id in table
        }
