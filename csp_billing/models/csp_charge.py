from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import CHARGE_KINDS, CHARGE_STATES, LEG_SALE, LEGS

# The money of a charge never changes. What may be written: where it was invoiced,
# and that it was set aside before that.
WRITABLE_FIELDS = {"invoice_line_id", "state", "run_id"}


class CspCharge(models.Model):
    """An append-only money fact for a service period: sale leg or cost leg."""

    _name = "csp.charge"
    _description = "Charge"
    _order = "period_start desc, id desc"
    _rec_name = "display_name"
    _check_company_auto = True

    # Identity
    subscription_id = fields.Many2one(
        "csp.subscription",
        required=True,
        index=True,
        readonly=True,
        ondelete="restrict",
        check_company=True,
    )
    event_id = fields.Many2one(
        "csp.subscription.event",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The fact that made this charge necessary.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True
    )
    leg = fields.Selection(LEGS, required=True, readonly=True, default=LEG_SALE)
    kind = fields.Selection(CHARGE_KINDS, required=True, readonly=True)
    state = fields.Selection(
        CHARGE_STATES, required=True, readonly=True, default="booked"
    )
    position = fields.Integer(
        required=True, readonly=True, help="Number in the ledger of its subscription."
    )

    # What is charged; ends are exclusive
    period_start = fields.Date(required=True, readonly=True, index=True)
    period_end = fields.Date(required=True, readonly=True)
    period_last_date = fields.Date(
        string="Through", compute="_compute_period_last_date"
    )
    slice_start = fields.Date(
        string="Billing Period From", required=True, readonly=True
    )
    layer_start = fields.Date(string="Seats Since", required=True, readonly=True)
    full_start = fields.Date(string="Whole Period From", required=True, readonly=True)
    full_end = fields.Date(string="Whole Period To", required=True, readonly=True)
    quantity = fields.Integer(string="Seats", required=True, readonly=True)
    unit_price = fields.Float(
        digits=(16, 6),
        required=True,
        readonly=True,
        aggregator="avg",
        help="Per seat and whole billing period.",
    )
    factor_text = fields.Char(
        string="Part of the Period", readonly=True, help="Days over days, exactly."
    )
    factor = fields.Float(digits=(16, 9), readonly=True, aggregator="avg")
    amount = fields.Monetary(required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    rate = fields.Float(
        digits=0, readonly=True, help="Company currency per unit of the currency."
    )
    company_amount = fields.Monetary(
        string="Amount in Company Currency",
        currency_field="company_currency_id",
        readonly=True,
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    margin_amount = fields.Monetary(
        string="Margin",
        currency_field="company_currency_id",
        compute="_compute_margin_amount",
        store=True,
        groups="base.group_user",
        help="Company amount, negative on the cost leg: both legs add up to margin.",
    )
    price_ref = fields.Char(
        string="Price Source", readonly=True, groups="base.group_user"
    )

    # Whom and what it concerns, as it was when booked
    payer_id = fields.Many2one(
        "res.partner", required=True, readonly=True, index=True, ondelete="restrict"
    )
    customer_id = fields.Many2one(
        "res.partner", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    reseller_id = fields.Many2one(
        "res.partner", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, ondelete="restrict"
    )
    order_line_id = fields.Many2one(
        "sale.order.line",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Set on what is invoiced through the order: the first period.",
    )

    # What became of it
    reversed_charge_id = fields.Many2one(
        "csp.charge",
        string="Takes Back",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    reversal_ids = fields.One2many("csp.charge", "reversed_charge_id", string="Credits")
    run_id = fields.Many2one("csp.billing.run", readonly=True, index="btree_not_null")
    invoice_line_id = fields.Many2one(
        "account.move.line",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    move_id = fields.Many2one(related="invoice_line_id.move_id", string="Invoice")

    _position_uniq = models.Constraint(
        "UNIQUE (subscription_id, leg, position)",
        "Two runs charged one subscription at the same time. Run again.",
    )
    # One service day is charged at most once. The one-integer range stands for
    # equality, so the constraint needs no PostgreSQL extension.
    _sale_day_excl = models.Constraint(
        "EXCLUDE USING gist (int4range(subscription_id, subscription_id, '[]') WITH =,"
        " daterange(period_start, period_end, '[)') WITH &&)"
        " WHERE (leg = 'sale' AND kind = 'recurring' AND state = 'booked')",
        "This period of the subscription is charged already.",
    )
    _cost_day_excl = models.Constraint(
        "EXCLUDE USING gist (int4range(subscription_id, subscription_id, '[]') WITH =,"
        " daterange(period_start, period_end, '[)') WITH &&)"
        " WHERE (leg = 'cost' AND kind = 'recurring' AND state = 'booked')",
        "The cost of this period of the subscription is booked already.",
    )
    _period_order = models.Constraint(
        "CHECK (period_end > period_start)", "A period ends after it starts."
    )
    _credit_sign = models.Constraint(
        "CHECK ((reversed_charge_id IS NULL) = (amount >= 0 AND quantity >= 0)"
        " OR amount = 0)",
        "Only a credit is negative, and every credit takes a charge back.",
    )
    _pending_idx = models.Index(
        "(company_id, payer_id) WHERE invoice_line_id IS NULL AND leg = 'sale'"
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("period_end")
    def _compute_period_last_date(self):
        for charge in self:
            end = charge.period_end
            charge.period_last_date = end and fields.Date.subtract(end, days=1)

    @api.depends("company_amount", "leg")
    def _compute_margin_amount(self):
        for charge in self:
            if charge.leg == LEG_SALE:
                charge.margin_amount = charge._get_untaxed_amount()
            else:
                charge.margin_amount = -charge.company_amount

    @api.depends("subscription_id", "period_start", "kind")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for charge in self:
            charge.display_name = (
                f"{charge.subscription_id.name} {charge.period_start} "
                f"{labels.get(charge.kind, '')}"
            )

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    def write(self, vals):
        """Refuse: a correction is a new charge that takes this one back."""
        if not vals.keys() <= WRITABLE_FIELDS:
            raise UserError(self.env._("Charges are facts and cannot be changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        """Refuse: the ledger only grows."""
        raise UserError(self.env._("Charges are facts and cannot be deleted."))

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_view_invoice(self):
        self.ensure_one()
        return self.move_id._get_records_action(name=self.env._("Invoice"))

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    def _get_untaxed_amount(self):
        """Return the company amount without the tax that the price includes."""
        self.ensure_one()
        # sudo: taxes of the product, which who reads margins need not see
        taxes = self.sudo().product_id.taxes_id
        taxes = taxes._filter_taxes_by_company(self.company_id)
        if not any(tax.price_include for tax in taxes):
            return self.company_amount
        return taxes.compute_all(self.company_amount, self.company_currency_id)[
            "total_excluded"
        ]

    # ----------------------------------------------------------------------
    # STATE
    # ----------------------------------------------------------------------

    def _set_void(self):
        """Set aside charges that were never invoiced; the next plan decides anew."""
        if self.invoice_line_id or self.reversal_ids.filtered(
            lambda charge: charge.state == "booked"
        ):
            raise UserError(
                self.env._("An invoiced or credited charge stays in the ledger.")
            )
        self.write({"state": "void"})
        self.subscription_id._reset_next_charge_date()
