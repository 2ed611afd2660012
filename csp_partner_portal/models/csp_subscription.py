from odoo import models

from odoo.addons.csp_subscription.const import LIVE_STATES


class CspSubscription(models.Model):
    _inherit = "csp.subscription"

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _csp_get_accesses(self):
        """Return the access data of these subscriptions and of their tenants."""
        return self.env["csp.access"].search(
            [
                "|",
                ("subscription_id", "in", self.ids),
                "&",
                ("subscription_id", "=", False),
                ("tenant_id", "in", self.tenant_id.ids),
            ],
            order="id",
        )

    def _csp_get_invoices(self):
        """Return the invoices that charge these subscriptions to their payer."""
        charges = self.env["csp.charge"].search(
            [("subscription_id", "in", self.ids), ("leg", "=", "sale")]
        )
        return charges.move_id | self.order_id.invoice_ids

    def _csp_can_change_seats(self):
        """Tell whether the page offers to change the seats now."""
        self.ensure_one()
        return self.state in LIVE_STATES and not self._csp_is_changing()

    def _csp_is_changing(self):
        """Tell whether the vendor is still to answer to a change."""
        self.ensure_one()
        return bool(self._get_open_tasks().filtered(lambda task: task.kind != "sync"))
