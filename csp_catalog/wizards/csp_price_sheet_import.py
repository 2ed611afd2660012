"""Bring a price sheet in: as a file, or straight from the provider."""

import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import TIMELINES
from ..models.csp_price_sheet import VIEWS


class CspPriceSheetImport(models.TransientModel):
    _name = "csp.price.sheet.import"
    _description = "Import a Price Sheet"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    program_id = fields.Many2one(
        "csp.program",
        string="Programme",
        required=True,
        default=lambda self: self.env["csp.program"].search([], limit=1),
    )
    source = fields.Selection(
        [("file", "Upload a file"), ("provider", "Fetch from the provider")],
        required=True,
        default="file",
    )

    # A file.
    file = fields.Binary(attachment=False)
    file_name = fields.Char()

    # A provider.
    provider_id = fields.Many2one(
        "csp.provider",
        domain="[('program_id', '=', program_id), ('company_id', '=', company_id),"
        " ('mode', '!=', 'disabled')]",
        compute="_compute_provider_id",
        store=True,
        readonly=False,
    )
    price_view = fields.Selection(
        VIEWS, string="List", required=True, default="updatedlicensebased"
    )
    timeline = fields.Selection(TIMELINES, default="current", required=True)
    month = fields.Char(size=6, help="YYYYMM, for a past month.")
    as_of = fields.Datetime(
        string="Speaks of",
        compute="_compute_as_of",
        store=True,
        readonly=False,
        required=True,
        help="Of two sheets that name the same price, the one that speaks of the later "
        "moment wins, whichever is imported first.",
    )

    # Both.
    market = fields.Char(
        size=2,
        default=lambda self: self.env.company.country_id.code,
        help="Two letters. With a file: empty takes every market of the file.",
    )
    is_complete = fields.Boolean(
        string="Complete list",
        compute="_compute_is_complete",
        store=True,
        readonly=False,
        help="Prices that the list no longer shows end when it is applied.",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("program_id", "source", "company_id")
    def _compute_provider_id(self):
        for wizard in self:
            wizard.provider_id = (
                wizard.source == "provider"
                and (
                    wizard.program_id.provider_ids.filtered(
                        lambda provider, company=wizard.company_id: (
                            provider.mode != "disabled"
                            and provider.company_id == company
                        )
                    )[:1]
                )
            )

    @api.depends("source", "timeline")
    def _compute_is_complete(self):
        for wizard in self:
            wizard.is_complete = (
                wizard.source == "provider" and wizard.timeline == "current"
            )

    @api.depends("timeline", "month")
    def _compute_as_of(self):
        sheets = self.env["csp.price.sheet"]
        for wizard in self:
            try:
                wizard.as_of = sheets._get_moment(wizard.timeline, wizard.month)
            except UserError:
                # Half typed: the month is checked when the sheet is made.
                wizard.as_of = fields.Datetime.now()

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_import(self):
        """Stage the sheet and open its preview."""
        self.ensure_one()
        content, name = self._read_source()
        sheet = self.env["csp.price.sheet"]._import(
            content, **self._prepare_sheet(name)
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "csp.price.sheet",
            "res_id": sheet.id,
            "view_mode": "form",
        }

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _read_source(self):
        """Return (content, file name)."""
        if self.source == "file":
            if not self.file:
                raise UserError(self.env._("Choose a file first."))
            return base64.b64decode(self.file), self.file_name or "price_sheet.csv"
        if not self.provider_id:
            raise UserError(
                self.env._(
                    "Choose a provider. Providers are set up under Configuration."
                )
            )
        if not self.market:
            raise UserError(self.env._("Choose a market, such as DE."))
        fetched = self.provider_id._fetch_price_sheet(
            self.market.upper(),
            timeline=self.timeline,
            month=self.month or None,
            view=self.price_view,
        )
        return fetched.content, fetched.name

    def _prepare_sheet(self, name):
        """Return the values of the price sheet."""
        is_fetched = self.source == "provider"
        parts = [self.program_id.name, self.market, self.month or self.timeline]
        return {
            "name": " ".join(part for part in parts if part) if is_fetched else name,
            "program_id": self.program_id.id,
            "provider_id": self.provider_id.id if is_fetched else False,
            "company_id": self.company_id.id,
            "source": self.source,
            "price_view": self.price_view,
            "market": (self.market or "").upper() or False,
            "timeline": self.timeline,
            "month": self.month,
            "as_of": self.as_of,
            "is_complete": self.is_complete,
            "file_name": name,
        }
