"""Looking after tasks: buttons of the exceptions list, and the sweeper."""

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.csp_catalog import providers

from ..const import (
    TASK_DONE,
    TASK_DROPPED,
    TASK_FAILED,
    TASK_QUEUED,
    TASK_REFUSED,
    TASK_STALE_MINUTES,
    TASK_SYNC,
    TASK_UNKNOWN,
)

_logger = logging.getLogger(__name__)

LIVE_JOB_STATES = ("wait_dependencies", "pending", "enqueued", "started")
MAX_LOST_JOBS = 5


class CspProvisioningTask(models.Model):
    _inherit = "csp.provisioning.task"

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_retry(self):
        """Send again what the vendor refused or what got stuck."""
        self.check_access("write")
        for task in self.filtered("can_retry"):
            values = {
                "attempts": 0,
                "lost_jobs": 0,
                "last_error": False,
                "next_try_at": False,
            }
            if task.state == TASK_REFUSED:
                # The vendor has answered: it wants a new request id now.
                values["state"] = TASK_QUEUED
                values["checkpoint"] = providers.next_round(task.checkpoint)
            elif task.state == TASK_FAILED:
                values["state"] = TASK_UNKNOWN
            task.write(values)
            task.activity_unlink(["csp_subscription.mail_activity_type_problem"])
            task._enqueue()

    def action_give_up(self):
        """Stop trying. Lines that were never delivered are cancelled."""
        self.check_access("write")
        for task in self.filtered("can_give_up"):
            task._check_not_done()
            task.state = TASK_DROPPED
            task.activity_unlink(["csp_subscription.mail_activity_type_problem"])
            task._on_dropped()

    def action_complete(self):
        """Enter by hand what was done at the vendor."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "csp_subscription.csp_provisioning_task_complete_action"
        )
        action["context"] = {"default_task_id": self.id}
        return action

    def action_view_subscriptions(self):
        self.ensure_one()
        return self.subscription_ids._get_records_action(
            name=self.env._("Subscriptions")
        )

    # ----------------------------------------------------------------------
    # CRON
    # ----------------------------------------------------------------------

    @api.model
    def _cron_sweep(self):
        """Bring back tasks whose job got lost. Safe to run at any time.

        What a lost job has sent is not known: the task becomes `unknown`, so that the
        next run looks it up first.
        """
        limit = fields.Datetime.now() - timedelta(minutes=TASK_STALE_MINUTES)
        stale = self.search(
            [
                ("state", "in", (TASK_QUEUED, TASK_UNKNOWN)),
                "|",
                ("next_try_at", "=", False),
                ("next_try_at", "<", limit),
            ]
        )
        # sudo: the queue is nobody's business but the sweeper's
        jobs = (
            self.env["queue.job"]
            .sudo()
            .search(
                [
                    ("uuid", "in", stale.filtered("job_uuid").mapped("job_uuid")),
                    ("state", "in", LIVE_JOB_STATES),
                ]
            )
        )
        alive = set(jobs.mapped("uuid"))
        for task in stale.filtered(lambda t: t.job_uuid not in alive):
            task._bring_back()

    def _bring_back(self):
        self.ensure_one()
        if not self.try_lock_for_update(allow_referencing=True):
            return
        lost = self.lost_jobs + 1
        if lost > MAX_LOST_JOBS:
            self.write(
                {
                    "state": TASK_FAILED,
                    "last_error": self.env._(
                        "The work on this task broke off %s times. See the queue for "
                        "the cause, then retry.",
                        lost - 1,
                    ),
                }
            )
            self._on_problem()
            return
        state = TASK_UNKNOWN if self.phase == "send" and self.started_at else self.state
        self.write({"state": state, "lost_jobs": lost})
        _logger.info("task %s had no live job and is queued again", self.id)
        self._enqueue()

    @api.autovacuum
    def _gc_sync_tasks(self):
        """Forget readings of the last month: their results are booked."""
        limit = fields.Datetime.now() - timedelta(days=30)
        self.search(
            [
                ("kind", "=", TASK_SYNC),
                ("state", "=", TASK_DONE),
                ("done_at", "<", limit),
            ],
            limit=1000,
        ).unlink()

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    def _check_not_done(self):
        """Ask the vendor before a task of unknown outcome is given up."""
        self.ensure_one()
        last = self.attempt_ids.sorted("id")[-1:]
        if self.state != TASK_FAILED or self.phase != "send" or not self.started_at:
            return
        if last.outcome != "unknown":
            return
        try:
            # sudo: the button has checked the right; only the look-up needs the keys
            adapter = self.sudo().provider_id._get_adapter()
            found = adapter.lookup(self._load_command(), self.checkpoint or {})
        except providers.ProviderError as error:
            raise UserError(
                self.env._(
                    "Whether the vendor has done this is not known, and it cannot be "
                    "asked now: %(error)s Try again later.",
                    error=error,
                )
            ) from error
        if found is not None:
            raise UserError(
                self.env._(
                    "The vendor has received this. Press Retry to book what it did, "
                    "instead of giving up."
                )
            )

    def _is_unsent(self):
        """Tell whether surely nothing of the task has reached the vendor.

        The queue counts the starts of a job outside of the job's transaction: a job
        that was started may have sent, even if it left no trace in the task.
        """
        self.ensure_one()
        if self.state != TASK_QUEUED or self.started_at or self.lost_jobs:
            return False
        # sudo: reads the counter and the state of the task's job
        jobs = self.env["queue.job"].sudo().search([("uuid", "=", self.job_uuid)])
        return not any(job.retry or job.state == "started" for job in jobs)
