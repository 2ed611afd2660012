"""The price of an offer, explained to the reseller who buys it: never a cost."""

from odoo import fields, models
from odoo.fields import Domain

# How many quantities are looked at to find where the price changes.
MAX_BANDS = 6


class ProductProduct(models.Model):
    _inherit = "product.product"

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _csp_explain_price(self, partner, company, quantity, customer=None):
        """Return how the price of `partner` comes about, or nothing without a price.

        Built from what `Waterfall.for_reseller` leaves: no cost, no floor. Amounts are
        per seat and billing period.
        """
        self.ensure_one()
        fall = self._csp_own_waterfall(partner, company, quantity, customer)
        if not fall:
            return {}
        currency = self.env["res.currency"].search([("name", "=", fall.currency)])
        return {
            **self._csp_word_margin(fall),
            "currency": currency,
            "digits": currency.decimal_places,
            "quantity": quantity,
            "bars": self._csp_prepare_bars(fall),
            "bands": self._csp_prepare_bands(partner, company, quantity, customer),
            "next_level": self._csp_prepare_next_level(
                partner, company, quantity, customer, fall
            ),
        }

    def _csp_own_waterfall(self, partner, company, quantity, customer, grade=None):
        """Return the reseller's part of the waterfall of this product, or None."""
        falls = self._csp_waterfalls(
            partner,
            quantity=quantity,
            company=company,
            customer=customer or None,
            grade=grade,
        )
        fall = falls.get(self.id)
        return fall and fall.for_reseller()

    def _csp_word_margin(self, fall):
        """Return prices and margin of a waterfall as plain numbers."""
        return {
            "erp": float(fall.erp),
            "net": float(fall.net),
            "resale": None if fall.resale is None else float(fall.resale),
            "margin_amount": float(fall.reseller_margin),
            "margin_percent": float(fall.reseller_margin_percent or 0),
        }

    def _csp_prepare_bars(self, fall):
        """Return the bars of the chart; left and width in percent of the list price."""
        kinds = {
            "level": self.env._("Level"),
            "agreement": self.env._("Agreement"),
            "promotion": self.env._("Promotion"),
            "manual": self.env._("Discount"),
        }
        top = max(fall.erp, fall.net) or 1

        def bar(kind, title, label, low, high, amount, percent=None):
            return {
                "kind": kind,
                "title": title,
                "label": label,
                "left": round(float(low / top * 100), 2),
                "width": round(float((high - low) / top * 100), 2),
                "amount": float(amount),
                "percent": None if percent is None else f"{percent.normalize():f}",
            }

        bars = [bar("erp", self.env._("List price"), "", 0, fall.erp, fall.erp)]
        price = fall.erp
        for step in fall.steps:
            after = price + step.amount
            bars.append(
                bar(
                    step.kind,
                    kinds.get(step.kind, ""),
                    step.label,
                    min(price, after),
                    max(price, after),
                    step.amount,
                    step.percent,
                )
            )
            price = after
        bars.append(bar("net", self.env._("Your price"), "", 0, fall.net, fall.net))
        return bars

    def _csp_prepare_bands(self, partner, company, quantity, customer):
        """Return from which number of seats on which price holds, where it changes."""
        bands = []
        for seats in self._csp_band_starts(partner, company):
            fall = self._csp_own_waterfall(partner, company, seats, customer)
            if fall and (not bands or bands[-1]["net"] != float(fall.net)):
                bands.append({"quantity": seats, **self._csp_word_margin(fall)})
        reached = [band for band in bands if band["quantity"] <= quantity]
        for band in bands:
            band["is_current"] = bool(reached) and band is reached[-1]
        return bands

    def _csp_band_starts(self, partner, company):
        """Return the numbers of seats at which the price may change."""
        minimum, maximum = self._csp_seat_limits()
        now = fields.Datetime.now()
        # sudo: only numbers of seats are read, of what may hold for this buyer.
        env = self.sudo().env
        pricelist = partner.with_company(company).property_product_pricelist
        sources = (
            (
                "product.pricelist.item",
                "min_quantity",
                Domain("pricelist_id", "=", pricelist.id),
            ),
            (
                "csp.promotion",
                "min_seats",
                env["csp.promotion"]._get_running_domain(now)
                & Domain("company_id", "=", company.id)
                & Domain("source", "=", "distributor"),
            ),
            (
                "csp.price",
                "tier_min",
                Domain("product_id", "=", self.id)
                & Domain("company_id", "=", company.id)
                & Domain(env["csp.price"]._get_valid_domain(now)),
            ),
        )
        starts = set()
        for model, field, domain in sources:
            domain &= Domain(field, ">", minimum) & Domain(field, "<=", maximum)
            found = env[model]._read_group(domain, [], [f"{field}:array_agg_distinct"])
            starts.update(int(number) for number in found[0][0] or ())
        return [minimum, *sorted(starts)[: MAX_BANDS - 1]]

    def _csp_prepare_next_level(self, partner, company, quantity, customer, fall):
        """Return what the offer would cost one level higher, or nothing.

        sudo: reads name and discount of a level that is published.
        """
        Grade = self.env["res.partner.grade"].sudo()
        grade = partner.sudo().grade_id
        if not grade:
            return None
        higher = Grade.search(
            [
                ("csp_discount", ">", grade.csp_discount),
                ("company_id", "in", (False, company.id)),
                ("is_published", "=", True),
            ],
            order="csp_discount, id",
            limit=1,
        )
        if not higher:
            return None
        above = self._csp_own_waterfall(partner, company, quantity, customer, higher)
        return {
            "name": higher.name,
            "gain": float((fall.net - above.net) * quantity),
            **self._csp_word_margin(above),
        }
