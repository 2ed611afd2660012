"""How much may be taken off a price by hand without asking."""

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    csp_discount_limit = fields.Float(
        string="Discount by hand without approval (%)",
        digits=(5, 2),
        default=100.0,
        groups="base.group_user",
        help="Of the price that levels, agreements and promotions make. 100: never ask "
        "for a discount alone; selling below cost is always asked for.",
    )


class ResPartnerGrade(models.Model):
    _inherit = "res.partner.grade"

    csp_discount_limit = fields.Float(
        string="Discount by hand without approval (%)",
        digits=(5, 2),
        groups="base.group_user",
        help="For buyers of this level; 0: the company's limit.",
    )


class ResUsers(models.Model):
    _inherit = "res.users"

    csp_discount_limit = fields.Float(
        string="Discount by hand without approval (%)",
        digits=(5, 2),
        groups="base.group_user",
        help="For quotations of this salesperson; 0: the limit of the level or of the "
        "company.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    csp_discount_limit = fields.Float(
        related="company_id.csp_discount_limit", readonly=False
    )
