"""The vendor's promotion of a subscription: what its term costs, and how long."""

from decimal import Decimal

from odoo import fields, models

from odoo.addons.csp_catalog.engine import vendor_promotions

# The promotion that the vendor names for the term being booked, in the context.
VENDOR_PROMOTION = "csp_vendor_promotion_ref"


class CspSubscription(models.Model):
    _inherit = "csp.subscription"

    promotion_id = fields.Many2one(
        "csp.promotion",
        string="Vendor Promotion",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        groups="base.group_user",
        help="It lowers what this term costs. Whether the next one keeps it is for the "
        "vendor's rules to say.",
    )
    promotion_ref = fields.Char(
        string="Promotion at the Vendor", readonly=True, groups="base.group_user"
    )
    base_unit_cost = fields.Float(
        string="Cost without Promotion",
        digits=(16, 6),
        readonly=True,
        groups="base.group_user",
        help="Per seat and billing period; empty: the cost has no promotion in it.",
    )

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _prepare_promotion_cost(self, promotion, base_cost, ref=None):
        """Return the values of a term that costs ``base_cost`` without promotion."""
        cost = base_cost
        if promotion:
            cost = vendor_promotions.cost_after(
                _exact(base_cost), Decimal(repr(promotion.percent))
            )
        return {
            "promotion_id": promotion.id,
            "promotion_ref": ref or promotion.vendor_ref or False,
            "base_unit_cost": float(base_cost) if promotion else 0.0,
            "unit_cost": float(cost),
        }

    def _find_promotion(self, ref):
        """Return the promotion that the vendor names, when it is known here."""
        self.ensure_one()
        if not ref:
            return self.env["csp.promotion"]
        # sudo: what the vendor charges is bookkeeping of the company
        return (
            self.env["csp.promotion"]
            .sudo()
            .with_context(active_test=False)
            .search(
                [
                    ("vendor_ref", "=", ref),
                    ("company_id", "=", self.company_id.id),
                    ("program_id", "=", self.program_id.id),
                ],
                limit=1,
            )
        )

    def _prepare_vendor_values(self, vendor_state):
        """Override to charge what the vendor charges.

        A promotion that the vendor applied by itself lowers the cost, one that it took
        away raises it; both are told.
        """
        values = super()._prepare_vendor_values(vendor_state)
        ref = vendor_state.promotion_ref or False
        # sudo: costs are closed to the customers who change their own seats
        subscription = self.sudo()
        if ref == subscription.promotion_ref:
            return values
        promotion = subscription._find_promotion(ref)
        base_cost = subscription.base_unit_cost or subscription.unit_cost
        values |= subscription._prepare_promotion_cost(promotion, base_cost, ref)
        if ref:
            text = self.env._(
                "The vendor applies the promotion %s.", promotion.name or ref
            )
        else:
            text = self.env._(
                "The vendor does not apply the promotion %s any more: the cost is the "
                "list price.",
                subscription.promotion_id.name or subscription.promotion_ref,
            )
        self.message_post(body=text, subtype_xmlid="mail.mt_note")
        return values

    def _apply_vendor_renewal(self, vendor_state, source=None):
        """Override to book the new term at the cost that the vendor tells."""
        named = self.with_context(
            **{VENDOR_PROMOTION: vendor_state.promotion_ref or ""}
        )
        return super(CspSubscription, named)._apply_vendor_renewal(vendor_state, source)

    def _prepare_vendor_price(self, day):
        """Override: a promotion that the renewal keeps lowers the cost of its term."""
        values = super()._prepare_vendor_price(day)
        if not values:
            return values
        # sudo: costs are closed to the customers who answer their own renewals
        subscription = self.sudo()
        known = subscription.promotion_id
        named = self.env.context.get(VENDOR_PROMOTION)
        if named is not None:
            kept = subscription._find_promotion(named)
        else:
            instant = fields.Datetime.to_datetime(day)
            kept = known.filtered(lambda promotion: promotion._is_kept_at(instant))
        if not (kept or known):
            return values
        cost = values["unit_cost"]
        return values | subscription._prepare_promotion_cost(kept, cost, named)


def _exact(amount):
    """Return a stored amount as it is shown: six decimals."""
    return Decimal(repr(amount)).quantize(Decimal("0.000001"))
