"""What a reseller asks from its own customers, where the vendor leaves it open."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CspResalePrice(models.Model):
    _name = "csp.resale.price"
    _description = "Resale Price"
    _order = "reseller_id, product_id, customer_id, date_start desc, id desc"
    _rec_name = "product_id"

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    reseller_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self._default_reseller_id(),
    )
    customer_id = fields.Many2one(
        "res.partner",
        string="End customer",
        index="btree_not_null",
        ondelete="cascade",
        help="Empty: all customers of the reseller.",
    )
    product_id = fields.Many2one(
        "product.product",
        string="Offer",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("is_csp_offer", "=", True)],
    )
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    price = fields.Monetary(
        required=True, help="Per seat and billing period, without taxes."
    )
    date_start = fields.Date(default=fields.Date.context_today, required=True)
    date_end = fields.Date(help="The last day.")

    _uniq = models.UniqueIndex(
        "(company_id, reseller_id, COALESCE(customer_id, 0), product_id, currency_id,"
        " date_start)",
        "There is already a price of this offer from that day on.",
    )
    _price_positive = models.Constraint(
        "CHECK (price >= 0)", "A price cannot be negative."
    )
    _dates_order = models.Constraint(
        "CHECK (date_end IS NULL OR date_end >= date_start)",
        "A price ends after it starts.",
    )

    @api.model
    def _default_reseller_id(self):
        partner = self.env.user.partner_id.commercial_partner_id
        return partner if partner.is_csp_reseller else False

    # ----------------------------------------------------------------------
    # CONSTRAINTS
    # ----------------------------------------------------------------------

    @api.constrains("reseller_id", "customer_id")
    def _check_parties(self):
        # sudo: compares companies only; a person of the reseller writes the price.
        for price in self.sudo():
            reseller = price.reseller_id
            # Names of companies and products are not told to whoever wrote their ids.
            if not reseller.is_csp_reseller:
                raise ValidationError(self.env._("This company is not a reseller."))
            customer = price.customer_id.commercial_partner_id
            if customer and customer.csp_reseller_id != reseller:
                raise ValidationError(
                    self.env._(
                        "A resale price is for the reseller's own customers only."
                    )
                )

    @api.constrains("price", "product_id")
    def _check_price(self):
        is_employee = self.env.user._is_internal()
        for price in self:
            product = price.sudo().product_id  # sudo: reads flags of the offer
            # Resellers learn the names of offers when these go on sale.
            if not product.is_csp_offer or not (is_employee or product.sale_ok):
                raise ValidationError(
                    self.env._("Resale prices are set for cloud offers only.")
                )
            is_free = (
                "csp_is_partner_priced" in product._fields
                and product.csp_is_partner_priced
            )
            if not price.price and not is_free:
                raise ValidationError(
                    self.env._(
                        "This offer cannot be given away: its price is not set by "
                        "partners."
                    )
                )

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    def write(self, vals):
        """Refuse to hand a price to another reseller or company.

        Record rules look at a row as it was before the change.
        """
        result = super().write(vals)
        if {"reseller_id", "company_id"} & vals.keys():
            self.check_access("write")
        return result

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    @api.model
    def _get_prices(self, products, reseller, moment, company, currency, customer=None):
        """Return ``{product id: price record}`` that hold on a day, in one query.

        A price for the customer comes before one for all; a later one before an
        earlier one. Only prices in the wanted currency count.
        """
        day = fields.Datetime.to_datetime(moment).date()
        reseller = reseller.commercial_partner_id
        customer = customer.commercial_partner_id if customer else customer
        # sudo: looks at the prices of the one reseller that is asked for; who may ask
        # is checked by the caller.
        records = self.sudo().search(
            [
                ("product_id", "in", products.ids),
                ("reseller_id", "=", reseller.id),
                ("customer_id", "in", [False, *(customer.ids if customer else [])]),
                ("company_id", "=", company.id),
                ("currency_id", "=", currency.id),
                ("date_start", "<=", day),
                "|",
                ("date_end", "=", False),
                ("date_end", ">=", day),
            ],
            order="date_start desc, id desc",
        )
        found = {}
        for record in records.sorted(lambda record: not record.customer_id):
            found.setdefault(record.product_id.id, record)
        return found
