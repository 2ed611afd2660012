"""A row of a staged price sheet, for the preview."""

from odoo import fields, models

from ..const import ROW_STATUSES


class CspPriceSheetRow(models.Model):
    _name = "csp.price.sheet.row"
    _description = "Price Sheet Row"
    _order = "sheet_id, line_number, id"
    _rec_name = "title"

    sheet_id = fields.Many2one(
        "csp.price.sheet", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="sheet_id.company_id", store=True)
    line_number = fields.Integer(string="Row", aggregator=None)
    status = fields.Selection(ROW_STATUSES, required=True, index=True)

    # The offer, as the sheet writes it.
    title = fields.Char()
    product_ref = fields.Char(string="Product ID")
    sku_ref = fields.Char(string="SKU ID")
    segment = fields.Char()
    term = fields.Char()
    plan = fields.Char(string="Billing")
    market = fields.Char()
    currency = fields.Char()

    # Its money, before and after.
    old_unit_price = fields.Float(string="Old cost", digits=(16, 6), aggregator=None)
    unit_price = fields.Float(string="Cost", digits=(16, 6), aggregator=None)
    old_erp_price = fields.Float(
        string="Old list price", digits=(16, 6), aggregator=None
    )
    erp_price = fields.Float(string="List price", digits=(16, 6), aggregator=None)
    valid_from = fields.Datetime()
    valid_to = fields.Datetime()

    # Why it was refused.
    column = fields.Char()
    value = fields.Char()
    reason = fields.Char()
