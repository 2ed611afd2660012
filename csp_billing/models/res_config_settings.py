from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    csp_billing_journal_id = fields.Many2one(
        related="company_id.csp_billing_journal_id", readonly=False
    )
    csp_send_invoices = fields.Boolean(
        related="company_id.csp_send_invoices", readonly=False
    )
    csp_require_tax = fields.Boolean(
        related="company_id.csp_require_tax", readonly=False
    )
