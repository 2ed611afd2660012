"""Price per period, the price valid at an instant, and what a sheet would change."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from ..const import PLANS, TERMS

COST_STEP = Decimal("0.000001")
MAX_QUANTITY = 2**31

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
    ended_by: int = 0  # the complete list that ended it by not naming it
    end_of_sale: date | None = None

    @property
    def identity(self) -> tuple:
        """The same as the identity of a sheet row."""
        return self[:10]


class Change(NamedTuple):
    """What one row of a sheet does; ``row`` is None for a price that disappears.

    ``valid_to`` is the end that the price gets, ``ended_by`` the sheet that says so by
    not naming it.
    """

    status: str
    row: object | None
    known: PriceRow | None
    valid_to: datetime | None = None
    ended_by: int = 0
    previous: PriceRow | None = None

    @property
    def before(self) -> PriceRow | None:
        """The price to compare with: the stored one, or the one it follows."""
        return self.known or self.previous


class Diff(NamedTuple):
    """Everything a sheet would do."""

    changes: list[Change]
    counts: dict[str, int]


class NewerSheet(NamedTuple):
    """What must be known of an applied sheet to merge an older one under it."""

    sheet_id: int
    as_of: datetime
    view: str
    is_complete: bool
    markets: frozenset[str]
    identities: frozenset[tuple]

    @property
    def listed(self) -> frozenset[tuple]:
        """What it names, whatever the day."""
        return frozenset(identity[:9] for identity in self.identities)


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
        # Of two tiers that begin together, the narrower one is listed last.
        key=lambda row: (
            row.valid_from or datetime.min,
            row.tier_min,
            -(row.tier_max or MAX_QUANTITY),
            row.price_id,
        ),
    )
    # One row per first moment: the order in which sheets came in decides nothing.
    ranked = list({row.valid_from: row for row in covering}.values())
    for row in ranked[:-1]:
        if row.valid_to is not None:
            return row
    return ranked[-1] if ranked else None


# --------------------------------------------------------------------------
# WHAT A SHEET CHANGES
# --------------------------------------------------------------------------


def diff(
    rows: Iterable,
    known: Iterable[PriceRow],
    newer: Iterable[NewerSheet] = (),
    view: str = "",
) -> Diff:
    """Compare a sheet with the stored prices of the same programme and company.

    new: an offer, term and currency without any price so far. changed: another price,
    one from another day on, or another end of sale. ended: the sheet sets an earlier
    end.

    :param newer: applied sheets that speak of a later moment. What they name stays;
        a complete one also ends what it does not name.
    """
    known = list(known)
    by_identity = {price[:10]: price for price in known}
    by_offer = _collect_offers(rows, known, by_identity)
    newer = sorted(newer, key=lambda sheet: (sheet.as_of, sheet.sheet_id))
    closing = [
        (sheet, sheet.listed)
        for sheet in newer
        if sheet.is_complete and sheet.view == view
    ]
    changes = []
    counts = dict.fromkeys((NEW, CHANGED, ENDED, UNCHANGED), 0)
    for row in rows:
        identity = row.identity
        price = by_identity.get(identity)
        if newer and any(identity in sheet.identities for sheet in newer):
            counts[UNCHANGED] += 1
            changes.append(Change(UNCHANGED, row, price, row.valid_to))
            continue
        ended_by = 0
        if closing:
            row, ended_by = _close(row, closing)
        siblings = None if price else by_offer.get(identity[:7])
        status = _status(row, price, siblings is not None)
        counts[status] += 1
        previous = _previous(row, siblings) if siblings else None
        changes.append(Change(status, row, price, row.valid_to, ended_by, previous))
    return Diff(changes, counts)


def _collect_offers(rows, known, by_identity):
    """Return ``{offer, term, plan and currency: [price, ...]}`` of the unknown rows."""
    if not known:
        return {}
    wanted = {
        identity[:7]
        for identity in (row.identity for row in rows)
        if identity not in by_identity
    }
    by_offer = {}
    if wanted:
        for price in known:
            if price[:7] in wanted:
                by_offer.setdefault(price[:7], []).append(price)
    return by_offer


def _previous(row, siblings):
    """Return the stored price of the same tier that the row follows."""
    begin = row.valid_from or datetime.min
    earlier = [
        price
        for price in siblings
        if (price.tier_min, price.tier_max) == (row.tier_min, row.tier_max)
        and (price.valid_from or datetime.min) < begin
    ]
    return max(earlier, key=lambda p: p.valid_from or datetime.min, default=None)


def _close(row, closing):
    """Return the row as the first later list that does not name it leaves it."""
    if row.valid_to is not None:
        return row, 0
    listed_as = row.identity[:9]
    for sheet, listed in closing:
        if (
            row.market in sheet.markets
            and (row.valid_from is None or row.valid_from <= sheet.as_of)
            and listed_as not in listed
        ):
            return row._replace(valid_to=sheet.as_of), sheet.sheet_id
    return row, 0


def add_withdrawn(
    difference: Diff,
    rows: Iterable,
    known: Iterable[PriceRow],
    as_of: datetime | None = None,
    sheet_id: int = 0,
    newer: Iterable[NewerSheet] = (),
) -> None:
    """Add the end of every open price whose offer a complete sheet does not list.

    A price that the sheet lists from another day on needs no end: it gives way. One
    that begins after ``as_of`` is not on sale yet, so that its absence says nothing.
    """
    newer = list(newer)
    listed = {row.identity[:9] for row in rows}
    later = {sheet.sheet_id for sheet in newer}
    for price in known:
        if price.valid_to is not None and price.ended_by not in later:
            continue
        if as_of and price.valid_from and price.valid_from > as_of:
            continue
        if price.identity[:9] in listed:
            continue
        if any(price.identity in sheet.identities for sheet in newer):
            continue
        difference.counts[ENDED] += 1
        difference.changes.append(Change(ENDED, None, price, as_of, sheet_id))


def is_same_money(row, price: PriceRow) -> bool:
    """Tell whether a sheet row states the price that is stored."""
    return (row.unit_price, row.erp_price) == (price.unit_price, price.erp_price)


def is_same_price(row, price: PriceRow) -> bool:
    """Tell whether the stored price says all that the sheet row does, its end aside.

    Most sheets do not know ends of sale: an empty one takes none back.
    """
    day = row.end_of_sale
    if isinstance(day, datetime):
        day = day.date()
    return is_same_money(row, price) and day in (None, price.end_of_sale)


def _status(row, price: PriceRow | None, is_known_offer: bool) -> str:
    if price is None:
        return CHANGED if is_known_offer else NEW
    if not is_same_price(row, price):
        return CHANGED
    if row.valid_to == price.valid_to:
        return UNCHANGED
    shorter = row.valid_to and (not price.valid_to or row.valid_to < price.valid_to)
    return ENDED if shorter else CHANGED
