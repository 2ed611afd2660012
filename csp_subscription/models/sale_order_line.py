from odoo import api, fields, models


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
        "(csp_subscription_id, csp_renewal_date) WHERE csp_renewal_date IS NOT NULL",
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
    # BUSINESS
    # ----------------------------------------------------------------------

    def _csp_is_offer(self):
        self.ensure_one()
        return not self.display_type and self.product_id.is_csp_offer

    def _csp_net_price(self):
        """Return the price per seat and billing period after the discount."""
        self.ensure_one()
        return round(self.price_unit * (1 - (self.discount or 0.0) / 100), 6)

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
                "unit_cost": float(price.cost),
                "cost_currency_id": price.currency.id,
                "currency_rate": rate,
            }
            if not self.csp_erp_price:
                values["erp_unit_price"] = order.currency_id.round(
                    float(price.erp) * rate
                )
        return values
