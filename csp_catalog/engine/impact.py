"""What new vendor prices do to the prices of levels and agreements.

The vendor's list moves under fixed discounts and fixed prices: margins shrink, some
prices fall below cost, some resellers keep less than they were promised.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from .agreement import Offer, Terms, evaluate
from .prices import round_half_up

PERCENT_STEP = Decimal("0.01")
HUNDRED = Decimal(100)


class Audience(NamedTuple):
    """Who buys at the same terms: the partners of a level, or of an agreement.

    ``minimum`` is the least margin off the list price that they were promised.
    """

    key: str
    terms: Terms
    minimum: Decimal


class Money(NamedTuple):
    """Cost and list price of one seat and billing period."""

    cost: Decimal
    erp: Decimal


class Item(NamedTuple):
    """One price of a sheet. Without ``before`` it is a new offer.

    ``ids`` are the variant, template, category and programme, 0 where there is none.
    """

    ref: int
    ids: tuple[int, int, int, int]
    quantity: int
    moment: datetime
    step: Decimal
    before: Money | None
    after: Money


class Result(NamedTuple):
    """What one price of the sheet means for one audience. Percents of 100."""

    ref: int
    price_before: Decimal | None
    price_after: Decimal
    cost_before: Decimal | None
    cost_after: Decimal
    margin_before: Decimal | None
    margin_after: Decimal | None
    partner_margin: Decimal | None
    is_floor_break: bool
    is_minimum_break: bool

    @property
    def badness(self) -> tuple:
        """Sort key: losses first, then broken promises, then the lowest margins."""
        margin = self.margin_after
        return (
            not self.is_floor_break,
            not self.is_minimum_break,
            margin is None,
            margin or Decimal(),
            self.ref,
        )


class Summary(NamedTuple):
    """The effect on one audience. Averages are over prices that existed before."""

    key: str
    results: list[Result]
    average_before: Decimal | None
    average_after: Decimal | None
    worst_before: Decimal | None
    worst_after: Decimal | None
    floor_breaks: int
    minimum_breaks: int


def margin_percent(price: Decimal, cost: Decimal) -> Decimal | None:
    """Return what is left of a price, in percent; None where nothing is paid."""
    if not price:
        return None
    return round_half_up(Fraction(price - cost) * 100 / Fraction(price), PERCENT_STEP)


def is_below_floor(price: Decimal, cost: Decimal, step: Decimal) -> bool:
    """Tell whether a price does not cover its cost, to the smallest amount."""
    return price < round_half_up(cost, step)


def is_below_minimum(price: Decimal, erp: Decimal, minimum: Decimal) -> bool:
    """Tell whether a price leaves the reseller less than ``minimum`` percent."""
    return bool(minimum and erp) and (erp - price) * HUNDRED < minimum * erp


def assess(audience: Audience, item: Item) -> Result:
    """Return what one price of the sheet means for one audience."""
    after = _price(audience, item, item.after)
    before = _price(audience, item, item.before) if item.before else None
    cost, erp = item.after
    is_floor_break = is_below_floor(after, cost, item.step)
    is_minimum_break = is_below_minimum(after, erp, audience.minimum)
    return Result(
        item.ref,
        before,
        after,
        item.before.cost if item.before else None,
        cost,
        margin_percent(before, item.before.cost) if item.before else None,
        margin_percent(after, cost),
        margin_percent(erp, after),
        is_floor_break,
        is_minimum_break,
    )


def summarise(audience: Audience, items: Iterable[Item]) -> Summary:
    """Return the effect of all prices of a sheet on one audience.

    New offers have nothing to be compared with: they count in the averages only
    where the sheet has nothing else.
    """
    results = [assess(audience, item) for item in items]
    compared = [result for result in results if result.price_before is not None]
    before = [r.margin_before for r in compared if r.margin_before is not None]
    after = [r.margin_after for r in compared or results if r.margin_after is not None]
    return Summary(
        audience.key,
        sorted(results, key=lambda result: result.badness),
        _average(before),
        _average(after),
        min(before, default=None),
        min(after, default=None),
        sum(result.is_floor_break for result in results),
        sum(result.is_minimum_break for result in results),
    )


def _price(audience: Audience, item: Item, money: Money) -> Decimal:
    variant, template, category, program = item.ids
    offer = Offer(variant, template, category, money.erp, money.cost, program)
    return evaluate(audience.terms, offer, item.quantity, item.moment, item.step).price


def _average(percents: list[Decimal]) -> Decimal | None:
    if not percents:
        return None
    return round_half_up(Fraction(sum(percents)) / len(percents), PERCENT_STEP)
