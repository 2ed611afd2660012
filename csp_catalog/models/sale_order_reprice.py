"""Prices of cloud offers follow the day and the buyer of their order."""

from odoo import api, models

# What a line's price is made of, beside the line's own product and quantity.
PRICE_FIELDS = ("pricelist_item_id", "price_unit", "discount")


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    def write(self, vals):
        """Override of `sale` to price offers anew where day or buyer change."""
        result = super().write(vals)
        if not self._csp_get_repricing_fields().isdisjoint(vals):
            self.order_line._csp_reprice()
        return result

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    @api.onchange("date_order", "partner_id", "pricelist_id")
    def _onchange_csp_reprice(self):
        """Show the prices of the other day or buyer before the order is saved."""
        self.order_line._csp_reprice()

    @api.model
    def _csp_get_repricing_fields(self):
        """Return the names of the order's fields that decide about prices."""
        return {"date_order", "partner_id", "pricelist_id"}


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _csp_reprice(self):
        """Have the prices of offers computed anew; those set by hand stay.

        Told here and not by the dependencies of the fields: these would touch ordinary
        lines as well, whose prices Odoo leaves alone until somebody asks.
        """
        lines = self.filtered(
            lambda line: line._csp_has_terms() and not line._csp_keeps_price()
        )
        for name in PRICE_FIELDS:
            field = self._fields[name]
            if field.store:
                self.env.add_to_compute(field, lines)
            else:
                lines.invalidate_recordset([name])
