"""The effect of new prices on one renewal, and what can be done about it."""

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..const import STATE_ACTIVE


class CspPriceImpactLine(models.Model):
    """One subscription: what it pays and costs now, and from its next term on."""

    _name = "csp.price.impact.line"
    _description = "Price Impact on a Renewal"
    _order = "impact_id desc, renewal_date, id"
    _rec_name = "subscription_id"

    # Identity
    impact_id = fields.Many2one(
        "csp.price.impact", required=True, index=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="impact_id.company_id", store=True)
    subscription_id = fields.Many2one(
        "csp.subscription", required=True, readonly=True, index=True, ondelete="cascade"
    )
    error = fields.Char(
        readonly=True, help="Why the effect on this subscription is not known."
    )

    # Whose and what
    customer_id = fields.Many2one(related="subscription_id.customer_id", store=True)
    reseller_id = fields.Many2one(related="subscription_id.reseller_id", store=True)
    payer_id = fields.Many2one(
        related="subscription_id.payer_id", store=True, index=True
    )
    user_id = fields.Many2one(related="subscription_id.user_id", store=True)
    product_id = fields.Many2one(related="subscription_id.product_id", store=True)
    program_id = fields.Many2one(related="subscription_id.program_id", store=True)
    term = fields.Selection(related="subscription_id.term", store=True)
    plan = fields.Selection(related="subscription_id.plan", store=True)
    quantity = fields.Integer(string="Seats", readonly=True)
    renewal_date = fields.Date(string="Renews From", readonly=True, index=True)
    is_decided = fields.Boolean(
        string="Decided",
        readonly=True,
        help="Its renewal has been accepted: the accepted price counts.",
    )
    has_no_price = fields.Boolean(
        string="No Vendor Price",
        readonly=True,
        help="The vendor has no price for that day yet: today's cost is shown.",
    )

    # Per seat and period, in the subscription's currency
    currency_id = fields.Many2one(related="subscription_id.currency_id", store=True)
    unit_price = fields.Float(
        string="Price Now", digits=(16, 6), readonly=True, aggregator=None
    )
    unit_cost = fields.Float(
        string="Cost Now", digits=(16, 6), readonly=True, aggregator=None
    )
    renewal_unit_price = fields.Float(
        string="Price Then", digits=(16, 6), readonly=True, aggregator=None
    )
    renewal_unit_cost = fields.Float(
        string="Cost Then", digits=(16, 6), readonly=True, aggregator=None
    )
    quote_date = fields.Date(
        string="Quoted On",
        readonly=True,
        help="The day on which the renewal is quoted on its own.",
    )
    quote_unit_price = fields.Float(
        string="Quoted Price", digits=(16, 6), readonly=True, aggregator=None
    )

    # Per period, in the subscription's currency
    period_amount = fields.Monetary(
        string="Per Period Now", readonly=True, aggregator=None
    )
    renewal_period_amount = fields.Monetary(
        string="Per Period Then", readonly=True, aggregator=None
    )
    period_difference = fields.Monetary(
        string="Difference per Period", readonly=True, aggregator=None
    )

    # Per year, in the company's currency
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    year_amount = fields.Monetary(
        string="Per Year Now", readonly=True, currency_field="company_currency_id"
    )
    renewal_year_amount = fields.Monetary(
        string="Per Year Then", readonly=True, currency_field="company_currency_id"
    )
    year_difference = fields.Monetary(
        string="Difference per Year",
        readonly=True,
        currency_field="company_currency_id",
    )
    year_margin = fields.Monetary(
        string="Margin per Year Now",
        readonly=True,
        currency_field="company_currency_id",
    )
    renewal_year_margin = fields.Monetary(
        string="Margin per Year Then",
        readonly=True,
        currency_field="company_currency_id",
    )
    year_margin_difference = fields.Monetary(
        string="Margin Difference per Year",
        readonly=True,
        currency_field="company_currency_id",
    )
    margin_percent = fields.Float(string="Margin Now", readonly=True, aggregator="avg")
    renewal_margin_percent = fields.Float(
        string="Margin Then", readonly=True, aggregator="avg"
    )
    is_below_floor = fields.Boolean(string="Below Cost", readonly=True, index=True)

    # What was done about it
    early_order_id = fields.Many2one(
        "sale.order", string="Early Quote", readonly=True, ondelete="set null"
    )
    notice_id = fields.Many2one(
        "csp.price.impact.notice",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    _subscription_uniq = models.UniqueIndex(
        "(impact_id, subscription_id)",
        "This subscription has been looked at already.",
    )

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_early_quote(self):
        """Offer the next terms now, at today's prices; what is quoted stays so."""
        self._check_may_act()
        orders, refused = self._make_early_quotes()
        if not orders:
            raise UserError("\n".join(refused))
        for run in self.impact_id:
            run._log_early_quotes(
                self.filtered(lambda line, run=run: line.impact_id == run), refused
            )
        return orders._get_records_action(name=self.env._("Early renewal quotes"))

    def action_notify(self):
        """Prepare one notice per payer, to be looked at before it is sent."""
        self._check_may_act()
        notices = self.env["csp.price.impact.notice"]
        for (run, payer), lines in (
            self.filtered(lambda line: not line.error and not line.notice_id)
            .grouped(lambda line: (line.impact_id, line.payer_id))
            .items()
        ):
            notice = notices.search(
                [("impact_id", "=", run.id), ("partner_id", "=", payer.id)]
            )
            if notice.state == "sent":
                continue
            if not notice:
                notice = notices.create({"impact_id": run.id, "partner_id": payer.id})
            lines.notice_id = notice
            notices |= notice
        notices |= self.notice_id
        if not notices:
            raise UserError(
                self.env._("There is nothing to tell, or it has been told already.")
            )
        return notices._get_records_action(name=self.env._("Price notices"))

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _check_may_act(self):
        if not self.env.user.has_group("csp_catalog.group_csp_product_manager"):
            raise AccessError(
                self.env._("Only a product manager may act on a price impact.")
            )
        self.check_access("write")

    def _make_early_quotes(self):
        """Quote what may be quoted; return the quotes and the reasons for the rest."""
        today = fields.Date.context_today(self)
        refused, wanted = [], self.browse()
        for line in self:
            reason = line._get_early_refusal(today)
            if reason:
                refused.append(f"{line.subscription_id.name}: {reason}")
            else:
                wanted |= line
        # sudo: the group and the right on the lines were checked; quotes of colleagues
        # are made like those of the daily job.
        for run, lines in wanted.sudo().grouped("impact_id").items():
            lines.subscription_id._create_renewal_orders(
                today, run._get_quote_end(today)
            )
        orders = self.env["sale.order"]
        for line in wanted.sudo():
            quote = line.subscription_id._get_renewal_line().order_id
            if quote and line.early_order_id != quote:
                line.early_order_id = quote
            orders |= quote
        return orders.sudo(self.env.su), refused

    def _get_early_refusal(self, today):
        """Return why this renewal cannot be quoted now, or nothing."""
        self.ensure_one()
        # sudo: the caller may act on the line; seats and dates are on it
        subscription = self.sudo().subscription_id
        if self.error:
            return self.error
        if subscription.state != STATE_ACTIVE:
            return self.env._("it is not active.")
        if subscription.term_end_date != self.renewal_date:
            return self.env._("an earlier term ends before the new prices.")
        if subscription._get_intent(self.renewal_date):
            return self.env._("its renewal has been decided.")
        if not subscription._is_early_renewal_allowed(today):
            return self.env._("the programme does not allow to renew so early.")
        return None


class CspPriceImpact(models.Model):
    _inherit = "csp.price.impact"

    def _get_quote_end(self, today):
        """Return the last day of today's prices: the one before the new ones begin."""
        self.ensure_one()
        if self.price_date <= today:
            return None
        return fields.Date.subtract(self.price_date, days=1)

    def _log_early_quotes(self, lines, refused):
        """Tell in the chatter who was quoted, and who could not be."""
        self.ensure_one()
        # sudo: names of quotes that were made just now.
        orders = lines.sudo().early_order_id
        self.message_post(
            body=self.env._(
                "Early renewal quotes: %(orders)s. Not quoted: %(refused)s",
                orders=", ".join(orders.mapped("name")),
                refused="; ".join(refused) or self.env._("none"),
            )
        )
