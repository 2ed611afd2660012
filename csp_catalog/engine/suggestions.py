"""Which plans fit a device: a rule by category, price and buyer, and its ladder."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

CONSUMER = "consumer"
BUSINESS = "business"
ANY = "any"

# From plain to full: the order of the cards.
RUNGS = ("good", "better", "best")


class Device(NamedTuple):
    """What somebody buys: its category first, then the parents, and its price."""

    category_path: tuple[int, ...]
    price: Decimal


class Rule(NamedTuple):
    """When a ladder fits. ``share`` is percent of the device's price."""

    rule_id: int
    sequence: int
    category_id: int
    price_min: Decimal
    price_max: Decimal | None
    audience: str
    share: Decimal
    ladder_id: int


class Plan(NamedTuple):
    """One rung of a ladder with what the plan costs in the first year."""

    rung: str
    product_id: int
    first_year: Decimal
    is_recommended: bool


class Choice(NamedTuple):
    """A plan to show; ``share`` is percent of the device's price in the first year."""

    plan: Plan
    share: Decimal
    is_within: bool
    is_recommended: bool


def choose_rule(rules: Iterable[Rule], device: Device, audience: str) -> Rule | None:
    """Return the rule that fits best, whatever the order of ``rules``.

    A band holds its lower price and not its upper one. The nearest category wins over
    its parents and over none, then a rule made for this audience over one for all,
    then the lower sequence, then the older rule.
    """
    depth = {category: index for index, category in enumerate(device.category_path)}
    fitting = [
        rule
        for rule in rules
        if (not rule.category_id or rule.category_id in depth)
        and rule.price_min <= device.price
        and (rule.price_max is None or device.price < rule.price_max)
        and rule.audience in (audience, ANY)
    ]
    return min(
        fitting,
        key=lambda rule: (
            depth.get(rule.category_id, len(depth)),
            rule.audience == ANY,
            rule.sequence,
            rule.rule_id,
        ),
        default=None,
    )


def climb(rule: Rule, device: Device, plans: Iterable[Plan]) -> tuple[Choice, ...]:
    """Return the plans of the rule's ladder in the order to show them.

    What stays within the share comes first, in the order of the rungs, then what costs
    more. The recommended plan is the ladder's own where that stays within the share,
    else the highest that does. Where nothing does, nothing is suggested.
    """
    limit = Fraction(device.price) * Fraction(rule.share) / 100
    ordered = sorted(plans, key=lambda plan: RUNGS.index(plan.rung))
    within = [plan for plan in ordered if Fraction(plan.first_year) <= limit]
    if not within or not device.price:
        return ()
    recommended = next((plan for plan in within if plan.is_recommended), within[-1])
    return tuple(
        Choice(
            plan,
            _percent(plan.first_year, device.price),
            plan in within,
            plan is recommended,
        )
        for plan in [*within, *(plan for plan in ordered if plan not in within)]
    )


def _percent(part: Decimal, whole: Decimal) -> Decimal:
    """Return the share in percent with one digit, half up."""
    tenths = Fraction(part) * 1000 / Fraction(whole) + Fraction(1, 2)
    return Decimal(tenths.numerator // tenths.denominator).scaleb(-1)
