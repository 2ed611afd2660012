from odoo import fields, models

from ..const import BATCH_STATES


class CspBillingBatch(models.Model):
    """Payers of a run whose invoices are drafted by one job."""

    _name = "csp.billing.batch"
    _description = "Billing Batch"
    _order = "id"

    run_id = fields.Many2one(
        "csp.billing.run", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True, index=True)
    payer_ids = fields.Many2many(
        "res.partner",
        string="Payers",
        readonly=True,
        context={"active_test": False},
        help="Archived ones too: they are put on hold with that reason.",
    )
    payer_count = fields.Integer(readonly=True)
    move_count = fields.Integer(string="Invoices", readonly=True)
    state = fields.Selection(
        BATCH_STATES, required=True, default="waiting", readonly=True
    )
