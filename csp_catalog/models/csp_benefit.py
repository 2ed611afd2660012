"""What a customer gets on top of an offer, for a time."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain


class CspBenefit(models.Model):
    _name = "csp.benefit"
    _description = "Offer Benefit"
    _order = "sequence, id"

    name = fields.Char(
        string="Benefit",
        required=True,
        translate=True,
        help="One sentence, as it is printed on quotations.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index="btree_not_null", help="Empty: all companies."
    )
    valid_from = fields.Date(help="First day. Empty: always was.")
    valid_to = fields.Date(
        string="Valid until", help="First day it is no longer valid. Empty: open end."
    )
    last_date = fields.Date(
        string="Last day", compute="_compute_last_date", help="As it is printed."
    )
    product_tmpl_ids = fields.Many2many(
        "product.template",
        "csp_benefit_product_template_rel",
        "benefit_id",
        "product_tmpl_id",
        string="Offers",
    )

    _dates_check = models.Constraint(
        "CHECK (valid_to IS NULL OR valid_from IS NULL OR valid_to > valid_from)",
        "A benefit cannot end before it starts.",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("valid_to")
    def _compute_last_date(self):
        for benefit in self:
            day = benefit.valid_to
            benefit.last_date = day - timedelta(days=1) if day else False

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _filter_valid(self, day):
        """Return those of these benefits that are valid on a day."""
        return self.filtered_domain(
            Domain("active", "=", True)
            & (Domain("valid_from", "=", False) | Domain("valid_from", "<=", day))
            & (Domain("valid_to", "=", False) | Domain("valid_to", ">", day))
        )
