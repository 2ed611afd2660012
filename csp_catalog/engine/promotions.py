"""Promotions: who may have one, and what several of them do together.

The limits are the vendor's own rules, and the distributor's promotions follow them:

* a promotion holds from its start to before its end;
* the seats of one purchase reach the minimum; the maximum counts every seat the same
  customer has ever bought with the promotion, from whomever, cancelled ones included
  where the vendor counts them;
* the quota counts the seats of all customers;
* a purchase that does not fit whole gets nothing: the list price, for all its seats.

Several promotions on one purchase: either all stackable ones, their percentages added
up, or the best one that is not stackable: whichever lowers the price more. A tie goes
to the single one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

# Why a promotion is refused.
PERIOD = "period"
SEAT_COUNT = "seat_count"
QUOTA = "quota"
PURCHASED_PREVIOUSLY = "purchased_previously"


class Promotion(NamedTuple):
    """The terms of a promotion. A limit of 0 means: no limit."""

    promotion_id: int
    percent: Decimal
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    min_seats: int = 0
    max_seats: int = 0
    quota_seats: int = 0
    is_first_purchase: bool = False
    is_stackable: bool = False


class Eligible(NamedTuple):
    """The purchase gets the promotion; ``available_seats`` are left before it."""

    available_seats: int | None
    is_eligible: bool = True


class Refusal(NamedTuple):
    """The purchase does not get it; so many seats would still have fitted."""

    type: str
    available_seats: int | None
    is_eligible: bool = False


def eligibility(
    promo: Promotion,
    seats: int,
    used_by_customer: int,
    used_total: int,
    has_bought: bool,
    moment: datetime,
) -> Eligible | Refusal:
    """Tell whether ``seats`` more get the promotion, and how many could.

    :param int used_by_customer: seats the customer has used of it, from any reseller
    :param int used_total: seats all customers have used of it
    :param bool has_bought: the customer had what the promotion is for before
    """
    available = available_seats(promo, used_by_customer, used_total)
    if (promo.valid_from and moment < promo.valid_from) or (
        promo.valid_to and moment >= promo.valid_to
    ):
        return Refusal(PERIOD, 0)
    if promo.is_first_purchase and has_bought:
        return Refusal(PURCHASED_PREVIOUSLY, 0)
    if seats < promo.min_seats:
        return Refusal(SEAT_COUNT, available)
    if promo.max_seats and used_by_customer + seats > promo.max_seats:
        return Refusal(SEAT_COUNT, available)
    if promo.quota_seats and used_total + seats > promo.quota_seats:
        return Refusal(QUOTA, available)
    return Eligible(available)


def available_seats(
    promo: Promotion, used_by_customer: int, used_total: int
) -> int | None:
    """Return how many more seats the customer could have; None: any number."""
    limits = []
    if promo.max_seats:
        limits.append(promo.max_seats - used_by_customer)
    if promo.quota_seats:
        limits.append(promo.quota_seats - used_total)
    return max(0, min(limits)) if limits else None


def choose(promotions: Iterable[Promotion]) -> tuple[Promotion, ...]:
    """Return which of the eligible promotions apply together; see the module."""
    promotions = sorted(promotions, key=lambda promo: (-promo.percent, promo[0]))
    stackable = tuple(promo for promo in promotions if promo.is_stackable)
    single = next((promo for promo in promotions if not promo.is_stackable), None)
    total = sum((promo.percent for promo in stackable), Decimal())
    if single and single.percent >= min(total, Decimal(100)):
        return (single,)
    return stackable


def prices_after(
    price: Decimal | Fraction, promotions: Iterable[Promotion]
) -> list[Fraction]:
    """Return the exact price after each promotion; never under zero."""
    prices, total = [], Fraction()
    for promo in promotions:
        total += Fraction(promo.percent)
        prices.append(Fraction(price) * max(Fraction(), 1 - total / 100))
    return prices
