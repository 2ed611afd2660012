"""Prices of an order follow its end customer."""

from odoo import api, fields, models

# Who buys and who uses decides about promotions, limits and lists.
PRICE_PARTIES = {"csp_customer_id", "partner_id"}


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    def write(self, vals):
        """Leave out parties that are there already: prices were promised to them.

        Odoo computes what depends on a written field, even where the value is the same.
        """
        same = {
            name
            for name in PRICE_PARTIES & vals.keys()
            if all(order[name].id == (vals[name] or False) for order in self)
        }
        kept = {name: value for name, value in vals.items() if name not in same}
        return super().write(kept)

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    def _csp_get_end_customer(self):
        """Override of `csp_catalog`: the company that uses the service."""
        self.ensure_one()
        customer = self.csp_customer_id.commercial_partner_id
        return customer or super()._csp_get_end_customer()

    @api.model
    def _csp_get_customer_domain(self, customer):
        """Override of `csp_catalog`: whoever ordered for the customer."""
        return fields.Domain(
            "csp_customer_id.commercial_partner_id", "=", customer.id
        ) | (
            fields.Domain("csp_customer_id", "=", False)
            & super()._csp_get_customer_domain(customer)
        )

    @api.onchange("csp_customer_id")
    def _onchange_csp_customer(self):
        """Show the prices for another end customer before the order is saved."""
        self.order_line._csp_reprice()

    @api.model
    def _csp_get_repricing_fields(self):
        """Override of `csp_catalog`: promotions count per end customer."""
        return super()._csp_get_repricing_fields() | {"csp_customer_id"}


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("order_id.csp_customer_id")
    def _compute_csp_terms(self):
        """Override of `csp_catalog`: limits count per end customer."""
        return super()._compute_csp_terms()

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _csp_get_sold_cost(self, price):
        """Return the cost of a seat that was sold, in the currency of ``price``.

        The agreement with the vendor, its promotions and the special bid of the order
        lower the vendor's price.
        """
        self.ensure_one()
        if price.currency == self.currency_id:
            return self.purchase_price
        fall = self._csp_get_waterfall()
        if not fall or not fall.list_cost:
            return float(price.cost)
        return float(price.cost * fall.cost / fall.list_cost)
