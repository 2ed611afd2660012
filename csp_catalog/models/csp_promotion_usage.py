"""Who has used a promotion, for how many seats."""

from odoo import api, fields, models


class CspPromotionUsage(models.Model):
    _name = "csp.promotion.usage"
    _description = "Usage of a Promotion"
    _order = "id desc"
    _rec_name = "promotion_id"

    promotion_id = fields.Many2one(
        "csp.promotion", required=True, index=True, ondelete="restrict"
    )
    source = fields.Selection(related="promotion_id.source", store=True)
    company_id = fields.Many2one(
        related="promotion_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_currency_id", store=True
    )
    order_line_id = fields.Many2one(
        "sale.order.line", index="btree_not_null", ondelete="set null"
    )
    order_id = fields.Many2one(
        related="order_line_id.order_id", store=True, index="btree_not_null"
    )
    product_id = fields.Many2one(related="order_line_id.product_id", store=True)
    partner_id = fields.Many2one("res.partner", string="Buyer", index="btree_not_null")
    customer_id = fields.Many2one(
        "res.partner", string="End customer", required=True, index=True
    )
    seats = fields.Integer(required=True)
    amount = fields.Monetary(
        string="Given away",
        help="What the promotion took off one billing period of these seats.",
    )
    is_released = fields.Boolean(
        string="Given back",
        help="The order was cancelled and the seats may be used again.",
    )

    _line_uniq = models.UniqueIndex(
        "(promotion_id, order_line_id) WHERE NOT is_released",
        "This order line has used the promotion already.",
    )
    _seats_positive = models.Constraint(
        "CHECK (seats > 0)", "A usage is about at least one seat."
    )

    @api.depends("order_line_id.currency_id", "company_id.currency_id")
    def _compute_currency_id(self):
        for usage in self:
            usage.currency_id = (
                usage.order_line_id.currency_id or usage.company_id.currency_id
            )

    def _release(self):
        """Give back the seats of the distributor's promotions.

        The vendor counts what was bought once, cancelled or not.
        """
        booked = self.filtered(
            lambda usage: not usage.is_released and usage.source == "distributor"
        )
        booked.promotion_id._lock()
        for usage in booked:
            usage.promotion_id.used_seats -= usage.seats
        booked.is_released = True
        return booked


class CspPromotion(models.Model):
    _inherit = "csp.promotion"

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _lock(self):
        """Let one confirmation after the other look at these promotions.

        A transaction that waited for one which booked fails at once and is repeated by
        Odoo, so it never decides by an old number.
        """
        if self.ids:
            self.env.cr.execute(
                "SELECT id FROM csp_promotion WHERE id = ANY(%s) ORDER BY id"
                " FOR UPDATE",
                [self.ids],
            )
            self.invalidate_recordset(["used_seats"])

    def _book_usage(self, line, customer, seats):
        """Note that an order line has used seats of these promotions, once."""
        # sudo: usages are written by confirmations alone.
        usages = self.env["csp.promotion.usage"].sudo()
        for promotion in self.sudo():
            known = usages.search(
                [
                    ("promotion_id", "=", promotion.id),
                    ("order_line_id", "=", line.id),
                    ("is_released", "=", False),
                ],
                limit=1,
            )
            if known:
                continue
            usages += usages.create(
                {
                    "promotion_id": promotion.id,
                    "order_line_id": line.id,
                    "customer_id": customer.id,
                    "partner_id": line.order_id.partner_id.commercial_partner_id.id,
                    "seats": seats,
                    "amount": line._csp_get_promotion_amount(promotion) * seats,
                }
            )
            promotion.used_seats += seats
        return usages
