"""Vendor cost, list price and where they come from, on every line."""

from odoo import fields, models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    csp_price_id = fields.Many2one(
        "csp.price",
        string="Vendor price",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        groups="base.group_user",
    )
    csp_erp_price = fields.Float(
        string="List price per period",
        min_display_digits="Product Price",
        copy=False,
        readonly=True,
    )
    csp_price_ref = fields.Char(
        string="Price source", copy=False, readonly=True, groups="base.group_user"
    )
