from odoo import api, fields, models

from ..const import INTENT_STATES


class CspIntent(models.Model):
    """A wanted future change that we keep, tell the vendor and re-apply."""

    _name = "csp.intent"
    _description = "Intended Change"
    _order = "due_date desc, id desc"
    _rec_name = "decision"

    # Identity
    subscription_id = fields.Many2one(
        "csp.subscription", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="subscription_id.company_id", store=True, index=True
    )
    kind = fields.Selection(
        [("renewal", "Renewal"), ("seats", "Seats"), ("cancel", "Cancellation")],
        required=True,
        default="renewal",
    )
    state = fields.Selection(
        INTENT_STATES, default="draft", required=True, readonly=True
    )

    # The wish
    decision = fields.Selection(
        [
            ("renew", "Renew"),
            ("change", "Renew with other seats"),
            ("cancel", "End with the term"),
            ("extended", "Go on month by month"),
        ],
        required=True,
    )
    quantity = fields.Integer()
    unit_price = fields.Float(
        digits=(16, 6), help="Accepted price per seat and billing period."
    )
    due_date = fields.Date(
        string="Takes Effect On", required=True, help="First day of the next term."
    )

    # Who and why
    decided_by = fields.Char(readonly=True)
    decided_at = fields.Datetime(readonly=True)
    is_default = fields.Boolean(
        string="By Default",
        readonly=True,
        help="Nobody answered: the contract's renewal policy decided.",
    )
    order_id = fields.Many2one(
        "sale.order", string="Renewal Quote", index="btree_not_null", readonly=True
    )
    order_line_id = fields.Many2one("sale.order.line", readonly=True)
    task_ids = fields.One2many("csp.provisioning.task", "intent_id")

    _open_uniq = models.UniqueIndex(
        "(subscription_id, kind, due_date) WHERE state IN ('draft', 'wanted', 'sent')",
        "There is an open decision for this date already.",
    )

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    @api.model
    def _decide(self, subscription, decision, due_date, **values):
        """Store the decision for `due_date`; an earlier open one is dropped."""
        earlier = self.search(
            [
                ("subscription_id", "=", subscription.id),
                ("kind", "=", "renewal"),
                ("due_date", "=", due_date),
                ("state", "in", ("draft", "wanted", "sent")),
            ]
        )
        earlier.state = "dropped"
        earlier.flush_recordset(["state"])
        return self.create(
            {
                "subscription_id": subscription.id,
                "kind": "renewal",
                "decision": decision,
                "quantity": subscription.quantity,
                "due_date": due_date,
                "state": "wanted",
                "decided_by": self.env.user.name,
                "decided_at": fields.Datetime.now(),
                **values,
            }
        )

    def _is_kept_by(self, vendor_state):
        """Tell whether the vendor's plan for the next term is what we want."""
        self.ensure_one()
        if self.decision in ("cancel", "extended"):
            return not vendor_state.auto_renew
        if not vendor_state.auto_renew:
            return False
        planned = vendor_state.quantity
        if vendor_state.next_term and vendor_state.next_term.quantity:
            planned = vendor_state.next_term.quantity
        return planned == self.quantity

    def _send(self):
        """Tell the vendor; return the task. A manual provider gets it as work."""
        self.ensure_one()
        subscription = self.subscription_id
        self.state = "wanted"
        return subscription._create_task(
            "renewal",
            lambda key: subscription._prepare_set_renewal(key, self),
            intent_id=self.id,
        )
