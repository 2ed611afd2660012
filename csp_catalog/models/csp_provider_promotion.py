"""Reading a vendor's promotions through the provider, by hand and once a day."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.queue_job.exception import RetryableJobError

from .. import providers
from ..const import SEGMENTS


class CspProvider(models.Model):
    _inherit = "csp.provider"

    promotion_count = fields.Integer(
        string="Promotions", compute="_compute_promotion_count"
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    def _compute_promotion_count(self):
        counts = dict(
            self.env["csp.promotion"]._read_group(
                [("provider_id", "in", self.ids), ("is_running", "=", True)],
                ["provider_id"],
                ["__count"],
            )
        )
        for provider in self:
            provider.promotion_count = counts.get(provider, 0)

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_sync_promotions(self):
        """Read the vendor's promotions now and tell what was new."""
        self.env["csp.promotion"].check_access("write")
        counts = {}
        for provider in self:
            try:
                made = provider._sync_promotions()
            except providers.ProviderError as error:
                raise UserError(
                    self.env._(
                        "%(provider)s gave no promotions: %(reason)s",
                        provider=provider.name,
                        reason=str(error),
                    )
                ) from error
            for name, count in made.items():
                counts[name] = counts.get(name, 0) + count
        message = self.env._(
            "%(added)s new, %(changed)s changed, %(ended)s ended, %(unchanged)s as "
            "before.",
            **counts,
        )
        if counts.get("skipped"):
            message += " " + self.env._(
                "%s could not be read or are not sold here.", counts["skipped"]
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Promotions of the vendor"),
                "message": message,
                "type": "success",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_view_promotions(self):
        """Open the promotions that were read from here."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "csp_catalog.action_csp_promotion"
        )
        action["domain"] = [("provider_id", "=", self.id)]
        action["context"] = {"search_default_running": 1}
        return action

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    @api.model
    def _get_promotion_providers(self, company_ids=None):
        """Return the providers whose systems can be asked, of all companies or some."""
        domain = fields.Domain("mode", "!=", "disabled")
        domain &= fields.Domain("code", "!=", "manual")
        if company_ids is not None:
            domain &= fields.Domain("company_id", "in", company_ids)
        return self.search(domain)

    @api.private
    def _sync_promotions(self, moment=None):
        """Read every segment and book the list; return the counts.

        All segments are read before anything is booked: half a list would close the
        other half.
        """
        self.ensure_one()
        adapter = self._get_adapter()
        country = self.country_id.code or self.company_id.country_id.code or ""
        found = [
            promotion
            for segment, _label in SEGMENTS
            for promotion in adapter.fetch_promotions(country, segment)
        ]
        self._book_call()
        return (
            self.env["csp.promotion"]
            .with_company(self.company_id)
            ._book_vendor_list(self, found, moment)
        )

    def _sync_promotions_job(self):
        """Queue job: read the promotions; a vendor that is busy is asked again."""
        self.ensure_one()
        try:
            counts = self._sync_promotions()
        except providers.RetryableError as error:
            raise RetryableJobError(
                str(error), seconds=int(error.retry_after or 0) or None
            ) from error
        except providers.ProviderError as error:
            self._book_call(str(error))
            return f"refused: {error}"
        return f"{counts}"

    # ----------------------------------------------------------------------
    # CRON
    # ----------------------------------------------------------------------

    @api.model
    def _cron_sync_promotions(self):
        """Plan the daily reading: one job per provider."""
        for provider in self._get_promotion_providers():
            provider.with_delay(
                description=self.env._("Read promotions of %s", provider.name),
                identity_key=f"csp.provider.promotions:{provider.id}",
            )._sync_promotions_job()
