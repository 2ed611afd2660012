from odoo import api, fields, models

from ..const import CHARGE_KINDS


class CspBillingPreview(models.Model):
    """What a run would charge. Thrown away by the next preview."""

    _name = "csp.billing.preview"
    _description = "Billing Preview Line"
    _order = "payer_id, subscription_id, period_start, id"

    run_id = fields.Many2one(
        "csp.billing.run", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True, index=True)
    payer_id = fields.Many2one("res.partner", readonly=True)
    subscription_id = fields.Many2one("csp.subscription", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    kind = fields.Selection(CHARGE_KINDS, readonly=True)
    period_start = fields.Date(readonly=True)
    period_end = fields.Date(readonly=True)
    period_last_date = fields.Date(
        string="Through", compute="_compute_period_last_date"
    )
    quantity = fields.Integer(string="Seats", readonly=True)
    factor_text = fields.Char(string="Part of the Period", readonly=True)
    amount = fields.Monetary(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    is_pending = fields.Boolean(
        string="Booked Before", readonly=True, help="Booked, but not invoiced yet."
    )
    error = fields.Char(readonly=True)

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("period_end")
    def _compute_period_last_date(self):
        for line in self:
            end = line.period_end
            line.period_last_date = end and fields.Date.subtract(end, days=1)
