"""A vendor's price sheet: read, previewed, applied once."""

import base64

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..const import MAX_PREVIEW_ROWS, SHEET_STATES, SHEET_TRANSITIONS, TIMELINES
from ..engine import sheet as sheet_engine

VIEWS = [
    ("updatedlicensebased", "Licences"),
    ("licensebasedest", "Extended service terms"),
    ("licensebasedeos", "End of sale"),
    ("software", "Software"),
]

# States in which the sheet's prices exist.
USED = ("applying", "applied", "undone")


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
    preview_row_ids = fields.One2many(
        "csp.price.sheet.row", string="First changes", compute="_compute_preview"
    )
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
    preview_limit = fields.Integer(compute="_compute_preview")
    applied_at = fields.Datetime(string="Applied on", copy=False, readonly=True)
    applied_by_id = fields.Many2one(
        "res.users", string="Applied by", copy=False, readonly=True
    )
    price_ids = fields.One2many("csp.price", "sheet_id", string="Prices")

    _checksum_uniq = models.UniqueIndex(
        "(program_id, company_id, checksum)"
        " WHERE checksum IS NOT NULL AND state NOT IN ('applied', 'undone')",
        "This very file is being imported already.",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("state", "row_count")
    def _compute_preview(self):
        for sheet in self:
            shown = sheet.new_count + sheet.changed_count + sheet.ended_count
            sheet.preview_limit = MAX_PREVIEW_ROWS if shown > MAX_PREVIEW_ROWS else 0
            sheet.preview_row_ids = self.env["csp.price.sheet.row"].search(
                [("sheet_id", "=", sheet._origin.id), ("status", "!=", "refused")],
                limit=MAX_PREVIEW_ROWS,
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
        fixed = {
            "file",
            "program_id",
            "company_id",
            "market",
            "is_complete",
            "as_of",
        }
        if fixed & set(vals) and any(sheet.state in USED for sheet in self):
            raise UserError(self.env._("An applied price sheet is never changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_applied(self):
        if any(sheet.state in USED for sheet in self):
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
            if sheet._set_applying():
                sheet.applied_by_id = self.env.user
                sheet._delay_apply()

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
                ("state", "!=", "undone"),
            ],
            order="id desc",
            limit=1,
        )
        if known and not known._is_overruled():
            return known
        sheet = (
            self.with_context(csp_no_index=True)
            .create({**values, "file": base64.b64encode(content)})
            .with_env(self.env)
        )
        # The file lies in the store: its text form need not stay in memory as well.
        sheet.flush_recordset()
        sheet.invalidate_recordset(["file"])
        sheet._stage()
        return sheet

    def _stage(self):
        """Read the file and keep, for the preview, what it would change."""
        self.ensure_one()
        if self.state not in SHEET_TRANSITIONS["staged"] + ("staged",):
            raise UserError(self.env._("The price sheet %s is applied.", self.name))
        result = self._check_currencies(self._parse())
        self._drop_rows()
        self.write({"checksum": result.checksum, "row_count": result.row_count})
        if not result.is_accepted:
            self._book_refusal(result)
            return self._set_refused()
        self._book_plan(result.rows)
        if not self.market:
            markets = {row.market for row in result.rows}
            if len(markets) == 1:
                self.market = markets.pop()
        return self._set_staged()

    def _parse(self):
        """Read the file as the engine does."""
        self.ensure_one()
        return sheet_engine.parse(self._read_file(), market=self.market or None)

    def _check_currencies(self, result):
        """Return the result, refused where this database lacks a currency."""
        codes = {row.currency for row in result.rows}
        missing = codes - self.env["product.product"]._csp_get_currencies(codes).keys()
        if not missing:
            return result
        errors = tuple(
            sheet_engine.SheetError(
                row.line,
                "Currency",
                self.env._("This currency is not set up in Odoo."),
                row.currency,
            )
            for row in result.rows
            if row.currency in missing
        )
        return result._replace(
            rows=(),
            errors=errors[: sheet_engine.MAX_ERRORS],
            error_count=len(errors),
        )

    def _read_file(self):
        """Return the bytes of the file as they lie in the store."""
        self.ensure_one()
        attachment = (
            self.env["ir.attachment"]
            # sudo: the attachment of a field is read by who may read the record.
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_field", "=", "file"),
                    ("res_id", "=", self.id),
                ],
                limit=1,
            )
        )
        content = attachment.raw or b""
        # Megabytes that nobody asks for again in this transaction.
        attachment.invalidate_recordset(["raw", "datas"])
        self.invalidate_recordset(["file"])
        return content

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

    def _set_undone(self):
        return self._update_state("undone")

    def _update_state(self, target):
        """Move to ``target`` what may move; return what moved."""
        ready = self.filtered(
            lambda sheet: (
                sheet.state != target and sheet.state in SHEET_TRANSITIONS[target]
            )
        )
        ready.write({"state": target})
        return ready
