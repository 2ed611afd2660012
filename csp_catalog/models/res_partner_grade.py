"""Partner levels with a discount off the list price."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResPartnerGrade(models.Model):
    _inherit = "res.partner.grade"

    csp_discount = fields.Float(
        string="Discount off list price (%)",
        digits=(5, 2),
        # Levels are published: their names, not what their partners pay.
        groups="base.group_user",
        help="Partners of this level pay the vendor's list price less this share. "
        "A pricelist of the level's name is kept in step.",
    )
    csp_pricelist_ids = fields.One2many("product.pricelist", "csp_grade_id")
    csp_min_reseller_margin = fields.Float(
        string="Minimum reseller margin (%)",
        digits=(5, 2),
        groups="base.group_user",
        help="The least share of the list price that partners of this level were "
        "promised to keep. New prices that leave them less are listed before they "
        "take effect.",
    )

    # ----------------------------------------------------------------------
    # CONSTRAINTS
    # ----------------------------------------------------------------------

    @api.constrains("csp_discount")
    def _check_csp_discount(self):
        for grade in self:
            if not 0 <= grade.csp_discount < 100:
                raise ValidationError(
                    self.env._("The discount must be at least 0 and less than 100 %.")
                )

    @api.constrains("csp_min_reseller_margin")
    def _check_csp_min_reseller_margin(self):
        for grade in self:
            if not 0 <= grade.csp_min_reseller_margin < 100:
                raise ValidationError(
                    self.env._(
                        "The minimum margin must be at least 0 and less than 100 %."
                    )
                )

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `partnership` to give the level its pricelist."""
        grades = super().create(vals_list)
        grades.filtered("csp_discount")._csp_sync_pricelist()
        return grades

    def write(self, vals):
        """Override of `partnership` to keep the pricelist in step."""
        result = super().write(vals)
        if {"csp_discount", "name", "active", "company_id"} & set(vals):
            self.filtered(
                lambda grade: grade.csp_discount or grade.csp_pricelist_ids
            )._csp_sync_pricelist()
        if "default_pricelist_id" in vals:
            partners = self.env["res.partner"].search([("grade_id", "in", self.ids)])
            partners._csp_sync_pricelist()
            self._csp_sync_agreements()
        return result

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _csp_sync_pricelist(self):
        """Create or update the level's own pricelist; leave a hand-made one alone."""
        # sudo: whoever may edit levels decides their lists, which only product
        # managers may write.
        for grade in self.sudo():
            pricelist = grade.with_context(active_test=False).csp_pricelist_ids[:1]
            if not pricelist and grade.default_pricelist_id:
                continue
            if not pricelist:
                pricelist = pricelist.create(grade._prepare_csp_pricelist())
            else:
                grade._csp_update_pricelist(pricelist)
            if not grade.default_pricelist_id:
                grade.default_pricelist_id = pricelist

    def _csp_sync_agreements(self):
        """Let the agreements that stand on these levels find the levels' new list."""
        # sudo: as in `_csp_sync_pricelist`.
        agreements = self.env["csp.agreement"].sudo()
        found = agreements.search(
            [("grade_id", "in", self.ids), ("state", "=", "active")]
        )
        found.partner_id._csp_follow_level()

    def _prepare_csp_pricelist(self):
        """Return the values of the level's pricelist."""
        self.ensure_one()
        company = self.company_id or self.env.company
        values = {
            "name": self.name,
            "csp_grade_id": self.id,
            "company_id": self.company_id.id,
            "currency_id": company.currency_id.id,
            "sequence": 100,
            "item_ids": [fields.Command.create(self._prepare_csp_pricelist_item())],
        }
        # With a website set, or offered for choice, visitors would see the list.
        pricelist_fields = self.env["product.pricelist"]._fields
        if "website_id" in pricelist_fields:
            values["website_id"] = False
        if "selectable" in pricelist_fields:
            values["selectable"] = False
        return values

    def _prepare_csp_pricelist_item(self):
        """Return the values of the one rule of the level's pricelist."""
        self.ensure_one()
        return {
            "applied_on": "3_global",
            "base": "list_price",
            "compute_price": "percentage",
            "percent_price": self.csp_discount,
        }

    def _csp_update_pricelist(self, pricelist):
        """Write what differs only: each write empties the caches of all workers."""
        self.ensure_one()
        values = {}
        if pricelist.name != self.name:
            values["name"] = self.name
        if pricelist.active != self.active:
            values["active"] = self.active
        if pricelist.company_id != self.company_id:
            values["company_id"] = self.company_id.id
        if values:
            pricelist.write(values)
        item = pricelist.item_ids.filtered(lambda rule: rule.applied_on == "3_global")
        if not item:
            pricelist.item_ids = [
                fields.Command.create(self._prepare_csp_pricelist_item())
            ]
        elif item[0].percent_price != self.csp_discount:
            item[0].percent_price = self.csp_discount
