"""Products, SKUs and availabilities (Partner Center REST, "Product resources")."""

from __future__ import annotations

from . import catalogue, const
from . import catalogue_data as data
from .errors import not_found

SEGMENTS = {
    "commercial": "Commercial",
    "education": "Education",
    "government": "Government",
    "nonprofit": "Charity",
}
_SEGMENT_WORDS = {value: key for key, value in SEGMENTS.items()}


def products(world, country, view, segment):
    """Return the products of a target view; nonprofit must be asked for."""
    if view not in ("", "OnlineServices"):
        return []
    wanted = SEGMENTS.get((segment or "commercial").lower())
    found = {}
    for offer in catalogue.offers(world.seed):
        if offer.segment == wanted and world.sku(offer.product_id, offer.sku_id):
            found.setdefault(offer.product_id, _product(offer, country))
    return list(found.values())


def product(world, product_id, country):
    """Return one product."""
    for offer in catalogue.offers(world.seed):
        if offer.product_id == product_id:
            return _product(offer, country)
    raise not_found(400013, "The product")


def skus(world, product_id, country):
    """Return the SKUs of a product."""
    product(world, product_id, country)
    ids = {}
    for offer in catalogue.offers(world.seed):
        if offer.product_id == product_id and world.sku(product_id, offer.sku_id):
            ids.setdefault(offer.sku_id, None)
    return [sku(world, product_id, sku_id, country) for sku_id in ids]


def sku(world, product_id, sku_id, country):
    """Return one SKU."""
    group = world.sku(product_id, sku_id)
    if not group:
        raise not_found(400018, "The SKU")
    first = group[0]
    trial = first.kind == "trial"
    return {
        "id": sku_id,
        "productId": product_id,
        "title": first.sku_title,
        "description": first.sku_title,
        "minimumQuantity": data.MINIMUM_SEATS.get(product_id, 1),
        "maximumQuantity": maximum_seats(first),
        "isTrial": trial,
        "supportedBillingCycles": sorted({offer.plan.lower() for offer in group}),
        "purchasePrerequisites": list(data.PREREQUISITES.get(product_id, ())),
        "inventoryVariables": [],
        "provisioningVariables": [],
        "constraints": [],
        "consumptionType": "",
        "dynamicAttributes": {"isMicrosoftProduct": True, "upgradeTargetOffers": []},
        "links": {
            "availabilities": {
                "uri": f"/products/{product_id}/skus/{sku_id}/availabilities"
                f"?country={country}",
                "method": "GET",
                "headers": [],
            }
        },
    }


def availabilities(world, product_id, sku_id, country):
    """Return the one availability of a SKU, with its terms; its id rotates."""
    group = world.sku(product_id, sku_id)
    if not group:
        raise not_found(400018, "The SKU")
    currency = catalogue.local_currency(country)
    id_ = world.availability(product_id, sku_id)
    return [
        {
            "id": id_,
            "productId": product_id,
            "skuId": sku_id,
            "catalogItemId": f"{product_id}:{sku_id}:{id_}",
            "defaultCurrency": {"code": currency, "symbol": currency},
            "segment": _SEGMENT_WORDS[group[0].segment],
            "country": country,
            "isPurchasable": group[0].kind != "est",
            "isRenewable": True,
            "renewalInstructions": [],
            "terms": [
                {
                    "id": f"{offer.term}-{offer.plan}",
                    "duration": offer.term,
                    "description": f"{offer.term} commitment, billed {offer.plan}",
                    "billingCycle": offer.plan.lower(),
                    "cancellationPolicies": [
                        {
                            "refundOptions": [
                                {
                                    "sequenceId": 0,
                                    "type": "Full",
                                    "expiresAfter": "P1D",
                                },
                                {
                                    "sequenceId": 1,
                                    "type": "Partial",
                                    "expiresAfter": "P7D",
                                },
                            ]
                        }
                    ],
                }
                for offer in group
            ],
        }
    ]


def maximum_seats(offer):
    """Return the largest quantity of one line."""
    if offer.kind == "trial":
        return const.TRIAL_SEATS
    return const.SMALL_BUSINESS_SEATS if offer.small_business else const.MAXIMUM_SEATS


def minimum_seats(offer):
    """Return the smallest quantity of one line."""
    return data.MINIMUM_SEATS.get(offer.product_id, 1)


def minimum_addon_seats(world, customer_id, offer):
    """Return how many seats an add-on needs for the base seats of a customer."""
    bases = data.ADDON_BASES.get(offer.product_id, ())
    seats = sum(
        found["quantity"]
        for found in world.store.all("subscription", customer_id)
        if found["status"] == "active" and found["offerId"].split(":")[0] in bases
    )
    return -(-seats * const.ADDON_SHARE_PERCENT // 100)


def _product(offer, country):
    return {
        "id": offer.product_id,
        "title": offer.product_title,
        "description": offer.product_title,
        "productType": {
            "id": "OnlineServicesNCE",
            "displayName": "OnlineServicesNCE",
            "subType": {"id": "", "displayName": ""},
        },
        "isMicrosoftProduct": not offer.product_id.startswith("CFQ7TTC0F"),
        "publisherName": "Microsoft Corporation",
        "links": {
            "skus": {
                "uri": f"/products/{offer.product_id}/skus?country={country}",
                "method": "GET",
                "headers": [],
            }
        },
    }
