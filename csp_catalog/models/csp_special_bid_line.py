"""What a special bid gives for one offer."""

from decimal import Decimal
from fractions import Fraction

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import BID_KINDS


class CspSpecialBidLine(models.Model):
    _name = "csp.special.bid.line"
    _description = "Offer of a Special Bid"
    _order = "bid_id, id"

    bid_id = fields.Many2one(
        "csp.special.bid", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="bid_id.company_id", store=True)
    currency_id = fields.Many2one(related="bid_id.currency_id")
    product_tmpl_id = fields.Many2one(
        "product.template", string="Offer", domain=[("is_csp_offer", "=", True)]
    )
    product_id = fields.Many2one(
        "product.product", string="Variant", domain=[("is_csp_offer", "=", True)]
    )
    kind = fields.Selection(BID_KINDS, required=True, default="percent")
    value = fields.Float(digits=(16, 6), required=True)

    _value_range = models.Constraint(
        "CHECK (value > 0 AND (kind != 'percent' OR value <= 100))",
        "A special bid lowers the cost by more than 0 and at most 100 %, or names a "
        "cost above 0.",
    )

    # ----------------------------------------------------------------------
    # CONSTRAINTS
    # ----------------------------------------------------------------------

    @api.constrains("product_id", "product_tmpl_id")
    def _check_product(self):
        for line in self:
            if not line.product_id and not line.product_tmpl_id:
                raise ValidationError(
                    self.env._("Say which offer each line of the special bid is about.")
                )

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Refuse offers for a bid that somebody is deciding, or has decided, about."""
        lines = super().create(vals_list)
        lines._check_is_draft()
        return lines

    def write(self, vals):
        """Keep what was approved, and do not move it to another bid."""
        self._check_is_draft()
        result = super().write(vals)
        self._check_is_draft()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_drafts_only(self):
        self._check_is_draft()

    def _check_is_draft(self):
        if not self.env.su:
            self.bid_id._check_is_draft()

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _covers(self, product):
        self.ensure_one()
        if self.product_id:
            return self.product_id == product
        return self.product_tmpl_id == product.product_tmpl_id

    def _get_cost(self, cost, rate):
        """Return the exact cost of a seat, given what it is without the bid.

        :param rate: function: currency of the bid -> rate into the wanted one
        """
        self.ensure_one()
        value = Fraction(Decimal(repr(self.value)))
        if self.kind == "fixed":
            return value * rate(self.currency_id)
        return Fraction(cost) * (1 - value / 100)
