"""The price of variants on a day, in any market and currency, in few queries."""

from datetime import datetime, time
from decimal import Decimal
from fractions import Fraction

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine import prices
from ..engine.prices import CspPrice
from .price_memo import PriceMemo


class ProductProduct(models.Model):
    _inherit = "product.product"

    # Today's price, per seat and billing period, in the company's currency.
    csp_erp_price = fields.Float(
        string="List price", compute="_compute_csp_today", digits="Product Price"
    )
    csp_unit_cost = fields.Float(
        string="Vendor cost",
        compute="_compute_csp_today",
        digits=(16, 6),
        groups="base.group_user",
    )
    csp_margin_percent = fields.Float(
        string="Margin", compute="_compute_csp_today", groups="base.group_user"
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("csp_key")
    @api.depends_context("company")
    def _compute_csp_today(self):
        table = self._csp_price_at(fields.Datetime.now())
        for product in self:
            price = table.get(product.id)
            product.csp_erp_price = float(price.erp) if price else 0.0
            product.csp_unit_cost = float(price.cost) if price else 0.0
            product.csp_margin_percent = (
                float(1 - price.cost / price.erp) if price and price.erp else 0.0
            )

    @api.depends_context("company")
    def _compute_product_lst_price(self):
        """Override of `product`: a variant's sales price is its list price today."""
        result = super()._compute_product_lst_price()
        for product, price in self._csp_browse_prices(fields.Datetime.now()):
            if price.price_id:
                product.lst_price = float(price.erp)
        return result

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    @api.private
    def _csp_price_at(
        self, moment, market=None, currency=None, company=None, quantity=1
    ):
        """Return ``{product id: CspPrice}``, per seat and billing period.

        The number of queries does not depend on the number of products. Products
        that have no price at that moment are missing. Own services, which no price
        sheet knows, answer with their sales price and cost, without ``price_id``.

        :param date|datetime moment: a day that is not today means its first instant
        :param str market: country code; by default the company's
        :param res.currency currency: by default the company's
        :param int quantity: seats, for prices in tiers
        :rtype: dict(int, CspPrice) with ``currency`` a ``res.currency`` record
        """
        company = company or self.env.company
        currency = currency or company.currency_id
        market = market or company.country_id.code
        offers = self.filtered("csp_key")
        if not offers:
            return {}
        moment = self._csp_instant(moment)
        rows = offers._csp_read_price_rows(moment, market, company)
        codes = {row.currency for found in rows.values() for row in found}
        currencies = self._csp_get_currencies(codes)
        table, converter = {}, self._csp_converter(currency, company, moment)
        for product_id, found in rows.items():
            row = prices.resolve(
                self._csp_choose_currency(found, currency, company), moment, quantity
            )
            if not row:
                continue
            cost, erp = prices.seat_prices(
                row.unit_price,
                row.erp_price,
                row.term,
                row.plan,
                step=self._csp_step(currency),
                rate=converter(currencies[row.currency]),
            )
            table[product_id] = CspPrice(
                cost,
                erp,
                currency,
                row.price_id,
                prices.period_count(row.term, row.plan),
            )
        missing = offers.filtered(lambda product: product.id not in rows)
        table.update(missing._csp_own_prices(currency, company, moment, converter))
        return table

    def _csp_read_price_rows(self, moment, market, company):
        """Return ``{product id: [PriceRow, ...]}`` of the prices valid at a moment.

        Straight from the table: costs are closed to portal users, who need the list
        price that this computes (callers hand out the list price only), and a record
        per price would take five times as long.
        """
        self.env["csp.price"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT p.product_id, p.product_ref, p.sku_ref, p.segment, p.term,
                       p.plan, p.market, c.name, p.tier_min, p.tier_max,
                       p.valid_from, p.valid_to, p.unit_price::text,
                       p.erp_price::text, p.id
                  FROM csp_price p
                  JOIN res_currency c ON c.id = p.currency_id
                 WHERE p.product_id = ANY(%(products)s) AND p.market = %(market)s
                   AND p.company_id = %(company)s AND NOT p.is_superseded
                   AND (p.valid_from IS NULL OR p.valid_from <= %(moment)s)
                   AND (p.valid_to IS NULL OR p.valid_to > %(moment)s)
              ORDER BY p.id
                """,
                products=list(self.ids),
                market=market or None,
                company=company.id,
                moment=moment,
            )
        )
        rows = {}
        for product_id, *key, cost, erp, price_id in self.env.cr.fetchall():
            rows.setdefault(product_id, []).append(
                prices.PriceRow(*key, Decimal(cost), Decimal(erp), price_id)
            )
        return rows

    def _csp_own_prices(self, currency, company, moment, converter):
        """Return the prices of offers that no price sheet has ever named."""
        if not self:
            return {}
        # sudo: only tells whether the vendor sets the price.
        priced = (
            self.env["csp.price"]
            .sudo()
            ._read_group([("product_id", "in", self.ids)], ["product_id"])
        )
        priced_ids = {product.id for (product,) in priced}
        table = {}
        # sudo: the cost of a service is closed to portal users, see above.
        for product in self.sudo().with_company(company):
            if product.id in priced_ids:
                continue
            erp = Fraction(str(product.list_price + product.price_extra))
            cost = Fraction(str(product.standard_price))
            table[product.id] = CspPrice(
                prices.round_half_up(
                    cost * converter(product.cost_currency_id), prices.COST_STEP
                ),
                prices.round_half_up(
                    erp * converter(product.currency_id), self._csp_step(currency)
                ),
                currency,
                False,
                prices.period_count(product.csp_term, product.csp_plan),
            )
        return table

    def _csp_browse_prices(self, moment):
        """Yield (variant, CspPrice) for those that have a price, in own currency."""
        table = self._csp_price_at(moment)
        for product in self:
            if product.id in table:
                yield product, table[product.id]

    # ----------------------------------------------------------------------
    # BUSINESS: ODOO'S PRICE ENGINE
    # ----------------------------------------------------------------------

    def _price_compute(
        self, price_type, uom=None, currency=None, company=None, date=False
    ):
        """Override of `product`: list price and cost of an offer are the vendor's."""
        result = super()._price_compute(
            price_type, uom=uom, currency=currency, company=company, date=date
        )
        if price_type not in ("list_price", "standard_price"):
            return result
        company = company or self.env.company
        moment = self._csp_price_moment(date)
        table = self._csp_recall_prices(moment, company)
        for product in self:
            price = table.get(product.id)
            if not price or not price.price_id:
                continue
            amount = float(price.erp if price_type == "list_price" else price.cost)
            if uom:
                amount = product.uom_id._compute_price(amount, uom)
            if currency and currency != price.currency:
                amount = price.currency._convert(
                    amount, currency, company, moment.date()
                )
            result[product.id] = amount
        return result

    def _csp_with_price_memo(self, moment):
        """Return self with a memo that reads prices and rules for all of it at once."""
        memo = self.env.context.get("csp_price_memo")
        if isinstance(memo, PriceMemo) and memo.covers(self, moment):
            return self
        memo = PriceMemo(self, moment, self.filtered("csp_key"))
        return self.with_context(csp_price_memo=memo)

    def _csp_recall_prices(self, moment, company, currency=None, quantity=1):
        """Return the prices read ahead, or read them now."""
        memo = self.env.context.get("csp_price_memo")
        currency = currency or company.currency_id
        moment = self._csp_price_moment(moment)
        if (
            isinstance(memo, PriceMemo)
            and memo.is_at(moment, company)
            and memo.offer_ids.issuperset(self._ids)
        ):
            return memo.get_table(currency, quantity)
        return self._csp_price_at(
            moment, currency=currency, company=company, quantity=quantity
        )

    def _csp_price_moment(self, moment):
        """Return the instant that prices are asked for; today: the memo's."""
        memo = self.env.context.get("csp_price_memo")
        if (
            isinstance(memo, PriceMemo)
            and not isinstance(moment, datetime)
            and (not moment or moment == memo.moment.date())
        ):
            return memo.moment
        return self._csp_instant(moment)

    def _csp_base_prices(self, base, moment, currency, quantity):
        """Return ``{product id: price}`` that pricelist rules start from, for offers.

        What the vendor lists in that currency and for that quantity, as shown: rounded
        to the currency's step before any discount.

        :param str base: ``list_price`` or ``standard_price``
        """
        offers = self.filtered("csp_key")
        table = offers._csp_recall_prices(moment, self.env.company, currency, quantity)
        return {
            offer.id: float(
                table[offer.id].erp if base == "list_price" else table[offer.id].cost
            )
            for offer in offers
            if offer.id in table
        }

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    @api.model
    def _csp_instant(self, moment):
        """Return the naive UTC instant that a date or datetime stands for."""
        now = fields.Datetime.now()
        if not moment:
            return now
        if isinstance(moment, str):
            moment = fields.Datetime.to_datetime(moment)
        if isinstance(moment, datetime):
            return moment
        if moment == now.date():
            return now
        return datetime.combine(moment, time.min)

    @api.model
    def _csp_get_currencies(self, codes):
        """Return ``{code: res.currency}``."""
        currencies = self.env["res.currency"].with_context(active_test=False)
        found = currencies.search_fetch([("name", "in", list(codes))], ["name"])
        return {currency.name: currency for currency in found}

    @api.model
    def _csp_choose_currency(self, rows, currency, company):
        """Return the rows in the wanted currency, or in one to convert from."""
        by_code = {}
        for row in rows:
            by_code.setdefault(row.currency, []).append(row)
        for code in (currency.name, company.currency_id.name, "EUR", "USD"):
            if code in by_code:
                return by_code[code]
        return by_code[min(by_code)] if by_code else []

    @api.model
    def _csp_converter(self, target, company, moment):
        """Return a function: currency -> exact rate into ``target`` on that day."""
        on_date = moment.date() if isinstance(moment, datetime) else moment
        known = {}

        def rate_of(source):
            if source == target:
                return Fraction(1)
            if source not in known:
                rate = source._get_conversion_rate(source, target, company, on_date)
                known[source] = Fraction(Decimal(repr(rate)))
            return known[source]

        return rate_of

    @api.model
    def _csp_step(self, currency):
        """Return the smallest amount of a currency as Decimal."""
        return Decimal(1).scaleb(-currency.decimal_places)


class ProductTemplate(models.Model):
    _inherit = "product.template"

    def _price_compute(
        self, price_type, uom=None, currency=None, company=None, date=False
    ):
        """Override of `product`: an offer costs what its first variant costs."""
        result = super()._price_compute(
            price_type, uom=uom, currency=currency, company=company, date=date
        )
        offers = self.filtered("is_csp_offer")
        if not offers or price_type not in ("list_price", "standard_price"):
            return result
        first = offers._csp_first_variants()
        variants = self.env["product.product"].concat(*first.values())
        prices_by_id = variants._price_compute(
            price_type, uom=uom, currency=currency, company=company, date=date
        )
        for template, variant in first.items():
            result[template.id] = prices_by_id[variant.id]
        return result

    def _csp_with_price_memo(self, moment):
        """Return self with a memo; an offer costs what its first variant costs."""
        memo = self.env.context.get("csp_price_memo")
        if isinstance(memo, PriceMemo) and memo.covers(self, moment):
            return self
        first = self.filtered("is_csp_offer")._csp_first_variants()
        variants = self.env["product.product"].concat(*first.values())
        return self.with_context(csp_price_memo=PriceMemo(self, moment, variants))

    def _csp_base_prices(self, base, moment, currency, quantity):
        """Return ``{template id: price}`` that pricelist rules start from, for offers.

        An offer costs what its first variant costs.
        """
        first = self.filtered("is_csp_offer")._csp_first_variants()
        variants = self.env["product.product"].concat(*first.values())
        found = variants._csp_base_prices(base, moment, currency, quantity)
        return {
            template.id: found[variant.id]
            for template, variant in first.items()
            if variant.id in found
        }

    @api.private
    def _csp_first_variants(self):
        """Return ``{template: variant}``: the active variant to show first."""
        return {
            template: min(
                template.product_variant_ids, key=lambda v: v._csp_preference()
            )
            for template in self
            if template.product_variant_ids
        }

    def _csp_kept_by_another_company(self):
        """Return the shared offers that an earlier company has prices of."""
        company = self.env.company
        # sudo: only tells whether another company has prices, not which.
        groups = (
            self.env["csp.price"]
            .sudo()
            ._read_group(
                [
                    ("product_id.product_tmpl_id", "in", self.ids),
                    ("company_id", "<", company.id),
                ],
                ["product_id"],
            )
        )
        others = self.browse({product.product_tmpl_id.id for (product,) in groups})
        return others.filtered(lambda template: template.company_id != company)
