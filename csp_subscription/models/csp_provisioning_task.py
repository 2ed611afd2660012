"""The outbox: one row per command to a provider, run step by step by queue jobs."""

import json
import uuid
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.csp_catalog import providers
from odoo.addons.queue_job.job import Job

from ..const import (
    TASK_BACKOFF,
    TASK_CHANNEL,
    TASK_DONE,
    TASK_FAILED,
    TASK_KINDS,
    TASK_MAX_ATTEMPTS,
    TASK_OPEN,
    TASK_PRIORITY,
    TASK_PROBLEM,
    TASK_QUEUED,
    TASK_REFUSED,
    TASK_RUNNABLE,
    TASK_STATES,
    TASK_SYNC,
    TASK_SYNC_PRIORITY,
    TASK_TURN_SECONDS,
    TASK_UNKNOWN,
    TASK_WAITING,
)


class CspProvisioningTask(models.Model):
    """One command to a provider: written with the order, sent after the commit."""

    _name = "csp.provisioning.task"
    _description = "Provisioning Task"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    # Identity
    name = fields.Char(compute="_compute_name", store=True)
    key = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        help="Idempotency key: one key, one effect at the vendor.",
    )
    kind = fields.Selection(TASK_KINDS, required=True, readonly=True, index=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True
    )

    # What it is about
    order_id = fields.Many2one(
        "sale.order", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    subscription_ids = fields.Many2many(
        "csp.subscription",
        "csp_provisioning_task_subscription_rel",
        "task_id",
        "subscription_id",
        readonly=True,
    )
    tenant_id = fields.Many2one("csp.tenant", readonly=True)
    provider_id = fields.Many2one(
        "csp.provider", required=True, readonly=True, ondelete="restrict"
    )
    intent_id = fields.Many2one(
        "csp.intent", readonly=True, index="btree_not_null", ondelete="set null"
    )
    source = fields.Char(string="Asked By", readonly=True)

    # How far it got
    state = fields.Selection(
        TASK_STATES,
        default=TASK_QUEUED,
        required=True,
        readonly=True,
        index=True,
        tracking=True,
    )
    phase = fields.Selection(
        [("send", "Send"), ("learn", "Learn the result")],
        default="send",
        required=True,
        readonly=True,
    )
    payload = fields.Json(readonly=True)
    checkpoint = fields.Json(readonly=True)
    result = fields.Json(readonly=True)
    payload_text = fields.Text(string="Command", compute="_compute_texts")
    checkpoint_text = fields.Text(string="Steps Done", compute="_compute_texts")
    result_text = fields.Text(string="Answer", compute="_compute_texts")
    attempts = fields.Integer(
        readonly=True, help="Tries since the last step that went through."
    )
    lost_jobs = fields.Integer(readonly=True)
    next_try_at = fields.Datetime(readonly=True)
    last_error = fields.Char(readonly=True)
    wait_reason = fields.Char(string="Waiting For", readonly=True)
    wait_url = fields.Char(string="Where", readonly=True)
    started_at = fields.Datetime(readonly=True)
    done_at = fields.Datetime(readonly=True)
    duration = fields.Float(
        string="Seconds to Finish",
        compute="_compute_duration",
        store=True,
        aggregator="avg",
    )
    attempt_ids = fields.One2many("csp.provisioning.attempt", "task_id")
    job_uuid = fields.Char(readonly=True, copy=False)

    # Buttons
    can_retry = fields.Boolean(compute="_compute_can")
    can_give_up = fields.Boolean(compute="_compute_can")
    can_complete = fields.Boolean(compute="_compute_can")

    _key_uniq = models.Constraint(
        "UNIQUE(key)", "This change has just been asked for by somebody else."
    )
    _order_uniq = models.UniqueIndex(
        "(order_id, provider_id, COALESCE(tenant_id, 0)) "
        "WHERE kind = 'order' AND state != 'dropped'",
        "This order is being delivered already.",
    )

    # ----------------------------------------------------------------------
    # COMPUTES
    # ----------------------------------------------------------------------

    @api.depends("kind", "order_id.name", "subscription_ids.name")
    def _compute_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for task in self:
            target = task.order_id.name or ", ".join(
                task.subscription_ids.mapped("name")[:3]
            )
            task.name = f"{kinds.get(task.kind, '')}: {target or task.tenant_id.name}"

    @api.depends("payload", "checkpoint", "result")
    def _compute_texts(self):
        for task in self:
            for name in ("payload", "checkpoint", "result"):
                value = task[name]
                task[f"{name}_text"] = (
                    json.dumps(value, indent=2, ensure_ascii=False) if value else False
                )

    @api.depends("done_at")
    def _compute_duration(self):
        for task in self:
            task.duration = (
                (task.done_at - task.create_date).total_seconds()
                if task.done_at and task.create_date
                else 0.0
            )

    @api.depends("state", "provider_id")
    def _compute_can(self):
        for task in self:
            task.can_retry = task.state in (
                *TASK_PROBLEM,
                TASK_WAITING,
                TASK_UNKNOWN,
                TASK_QUEUED,
            )
            task.can_give_up = task.state in (*TASK_PROBLEM, TASK_WAITING)
            task.can_complete = (
                task.state == TASK_WAITING and task.provider_id.code == "manual"
            )

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sync(self):
        if any(t.kind != TASK_SYNC or t.state in TASK_OPEN for t in self):
            raise UserError(
                self.env._("Tasks tell what was sent to the vendor and are kept.")
            )

    # ----------------------------------------------------------------------
    # BUSINESS - QUEUE
    # ----------------------------------------------------------------------

    def _enqueue(self, after=0):
        """Queue one run, `after` seconds from now. Starts with the commit only."""
        for task in self:
            delayable = task.with_delay(
                priority=TASK_SYNC_PRIORITY
                if task.kind == TASK_SYNC
                else TASK_PRIORITY,
                eta=after or None,
                channel=TASK_CHANNEL,
                identity_key=f"csp.provisioning.task:{task.id}",
                description=task.name,
                max_retries=0,
            )
            job = delayable._run()
            values = {
                "next_try_at": fields.Datetime.now() + timedelta(seconds=after or 0)
            }
            if not isinstance(job, Job):
                continue  # the context asked to run at once: nothing is queued
            task.write({**values, "job_uuid": job.uuid})

    def _run(self):
        """Do ONE step of the task. Entry point of the queue job; never commits.

        A second worker finds the row locked and leaves. Two tasks of one subscription
        take turns: both write to it, and the loser's step would be rolled back after
        it was sent.
        """
        self.ensure_one()
        # sudo: the person who asked was checked by the verb that wrote the task
        task = self.sudo().with_company(self.company_id)
        if not task.try_lock_for_update(allow_referencing=True):
            return f"task {self.id} is being run by another worker"
        subscriptions = task.subscription_ids
        free = subscriptions.try_lock_for_update(allow_referencing=True)
        if free != subscriptions:
            task._enqueue(TASK_TURN_SECONDS)
            return f"task {task.id} waits for another task of its subscriptions"
        task.invalidate_recordset()
        subscriptions.invalidate_recordset()
        if task.state not in TASK_RUNNABLE:
            return f"task {task.id} is {task.state}: nothing to do"
        if not task.started_at:
            task.started_at = fields.Datetime.now()
        exchanges = []
        started = fields.Datetime.now()
        try:
            outcome, is_lookup = task._take_step(exchanges.append)
        except providers.UnknownOutcomeError as error:
            task._note_unknown(error)
            task._log_attempt("unknown", exchanges, started, error=error)
        except providers.RetryableError as error:
            task._note_retry(error)
            task._log_attempt("retry", exchanges, started, error=error)
        except providers.ProviderError as error:
            task._note_refused(error)
            task._log_attempt("refused", exchanges, started, error=error)
        else:
            kind = task._note_outcome(outcome)
            task._log_attempt(kind, exchanges, started, is_lookup=is_lookup)
        return f"task {task.id} is {task.state}"

    def _take_step(self, log):
        """Talk to the provider once; return (outcome, whether it was looked up)."""
        adapter = self.provider_id._get_adapter(log=log)
        if self.phase == "learn":
            return self._learn(adapter), False
        command = self._load_command()
        checkpoint = self.checkpoint or {}
        if self.state == TASK_UNKNOWN or self._was_interrupted():
            outcome = adapter.lookup(command, checkpoint)
            if outcome is not None:
                return outcome, True
        return adapter.execute(command, checkpoint), False

    def _was_interrupted(self):
        """Tell whether an earlier start of this very job never came to its end.

        The queue counts the starts outside of the job's transaction: a job that is
        started again has died, or was rolled back, maybe after it had sent.
        """
        job_uuid = self.env.context.get("job_uuid")
        if not job_uuid:
            return False
        # sudo: reads the counter of the running job
        job = self.env["queue.job"].sudo().search([("uuid", "=", job_uuid)], limit=1)
        return job.retry > 0

    # ----------------------------------------------------------------------
    # BUSINESS - OUTCOMES
    # ----------------------------------------------------------------------

    def _note_outcome(self, outcome):
        """Save what the step brought; return the word for the log."""
        self._keep_access(getattr(outcome, "access", ()))
        self.provider_id._book_call()
        if isinstance(outcome, providers.Done):
            self._note_done(outcome.result)
            return "done"
        values = {
            "checkpoint": outcome.checkpoint,
            "attempts": 0,
            "lost_jobs": 0,
            "last_error": False,
        }
        if isinstance(outcome, providers.Waiting):
            values |= {
                "state": TASK_WAITING,
                "wait_reason": outcome.reason,
                "wait_url": outcome.url or False,
            }
            is_new = self.state != TASK_WAITING
            self.write(values)
            if is_new:
                self._on_waiting()
            if outcome.after is not None:
                self._enqueue(max(outcome.after, 1))
            return "waiting"
        self.write({**values, "state": TASK_QUEUED, "wait_reason": False})
        self._enqueue(outcome.after)
        return "continue"

    def _note_done(self, result):
        """The vendor has done it: apply at once, or go and learn the details."""
        values = {"attempts": 0, "lost_jobs": 0, "last_error": False}
        if result is not None:
            values["result"] = providers.dump_result(result)
        self.write({**values, "state": TASK_QUEUED, "wait_reason": False})
        if isinstance(result, providers.OrderResult):
            self._apply_order_result(result)
            self.phase = "learn"
            self._enqueue()
            return
        if result is not None:
            self._apply_subscription_state(result)
        self._set_done()

    def _note_unknown(self, error):
        """The vendor may have done it: look before anything is sent again."""
        self._note_error(error, TASK_UNKNOWN)
        self._enqueue_again(error)

    def _note_retry(self, error):
        """Nothing happened, or the same key may be sent again: later."""
        state = self.state if self.state != TASK_WAITING else TASK_QUEUED
        self._note_error(error, state)
        self._enqueue_again(error)

    def _note_refused(self, error):
        """The vendor said no: a person must look."""
        self._note_error(error, TASK_REFUSED)
        self._on_problem()

    def _note_error(self, error, state):
        values = {
            "state": state,
            "attempts": self.attempts + 1,
            "last_error": str(error)[:500],
        }
        if error.checkpoint is not None:
            values["checkpoint"] = error.checkpoint
        self.write(values)
        self.provider_id._book_call(str(error)[:500])

    def _enqueue_again(self, error):
        if self.attempts >= TASK_MAX_ATTEMPTS:
            self.state = TASK_FAILED
            self._on_problem()
            return
        index = min(self.attempts, len(TASK_BACKOFF)) - 1
        wanted = getattr(error, "retry_after", None) or 0
        self._enqueue(max(TASK_BACKOFF[index], wanted))

    def _set_done(self):
        self.write(
            {
                "state": TASK_DONE,
                "done_at": fields.Datetime.now(),
                "last_error": False,
                "wait_reason": False,
                "next_try_at": False,
            }
        )
        self.activity_feedback(["csp_subscription.mail_activity_type_fulfil"])
        self._on_done()

    def _log_attempt(self, outcome, exchanges, started, error=None, is_lookup=False):
        """Keep the step; the adapter has scrubbed the exchanges."""
        lines = [f"{e.method} {e.url} -> {e.status or e.error}" for e in exchanges]
        answers = [e.answer for e in exchanges if e.answer]
        self.env["csp.provisioning.attempt"].create(
            {
                "task_id": self.id,
                "at": started,
                "outcome": outcome,
                "is_lookup": is_lookup,
                "request": "\n".join(lines)[:8000],
                "answer": "\n".join(answers)[:8000],
                "message": str(error)[:500] if error else self.wait_reason,
                "duration": sum(e.duration for e in exchanges),
            }
        )

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    @api.model
    def _build_key(self, kind, *parts):
        """Return a key that no other database and no other wish shares."""
        # sudo: the identity of the database
        database = self.env["ir.config_parameter"].sudo().get_param("database.uuid", "")
        return "-".join([kind, database[:8], *(str(part) for part in parts)])

    @api.model
    def _build_random_key(self, kind):
        return f"{kind}-{uuid.uuid4().hex}"

    @api.model
    def _dump_command(self, command):
        return providers.dump_command(command)

    def _load_command(self):
        return providers.load_command(self.payload)
