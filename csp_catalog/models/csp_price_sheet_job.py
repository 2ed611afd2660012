"""Stopping, resuming and taking up the background job of a price sheet."""

from odoo import api, models
from odoo.exceptions import UserError


class CspPriceSheet(models.Model):
    _inherit = "csp.price.sheet"

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_cancel(self):
        """Stop applying; nothing of the sheet has counted yet."""
        self.check_access("write")
        for sheet in self:
            sheet._lock_apply()
            if sheet.state != "applying" or sheet.apply_phase == "sale":
                raise UserError(
                    self.env._(
                        "The prices of %s are in force already. Undo it instead.",
                        sheet.name,
                    )
                )
            sheet._drop_pending()
            sheet.write({"apply_phase": False, "is_running": False})
            sheet.write({"state": "staged"})

    def action_resume(self):
        """Go on where a stopped worker has left off."""
        self.check_access("write")
        for sheet in self:
            if sheet.state != "applying":
                raise UserError(self.env._("%s is not being applied.", sheet.name))
            sheet._delay_apply()

    # ----------------------------------------------------------------------
    # CRON
    # ----------------------------------------------------------------------

    @api.model
    def _cron_resume_apply(self):
        """Hourly: take up sheets whose job got lost."""
        for sheet in self.search([("state", "=", "applying")]):
            # sudo: only tells whether a job is there. A failed one waits for a person.
            has_job = (
                self.env["queue.job"]
                .sudo()
                .search_count(
                    [
                        ("identity_key", "=", sheet._get_identity_key()),
                        ("state", "not in", ("done", "cancelled")),
                    ],
                    limit=1,
                )
            )
            if not has_job:
                sheet._delay_apply()
