"""Which of two price sheets is the newer one; an old one overrules nothing."""

from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.exceptions import UserError

from ..engine import prices


class CspPriceSheet(models.Model):
    _inherit = "csp.price.sheet"

    # ----------------------------------------------------------------------
    # CONSTRAINTS
    # ----------------------------------------------------------------------

    def _check_outdated(self, changes=None):
        """Refuse a sheet that would bring back prices older than the applied ones.

        A past month may still fill the history: prices that have ended already.
        """
        self.ensure_one()
        newer = self._get_applied_siblings().filtered(self._is_older_than)[:1]
        if not newer:
            return
        if changes is None:
            changes = self._get_diff(self._parse().rows)
        now = fields.Datetime.now()
        if all(
            change.status == prices.UNCHANGED
            or (
                change.known is None
                and change.row.valid_to
                and change.row.valid_to <= now
            )
            for change in changes.changes
        ):
            return
        raise UserError(
            self.env._(
                "The price sheet %(newer)s is newer and has been applied: %(sheet)s "
                "would bring back older prices. Import the latest list instead.",
                newer=newer.name,
                sheet=self.name,
            )
        )

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    def _get_applied_siblings(self):
        """Return the other applied sheets about the same offers, the latest first."""
        self.ensure_one()
        domain = fields.Domain(
            [
                ("id", "!=", self.id),
                ("program_id", "=", self.program_id.id),
                ("company_id", "=", self.company_id.id),
                ("price_view", "=", self.price_view),
                ("state", "=", "applied"),
            ]
        )
        if self.market:
            domain &= fields.Domain("market", "in", [self.market, False])
        return self.search(domain, order="applied_at desc, id desc")

    def _is_overruled(self):
        """Tell whether another sheet has been applied since this one was."""
        self.ensure_one()
        if self.state != "applied":
            return False
        applied = (self.applied_at, self.id)
        return any(
            (sheet.applied_at, sheet.id) > applied
            for sheet in self._get_applied_siblings()
        )

    def _is_older_than(self, other):
        """Tell whether ``other`` is a later word of the vendor on the same days."""
        self.ensure_one()
        if other.timeline == "future" and self.timeline != "future":
            # Prices of next month leave those of today alone.
            return False
        return self._get_age() < other._get_age()

    def _get_age(self):
        """Return the sort key of a sheet: its month, then when it was imported."""
        self.ensure_one()
        month = self.create_date
        if self.timeline == "future":
            month += relativedelta(months=1)
        return (self.month or month.strftime("%Y%m"), self.create_date, self.id)
