"""What the vendor says about a customer's right to its promotions.

The vendor counts seats and purchases across all partners of a customer, and knows what
the customer owns. Its answer is asked for while quoting and holds for a day; the order
asks again, at the vendor.
"""

from datetime import timedelta

from odoo import api, fields, models

from ..engine import vendor_promotions as engine

# How long an answer is believed: seats are sold meanwhile, by others too.
CHECK_HOURS = 24
VERDICTS = "csp_promotion_verdicts"


class CspPromotionCheck(models.Model):
    _name = "csp.promotion.check"
    _description = "Answer about a Promotion"
    _order = "checked_at desc, id desc"
    _rec_name = "promotion_id"

    promotion_id = fields.Many2one(
        "csp.promotion", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="promotion_id.company_id", store=True)
    customer_id = fields.Many2one(
        "res.partner", string="End customer", required=True, index=True
    )
    product_id = fields.Many2one("product.product", string="Offer", required=True)
    seats = fields.Integer(required=True)
    is_eligible = fields.Boolean(string="Granted")
    available_seats = fields.Integer(string="Seats left")
    has_available_seats = fields.Boolean()
    reason = fields.Char(string="Vendor's answer")
    checked_at = fields.Datetime(string="Asked on", required=True)

    _question_uniq = models.UniqueIndex(
        "(promotion_id, customer_id, product_id)",
        "The vendor was asked about this by somebody else just now.",
    )

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    @api.model
    def _book_answer(self, promotion, customer, product, seats, answer):
        """Keep the newest answer to a question."""
        values = {
            "seats": seats,
            "is_eligible": answer.is_eligible,
            "available_seats": answer.available_seats or 0,
            "has_available_seats": answer.available_seats is not None,
            "reason": answer.reason,
            "checked_at": fields.Datetime.now(),
        }
        # sudo: answers are written by the question alone.
        checks = self.sudo()
        known = checks.search(
            [
                ("promotion_id", "=", promotion.id),
                ("customer_id", "=", customer.id),
                ("product_id", "=", product.id),
            ],
            limit=1,
        )
        if known:
            known.write(values)
            return known
        return checks.create(
            {
                "promotion_id": promotion.id,
                "customer_id": customer.id,
                "product_id": product.id,
                **values,
            }
        )

    @api.model
    def _get_verdicts(self, customer, seats, moment):
        """Return ``{(promotion id, product id): may have it}`` of fresh answers."""
        # sudo: only whether a promotion may be reckoned with.
        found = self.sudo().search(
            [
                ("customer_id", "=", customer.id),
                ("checked_at", ">=", moment - timedelta(hours=CHECK_HOURS)),
            ]
        )
        verdicts = {}
        for check in found:
            left = check.available_seats if check.has_available_seats else None
            answer = engine.Check(check.is_eligible, check.seats, left)
            verdict = engine.verdict(answer, seats)
            if verdict is not None:
                verdicts[check.promotion_id.id, check.product_id.id] = verdict
        return verdicts


class CspPromotion(models.Model):
    _inherit = "csp.promotion"

    check_ids = fields.One2many("csp.promotion.check", "promotion_id", readonly=True)

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    @api.model
    def _get_applicable(
        self, products, partner, quantity, moment, company, customer=None, order=None
    ):
        """Override to believe the vendor where it was asked.

        Without its answer, a promotion with conditions that only the vendor can see
        lowers no cost.
        """
        user = (customer or partner).commercial_partner_id
        verdicts = self.env["csp.promotion.check"]._get_verdicts(
            user, max(1, int(quantity)), moment
        )
        return super(
            CspPromotion, self.with_context(**{VERDICTS: verdicts})
        )._get_applicable(products, partner, quantity, moment, company, customer, order)

    def _covers(self, product):
        """Override to leave out what the vendor does not grant; see above."""
        verdicts = self.env.context.get(VERDICTS)
        if verdicts is not None and self.source == "vendor":
            verdict = verdicts.get((self.id, product.id))
            if verdict is False or (verdict is None and self._needs_check()):
                return False
        return super()._covers(product)

    def _get_vendor_candidates(self, product, moment):
        """Return the vendor's promotions that run for an offer, granted or not."""
        # sudo: sales people ask about promotions of their own company
        running = self.sudo().search(
            self._get_running_domain(moment)
            & fields.Domain("source", "=", "vendor")
            & fields.Domain("vendor_ref", "!=", False)
            & fields.Domain("company_id", "=", self.env.company.id)
        )
        return running.filtered(lambda promotion: promotion._covers(product))
