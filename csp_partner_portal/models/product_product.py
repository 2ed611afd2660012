from odoo import fields, models

from odoo.addons.csp_catalog.const import PLANS, TERMS

from ..const import MAX_SEATS, OFFER_IMAGE


class ProductProduct(models.Model):
    _inherit = "product.product"

    # --------------------------------------------------------------------------
    # BUSINESS
    # --------------------------------------------------------------------------

    def _get_csp_offers(self, partner, company, quantity=None, customer=None):
        """Return the offers as `partner` buys them: list price, own price, margin.

        Prices are those of `quantity` seats, by default of the fewest that can be
        ordered, per seat and billing period, in the currency of the partner's list.
        Offers without a price today are left out: they cannot be bought.

        :param res.partner customer: who will use it; some promotions depend on it
        """
        if quantity is None:
            groups = self.grouped(lambda product: product._csp_seat_limits()[0])
            found = {
                offer["product"]: offer
                for seats, products in groups.items()
                for offer in products._get_csp_offers(partner, company, seats, customer)
            }
            return [found[product] for product in self if product in found]
        pricelist = partner.with_company(company).property_product_pricelist
        currency = pricelist.currency_id or company.currency_id
        falls = self._csp_waterfalls(
            partner,
            quantity=quantity,
            currency=currency,
            company=company,
            customer=customer or None,
        )
        return [
            product._prepare_csp_offer(
                currency, falls[product.id].erp, falls[product.id].net
            )
            for product in self
            if product.id in falls
        ]

    def _get_placeholder_filename(self, field):
        """Override of `product` to show a cloud where an offer has no picture."""
        if self.is_csp_offer and field.startswith("image_"):
            return OFFER_IMAGE
        return super()._get_placeholder_filename(field)

    def _prepare_csp_offer(self, currency, erp_price, own_price):
        """Return what the portal shows about one offer."""
        self.ensure_one()
        margin = erp_price - own_price
        minimum, maximum = self._csp_seat_limits()
        return {
            "product": self,
            "currency": currency,
            "erp_price": float(erp_price),
            "price": float(own_price),
            "margin_amount": float(margin),
            "margin_percent": float(margin / erp_price * 100) if erp_price else 0.0,
            "unit_label": self._csp_unit_label(),
            "min_seats": minimum,
            "max_seats": maximum,
        }

    def _csp_seat_limits(self):
        """Return the smallest and largest number of seats of one order."""
        self.ensure_one()
        return max(self.csp_min_seats, 1), self.csp_max_seats or MAX_SEATS

    def _csp_prepare_shop_info(self, price, currency):
        """Return what the shop says beside a price: unit, commitment, seats."""
        if not self:
            return {}
        self.ensure_one()
        minimum, maximum = self._csp_seat_limits()
        return {
            "csp_unit_label": self._csp_unit_label(),
            "csp_commitment": self._csp_commitment_label(price, currency),
            "csp_min_seats": minimum,
            "csp_max_seats": maximum,
        }

    def _csp_shop_refusal(self, partner):
        """Return why `partner` may not put this into a cart, or an empty text.

        What an offer needs beside it is asked at the checkout: the cart may still
        grow.
        """
        self.ensure_one()
        refusals = [
            *self._csp_off_sale_refusals(fields.Datetime.now()),
            *self._csp_channel_refusals(partner),
        ]
        return "\n".join(refusals)

    def _csp_commitment_label(self, price, currency):
        """Say in one line for how long the customer is bound and what that costs."""
        self.ensure_one()
        terms = dict(self._fields["csp_term"]._description_selection(self.env))
        term = terms.get(self.csp_term, "")
        if not self.csp_term or not self.csp_plan:
            return ""
        if self.csp_plan == "none":
            return self.env._("Free for %s", term)
        periods = self._csp_periods()
        if periods > 1:
            return self.env._(
                "Commitment of %(term)s: %(total)s per user in %(count)s payments",
                term=term,
                total=currency.format(price * periods),
                count=periods,
            )
        return self.env._("Commitment of %(term)s, paid in advance", term=term)

    def _csp_periods(self):
        """Return how many billing periods the term has."""
        self.ensure_one()
        months = PLANS.get(self.csp_plan)
        return TERMS.get(self.csp_term, 0) // months if months else 1

    def _csp_period_label(self):
        """Say in one word how often the amount of a line is due."""
        self.ensure_one()
        months = PLANS.get(self.csp_plan)
        if not months:
            return ""
        if months == 1:
            return self.env._("per month")
        if months == 12:
            return self.env._("per year")
        return self.env._("per %s months", months)
