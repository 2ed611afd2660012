"""What a new price list means for a running subscription: which term, what money."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from .term import next_term


class Side(NamedTuple):
    """Money of one subscription before or after: per period and per year."""

    period: Decimal
    year: Decimal
    year_margin: Decimal
    margin_percent: Decimal | None


def first_renewal(
    anchor: date, term_end: date, months: int, price_date: date, until: date
) -> date | None:
    """Return the first renewal on or after `price_date` and before `until`.

    Terms that begin earlier are still renewed at the old prices.
    """
    start = term_end
    while start < price_date:
        _begin, start = next_term(anchor, start, months)
    return start if start < until else None


def build_side(
    price: Decimal, cost: Decimal, quantity: int, months: int, step: Decimal
) -> Side:
    """Return the money of `quantity` seats that are paid every `months` months."""
    period = _round(Fraction(price) * quantity, step)
    period_cost = _round(Fraction(cost) * quantity, step)
    year = _round(Fraction(period) * 12 / months, step)
    year_cost = _round(Fraction(period_cost) * 12 / months, step)
    percent = None
    if period:
        percent = _round(
            Fraction(period - period_cost) * 100 / Fraction(period), Decimal("0.01")
        )
    return Side(period, year, year - year_cost, percent)


def is_below_floor(price: Decimal, cost: Decimal, quantity: int, step: Decimal) -> bool:
    """Tell whether a period's price does not cover its cost."""
    return _round(Fraction(price) * quantity, step) < _round(
        Fraction(cost) * quantity, step
    )


def _round(amount: Fraction, step: Decimal) -> Decimal:
    """Round half away from zero, as Odoo's currencies do."""
    steps = abs(amount) / Fraction(step) + Fraction(1, 2)
    whole = steps.numerator // steps.denominator
    return (Decimal(whole if amount >= 0 else -whole) * step).quantize(step)
