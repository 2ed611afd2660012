"""The price of an order line, explained, and kept as it was when it was sold."""

from decimal import Decimal
from fractions import Fraction

from odoo import api, fields, models
from odoo.fields import Command

from ..engine import promotions as promotion_engine
from ..engine.prices import round_half_up
from ..engine.waterfall import MANUAL, Cut, Waterfall, add_cut


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    # What the price comes from.
    csp_agreement_line_id = fields.Many2one(
        "csp.agreement.line",
        string="Agreement clause",
        compute="_compute_csp_terms",
        store=True,
        precompute=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups="base.group_user",
    )
    csp_agreement_id = fields.Many2one(
        "csp.agreement",
        string="Agreement",
        compute="_compute_csp_terms",
        store=True,
        precompute=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups="base.group_user",
    )
    csp_promotion_ids = fields.Many2many(
        "csp.promotion",
        "csp_promotion_sale_line_rel",
        "line_id",
        "promotion_id",
        string="Promotions",
        compute="_compute_csp_terms",
        store=True,
        precompute=True,
        copy=False,
        groups="base.group_user",
    )
    csp_special_bid_id = fields.Many2one(
        "csp.special.bid",
        string="Special bid",
        compute="_compute_csp_terms",
        store=True,
        precompute=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups="base.group_user",
    )
    csp_rate = fields.Float(
        string="Rate",
        compute="_compute_csp_terms",
        store=True,
        precompute=True,
        copy=False,
        digits=(16, 9),
        groups="base.group_user",
        help="What one unit of the vendor's currency was worth in the order's.",
    )
    # The price as it follows from the rules, and with what was changed by hand.
    csp_terms_waterfall = fields.Json(
        compute="_compute_csp_terms",
        store=True,
        precompute=True,
        copy=False,
        groups="base.group_user",
    )
    csp_waterfall = fields.Json(
        string="Price explained",
        compute="_compute_csp_waterfall",
        store=True,
        precompute=True,
        copy=False,
        groups="base.group_user",
        help="From list price to net and from cost to margin. Stays as it was when the "
        "order was confirmed.",
    )
    csp_manual_percent = fields.Float(
        string="Discount by hand (%)",
        compute="_compute_csp_waterfall",
        store=True,
        precompute=True,
        copy=False,
        digits=(16, 2),
        groups="base.group_user",
        help="What was taken off the price that the rules make.",
    )
    csp_loss_amount = fields.Monetary(
        string="Below cost by",
        compute="_compute_csp_waterfall",
        store=True,
        precompute=True,
        copy=False,
        groups="base.group_user",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends(
        "product_id",
        "product_uom_qty",
        "company_id",
        "currency_id",
        "order_id.date_order",
        "order_id.partner_id",
        "order_id.pricelist_id",
    )
    def _compute_csp_terms(self):
        lines = self.filtered(
            lambda line: not line._csp_is_frozen() or not line.csp_terms_waterfall
        )
        for line in lines:
            line.csp_agreement_line_id = line.csp_agreement_id = False
            line.csp_promotion_ids = line.csp_special_bid_id = False
            line.csp_rate = 0.0
            line.csp_terms_waterfall = False
        for line, fall in lines._csp_get_waterfalls().items():
            line._csp_set_terms(fall)

    @api.depends("csp_terms_waterfall", "price_unit", "discount", "price_subtotal")
    def _compute_csp_waterfall(self):
        for line in self:
            if line._csp_is_frozen() and line.csp_waterfall:
                continue
            line.csp_waterfall = False
            line.csp_manual_percent = line.csp_loss_amount = 0.0
            # sudo: a computed field of the same line
            terms = line.sudo().csp_terms_waterfall
            if not terms:
                continue
            fall = line._csp_add_manual(Waterfall.from_dict(terms))
            line.csp_waterfall = fall.to_dict()
            line.csp_manual_percent = line._csp_get_manual_percent(fall)
            line.csp_loss_amount = line._csp_get_loss(fall)

    @api.depends("csp_terms_waterfall")
    def _compute_purchase_price(self):
        """Override of `sale_margin`: an offer costs what its waterfall ends with."""
        offers = self.filtered(
            lambda line: line.product_id.is_csp_offer and line.product_id.csp_key
        )
        result = super(SaleOrderLine, self - offers)._compute_purchase_price()
        for line in offers:
            if line._csp_is_frozen() and line.purchase_price:
                continue
            # sudo: a computed field of the same line
            terms = line.sudo().csp_terms_waterfall
            line.purchase_price = float(terms["cost"]) if terms else 0.0
        return result

    def _compute_price_unit(self):
        """Override of `sale`: the price of an offer follows day, buyer and promotions.

        A price set by hand stays, as for other products; so does one that was sold.
        """
        frozen = self.filtered(lambda line: line._csp_keeps_price())
        return super(SaleOrderLine, self - frozen)._compute_price_unit()

    def _compute_discount(self):
        """Override of `sale`: no discount that two decimals cannot say exactly."""
        frozen = self.filtered(lambda line: line._csp_keeps_price())
        lines = self - frozen
        result = super(SaleOrderLine, lines)._compute_discount()
        for line in lines:
            if line.discount and line._csp_has_terms():
                if not line._csp_shows_discount():
                    line.discount = 0.0
        return result

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    def _add_precomputed_values(self, vals_list):
        """Override of `sale`: a price that an offer comes with was set by hand.

        Odoo takes it for its own and would replace it with the next change.
        """
        offers = self.env["product.product"].browse(
            {vals["product_id"] for vals in vals_list if vals.get("product_id")}
        )
        offers = set(offers.filtered("csp_key").ids)
        for vals in vals_list:
            if vals.get("price_unit") and vals.get("product_id") in offers:
                vals.setdefault("technical_price_unit", 0.0)
        return super()._add_precomputed_values(vals_list)

    # ----------------------------------------------------------------------
    # BUSINESS: ODOO'S PRICE ENGINE
    # ----------------------------------------------------------------------

    def _get_pricelist_price(self):
        """Override of `sale` to take the distributor's promotions off the price."""
        price = super()._get_pricelist_price()
        if not self._csp_has_terms() or self.combo_item_id:
            return price
        # sudo: the buyer gets the price, not the promotions.
        promotions = self.sudo().csp_promotion_ids.filtered(
            lambda promotion: promotion.source == "distributor"
        )
        if not promotions:
            return price
        step = self.product_id._csp_step(self.currency_id)
        after = promotion_engine.prices_after(
            round_half_up(_exact(price), step),
            [promotion._build_promotion() for promotion in promotions],
        )
        return float(round_half_up(after[-1], step))

    def _get_display_price_ignore_combo(self):
        """Override of `sale`: where no discount says it, the price is net."""
        price = super()._get_display_price_ignore_combo()
        if not self._csp_has_terms() or self.combo_item_id:
            return price
        net = self._get_pricelist_price()
        step = self.product_id._csp_step(self.currency_id)
        is_net = not self.pricelist_item_id._show_discount() or price <= net
        if is_net or not self._csp_shows_discount():
            return float(round_half_up(_exact(net), step))
        return price

    def _csp_shows_discount(self):
        """Tell whether list price less a discount of two decimals is the net price.

        Exactly: Odoo multiplies before it rounds, and half a cent of a seat becomes
        euros on the line of a thousand.
        """
        self.ensure_one()
        base = _exact(self._get_pricelist_price_before_discount())
        net = _exact(self._get_pricelist_price())
        if base <= 0:
            return True
        step = self.product_id._csp_step(self.currency_id)
        digits = self.env["decimal.precision"].precision_get("Discount")
        percent = round_half_up((1 - net / base) * 100, Decimal(1).scaleb(-digits))
        shown = base * (1 - Fraction(percent) / 100)
        return shown == Fraction(round_half_up(net, step))

    # ----------------------------------------------------------------------
    # BUSINESS: WATERFALL
    # ----------------------------------------------------------------------

    def _csp_get_waterfalls(self, moment=None):
        """Return ``{line: Waterfall}`` as it is now, without what was done by hand.

        :param datetime moment: by default the one that Odoo prices each order at
        """
        groups, moments = {}, {}
        for line in self:
            if not line._csp_has_terms():
                continue
            order = line.order_id
            moments.setdefault(order, moment or line._csp_price_moment())
            key = (order, max(1, int(line.product_uom_qty)), line.currency_id)
            groups[key] = groups.get(key, self.browse()) + line
        found = {}
        for (order, quantity, currency), lines in groups.items():
            table = lines.product_id._csp_waterfalls(
                order.partner_id,
                moments[order],
                quantity,
                currency=currency,
                company=order.company_id or self.env.company,
                customer=order._csp_get_end_customer(),
                order=order._origin,
                pricelist=order.pricelist_id,
            )
            for line in lines:
                if line.product_id.id in table:
                    found[line] = table[line.product_id.id]
        return found

    def _csp_get_waterfall(self):
        """Return what the line was, or will be, sold at; None without a price."""
        self.ensure_one()
        data = self.sudo().csp_waterfall  # sudo: callers leave out what is not theirs
        return Waterfall.from_dict(data) if data else None

    def _csp_set_terms(self, fall):
        """Write down a waterfall and the records that it comes from."""
        self.ensure_one()
        sources = {}
        for step in fall.steps + fall.cost_steps:
            if step.source:
                sources.setdefault((step.kind, step.source.model), []).append(
                    step.source.res_id
                )
        lines = sources.get(("agreement", "csp.agreement.line"), [])
        clause = self.env["csp.agreement.line"].sudo().browse(lines[:1])
        self.csp_agreement_line_id = clause
        self.csp_agreement_id = clause.agreement_id
        promotions = sources.get(("promotion", "csp.promotion"), []) + sources.get(
            ("vendor_promotion", "csp.promotion"), []
        )
        if self.csp_promotion_ids.ids != promotions:
            # Prices depend on it: nothing is written that says the same.
            self.csp_promotion_ids = [Command.set(promotions)]
        bids = sources.get(("special_bid", "csp.special.bid"), [])
        self.csp_special_bid_id = bids[0] if bids else False
        # sudo: the vendor's price row is closed to customers
        vendor_currency = self.sudo().csp_price_id.currency_id
        company = self.company_id or self.env.company
        day = fields.Date.to_date(self._csp_price_moment())
        self.csp_rate = (
            self.env["res.currency"]._get_conversion_rate(
                vendor_currency, self.currency_id, company, day
            )
            if vendor_currency
            else 1.0
        )
        self.csp_terms_waterfall = fall.to_dict()

    def _csp_refresh_terms(self, moment=None):
        """Read cost and terms again, as the rules are now; prices by hand stay."""
        lines = self.filtered(lambda line: not line._csp_is_frozen())
        for line, fall in lines._csp_get_waterfalls(moment).items():
            # sudo: the fields are computed; whoever confirms cannot write them
            line.sudo()._csp_set_terms(fall)

    def _csp_add_manual(self, fall):
        """Return the waterfall with the step that a person made, if there is one."""
        self.ensure_one()
        step = self.product_id._csp_step(self.currency_id)
        price = self._csp_seat_price()
        if price == fall.net:
            return fall
        if self.combo_item_id:
            label = self.env._(
                "Share of %s", self._get_linked_line().product_id.display_name
            )
        elif price < fall.net:
            label = self.env._("Discount by hand")
        else:
            label = self.env._("Set by hand")
        return add_cut(fall, Cut(MANUAL, label, None, price), step)

    def _csp_get_manual_percent(self, fall):
        """Return how much of the price that the rules make was taken off by hand."""
        if self.combo_item_id:
            return 0.0
        taken = -sum((s.amount for s in fall.steps if s.kind == MANUAL), Decimal())
        before = fall.net + taken
        if taken <= 0 or not before:
            return 0.0
        return float(round_half_up(Fraction(taken) / Fraction(before) * 100, _CENT))

    def _csp_get_promotion_amount(self, promotion):
        """Return what a promotion takes off one seat, as a positive amount."""
        self.ensure_one()
        fall = self._csp_get_waterfall()
        steps = fall.steps + fall.cost_steps if fall else ()
        return float(
            -sum(
                step.amount
                for step in steps
                if step.source
                and step.source.model == promotion._name
                and step.source.res_id == promotion.id
            )
        )

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    def _csp_price_moment(self):
        """Return the moment that Odoo prices the line at: of a cart, now."""
        self.ensure_one()
        return self._get_order_date() or fields.Datetime.now()

    def _csp_has_terms(self):
        """Tell whether the line sells an offer whose price can be explained."""
        self.ensure_one()
        return bool(
            not self.display_type
            and self.product_id.csp_key
            and self.order_id
            and not self.is_downpayment
        )

    def _csp_is_frozen(self):
        """Tell whether the line is what it was sold, or handed in for approval, as."""
        self.ensure_one()
        return self.state in ("sale", "cancel")

    def _csp_keeps_price(self):
        """Tell whether no rule changes the price of the line any more."""
        self.ensure_one()
        return self._csp_has_terms() and self._csp_is_frozen()

    def _csp_seat_price(self):
        """Return what one seat costs on the line, to the cent."""
        self.ensure_one()
        share = 1 - Fraction(Decimal(repr(round(self.discount or 0.0, 6)))) / 100
        step = self.product_id._csp_step(self.currency_id)
        return round_half_up(_exact(self.price_unit) * share, step)

    def _csp_get_loss(self, fall, net_amount=None):
        """Return by how much the whole line misses its cost; 0 when it covers it.

        :param float net_amount: what comes in for the line; by default its subtotal
        """
        self.ensure_one()
        net_amount = self.price_subtotal if net_amount is None else net_amount
        step = self.product_id._csp_step(self.currency_id)
        cost = float(
            round_half_up(fall.cost * Decimal(str(self.product_uom_qty)), step)
        )
        if self.currency_id.compare_amounts(net_amount, cost) >= 0:
            return 0.0
        return self.currency_id.round(cost - net_amount)

    def _csp_get_terms(self):
        """Return the waterfall without what was done by hand; None without a price."""
        self.ensure_one()
        data = self.sudo().csp_terms_waterfall  # sudo: see `_csp_get_waterfall`
        return Waterfall.from_dict(data) if data else None


_CENT = Decimal("0.01")


def _exact(price):
    """Return a price of Odoo without what binary fractions add to it."""
    return Fraction(Decimal(repr(round(price, 9))))
