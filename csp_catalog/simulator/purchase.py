"""How a subscription begins: term, windows and the price that is fixed for the term."""

from __future__ import annotations

from datetime import timedelta

from . import const, customers, moments, promotions


def create(world, customer_id, order_id, line, offer, ready, promotion=None):
    """Create the subscription of an order line; it exists from ``ready`` on."""
    start = world.now()
    day = start.date()
    if line.get("customTermEndDate"):
        end = moments.day_of(line["customTermEndDate"])
        anchor = end + timedelta(days=1)
    elif offer.kind == "trial":
        end, anchor = day + timedelta(days=const.TRIAL_DAYS - 1), day
    else:
        months = const.TERM_MONTHS[offer.term]
        end = moments.add_months(day, months) - timedelta(days=1)
        anchor = day
    until = moments.write(ready + const.WINDOW)
    id_ = world.store.new_id("subscription")
    trial = offer.kind == "trial"
    subscription = {
        "id": id_,
        "entitlementId": world.store.new_id("entitlement"),
        "orderId": order_id,
        "offerId": line["catalogItemId"],
        "offerName": offer.sku_title,
        "friendlyName": line.get("friendlyName") or offer.sku_title,
        "quantity": line["quantity"],
        "unitType": "Licenses",
        "creationDate": moments.write(start),
        "effectiveStartDate": moments.write(start),
        "commitmentEndDate": moments.write_day(end),
        "status": "active",
        "autoRenewEnabled": True,
        "isTrial": trial,
        "termDuration": offer.term,
        "renewalTermDuration": line.get("renewsTo", {}).get("termDuration")
        or ("P1Y" if trial else offer.term),
        "billingCycle": offer.plan.lower(),
        "billingType": "license",
        "cancellationAllowedUntilDate": until,
        "partnerId": reseller_of(line),
        "productType": {"id": "OnlineServicesNCE", "displayName": "OnlineServicesNCE"},
        "isMicrosoftProduct": True,
        "publisherName": "Microsoft Corporation",
        "hasPurchasableAddons": False,
        "consumptionType": "",
        "suspensionReasons": [],
        "contractType": "subscription",
        "scheduledNextTermInstructions": None,
        "scheduledActions": [],
        "nextChargeInstructions": None,
        "_customer": customer_id,
        "_anchor": anchor.isoformat(),
        "_term_started": moments.write(start),
        "_ready": moments.write(ready),
        "_batches": [{"quantity": line["quantity"], "until": until}],
        "_version": 1,
        "_updates": 0,
        "_segment": offer.segment,
    }
    set_price(world, subscription, offer, promotion)
    world.store.put("subscription", id_, subscription, customer_id)
    if promotion is not None:
        promotions.redeem(world, customer_id, promotion, line["quantity"], id_)
    world.note(subscription, "new")
    return subscription


def set_price(world, subscription, offer, promotion=None):
    """Fix the partner's price of a seat for the term that begins now."""
    customer = customers.get(world, subscription["_customer"])
    country = customer["billingProfile"]["defaultAddress"]["country"]
    currency, listed = world.unit_price(offer, country)
    price = listed
    if promotion is not None:
        price = promotions.discounted(listed, promotion, offer)
    subscription |= {
        "promotionId": promotion["id"] if promotion is not None else None,
        "_currency": currency,
        "_list_price": str(listed),
        "_unit_price": str(price),
    }


def reseller_of(line):
    """Return the reseller's id among a cart line's participants."""
    for participant in line.get("participants") or ():
        if participant.get("key") == "transaction_reseller":
            return participant["value"]
    return None
