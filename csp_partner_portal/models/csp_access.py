from odoo import models


class CspAccess(models.Model):
    _inherit = "csp.access"

    def _csp_prepare_answer(self):
        """Return what a page may show before anybody asks for the secret."""
        self.ensure_one()
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return {
            "id": self.id,
            "kind": kinds[self.kind],
            "url": self.url or "",
            "username": self.username or "",
            "has_secret": self.has_secret,
        }
