"""A vendor's price sheet: read, previewed, applied once."""

import base64

from odoo import api, fields, models
from odoo.exceptions import LockError, UserError, ValidationError

from odoo.addons.queue_job.exception import RetryableJobError

from ..const import MAX_PREVIEW_ROWS, SHEET_STATES, SHEET_TRANSITIONS, TIMELINES
from ..engine import prices
from ..engine import sheet as sheet_engine

VIEWS = [
    ("updatedlicensebased", "Licences"),
    ("licensebasedest", "Extended service terms"),
    ("licensebasedeos", "End of sale"),
    ("software", "Software"),
]


class CspPriceSheet(models.Model):
    _name = "csp.price.sheet"
    _description = "Price Sheet"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "create_date desc, id desc"

    # Identity.
    name = fields.Char(required=True, tracking=True)
    program_id = fields.Many2one(
        "csp.program", string="Programme", required=True, index=True
    )
    provider_id = fields.Many2one("csp.provider", index="btree_not_null")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    state = fields.Selection(
        SHEET_STATES,
        required=True,
        default="draft",
        copy=False,
        readonly=True,
        tracking=True,
    )

    # The file.
    source = fields.Selection(
        [("file", "Uploaded file"), ("provider", "Fetched from the provider")],
        required=True,
        default="file",
    )
    price_view = fields.Selection(
        VIEWS, string="List", required=True, default="updatedlicensebased"
    )
    market = fields.Char(
        size=2, help="Rows of another market are refused. Empty: all markets."
    )
    timeline = fields.Selection(TIMELINES, default="current", required=True)
    month = fields.Char(size=6, help="YYYYMM, for a past month.")
    is_complete = fields.Boolean(
        string="Complete list",
        help="The file lists everything on sale: prices that it no longer lists end "
        "when it is applied.",
    )
    file = fields.Binary(attachment=True, required=True, copy=False)
    file_name = fields.Char()
    checksum = fields.Char(copy=False, readonly=True)

    # What it would do, and what it did.
    row_ids = fields.One2many(
        "csp.price.sheet.row",
        "sheet_id",
        string="Changes",
        copy=False,
        domain=[("status", "!=", "refused")],
    )
    error_ids = fields.One2many(
        "csp.price.sheet.row",
        "sheet_id",
        string="Errors",
        copy=False,
        domain=[("status", "=", "refused")],
    )
    row_count = fields.Integer(string="Rows", copy=False, readonly=True)
    new_count = fields.Integer(string="New", copy=False, readonly=True)
    changed_count = fields.Integer(string="Changed", copy=False, readonly=True)
    ended_count = fields.Integer(string="Ended", copy=False, readonly=True)
    unchanged_count = fields.Integer(string="Unchanged", copy=False, readonly=True)
    refused_count = fields.Integer(string="Refused", copy=False, readonly=True)
    preview_limit = fields.Integer(compute="_compute_preview_limit")
    applied_at = fields.Datetime(string="Applied on", copy=False, readonly=True)
    price_ids = fields.One2many("csp.price", "sheet_id", string="Prices")

    _checksum_uniq = models.UniqueIndex(
        "(program_id, company_id, checksum)"
        " WHERE checksum IS NOT NULL AND state != 'applied'",
        "This very file is being imported already.",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    def _compute_preview_limit(self):
        for sheet in self:
            shown = sheet.new_count + sheet.changed_count + sheet.ended_count
            sheet.preview_limit = (
                MAX_PREVIEW_ROWS
                if max(shown, sheet.refused_count) > MAX_PREVIEW_ROWS
                else 0
            )

    # ----------------------------------------------------------------------
    # CONSTRAINTS
    # ----------------------------------------------------------------------

    @api.constrains("provider_id", "company_id", "program_id")
    def _check_provider(self):
        for sheet in self.filtered("provider_id"):
            provider = sheet.provider_id
            if (
                provider.company_id != sheet.company_id
                or provider.program_id != sheet.program_id
            ):
                raise ValidationError(
                    self.env._(
                        "The provider %s belongs to another company or programme.",
                        provider.name,
                    )
                )

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    def write(self, vals):
        """Refuse another file or programme once the sheet has been applied."""
        fixed = {"file", "program_id", "company_id", "market", "is_complete"}
        if fixed & set(vals) and any(
            sheet.state in ("applying", "applied") for sheet in self
        ):
            raise UserError(self.env._("An applied price sheet is never changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_applied(self):
        if any(sheet.state in ("applying", "applied") for sheet in self):
            raise UserError(self.env._("An applied price sheet is never deleted."))

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_stage(self):
        """Read the file and show what it would change."""
        self.check_access("write")
        for sheet in self:
            sheet._stage()

    def action_apply(self):
        """Apply in the background."""
        self.check_access("write")
        for sheet in self:
            if sheet.state != "staged":
                raise UserError(
                    self.env._("Only a sheet that is ready to apply can be applied.")
                )
            sheet._check_outdated()
            if sheet._set_applying():
                sheet.with_delay(
                    description=self.env._("Apply price sheet %s", sheet.name),
                    identity_key=f"csp.price.sheet.apply:{sheet.id}",
                )._apply()

    def action_view_prices(self):
        """Open the prices that this sheet has brought."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "csp_catalog.action_csp_price"
        )
        action["domain"] = [("sheet_id", "=", self.id)]
        action["context"] = {}
        return action

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    @api.model
    def _import(self, content, **values):
        """Create a sheet from a file and stage it; a file known already is returned.

        Known is a file that waits to be applied or that nothing has overruled since.
        A vendor who goes back to former prices sends a former file once more.

        :param bytes content: CSV, or a zip with one CSV in it
        :param values: field values, at least ``name`` and ``program_id``
        """
        company_id = values.get("company_id") or self.env.company.id
        known = self.search(
            [
                ("program_id", "=", values["program_id"]),
                ("company_id", "=", company_id),
                ("checksum", "=", sheet_engine.checksum(content)),
            ],
            order="id desc",
            limit=1,
        )
        if known and not known._is_overruled():
            return known
        sheet = self.create({**values, "file": base64.b64encode(content)})
        sheet._stage()
        return sheet

    def _stage(self):
        """Read the file and keep, for the preview, what it would change."""
        self.ensure_one()
        if self.state not in SHEET_TRANSITIONS["staged"] + ("staged",):
            raise UserError(self.env._("The price sheet %s is applied.", self.name))
        result = self._parse()
        (self.row_ids + self.error_ids).unlink()
        self.write({"checksum": result.checksum, "row_count": result.row_count})
        if not result.is_accepted:
            self._book_refusal(result)
            return self._set_refused()
        changes = self._get_diff(result.rows)
        self._book_preview(changes)
        if not self.market:
            markets = {row.market for row in result.rows}
            if len(markets) == 1:
                self.market = markets.pop()
        return self._set_staged()

    def _parse(self):
        """Read the file as the engine does."""
        self.ensure_one()
        content = base64.b64decode(self.with_context(bin_size=False).file or b"")
        return sheet_engine.parse(content, market=self.market or None)

    def _get_diff(self, rows):
        """Return what ``rows`` would change in the stored prices."""
        self.ensure_one()
        markets = {row.market for row in rows}
        known = self.env["csp.price"].search_fetch(
            [
                ("program_id", "=", self.program_id.id),
                ("company_id", "=", self.company_id.id),
                ("market", "in", list(markets)),
                ("is_superseded", "=", False),
            ],
            [*self.env["csp.price"]._get_row_fields(), "sheet_id"],
        )
        changes = prices.diff(rows, [price._build_row() for price in known])
        if self.is_complete:
            same_list = known.filtered(
                lambda price: price.sheet_id.price_view == self.price_view
            )
            prices.add_withdrawn(
                changes, rows, [price._build_row() for price in same_list]
            )
        return changes

    def _book_refusal(self, result):
        """Keep the errors of the file, row by row."""
        self._write_counts({}, result.error_count)
        self.env["csp.price.sheet.row"].create(
            [
                {
                    "sheet_id": self.id,
                    "status": "refused",
                    "line_number": error.line,
                    "column": error.column,
                    "value": error.value,
                    "reason": error.reason,
                }
                for error in result.errors
            ]
        )

    def _book_preview(self, changes):
        """Keep the first changes for the preview, and count all of them."""
        self._write_counts(changes.counts, 0)
        shown = [
            change for change in changes.changes if change.status != prices.UNCHANGED
        ]
        self.env["csp.price.sheet.row"].create(
            [
                {
                    "sheet_id": self.id,
                    **self.env["csp.price.sheet.row"]._prepare_change(change),
                }
                for change in shown[:MAX_PREVIEW_ROWS]
            ]
        )

    def _write_counts(self, counts, refused):
        self.write(
            {
                "new_count": counts.get(prices.NEW, 0),
                "changed_count": counts.get(prices.CHANGED, 0),
                "ended_count": counts.get(prices.ENDED, 0),
                "unchanged_count": counts.get(prices.UNCHANGED, 0),
                "refused_count": refused,
            }
        )

    def _apply(self):
        """Book the prices of the file and put its offers on sale.

        Reads the file again and compares again: what is booked is what is true now.
        Applying twice books nothing the second time.
        """
        self.ensure_one()
        try:
            # One sheet of a programme at a time; the unique index on the price's
            # identity stops what slips through.
            self.program_id.lock_for_update()
            self.lock_for_update()
        except LockError as error:
            raise RetryableJobError(
                "Another price sheet of this programme is being applied.",
                seconds=30,
                ignore_retry=True,
            ) from error
        if self.state == "applied":
            return self.browse()
        if self.state not in SHEET_TRANSITIONS["applied"]:
            raise UserError(
                self.env._("The price sheet %s is not ready to apply.", self.name)
            )
        result = self._parse()
        if not result.is_accepted or result.checksum != self.checksum:
            raise UserError(
                self.env._("The file of %s has changed: read it again.", self.name)
            )
        changes = self._get_diff(result.rows)
        self._check_outdated(changes)
        products = self._book_prices(changes)
        self._write_counts(changes.counts, 0)
        products.with_company(self.company_id)._csp_sync_offers(products)
        self.applied_at = fields.Datetime.now()
        return self._set_applied()

    # ----------------------------------------------------------------------
    # STATE
    # ----------------------------------------------------------------------

    def _set_staged(self):
        return self._update_state("staged")

    def _set_refused(self):
        return self._update_state("refused")

    def _set_applying(self):
        return self._update_state("applying")

    def _set_applied(self):
        return self._update_state("applied")

    def _update_state(self, target):
        """Move to ``target`` what may move; return what moved."""
        ready = self.filtered(
            lambda sheet: (
                sheet.state != target and sheet.state in SHEET_TRANSITIONS[target]
            )
        )
        ready.write({"state": target})
        return ready
