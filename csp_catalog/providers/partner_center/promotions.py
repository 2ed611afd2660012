"""Promotions and who may use them.

Sources: Partner Center REST, "Get promotions", "Verify promotion eligibility". A
discount's value is a fraction of the partner's price.
"""

from __future__ import annotations

import uuid
from decimal import Decimal, InvalidOperation
from urllib.parse import quote

from .. import base
from . import const, errors, mapping
from .availability import catalog_item
from .client import Client

_SEGMENTS = {"charity": "nonprofit"}


class Promotions:
    """Read promotions and ask for a customer's right to them."""

    def __init__(self, client: Client):
        self._client = client

    def fetch(self, country: str, segment: str) -> list[base.Promotion]:
        """Return the promotions that run now."""
        params = {"country": country, "segment": _SEGMENTS.get(segment, segment)}
        rows = self._client.get_all("/v1/productpromotions", params)
        return [promotion(body, country, segment) for body in rows]

    def check(
        self, customer_ref: str, lines: tuple[base.OrderLine, ...], country: str
    ) -> list[base.PromotionAnswer]:
        """Ask about all lines at once; the answers come per line and promotion."""
        if not lines:
            return []
        country = (country or self._client.config.country).upper()
        items = [self._item(number, line, country) for number, line in enumerate(lines)]
        body = {"items": items}
        path = f"/v1/customers/{quote(customer_ref, safe='')}/promotionEligibilities"
        # A question: the same one may be asked again, its answer changes with time.
        try:
            answer = self._client.post(path, body, str(uuid.uuid4()))
        except base.UnknownOutcomeError as error:
            raise base.RetryableError(
                error.message, error.code, error.details
            ) from error
        keys = {str(number): line.line_key for number, line in enumerate(lines)}
        result = []
        for item in answer.get("items") or ():
            key = keys.get(str(item.get("id")))
            if key is None:
                raise errors.wrong_customer(is_write=False)
            result += [_answer(key, row) for row in item.get("eligibilities") or ()]
        return result

    def _item(self, number, line, country):
        item = {
            "id": number,
            "catalogItemId": catalog_item(self._client, line, country),
            "quantity": line.quantity,
            "termDuration": line.term,
            "billingCycle": line.plan,
        }
        if line.promotion_ref:
            item["promotionId"] = line.promotion_ref
        return item


def promotion(body: dict, country: str = "", segment: str = "") -> base.Promotion:
    """Return the promotion that a resource describes."""
    limits = body.get("promotionConstraints") or {}
    seats = limits.get("seatConstraints") or ()
    assets = limits.get("assetOwnershipLimits") or ()
    start_at, end_at = map(
        mapping.instant, (body.get("startDate"), body.get("endDate"))
    )
    if start_at is None or end_at is None:
        raise base.ProviderError("The vendor sent a promotion without its dates.")
    return base.Promotion(
        ref=str(body["id"]),
        name=str(body.get("name") or body["id"]),
        description=str(body.get("description") or ""),
        start_at=start_at,
        end_at=end_at,
        country=country,
        segment=segment,
        items=tuple(_items(body)),
        is_automatic=bool((body.get("properties") or {}).get("isAutoApplicable")),
        min_seats=max((int(row.get("minSeats") or 0) for row in seats), default=0),
        max_seats=_least(row.get("maxSeats") for row in seats),
        max_redemptions=_least(row.get("maxAssets") for row in assets),
        is_first_purchase=any(
            row.get("type") == "FirstPurchase" and row.get("isApplicable")
            for row in limits.get("eligibilityConstraints") or ()
        ),
        required_products=tuple(
            tuple(str(entry["bigId"]) for entry in group)
            for group in limits.get("productOwnershipConstraints") or ()
        ),
    )


def _items(body):
    for row in body.get("requiredProducts") or ():
        term = row.get("term") or {}
        percent = _percent(row.get("pricingPolicies") or ())
        if percent is None:
            continue
        yield base.PromotionItem(
            product_ref=str(row["productId"]),
            sku_ref=str(row["skuId"]),
            term=str(term.get("duration") or ""),
            plan=str(term.get("billingCycle") or "").lower(),
            percent=percent,
        )


def _percent(policies):
    """Return the percent off, or None: a policy of an unknown kind is not guessed."""
    left = Decimal(1)
    for policy in policies:
        try:
            value = Decimal(str(policy.get("value")))
        except InvalidOperation:
            return None
        is_known = policy.get("policyType") == "PercentDiscount"
        if not (is_known and value.is_finite() and 0 <= value <= 1):
            return None
        left *= 1 - value
    return (1 - left) * 100


def _least(values):
    return min((int(value) for value in values if value), default=0)


def _answer(key, row):
    return base.PromotionAnswer(
        line_key=key,
        promotion_ref=row.get("promotionId") or None,
        is_eligible=bool(row.get("isEligible")),
        refusals=tuple(
            base.PromotionRefusal(
                kind=str(error.get("type") or ""),
                message=const.PROMOTION_REFUSALS.get(str(error.get("type")))
                or str(error.get("description") or ""),
                available_seats=error.get("availableSeats"),
                min_seats=error.get("minimumRequiredSeats"),
                max_seats=error.get("maximumRequiredSeats"),
            )
            for error in row.get("errors") or ()
        ),
    )
