"""Price per period, the price valid at an instant, and what a sheet would change."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from ..const import PLANS, TERMS

COST_STEP = Decimal("0.000001")

NEW = "new"
CHANGED = "changed"
ENDED = "ended"
UNCHANGED = "unchanged"


class CspPrice(NamedTuple):
    """Cost and list price of one seat for one billing period."""

    cost: Decimal
    erp: Decimal
    currency: str
    price_id: int
    periods: int


class PriceRow(NamedTuple):
    """A stored price. The first ten fields are what a sheet row is known by."""

    product_ref: str
    sku_ref: str
    segment: str
    term: str
    plan: str
    market: str
    currency: str
    tier_min: int
    tier_max: int
    valid_from: datetime | None
    valid_to: datetime | None
    unit_price: Decimal
    erp_price: Decimal
    price_id: int

    @property
    def identity(self) -> tuple:
        """The same as the identity of a sheet row."""
        return self[:10]


class Change(NamedTuple):
    """What one row of a sheet does; ``row`` is None for a price that disappears."""

    status: str
    row: object | None
    known: PriceRow | None


class Diff(NamedTuple):
    """Everything a sheet would do."""

    changes: list[Change]
    counts: dict[str, int]


# --------------------------------------------------------------------------
# MONEY
# --------------------------------------------------------------------------


def period_count(term: str, plan: str) -> int:
    """Return how many billing periods a term has; 1 when nothing recurs."""
    months = PLANS[plan]
    return 1 if months is None else max(1, TERMS[term] // months)


def per_period(amount: Decimal, term: str, plan: str) -> Fraction:
    """Return the share of one billing period in the price of a whole term, exactly."""
    return Fraction(amount) / period_count(term, plan)


def round_half_up(amount: Fraction, step: Decimal) -> Decimal:
    """Round to a multiple of ``step``; a tie goes up."""
    steps = Fraction(amount) / Fraction(step)
    whole = Decimal(steps.numerator) / Decimal(steps.denominator)
    if steps.denominator != 1:
        # Exact: floor(x + 1/2) on fractions, no decimal rounding in between.
        shifted = steps + Fraction(1, 2)
        whole = Decimal(shifted.numerator // shifted.denominator)
    return (whole * step).quantize(step)


def seat_prices(
    unit_price: Decimal,
    erp_price: Decimal,
    term: str,
    plan: str,
    *,
    step: Decimal,
    rate: Fraction = Fraction(1),
) -> tuple[Decimal, Decimal]:
    """Return (cost, list price) of one seat and billing period.

    The list price is what customers see: rounded to ``step``, half up. The cost keeps
    six decimals, so that a year of months adds up to the vendor's price.
    """
    cost = round_half_up(per_period(unit_price, term, plan) * rate, COST_STEP)
    erp = round_half_up(per_period(erp_price, term, plan) * rate, step)
    return cost, erp


# --------------------------------------------------------------------------
# WHICH PRICE
# --------------------------------------------------------------------------


def resolve(
    rows: Iterable[PriceRow], at: datetime, quantity: int = 1
) -> PriceRow | None:
    """Return the price valid at the instant ``at`` for ``quantity`` seats.

    Where rows overlap, the earlier one stays until its end. A row without an end has
    nothing to stay for: it gives way to any later row that has begun.
    """
    covering = sorted(
        (
            row
            for row in rows
            if (row.valid_from is None or row.valid_from <= at)
            and (row.valid_to is None or at < row.valid_to)
            and row.tier_min <= max(quantity, 1)
            and (not row.tier_max or quantity <= row.tier_max)
        ),
        key=lambda row: (row.valid_from or datetime.min, row.price_id),
    )
    for row in covering[:-1]:
        if row.valid_to is not None:
            return row
    return covering[-1] if covering else None


# --------------------------------------------------------------------------
# WHAT A SHEET CHANGES
# --------------------------------------------------------------------------


def diff(rows: Iterable, known: Iterable[PriceRow]) -> Diff:
    """Compare a sheet with the stored prices of the same programme and company.

    new: an offer, term and currency without any price so far. changed: another price,
    or one from another day on. ended: the sheet sets an earlier end.
    """
    by_identity = {}
    offers = set()
    for price in known:
        by_identity[price.identity] = price
        offers.add(price[:7])
    changes = []
    counts = dict.fromkeys((NEW, CHANGED, ENDED, UNCHANGED), 0)
    for row in rows:
        identity = row.identity
        price = by_identity.get(identity)
        status = _status(row, price, identity[:7] in offers)
        counts[status] += 1
        changes.append(Change(status, row, price))
    return Diff(changes, counts)


def add_withdrawn(difference: Diff, rows: Iterable, known: Iterable[PriceRow]) -> None:
    """Add the end of every open price whose offer a complete sheet does not list.

    A price that the sheet lists from another day on needs no end: it gives way.
    """
    listed = {row.identity[:9] for row in rows}
    for price in known:
        if price.valid_to is None and price.identity[:9] not in listed:
            difference.counts[ENDED] += 1
            difference.changes.append(Change(ENDED, None, price))


def is_same_money(row, price: PriceRow) -> bool:
    """Tell whether a sheet row states the price that is stored."""
    return (row.unit_price, row.erp_price) == (price.unit_price, price.erp_price)


def _status(row, price: PriceRow | None, is_known_offer: bool) -> str:
    if price is None:
        return CHANGED if is_known_offer else NEW
    if not is_same_money(row, price):
        return CHANGED
    if row.valid_to == price.valid_to:
        return UNCHANGED
    shorter = row.valid_to and (not price.valid_to or row.valid_to < price.valid_to)
    return ENDED if shorter else CHANGED
