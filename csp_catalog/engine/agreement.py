"""What an agreement says about the price of an offer, without a database.

The order in which lines win is the one of Odoo's pricelist rules, because an
agreement compiles to such rules: variant before template before category before all;
then the highest quantity that is reached; then the deepest category.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from .prices import round_half_up

# Which scope wins, the narrowest first.
SCOPES = ("variant", "template", "category", "all")


class Component(NamedTuple):
    """One reason for a discount and its share; see `const.COMPONENT_REASONS`."""

    reason: str
    percent: Decimal


class Line(NamedTuple):
    """One clause. Empty ``programs``: of whatever programme the offer is."""

    line_id: int
    scope: str
    scope_ids: frozenset[int]
    kind: str
    value: Decimal
    min_quantity: int
    valid_from: datetime | None
    valid_to: datetime | None
    components: tuple[Component, ...] = ()
    programs: frozenset[int] = frozenset()


class Terms(NamedTuple):
    """Everything one version of an agreement says about prices."""

    agreement_id: int
    version: int
    level_percent: Decimal
    lines: tuple[Line, ...]


class Offer(NamedTuple):
    """What is priced: list price and cost of one seat and billing period.

    ``level_price`` is given where the level has a list made by hand, which no
    percentage expresses.
    """

    variant_id: int
    template_id: int
    category_id: int
    erp: Decimal | Fraction
    cost: Decimal | Fraction
    program_id: int = 0
    level_price: Decimal | Fraction | None = None


class Answer(NamedTuple):
    """The price agreed, the level's price beside it, and the clause that made it."""

    price: Decimal
    level_price: Decimal
    line: Line | None


# --------------------------------------------------------------------------
# WHICH LINE
# --------------------------------------------------------------------------


def covers(line: Line, offer: Offer) -> bool:
    """Tell whether a line speaks about an offer at all."""
    if line.programs and offer.program_id not in line.programs:
        return False
    if line.scope == "variant":
        return offer.variant_id in line.scope_ids
    if line.scope == "template":
        return offer.template_id in line.scope_ids
    if line.scope == "category":
        return offer.category_id in line.scope_ids
    return True


def is_valid(line: Line, moment: datetime) -> bool:
    """Tell whether a line is in force at an instant; its days are half-open."""
    return (line.valid_from is None or line.valid_from <= moment) and (
        line.valid_to is None or moment < line.valid_to
    )


def choose(
    lines: Iterable[Line], offer: Offer, quantity, moment: datetime
) -> Line | None:
    """Return the line that makes the price, or None: the level's price stands."""
    applicable = (
        line
        for line in lines
        if line.min_quantity <= quantity
        and is_valid(line, moment)
        and covers(line, offer)
    )
    # The smaller of two nested categories is the deeper one.
    return min(
        applicable,
        key=lambda line: (
            SCOPES.index(line.scope),
            -line.min_quantity,
            len(line.scope_ids),
            -line.line_id,
        ),
        default=None,
    )


# --------------------------------------------------------------------------
# WHICH PRICE
# --------------------------------------------------------------------------


def evaluate(
    terms: Terms, offer: Offer, quantity, moment: datetime, step: Decimal
) -> Answer:
    """Return the price per seat and billing period, rounded once, at the end."""
    level_price = get_level_price(terms.level_percent, offer)
    line = choose(terms.lines, offer, quantity, moment)
    price = level_price if line is None else apply_line(line, offer, level_price)
    return Answer(round_half_up(price, step), round_half_up(level_price, step), line)


def get_level_price(percent: Decimal, offer: Offer) -> Fraction:
    """Return the price of the partner's level, exactly."""
    if offer.level_price is not None:
        return Fraction(offer.level_price)
    return less(offer.erp, percent)


def apply_line(line: Line, offer: Offer, level_price: Fraction) -> Fraction:
    """Return the exact price that a line makes."""
    match line.kind:
        case "discount_erp":
            return less(offer.erp, line.value)
        case "discount_level":
            return less(level_price, line.value)
        case "discount_cost":
            return less(offer.cost, line.value)
        case "markup_cost":
            return less(offer.cost, -line.value)
        case "fixed":
            return Fraction(line.value)
    raise ValueError(f"Unknown kind of line: {line.kind}")


def less(amount, percent: Decimal) -> Fraction:
    """Return an amount less a percentage of it, exactly."""
    return Fraction(amount) * (1 - Fraction(percent) / 100)


def total_percent(components: Iterable[Component]) -> Decimal:
    """Return the discount that its components add up to."""
    return sum((component.percent for component in components), Decimal())
