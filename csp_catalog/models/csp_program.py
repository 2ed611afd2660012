"""A vendor's rule book."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import SALE_POLICIES


class CspProgram(models.Model):
    _name = "csp.program"
    _description = "Vendor Programme"
    _inherit = ["mail.thread"]
    _order = "sequence, name, id"

    # Identity.
    name = fields.Char(required=True, translate=True, tracking=True)
    code = fields.Char(
        required=True,
        copy=False,
        tracking=True,
        help="Short technical name, part of the key of every offer. Never changes.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, help="Leave empty to share it between companies."
    )
    partner_id = fields.Many2one(
        "res.partner", string="Vendor", domain=[("is_company", "=", True)]
    )
    description = fields.Text(translate=True)

    # What goes on sale when a sheet is applied.
    sale_policy = fields.Selection(
        SALE_POLICIES,
        string="New offers go on sale",
        required=True,
        default="all",
        tracking=True,
        help="Prices are kept for every row of a sheet, on sale or not.",
    )
    sale_rule_ids = fields.One2many(
        "csp.sale.rule", "program_id", string="What goes on sale"
    )

    # Content.
    rule_ids = fields.One2many("csp.program.rule", "program_id", string="Rules")
    provider_ids = fields.One2many("csp.provider", "program_id", string="Providers")
    offer_count = fields.Integer(compute="_compute_offer_count")
    sheet_count = fields.Integer(compute="_compute_sheet_count")

    _code_uniq = models.Constraint(
        "UNIQUE(code)", "There is already a programme with this code."
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    def _compute_offer_count(self):
        counts = dict(
            self.env["product.template"]._read_group(
                [("csp_program_id", "in", self.ids)], ["csp_program_id"], ["__count"]
            )
        )
        for program in self:
            program.offer_count = counts.get(program, 0)

    def _compute_sheet_count(self):
        counts = dict(
            self.env["csp.price.sheet"]._read_group(
                [("program_id", "in", self.ids)], ["program_id"], ["__count"]
            )
        )
        for program in self:
            program.sheet_count = counts.get(program, 0)

    # ----------------------------------------------------------------------
    # CONSTRAINTS
    # ----------------------------------------------------------------------

    @api.constrains("code")
    def _check_code(self):
        for program in self:
            if not program.code.replace("_", "").isalnum():
                raise UserError(
                    self.env._(
                        "The code %s may only have letters, digits and underscores.",
                        program.code,
                    )
                )

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    def write(self, vals):
        """Refuse a new code once offers carry it in their key."""
        if "code" in vals:
            changed = self.filtered(lambda program: program.code != vals["code"])
            if changed and self.env["product.template"].sudo().search_count(
                # sudo: counts only, whoever may rename must know of every offer.
                [("csp_program_id", "in", changed.ids)],
                limit=1,
            ):
                raise UserError(
                    self.env._("Offers use this code: it cannot be changed any more.")
                )
        return super().write(vals)

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_view_offers(self):
        """Open the offers of this programme."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "csp_catalog.action_csp_offer"
        )
        action["domain"] = [("csp_program_id", "=", self.id)]
        return action

    def action_view_sheets(self):
        """Open the price sheets of this programme."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "csp_catalog.action_csp_price_sheet"
        )
        action["domain"] = [("program_id", "=", self.id)]
        return action

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    @api.private
    def _get_rule(self, code, on_date):
        """Return the typed value of rule ``code`` valid on ``on_date``."""
        self.ensure_one()
        # sudo: rules are public terms of the vendor, portal pages need them as well.
        rules = self.sudo().rule_ids.filtered(
            lambda rule: rule.code == code and rule._is_valid_on(on_date)
        )
        if not rules:
            raise UserError(
                self.env._(
                    "The programme %(program)s has no rule “%(code)s” for %(date)s. "
                    "Add it under Configuration, Programmes, %(program)s, Rules.",
                    program=self.name,
                    code=code,
                    date=fields.Date.to_string(on_date),
                )
            )
        return rules[0]._get_value()
