"""From a price sheet to the renewals that it touches."""

from odoo import models


class CspPriceSheet(models.Model):
    _inherit = "csp.price.sheet"

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_renewal_impact(self):
        """Open the look at the renewals under this sheet; make it the first time."""
        self.ensure_one()
        runs = self.env["csp.price.impact"]
        run = runs.search([("sheet_id", "=", self.id)], limit=1)
        if not run:
            run = runs.create({"sheet_id": self.id, "company_id": self.company_id.id})
            run.action_compute()
        return run._get_records_action()
