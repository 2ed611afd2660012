from odoo import api, fields, models
from odoo.exceptions import UserError

# What a confirmed order has told the vendor, or what its invoice is made of.
AGREED_FIELDS = {
    "product_id",
    "product_uom_id",
    "product_uom_qty",
    "price_unit",
    "discount",
}


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    csp_subscription_id = fields.Many2one(
        "csp.subscription",
        string="Subscription",
        copy=False,
        readonly=True,
        index="btree_not_null",
        help="The subscription that this line made, or that it renews.",
    )
    csp_renewal_date = fields.Date(
        string="Renews From",
        copy=False,
        readonly=True,
        help="First day of the term that this line offers.",
    )

    _csp_renewal_uniq = models.UniqueIndex(
        "(csp_subscription_id, csp_renewal_date) "
        "WHERE csp_renewal_date IS NOT NULL AND state != 'cancel'",
        "This term is offered already.",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("csp_renewal_date")
    def _compute_qty_to_invoice(self):
        """Override of `sale`: renewed terms are billed by period, not by order."""
        renewals = self.filtered("csp_renewal_date")
        renewals.qty_to_invoice = 0
        return super(SaleOrderLine, self - renewals)._compute_qty_to_invoice()

    @api.depends("csp_renewal_date")
    def _compute_invoice_status(self):
        """Override of `sale`: see `_compute_qty_to_invoice`."""
        renewals = self.filtered("csp_renewal_date")
        renewals.invoice_status = "no"
        return super(SaleOrderLine, self - renewals)._compute_invoice_status()

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        for line in lines.filtered(lambda line: line.order_id.state == "sale"):
            if line._csp_is_offer():
                line._csp_raise_agreed()
            line._csp_check_rebate()
        return lines

    def write(self, vals):
        names = vals.keys() & AGREED_FIELDS
        sold = names and self.filtered(lambda line: line.order_id.state == "sale")
        for line in sold or ():
            if line._csp_is_offer() and line._csp_has_other(vals, names):
                line._csp_raise_agreed()
        result = super().write(vals)
        for line in sold or ():
            if line._csp_is_offer() and not line.csp_subscription_id:
                line._csp_raise_agreed()
            line._csp_check_rebate()
        return result

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _csp_is_offer(self):
        self.ensure_one()
        return not self.display_type and self.product_id.is_csp_offer

    def _csp_is_rebate(self):
        """Tell whether the line takes money off the order."""
        self.ensure_one()
        if self.display_type or self.is_downpayment:
            return False
        return self.price_subtotal < 0 or self.price_unit * self.product_uom_qty < 0

    def _csp_has_other(self, vals, names):
        """Tell whether `vals` would really change one of the fields `names`."""
        self.ensure_one()
        for name in names:
            known, wanted = self[name], vals[name]
            if self._fields[name].type == "many2one":
                if known.id != (wanted or False):
                    return True
            elif abs(known - (wanted or 0.0)) > 1e-9:
                return True
        return False

    def _csp_raise_agreed(self):
        raise UserError(
            self.env._(
                "%(order)s is confirmed: the vendor delivers its cloud lines as "
                "ordered. Change the seats of the subscription, or make a new order.",
                order=self.order_id.name,
            )
        )

    def _csp_check_rebate(self):
        self.ensure_one()
        if self.order_id.has_csp_lines and self._csp_is_rebate():
            raise UserError(self.order_id._csp_get_rebate_message(self))

    def _csp_net_price(self):
        """Return the price per seat and billing period after the discount."""
        self.ensure_one()
        return round(self.price_unit * (1 - (self.discount or 0.0) / 100), 6)

    def _csp_get_renewal_loss(self):
        """Return what the line loses at the cost of the term that it offers."""
        self.ensure_one()
        if not self.csp_renewal_date:
            return 0.0
        # sudo: customers who accept learn whether the price stands, never the cost
        subscription = self.sudo().csp_subscription_id
        cost = subscription._get_cost_at(self.csp_renewal_date) * self.product_uom_qty
        loss = self.currency_id.round(cost) - self.price_subtotal
        return loss if self.currency_id.compare_amounts(loss, 0.0) > 0 else 0.0

    def _csp_prepare_subscription(self, contract, provider):
        """Return the values of the subscription that this line makes."""
        self.ensure_one()
        order = self.order_id
        product = self.product_id
        day = order.date_order or fields.Datetime.now()
        values = {
            "company_id": order.company_id.id,
            "contract_id": contract.id,
            "customer_id": order.csp_customer_id.commercial_partner_id.id,
            "reseller_id": order.csp_reseller_id.commercial_partner_id.id,
            "payer_id": order._csp_get_payer().id,
            "user_id": order.user_id.id,
            "product_id": product.id,
            "program_id": product.csp_program_id.id,
            "provider_id": provider.id,
            "tenant_id": order.csp_tenant_id.id,
            "order_line_id": self.id,
            "order_id": order.id,
            "quantity": int(self.product_uom_qty),
            "term": product.csp_term,
            "plan": product.csp_plan,
            "currency_id": order.currency_id.id,
            "unit_price": self._csp_net_price(),
            "erp_unit_price": self.csp_erp_price,
            "unit_cost": self.purchase_price,
            "cost_currency_id": order.currency_id.id,
        }
        price = product._csp_price_at(day, company=order.company_id).get(product.id)
        if price:
            rate = self.env["res.currency"]._get_conversion_rate(
                price.currency, order.currency_id, order.company_id, day.date()
            )
            values |= {
                "price_id": price.price_id,
                "unit_cost": self._csp_get_sold_cost(price),
                "cost_currency_id": price.currency.id,
                "currency_rate": rate,
            }
            if not self.csp_erp_price:
                values["erp_unit_price"] = order.currency_id.round(
                    float(price.erp) * rate
                )
        return values
