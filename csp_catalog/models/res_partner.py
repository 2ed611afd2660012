"""Resellers and their end customers."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResPartner(models.Model):
    _inherit = "res.partner"

    csp_reseller_id = fields.Many2one(
        "res.partner",
        string="Reseller",
        index="btree_not_null",
        ondelete="restrict",
        domain=[("is_csp_reseller", "=", True)],
        help="The reseller who looks after this end customer. End customers are "
        "companies of their own, never contacts of the reseller.",
    )
    csp_customer_ids = fields.One2many(
        "res.partner", "csp_reseller_id", string="End customers"
    )
    csp_customer_count = fields.Integer(compute="_compute_csp_customer_count")
    is_csp_reseller = fields.Boolean(
        string="Is a reseller",
        compute="_compute_is_csp_reseller",
        store=True,
        index="btree_not_null",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("grade_id", "parent_id")
    def _compute_is_csp_reseller(self):
        for partner in self:
            partner.is_csp_reseller = bool(partner.grade_id and not partner.parent_id)

    def _compute_csp_customer_count(self):
        counts = dict(
            self._read_group(
                [("csp_reseller_id", "in", self.ids)], ["csp_reseller_id"], ["__count"]
            )
        )
        for partner in self:
            partner.csp_customer_count = counts.get(partner, 0)

    # ----------------------------------------------------------------------
    # CONSTRAINTS
    # ----------------------------------------------------------------------

    @api.constrains("csp_reseller_id", "parent_id")
    def _check_csp_reseller(self):
        for partner in self.filtered("csp_reseller_id"):
            if partner.parent_id:
                raise ValidationError(
                    self.env._(
                        "%s is a contact of another company. Only a company of its "
                        "own can be an end customer of a reseller.",
                        partner.name,
                    )
                )
            if partner.csp_reseller_id.commercial_partner_id in (
                partner,
                partner.commercial_partner_id,
            ):
                raise ValidationError(
                    self.env._("%s cannot be its own reseller.", partner.name)
                )

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `partnership` to apply the level's pricelist at once."""
        partners = super().create(vals_list)
        partners.filtered("grade_id")._csp_sync_pricelist()
        return partners

    def write(self, vals):
        """Override of `partnership` to follow the level when it is taken away."""
        if "grade_id" not in vals:
            return super().write(vals)
        grades_before = {partner: partner.grade_id for partner in self}
        result = super().write(vals)
        for grade, partners in self.grouped(grades_before.get).items():
            partners._csp_sync_pricelist(grade)
        self._csp_follow_level()
        return result

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_view_csp_customers(self):
        """Open the end customers of a reseller."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("End customers of %s", self.name),
            "res_model": "res.partner",
            "view_mode": "list,kanban,form",
            "domain": [("csp_reseller_id", "=", self.id)],
            "context": {"default_csp_reseller_id": self.id, "default_is_company": True},
        }

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _csp_sync_pricelist(self, grade_before=None):
        """Give partners the pricelist of their agreement, else that of their level.

        Only a list that came from one of them is taken away, never one set by hand.
        """
        grade_before = grade_before or self.env["res.partner.grade"]
        for partner in self.commercial_partner_id:
            current = partner.specific_property_product_pricelist
            wanted = partner._csp_get_wanted_pricelist()
            was_compiled = (
                current.csp_agreement_id
                or current.csp_grade_id
                or (current and current == grade_before.default_pricelist_id)
            )
            if wanted and current != wanted:
                partner.specific_property_product_pricelist = wanted
            elif not wanted and not partner.grade_id and was_compiled:
                partner.specific_property_product_pricelist = False
