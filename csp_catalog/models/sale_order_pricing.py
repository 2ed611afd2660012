"""What a confirmation fixes and uses up: costs, promotions, special bids."""

from collections import Counter

from odoo import SUPERUSER_ID, api, fields, models

# What gives something to a limited number of seats.
QUOTA_MODELS = ("csp.promotion", "csp.special.bid")


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_confirm(self):
        """Override of `sale`: one confirmation after the other uses a quota up.

        Orders that are confirmed together as well: each is checked after the one
        before it has taken its seats.
        """
        # sudo: locks rows; the order's own promotions and bids are no customer's.
        lines = self.sudo().order_line
        lines.csp_promotion_ids._lock()
        lines.csp_special_bid_id._lock()
        for order in self:
            super(SaleOrder, order).action_confirm()
        return True

    def action_update_prices(self):
        """Override of `sale`: what is offered anew is offered at the rules of now.

        Odoo computes as of the quotation's date, when what has ended was in force.
        """
        self.ensure_one()
        if self.state in ("draft", "sent") and self._csp_offer_lines():
            self.date_order = fields.Datetime.now()
        return super().action_update_prices()

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _action_confirm(self):
        """Override of `sale` to keep the prices as sold and book what they used."""
        # sudo: a customer who confirms a quote books no promotion itself
        for order in self.sudo():
            order._csp_freeze_prices()
            order._csp_book_usage()
        return super()._action_confirm()

    def _action_cancel(self):
        """Override of `sale` to give back what may be used again."""
        result = super()._action_cancel()
        # sudo: see `_action_confirm`
        self.sudo()._csp_release_usage()
        return result

    def _csp_promotion_errors(self):
        """Return a sentence per promotion or bid that the order has no right to.

        The price of a quotation stays, but a promotion that ended or was used up in
        the meantime is not given: somebody has to offer the new price first. That a
        price was changed by hand on top of it makes no difference.
        """
        self.ensure_one()
        # sudo: customers learn that a promotion is over, and no more of it.
        lines = self.sudo()._csp_offer_lines()
        falls = lines._csp_get_waterfalls(self._csp_floor_moment())
        errors, seats = [], Counter()
        for line, fall in falls.items():
            quantity = int(line.product_uom_qty)
            given = self._csp_get_quota_sources(fall.steps)
            for promotion in line._csp_sale_promotions():
                if promotion in given:
                    seats[promotion] += quantity
                    continue
                errors.append(
                    self.env._(
                        "The promotion “%(promotion)s” does not hold any more for "
                        "%(seats)s seats of %(product)s. Update the prices and "
                        "offer them again.",
                        promotion=promotion.name,
                        seats=quantity,
                        product=line.product_id.display_name,
                    )
                )
            for source in self._csp_get_quota_sources(fall.cost_steps):
                seats[source] += quantity
        return errors + self._csp_quota_errors(seats)

    def _csp_quota_errors(self, seats):
        """Return a sentence per promotion or bid that all lines together exceed.

        :param dict seats: ``{promotion or bid: seats of all lines that use it}``
        """
        customer = self._csp_get_end_customer()
        errors = []
        for source, wanted in seats.items():
            left = source._get_left_seats(customer, self._origin)
            if left is None or wanted <= left:
                continue
            errors.append(
                self.env._(
                    "“%(name)s” has %(left)s seats left, and the lines of this order "
                    "have %(wanted)s. Lower the seats, or order the rest separately.",
                    name=source.name,
                    left=left,
                    wanted=wanted,
                )
                if self.env.user._is_internal() or not source._lowers_cost()
                else self.env._(
                    "Our sales team has to look at the seats of this order first."
                )
            )
        return errors

    def _csp_get_quota_sources(self, steps):
        """Return the promotions and special bids behind steps of a waterfall."""
        return [
            # sudo: see `_csp_promotion_errors`
            self.env[step.source.model].sudo().browse(step.source.res_id)
            for step in steps
            if step.source and step.source.model in QUOTA_MODELS
        ]

    def _csp_freeze_prices(self):
        """Keep how each price came about, with the costs of this moment."""
        self.ensure_one()
        lines = self._csp_offer_lines()
        moment = self._csp_floor_moment()
        prices = lines._csp_get_prices(moment)
        for line, fall in lines._csp_get_waterfalls(moment).items():
            line._csp_freeze(fall, prices.get(line))

    def _csp_book_usage(self):
        """Count the seats that promotions and special bids have been used for."""
        self.ensure_one()
        customer = self._csp_get_end_customer()
        for line in self._csp_offer_lines():
            seats = int(line.product_uom_qty)
            line.csp_promotion_ids._book_usage(line, customer, seats)
            if line.csp_special_bid_id:
                line.csp_special_bid_id._use(seats)

    def _csp_release_usage(self):
        """Give back seats of promotions and special bids; a second time, nothing."""
        usages = self.env["csp.promotion.usage"].search(
            [("order_id", "in", self.ids), ("is_released", "=", False)]
        )
        usages._release()
        for line in self.order_line.filtered("csp_is_bid_used"):
            line.csp_special_bid_id._use(-int(line.product_uom_qty))
            # sudo: the mark follows the count, nobody writes it by hand
            line.sudo().csp_is_bid_used = False

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    def _csp_get_end_customer(self):
        """Return the company that uses what is ordered: here, who buys it."""
        self.ensure_one()
        return self.partner_id.commercial_partner_id

    @api.model
    def _csp_get_customer_domain(self, customer):
        """Return the domain of the orders whose end customer is ``customer``."""
        return fields.Domain("partner_id.commercial_partner_id", "=", customer.id)

    @api.model
    def _csp_find_approver(self, group_xmlid, company):
        """Return somebody of a group who works for the company."""
        # sudo: looks for colleagues by their group
        group = self.env.ref(group_xmlid).sudo()
        people = group.all_user_ids.filtered(
            lambda user: (
                user.active and user.id != SUPERUSER_ID and company in user.company_ids
            )
        )
        return people.sorted("id")[:1] or self.env.user


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    csp_is_bid_used = fields.Boolean(
        copy=False, readonly=True, groups="base.group_user"
    )

    csp_approved_by_id = fields.Many2one(
        "res.users",
        string="Approved by",
        related="order_id.csp_floor_approved_by",
        store=True,
        groups="base.group_user",
    )

    def _csp_sale_promotions(self):
        """Return the promotions that lowered the price of the line."""
        self.ensure_one()
        return self.csp_promotion_ids.filtered(
            lambda promotion: promotion.source == "distributor"
        )

    def _csp_freeze(self, fall, price=None):
        """Write down what the line was sold at: the quoted price, the costs of now.

        :param Waterfall fall: how price and cost would come about now
        :param CspPrice price: the vendor's price of now
        """
        self.ensure_one()
        sold = self._csp_get_terms() or fall
        sold = sold._replace(
            list_cost=fall.list_cost,
            cost_steps=fall.cost_steps,
            cost=fall.cost,
            floor=fall.floor,
        )
        self._csp_set_terms(sold)
        sold = self._csp_add_manual(sold)
        self.csp_waterfall = sold.to_dict()
        self.csp_manual_percent = self._csp_get_manual_percent(sold)
        self.purchase_price = float(sold.cost)
        self.csp_loss_amount = self._csp_get_loss(sold)
        self.csp_is_bid_used = bool(self.csp_special_bid_id)
        if price:
            self.csp_price_id = price.price_id
            self.csp_price_ref = self._csp_describe_price(price)
