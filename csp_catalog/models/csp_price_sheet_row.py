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
    tier_min = fields.Integer(string="From quantity", aggregator=None)
    tier_max = fields.Integer(string="To quantity", aggregator=None)
    sku_title = fields.Char(string="SKU title")
    publisher = fields.Char()
    description = fields.Char()
    tags = fields.Char()
    end_of_sale = fields.Datetime()

    # What applying it does, and what undoing it needs.
    verb = fields.Selection(
        [
            ("create", "New price"),
            ("replace", "Corrects a price"),
            ("close", "Moves the end of a price"),
        ],
        readonly=True,
    )
    known_id = fields.Many2one("csp.price", string="Stored price", readonly=True)
    old_valid_to = fields.Datetime(string="Old end", readonly=True)
    old_ended_by_id = fields.Many2one("csp.price.sheet", readonly=True)
    ended_by_id = fields.Many2one("csp.price.sheet", readonly=True)

    # Its money, before and after.
    old_unit_price = fields.Float(string="Old cost", digits=(16, 6), aggregator=None)
    unit_price = fields.Float(string="Cost", digits=(16, 6), aggregator=None)
    old_erp_price = fields.Float(
        string="Old list price", digits=(16, 6), aggregator=None
    )
    erp_price = fields.Float(string="List price", digits=(16, 6), aggregator=None)
    cost_change = fields.Float(
        string="Cost change",
        digits=(16, 4),
        aggregator="avg",
        readonly=True,
        help="Share of the old cost; 0.05 is five per cent more.",
    )
    erp_change = fields.Float(
        string="List price change", digits=(16, 4), aggregator="avg", readonly=True
    )
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
