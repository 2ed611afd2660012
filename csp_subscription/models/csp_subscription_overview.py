"""What a subscription says at a glance: amounts, time left, decisions, problems."""

from odoo import api, fields, models

from ..const import LIVE_STATES, STATE_UNKNOWN, TASK_PROBLEM
from ..engine import changes as changes_engine
from ..engine import term as term_engine


class CspSubscription(models.Model):
    _inherit = "csp.subscription"

    period_amount = fields.Monetary(
        string="Amount per Period",
        compute="_compute_amounts",
        store=True,
        groups="base.group_user",
    )
    commitment_amount = fields.Monetary(
        string="Commitment Left",
        compute="_compute_commitment_amount",
        groups="base.group_user",
        help="What the running term still costs from today on.",
    )
    term_progress = fields.Integer(compute="_compute_commitment")
    days_left = fields.Integer(compute="_compute_commitment")
    is_cancellable = fields.Boolean(compute="_compute_is_cancellable")
    reducible_quantity = fields.Integer(
        string="Seats to Give Back", compute="_compute_commitment"
    )
    next_decision_date = fields.Date(
        compute="_compute_next_decision_date", store=True, index=True
    )
    is_renewal_due = fields.Boolean(
        compute="_compute_is_renewal_due", search="_search_is_renewal_due"
    )
    has_problem = fields.Boolean(
        compute="_compute_has_problem",
        compute_sudo=True,
        search="_search_has_problem",
    )
    task_count = fields.Integer(compute="_compute_counts", compute_sudo=True)
    event_count = fields.Integer(compute="_compute_counts", compute_sudo=True)
    renewal_count = fields.Integer(compute="_compute_counts", compute_sudo=True)

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("quantity", "unit_price", "currency_id")
    def _compute_amounts(self):
        for subscription in self:
            amount = subscription.quantity * subscription.unit_price
            if subscription.currency_id:
                amount = subscription.currency_id.round(amount)
            subscription.period_amount = amount

    @api.depends("term_start_date", "term_end_date", "period_amount", "state")
    def _compute_commitment_amount(self):
        today = fields.Date.context_today(self)
        for subscription in self:
            start, end = subscription.term_start_date, subscription.term_end_date
            months = subscription._get_period_months()
            left = 0
            if subscription.state in LIVE_STATES and start and end and months:
                left = term_engine.periods_left(start, months, today, end)
            subscription.commitment_amount = left * subscription.period_amount

    @api.depends("term_start_date", "term_end_date", "state")
    def _compute_commitment(self):
        today = fields.Date.context_today(self)
        for subscription in self:
            start, end = subscription.term_start_date, subscription.term_end_date
            is_live = subscription.state in LIVE_STATES
            subscription.term_progress = term_engine.progress(start, end, today)
            subscription.days_left = (
                max(0, (end - today).days) if end and is_live else 0
            )
            free = subscription._get_reducible_quantity() if is_live else 0
            subscription.reducible_quantity = free

    @api.depends("cancellable_until")
    def _compute_is_cancellable(self):
        now = fields.Datetime.now()
        for subscription in self:
            subscription.is_cancellable = changes_engine.is_open(
                subscription.cancellable_until or None, now
            )

    @api.depends(
        "term_end_date", "state", "contract_id.notice_days", "intent_ids.state"
    )
    def _compute_next_decision_date(self):
        for subscription in self:
            date = False
            if subscription.state in LIVE_STATES and subscription.term_end_date:
                date = subscription._get_decision_deadline()
            subscription.next_decision_date = date

    def _compute_is_renewal_due(self):
        today = fields.Date.context_today(self)
        for subscription in self:
            subscription.is_renewal_due = subscription._is_renewal_due(today)

    def _search_is_renewal_due(self, operator, value):
        if operator not in ("=", "in"):
            return NotImplemented
        today = fields.Date.context_today(self)
        candidates = self.search(
            [("state", "in", LIVE_STATES), ("term_end_date", ">", today)]
        )
        due = candidates.filtered(lambda s: s._is_renewal_due(today))
        wanted = value in (True, [True]) or (
            not isinstance(value, bool) and True in value
        )
        return [("id", "in" if wanted else "not in", due.ids)]

    @api.depends("task_ids.state", "state")
    def _compute_has_problem(self):
        for subscription in self:
            subscription.has_problem = subscription.state == STATE_UNKNOWN or any(
                task.state in TASK_PROBLEM for task in subscription.task_ids
            )

    def _search_has_problem(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: only tells which subscriptions have a problem
        tasks = (
            self.env["csp.provisioning.task"]
            .sudo()
            ._search([("state", "in", TASK_PROBLEM)])
        )
        return [
            "|",
            ("state", "=", STATE_UNKNOWN),
            ("task_ids", "in", tasks),
        ]

    @api.depends("task_ids", "event_ids", "renewal_line_ids")
    def _compute_counts(self):
        for subscription in self:
            subscription.task_count = len(subscription.task_ids)
            subscription.event_count = len(subscription.event_ids)
            subscription.renewal_count = len(subscription.renewal_order_ids)
