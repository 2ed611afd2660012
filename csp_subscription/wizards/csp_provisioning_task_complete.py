from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import TASK_ORDER


class CspProvisioningTaskComplete(models.TransientModel):
    """Enter what a person did at a vendor without a connection."""

    _name = "csp.provisioning.task.complete"
    _description = "Complete by Hand"

    task_id = fields.Many2one(
        "csp.provisioning.task", required=True, readonly=True, ondelete="cascade"
    )
    kind = fields.Selection(related="task_id.kind")
    wait_reason = fields.Char(related="task_id.wait_reason")
    has_tenant = fields.Boolean(compute="_compute_has_tenant")
    tenant_ref = fields.Char(string="Vendor's Customer Reference")
    order_ref = fields.Char(string="Vendor's Order Reference")
    line_ids = fields.One2many(
        "csp.provisioning.task.complete.line",
        "wizard_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )

    @api.depends("task_id")
    def _compute_has_tenant(self):
        for wizard in self:
            tenant = wizard.task_id.tenant_id
            wizard.has_tenant = bool(tenant and not tenant.vendor_ref)

    @api.depends("task_id")
    def _compute_line_ids(self):
        for wizard in self:
            wizard.line_ids = [
                fields.Command.clear(),
                *(
                    fields.Command.create(
                        {
                            "subscription_id": subscription.id,
                            "vendor_ref": subscription.vendor_ref,
                            "start_date": subscription.term_start_date
                            or fields.Date.context_today(wizard),
                        }
                    )
                    for subscription in wizard.task_id.subscription_ids
                ),
            ]

    def action_complete(self):
        self.ensure_one()
        task = self.task_id
        task.check_access("write")
        if not task.can_complete:
            raise UserError(self.env._("This task is not waiting for a person."))
        if task.kind == TASK_ORDER and not all(self.line_ids.mapped("start_date")):
            raise UserError(self.env._("Enter the day on which each term started."))
        # sudo: the right to complete the task was checked above
        task.sudo()._complete_by_hand(
            {
                line.subscription_id.sudo(): {
                    "vendor_ref": line.vendor_ref,
                    "start_date": line.start_date,
                }
                for line in self.line_ids
            },
            order_ref=self.order_ref,
            tenant_ref=self.tenant_ref,
        )
        return {"type": "ir.actions.act_window_close"}


class CspProvisioningTaskCompleteLine(models.TransientModel):
    """One subscription of a task that is completed by hand."""

    _name = "csp.provisioning.task.complete.line"
    _description = "Complete by Hand: Subscription"

    wizard_id = fields.Many2one(
        "csp.provisioning.task.complete", required=True, ondelete="cascade"
    )
    subscription_id = fields.Many2one("csp.subscription", required=True)
    product_id = fields.Many2one(related="subscription_id.product_id")
    quantity = fields.Integer(related="subscription_id.quantity")
    vendor_ref = fields.Char(string="Vendor's Subscription Reference")
    start_date = fields.Date(string="Term Starts")
