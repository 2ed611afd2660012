"""What a confirmation fixes and uses up: costs, promotions, special bids."""

from odoo import SUPERUSER_ID, api, fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def action_confirm(self):
        """Override of `sale`: one confirmation after the other uses a quota up."""
        # sudo: locks rows; the order's own promotions and bids are no customer's.
        lines = self.sudo().order_line
        lines.csp_promotion_ids._lock()
        lines.csp_special_bid_id._lock()
        return super().action_confirm()

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
        """Return a sentence per promotion that a line has no right to any more.

        The price of a quotation stays, but a promotion that ended or was used up in
        the meantime is not given: somebody has to offer the new price first.
        """
        self.ensure_one()
        # sudo: customers learn that a promotion is over, and no more of it.
        lines = self.sudo()._csp_offer_lines()
        quoted = lines.filtered(
            lambda line: line._csp_sale_promotions() and not line.csp_manual_percent
        )
        falls = quoted._csp_get_waterfalls(self._csp_floor_moment())
        errors = []
        for line, fall in falls.items():
            given = {
                step.source.res_id for step in fall.steps if step.kind == "promotion"
            }
            for promotion in line._csp_sale_promotions():
                if promotion.id not in given:
                    errors.append(
                        self.env._(
                            "The promotion “%(promotion)s” does not hold any more for "
                            "%(seats)s seats of %(product)s. Update the prices and "
                            "offer them again.",
                            promotion=promotion.name,
                            seats=int(line.product_uom_qty),
                            product=line.product_id.display_name,
                        )
                    )
        return errors

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
            line.csp_is_bid_used = False

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
