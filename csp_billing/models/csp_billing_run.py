from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..const import (
    BATCH_SIZE,
    DAYS_AHEAD,
    LEG_SALE,
    RUN_ACTIVE,
    RUN_ALLOWED,
    RUN_STATES,
)


class CspBillingRun(models.Model):
    """Bill everything that is due up to a day: one run per company and day."""

    _name = "csp.billing.run"
    _description = "Billing Run"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    # Identity
    name = fields.Char(compute="_compute_name", store=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    date = fields.Date(
        string="Bill Up To",
        required=True,
        index=True,
        default=lambda self: self.env.company._csp_today(),
        help="Periods that begin on or before this day are billed. It is also the "
        "date of the invoices.",
    )
    state = fields.Selection(
        RUN_STATES, required=True, default="draft", readonly=True, tracking=True
    )
    is_paused = fields.Boolean(readonly=True, tracking=True)
    started_at = fields.Datetime(readonly=True)
    done_at = fields.Datetime(readonly=True)

    # What hangs on it
    charge_ids = fields.One2many("csp.charge", "run_id", string="Charges")
    move_ids = fields.One2many("account.move", "csp_run_id", string="Invoices")
    hold_ids = fields.One2many("csp.billing.hold", "run_id", string="Holds")
    batch_ids = fields.One2many("csp.billing.batch", "run_id", string="Batches")
    preview_ids = fields.One2many("csp.billing.preview", "run_id")

    # Computed for people
    charge_count = fields.Integer(compute="_compute_counts")
    move_count = fields.Integer(string="Invoice Count", compute="_compute_counts")
    posted_count = fields.Integer(string="Posted", compute="_compute_counts")
    open_hold_count = fields.Integer(string="Open Holds", compute="_compute_counts")
    payer_count = fields.Integer(string="Payers", compute="_compute_progress")
    progress = fields.Float(compute="_compute_progress", help="In percent.")

    _date_uniq = models.UniqueIndex(
        "(company_id, date) WHERE state != 'cancelled'",
        "There is a billing run of this company for this day already.",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("date")
    def _compute_name(self):
        for run in self:
            run.name = self.env._("Billing %s", run.date)

    @api.depends("charge_ids", "move_ids.state", "hold_ids.state")
    def _compute_counts(self):
        charges = dict(
            self.env["csp.charge"]._read_group(
                [("run_id", "in", self.ids), ("leg", "=", LEG_SALE)],
                ["run_id"],
                ["__count"],
            )
        )
        moves = {run: {} for run in self}
        for run, state, count in self.env["account.move"]._read_group(
            [("csp_run_id", "in", self.ids)], ["csp_run_id", "state"], ["__count"]
        ):
            moves[run][state] = count
        holds = dict(
            self.env["csp.billing.hold"]._read_group(
                [("run_id", "in", self.ids), ("state", "=", "open")],
                ["run_id"],
                ["__count"],
            )
        )
        for run in self:
            found = moves.get(run, {})
            run.charge_count = charges.get(run, 0)
            run.move_count = sum(found.values())
            run.posted_count = found.get("posted", 0)
            run.open_hold_count = holds.get(run, 0)

    @api.depends("batch_ids.state", "move_ids.state", "state")
    def _compute_progress(self):
        """Drafting is the first half of the way, posting the second."""
        for run in self:
            batches = run.batch_ids
            total = sum(batches.mapped("payer_count"))
            done = batches.filtered(lambda batch: batch.state == "done")
            run.payer_count = total
            if run.state == "done":
                run.progress = 100
                continue
            drafted = sum(done.mapped("payer_count")) / total if total else 0
            posted = run.posted_count / run.move_count if run.move_count else 0
            is_drafted = bool(batches) and drafted == 1
            run.progress = 50 * drafted + (50 * posted if is_drafted else 0)

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    def write(self, vals):
        """Refuse another day or company once something was billed."""
        if {"date", "company_id"} & vals.keys() and any(
            run.state not in ("draft", "planned") for run in self
        ):
            raise UserError(self.env._("A started billing run keeps its day."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_started(self):
        if any(run.charge_ids or run.move_ids for run in self):
            raise UserError(
                self.env._("A billing run with charges or invoices is not deleted.")
            )

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_preview(self):
        """Show what would be charged, by the very plan that booking uses."""
        for run in self:
            run._preview()

    def action_start(self):
        """Plan and hand the work to the queue."""
        for run in self:
            latest = fields.Date.add(run.company_id._csp_today(), days=DAYS_AHEAD)
            if run.date > latest:
                raise UserError(
                    self.env._(
                        "%(run)s would bill periods far ahead. Choose a day until "
                        "%(latest)s.",
                        run=run.name,
                        latest=latest,
                    )
                )
            run._start()

    def action_pause(self):
        self.filtered(lambda run: run.state in RUN_ACTIVE).is_paused = True

    def action_resume(self):
        """Go on where the run stopped: what is done is not due any more."""
        for run in self.filtered("is_paused"):
            run.is_paused = False
            run._start()

    def action_cancel(self):
        """Stop. Booked charges and drafts stay; another run goes on with them."""
        self._set_cancelled()

    def action_view_charges(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "csp_billing.csp_charge_action"
        )
        action["domain"] = [("run_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_view_moves(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_out_invoice_type"
        )
        action["domain"] = [("csp_run_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_view_holds(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "csp_billing.csp_billing_hold_action"
        )
        action["domain"] = [("run_id", "=", self.id)]
        action["context"] = {}
        return action

    # ----------------------------------------------------------------------
    # BUSINESS - PLAN
    # ----------------------------------------------------------------------

    def _get_due_subscriptions(self, payers=None):
        """Return what has something to look at, without what waits for a person."""
        self.ensure_one()
        blocked_payers, blocked = self.env["csp.billing.hold"]._get_blocked(
            self.company_id
        )
        domain = [
            ("company_id", "=", self.company_id.id),
            ("next_charge_date", "<=", self.date),
            ("id", "not in", blocked.ids),
            ("payer_id", "not in", blocked_payers.ids),
        ]
        if payers is not None:
            domain.append(("payer_id", "in", payers.ids))
        return self.env["csp.subscription"].search(domain, order="payer_id, id")

    def _get_pending_charges(self, payers=None):
        """Return charges that are booked and wait for an invoice of a run."""
        self.ensure_one()
        domain = [
            ("company_id", "=", self.company_id.id),
            ("leg", "=", LEG_SALE),
            ("state", "=", "booked"),
            ("invoice_line_id", "=", False),
            ("order_line_id", "=", False),
            ("amount", "!=", 0),
            # A credit waits until the order has invoiced what it takes back.
            "|",
            "|",
            ("reversed_charge_id", "=", False),
            ("reversed_charge_id.order_line_id", "=", False),
            ("reversed_charge_id.invoice_line_id", "!=", False),
        ]
        if payers is not None:
            domain.append(("payer_id", "in", payers.ids))
        return self.env["csp.charge"].search(domain, order="payer_id, id")

    def _get_due_payers(self):
        """Return the payers for whom something is due or was left over."""
        due = self._get_due_subscriptions().payer_id
        blocked, _subscriptions = self.env["csp.billing.hold"]._get_blocked(
            self.company_id
        )
        pending = self._get_pending_charges().payer_id - blocked
        waiting = self._get_waiting_order_lines().csp_subscription_id.payer_id
        return (due | pending | waiting.with_env(self.env)).sorted("id")

    def _get_waiting_order_lines(self, payers=None):
        """Return order lines whose first period waits for the invoice of the order.

        Without orders that are still being delivered, and not for long.
        """
        self.ensure_one()
        domain = [
            ("company_id", "=", self.company_id.id),
            ("leg", "=", LEG_SALE),
            ("state", "=", "booked"),
            ("invoice_line_id", "=", False),
            ("order_line_id", "!=", False),
            ("amount", "!=", 0),
        ]
        if payers is not None:
            domain.append(("subscription_id.payer_id", "in", payers.ids))
        # sudo: orders of all salespeople are billed; who may see runs may know whose
        lines = self.env["csp.charge"].sudo().search(domain).order_line_id
        return lines.filtered(
            lambda line: (
                line.order_id._csp_is_ready_to_invoice()
                or line._csp_is_overdue(self.date)
            )
        )

    def _preview(self):
        self.ensure_one()
        self.preview_ids.unlink()
        subscriptions = self._get_due_subscriptions()
        vals_list = []
        for subscription, plan in subscriptions._plan_charges(self.date).items():
            vals = {
                "run_id": self.id,
                "payer_id": subscription.payer_id.id,
                "subscription_id": subscription.id,
                "product_id": subscription.product_id.id,
                "currency_id": subscription.currency_id.id,
            }
            if subscription.state == "unknown":
                vals_list.append({**vals, "error": subscription._get_unknown_text()})
                continue
            if plan.error:
                vals_list.append({**vals, "error": plan.error.message})
            for entry in plan.entries.get(LEG_SALE, ()):
                vals_list.append(
                    {
                        **vals,
                        "kind": entry.kind,
                        "period_start": entry.period.start,
                        "period_end": entry.period.end,
                        "quantity": entry.quantity,
                        "factor_text": str(entry.factor),
                        "amount": float(entry.amount),
                    }
                )
        for charge in self._get_pending_charges():
            vals_list.append(
                {
                    "run_id": self.id,
                    "is_pending": True,
                    **{
                        name: charge[name].id
                        for name in (
                            "payer_id",
                            "subscription_id",
                            "product_id",
                            "currency_id",
                        )
                    },
                    **{
                        name: charge[name]
                        for name in (
                            "kind",
                            "period_start",
                            "period_end",
                            "quantity",
                            "factor_text",
                            "amount",
                        )
                    },
                }
            )
        self._set_planned()
        return self.env["csp.billing.preview"].create(vals_list)

    def _plan(self):
        """Deal the due payers into batches of one job each.

        :return: these, and what an earlier start left waiting
        """
        self.ensure_one()
        waiting = self.batch_ids.filtered(lambda batch: batch.state == "waiting")
        payers = self._get_due_payers() - waiting.payer_ids
        return waiting | self.env["csp.billing.batch"].create(
            [
                {
                    "run_id": self.id,
                    "payer_ids": [Command.set(payers[at : at + BATCH_SIZE].ids)],
                    "payer_count": len(payers[at : at + BATCH_SIZE]),
                }
                for at in range(0, len(payers), BATCH_SIZE)
            ]
        )

    # ----------------------------------------------------------------------
    # STATE
    # ----------------------------------------------------------------------

    def _set_planned(self):
        return self._update_state("planned")

    def _set_drafting(self):
        return self._update_state(
            "drafting", started_at=fields.Datetime.now(), done_at=False
        )

    def _set_posting(self):
        return self._update_state("posting")

    def _set_done(self):
        return self._update_state("done", done_at=fields.Datetime.now())

    def _set_cancelled(self):
        return self._update_state("cancelled", is_paused=False)

    def _update_state(self, target, **values):
        """Move to `target` what may move; return what moved."""
        ready = self.filtered(lambda run: run.state in RUN_ALLOWED[target])
        ready.write({"state": target, **values})
        return ready
