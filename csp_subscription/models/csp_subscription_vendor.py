"""What the vendor says about a subscription becomes our state and our events."""

from datetime import timezone

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.csp_catalog.providers import base as provider_base

from ..const import (
    EVENT_CANCEL,
    EVENT_EXPIRE,
    EVENT_RENEW,
    EVENT_RESUME,
    EVENT_SEATS,
    EVENT_START,
    EVENT_SUSPEND,
    LIVE_STATES,
    STATE_ACTIVE,
    STATE_EXTENDED,
    STATE_PENDING,
    STATE_SUSPENDED,
)
from ..engine import changes, renewal, term


def to_naive_utc(value):
    """Return an aware instant as Odoo stores it; None and naive values pass."""
    if value is not None and value.tzinfo is not None:
        return value.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)
    return value and value.replace(microsecond=0)


class CspSubscription(models.Model):
    _inherit = "csp.subscription"

    # ----------------------------------------------------------------------
    # BUSINESS
    # ----------------------------------------------------------------------

    def _activate_from_vendor(self, vendor_state, source=None):
        """Start the service with the dates that the vendor tells; run the hook.

        :return: the subscription when it has just started, else nothing
        """
        self.ensure_one()
        if self.state not in ("pending", "unknown") or self.start_date:
            return self.browse()
        start, end = self._get_first_term(vendor_state)
        self.write(
            {
                "start_date": start,
                "anchor_date": start,
                "term_start_date": start,
                "term_end_date": end,
                "quantity": vendor_state.quantity or self.quantity,
                **self._prepare_vendor_values(vendor_state),
            }
        )
        self._set_active()
        self._sync_batches(vendor_state)
        self._book_event(EVENT_START, start, source=source or vendor_state.order_ref)
        self._on_activated()
        return self

    def _get_first_term(self, vendor_state):
        start = vendor_state.term_start_date or (
            vendor_state.start_at and to_naive_utc(vendor_state.start_at).date()
        )
        start = start or fields.Date.today()
        end = vendor_state.term_end_date or term.add_months(
            start, self._get_term_months()
        )
        return start, end

    def _apply_vendor_state(self, vendor_state, source=None):
        """Make the vendor's truth ours: book what differs, and nothing else."""
        self.ensure_one()
        if vendor_state.subscription_ref != self.vendor_ref:
            raise UserError(
                self.env._(
                    "The vendor answered for another subscription (%(ref)s).",
                    ref=vendor_state.subscription_ref,
                )
            )
        if self.state == STATE_PENDING:
            if vendor_state.status != provider_base.STATUS_PENDING:
                self._activate_from_vendor(vendor_state, source)
            return
        if renewal.has_renewed(self.term_end_date, vendor_state.term_end_date):
            self._apply_vendor_renewal(vendor_state, source)
        elif self.state in LIVE_STATES and vendor_state.quantity != self.quantity:
            self.quantity = vendor_state.quantity
            self._book_event(EVENT_SEATS, fields.Date.today(), source=source)
        self.write(self._prepare_vendor_values(vendor_state))
        self._sync_batches(vendor_state)
        self._apply_vendor_status(vendor_state.status, source)
        self._keep_intents(vendor_state)

    def _apply_vendor_status(self, status, source=None):
        """Move to the vendor's status with its event."""
        today = fields.Date.today()
        if status == provider_base.STATUS_ACTIVE:
            was_suspended = self.filtered(lambda s: s.state == STATE_SUSPENDED)
            if self.state != STATE_EXTENDED and self._set_active() and was_suspended:
                self._book_event(EVENT_RESUME, today, source=source)
        elif status == provider_base.STATUS_SUSPENDED:
            if self._set_suspended():
                self._book_event(EVENT_SUSPEND, today, source=source)
        elif status == provider_base.STATUS_EXPIRED:
            if self._set_expired():
                self._book_expiry(source)
        elif status == provider_base.STATUS_DISABLED:
            was_live = self.state in LIVE_STATES
            if self.state in (STATE_ACTIVE, STATE_EXTENDED):
                self._set_expired()
            if self._set_disabled() and was_live:
                self._book_expiry(source)
        elif status == provider_base.STATUS_DELETED:
            self._apply_vendor_deletion(source)

    def _apply_vendor_deletion(self, source=None):
        """Deleted before the end of the term is a cancellation, later a clean-up."""
        today = fields.Date.today()
        if self.state not in LIVE_STATES:
            if self.state == "unknown":
                self._set_cancelled()
            return
        if self.term_end_date and self.term_end_date <= today:
            self._set_expired()
            self._book_expiry(source)
        elif self._set_cancelled():
            self._book_event(EVENT_CANCEL, self._get_cancel_date(), source=source)
            self._drop_intents()

    def _get_cancel_date(self, now=None):
        """Return from which day on a cancellation at `now` is not charged.

        In the first hours of a term, across midnight as well, that is the first day
        of the term: nothing is charged. Later every day that began is charged.
        """
        self.ensure_one()
        now = now or fields.Datetime.now()
        started = self.term_start_date
        hours = int(
            self.program_id._csp_get_optional_rule(
                "full_refund_hours", started or now.date(), 0
            )
        )
        bought_at = self._get_bought_at()
        if (
            started
            and bought_at
            and changes.is_open(changes.window_end(bought_at, hours), now)
        ):
            return started
        return now.date()

    def _get_bought_at(self):
        """Return when the first seats of the running term were bought, or None."""
        self.ensure_one()
        # sudo: only tells the caller, who may cancel, when the term was bought
        batches = self.sudo().batch_ids
        return min(batches.mapped("bought_at"), default=None)

    def _book_expiry(self, source=None):
        self._book_event(
            EVENT_EXPIRE, self.term_end_date or fields.Date.today(), source=source
        )
        self._close_intents(self.term_end_date)

    def _apply_vendor_renewal(self, vendor_state, source=None):
        """Book every term that the vendor has begun since we looked last."""
        old_end = self.term_end_date
        for start, end in term.terms_until(
            self.anchor_date,
            old_end,
            vendor_state.term_end_date,
            self._get_term_months(),
        ):
            intent = self._get_intent(start)
            is_last = end == vendor_state.term_end_date
            quantity = self.quantity
            if is_last:
                quantity = vendor_state.quantity
            elif intent and intent.decision in ("renew", "change"):
                quantity = intent.quantity
            self.write(
                {
                    "quantity": quantity,
                    "term_start_date": start,
                    "term_end_date": end,
                    **self._prepare_renewal_price(start, intent),
                }
            )
            self._book_event(EVENT_RENEW, start, source=source)
            self._close_intents(start)
            self._report_loss(start, intent)
            if is_last and intent.decision == "extended":
                self._set_extended()

    def _prepare_vendor_values(self, vendor_state):
        """Return what the vendor alone decides."""
        values = {
            "vendor_ref": vendor_state.subscription_ref,
            "auto_renew": vendor_state.auto_renew,
            "cancellable_until": to_naive_utc(vendor_state.cancellation_until) or False,
            "vendor_seen_at": fields.Datetime.now(),
        }
        if vendor_state.order_ref and not self.vendor_order_ref:
            values["vendor_order_ref"] = vendor_state.order_ref
        return values

    def _sync_batches(self, vendor_state):
        """Rewrite the batches as the vendor sees them.

        The vendor lists only the seats that may still go back; the rest of the seats
        is one batch without a deadline.
        """
        self.ensure_one()
        if vendor_state.status == provider_base.STATUS_DELETED:
            return
        hours = self._get_window_hours()
        now = fields.Datetime.now()
        values = []
        left = self.quantity
        for seats in vendor_state.refundable:
            until = to_naive_utc(seats.until)
            quantity = min(seats.quantity, left)
            left -= quantity
            if quantity:
                values.append(
                    {
                        "quantity": quantity,
                        "bought_at": changes.window_end(until, -hours),
                        "reducible_until": until,
                    }
                )
        if left:
            first = min(
                (v["bought_at"] for v in values),
                default=fields.Datetime.to_datetime(self.term_start_date) or now,
            )
            started = fields.Datetime.to_datetime(self.term_start_date) or first
            values.append({"quantity": left, "bought_at": min(started, first)})
        # sudo: batches are written by the verbs only
        subscription = self.sudo()
        known = [
            {
                "quantity": b.quantity,
                "bought_at": b.bought_at,
                "reducible_until": b.reducible_until,
            }
            for b in subscription.batch_ids
        ]
        wanted = [{"reducible_until": False, **v} for v in values]
        if sorted(map(str, (sorted(k.items()) for k in known))) == sorted(
            map(str, (sorted(w.items()) for w in wanted))
        ):
            return
        subscription.batch_ids = [
            fields.Command.clear(),
            *(fields.Command.create(v) for v in values),
        ]

    def _get_window_hours(self):
        """Return the length of the vendor's window for giving back."""
        self.ensure_one()
        return int(
            self.program_id._csp_get_optional_rule(
                "seat_reduction_window_hours",
                self.term_start_date or fields.Date.today(),
                0,
            )
        )
