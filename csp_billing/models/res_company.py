from odoo import fields, models

from ..engine.periods import local_day


class ResCompany(models.Model):
    _inherit = "res.company"

    csp_billing_journal_id = fields.Many2one(
        "account.journal",
        string="Journal of Cloud Invoices",
        check_company=True,
        domain="[('type', '=', 'sale')]",
        help="Empty: the first sales journal of the company.",
    )
    csp_send_invoices = fields.Boolean(
        string="Send Cloud Invoices by Email",
        default=True,
        help="Invoices are sent in the background after they were posted.",
    )
    csp_require_tax = fields.Boolean(
        string="Hold Lines Without Tax",
        help="Put a payer on hold when a line of the invoice would carry no tax.",
    )

    def _csp_today(self):
        """Return today's date where the company is."""
        self.ensure_one()
        zone = self.partner_id.tz or self.env.user.tz or "UTC"
        return local_day(fields.Datetime.now(), zone)
