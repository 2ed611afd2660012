"""Guards of an order with cloud offers."""

from odoo import fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    csp_floor_approved_by = fields.Many2one(
        "res.users", string="Below-cost sale approved by", copy=False, readonly=True
    )
