import logging
from datetime import timedelta

from odoo import fields, models

from odoo.addons.csp_catalog.providers import ProviderError

# A cart that nobody pays keeps a domain for so long.
CLAIM_LIFETIME = timedelta(days=1)

_logger = logging.getLogger(__name__)


class CspTenant(models.Model):
    _inherit = "csp.tenant"

    def _csp_domain_errors(self, domain, *, customer, program, company, is_existing):
        """Return a message when the domain cannot be used, as {"domain": message}.

        Who uses a domain is not told, only that it cannot be had.
        """
        known = self._csp_find_domain(domain, program, company)
        if known and not (known.partner_id != customer and known._csp_is_lapsed()):
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

    def _csp_find_domain(self, domain, program, company):
        """Return the tenant with that domain, whoever has it."""
        return self.search(
            [
                ("program_id", "=", program.id),
                ("company_id", "=", company.id),
                ("domain", "=ilike", domain.replace("_", r"\_")),
            ],
            limit=1,
        )

    def _csp_is_lapsed(self):
        """Tell whether somebody only typed this domain once and ordered nothing.

        A domain belongs to who orders for it, not to who names it first. What
        colleagues have entered stays.
        """
        self.ensure_one()
        # sudo: only whether an order or payment rests on the domain is told.
        tenant = self.sudo()
        if (
            tenant.vendor_ref
            or tenant.subscription_ids
            or not tenant.create_uid.share
            or fields.Datetime.now() - tenant.create_date < CLAIM_LIFETIME
        ):
            return False
        orders = tenant.env["sale.order"].search([("csp_tenant_id", "=", tenant.id)])
        return all(order.state in ("draft", "cancel") for order in orders) and not any(
            payment.state in ("pending", "authorized", "done")
            for payment in orders.transaction_ids
        )

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
