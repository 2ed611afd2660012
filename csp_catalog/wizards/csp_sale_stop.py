"""Stop the sale of a product group, with a reason."""

from odoo import fields, models


class CspSaleStop(models.TransientModel):
    _name = "csp.sale.stop"
    _description = "Stop the Sale of a Product Group"

    category_id = fields.Many2one(
        "product.category", string="Product group", required=True
    )
    reason = fields.Char(
        required=True, help="Colleagues read it on orders; customers do not."
    )

    def action_stop(self):
        """Stop the sale; the group checks who may."""
        self.ensure_one()
        self.category_id._csp_stop_sale(self.reason)
        return {"type": "ir.actions.act_window_close"}
