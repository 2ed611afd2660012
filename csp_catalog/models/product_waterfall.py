"""The price of offers, explained: every step with the record it comes from."""

from decimal import Decimal
from fractions import Fraction

from odoo import api, models

from ..engine import agreement as agreement_engine
from ..engine import promotions as promotion_engine
from ..engine import waterfall as engine
from ..engine.prices import COST_STEP, round_half_up
from ..engine.waterfall import Cut, Source


class ProductProduct(models.Model):
    _inherit = "product.product"

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    @api.private
    def _csp_waterfalls(
        self,
        partner,
        moment=None,
        quantity=1,
        currency=None,
        company=None,
        customer=None,
        grade=None,
        order=None,
        pricelist=None,
    ):
        """Return ``{product id: Waterfall}``, per seat and billing period.

        The number of queries does not depend on the number of products. Products
        without a price at that moment are missing. Net is what Odoo's pricelists and
        the promotions give on an order line. Whoever shows it to a reseller shows
        `Waterfall.for_reseller()`.

        :param res.partner partner: who buys
        :param int quantity: seats of each product
        :param res.currency currency: by default that of the buyer's pricelist
        :param res.partner customer: who uses the seats; by default the buyer
        :param res.partner.grade grade: “what if”: as if the buyer had this level
        :param sale.order order: whose special bids count, and whose own usages do not
        :param product.pricelist pricelist: by default the buyer's
        """
        company = company or self.env.company
        # sudo: explains one price to whoever may know it; see above for resellers.
        products = self.sudo().with_company(company).filtered("csp_key")
        partner = partner.sudo().with_company(company)
        moment = products._csp_instant(moment)
        quantity = max(1, int(quantity))
        pricelist = (pricelist or partner.property_product_pricelist).sudo()
        currency = currency or pricelist.currency_id or company.currency_id
        table = products._csp_price_at(
            moment, currency=currency, company=company, quantity=quantity
        )
        products = products.filtered(lambda product: product.id in table)
        step = products._csp_step(currency)
        asked = (partner, quantity, moment, company, customer, order)
        promotions = self.env["csp.promotion"]._get_applicable(products, *asked)
        sale_cuts = products._csp_sale_cuts(
            table, pricelist, currency, partner, quantity, moment, grade
        )
        if partner._csp_is_foreign_list(pricelist):
            own_cuts = products._csp_sale_cuts(
                table,
                partner.property_product_pricelist,
                currency,
                partner,
                quantity,
                moment,
                grade,
            )
            sale_cuts = _instead(table, own_cuts, sale_cuts, self.env)
        cost_cuts = products._csp_cost_cuts(table, currency, promotions, *asked)
        resale = self.env["csp.resale.price"]._get_prices(
            products, partner, moment, company, currency, customer
        )
        falls = {}
        for product in products:
            cuts = sale_cuts[product.id]
            net = cuts[-1].price if cuts else table[product.id].erp
            own = promotions.get(product.id, self.env["csp.promotion"])
            cuts = cuts + own._csp_build_cuts("distributor", net, step)
            falls[product.id] = engine.build(
                currency=currency.name,
                quantity=quantity,
                erp=table[product.id].erp,
                cuts=cuts,
                list_cost=table[product.id].cost,
                cost_cuts=cost_cuts[product.id],
                step=step,
                resale=round_half_up(_exact(resale[product.id].price), step)
                if product.id in resale
                else None,
            )
        return falls

    # ----------------------------------------------------------------------
    # HELPERS: SALE PRICE
    # ----------------------------------------------------------------------

    def _csp_sale_cuts(
        self, table, pricelist, currency, partner, quantity, moment, grade=None
    ):
        """Return ``{product id: [Cut, ...]}``: level, then agreement."""
        if not pricelist:
            return {product.id: [] for product in self}
        company = self.env.company
        step = self._csp_step(currency)
        rates = self._csp_converter(currency, company, moment)

        def read(prices, product, list_currency):
            price = _exact(prices[product.id])
            return round_half_up(price * rates(list_currency), step)

        agreement = self.env["csp.agreement"]
        if pricelist.csp_agreement_id:
            # sudo: explains one price; the callers hand out what may be known.
            versions = partner._csp_get_agreements(moment, company).sudo()
            agreement = versions[:1]
            agreement = agreement or pricelist.csp_agreement_id
            level_list = agreement._get_level_pricelist()
            level = agreement.grade_id
        else:
            level = pricelist.csp_grade_id or (
                partner.commercial_partner_id.grade_id.filtered(
                    lambda own: own.default_pricelist_id == pricelist
                )
            )
            level_list = pricelist
        is_by_level = bool(level)
        if grade and (agreement or is_by_level):
            level, level_list = grade, grade.default_pricelist_id
        found = pricelist._compute_price_rule(self, float(quantity), date=moment)
        items = self.env["product.pricelist.item"].browse(
            {rule_id for _price, rule_id in found.values() if rule_id}
        )
        lines = {item.id: item.csp_agreement_line_id for item in items}
        prices = {product_id: price for product_id, (price, _rule) in found.items()}
        level_prices = prices
        if level_list and level_list != pricelist:
            level_prices = level_list._get_products_price(
                self, float(quantity), date=moment
            )
        cuts = {}
        for product in self:
            erp = table[product.id].erp
            if level_list:
                level_price = read(level_prices, product, level_list.currency_id)
            else:
                level_price = erp
            steps = []
            if level or level_price != erp:
                steps.append(_level_cut(level, level_list, level_price))
            line = lines.get(found[product.id][1])
            if agreement and line:
                line = line._get_in_version(versions)
                price = read(prices, product, pricelist.currency_id)
                if grade and line.kind == "discount_level":
                    # The only kind of clause that knows the level.
                    share = Decimal(repr(line.value))
                    price = round_half_up(
                        agreement_engine.less(level_price, share), step
                    )
                steps.append(_agreement_cut(line, price))
            elif agreement and not grade:
                price = read(prices, product, pricelist.currency_id)
                if price != level_price:
                    # Another agreement of the partner, beneath this one.
                    steps.append(_list_cut(pricelist, price))
            cuts[product.id] = steps
        return cuts

    # ----------------------------------------------------------------------
    # HELPERS: COST
    # ----------------------------------------------------------------------

    def _csp_cost_cuts(
        self,
        table,
        currency,
        promotions,
        partner,
        quantity,
        moment,
        company,
        customer=None,
        order=None,
    ):
        """Return ``{product id: [Cut, ...]}``: agreement, promotion, special bid.

        A special bid does not add to a promotion of the vendor: it is reckoned from the
        cost without, and counts where it is lower.
        """
        vendors = self.csp_program_id.partner_id
        # sudo: the caller decides who sees the cost
        agreements = vendors._csp_get_agreements(moment, company, "purchase").sudo()
        agreements = agreements._filter_territory(customer or partner, company)
        offers = {product.id: table[product.id] for product in self}
        negotiated = (
            agreements._csp_negotiated_costs(offers, quantity, moment)
            if agreements
            else {}
        )
        bids = self.env["csp.special.bid"]._get_applicable(
            self, partner, quantity, moment, company, customer, order
        )
        rates = self._csp_converter(currency, company, moment)
        cuts = {}
        for product in self:
            steps = []
            cost = table[product.id].cost
            agreed, line = negotiated.get(product.id, (cost, None))
            if line:
                steps.append(_agreement_cut(line, agreed, kind=engine.VENDOR_AGREEMENT))
                cost = agreed
            own = promotions.get(product.id, self.env["csp.promotion"])
            lowered = own._csp_build_cuts("vendor", cost, COST_STEP)
            steps += lowered
            bid_line = bids.get(product.id)
            if bid_line:
                bid_cost = round_half_up(bid_line._get_cost(cost, rates), COST_STEP)
                if bid_cost < (lowered[-1].price if lowered else cost):
                    steps.append(_bid_cut(bid_line, bid_cost))
            cuts[product.id] = steps
        return cuts


class CspPromotion(models.Model):
    _inherit = "csp.promotion"

    def _csp_build_cuts(self, source, price, step):
        """Return the cuts of the promotions of one source, which apply together."""
        own = self.filtered(lambda promotion: promotion.source == source)
        kind = engine.VENDOR_PROMOTION if source == "vendor" else engine.PROMOTION
        after = promotion_engine.prices_after(
            price, [promotion._build_promotion() for promotion in own]
        )
        return [
            Cut(
                kind,
                promotion.name,
                _percent(promotion.percent),
                round_half_up(amount, step),
                Source(promotion._name, promotion.id, promotion.name),
            )
            for promotion, amount in zip(own, after, strict=True)
        ]


# --------------------------------------------------------------------------
# CUTS
# --------------------------------------------------------------------------


def _level_cut(level, pricelist, price):
    if not level:
        return _list_cut(pricelist, price)
    is_compiled = pricelist.csp_grade_id == level
    return Cut(
        engine.LEVEL,
        level.name,
        _percent(level.csp_discount) if is_compiled else None,
        price,
        Source(level._name, level.id, level.name),
    )


def _list_cut(pricelist, price):
    return Cut(
        engine.LEVEL,
        pricelist.name,
        None,
        price,
        Source(pricelist._name, pricelist.id, pricelist.name),
    )


def _instead(table, own_cuts, chosen_cuts, env):
    """Return the buyer's own cuts, and what a list of others does beside them.

    Buyers read it: whose list was chosen is nothing for them.
    """
    result = {}
    for product_id, cuts in own_cuts.items():
        erp = table[product_id].erp
        own, chosen = (
            found[-1].price if found else erp
            for found in (cuts, chosen_cuts[product_id])
        )
        if chosen != own:
            label = env._("Price list chosen by hand")
            cuts = [*cuts, Cut(engine.MANUAL, label, None, chosen)]
        result[product_id] = cuts
    return result


def _agreement_cut(line, price, kind=engine.AGREEMENT):
    agreement = line.agreement_id
    return Cut(
        kind,
        agreement.display_name,
        _percent(line.value) if line.kind.startswith("discount") else None,
        price,
        Source(line._name, line.id, f"{agreement.display_name}: {line.name}"),
    )


def _bid_cut(line, cost):
    bid = line.bid_id
    return Cut(
        engine.SPECIAL_BID,
        bid.name,
        _percent(line.value) if line.kind == "percent" else None,
        cost,
        Source(bid._name, bid.id, bid.name),
    )


def _percent(value):
    return Decimal(repr(value)).quantize(Decimal("0.0001")).normalize()


def _exact(price):
    """Return a price of Odoo without what binary fractions add to it."""
    return Fraction(Decimal(repr(round(price, 9))))
