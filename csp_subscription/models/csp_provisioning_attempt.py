from odoo import fields, models


class CspProvisioningAttempt(models.Model):
    """One step tried at the provider, scrubbed of secrets."""

    _name = "csp.provisioning.attempt"
    _description = "Provisioning Attempt"
    _order = "id desc"
    _rec_name = "outcome"

    task_id = fields.Many2one(
        "csp.provisioning.task", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="task_id.company_id", store=True, index=True)
    at = fields.Datetime(required=True, default=fields.Datetime.now)
    outcome = fields.Selection(
        [
            ("continue", "Step done"),
            ("done", "Done"),
            ("waiting", "Waiting"),
            ("retry", "Try again"),
            ("unknown", "Outcome unknown"),
            ("refused", "Refused"),
            ("error", "Error"),
        ],
        required=True,
    )
    is_lookup = fields.Boolean(string="Looked Up")
    request = fields.Text(string="Requests")
    answer = fields.Text(string="Answers")
    message = fields.Char()
    duration = fields.Float(string="Seconds", digits=(8, 3))
