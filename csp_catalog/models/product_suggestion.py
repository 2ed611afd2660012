"""Plans that fit a device, for a buyer, with a sentence that says why."""

from decimal import Decimal
from typing import NamedTuple

from odoo import api, fields, models

from ..engine import suggestions
from ..engine.suggestions import BUSINESS, CONSUMER


class Suggestion(NamedTuple):
    """A plan to offer beside a device; ``price`` is per seat and billing period."""

    product: object
    rung: str
    price: float
    sentence: str
    is_recommended: bool
    headline: str
    rule: object
    is_within: bool


class ProductProduct(models.Model):
    _inherit = "product.product"

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    @api.private
    def _csp_is_device(self):
        """Tell whether this is hardware that plans can be suggested with."""
        self.ensure_one()
        return self.type == "consu" and not self.is_csp_offer

    @api.private
    def _csp_suggest(
        self,
        partner,
        moment=None,
        currency=None,
        *,
        company=None,
        pricelist=None,
        price=None,
        is_business=None,
        display=None,
    ):
        """Return the plans that fit this device, best order first.

        :param res.partner partner: the buyer; a VAT number makes it a business
        :param product.pricelist pricelist: by default the buyer's
        :param float price: of the device, in ``currency``; by default the list's
        :param bool is_business: what is known otherwise, such as leasing
        :param display: function (product, price) -> price as shown, such as with tax
        :rtype: list[Suggestion]
        """
        self.ensure_one()
        company = company or self.env.company
        moment = moment or fields.Datetime.now()
        # sudo: rules, ladders and lists are closed to customers; what comes out are
        # products on sale and the prices of the list that the caller names or the
        # buyer's own one.
        device = self.sudo().with_company(company)
        buyer = partner.sudo().with_company(company).commercial_partner_id
        pricelist = (pricelist or buyer.property_product_pricelist).sudo()
        currency = currency or pricelist.currency_id or company.currency_id
        if not device._csp_is_device():
            return []
        if price is None:
            price = pricelist._get_product_price(
                device, 1.0, currency=currency, date=moment
            )
        if display:
            price = display(device, price)
        if is_business is None:
            is_business = bool(buyer.vat or buyer.is_csp_reseller)
        known = suggestions.Device(
            device.categ_id._csp_path(),
            Decimal(
                repr(
                    currency._convert(
                        price, company.currency_id, company, moment, round=False
                    )
                )
            ),
        )
        rule = device.env["csp.suggestion.rule"]._find_rule(
            known, BUSINESS if is_business else CONSUMER, company
        )
        if not rule:
            return []
        plans = rule._csp_plans(buyer, pricelist, currency, moment, display)
        found = device._csp_climb(rule, plans, price, currency, is_business)
        return [
            suggestion._replace(
                product=suggestion.product.with_env(self.env),
                rule=suggestion.rule.with_env(self.env),
            )
            for suggestion in found
        ]

    def _csp_climb(self, rule, plans, price, currency, is_business):
        """Return the suggestions of a rule for this device at its price.

        :param dict plans: ``{rung: price per seat and period}``
        """
        by_product = {rung.product_id.id: rung for rung in plans}
        choices = suggestions.climb(
            rule._build_rule(),
            suggestions.Device((), Decimal(repr(price))),
            [
                suggestions.Plan(
                    rung.rung,
                    rung.product_id.id,
                    rung.product_id._csp_first_year(plan_price),
                    rung.is_recommended,
                )
                for rung, plan_price in plans.items()
            ],
        )
        answer = []
        for choice in choices:
            rung = by_product[choice.plan.product_id]
            sentence = self._csp_suggestion_sentence(choice, currency, is_business)
            answer.append(
                Suggestion(
                    product=rung.product_id,
                    rung=rung.rung,
                    price=plans[rung],
                    sentence=sentence,
                    is_recommended=choice.is_recommended,
                    headline=rung.headline or "",
                    rule=rule,
                    is_within=choice.is_within,
                )
            )
        return answer

    @api.private
    def _csp_rung_labels(self):
        """Return ``{rung: word}`` in the reader's language."""
        field = self.env["csp.suggestion.rung"]._fields["rung"]
        return dict(field._description_selection(self.env))

    def _csp_first_year(self, price):
        """Return what one seat costs in the first year, at a price per period."""
        self.ensure_one()
        amount = Decimal(repr(price))
        months = self._csp_period_months()
        return amount * 12 / months if months else amount

    def _csp_suggestion_sentence(self, choice, currency, is_business):
        """Say in one sentence why a plan is suggested with this device."""
        values = {
            "amount": currency.format(float(choice.plan.first_year)),
            "share": choice.share,
        }
        if not choice.is_within:
            return self.env._(
                "Does more and costs more: %(amount)s in the first year, %(share)s %% "
                "of the price of this device.",
                **values,
            )
        if is_business:
            return self.env._(
                "For companies, as you are one: %(amount)s in the first year, "
                "%(share)s %% of the price of this device.",
                **values,
            )
        return self.env._(
            "For personal use, in proportion to this device: %(amount)s in the first "
            "year, %(share)s %% of its price.",
            **values,
        )


class ProductCategory(models.Model):
    _inherit = "product.category"

    def _csp_path(self):
        """Return the ids of this category and its parents, the nearest first."""
        if not self:
            return ()
        return tuple(int(part) for part in reversed(self.parent_path.split("/")[:-1]))
