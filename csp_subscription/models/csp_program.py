from odoo import models


class CspProgram(models.Model):
    _inherit = "csp.program"

    def _csp_get_provider(self, company):
        """Return the provider of `company` that fulfils orders of this programme."""
        self.ensure_one()
        # sudo: sales people and customers order without a right on providers
        providers = self.sudo().provider_ids.filtered(
            lambda p: (
                p.mode != "disabled" and (not p.company_id or p.company_id == company)
            )
        )
        return providers.sorted(lambda p: (p.mode != "enabled", p.sequence, p.id))[:1]

    def _csp_get_optional_rule(self, code, on_date, default):
        """Return the rule's value; `default` when the programme never had the rule.

        A rule that exists but is not valid on that day is still an error.
        """
        self.ensure_one()
        # sudo: rules are public terms of the vendor
        if code not in self.sudo().rule_ids.mapped("code"):
            return default
        return self._get_rule(code, on_date)
