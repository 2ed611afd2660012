"""A connection to a vendor's or an upstream distributor's system."""

import logging

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .. import providers
from ..const import PROVIDER_CODES, PROVIDER_MODES

_logger = logging.getLogger(__name__)

# Where a transaction keeps the tokens that it has yet to store.
TOKENS = "csp_catalog.refresh_tokens"


class CspProvider(models.Model):
    _name = "csp.provider"
    _description = "Provider Connection"
    _inherit = ["mail.thread"]
    _order = "sequence, name, id"

    # Identity.
    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    code = fields.Selection(
        PROVIDER_CODES, string="System", required=True, default="manual", tracking=True
    )
    mode = fields.Selection(
        PROVIDER_MODES,
        required=True,
        default="disabled",
        copy=False,
        tracking=True,
        help="Disabled: nothing is sent. Test: plain http is allowed, on this machine "
        "only. Enabled: real orders.",
    )
    program_id = fields.Many2one(
        "csp.program", string="Programme", required=True, index=True
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )

    # Addresses. Empty means the vendor's documented ones.
    base_url = fields.Char(string="API address", tracking=True)
    token_url = fields.Char(string="Sign-in address", tracking=True)
    pricesheet_url = fields.Char(string="Price sheet address", tracking=True)

    # Who we are at the vendor.
    tenant_ref = fields.Char(string="Our tenant")
    country_id = fields.Many2one("res.country", string="Market")
    mpn_id = fields.Char(string="Partner ID")
    client_id = fields.Char(string="Application ID")

    # Secrets: administrators of the system only.
    client_secret = fields.Char(groups="base.group_system", copy=False)
    refresh_token = fields.Char(groups="base.group_system", copy=False)

    # What happened last.
    last_call_at = fields.Datetime(string="Last call", readonly=True, copy=False)
    last_error = fields.Text(readonly=True, copy=False)

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_test_connection(self):
        """Sign in at the provider and tell how it went."""
        self.ensure_one()
        self.check_access("write")
        try:
            self._get_adapter().ping()
        except providers.ProviderError as error:
            self._book_call(str(error))
            message, kind = str(error), "danger"
        else:
            self._book_call()
            message, kind = (
                self.env._("%s answered. All is well.", self.name),
                "success",
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Connection test"),
                "message": message,
                "type": kind,
                "sticky": kind == "danger",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _prepare_config(self):
        """Return the keyword arguments of the adapter's configuration."""
        self.ensure_one()
        # sudo: the secrets go to the adapter only and never come back from it.
        provider = self.sudo()
        return {
            "mode": provider.mode if provider.active else "disabled",
            "base_url": provider.base_url or "",
            "token_url": provider.token_url or "",
            "pricesheet_url": provider.pricesheet_url or "",
            "tenant_id": provider.tenant_ref or "",
            "client_id": provider.client_id or "",
            "client_secret": provider.client_secret or "",
            "refresh_token": self._get_refresh_token(),
            "country": provider.country_id.code or "",
            "mpn_id": provider.mpn_id or "",
        }

    @api.private
    def _get_adapter(self, log=None):
        """Return the adapter of this connection; ``log`` hears every exchange."""
        self.ensure_one()
        return providers.get_adapter(
            self.code,
            providers.ProviderConfig(**self._prepare_config()),
            log=log,
            on_refresh_token=self._store_refresh_token,
        )

    def _store_refresh_token(self, token):
        """Keep a refresh token that the vendor has rotated, after this transaction.

        Two calls at once both get a new one. Writing it here would let the second
        fail after the vendor has carried it out; and it is renewed even when the
        call's own transaction is rolled back.
        """
        self.ensure_one()
        self.env.cr.postcommit.data.setdefault(TOKENS, {})[self.id] = token
        self._write_apart(refresh_token=token)

    def _write_apart(self, **values):
        """Write columns in a transaction of its own, when this one has ended.

        Calls run at the same time. None of them may fail, and be sent again, because
        another one has noted something on the provider meanwhile.
        """
        self.ensure_one()
        assignments = SQL(", ").join(
            SQL("%s = %s", SQL.identifier(name), value)
            for name, value in values.items()
        )
        query = SQL("UPDATE csp_provider SET %s WHERE id = %s", assignments, self.id)
        for callbacks in (self.env.cr.postcommit, self.env.cr.postrollback):
            callbacks.add(lambda: self._execute_apart(query))

    def _execute_apart(self, query):
        try:
            with self.env.registry.cursor() as cr:
                cr.execute(query, log_exceptions=False)
        except OperationalError as error:
            _logger.info("provider %s: another call wrote as well: %s", self.id, error)

    def _get_refresh_token(self):
        """Return the newest token that this transaction knows."""
        # sudo: the secrets go to the adapter only and never come back from it.
        stored = self.sudo().refresh_token or ""
        return self.env.cr.postcommit.data.get(TOKENS, {}).get(self.id, stored)

    @api.private
    def _fetch_price_sheet(
        self, market, timeline="current", month=None, view="updatedlicensebased"
    ):
        """Download a price sheet; return the adapter's ``PriceSheetFile``."""
        self.ensure_one()
        try:
            sheet = self._get_adapter().fetch_price_sheet(
                market, view=view, timeline=timeline, month=month
            )
        except providers.ProviderError as error:
            raise UserError(
                self.env._(
                    "%(provider)s gave no price sheet: %(reason)s",
                    provider=self.name,
                    reason=str(error),
                )
            ) from error
        self._book_call()
        return sheet

    def _book_call(self, error=None):
        """Remember when we last talked to the provider and what went wrong."""
        self._write_apart(last_call_at=fields.Datetime.now(), last_error=error)
