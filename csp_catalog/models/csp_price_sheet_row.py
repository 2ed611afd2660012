"""A row of a staged price sheet, for the preview."""

from odoo import api, fields, models

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
    term = fields.Char(string="Term Code")
    plan = fields.Char(string="Billing Code")
    term_label = fields.Char(string="Term", compute="_compute_labels")
    plan_label = fields.Char(string="Billing", compute="_compute_labels")
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

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("term", "plan")
    def _compute_labels(self):
        """Say the vendor's codes in words; unknown ones stay as they are."""
        fields_of_price = self.env["csp.price"]._fields
        terms, plans = (
            dict(fields_of_price[name]._description_selection(self.env))
            for name in ("term", "plan")
        )
        for row in self:
            row.term_label = terms.get(row.term, row.term)
            row.plan_label = plans.get(row.plan, row.plan)

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    @api.model
    def _prepare_change(self, change):
        """Return the values that show one change of the engine's comparison."""
        row, known = change.row, change.known
        source = row or known
        return {
            "status": change.status,
            "line_number": row.line if row else 0,
            "title": (row.sku_title or row.title) if row else False,
            "product_ref": source.product_ref,
            "sku_ref": source.sku_ref,
            "segment": source.segment,
            "term": source.term,
            "plan": source.plan,
            "market": source.market,
            "currency": source.currency,
            "unit_price": float(source.unit_price),
            "erp_price": float(source.erp_price),
            "old_unit_price": float(known.unit_price) if known else 0.0,
            "old_erp_price": float(known.erp_price) if known else 0.0,
            "valid_from": source.valid_from or False,
            "valid_to": source.valid_to or False,
        }
