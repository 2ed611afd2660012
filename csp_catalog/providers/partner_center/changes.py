"""Commands about one subscription: read, change, send the whole resource back.

Rules: Partner Center REST, "Subscription resources", "Create scheduled changes". What
a PATCH leaves out is reset, so everything that was read is sent again. Every change in
the middle of the term deletes what was planned for its end; the caller plans it anew.
"""

from __future__ import annotations

from urllib.parse import quote

from .. import base
from . import const, errors, mapping
from .client import Client, digest, request_id

MAX_ETAG_TRIES = 3


class Changes:
    """Execute and look up subscription commands."""

    def __init__(self, client: Client):
        self._client = client

    def execute(self, command, checkpoint):
        """Bring the subscription to the wanted state; nothing is sent if it is."""
        for _try in range(MAX_ETAG_TRIES):
            current = self.fetch(command.customer_ref, command.subscription_ref)
            if is_reached(command, current):
                return self._done(command, current)
            try:
                return self._send(command, checkpoint, current)
            except base.RetryableError as error:
                if error.code != const.STALE_ETAG:
                    raise
        raise base.RetryableError(
            "The subscription changes at the vendor all the time.",
            const.STALE_ETAG,
            retry_after=const.BUSY_WAIT,
        )

    def lookup(self, command, checkpoint):
        """Tell whether the subscription is in the wanted state by now."""
        current = self.fetch(command.customer_ref, command.subscription_ref)
        if is_reached(command, current):
            return self._done(command, current)
        return None

    def fetch(self, customer_ref: str, subscription_ref: str) -> dict:
        """Read a subscription and make sure that it is the one that was asked for."""
        body = self._client.get(self._path(customer_ref, subscription_ref))
        return self.checked(body, customer_ref, subscription_ref)

    def checked(self, body, customer_ref, subscription_ref=None):
        """Refuse a resource of somebody else."""
        if not _belongs_to(body, customer_ref, subscription_ref):
            raise errors.wrong_customer(is_write=False)
        return body

    # --- helpers ----------------------------------------------------------------

    def _send(self, command, checkpoint, current):
        body = self._changed(command, current)
        round_ = checkpoint.get("round", 0)
        id_ = request_id(command.key, "patch", round_, digest(body))
        etag = (current.get("attributes") or {}).get("etag")
        try:
            answer = self._client.patch(
                self._path(command.customer_ref, command.subscription_ref),
                body,
                id_,
                etag,
            )
        except base.RefusedError as error:
            error.checkpoint = base.next_round(checkpoint)
            raise
        if not answer:  # accepted, carried out later
            return base.Continue(checkpoint, after=const.POLL_FIRST)
        if not _belongs_to(answer, command.customer_ref, command.subscription_ref):
            raise errors.wrong_customer(is_write=True)
        if not is_reached(command, answer):
            raise base.UnknownOutcomeError(
                "The vendor accepted the change but does not show it."
            )
        return self._done(command, answer)

    def _changed(self, command, current):
        body = dict(current)
        if isinstance(command, base.ChangeSeats):
            body["quantity"] = command.quantity
        elif isinstance(command, base.Suspend):
            body["status"] = "suspended"
        elif isinstance(command, base.Resume):
            body["status"] = "active"
        elif isinstance(command, base.Cancel):
            body["status"] = "deleted"
        else:
            body |= self._renewal(command, current)
        return body

    def _renewal(self, command, current):
        if not command.auto_renew:
            # Turning the renewal off alone may lead into the extended service term.
            kind = "RenewToExtendedServiceTerm" if command.extended_term else "Cancel"
            return {
                "autoRenewEnabled": False,
                "scheduledNextTermInstructions": None,
                "scheduledActions": [{"scheduleType": "TermEnd", "actionType": kind}],
            }
        instructions = None
        if _has_plan(command):
            quantity, term, plan = _wanted(command, current)
            product_ref, sku_ref = mapping.offer_parts(current.get("offerId"))
            instructions = {
                "product": {
                    "productId": product_ref,
                    "skuId": sku_ref,
                    "availabilityId": str(current["offerId"]).split(":")[-1],
                    "billingCycle": plan,
                    "termDuration": term,
                },
                "quantity": quantity,
            }
        return {
            "autoRenewEnabled": True,
            "scheduledNextTermInstructions": instructions,
            "scheduledActions": [],
        }

    def _done(self, command, body):
        return base.Done(mapping.subscription(body, command.customer_ref))

    @staticmethod
    def _path(customer_ref, subscription_ref):
        return (
            f"/v1/customers/{quote(customer_ref, safe='')}"
            f"/subscriptions/{quote(subscription_ref, safe='')}"
        )


def is_reached(command: base.SubscriptionCommand, body: dict) -> bool:
    """Tell whether a subscription resource is what the command wants."""
    status = str(body.get("status", "")).lower()
    if isinstance(command, base.ChangeSeats):
        return body.get("quantity") == command.quantity and status == "active"
    if isinstance(command, base.Suspend):
        return status == "suspended"
    if isinstance(command, base.Resume):
        return status == "active"
    if isinstance(command, base.Cancel):
        return status == "deleted"
    return _is_renewal_set(command, body)


def _is_renewal_set(command, body):
    if bool(body.get("autoRenewEnabled")) != command.auto_renew:
        return False
    planned = mapping.next_term(body)
    if not command.auto_renew:
        wanted = "extend" if command.extended_term else "cancel"
        return planned is not None and planned.action == wanted
    if not _has_plan(command):
        return planned is None
    return planned is not None and (
        planned.quantity,
        planned.term,
        planned.plan,
    ) == _wanted(command, body)


def _has_plan(command):
    return any(
        value is not None for value in (command.quantity, command.term, command.plan)
    )


def _wanted(command, body):
    return (
        command.quantity or body["quantity"],
        command.term or body.get("renewalTermDuration") or body["termDuration"],
        command.plan or str(body["billingCycle"]).lower(),
    )


def _belongs_to(body, customer_ref, subscription_ref):
    if subscription_ref is not None and body.get("id") != subscription_ref:
        return False
    uri = ((body.get("links") or {}).get("self") or {}).get("uri") or ""
    owner = uri.partition("/customers/")[2].partition("/")[0]
    return not owner or owner.lower() == customer_ref.lower()
