"""Quotations for end customers: who made them, how long their prices hold."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ..const import QUOTE_HOLD_DAYS

AUTHOR_ROLES = [
    ("distributor", "Distributor"),
    ("reseller", "Reseller"),
    ("customer", "Customer"),
]


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # Who wrote it
    csp_author_id = fields.Many2one(
        "res.users",
        string="Made by",
        default=lambda self: self.env.user,
        copy=False,
        readonly=True,
    )
    csp_author_role = fields.Selection(
        AUTHOR_ROLES,
        string="Made in the role of",
        default=lambda self: self.env.user._csp_author_role(),
        copy=False,
        readonly=True,
        index=True,
    )

    # How long its prices hold
    is_csp_quote = fields.Boolean(
        string="Partner quotation",
        copy=False,
        readonly=True,
        help="A reseller's quotation for its end customer, made in the portal.",
    )
    csp_hold_ended_at = fields.Datetime(
        string="Price hold ended on",
        copy=False,
        readonly=True,
        help="When the prices of the quotation were computed anew, after its validity.",
    )

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _csp_create_portal_quote(self, partner, customer, product, quantity):
        """Create the quotation of a reseller for its customer and hold its prices."""
        order = self._csp_create_portal_order(partner, customer, product, quantity)
        order.write(
            {
                "is_csp_quote": True,
                "require_signature": False,
                "require_payment": False,
                "validity_date": order._csp_next_validity(),
            }
        )
        order.with_context(tracking_disable=True).action_quotation_sent()
        return order

    def _csp_add_quote_line(self, product, quantity):
        """Add an offer to an open quotation; the lines that are there keep prices."""
        self.ensure_one()
        if self.state != "sent":
            raise UserError(self.env._("%s is not open any more.", self.name))
        self.order_line = [
            Command.create({"product_id": product.id, "product_uom_qty": quantity})
        ]

    def _csp_next_validity(self):
        """Return until when prices computed today are held."""
        self.ensure_one()
        days = self.company_id.quotation_validity_days or QUOTE_HOLD_DAYS
        return fields.Date.context_today(self) + timedelta(days=days)

    def _csp_compute_prices_anew(self):
        """Compute the prices of today; return the totals before and after."""
        self.ensure_one()
        before = self.amount_untaxed
        self.date_order = fields.Datetime.now()
        self._recompute_prices()
        return before, self.amount_untaxed

    def _csp_renew_hold(self):
        """Compute the prices of today and hold them for another while."""
        self.ensure_one()
        before, after = self._csp_compute_prices_anew()
        self.write(
            {"validity_date": self._csp_next_validity(), "csp_hold_ended_at": False}
        )
        self.message_post(
            body=self.env._(
                "Prices computed anew: %(after)s instead of %(before)s, held until "
                "%(date)s.",
                after=self.currency_id.format(after),
                before=self.currency_id.format(before),
                date=fields.Date.to_string(self.validity_date),
            )
        )
        return before, after

    def _csp_end_hold(self):
        """Compute the prices of today after the validity, and tell who quoted them.

        Once per hold: an abandoned quotation sends no second message.
        """
        self.ensure_one()
        before, after = self._csp_compute_prices_anew()
        self.csp_hold_ended_at = fields.Datetime.now()
        self.message_post(
            body=self.env._(
                "The prices of quotation %(name)s were held until %(date)s. Today it "
                "amounts to %(after)s instead of %(before)s.",
                name=self.name,
                date=fields.Date.to_string(self.validity_date),
                after=self.currency_id.format(after),
                before=self.currency_id.format(before),
            ),
            partner_ids=self.csp_author_id.partner_id.ids,
            subtype_xmlid="mail.mt_comment",
        )

    def _csp_prepare_customer_totals(self):
        """Return what the end customer pays, as [(period in words, amount)]."""
        self.ensure_one()
        totals = {}
        for line in self._csp_offer_lines():
            period = line.product_id._csp_period_label() or self.env._("once")
            totals[period] = totals.get(period, 0.0) + line._csp_end_amount()
        return [
            (period, self.currency_id.round(amount))
            for period, amount in totals.items()
        ]

    # ----------------------------------------------------------------------
    # CRON
    # ----------------------------------------------------------------------

    @api.model
    def _cron_csp_end_holds(self):
        """Daily: compute quotations anew whose prices are not held any more."""
        today = fields.Date.context_today(self)
        domain = (
            Domain("is_csp_quote", "=", True)
            & Domain("state", "=", "sent")
            & Domain("validity_date", "<", today)
            & Domain("csp_hold_ended_at", "=", False)
        )
        orders = self.search(domain, order="id", limit=500)
        for order in orders:
            order.with_company(order.company_id)._csp_end_hold()


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    csp_end_price = fields.Float(
        string="Price to the end customer",
        compute="_compute_csp_end_price",
        store=True,
        readonly=False,
        precompute=True,
        digits="Product Price",
        help="Per seat and billing period: what the reseller asks of its customer.",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("product_id")
    def _compute_csp_end_price(self):
        """Start with the reseller's resale price, or with the list price.

        What was typed stays until the offer changes.
        """
        Resale = self.env["csp.resale.price"]
        for order, lines in self.grouped("order_id").items():
            offers = lines.filtered("product_id.is_csp_offer")
            own = {}
            if order.csp_reseller_id and offers:
                own = Resale._get_prices(
                    offers.product_id,
                    order.csp_reseller_id,
                    order.date_order or fields.Datetime.now(),
                    order.company_id,
                    order.currency_id,
                    order.csp_customer_id,
                )
            for line in lines:
                if line not in offers or not order.csp_reseller_id:
                    line.csp_end_price = 0.0
                elif line.product_id.id in own:
                    line.csp_end_price = own[line.product_id.id].price
                else:
                    line.csp_end_price = line.csp_erp_price

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _csp_end_amount(self):
        """Return what the end customer pays for the line per billing period."""
        self.ensure_one()
        return self.currency_id.round(self.csp_end_price * self.product_uom_qty)

    def _csp_end_margin(self):
        """Return what is left for the reseller per billing period."""
        self.ensure_one()
        return self.currency_id.round(self._csp_end_amount() - self.price_subtotal)


class ResUsers(models.Model):
    _inherit = "res.users"

    def _csp_author_role(self):
        """Return in which role a person writes an order."""
        self.ensure_one()
        if self._is_internal():
            return "distributor"
        partner = self.partner_id.commercial_partner_id
        return "reseller" if partner.is_csp_reseller else "customer"
