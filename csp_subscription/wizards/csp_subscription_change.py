from odoo import api, fields, models

from ..engine import changes


class CspSubscriptionChange(models.TransientModel):
    """Ask the vendor for another number of seats."""

    _name = "csp.subscription.change"
    _description = "Change Seats"

    subscription_id = fields.Many2one(
        "csp.subscription", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="subscription_id.currency_id")
    current_quantity = fields.Integer(
        string="Seats Now", related="subscription_id.quantity"
    )
    quantity = fields.Integer(
        string="New Seats",
        required=True,
        compute="_compute_quantity",
        store=True,
        readonly=False,
        precompute=True,
    )
    reducible_quantity = fields.Integer(related="subscription_id.reducible_quantity")
    period_amount = fields.Monetary(
        string="New Amount per Period", compute="_compute_effect"
    )
    message = fields.Char(compute="_compute_effect")
    is_allowed = fields.Boolean(compute="_compute_effect")

    @api.depends("subscription_id")
    def _compute_quantity(self):
        for wizard in self:
            wizard.quantity = wizard.subscription_id.quantity

    @api.depends("subscription_id", "quantity")
    def _compute_effect(self):
        for wizard in self:
            subscription = wizard.subscription_id
            verdict = changes.check_seats(
                subscription._build_situation(), wizard.quantity, subscription._now()
            )
            wizard.is_allowed = verdict.allowed
            wizard.message = (
                False if verdict.allowed else subscription._get_verdict_message(verdict)
            )
            wizard.period_amount = subscription.currency_id.round(
                subscription.unit_price * wizard.quantity
            )

    def action_apply(self):
        self.ensure_one()
        self.subscription_id.check_access("write")
        self.subscription_id._change_seats(self.quantity, source=self.env.user.name)
        return {"type": "ir.actions.act_window_close"}
