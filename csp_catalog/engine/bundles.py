"""How the price of a bundle is split over what is inside, to the last cent."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from fractions import Fraction
from typing import NamedTuple

BY_LIST = "list"
BY_MARGIN = "margin"


class Part(NamedTuple):
    """One component of a bundle: what it would cost alone, and what it costs us."""

    price: Decimal
    cost: Decimal


def split(
    total: Decimal, parts: tuple[Part, ...], step: Decimal, method: str = BY_LIST
) -> tuple[Decimal, ...]:
    """Return the share of each part in ``total``; the shares add up to it exactly.

    list: in proportion to the prices the parts have alone. margin: each part gets its
    cost first, rounded up, and what is left goes by the margins the parts have alone;
    where the total does not cover the costs, the list prices decide. Parts without
    any price share alike. Cents that proportions leave over go to the largest
    remainders, the first part first.

    :param total: at least zero, a multiple of ``step``
    """
    if not parts:
        return ()
    if total < 0 or total % step:
        raise ValueError(f"{total} is not an amount in steps of {step}")
    if method == BY_MARGIN:
        costs = tuple(_round_up(max(part.cost, Decimal(0)), step) for part in parts)
        left = total - sum(costs)
        if left >= 0:
            margins = [max(part.price - part.cost, Decimal(0)) for part in parts]
            weights = margins if any(margins) else [part.price for part in parts]
            rest = _proportions(left, weights, step)
            return tuple(cost + more for cost, more in zip(costs, rest, strict=True))
    return _proportions(total, [part.price for part in parts], step)


def _proportions(total, weights, step) -> tuple[Decimal, ...]:
    """Split by weights with the method of the largest remainder."""
    weights = [Fraction(max(weight, Decimal(0))) for weight in weights]
    whole = sum(weights)
    if not whole:
        weights, whole = [Fraction(1)] * len(weights), Fraction(len(weights))
    steps = Fraction(total) / Fraction(step)
    exact = [steps * weight / whole for weight in weights]
    floors = [share.numerator // share.denominator for share in exact]
    left = int(steps) - sum(floors)
    by_remainder = sorted(
        range(len(exact)), key=lambda index: (floors[index] - exact[index], index)
    )
    for index in by_remainder[:left]:
        floors[index] += 1
    return tuple((floor * step).quantize(step) for floor in floors)


def _round_up(amount: Decimal, step: Decimal) -> Decimal:
    return ((amount / step).to_integral_value(ROUND_CEILING) * step).quantize(step)
