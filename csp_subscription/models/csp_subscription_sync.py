"""Reading subscriptions at the vendor."""

from odoo import fields, models

from ..const import TASK_SYNC


class CspSubscription(models.Model):
    _inherit = "csp.subscription"

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_sync(self):
        """Read the subscription at the vendor now."""
        self.check_access("write")
        self._sync_from_vendor()
        return True

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _sync_from_vendor(self):
        """Make one reading task per tenant for these subscriptions; return them."""
        Task = self.env["csp.provisioning.task"]
        # sudo: buttons have checked the right to write; a task that only reads is
        # made by this verb and nobody else may create one
        tasks = Task.sudo()
        connected = self.sudo().filtered(
            lambda s: s.vendor_ref and s.provider_id and s.provider_id.code != "manual"
        )
        for (provider, tenant), group in connected.grouped(
            lambda s: (s.provider_id, s.tenant_id)
        ).items():
            idle = group.filtered(
                lambda s: (
                    not s._get_open_tasks().filtered(lambda t: t.kind == TASK_SYNC)
                )
            )
            if not idle:
                continue
            task = Task.sudo().create(
                {
                    "key": Task._build_random_key(TASK_SYNC),
                    "kind": TASK_SYNC,
                    "phase": "learn",
                    "subscription_ids": [fields.Command.set(idle.ids)],
                    "provider_id": provider.id,
                    "tenant_id": tenant.id,
                    "company_id": idle[0].company_id.id,
                }
            )
            task._enqueue()
            tasks |= task
        return tasks
