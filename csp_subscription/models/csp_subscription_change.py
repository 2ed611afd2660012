"""Changes of a running subscription: what is allowed, and the task that asks for it."""

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.csp_catalog.providers import base as provider_base

from ..const import (
    TASK_CANCEL,
    TASK_RESUME,
    TASK_SEATS,
    TASK_SUSPEND,
)
from ..engine import changes


class CspSubscription(models.Model):
    _inherit = "csp.subscription"

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_suspend(self):
        self.check_access("write")
        for subscription in self:
            subscription._suspend()

    def action_resume(self):
        self.check_access("write")
        for subscription in self:
            subscription._resume()

    def action_cancel_subscription(self):
        self.check_access("write")
        for subscription in self:
            subscription._cancel()

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _change_seats(self, quantity, source=None):
        """Ask the vendor for `quantity` seats in total; return the task."""
        self._check_verdict(
            changes.check_seats(self._build_situation(), quantity, self._now())
        )
        return self._create_task(
            TASK_SEATS,
            lambda key: provider_base.ChangeSeats(
                key=key, quantity=quantity, **self._prepare_refs()
            ),
            source=source,
        )

    def _suspend(self, source=None):
        """Ask the vendor to stop the service, keeping the data; return the task."""
        self._check_verdict(changes.check_suspend(self._build_situation(), self._now()))
        return self._create_task(
            TASK_SUSPEND,
            lambda key: provider_base.Suspend(key=key, **self._prepare_refs()),
            source=source,
        )

    def _resume(self, source=None):
        """Ask the vendor to bring the service back; return the task."""
        self._check_verdict(changes.check_resume(self._build_situation(), self._now()))
        return self._create_task(
            TASK_RESUME,
            lambda key: provider_base.Resume(key=key, **self._prepare_refs()),
            source=source,
        )

    def _cancel(self, source=None):
        """Ask the vendor to end the service at once, inside the window."""
        self._check_verdict(changes.check_cancel(self._build_situation(), self._now()))
        return self._create_task(
            TASK_CANCEL,
            lambda key: provider_base.Cancel(key=key, **self._prepare_refs()),
            source=source,
        )

    def _create_task(self, kind, build_command, **vals):
        """Write the outbox row of one command and enqueue it; return the task.

        The key counts the tasks of the subscription: two people who press the same
        button at the same time write the same key, and the index lets one through.
        """
        self.ensure_one()
        Task = self.env["csp.provisioning.task"]
        # sudo: the verb has checked the state; customers have no right on tasks
        number = len(self.sudo().task_ids.filtered(lambda t: t.kind == kind)) + 1
        key = Task._build_key(kind, self.id, number)
        task = Task.sudo().create(
            {
                "key": key,
                "kind": kind,
                "subscription_ids": [fields.Command.link(self.id)],
                "provider_id": self.sudo().provider_id.id,
                "tenant_id": self.tenant_id.id,
                "company_id": self.company_id.id,
                "payload": Task._dump_command(build_command(key)),
                **vals,
            }
        )
        task._enqueue()
        return task

    # ----------------------------------------------------------------------
    # HELPERS
    # ----------------------------------------------------------------------

    def _now(self):
        return fields.Datetime.now()

    def _get_reducible_quantity(self, now=None):
        """Return how many seats may be given back now."""
        self.ensure_one()
        return min(
            changes.reducible(self._build_batches(), now or self._now()),
            max(0, self.quantity - 1),
        )

    def _build_batches(self):
        # sudo: the batches of a subscription that the user may read
        return tuple(
            changes.Batch(b.quantity, b.bought_at, b.reducible_until or None)
            for b in self.sudo().batch_ids
        )

    def _build_situation(self):
        self.ensure_one()
        template = self.product_id.product_tmpl_id
        end = self.term_end_date
        return changes.Situation(
            state=self.state,
            quantity=self.quantity,
            batches=self._build_batches(),
            cancellable_until=self.cancellable_until or None,
            term_end_at=fields.Datetime.to_datetime(end) if end else None,
            min_seats=int(template.csp_min_seats or 1),
            max_seats=int(template.csp_max_seats or 0),
            is_busy=bool(self._get_open_tasks().filtered(lambda t: t.kind != "sync")),
        )

    def _prepare_refs(self):
        """Return how the vendor knows the subscription."""
        self.ensure_one()
        if not self.vendor_ref:
            raise UserError(
                self.env._(
                    "The vendor does not know %(name)s yet. Wait until it is "
                    "delivered.",
                    name=self.name,
                )
            )
        return {
            "customer_ref": self.tenant_id.vendor_ref or "",
            "subscription_ref": self.vendor_ref,
        }

    def _check_verdict(self, verdict):
        """Say in words why a change is not possible."""
        if not verdict.allowed:
            raise UserError(self._get_verdict_message(verdict))

    def _get_verdict_message(self, verdict):
        self.ensure_one()
        messages = {
            changes.NOT_ACTIVE: self.env._(
                "%(name)s is not active, so it cannot be changed.", name=self.name
            ),
            changes.NOT_SUSPENDED: self.env._(
                "%(name)s is not suspended.", name=self.name
            ),
            changes.BUSY: self.env._(
                "A change of %(name)s is under way. Wait until the vendor has "
                "answered.",
                name=self.name,
            ),
            changes.NO_CHANGE: self.env._(
                "%(name)s has %(limit)s seats already.",
                name=self.name,
                limit=verdict.limit,
            ),
            changes.BELOW_MINIMUM: self.env._(
                "At least %(limit)s seats are needed.", limit=verdict.limit
            ),
            changes.ABOVE_MAXIMUM: self.env._(
                "At most %(limit)s seats are possible.", limit=verdict.limit
            ),
            changes.WINDOW_CLOSED: self.env._(
                "The vendor's window for giving back is closed. Fewer seats, or "
                "none, are possible at the end of the term: %(date)s.",
                date=self.term_last_date or "",
            ),
            changes.NOT_REDUCIBLE: self.env._(
                "Only %(limit)s seats can be given back now; the others stay until "
                "the end of the term.",
                limit=verdict.limit,
            ),
            changes.TERM_ENDED: self.env._(
                "The term of %(name)s is over.", name=self.name
            ),
        }
        return messages[verdict.code]
