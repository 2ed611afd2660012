"""Promotions, who may use them and what they take off (Partner Center REST, "Get
promotions", "Verify promotion eligibility"; Partner Center, "New commerce promotions").

* A promotion takes a fraction off the *partner's* price, for the running term.
* Seats are counted per customer, across partners, on the promotion's product and SKU
  (the first two parts of its id). Seats given back still count.
* One that applies by itself is used when it may be; when it may not, the line is
  charged at list price. One that is asked for and may not be used is error 10014.
* A renewal keeps it only when its day lies inside the promotion's period.
"""

from __future__ import annotations

from decimal import Decimal

from . import catalogue, customers, moments, promotions_data
from .errors import VendorError, invalid, not_found

# --- which there are ------------------------------------------------------------


def listed(world, country, segment):
    """Return the resources of the promotions that run now in a segment."""
    now = world.now()
    wanted = (segment or "commercial").lower()
    return [
        public(row)
        for row in _all(world)
        if row["_segment"] == wanted and is_open(row, now) and _is_in(row, country)
    ]


def found(world, promotion_id):
    """Return one promotion, also an ended one, or None."""
    for row in _all(world):
        if row["id"] == promotion_id:
            return row
    return None


def get(world, promotion_id, country):
    """Return one resource, also of an ended promotion."""
    row = found(world, promotion_id)
    if row is None or not _is_in(row, country):
        raise not_found(1000, "The promotion")
    return public(row)


def public(row):
    """Return the resource of a promotion."""
    return {key: value for key, value in row.items() if key[0] != "_"}


def add(world, values):
    """Keep a promotion that a test or a demo wants; members as documented."""
    id_ = str(values["id"])
    if len(id_.split(":")) != 3:
        raise ValueError("a promotion id has three parts")
    if found(world, id_):
        raise ValueError(f"{id_} exists already")
    row = {
        "name": id_,
        "description": "",
        "properties": {"isAutoApplicable": False},
        "promotionConstraints": {},
        **{key: value for key, value in values.items() if key[0] != "_"},
        "_segment": values.get("segment") or "commercial",
        "_countries": values.get("countries") or [],
    }
    for name in ("segment", "countries"):
        row.pop(name, None)
    if moments.parse(row["endDate"]) <= moments.parse(row["startDate"]):
        raise ValueError("a promotion ends after it starts")
    for product in row["requiredProducts"]:
        rate(product)
    world.store.put("promotion", id_, row)
    return public(row)


def is_open(row, moment):
    """Tell whether a moment lies inside the promotion's period."""
    return moments.parse(row["startDate"]) <= moment < moments.parse(row["endDate"])


# --- what it takes off -------------------------------------------------------------


def rate(product):
    """Return the fraction that a required product's policies take off."""
    left = Decimal(1)
    for policy in product.get("pricingPolicies") or ():
        if policy.get("policyType") != "PercentDiscount":
            raise ValueError(f"unknown pricing policy: {policy.get('policyType')}")
        value = Decimal(str(policy["value"]))
        if not 0 <= value <= 1:
            raise ValueError("the value of a discount is between 0 and 1")
        left *= 1 - value
    return 1 - left


def match(row, offer):
    """Return the promotion's entry for an offer, or None."""
    for product in row["requiredProducts"]:
        if (
            _is_product(product, offer)
            and product["term"]["duration"] == offer.term
            and product["term"]["billingCycle"] == offer.plan.lower()
        ):
            return product
    return None


def discounted(price, row, offer):
    """Return the partner's price of the term under a promotion."""
    return catalogue._exact(price * (1 - rate(match(row, offer))))


# --- who may use it ------------------------------------------------------------------


def errors(world, customer_id, row, offer, quantity, taken=0):
    """Return why a customer may not use a promotion; ``taken``: seats in the cart."""
    if row is None or not _is_usable(world, customer_id, row, offer):
        return [_error("InvalidPromotion", "The promotion is not valid for the item.")]
    if match(row, offer) is None:
        terms = [
            product["term"]
            for product in row["requiredProducts"]
            if _is_product(product, offer)
        ]
        text = "The promotion is not valid for the term."
        return [_error("Term", text, eligibleTerms=terms)]
    result = _seat_errors(world, customer_id, row, quantity, taken)
    result += _history_errors(world, customer_id, row, offer)
    return result


def automatic(world, customer_id, offer, quantity, taken):
    """Return the best promotion that applies by itself, or None.

    ``taken`` is {promotion product and SKU: seats} of the lines before.
    """
    best = None
    for row in _all(world):
        if not row["properties"].get("isAutoApplicable") or not match(row, offer):
            continue
        seats = taken.get(seat_key(row), 0)
        if errors(world, customer_id, row, offer, quantity, seats):
            continue
        if best is None or rate(match(row, offer)) > rate(match(best, offer)):
            best = row
    return best


def eligibilities(world, customer_id, body):
    """Answer a question about items: per item and promotion yes, or why not."""
    customers.get(world, customer_id)
    items = body.get("items")
    if not isinstance(items, list) or not items:
        raise invalid(2000, "The question needs at least one item.")
    rows = [_item(world, customer_id, item) for item in items]
    return {"items": rows, "attributes": {"objectType": "PromotionEligibilities"}}


# --- what was used -------------------------------------------------------------------


def seat_key(row):
    """Return what seats are counted on: the promotion's product and SKU."""
    return row["id"].rpartition(":")[0]


def redeem(world, customer_id, row, seats, subscription_id=None, kind="purchase"):
    """Count seats bought under a promotion; they are never given back."""
    id_ = world.store.new_id("redemption")
    fact = {
        "id": id_,
        "at": moments.write(world.now()),
        "customerId": customer_id,
        "promotion": seat_key(row),
        "promotionId": row["id"],
        "subscriptionId": subscription_id,
        "kind": kind,
        "seats": seats,
    }
    world.store.put("redemption", id_, fact, customer_id)
    return fact


def redeem_more(world, subscription, seats):
    """Count seats added in the term; beyond the promotion's maximum they fail."""
    row = found(world, subscription.get("promotionId"))
    if row is None:
        return
    most = _most_seats(row)
    used = _used_seats(world, subscription["_customer"], row)
    if most and used + seats > most:
        raise VendorError(
            403,
            800088,
            f"The promotion allows {most} seats for the customer: "
            f"{max(0, most - used)} are left.",
        )
    redeem(world, subscription["_customer"], row, seats, subscription["id"], "add")


def kept(world, subscription, offer, quantity):
    """Return the promotion that goes on into a term that begins now, or None."""
    wanted = (subscription["scheduledNextTermInstructions"] or {}).get("product", {})
    id_ = wanted.get("promotionId") or subscription.get("promotionId")
    row = found(world, id_) if id_ and not subscription["isTrial"] else None
    if row is None or not is_open(row, world.now()) or match(row, offer) is None:
        return None
    most = _most_seats(row)
    return None if most and quantity > most else row


def bought_elsewhere(world, values):
    """Note seats that another partner has sold to the customer under a promotion."""
    row = found(world, values["promotionId"])
    if row is None:
        raise ValueError("there is no such promotion")
    customers.get(world, values["customerId"])
    seats = int(values["seats"])
    return redeem(world, values["customerId"], row, seats, None, "other partner")


# --- helpers ------------------------------------------------------------------


def _item(world, customer_id, item):
    offer, problem = _asked_offer(world, item)
    answer = {"id": item.get("id"), "eligibilities": []}
    if problem:
        answer["eligibilities"] = [_eligibility(item.get("promotionId"), [problem])]
        return answer
    quantity = item.get("quantity")
    if isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 1:
        raise invalid(2000, "The quantity of an item must be a whole number.")
    if item.get("promotionId"):
        rows = [(item["promotionId"], found(world, item["promotionId"]))]
    else:
        now = world.now()
        rows = [
            (row["id"], row)
            for row in _all(world)
            if is_open(row, now)
            and row["_segment"] == _segment(offer)
            and any(_is_product(entry, offer) for entry in row["requiredProducts"])
        ]
    for id_, row in rows:
        reasons = errors(world, customer_id, row, offer, quantity)
        answer["eligibilities"].append(_eligibility(id_, reasons))
    if not rows:
        text = "There are no promotions for the item."
        problem = _error("NoPromotionsAvailable", text)
        answer["eligibilities"] = [_eligibility(None, [problem])]
    return answer


def _asked_offer(world, item):
    parts = str(item.get("catalogItemId", "")).split(":")
    group = world.sku(parts[0], parts[1]) if len(parts) == 3 else ()
    if not group or parts[2] != world.availability(parts[0], parts[1]):
        text = "The catalog item id is not valid."
        return None, _error("InvalidCatalogItemId", text)
    cycle = str(item.get("billingCycle", "")).lower()
    offer = world.offer(parts[0], parts[1], item.get("termDuration"), cycle)
    if offer is None:
        return None, _error("Term", "The term is not offered.", eligibleTerms=[])
    return offer, None


def _eligibility(promotion_id, reasons):
    return {
        "promotionId": promotion_id,
        "isEligible": not reasons,
        "errors": reasons,
    }


def _error(kind, description, **details):
    return {"type": kind, "description": description, **details}


def _is_usable(world, customer_id, row, offer):
    address = customers.get(world, customer_id)["billingProfile"]["defaultAddress"]
    return (
        is_open(row, world.now())
        and row["_segment"] == _segment(offer)
        and _is_in(row, address["country"])
        and any(_is_product(product, offer) for product in row["requiredProducts"])
    )


def _seat_errors(world, customer_id, row, quantity, taken):
    result = []
    for limit in row["promotionConstraints"].get("seatConstraints") or ():
        least, most = limit.get("minSeats") or 0, limit.get("maxSeats") or 0
        used = _used_seats(world, customer_id, row) + taken
        if quantity < least or (most and used + quantity > most):
            result.append(
                _error(
                    "SeatCount",
                    "The number of seats is outside what the promotion allows.",
                    minimumRequiredSeats=least,
                    maximumRequiredSeats=most,
                    availableSeats=max(0, most - used),
                )
            )
    return result


def _history_errors(world, customer_id, row, offer):
    limits, result = row["promotionConstraints"], []
    for limit in limits.get("assetOwnershipLimits") or ():
        most = limit.get("maxAssets") or 0
        if most and _redemptions(world, customer_id, row) >= most:
            text = "The promotion was used as often as it may be."
            error = _error("RedemptionLimit", text, maxPromotionRedemptionCount=most)
            result.append(error)
    owned = world.store.all("subscription", customer_id)
    for limit in limits.get("eligibilityConstraints") or ():
        is_first = limit.get("type") == "FirstPurchase" and limit.get("isApplicable")
        if is_first and any(_is_of(bought, offer) for bought in owned):
            text = "The offer was purchased before."
            result.append(_error("OfferPurchasedPreviously", text))
    running = {
        bought["offerId"].split(":")[0]
        for bought in owned
        if bought["status"] == "active"
    }
    for group in limits.get("productOwnershipConstraints") or ():
        if not running & {entry["bigId"] for entry in group}:
            text = "The customer does not own the product that the promotion requires."
            result.append(_error("PrerequisiteProductOwnership", text))
    return result


def _is_of(subscription, offer):
    """Tell whether a subscription, other than a trial, is of the offer's SKU."""
    key = f"{offer.product_id}:{offer.sku_id}:"
    return subscription["offerId"].startswith(key) and not subscription["isTrial"]


def _is_product(product, offer):
    return (product["productId"], product["skuId"]) == (offer.product_id, offer.sku_id)


def _segment(offer):
    # "nonprofit" is the catalogue's word for the sheet's "Charity".
    segment = offer.segment.lower()
    return "nonprofit" if segment == "charity" else segment


def _is_in(row, country):
    return not row["_countries"] or country in row["_countries"]


def _most_seats(row):
    limits = row["promotionConstraints"].get("seatConstraints") or ()
    return min((limit.get("maxSeats") or 0 for limit in limits), default=0)


def _used_seats(world, customer_id, row):
    return sum(
        fact["seats"]
        for fact in world.store.all("redemption", customer_id)
        if fact["promotion"] == seat_key(row)
    )


def _redemptions(world, customer_id, row):
    return sum(
        fact["promotion"] == seat_key(row) and fact["kind"] != "add"
        for fact in world.store.all("redemption", customer_id)
    )


def _all(world):
    """Return every promotion, ended and coming ones among them."""
    rows = promotions_data.instances(world.now().year + 1)
    return [*rows, *world.store.all("promotion")]
