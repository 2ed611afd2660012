"""The reasons that a discount is made of."""

from odoo import api, fields, models

from ..const import COMPONENT_REASONS


class CspAgreementComponent(models.Model):
    _name = "csp.agreement.component"
    _description = "Reason for a Discount"
    _order = "line_id, sequence, id"

    line_id = fields.Many2one(
        "csp.agreement.line", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="line_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    reason = fields.Selection(COMPONENT_REASONS, required=True)
    percent = fields.Float(string="Share (%)", digits=(5, 2), required=True)
    note = fields.Char()

    _percent_check = models.Constraint(
        "CHECK (percent > 0 AND percent < 100)",
        "A share must be more than 0 and less than 100 %.",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("reason", "percent")
    def _compute_display_name(self):
        reasons = dict(self._fields["reason"]._description_selection(self.env))
        for part in self:
            part.display_name = f"{reasons.get(part.reason, '')} {part.percent:g} %"

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Refuse reasons for what is no longer a draft."""
        parts = super().create(vals_list)
        if not self.env.su:
            parts.line_id.agreement_id._check_editable()
        return parts

    def write(self, vals):
        """Refuse changes to what is no longer a draft."""
        if not self.env.su:
            self.line_id.agreement_id._check_editable()
        result = super().write(vals)
        if "line_id" in vals and not self.env.su:
            self.line_id.agreement_id._check_editable()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_agreed(self):
        if not self.env.su:
            self.line_id.agreement_id._check_editable()
