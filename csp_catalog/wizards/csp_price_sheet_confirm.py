"""Let prices fall below cost, knowingly."""

from odoo import fields, models
from odoo.exceptions import UserError


class CspPriceSheetConfirm(models.TransientModel):
    _name = "csp.price.sheet.confirm"
    _description = "Confirm Prices Below Cost"

    sheet_id = fields.Many2one("csp.price.sheet", required=True, ondelete="cascade")
    floor_break_count = fields.Integer(related="sheet_id.floor_break_count")
    minimum_break_count = fields.Integer(related="sheet_id.minimum_break_count")
    impact_ids = fields.One2many(related="sheet_id.impact_ids")
    is_understood = fields.Boolean(string="Apply although these prices lose money")
    reason = fields.Char(required=True)

    def action_confirm(self):
        """Record the confirmation and apply the sheet."""
        self.ensure_one()
        if not self.is_understood:
            raise UserError(
                self.env._("Tick the box to let these prices fall below cost.")
            )
        self.sheet_id._confirm_floor(self.reason)
        return self.sheet_id.action_apply() or {"type": "ir.actions.act_window_close"}
