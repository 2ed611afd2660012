"""A vendor's promotions: what is expected of them, and what becomes of a known list.

The vendor decides; these rules only say what to reckon with beforehand.

* A discount is a share of what *we* pay for the whole term, and lasts the term.
* At a renewal it goes on only where the programme says so: by default when the day of
  the renewal lies inside the promotion's period.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from .prices import COST_STEP, round_half_up

# What becomes of a promotion at a renewal (rule of the programme).
KEPT_IN_PERIOD = "in_period"
KEPT_ALWAYS = "always"
KEPT_NEVER = "never"


class Entry(NamedTuple):
    """One thing that a promotion makes cheaper, as the vendor names it."""

    product_ref: str
    sku_ref: str
    term: str
    plan: str
    percent: Decimal


class Offered(NamedTuple):
    """A promotion as it is booked: one percentage for all its entries."""

    percent: Decimal
    entries: tuple[Entry, ...]
    is_mixed: bool


class Check(NamedTuple):
    """What the vendor has answered about a customer's right to a promotion."""

    is_eligible: bool
    seats: int
    available_seats: int | None = None


class Plan(NamedTuple):
    """What a fresh list from the vendor does to the known promotions."""

    added: tuple[str, ...]
    kept: tuple[str, ...]
    ended: tuple[str, ...]


def cost_after(cost: Decimal, percent: Decimal) -> Decimal:
    """Return the cost per seat under a promotion, with six decimals."""
    return round_half_up(Fraction(cost) * (1 - Fraction(percent) / 100), COST_STEP)


def verdict(check: Check | None, seats: int) -> bool | None:
    """Tell what an earlier answer says about a purchase of ``seats``.

    None: nothing was asked, or for fewer seats than are wanted now.
    """
    if check is None:
        return None
    if check.is_eligible:
        return True if seats <= check.seats else None
    return bool(check.available_seats) and seats <= check.available_seats


def is_kept(
    policy: str,
    valid_from: datetime | None,
    valid_to: datetime | None,
    renewal_at: datetime,
) -> bool:
    """Tell whether a renewal at ``renewal_at`` keeps the promotion of the old term."""
    if policy in (KEPT_ALWAYS, KEPT_NEVER):
        return policy == KEPT_ALWAYS
    return (not valid_from or valid_from <= renewal_at) and (
        not valid_to or renewal_at < valid_to
    )


def offered(
    entries: Iterable[Entry], terms: Iterable[str], plans: Iterable[str]
) -> Offered | None:
    """Return what of a promotion can be booked, or None when nothing can.

    Terms and plans that are not sold here are left out. Where the percentages differ,
    the lowest one counts: an expected cost that is too high does no harm, one that is
    too low sells below cost.
    """
    terms, plans = frozenset(terms), frozenset(plans)
    usable = tuple(
        sorted(
            entry
            for entry in entries
            if entry.term in terms and entry.plan in plans and 0 < entry.percent <= 100
        )
    )
    if not usable:
        return None
    percents = {entry.percent for entry in usable}
    return Offered(min(percents), usable, len(percents) > 1)


def compare(
    known: Mapping[str, datetime | None], listed: Iterable[str], moment: datetime
) -> Plan:
    """Compare the vendor's list with the promotions known, by their ids.

    ``known`` maps each id to its end. One that runs here and that the vendor lists no
    longer has ended; one that has ended already is left alone.
    """
    listed = sorted(set(listed))
    return Plan(
        added=tuple(ref for ref in listed if ref not in known),
        kept=tuple(ref for ref in listed if ref in known),
        ended=tuple(
            sorted(
                ref
                for ref, end in known.items()
                if ref not in listed and (end is None or end > moment)
            )
        ),
    )
