"""The first period of a subscription, and where to find its invoices."""

from odoo import models

from ..const import LEG_SALE


class CspSubscription(models.Model):
    _inherit = "csp.subscription"

    # ----------------------------------------------------------------------
    # BUSINESS - FIRST PERIOD
    # ----------------------------------------------------------------------

    def _on_activated(self):
        """Override to charge the first period and invoice the order when complete."""
        result = super()._on_activated()
        self._charge_first_period()
        # sudo: delivery works for whoever ordered; the order is theirs
        self.sudo().order_id._csp_invoice_first_period()
        return result

    def _charge_first_period(self):
        """Book the period that begins with the service; both legs."""
        charges = self.env["csp.charge"]
        for start, group in self.grouped("start_date").items():
            if not start:
                continue
            # sudo: see `_on_activated`
            lines = {s: s.order_line_id for s in group.sudo() if s.order_line_id}
            charges |= group._book_charges(
                group._plan_charges(start), first_lines=lines
            )
        return charges

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    def _get_unknown_text(self):
        self.ensure_one()
        return self.env._(
            "The vendor does not list %s any more. It is billed when its state is "
            "known again.",
            self.name,
        )

    def _get_csp_invoices(self):
        """Return the invoices and credit notes that hold charges of these."""
        # sudo: only the ids are taken from the ledger; reading the invoices is
        # checked as usual
        charges = (
            self.env["csp.charge"]
            .sudo()
            .search(
                [
                    ("subscription_id", "in", self.ids),
                    ("leg", "=", LEG_SALE),
                    ("invoice_line_id", "!=", False),
                ]
            )
        )
        return self.env["account.move"].browse(charges.move_id.ids)
