"""Promotions: a lower price, or a lower cost, for a time and a number of seats.

A promotion of the distributor lowers the sale price, one of the vendor the cost. Its
usage is booked when an order is confirmed, under a lock on the promotion. Cancelling
the order gives the seats of a distributor's promotion back; those of a vendor's stay
used, as the vendor counts them.
"""

from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import PROMOTION_SOURCES, SEGMENTS
from ..engine import promotions as engine


class CspPromotion(models.Model):
    _name = "csp.promotion"
    _description = "Promotion"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date_end desc, name, id"

    # Identity.
    name = fields.Char(required=True, translate=True, tracking=True)
    code = fields.Char(copy=False, tracking=True)
    active = fields.Boolean(default=True)
    source = fields.Selection(
        PROMOTION_SOURCES,
        string="Given by",
        required=True,
        default="distributor",
        help="The distributor's promotions lower the sale price, the vendor's the "
        "cost.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    program_id = fields.Many2one(
        "csp.program", string="Programme", index="btree_not_null", ondelete="restrict"
    )
    vendor_ref = fields.Char(
        string="Vendor's ID",
        copy=False,
        index="btree_not_null",
        help="How the vendor names its promotion.",
    )
    note = fields.Html(string="Description")

    # What it gives, and when.
    percent = fields.Float(
        string="Discount (%)", digits=(7, 4), required=True, tracking=True
    )
    date_start = fields.Datetime(
        string="Starts at", required=True, default=fields.Datetime.now, tracking=True
    )
    date_end = fields.Datetime(
        string="Ends at",
        tracking=True,
        help="The first moment at which it does not hold any more.",
    )
    is_running = fields.Boolean(
        compute="_compute_is_running", search="_search_is_running"
    )
    is_stackable = fields.Boolean(
        string="Combines with others",
        help="The percentages of all combining promotions add up, unless one that does "
        "not combine lowers the price as much or more.",
    )

    # To what and to whom.
    line_ids = fields.One2many(
        "csp.promotion.line",
        "promotion_id",
        string="Offers",
        copy=True,
        help="Without a line the distributor's promotion holds for every offer of the "
        "programme and segment.",
    )
    segment = fields.Selection(SEGMENTS, help="Empty: every segment.")
    grade_ids = fields.Many2many(
        "res.partner.grade",
        string="Partner levels",
        help="Only buyers of these levels get it. Empty: every buyer.",
    )
    is_first_purchase = fields.Boolean(
        string="New customers only",
        help="Only for who has never bought one of these offers.",
    )
    min_seats = fields.Integer(string="Seats from", help="In one purchase.")
    max_seats = fields.Integer(
        string="Seats per customer", help="All purchases together; 0: any number."
    )
    quota_seats = fields.Integer(
        string="Seats in all", help="Of all customers together; 0: any number."
    )

    # What has been used. Written with every booking, so that two bookings at the same
    # time cannot both see the same number.
    used_seats = fields.Integer(readonly=True, copy=False, default=0)
    left_seats = fields.Integer(compute="_compute_left_seats")
    usage_ids = fields.One2many("csp.promotion.usage", "promotion_id", readonly=True)
    usage_count = fields.Integer(compute="_compute_usage_count")

    _vendor_ref_uniq = models.UniqueIndex(
        "(company_id, vendor_ref) WHERE vendor_ref IS NOT NULL",
        "This promotion of the vendor is known already.",
    )
    _percent_range = models.Constraint(
        "CHECK (percent > 0 AND percent <= 100)",
        "The discount must be more than 0 and at most 100 %.",
    )
    _seats_positive = models.Constraint(
        "CHECK (min_seats >= 0 AND max_seats >= 0 AND quota_seats >= 0)",
        "Numbers of seats cannot be negative.",
    )
    _dates_order = models.Constraint(
        "CHECK (date_end IS NULL OR date_end > date_start)",
        "A promotion ends after it starts.",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("date_start", "date_end", "active")
    def _compute_is_running(self):
        now = fields.Datetime.now()
        for promotion in self:
            promotion.is_running = (
                promotion.active
                and bool(promotion.date_start and promotion.date_start <= now)
                and (not promotion.date_end or now < promotion.date_end)
            )

    @api.model
    def _search_is_running(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._get_running_domain(fields.Datetime.now())
        return domain if True in value else ~domain

    @api.depends("quota_seats", "used_seats")
    def _compute_left_seats(self):
        for promotion in self:
            left = promotion.quota_seats - promotion.used_seats
            promotion.left_seats = max(0, left) if promotion.quota_seats else 0

    def _compute_usage_count(self):
        counts = dict(
            self.env["csp.promotion.usage"]._read_group(
                [("promotion_id", "in", self.ids)], ["promotion_id"], ["__count"]
            )
        )
        for promotion in self:
            promotion.usage_count = counts.get(promotion, 0)

    # ----------------------------------------------------------------------
    # CONSTRAINTS
    # ----------------------------------------------------------------------

    @api.constrains("min_seats", "max_seats", "quota_seats")
    def _check_seats(self):
        for promotion in self:
            limits = (promotion.max_seats, promotion.quota_seats)
            if any(limit and limit < promotion.min_seats for limit in limits):
                raise ValidationError(
                    self.env._(
                        "%s could never be used: its smallest purchase is larger than "
                        "its limit.",
                        promotion.name,
                    )
                )

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_view_usages(self):
        """Open what has been sold with these promotions."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "csp_catalog.action_csp_promotion_usage"
        )
        action["domain"] = [("promotion_id", "in", self.ids)]
        action["context"] = {}
        return action

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    @api.model
    def _get_running_domain(self, moment):
        """Return the domain of the promotions that hold at ``moment``."""
        return fields.Domain("date_start", "<=", moment) & (
            fields.Domain("date_end", "=", False)
            | fields.Domain("date_end", ">", moment)
        )

    def _build_promotion(self):
        """Return the engine's view of the promotion."""
        self.ensure_one()
        return engine.Promotion(
            promotion_id=self.id,
            percent=Decimal(repr(self.percent)).quantize(Decimal("0.0001")),
            valid_from=self.date_start or None,
            valid_to=self.date_end or None,
            min_seats=self.min_seats,
            max_seats=self.max_seats,
            quota_seats=self.quota_seats,
            is_first_purchase=self.is_first_purchase,
            is_stackable=self.is_stackable,
        )

    def _covers(self, product):
        """Tell whether the promotion is about this variant."""
        self.ensure_one()
        if self.program_id and product.csp_program_id != self.program_id:
            return False
        if self.segment and product.csp_segment != self.segment:
            return False
        if not self.line_ids:
            return self.source == "distributor"
        return any(line._covers(product) for line in self.line_ids)

    def _is_for(self, partner):
        """Tell whether the buyer has one of the levels that the promotion is for."""
        self.ensure_one()
        return not self.grade_ids or partner.commercial_partner_id.grade_id in (
            self.grade_ids
        )

    @api.model
    def _get_applicable(
        self, products, partner, quantity, moment, company, customer=None, order=None
    ):
        """Return ``{product id: promotions}`` that apply together to a purchase.

        The number of queries does not depend on the number of products. Promotions of
        the distributor come before those of the vendor; each group is chosen by the
        engine's rule about combining.

        :param res.partner partner: who buys
        :param int quantity: seats of each product
        :param res.partner customer: who uses the seats; by default the buyer
        :param sale.order order: whose own usage and lines do not count
        """
        # sudo: tells what a purchase costs; promotions are no portal's business.
        running = self.sudo().search(
            self._get_running_domain(moment)
            & fields.Domain("company_id", "=", company.id)
        )
        offers = products.filtered("csp_key")
        running = running.filtered(lambda promotion: promotion._is_for(partner))
        covered = {
            promotion: offers.filtered(promotion._covers) for promotion in running
        }
        covered = {promotion: found for promotion, found in covered.items() if found}
        if not covered:
            return {}
        customer = (customer or partner).commercial_partner_id
        used = self._get_used_by(customer, order)
        bought = self._get_bought(covered, customer, order)
        by_product = {}
        for promotion, found in covered.items():
            own, total = used.get(promotion.id, (0, 0))
            answer = engine.eligibility(
                promotion._build_promotion(),
                max(1, int(quantity)),
                own,
                promotion.used_seats - total,
                promotion.id in bought,
                moment,
            )
            if answer.is_eligible:
                for product in found:
                    by_product.setdefault(product.id, self.browse())
                    by_product[product.id] |= promotion
        return {product_id: found._choose() for product_id, found in by_product.items()}

    def _choose(self):
        """Return the eligible promotions that apply together, in their order."""
        chosen = self.browse()
        for source, _label in PROMOTION_SOURCES:
            promotions = self.filtered(lambda p, source=source: p.source == source)
            for promo in engine.choose(p._build_promotion() for p in promotions):
                chosen += self.browse(promo.promotion_id)
        return chosen

    @api.model
    def _get_used_by(self, customer, order=None):
        """Return ``{promotion id: (seats used by the customer, seats to leave out)}``.

        What the given order has booked itself is left out of both.
        """
        # sudo: limits hold across resellers; only numbers of seats are used.
        usages = self.env["csp.promotion.usage"].sudo()
        domain = fields.Domain("is_released", "=", False)
        groups = usages._read_group(
            domain & fields.Domain("customer_id", "=", customer.id),
            ["promotion_id", "order_id"],
            ["seats:sum"],
        )
        used = {}
        for promotion, owner, seats in groups:
            own, total = used.get(promotion.id, (0, 0))
            if order and owner == order:
                total += seats
            else:
                own += seats
            used[promotion.id] = (own, total)
        return used

    def _get_left_seats(self, customer, order=None):
        """Return how many seats the customer can still have; None: any number."""
        self.ensure_one()
        own, total = self._get_used_by(customer, order).get(self.id, (0, 0))
        return engine.available_seats(
            self._build_promotion(), own, self.used_seats - total
        )

    def _lowers_cost(self):
        """Tell whether customers learn nothing of it."""
        self.ensure_one()
        return self.source == "vendor"

    @api.model
    def _get_bought(self, covered, customer, order=None):
        """Return the ids of first-purchase promotions that come too late."""
        first = {p: found for p, found in covered.items() if p.is_first_purchase}
        if not first:
            return set()
        products = self.env["product.product"].union(*first.values())
        orders = self.env["sale.order"]._csp_get_customer_domain(customer)
        domain = fields.Domain("state", "=", "sale") & fields.Domain(
            "product_id.product_tmpl_id", "in", products.product_tmpl_id.ids
        )
        if order and order.ids:
            domain &= fields.Domain("order_id", "not in", order.ids)
        # sudo: only whether the customer has bought, from whomever.
        groups = (
            self.env["sale.order.line"]
            .sudo()
            ._read_group(
                domain & fields.Domain("order_id", "any", orders), ["product_id"]
            )
        )
        known = self.env["product.product"].union(*(p for (p,) in groups))
        return {
            promotion.id
            for promotion, found in first.items()
            if found.product_tmpl_id & known.product_tmpl_id
        }
