"""What happens by itself as time goes on (Partner Center, "Subscription lifecycle").

* The commitment end date is inclusive; the renewal runs at the start of the next UTC
  day and opens a new window of 168 hours.
* Without renewal: *expired* 30 days, *disabled* 90 days, *deleted*. Still suspended at
  the end of the term: *disabled* 30 and 90 days, *deleted*.
* From 2026-05-04 a seat subscription bought or renewed since 2025-04-01 goes on in the
  extended service term, month by month, unless it was told to end.
"""

from __future__ import annotations

from datetime import timedelta

from . import catalogue, const, moments, promotions, purchase


def run(world, until):
    """Execute everything due up to ``until``, oldest first; return what happened."""
    happened = []
    with world.store.transaction():
        queue = _pending(world, until)
        while queue:
            moment, id_ = queue.pop(0)
            world.at(moment)
            try:
                text = _step(world, id_)
            finally:
                world.at(None)
            happened.append(
                {"at": moments.write(moment), "subscription": id_, "event": text}
            )
            following = _due(world.store.get("subscription", id_))
            if following is not None and following <= until:
                queue.append((following, id_))
                queue.sort()
    return happened


def _pending(world, until):
    queue = []
    for subscription in world.store.all("subscription"):
        due = _due(subscription)
        if due is not None and due <= until:
            queue.append((due, subscription["id"]))
    return sorted(queue)


def _due(subscription):
    """Return the instant of the next thing that happens, or None."""
    status = subscription["status"]
    if status in ("active", "suspended"):
        end = moments.day_of(subscription["commitmentEndDate"])
        return moments.midnight(end + timedelta(days=1))
    if status in ("expired", "disabled"):
        return moments.parse(subscription["_next_state_at"])
    return None


def _step(world, id_):
    subscription = world.store.get("subscription", id_)
    status = subscription["status"]
    if status == "expired":
        text = _disable(world, subscription, const.DISABLED_DAYS)
    elif status == "disabled":
        text = _delete(subscription)
    elif status == "suspended":
        days = const.DISABLED_AFTER_SUSPENDED_DAYS + const.DISABLED_DAYS
        text = _disable(world, subscription, days)
    else:
        text = _end_term(world, subscription)
    subscription["_version"] += 1
    world.store.put("subscription", id_, subscription)
    return text


def _end_term(world, subscription):
    actions = {row["actionType"] for row in subscription["scheduledActions"]}
    if "Cancel" in actions:
        return _delete(subscription)
    if "RenewToExtendedServiceTerm" in actions:
        return _extend(world, subscription)
    if subscription["autoRenewEnabled"]:
        return _renew(world, subscription)
    if _goes_into_extension(subscription):
        return _extend(world, subscription)
    subscription |= {
        "status": "expired",
        "_next_state_at": _in(world, const.EXPIRED_DAYS),
    }
    subscription["cancellationAllowedUntilDate"] = None
    return "expired"


def _renew(world, subscription):
    product_id, sku_id, _ = subscription["offerId"].split(":")
    term = subscription["renewalTermDuration"]
    cycle = subscription["billingCycle"]
    quantity = subscription["quantity"]
    if subscription["isTrial"]:
        sku_id, cycle = _paid_sku(world, product_id), "monthly"
    instructions = subscription["scheduledNextTermInstructions"]
    if instructions:
        product = instructions["product"]
        product_id, sku_id = product["productId"], product["skuId"]
        term, cycle = product["termDuration"], product["billingCycle"]
        quantity = instructions["quantity"]
    offer = world.offer(product_id, sku_id, term, cycle)
    if offer is None:
        subscription |= {
            "status": "expired",
            "_next_state_at": _in(world, const.EXPIRED_DAYS),
        }
        return "expired, the offer is no longer sold"
    day = world.now().date()
    anchor = moments.day_of(subscription["_anchor"])
    if subscription["isTrial"]:
        anchor = day
    end = _term_end(anchor, day, const.TERM_MONTHS[term])
    _start_term(world, subscription, offer, quantity, anchor, end)
    subscription["autoRenewEnabled"] = True
    subscription["renewalTermDuration"] = term
    return "renewed"


def _extend(world, subscription):
    product_id = subscription["offerId"].split(":")[0]
    offer = world.offer(product_id, catalogue.EST_SKU, "P1M", "monthly")
    if offer is None:
        subscription |= {
            "status": "expired",
            "_next_state_at": _in(world, const.EXPIRED_DAYS),
        }
        return "expired, there is no extended service term"
    day = world.now().date()
    end = moments.add_months(day, 1) - timedelta(days=1)
    _start_term(world, subscription, offer, subscription["quantity"], day, end)
    subscription |= {"autoRenewEnabled": True, "renewalTermDuration": "P1M"}
    return "extended service term"


def _start_term(world, subscription, offer, quantity, anchor, end):
    now = world.now()
    promotion = promotions.kept(world, subscription, offer, quantity)
    window = until = moments.write(now + const.WINDOW)
    if offer.kind == "est":  # always cancellable, to the end of the month paid for
        until = moments.write(moments.midnight(end + timedelta(days=1)))
    availability = world.availability(offer.product_id, offer.sku_id)
    subscription |= {
        "offerId": f"{offer.product_id}:{offer.sku_id}:{availability}",
        "offerName": offer.sku_title,
        "quantity": quantity,
        "termDuration": offer.term,
        "billingCycle": offer.plan.lower(),
        "commitmentEndDate": moments.write_day(end),
        "cancellationAllowedUntilDate": until,
        "isTrial": False,
        "scheduledNextTermInstructions": None,
        "scheduledActions": [],
        "nextChargeInstructions": None,
        "_anchor": anchor.isoformat(),
        "_term_started": moments.write(now),
        "_batches": [{"quantity": quantity, "until": window}],
        "_busy_until": moments.write(
            now + timedelta(seconds=world.setting("renewal_busy"))
        ),
    }
    purchase.set_price(world, subscription, offer, promotion)
    world.note(subscription, "renew")


def _term_end(anchor, day, months):
    """Return the inclusive last day of the term that starts on ``day``.

    The end keeps the purchase day: a clamped day never becomes the anchor.
    """
    passed = (day.year - anchor.year) * 12 + day.month - anchor.month
    for count in (passed, passed + 1, passed - 1):
        if moments.add_months(anchor, count) == day:
            return moments.add_months(anchor, count + months) - timedelta(days=1)
    return moments.add_months(day, months) - timedelta(days=1)


def _goes_into_extension(subscription):
    started = subscription["_term_started"][:10]
    ended = subscription["commitmentEndDate"][:10]
    return (
        not subscription["isTrial"]
        and started >= const.EST_PURCHASED_SINCE
        and ended >= const.EST_EXPIRES_SINCE
    )


def _paid_sku(world, product_id):
    for offer in catalogue.offers(world.seed):
        if offer.product_id == product_id and offer.kind == "licence":
            return offer.sku_id
    return ""


def _disable(world, subscription, days):
    subscription |= {"status": "disabled", "_next_state_at": _in(world, days)}
    return "disabled"


def _delete(subscription):
    subscription |= {
        "status": "deleted",
        "autoRenewEnabled": False,
        "scheduledActions": [],
        "cancellationAllowedUntilDate": None,
    }
    return "deleted"


def _in(world, days):
    return moments.write(world.now() + timedelta(days=days))
