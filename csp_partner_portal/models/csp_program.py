from odoo import fields, models


class CspProgram(models.Model):
    _inherit = "csp.program"

    def _csp_domain_suffix(self):
        """Return the domain under which new accounts are created, or nothing."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        # sudo: rules are public terms of the vendor
        rule = self.sudo().rule_ids.filtered(
            lambda rule: (
                rule.code == "tenant_domain_suffix" and rule._is_valid_on(today)
            )
        )
        return rule[:1].value or ""
