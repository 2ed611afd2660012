from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import EVENT_KINDS


class CspSubscriptionEvent(models.Model):
    """An append-only fact about a subscription. Billing reads these, nothing else."""

    _name = "csp.subscription.event"
    _description = "Subscription Event"
    _order = "effective_date desc, id desc"
    _rec_name = "kind"

    # Identity
    subscription_id = fields.Many2one(
        "csp.subscription",
        required=True,
        index=True,
        readonly=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True
    )
    kind = fields.Selection(EVENT_KINDS, required=True, readonly=True)
    effective_date = fields.Date(required=True, readonly=True)

    # State after the event
    quantity = fields.Integer(required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    unit_price = fields.Float(digits=(16, 6), readonly=True, groups="base.group_user")
    cost_currency_id = fields.Many2one(
        "res.currency", readonly=True, groups="base.group_user"
    )
    unit_cost = fields.Float(digits=(16, 6), readonly=True, groups="base.group_user")
    term_start_date = fields.Date(readonly=True)
    term_end_date = fields.Date(readonly=True)

    # Origin
    source = fields.Char(readonly=True, groups="base.group_user")
    user_id = fields.Many2one("res.users", readonly=True, groups="base.group_user")
    order_id = fields.Many2one("sale.order", readonly=True, groups="base.group_user")

    _start_uniq = models.UniqueIndex(
        "(subscription_id) WHERE kind = 'start'", "A subscription starts once."
    )
    _renew_uniq = models.UniqueIndex(
        "(subscription_id, effective_date) WHERE kind = 'renew'",
        "This term was renewed already.",
    )

    # ----------------------------------------------------------------------
    # CRUD
    # ----------------------------------------------------------------------

    def write(self, vals):
        """Refuse: what happened stays; a correction is a new event."""
        self.check_access("write")
        if vals:
            raise UserError(self.env._("Events are facts and cannot be changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        """Refuse: what happened stays."""
        raise UserError(self.env._("Events are facts and cannot be deleted."))
