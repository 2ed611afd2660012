"""Which of two price sheets is the later word of the vendor.

Every sheet speaks of a moment. What is true of a price is what the sheet of the latest
moment says that names it, whichever was imported first: an older sheet is merged under
the newer ones.
"""

from datetime import datetime

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine.prices import NewerSheet


class CspPriceSheet(models.Model):
    _inherit = "csp.price.sheet"

    as_of = fields.Datetime(
        string="Speaks of",
        required=True,
        copy=False,
        help="Of two sheets that name the same price, the one that speaks of the later "
        "moment wins, whichever is imported first.",
    )
    apply_order = fields.Integer(copy=False, readonly=True)
    is_last_applied = fields.Boolean(compute="_compute_is_last_applied")

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("state", "apply_order")
    def _compute_is_last_applied(self):
        for sheet in self:
            sheet.is_last_applied = (
                sheet.state == "applied" and sheet == sheet._get_last_applied()
            )

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Give every sheet the moment it speaks of."""
        for vals in vals_list:
            if not vals.get("as_of"):
                vals["as_of"] = self._get_moment(
                    vals.get("timeline") or "current", vals.get("month")
                )
        return super().create(vals_list)

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    @api.model
    def _get_moment(self, timeline, month):
        """Return the moment a list speaks of.

        The first instant of its month where one is named; next month's for a list of
        the future; otherwise the moment it was fetched.
        """
        now = fields.Datetime.now()
        if month:
            try:
                return datetime.strptime(month, "%Y%m")
            except ValueError:
                raise UserError(
                    self.env._("Write the month as year and month, such as 202601.")
                ) from None
        if timeline == "future":
            return datetime(now.year, now.month, 1) + relativedelta(months=1)
        return now

    def _get_age(self):
        """Return the sort key; of one moment, the later import is the correction."""
        self.ensure_one()
        return (self.as_of, self.id)

    def _get_siblings_domain(self):
        """Return the domain of the applied sheets of this programme and company."""
        self.ensure_one()
        return [
            ("program_id", "=", self.program_id.id),
            ("company_id", "=", self.company_id.id),
            ("state", "=", "applied"),
        ]

    def _get_last_applied(self):
        """Return the sheet that was applied last; only this one can be undone."""
        return self.search(
            self._get_siblings_domain(), order="apply_order desc, id desc", limit=1
        )

    def _get_newer_sheets(self, markets):
        """Return what applied sheets of a later moment name, for the engine.

        Their files are read again. That is the price of an order that is rare.
        """
        self.ensure_one()
        found = []
        for sheet in self.search(
            [
                *self._get_siblings_domain(),
                ("as_of", ">=", self.as_of),
                ("market", "in", [*markets, False]),
                ("id", "!=", self._origin.id),
            ]
        ):
            if sheet._get_age() < self._get_age():
                continue
            rows = sheet._parse().rows
            found.append(
                NewerSheet(
                    sheet.id,
                    sheet.as_of,
                    sheet.price_view,
                    sheet.is_complete,
                    frozenset(row.market for row in rows),
                    frozenset(row.identity for row in rows),
                )
            )
        return found

    def _is_overruled(self):
        """Tell whether another sheet about the same has been applied since."""
        self.ensure_one()
        if self.state != "applied":
            return False
        return bool(
            self.search_count(
                [
                    *self._get_siblings_domain(),
                    ("apply_order", ">", self.apply_order),
                    ("price_view", "=", self.price_view),
                    ("market", "in", [self.market, False]),
                ]
                if self.market
                else [
                    *self._get_siblings_domain(),
                    ("apply_order", ">", self.apply_order),
                    ("price_view", "=", self.price_view),
                ],
                limit=1,
            )
        )
