"""Which offers need, exclude or contain each other: rules without a database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

REQUIRES = "requires"
EXCLUDES = "excludes"
ADDON_OF = "addon_of"
UPGRADES_TO = "upgrades_to"
INCLUDES = "includes"

# What a refusal is about, beside the kinds above.
SHARE = "share"

# Kinds whose paths may not come back to where they started; the kinds of one entry
# are walked together.
ACYCLIC = ((REQUIRES, ADDON_OF), (UPGRADES_TO,), (INCLUDES,))


class Rule(NamedTuple):
    """One relation between two offers.

    ``group``: of the offers required with the same number, one is enough.
    ``share_percent``: fewest seats of an add-on, as a share of its base's seats.
    """

    kind: str
    offer_id: int
    other_id: int
    group: int = 1
    share_percent: Decimal = Decimal(0)


class Refusal(NamedTuple):
    """Why an offer cannot be bought: what it lacks, or does not go with."""

    kind: str
    offer_id: int
    other_ids: tuple[int, ...]
    minimum: int = 0
    base_seats: int = 0


def minimum_addon_seats(base_seats: int, share_percent: Decimal) -> int:
    """Return the fewest seats of an add-on: a share of its base's, rounded up."""
    share = Decimal(base_seats) * share_percent / 100
    return int(share.to_integral_value(rounding=ROUND_CEILING))


def check(
    cart: Mapping[int, int], owned: Mapping[int, int], rules: Iterable[Rule]
) -> list[Refusal]:
    """Return what stands against buying ``cart`` by somebody who owns ``owned``.

    :param cart: seats per offer
    :param owned: seats per offer that the customer uses already
    """
    rules = list(rules)
    present = with_included({*cart, *owned}, rules)
    refusals = []
    for offer_id in cart:
        own = [rule for rule in rules if rule.offer_id == offer_id]
        refusals += _missing(offer_id, own, present)
        refusals += _excluded(offer_id, rules, cart, {*cart, *owned})
        refusals += _too_few(offer_id, own, cart, owned)
    # More seats of a base need more of an add-on that the customer has already.
    for offer_id in owned:
        own = [rule for rule in rules if rule.offer_id == offer_id]
        if offer_id not in cart and any(
            rule.kind == ADDON_OF and rule.share_percent and rule.other_id in cart
            for rule in own
        ):
            refusals += _too_few(offer_id, own, cart, owned)
    return refusals


def _missing(offer_id, rules, present):
    """Yield a refusal per group of required offers of which none is there."""
    groups = {}
    for rule in rules:
        if rule.kind == REQUIRES:
            groups.setdefault((REQUIRES, rule.group), []).append(rule.other_id)
        elif rule.kind == ADDON_OF:
            groups.setdefault((ADDON_OF, 0), []).append(rule.other_id)
    for (kind, _group), other_ids in groups.items():
        if present.isdisjoint(other_ids):
            yield Refusal(kind, offer_id, tuple(other_ids))


def _excluded(offer_id, rules, cart, present):
    """Yield a refusal per offer that does not go with this one.

    Exclusion counts in both directions; two offers of one cart are named once.
    """
    seen = set()
    for rule in rules:
        if rule.kind != EXCLUDES or offer_id not in (rule.offer_id, rule.other_id):
            continue
        other_id = rule.other_id if rule.offer_id == offer_id else rule.offer_id
        if other_id not in present or other_id in seen:
            continue
        seen.add(other_id)
        if other_id in cart and rule.offer_id != offer_id:
            continue
        yield Refusal(EXCLUDES, offer_id, (other_id,))


def _too_few(offer_id, rules, cart, owned):
    """Yield a refusal when an add-on has fewer seats than its share of the base."""
    bases = [rule for rule in rules if rule.kind == ADDON_OF and rule.share_percent]
    seats = {
        rule.other_id: cart.get(rule.other_id, 0) + owned.get(rule.other_id, 0)
        for rule in bases
    }
    needed = sum(
        Decimal(seats[rule.other_id]) * rule.share_percent / 100 for rule in bases
    )
    minimum = int(Decimal(needed).to_integral_value(rounding=ROUND_CEILING))
    if cart.get(offer_id, 0) + owned.get(offer_id, 0) < minimum:
        yield Refusal(
            SHARE,
            offer_id,
            tuple(other_id for other_id in seats if seats[other_id]),
            minimum,
            sum(seats.values()),
        )


def with_included(offer_ids: Iterable[int], rules: Iterable[Rule]) -> set[int]:
    """Return the offers and everything that is included in them."""
    parts = {}
    for rule in rules:
        if rule.kind == INCLUDES:
            parts.setdefault(rule.offer_id, []).append(rule.other_id)
    found, waiting = set(), list(offer_ids)
    while waiting:
        offer_id = waiting.pop()
        if offer_id not in found:
            found.add(offer_id)
            waiting += parts.get(offer_id, ())
    return found


def find_cycle(edges: Mapping[int, Iterable[int]]) -> list[int]:
    """Return a path that comes back to its first offer, or nothing.

    Walks without recursion: paths in data may be longer than Python's stack.
    """
    done = set()
    for start in edges:
        if start in done:
            continue
        path, on_path = [start], {start}
        stack = [iter(edges.get(start, ()))]
        while stack:
            following = next(stack[-1], None)
            if following is None:
                stack.pop()
                done.add(path[-1])
                on_path.discard(path.pop())
            elif following in on_path:
                return [*path[path.index(following) :], following]
            elif following not in done:
                path.append(following)
                on_path.add(following)
                stack.append(iter(edges.get(following, ())))
    return []


def overlaps(
    cart: Iterable[int], owned: Iterable[int], contained: Mapping[int, Iterable[int]]
) -> list[tuple[int, int]]:
    """Return (component, suite) pairs: a component bought beside its suite.

    :param contained: suite -> the offers that it contains
    """
    cart = list(cart)
    present = {*cart, *owned}
    return [
        (offer_id, suite_id)
        for offer_id in cart
        for suite_id in sorted(present)
        if suite_id != offer_id and offer_id in contained.get(suite_id, ())
    ]
