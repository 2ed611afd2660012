"""What a future price list does to the renewals of the next months."""

from odoo import api, fields, models
from odoo.exceptions import UserError

STATES = [
    ("draft", "Draft"),
    ("running", "Computing"),
    ("done", "Done"),
    ("cancelled", "Cancelled"),
]
# target state: the states it may be reached from
TRANSITIONS = {
    "running": ("draft", "done", "cancelled"),
    "done": ("running",),
    "cancelled": ("draft", "running"),
}


class CspPriceImpact(models.Model):
    """One look at the renewals to come under prices that are not in force yet."""

    _name = "csp.price.impact"
    _description = "Price Impact"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    # Identity
    name = fields.Char(
        compute="_compute_name", store=True, readonly=False, precompute=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    state = fields.Selection(
        STATES,
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
    )

    # Which prices
    sheet_id = fields.Many2one(
        "csp.price.sheet",
        string="Price Sheet",
        ondelete="cascade",
        domain="[('company_id', '=', company_id),"
        " ('state', 'in', ('staged', 'applied'))]",
        help="A sheet that is ready to apply counts as if it were applied. Empty: the "
        "prices that are stored.",
    )
    price_date = fields.Date(
        string="New Prices From",
        compute="_compute_price_date",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help="Renewals on or after this day are looked at.",
    )
    horizon_months = fields.Integer(string="Months Ahead", required=True, default=12)

    # What hangs on it
    line_ids = fields.One2many("csp.price.impact.line", "impact_id", copy=False)
    notice_ids = fields.One2many("csp.price.impact.notice", "impact_id", copy=False)

    # How far it is
    computed_at = fields.Datetime(string="As Of", readonly=True, copy=False)
    total_count = fields.Integer(string="To Look At", readonly=True, copy=False)
    seen_count = fields.Integer(string="Looked At", readonly=True, copy=False)
    progress = fields.Float(compute="_compute_progress", help="In percent.")

    # Computed for people
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    line_count = fields.Integer(string="Renewals", compute="_compute_totals")
    floor_count = fields.Integer(string="Below Cost", compute="_compute_totals")
    error_count = fields.Integer(string="Errors", compute="_compute_totals")
    quote_count = fields.Integer(string="Early Quotes", compute="_compute_totals")
    notice_count = fields.Integer(string="Notices", compute="_compute_totals")
    year_difference = fields.Monetary(
        string="Difference per Year",
        compute="_compute_totals",
        currency_field="company_currency_id",
    )
    year_margin_difference = fields.Monetary(
        string="Margin Difference per Year",
        compute="_compute_totals",
        currency_field="company_currency_id",
    )

    _horizon_check = models.Constraint(
        "CHECK (horizon_months BETWEEN 1 AND 36)",
        "Look 1 to 36 months ahead.",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("sheet_id", "price_date")
    def _compute_name(self):
        for run in self:
            run.name = run.sheet_id.name or self.env._("Prices from %s", run.price_date)

    @api.depends("sheet_id")
    def _compute_price_date(self):
        today = fields.Date.context_today(self)
        for run in self:
            run.price_date = today
            if run.sheet_id.state == "staged":
                start = run.sheet_id._build_price_overlay().start_at
                run.price_date = max(today, start.date()) if start else today

    @api.depends("total_count", "seen_count", "state")
    def _compute_progress(self):
        for run in self:
            total = run.total_count
            run.progress = 100 * run.seen_count / total if total else 0
            if run.state == "done":
                run.progress = 100

    @api.depends("line_ids", "notice_ids.state")
    def _compute_totals(self):
        Line = self.env["csp.price.impact.line"]
        totals = {
            run: rest
            for run, *rest in Line._read_group(
                [("impact_id", "in", self.ids)],
                ["impact_id"],
                [
                    "__count",
                    "year_difference:sum",
                    "year_margin_difference:sum",
                    "early_order_id:count_distinct",
                ],
            )
        }
        floors = self._count_lines([("is_below_floor", "=", True)])
        errors = self._count_lines([("error", "!=", False)])
        for run in self:
            count, year, margin, quotes = totals.get(run, (0, 0.0, 0.0, 0))
            run.line_count = count
            run.year_difference = year
            run.year_margin_difference = margin
            run.quote_count = quotes
            run.floor_count = floors.get(run, 0)
            run.error_count = errors.get(run, 0)
            run.notice_count = len(run.notice_ids)

    def _count_lines(self, domain):
        return dict(
            self.env["csp.price.impact.line"]._read_group(
                [("impact_id", "in", self.ids), *domain], ["impact_id"], ["__count"]
            )
        )

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    def write(self, vals):
        """Refuse other prices once people have acted on the result."""
        names = {"sheet_id", "price_date", "horizon_months", "company_id"}
        if names & vals.keys():
            self._check_unused()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._check_unused()

    def _check_unused(self):
        for run in self:
            if run.line_ids.early_order_id or any(
                notice.state == "sent" for notice in run.notice_ids
            ):
                raise UserError(
                    self.env._(
                        "Quotes or notices have been sent because of %s: it stays as "
                        "it is. Make a new one.",
                        run.name,
                    )
                )

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_compute(self):
        """Look at all renewals, in the background."""
        self.check_access("write")
        for run in self:
            run._start()

    def action_cancel(self):
        """Stop where it is; what has been computed stays."""
        self.check_access("write")
        self._set_cancelled()

    def action_view_lines(self):
        """Open the renewals that this looked at."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "csp_subscription.csp_price_impact_line_action"
        )
        action["domain"] = [("impact_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_view_quotes(self):
        """Open the early renewal quotes made from here."""
        self.ensure_one()
        return self.line_ids.early_order_id._get_records_action(
            name=self.env._("Early renewal quotes")
        )

    def action_view_notices(self):
        """Open the notices to payers."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "csp_subscription.csp_price_impact_notice_action"
        )
        action["domain"] = [("impact_id", "=", self.id)]
        action["context"] = {}
        return action

    # ----------------------------------------------------------------------
    # STATE
    # ----------------------------------------------------------------------

    def _set_running(self):
        return self._update_state("running")

    def _set_done(self):
        return self._update_state("done")

    def _set_cancelled(self):
        return self._update_state("cancelled")

    def _update_state(self, target):
        """Move to `target` what may move; return what moved."""
        ready = self.filtered(
            lambda run: run.state != target and run.state in TRANSITIONS[target]
        )
        ready.write({"state": target})
        return ready
