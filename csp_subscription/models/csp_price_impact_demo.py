"""The demonstration's look at the renewals under next month's prices."""

from odoo import api, models


class CspPriceImpact(models.Model):
    _inherit = "csp.price.impact"

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    @api.model
    def _csp_demo_compute(self):
        """Compute the effect of the sheet that is ready to apply, at once."""
        sheet = self.env["csp.price.sheet"].search(
            [("state", "=", "staged"), ("timeline", "=", "future")], limit=1
        )
        if not sheet or self.search_count([("sheet_id", "=", sheet.id)]):
            return
        run = self.create({"sheet_id": sheet.id, "company_id": sheet.company_id.id})
        run._reset()
        run._run_chunk(0)
