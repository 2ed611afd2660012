"""Carts, checkout and orders (Partner Center REST, "Create a cart", "Check out a
cart", "Get an order by ID").

A created cart may hold line errors. Checkout is idempotent per cart; it may succeed
for one order group and fail for another.
"""

from __future__ import annotations

from datetime import timedelta

from . import (
    catalogue,
    catalogue_data,
    const,
    customers,
    moments,
    products,
    promotions,
    purchase,
    subscriptions,
)
from .errors import VendorError, invalid, not_found

LINE_ERRORS = {
    "10001": "The catalog item id is not valid or not for sale.",
    "10003": "The offer is not available.",
    "10004": "The participants are not valid.",
    "10010": "The line input is not valid.",
    "10013": "The term and billing cycle are not offered for the item.",
    "10014": "The promotion is not valid for the item.",
    "10015": "The quantity is above the maximum number of seats.",
    "10016": "The custom term end date is not valid.",
    "10018": "The add-on needs more seats: a share of its base seats.",
}


def create(world, customer_id, body):
    """Create a cart from line items."""
    customers.get(world, customer_id)
    cart = {
        "id": world.store.new_id("cart"),
        "creationTimestamp": moments.write(world.now()),
        "status": "Active",
        "_customer": customer_id,
    }
    return _store(world, cart, body)


def get(world, customer_id, cart_id):
    """Return a cart of the customer that has not expired, or is ordered."""
    customers.get(world, customer_id)
    cart = world.store.get("cart", cart_id)
    if cart is None or cart["_customer"] != customer_id:
        raise not_found(800008, "The cart")
    expired = moments.parse(cart["expirationTimestamp"]) <= world.now()
    if expired and cart["status"] == "Active":
        raise not_found(800008, "The cart has expired and")
    return cart


def replace(world, customer_id, cart_id, body):
    """Replace the lines of an active cart."""
    cart = get(world, customer_id, cart_id)
    if cart["status"] == "Ordered":
        raise invalid(800065, "The cart is already submitted.")
    return _store(world, cart, body)


def checkout(world, customer_id, cart_id):
    """Turn a cart into orders; a repeat tells the first result."""
    cart = get(world, customer_id, cart_id)
    if cart["status"] == "Ordered":
        if world.setting("repeated_checkout") == "refuse":
            raise invalid(
                800065, "Cannot check out an already submitted cart.", status=409
            )
        return {
            "orders": [
                public_order(world, world.store.get("order", order_id))
                for order_id in cart["_orders"]
            ],
            "orderErrors": cart["_order_errors"],
        }
    if not customers.has_agreement(world, customer_id):
        raise VendorError(
            403, 13605, "The acceptance of the customer agreement is not attested."
        )
    cart = _check_lines(world, cart)
    if any("error" in line for line in cart["lineItems"]):
        raise invalid(800009, "The cart has line errors.")
    return _order(world, customer_id, cart)


def public(cart):
    """Return a cart without the simulator's own notes."""
    shown = {key: value for key, value in cart.items() if key[0] != "_"}
    applied = cart.get("_promotions", {})
    shown["lineItems"] = [
        line | {"promotionId": applied[str(line.get("id"))]}
        if str(line.get("id")) in applied
        else line
        for line in cart["lineItems"]
    ]
    return shown


# --- orders --------------------------------------------------------------------


def orders(world, customer_id):
    """Return the orders that the collection shows already."""
    customers.get(world, customer_id)
    lag = timedelta(seconds=world.setting("order_lag"))
    return [
        public_order(world, order)
        for order in world.store.all("order", customer_id)
        if moments.parse(order["creationDate"]) + lag <= world.now()
    ]


def order(world, customer_id, order_id):
    """Return one order of the customer."""
    customers.get(world, customer_id)
    found = world.store.get("order", order_id)
    if found is None or found["referenceCustomerId"] != customer_id:
        raise not_found(20000, "The order")
    return public_order(world, found)


def public_order(world, found):
    """Return an order; a subscription shows up once it is provisioned."""
    shown = {key: value for key, value in found.items() if key[0] != "_"}
    ready = moments.parse(found["_ready"]) <= world.now()
    shown["status"] = "completed" if ready else "pending"
    shown["lineItems"] = [
        {key: value for key, value in line.items() if ready or key != "subscriptionId"}
        for line in found["lineItems"]
    ]
    return shown


# --- helpers --------------------------------------------------------------------


def _store(world, cart, body):
    lines = body.get("lineItems") or []
    if not lines:
        raise invalid(800004, "A cart needs at least one line item.")
    numbers = [line.get("id") for line in lines]
    if len(set(map(str, numbers))) != len(numbers):
        raise invalid(800004, "The ids of the line items must differ.")
    attested = bool(body.get("PartnerOnRecordAttestationAccepted"))
    if any(line.get("participants") for line in lines) and not attested:
        raise invalid(900206, "The partner on record attestation is missing.")
    now = world.now()
    cart |= {
        "lastModifiedTimestamp": moments.write(now),
        "expirationTimestamp": moments.write(now + const.CART_LIFE),
        "lastModifiedUser": const.PARTNER_TENANT_ID,
        "partnerOnRecordAttestationAccepted": attested,
        "lineItems": [dict(line) for line in lines],
        "attributes": {"objectType": "Cart"},
    }
    cart = _check_lines(world, cart)
    world.store.put("cart", cart["id"], cart, cart["_customer"])
    return cart


def _check_lines(world, cart):
    country = customers.get(world, cart["_customer"])["billingProfile"][
        "defaultAddress"
    ]["country"]
    groups, applied, taken = {}, {}, {}
    small_business = subscriptions.small_business_seats(world, cart["_customer"])
    for line in cart["lineItems"]:
        line.pop("error", None)
        offer, code = _line_offer(world, cart, line)
        if offer is not None and not code:
            code = _apply_promotion(world, cart, line, offer, applied, taken)
        if offer is not None and offer.small_business:
            small_business += line["quantity"]
            if small_business > const.SMALL_BUSINESS_SEATS:
                code = "10015"
        if code:
            line["error"] = {
                "errorCode": code,
                "errorDescription": LINE_ERRORS[code],
                "additionalInformation": {},
            }
            continue
        line["currencyCode"] = catalogue.local_currency(country)
        group = line["billingCycle"]
        line["orderGroup"] = groups.setdefault(group, str(len(groups)))
    cart["_promotions"] = applied
    return cart


def _apply_promotion(world, cart, line, offer, applied, taken):
    """Note the promotion of a line; return 10014 when it asks for a wrong one.

    Lines are processed in order: the seats of the lines before count.
    """
    customer_id, quantity = cart["_customer"], line["quantity"]
    wanted = line.get("promotionId")
    if wanted:
        row = promotions.found(world, wanted)
        seats = taken.get(promotions.seat_key(row), 0) if row else 0
        if promotions.errors(world, customer_id, row, offer, quantity, seats):
            return "10014"
    else:
        row = promotions.automatic(world, customer_id, offer, quantity, taken)
    if row is not None:
        key = promotions.seat_key(row)
        taken[key] = taken.get(key, 0) + quantity
        applied[str(line.get("id"))] = row["id"]
    return None


def _line_offer(world, cart, line):
    """Return (offer, error code) of a line."""
    parts = str(line.get("catalogItemId", "")).split(":")
    if len(parts) != 3:
        return None, "10001"
    product_id, sku_id, availability = parts
    group = world.sku(product_id, sku_id)
    if not group or availability != world.availability(product_id, sku_id):
        return None, "10001"
    if group[0].kind == "est" or not _is_qualified(world, cart["_customer"], group[0]):
        return None, "10003"
    offer = world.offer(
        product_id,
        sku_id,
        line.get("termDuration"),
        str(line.get("billingCycle", "")).lower(),
    )
    if offer is None:
        return None, "10013"
    code = _details_error(world, cart, line, offer)
    return (None, code) if code else (offer, None)


def _details_error(world, cart, line, offer):
    quantity = line.get("quantity")
    if isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 1:
        return "10010"
    if quantity > products.maximum_seats(offer):
        return "10015"
    if quantity < products.minimum_seats(offer):
        return "10010"
    if offer.product_id in catalogue_data.ADDON_BASES and quantity < (
        products.minimum_addon_seats(world, cart["_customer"], offer)
    ):
        return "10018"
    known = {row["mpnId"] for row in const.RESELLERS}
    for participant in line.get("participants") or ():
        if participant.get("value") not in known:
            return "10004"
    if line.get("customTermEndDate") and not _is_common_end(world, cart, line, offer):
        return "10016"
    return None


def _is_qualified(world, customer_id, offer):
    need = {
        "Education": "education",
        "Government": "governmentcommunitycloud",
        "Charity": "nonprofit",
    }.get(offer.segment)
    if need is None:
        return True
    known = customers.qualifications(world, customer_id)
    return need in {row["qualification"] for row in known}


def _is_common_end(world, cart, line, offer):
    """Check a common end date: inside the first term, at a month end or another end."""
    try:
        end = moments.day_of(line["customTermEndDate"])
    except ValueError:
        return False
    today = world.now().date()
    last = moments.add_months(today, const.TERM_MONTHS[offer.term]) - timedelta(days=1)
    if not today <= end <= last:
        return False
    if moments.is_month_end(end):
        return True
    if offer.term == "P1M" and end.day in (28, 29, 30):
        return False
    others = world.store.all("subscription", cart["_customer"])
    return any(
        other["status"] == "active"
        and not other["isTrial"]
        and moments.day_of(other["commitmentEndDate"]) == end
        and (offer.term == "P1M" or other["termDuration"] != "P1M")
        for other in others
    )


def _order(world, customer_id, cart):
    refused = world.setting("refuse_offers")
    groups = {}
    for line in cart["lineItems"]:
        groups.setdefault(line["orderGroup"], []).append(line)
    made, errors = [], []
    for group, lines in groups.items():
        reason = next(
            (
                refused[":".join(line["catalogItemId"].split(":")[:2])]
                for line in lines
                if ":".join(line["catalogItemId"].split(":")[:2]) in refused
            ),
            None,
        )
        if reason:
            errors.append({"orderGroupId": group, **reason})
        else:
            made.append(_order_group(world, customer_id, lines, cart["_promotions"]))
    if made:
        cart["status"] = "Ordered"
        cart["_orders"] = [order["id"] for order in made]
        cart["_order_errors"] = errors
        world.store.put("cart", cart["id"], cart)
    return {
        "orders": [public_order(world, order) for order in made],
        "orderErrors": errors,
    }


def _order_group(world, customer_id, lines, applied):
    country = customers.get(world, customer_id)["billingProfile"]["defaultAddress"][
        "country"
    ]
    now = world.now()
    ready = now + timedelta(seconds=world.setting("provisioning_delay"))
    order_id = world.store.new_id("order").replace("-", "")[:12]
    total, items, currency = 0, [], ""
    for number, line in enumerate(lines):
        product_id, sku_id, _ = line["catalogItemId"].split(":")
        offer = world.offer(product_id, sku_id, line["termDuration"], _cycle(line))
        currency, listed = world.unit_price(offer, country)
        promotion = promotions.found(world, applied.get(str(line.get("id"))))
        subscription = purchase.create(
            world, customer_id, order_id, line, offer, ready, promotion
        )
        price = float(subscription["_unit_price"])
        total += price * line["quantity"]
        items.append(
            {
                "lineItemNumber": number,
                "offerId": line["catalogItemId"],
                "subscriptionId": subscription["id"],
                "termDuration": line["termDuration"],
                "transactionType": "new",
                "friendlyName": line.get("friendlyName") or offer.sku_title,
                "quantity": line["quantity"],
                "pricing": {
                    "listPrice": float(listed),
                    "discountedPrice": price,
                    "proratedPrice": price,
                    "price": price,
                    "extendedPrice": round(price * line["quantity"], 4),
                },
                "partnerIdOnRecord": purchase.reseller_of(line),
                "promotionId": subscription["promotionId"],
                "attestationAccepted": bool(line.get("attestationAccepted")),
            }
        )
    order = {
        "id": order_id,
        "alternateId": order_id[:8],
        "referenceCustomerId": customer_id,
        "billingCycle": _cycle(lines[0]),
        "transactionType": "UserPurchase",
        "currencyCode": currency,
        "currencySymbol": currency,
        "creationDate": moments.write(now),
        "totalPrice": round(total, 4),
        "lineItems": items,
        "attributes": {"etag": "1", "objectType": "Order"},
        "_ready": moments.write(ready),
    }
    world.store.put("order", order_id, order, customer_id)
    return order


def _cycle(line):
    return str(line["billingCycle"]).lower()
