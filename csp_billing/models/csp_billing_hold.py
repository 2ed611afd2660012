from odoo import api, fields, models

from ..const import HOLD_BLOCKING, HOLD_REASONS, HOLD_STATES


class CspBillingHold(models.Model):
    """A payer, subscription or invoice put aside by a run, with the reason."""

    _name = "csp.billing.hold"
    _description = "Billing Hold"
    _order = "state, id desc"
    _rec_name = "payer_id"

    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True
    )
    run_id = fields.Many2one(
        "csp.billing.run", readonly=True, index="btree_not_null", ondelete="set null"
    )
    payer_id = fields.Many2one(
        "res.partner", required=True, readonly=True, index=True, ondelete="restrict"
    )
    subscription_id = fields.Many2one(
        "csp.subscription", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    order_id = fields.Many2one("sale.order", readonly=True, ondelete="cascade")
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    reason = fields.Selection(HOLD_REASONS, required=True, readonly=True)
    message = fields.Text(readonly=True)
    state = fields.Selection(
        HOLD_STATES, required=True, default="open", readonly=True, index=True
    )
    is_blocking = fields.Boolean(
        string="Waits for a Person", compute="_compute_is_blocking", store=True
    )
    released_by = fields.Many2one("res.users", readonly=True)
    released_at = fields.Datetime(readonly=True)

    _open_uniq = models.UniqueIndex(
        "(company_id, payer_id, reason, COALESCE(subscription_id, 0),"
        " COALESCE(move_id, 0), COALESCE(order_id, 0)) WHERE state = 'open'",
        "This hold is open already.",
    )

    @api.depends("reason")
    def _compute_is_blocking(self):
        for hold in self:
            hold.is_blocking = hold.reason in HOLD_BLOCKING

    # ----------------------------------------------------------------------
    # ACTIONS
    # ----------------------------------------------------------------------

    def action_release(self):
        """Let the next run try again."""
        self._release()

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    @api.model
    def _put(self, payer, company, reason, message, **links):
        """Open a hold, or renew the text of the open one with the same reason."""
        run = links.pop("run", None)
        targets = {
            name: links[name].id if links.get(name) else False
            for name in ("subscription_id", "move_id", "order_id")
        }
        # sudo: holds are written by billing, also on behalf of a delivery
        holds = self.sudo()
        domain = [
            ("company_id", "=", company.id),
            ("payer_id", "=", payer.id),
            ("reason", "=", reason),
            ("state", "=", "open"),
            *((name, "=", value) for name, value in targets.items()),
        ]
        hold = holds.search(domain, limit=1)
        values = {"message": message, "run_id": run.id if run else False}
        if hold:
            hold.write(values)
        else:
            hold = holds.create(
                {
                    "company_id": company.id,
                    "payer_id": payer.id,
                    "reason": reason,
                    **targets,
                    **values,
                }
            )
        return hold

    def _release(self):
        self.filtered(lambda hold: hold.state == "open").write(
            {
                "state": "released",
                "released_by": self.env.uid,
                "released_at": fields.Datetime.now(),
            }
        )

    @api.model
    def _get_blocked(self, company):
        """Return the payers and subscriptions that wait for a person."""
        holds = self.sudo().search(
            # sudo: see `_put`
            [
                ("company_id", "=", company.id),
                ("state", "=", "open"),
                ("is_blocking", "=", True),
            ]
        )
        by_subscription = holds.filtered("subscription_id")
        payers = (holds - by_subscription).filtered(lambda h: not h.order_id).payer_id
        return payers, by_subscription.subscription_id
