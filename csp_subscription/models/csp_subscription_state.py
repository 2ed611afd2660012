"""States and facts of a subscription: verbs, the one mover, events, hooks."""

import logging

from odoo import fields, models

from ..const import (
    ALLOWED,
    ENDED_STATES,
    EVENT_KINDS,
    STATE_ACTIVE,
    STATE_CANCELLED,
    STATE_DISABLED,
    STATE_EXPIRED,
    STATE_EXTENDED,
    STATE_PENDING,
    STATE_SUSPENDED,
    STATE_UNKNOWN,
)
from ..engine import changes as changes_engine

_logger = logging.getLogger(__name__)


class CspSubscription(models.Model):
    _inherit = "csp.subscription"

    # ----------------------------------------------------------------------
    # BUSINESS - EVENTS
    # ----------------------------------------------------------------------

    def _book_event(self, kind, effective_date, **vals):
        """Book one event per subscription with the state after it; run `_on_event`."""
        assert kind in dict(EVENT_KINDS)
        # sudo: events are written by the verbs only; nobody has a right to create
        events = (
            self.env["csp.subscription.event"]
            .sudo()
            .create(
                [
                    {**s.sudo()._prepare_event(kind, effective_date), **vals}
                    for s in self
                ]
            )
        )
        self._on_event(events)
        return events

    # Name of the build contract; kept short inside the add-on.
    _csp_book_event = _book_event

    def _book_first_seats(self):
        """Book the ordered seats as the first batch, window as the rules say."""
        for subscription in self:
            now = fields.Datetime.now()
            hours = subscription._get_window_hours()
            self.env["csp.seat.batch"].create(
                {
                    "subscription_id": subscription.id,
                    "quantity": subscription.quantity,
                    "bought_at": now,
                    "reducible_until": changes_engine.window_end(now, hours),
                }
            )

    def _prepare_event(self, kind, effective_date):
        self.ensure_one()
        return {
            "subscription_id": self.id,
            "company_id": self.company_id.id,
            "kind": kind,
            "effective_date": effective_date,
            "quantity": self.quantity,
            "currency_id": self.currency_id.id,
            "unit_price": self.unit_price,
            "cost_currency_id": self.cost_currency_id.id,
            "unit_cost": self.unit_cost,
            "term_start_date": self.term_start_date,
            "term_end_date": self.term_end_date,
            "user_id": self.env.user.id,
        }

    def _on_event(self, events):
        """Hook: facts were booked. Called in the transaction that booked them."""

    def _on_activated(self):
        """Hook: the service started. Called in the task's transaction, once."""

    # ----------------------------------------------------------------------
    # STATE
    # ----------------------------------------------------------------------

    def _set_pending(self, message=None):
        return self._update_state(STATE_PENDING, message)

    def _set_active(self, message=None):
        return self._update_state(STATE_ACTIVE, message)

    def _set_suspended(self, message=None):
        return self._update_state(STATE_SUSPENDED, message)

    def _set_extended(self, message=None):
        return self._update_state(STATE_EXTENDED, message)

    def _set_expired(self, message=None):
        return self._update_state(STATE_EXPIRED, message)

    def _set_disabled(self, message=None):
        return self._update_state(STATE_DISABLED, message)

    def _set_cancelled(self, message=None):
        return self._update_state(STATE_CANCELLED, message)

    def _set_unknown(self, message=None):
        return self._update_state(STATE_UNKNOWN, message)

    def _update_state(self, target, message=None):
        """Move to `target` what may move; skip what is there; refuse the rest.

        :return: the subscriptions that moved
        """
        ready = self.filtered(lambda s: s.state in ALLOWED[target])
        there = self.filtered(lambda s: s.state == target)
        refused = self - ready - there
        if there:
            _logger.info("subscriptions %s are %s already", there.ids, target)
        for subscription in refused:
            _logger.info(
                "subscription %s may not go from %s to %s",
                subscription.id,
                subscription.state,
                target,
            )
        values = {"state": target}
        if target in ENDED_STATES:
            values["auto_renew"] = False
        # sudo: the verb's caller has checked the person; nobody may write a state
        ready.sudo().write(values)
        if message:
            for subscription in ready:
                subscription.message_post(body=message)
        return ready
