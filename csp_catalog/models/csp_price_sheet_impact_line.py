"""The effect of a staged price sheet, per level and agreement, and per price."""

from odoo import api, fields, models

from ..const import PLAN_SELECTION, TERM_SELECTION


class CspPriceSheetImpact(models.Model):
    """The effect of a staged price sheet on one level or agreement."""

    _name = "csp.price.sheet.impact"
    _description = "Impact of a Price Sheet"
    _inherit = "csp.audience"
    _order = "sheet_id desc, floor_break_count desc, margin_after, id"

    sheet_id = fields.Many2one(
        "csp.price.sheet",
        string="Price sheet",
        required=True,
        index=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="sheet_id.company_id", store=True)
    offer_count = fields.Integer(string="Offers touched", readonly=True)
    price_count = fields.Integer(string="Prices touched", readonly=True)

    # Shares of the price, over the offers that had a price before.
    margin_before = fields.Float(
        string="Average margin before", readonly=True, aggregator="avg"
    )
    margin_after = fields.Float(
        string="Average margin after", readonly=True, aggregator="avg"
    )
    margin_difference = fields.Float(
        string="Change of margin",
        compute="_compute_margin_difference",
        store=True,
        aggregator="avg",
    )
    worst_before = fields.Float(
        string="Worst margin before", readonly=True, aggregator="min"
    )
    worst_after = fields.Float(
        string="Worst margin after", readonly=True, aggregator="min"
    )
    floor_break_count = fields.Integer(
        string="Below cost", readonly=True, help="Prices below the new vendor cost."
    )
    minimum_break_count = fields.Integer(
        string="Below minimum margin",
        readonly=True,
        help="Prices that leave the reseller less of the list price than promised.",
    )
    offer_ids = fields.One2many("csp.price.sheet.impact.offer", "impact_id")

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("grade_id.name", "agreement_id.display_name", "partner_id.name")
    def _compute_display_name(self):
        for line in self:
            agreement = line.agreement_id
            line.display_name = (
                f"{line.partner_id.name}, {agreement.display_name}"
                if agreement
                else line.grade_id.name
            )

    @api.depends("margin_before", "margin_after")
    def _compute_margin_difference(self):
        for line in self:
            line.margin_difference = round(line.margin_after - line.margin_before, 4)

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_view_offers(self):
        """Open the prices behind this line, the worst first."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "csp_catalog.action_csp_price_sheet_impact_offer"
        )
        action["domain"] = [("impact_id", "=", self.id)]
        action["context"] = {}
        return action


class CspPriceSheetImpactOffer(models.Model):
    """One price of a staged sheet as one level or agreement would pay it."""

    _name = "csp.price.sheet.impact.offer"
    _description = "Impact of a Price Sheet on an Offer"
    _order = "impact_id, id"
    _rec_name = "title"

    impact_id = fields.Many2one(
        "csp.price.sheet.impact",
        string="Sold by",
        required=True,
        index=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="impact_id.company_id", store=True)
    currency_id = fields.Many2one(related="impact_id.currency_id")
    product_id = fields.Many2one(
        "product.product", string="Offer", readonly=True, ondelete="cascade"
    )
    title = fields.Char(readonly=True)
    product_ref = fields.Char(string="Product ID", readonly=True)
    sku_ref = fields.Char(string="SKU ID", readonly=True)
    term = fields.Selection(TERM_SELECTION, readonly=True)
    plan = fields.Selection(PLAN_SELECTION, string="Billing", readonly=True)
    quantity = fields.Integer(string="From quantity", readonly=True, aggregator=None)
    start_at = fields.Datetime(string="From", readonly=True)
    is_new = fields.Boolean(string="New", readonly=True)

    # One seat and billing period.
    price_before = fields.Monetary(readonly=True, aggregator=None)
    price_after = fields.Monetary(readonly=True, aggregator=None)
    cost_before = fields.Float(
        digits=(16, 6), readonly=True, aggregator=None, groups="base.group_user"
    )
    cost_after = fields.Float(
        digits=(16, 6), readonly=True, aggregator=None, groups="base.group_user"
    )
    margin_before = fields.Float(readonly=True, aggregator="avg")
    margin_after = fields.Float(readonly=True, aggregator="avg")
    reseller_margin = fields.Float(
        string="Reseller's margin",
        readonly=True,
        aggregator="avg",
        help="Share of the list price that the reseller keeps.",
    )
    is_floor_break = fields.Boolean(string="Below cost", readonly=True)
    is_minimum_break = fields.Boolean(string="Below minimum margin", readonly=True)
