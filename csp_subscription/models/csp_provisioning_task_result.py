"""What a task brings about when the provider has answered."""

from odoo import fields, models

from odoo.addons.csp_catalog import providers
from odoo.addons.csp_catalog.providers import base as provider_base

from ..const import (
    STATE_PENDING,
    TASK_CANCEL,
    TASK_ORDER,
    TASK_RENEWAL,
    TASK_SYNC,
)
from ..engine import changes

LEARN_AGAIN_SECONDS = 3


class CspProvisioningTask(models.Model):
    _inherit = "csp.provisioning.task"

    # ----------------------------------------------------------------------
    # BUSINESS - APPLY
    # ----------------------------------------------------------------------

    def _apply_order_result(self, result):
        """Write the vendor's references; refuse the lines that it refused."""
        if self.tenant_id and result.customer_ref and not self.tenant_id.vendor_ref:
            self.tenant_id.vendor_ref = result.customer_ref
        by_key = {self._get_line_key(s): s for s in self.subscription_ids}
        for line in result.lines:
            subscription = by_key.get(line.line_key)
            if not subscription:
                continue
            if line.subscription_ref:
                subscription.write(
                    {
                        "vendor_ref": line.subscription_ref,
                        "vendor_order_ref": line.order_ref or result.order_ref,
                    }
                )
            else:
                self._refuse_line(subscription, line)

    def _refuse_line(self, subscription, line):
        """One line of the order was refused: nothing will come, so it ends here."""
        reason = line.error_message or self.env._("The vendor gave no reason.")
        if line.error_code:
            reason = f"{reason} [{line.error_code}]"
        subscription.refusal_reason = reason
        subscription._set_cancelled(
            self.env._("The vendor refused this line: %s", reason)
        )
        self._notify_problem(
            self.env._(
                "%(name)s was refused: %(reason)s",
                name=subscription.name,
                reason=reason,
            )
        )

    def _learn(self, adapter):
        """Read the subscriptions at the vendor and make its truth ours."""
        if self.kind == TASK_SYNC and len(self.subscription_ids) > 1:
            states = {
                state.subscription_ref: state
                for state in adapter.list_subscriptions(self.tenant_id.vendor_ref or "")
            }
        else:
            states = None
        is_complete = True
        for subscription in self.subscription_ids.filtered("vendor_ref"):
            if self.kind == TASK_ORDER and subscription.state != STATE_PENDING:
                continue
            if states is None:
                state = adapter.get_subscription(
                    self.tenant_id.vendor_ref or "", subscription.vendor_ref
                )
            else:
                state = states.get(subscription.vendor_ref)
            if state is None:
                self._note_missing(subscription)
            elif state.status == provider_base.STATUS_PENDING:
                is_complete = False
            else:
                subscription._apply_vendor_state(state, source=self.name)
        if is_complete:
            return providers.Done(None)
        return providers.Continue(self.checkpoint or {}, after=LEARN_AGAIN_SECONDS)

    def _note_missing(self, subscription):
        """The vendor does not know a subscription that runs here."""
        if subscription._set_unknown(
            self.env._("The vendor does not list this subscription any more.")
        ):
            self._notify_problem(
                self.env._("The vendor does not list %s any more.", subscription.name)
            )

    def _apply_subscription_state(self, state):
        """Apply the answer to a change of one subscription."""
        for subscription in self.subscription_ids:
            if self.kind == TASK_RENEWAL and self.intent_id.state == "wanted":
                self.intent_id.state = "sent"
            subscription._apply_vendor_state(state, source=self.name)

    def _keep_access(self, access):
        """Store once-only secrets in the very transaction that received them."""
        for item in access:
            self.env["csp.access"].create(
                {
                    "tenant_id": self.tenant_id.id,
                    "subscription_id": (
                        self.subscription_ids[:1].id
                        if item.kind != provider_base.ACCESS_TENANT_ADMIN
                        else False
                    ),
                    "order_id": self.order_id.id,
                    "company_id": self.company_id.id,
                    "kind": item.kind,
                    "url": item.url,
                    "username": item.username,
                    "secret": item.secret,
                }
            )

    def _complete_by_hand(
        self, values_by_subscription, order_ref=None, tenant_ref=None
    ):
        """Book what a person did at the vendor as if the vendor had told it.

        :param values_by_subscription: `{subscription: {vendor_ref, start_date}}`
        """
        self.ensure_one()
        if self.tenant_id and tenant_ref and not self.tenant_id.vendor_ref:
            self.tenant_id.vendor_ref = tenant_ref
        for subscription, values in values_by_subscription.items():
            if self.kind == TASK_ORDER:
                subscription.write(
                    {
                        "vendor_ref": values.get("vendor_ref") or subscription.name,
                        "vendor_order_ref": order_ref,
                    }
                )
            state = self._build_manual_state(subscription, values)
            subscription._apply_vendor_state(state, source=self.name)
        if self.kind == TASK_RENEWAL:
            self.intent_id.state = "sent"
        self._set_done()

    def _build_manual_state(self, subscription, values):
        """Return the state that a working vendor would have answered with."""
        command = self._load_command()
        start = values.get("start_date") or (
            subscription.term_start_date or fields.Date.today()
        )
        start_at = fields.Datetime.to_datetime(start)
        status = {
            providers.Suspend: provider_base.STATUS_SUSPENDED,
            providers.Cancel: provider_base.STATUS_DELETED,
        }.get(type(command), provider_base.STATUS_ACTIVE)
        quantity = subscription.quantity
        auto_renew = subscription.auto_renew
        if isinstance(command, providers.ChangeSeats):
            quantity = command.quantity
        elif isinstance(command, providers.SetRenewal):
            auto_renew = command.auto_renew
        elif isinstance(command, providers.PlaceOrder):
            auto_renew = True
        until = self._get_manual_window(subscription, start_at)
        return providers.SubscriptionState(
            customer_ref=self.tenant_id.vendor_ref or "",
            subscription_ref=subscription.vendor_ref,
            product_ref="",
            sku_ref="",
            term=subscription.term,
            plan=subscription.plan,
            quantity=quantity,
            status=status,
            auto_renew=auto_renew,
            start_at=start_at,
            term_start_date=subscription.term_start_date or start,
            term_end_date=subscription.term_end_date or None,
            cancellation_until=until,
            refundable=(
                (provider_base.RefundableSeats(quantity, until),) if until else ()
            ),
            promotion_ref=subscription.promotion_ref or None,
        )

    def _get_manual_window(self, subscription, start_at):
        """Return until when the programme lets us cancel and give back, or None."""
        if subscription.start_date:
            return subscription.cancellable_until or None
        hours = int(
            subscription.program_id._csp_get_optional_rule(
                "cancellation_window_hours", start_at.date(), 0
            )
        )
        return changes.window_end(start_at, hours) if hours else None

    def _get_line_key(self, subscription):
        """Return the key by which the vendor's line is found again."""
        return self._build_key("sub", subscription.id)

    # ----------------------------------------------------------------------
    # BUSINESS - REACTIONS
    # ----------------------------------------------------------------------

    def _on_done(self):
        """Tell the parties what came about."""
        if self.kind == TASK_ORDER and self.order_id:
            self.order_id._csp_on_delivered()

    def _on_dropped(self):
        """A task was given up: what was never delivered is cancelled."""
        if self.kind == TASK_ORDER:
            # sudo: the right to give up the task was checked by the button
            undelivered = self.sudo().subscription_ids.filtered(
                lambda s: s.state == STATE_PENDING
            )
            known = undelivered.filtered("vendor_ref")
            known._set_unknown(
                self.env._("The vendor knows it, but its delivery was given up.")
            )
            (undelivered - known).refusal_reason = self.last_error
            (undelivered - known)._set_cancelled(
                self.env._("The delivery was given up.")
            )
        if self.kind == TASK_RENEWAL and self.intent_id:
            self.intent_id.state = "dropped"
        if self.kind != TASK_CANCEL and self.order_id:
            self.order_id.message_post(
                body=self.env._("The delivery was given up: %s", self.last_error or "")
            )
        if self.kind == TASK_ORDER and self.order_id:
            # sudo: the rest of the order goes its way, whoever sells it
            self.order_id.sudo()._csp_on_delivered()

    def _on_waiting(self):
        """A person must act: make it somebody's work."""
        self._schedule_activity(
            "csp_subscription.mail_activity_type_fulfil", self.wait_reason
        )

    def _on_problem(self):
        """Refused or failed: visible on the task, the order and the subscriptions."""
        if self.kind == TASK_RENEWAL and self.intent_id.state == "sent":
            self.intent_id.state = "wanted"
        self._notify_problem(self.last_error or "")

    def _notify_problem(self, reason):
        self._schedule_activity("csp_subscription.mail_activity_type_problem", reason)
        body = self.env._(
            "%(task)s needs a look: %(reason)s", task=self.name, reason=reason
        )
        for record in [*self.order_id, *self.subscription_ids]:
            record.message_post(body=body)

    def _schedule_activity(self, xmlid, note):
        user = self._get_responsible()
        known = self.activity_ids.filtered(
            lambda a: a.activity_type_id == self.env.ref(xmlid)
        )
        if known:
            known.write({"note": note})
        else:
            self.activity_schedule(xmlid, note=note, user_id=user.id)

    def _get_responsible(self):
        """Return the product manager who looks after problems of this company."""
        # sudo: looks for colleagues by their group
        group = self.env.ref("csp_catalog.group_csp_product_manager").sudo()
        seller = self.order_id.user_id
        people = group.all_user_ids.filtered(
            lambda u: self.company_id in u.company_ids and u.active and u.id != 1
        )
        if seller in people:
            return seller
        return people.sorted("id")[:1] or self.env.user
