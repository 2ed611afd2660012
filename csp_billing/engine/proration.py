"""Prices of parts of a period: exact fractions, one rounding, tail by subtraction."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from .money import DAILY_FIRST, UNIT_FIRST, Money
from .periods import Period, Slice

ACTUAL = "actual"  # real days of the part over real days of the period
FIXED_30 = "fixed_30"  # real days over 30
THIRTY_360 = "30_360"  # every month counts 30 days, above and below


def factor(part: Period, full: Period, day_count: str = ACTUAL) -> Fraction:
    """The share of the full period that the part covers; a whole period is 1."""
    if part == full:
        return Fraction(1)
    if day_count == ACTUAL:
        return Fraction(part.days, full.days)
    if day_count == FIXED_30:
        return Fraction(part.days, 30)
    return Fraction(_days_360(part), _days_360(full))


def slice_factor(piece: Slice, day_count: str = ACTUAL) -> Fraction:
    return factor(piece.part, piece.full, day_count)


def amount(
    unit_price: Decimal,
    quantity: int | Decimal,
    part: Period,
    full: Period,
    money: Money,
    day_count: str = ACTUAL,
) -> Decimal:
    """The price of `quantity` units over a part of a period, rounded once.

    The two other orders of rounding exist to repeat a vendor's arithmetic.
    """
    share = factor(part, full, day_count)
    if money.order == UNIT_FIRST:
        return money.round(Fraction(unit_price) * share) * Decimal(quantity)
    if money.order == DAILY_FIRST and share != 1:
        daily = money.round(Fraction(unit_price) / full.days)
        return daily * part.days * Decimal(quantity)
    return money.round(Fraction(unit_price) * Fraction(quantity) * share)


def split(
    price: Decimal, cut: date, full: Period, money: Money
) -> tuple[Decimal, Decimal]:
    """Two parts that always add up to the price: the tail is what is left."""
    head = full.clip(None, cut)
    first = money.round(Fraction(price) * factor(head, full)) if head else Decimal(0)
    return first, price - first


def shares(price: Decimal, count: int, money: Money) -> list[Decimal]:
    """`count` equal parts of a price; what rounding left over goes to the last."""
    each = money.round(Fraction(price) / count)
    return [each] * (count - 1) + [price - each * (count - 1)]


def _days_360(period: Period) -> int:
    """Days between two dates when every month has 30; month ends count as the 30th."""
    start, end = period.start, period.end
    first = 30 if _is_month_end(start) else min(start.day, 30)
    last = 30 if _is_month_end(end) and first == 30 else min(end.day, 30)
    months = (end.year - start.year) * 12 + end.month - start.month
    return months * 30 + last - first


def _is_month_end(day: date) -> bool:
    return (day + timedelta(days=1)).month != day.month
