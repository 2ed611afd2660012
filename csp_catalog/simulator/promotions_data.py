"""Promotions that the simulator runs by itself, constructed in the documented shape.

Each of them comes back with every period (half a year or a year), so that an empty
world has promotions at any date: the first two parts of its id stay, the last part
names the period. None of them touches the small-business products.
"""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from . import moments

HALF_YEAR, YEAR = 6, 12
FIRST_YEAR = 2021
_ALPHABET = "0123456789BCDFGHJKLMNPQRSTVWXZ"


class Template(NamedTuple):
    """A promotion that comes back; ``percent`` is off the partner's price."""

    code: str
    name: str
    products: tuple  # (product id, SKU id)
    terms: tuple  # (duration, billing cycle)
    percent: str
    segment: str = "commercial"
    months: int = HALF_YEAR
    is_automatic: bool = True
    min_seats: int = 0
    max_seats: int = 0
    max_redemptions: int = 0
    is_first_purchase: bool = False
    owned: tuple = ()  # groups of product ids, one of each group must be owned


_YEARLY = (("P1Y", "monthly"), ("P1Y", "annual"))

TEMPLATES = (
    Template(
        "PBIPPU",
        "Power BI Premium Per User: 10 % off",
        (("CFQ7TTC0HL8W", "0001"),),
        _YEARLY,
        "10",
        max_seats=2400,
    ),
    Template(
        "E5START",
        "Microsoft 365 E5: 15 % off the first purchase",
        (("CFQ7TTC0LFLZ", "0001"),),
        (("P1Y", "annual"), ("P3Y", "annual")),
        "15",
        is_first_purchase=True,
    ),
    Template(
        "D365SALES",
        "Dynamics 365 Sales: 20 % off from 5 to 1,000 seats",
        (("CFQ7TTC0LFF1", "0001"), ("CFQ7TTC0LH33", "0001")),
        _YEARLY,
        "20",
        months=YEAR,
        min_seats=5,
        max_seats=1000,
    ),
    Template(
        "ENTRASUITE",
        "Microsoft Entra Suite for owners of Microsoft Entra ID P1: 25 % off",
        (("CFQ7TTC0PT3D", "0001"),),
        _YEARLY,
        "25",
        is_automatic=False,
        max_redemptions=1,
        owned=(("CFQ7TTC0LFLS", "CFQ7TTC0LFLX", "CFQ7TTC0LFLZ"),),
    ),
    Template(
        "PBIPRO",
        "Power BI Pro: 10 % off up to 300 seats",
        (("CFQ7TTC0LHR4", "0001"),),
        _YEARLY,
        "10",
        months=YEAR,
        max_seats=300,
    ),
    Template(
        "VISIOEDU",
        "Visio Plan 2 for schools: 30 % off",
        (("CFQ7TTC0HD33", "00E1"),),
        _YEARLY,
        "30",
        segment="education",
        months=YEAR,
    ),
)


@lru_cache(maxsize=8)
def instances(last_year):
    """Return every promotion up to a year, ended ones among them."""
    return tuple(
        _instance(template, year, index)
        for template in TEMPLATES
        for year in range(FIRST_YEAR, last_year + 1)
        for index in range(12 // template.months)
    )


def _instance(template, year, index):
    start = date(year, 1 + index * template.months, 1)
    end = moments.add_months(start, template.months)
    constraints = {}
    if template.min_seats or template.max_seats:
        limit = {"minSeats": template.min_seats, "maxSeats": template.max_seats}
        constraints["seatConstraints"] = [limit | {"type": "SeatCount"}]
    if template.max_redemptions:
        limit = {"minAssets": 0, "maxAssets": template.max_redemptions}
        constraints["assetOwnershipLimits"] = [
            limit | {"type": "LifetimeRedemptionCount"}
        ]
    if template.is_first_purchase:
        constraints["eligibilityConstraints"] = [
            {"isApplicable": True, "type": "FirstPurchase"}
        ]
    if template.owned:
        constraints["productOwnershipConstraints"] = [
            [{"bigId": product_id} for product_id in group] for group in template.owned
        ]
    value = str(Decimal(template.percent) / 100)
    policy = {"policyType": "PercentDiscount", "value": value}
    return {
        "id": f"39NF{_letters(template.code)}:0001:39NF{_letters(start.isoformat())}",
        "name": template.name,
        "description": template.name,
        "startDate": moments.write_day(start),
        "endDate": moments.write_day(end),
        "properties": {"isAutoApplicable": template.is_automatic},
        "requiredProducts": [
            {
                "productId": product_id,
                "skuId": sku_id,
                "term": {"duration": duration, "billingCycle": cycle},
                "pricingPolicies": [policy],
            }
            for product_id, sku_id in template.products
            for duration, cycle in template.terms
        ],
        "promotionConstraints": constraints,
        "_segment": template.segment,
        "_countries": [],
    }


def _letters(text):
    digest = hashlib.sha256(text.encode()).digest()
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:8])
