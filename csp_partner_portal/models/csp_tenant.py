import logging

from odoo import models

from odoo.addons.csp_catalog.providers import ProviderError

_logger = logging.getLogger(__name__)


class CspTenant(models.Model):
    _inherit = "csp.tenant"

    def _csp_domain_errors(self, domain, *, customer, program, company, is_existing):
        """Return a message when the domain cannot be used, as {"domain": message}.

        Who uses a domain is not told, only that it cannot be had.
        """
        known = self.search(
            [
                ("program_id", "=", program.id),
                ("company_id", "=", company.id),
                ("domain", "=ilike", domain.replace("_", r"\_")),
            ],
            limit=1,
        )
        if known:
            if known.partner_id == customer:
                return {}
            return {
                "domain": self.env._(
                    "This domain cannot be used here. Choose another one, or contact "
                    "us if it is yours."
                )
            }
        if not is_existing and self._csp_is_taken(domain, program, company):
            return {
                "domain": self.env._(
                    "This domain is taken already. Choose another name, or choose "
                    "“I have an account” if it is yours."
                )
            }
        return {}

    def _csp_is_taken(self, domain, program, company):
        """Ask the vendor; without an answer the order's task will find out."""
        provider = self.env["csp.provider"].search(
            [
                ("program_id", "=", program.id),
                ("company_id", "=", company.id),
                ("mode", "!=", "disabled"),
            ],
            limit=1,
        )
        if not provider:
            return False
        try:
            return provider._get_adapter().is_domain_taken(domain)
        except ProviderError as error:
            _logger.info("The vendor did not tell whether a domain is free: %s", error)
            return False
