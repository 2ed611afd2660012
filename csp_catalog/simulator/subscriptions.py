"""Subscriptions and what PATCH may do to them (Partner Center REST, "Subscription
resources", "Create scheduled changes"; Partner Center, "Create a new subscription").

PATCH takes the whole resource: what is left out is reset. Seats may be added at any
time and given back inside the window of their own batch only. Suspending and every
change in the middle of the term delete the scheduled changes.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from . import const, customers, moments, products, promotions, purchase
from .errors import VendorError, invalid, not_found

SCHEDULE = ("scheduledNextTermInstructions", "scheduledActions")


def get(world, customer_id, subscription_id):
    """Return the stored subscription of a customer."""
    customers.get(world, customer_id)
    found = world.store.get("subscription", subscription_id)
    if (
        found is None
        or found["_customer"] != customer_id
        or not _is_ready(world, found)
    ):
        raise not_found(20003, "The subscription")
    return found


def listed(world, customer_id, order_id=None):
    """Return a customer's subscriptions as resources."""
    customers.get(world, customer_id)
    return [
        public(world, found)
        for found in world.store.all("subscription", customer_id)
        if _is_ready(world, found) and order_id in (None, "", found["orderId"])
    ]


def public(world, found):
    """Return the resource of a stored subscription."""
    shown = {key: value for key, value in found.items() if key[0] != "_"}
    now = world.now()
    batches = open_batches(found, now)
    until = found["cancellationAllowedUntilDate"]
    if until and moments.parse(until) < now:
        shown["cancellationAllowedUntilDate"] = None
    if found["status"] != "active":
        batches = []
    shown["refundableQuantity"] = {
        "totalQuantity": sum(batch["quantity"] for batch in batches),
        "details": [
            {"quantity": batch["quantity"], "allowedUntilDateTime": batch["until"]}
            for batch in batches
        ],
    }
    started = moments.parse(found["_term_started"])
    shown["refundOptions"] = [
        {"type": kind, "expiresAt": moments.write(started + life)}
        for kind, life in (("Full", timedelta(hours=24)), ("Partial", const.WINDOW))
        if started + life > now
    ]
    shown["commitmentEndDateTime"] = found["commitmentEndDate"]
    shown["billingCycleEndDate"] = _cycle_end(found, now)
    shown["billingCycleEndDateTime"] = shown["billingCycleEndDate"]
    shown["actions"] = ["edit", "cancel"] if found["status"] == "active" else []
    shown["attributes"] = {"etag": etag(found), "objectType": "Subscription"}
    product_id, sku_id, _ = found["offerId"].split(":")
    shown["links"] = {
        "product": _link(f"/products/{product_id}"),
        "sku": _link(f"/products/{product_id}/skus/{sku_id}"),
        "self": _link(f"/customers/{found['_customer']}/subscriptions/{found['id']}"),
    }
    return shown


def patch(world, customer_id, subscription_id, body, if_match=None):
    """Apply a full resource; every rule of the vendor may refuse it."""
    found = get(world, customer_id, subscription_id)
    _check_etag(found, if_match)
    now = world.now()
    if moments.parse(found.get("_busy_until") or "1753-01-01") > now:
        raise VendorError(
            409, 800082, "The subscription is being renewed. Try again in 2 minutes."
        )
    if found["status"] == "deleted":
        raise invalid(2011, "The subscription is already deleted.")
    if found["_updates"] >= const.MAXIMUM_UPDATES:
        raise invalid(900311, "The subscription was updated too many times.")
    changed = dict(found, _batches=[dict(batch) for batch in found["_batches"]])
    if not _apply_status(changed, body, now):
        _apply_fields(world, changed, body, now)
    changed["_version"] += 1
    changed["_updates"] += 1
    world.store.put("subscription", subscription_id, changed)
    kind = _charge_type(found, changed)
    if kind:
        world.note(changed, kind)
    return public(world, changed)


def small_business_seats(world, customer_id, without=None):
    """Count the seats that share the limit of 300 per customer."""
    seats = 0
    for found in world.store.all("subscription", customer_id):
        product_id, sku_id, _ = found["offerId"].split(":")
        group = world.sku(product_id, sku_id)
        alive = found["status"] in ("active", "pending", "suspended")
        if alive and group and group[0].small_business and found["id"] != without:
            seats += found["quantity"]
    return seats


def open_batches(found, now):
    """Return the seat batches that may still be given back."""
    return [
        batch
        for batch in found["_batches"]
        if batch["quantity"] > 0 and moments.parse(batch["until"]) >= now
    ]


def etag(found):
    """Return the short-lived entity tag."""
    text = f"{found['id']}/{found['_version']}"
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _charge_type(before, after):
    if after["status"] == "deleted":
        return "cancelImmediate"
    if after["termDuration"] != before["termDuration"]:
        return "convert"
    difference = after["quantity"] - before["quantity"]
    if difference:
        return "addQuantity" if difference > 0 else "removeQuantity"
    return None


# --- PATCH ---------------------------------------------------------------------


def _apply_status(changed, body, now):
    """Apply a change of state; True when the rest of the body does not count."""
    wanted = str(body.get("status") or changed["status"]).lower()
    current = changed["status"]
    if wanted == "deleted":
        until = changed["cancellationAllowedUntilDate"]
        if not until or moments.parse(until) < now:
            raise invalid(
                900213,
                "The window of 168 hours in which to cancel is over.",
            )
        changed |= {"status": "deleted", "autoRenewEnabled": False, "_ended": None}
        _drop_schedule(changed)
        return True
    if current == "suspended":
        if wanted == "active":
            changed |= {"status": "active", "suspensionReasons": []}
            return True
        raise invalid(800091, "The subscription is suspended and cannot be edited.")
    if current != "active":
        raise invalid(800095, f"A subscription in state {current} cannot be changed.")
    if wanted == "suspended":
        changed |= {
            "status": "suspended",
            "autoRenewEnabled": False,
            "suspensionReasons": ["PartnerInitiated"],
        }
        _drop_schedule(changed)
        return True
    if wanted != "active":
        raise invalid(800095, f"The state {wanted} cannot be set.")
    return False


def _apply_fields(world, changed, body, now):
    changed["friendlyName"] = body.get("friendlyName") or changed["friendlyName"]
    midterm = _apply_quantity(world, changed, body, now)
    midterm |= _apply_term(world, changed, body, now)
    renew = bool(body.get("autoRenewEnabled", False))
    midterm |= changed["autoRenewEnabled"] and not renew
    changed["autoRenewEnabled"] = renew
    if midterm:
        _drop_schedule(changed)
    else:
        instructions = body.get("scheduledNextTermInstructions")
        changed["scheduledNextTermInstructions"] = _checked_schedule(
            world, changed, instructions
        )
    actions = body.get("scheduledActions") or []
    for action in actions:
        if action.get("actionType") not in (
            "Cancel",
            "RenewToNewTerm",
            "RenewToExtendedServiceTerm",
        ):
            raise invalid(900236, "The scheduled action is not supported.")
        if action.get("scheduleType") != "TermEnd":
            raise invalid(900236, "Only actions at the end of the term are supported.")
    if not midterm or not renew:
        changed["scheduledActions"] = actions


def _apply_quantity(world, changed, body, now):
    quantity = body.get("quantity", changed["quantity"])
    if isinstance(quantity, bool) or not isinstance(quantity, int):
        raise invalid(2002, "The quantity must be a whole number.")
    difference = quantity - changed["quantity"]
    if difference == 0:
        return False
    product_id, sku_id, _ = changed["offerId"].split(":")
    group = world.sku(product_id, sku_id)
    most = products.maximum_seats(group[0]) if group else const.MAXIMUM_SEATS
    if group and group[0].small_business:
        taken = small_business_seats(world, changed["_customer"], changed["id"])
        most = min(most, const.SMALL_BUSINESS_SEATS - taken)
    if not 1 <= quantity or (difference > 0 and quantity > most):
        raise invalid(2002, f"The quantity must be between 1 and {most}.")
    if difference > 0:
        promotions.redeem_more(world, changed, difference)
        changed["_batches"].append(
            {"quantity": difference, "until": moments.write(now + const.WINDOW)}
        )
    else:
        _give_back(changed, -difference, now)
    changed["quantity"] = quantity
    return True


def _give_back(changed, seats, now):
    batches = open_batches(changed, now)
    allowed = sum(batch["quantity"] for batch in batches)
    if seats > allowed:
        raise invalid(
            800090,
            f"The seats cannot be decreased by {seats}: {allowed} may be given back "
            "inside their 168 hours.",
        )
    for batch in reversed(batches):
        taken = min(seats, batch["quantity"])
        batch["quantity"] -= taken
        seats -= taken


def _apply_term(world, changed, body, now):
    term = body.get("termDuration") or changed["termDuration"]
    cycle = str(body.get("billingCycle") or changed["billingCycle"]).lower()
    if (term, cycle) == (changed["termDuration"], changed["billingCycle"]):
        return False
    months = const.TERM_MONTHS
    if months.get(term, 0) < months[changed["termDuration"]]:
        raise invalid(900259, "The term cannot become shorter.")
    product_id, sku_id, _ = changed["offerId"].split(":")
    offer = world.offer(product_id, sku_id, term, cycle)
    if offer is None:
        raise invalid(900260, "The term and billing cycle are not offered.")
    if term == changed["termDuration"]:
        if term != "P3Y" or "triennial" in (cycle, changed["billingCycle"]):
            raise invalid(900260, "The billing cycle cannot change in this term.")
        product = {"productId": product_id, "skuId": sku_id, "billingCycle": cycle}
        changed["nextChargeInstructions"] = {
            "product": product | {"termDuration": term},
            "quantity": changed["quantity"],
        }
        return False
    day = now.date()
    changed |= {
        "termDuration": term,
        "renewalTermDuration": term,
        "billingCycle": cycle,
        "_anchor": day.isoformat(),
        "_term_started": moments.write(now),
        "commitmentEndDate": moments.write_day(
            moments.add_months(day, months[term]) - timedelta(days=1)
        ),
    }
    promotion = promotions.kept(world, changed, offer, changed["quantity"])
    purchase.set_price(world, changed, offer, promotion)
    return True


def _checked_schedule(world, changed, instructions):
    if not instructions:
        return None
    if not changed["autoRenewEnabled"]:
        raise invalid(800093, "Scheduled changes need auto-renew to be on.")
    product = instructions.get("product") or {}
    quantity = instructions.get("quantity")
    if isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 1:
        raise invalid(2002, "The scheduled quantity is not valid.")
    offer = world.offer(
        product.get("productId"),
        product.get("skuId"),
        product.get("termDuration"),
        str(product.get("billingCycle", "")).lower(),
    )
    if offer is None:
        raise invalid(900236, "The scheduled product, term or cycle is not offered.")
    scheduled = {
        "productId": offer.product_id,
        "skuId": offer.sku_id,
        "availabilityId": world.availability(offer.product_id, offer.sku_id),
        "billingCycle": offer.plan.lower(),
        "termDuration": offer.term,
    }
    if product.get("promotionId"):
        promotion = promotions.found(world, product["promotionId"])
        if promotion is None or promotions.match(promotion, offer) is None:
            raise invalid(900236, "The scheduled promotion is not valid.")
        scheduled["promotionId"] = promotion["id"]
    return {"product": scheduled, "quantity": quantity}


def _check_etag(found, if_match):
    if if_match is None:
        return
    if if_match != f'"{etag(found)}"':
        raise invalid(2055, "The resource was changed meanwhile: the ETag is stale.")


def _drop_schedule(changed):
    changed["scheduledNextTermInstructions"] = None
    changed["scheduledActions"] = []


def _is_ready(world, found):
    return moments.parse(found["_ready"]) <= world.now()


def _cycle_end(found, now):
    months = const.CYCLE_MONTHS.get(found["billingCycle"])
    end = moments.day_of(found["commitmentEndDate"])
    if months is None or now.date() > end:
        return found["commitmentEndDate"]
    anchor = moments.day_of(found["_anchor"])
    if anchor > now.date():  # first term up to a common end date
        return found["commitmentEndDate"]
    boundary = moments.boundary_after(anchor, months, now.date())
    return moments.write_day(min(boundary - timedelta(days=1), end))


def _link(uri):
    return {"uri": uri, "method": "GET", "headers": []}
