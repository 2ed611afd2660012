from odoo import models

# Domain under which a vendor creates new accounts.
DOMAIN_SUFFIXES = {"microsoft_nce": "onmicrosoft.com"}


class CspProgram(models.Model):
    _inherit = "csp.program"

    def _csp_domain_suffix(self):
        """Return the domain under which new accounts are created, or nothing."""
        return DOMAIN_SUFFIXES.get(self.code, "")
