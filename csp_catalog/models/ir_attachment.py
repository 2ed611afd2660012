"""Price sheets are not searched for words."""

from odoo import api, models


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    @api.model
    def _index(self, *args, **kwargs):
        """Override of `base`: no copy of a large file as text in the database."""
        if self.env.context.get("csp_no_index"):
            return False
        return super()._index(*args, **kwargs)
