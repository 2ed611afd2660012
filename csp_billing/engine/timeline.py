"""What should be billed: facts of a subscription turned into layers of seats.

A *fact* is one booked event. Within one billing period every purchase of seats is a
*layer* with its own price; a reduction takes seats off the youngest layer first, a
cancellation takes all. A layer's money is computed from exact fractions and rounded
once, so that its parts can never add up to more or less than it is worth.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from .money import Money
from .periods import Grid, Period, Slice
from .proration import ACTUAL, factor

ENDING_KINDS = frozenset({"cancel", "expire", "transfer"})
TERM_KINDS = frozenset({"start", "renew"})
MAX_SLICES = 400


class SafetyError(Exception):
    """A bound was reached: the subscription is put aside, nothing is billed."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Fact:
    """What billing reads from one event. `sequence` orders facts of one day."""

    effective: date
    sequence: int
    kind: str
    quantity: int | None = None
    unit_price: Decimal | None = None
    term_start: date | None = None
    term_end: date | None = None

    @property
    def starts_on(self) -> date:
        if self.kind in TERM_KINDS and self.term_start:
            return self.term_start
        return self.effective


@dataclass(frozen=True)
class Rules:
    """How one leg of one subscription is billed.

    :param months: months of a billing period, None for a price paid once per term
    """

    anchor: date
    months: int | None
    money: Money = field(default_factory=Money)
    day_count: str = ACTUAL
    is_suspension_free: bool = False


@dataclass(frozen=True)
class State:
    """Seats and price from a day on."""

    since: date
    quantity: int = 0
    unit_price: Decimal | None = None
    is_suspended: bool = False
    is_ended: bool = False


@dataclass(frozen=True, order=True)
class LayerKey:
    """Identity of a layer in the ledger: billing period, first day, price."""

    slice_start: date
    layer_start: date
    unit_price: Decimal


@dataclass(frozen=True, order=True)
class Piece:
    """A number of seats over some days of a full billing period."""

    period: Period
    full: Period
    quantity: int
    is_once: bool = False

    def share(self, day_count: str = ACTUAL) -> Fraction:
        """Seats times the part of the period; a one-time price is never split."""
        if self.is_once:
            return Fraction(self.quantity)
        return self.quantity * factor(self.period, self.full, day_count)


@dataclass
class Layer:
    """Seats bought together inside one billing period; `steps` are (day, seats)."""

    start: date
    unit_price: Decimal
    steps: list[tuple[date, int]]

    @property
    def quantity(self) -> int:
        return self.steps[-1][1]

    def reduce(self, when: date, seats: int) -> None:
        self.steps.append((when, self.quantity - seats))

    def pieces(self, billed: Slice, is_once: bool) -> Iterator[Piece]:
        ends = [day for day, _seats in self.steps[1:]] + [billed.part.end]
        for (day, seats), end in zip(self.steps, ends, strict=True):
            if seats and day < end:
                yield Piece(Period(day, end), billed.full, seats, is_once)


def read_states(
    facts: Iterable[Fact], rules: Rules
) -> tuple[list[State], list[Period]]:
    """The seats from each day on (last fact of a day wins) and the terms."""
    states: list[State] = []
    terms: dict[date, date | None] = {}
    current = State(date.min)
    for fact in sorted(facts, key=lambda f: (f.starts_on, f.sequence)):
        current = _apply(current, fact)
        if fact.kind in TERM_KINDS:
            terms[fact.starts_on] = fact.term_end
        if states and states[-1].since == current.since:
            states[-1] = current
        else:
            states.append(current)
    return [_billed_state(state, rules) for state in states], _windows(terms)


def desired_layers(
    facts: Iterable[Fact], rules: Rules, until: date
) -> dict[LayerKey, list[Piece]]:
    """All layers of the billing periods that begin at or before `until`."""
    states, terms = read_states(facts, rules)
    wanted: dict[LayerKey, list[Piece]] = {}
    for count, billed in enumerate(_slices(terms, rules, until)):
        if count >= MAX_SLICES:
            raise SafetyError("too_many", f"more than {MAX_SLICES} billing periods")
        for layer in _layers(states, billed, rules.months is None):
            pieces = list(layer.pieces(billed, rules.months is None))
            if pieces:
                key = LayerKey(billed.part.start, layer.start, layer.unit_price)
                wanted.setdefault(key, []).extend(pieces)
    return wanted


def next_due(facts: Iterable[Fact], rules: Rules, until: date) -> date | None:
    """The first day after `until` on which there is something to look at."""
    facts = list(facts)
    states, terms = read_states(facts, rules)
    days = [fact.starts_on for fact in facts if fact.starts_on > until]
    for term in terms:
        if term.start > until:
            days.append(term.start)
        elif rules.months and until < term.end:
            grid = grid_of(term, rules)
            boundary = grid.boundary(grid.index_at(until) + 1)
            if boundary < term.end and _state_at(states, boundary).quantity:
                days.append(boundary)
    return min(days, default=None)


def grid_of(term: Period, rules: Rules) -> Grid:
    """The subscription's own grid, or the term's where a common end date moved it."""
    grid = Grid(rules.anchor, rules.months)
    return grid if grid.is_boundary(term.start) else Grid(term.start, rules.months)


def state_at(facts: Iterable[Fact], rules: Rules, when: date) -> State:
    """Billed seats and price on one day; outside every term there are none."""
    states, terms = read_states(facts, rules)
    found = _state_at(states, when)
    inside = any(term.start <= when < term.end for term in terms)
    return found if inside else replace(found, quantity=0)


def _apply(state: State, fact: Fact) -> State:
    """The state after a fact. What has ended only begins again with a new term."""
    since = fact.starts_on
    if fact.kind in ENDING_KINDS:
        return replace(state, since=since, quantity=0, is_ended=True)
    if fact.kind in ("suspend", "resume"):
        return replace(state, since=since, is_suspended=fact.kind == "suspend")
    is_ended = state.is_ended and fact.kind not in TERM_KINDS
    if is_ended or fact.kind == "order":
        return replace(state, since=since)
    quantity = state.quantity if fact.quantity is None else fact.quantity
    price = state.unit_price if fact.unit_price is None else fact.unit_price
    if quantity < 0:
        raise SafetyError("quantity", f"{quantity} seats from {since}")
    return State(since, quantity, price, state.is_suspended)


def _billed_state(state: State, rules: Rules) -> State:
    if state.is_suspended and rules.is_suspension_free:
        return replace(state, quantity=0)
    if state.quantity and (state.unit_price is None or state.unit_price < 0):
        raise SafetyError("price", f"no valid price from {state.since}")
    return state


def _windows(terms: dict[date, date | None]) -> list[Period]:
    """Terms in order; a term that begins early ends the one before it."""
    starts = sorted(terms)
    windows = []
    for start, following in zip(starts, [*starts[1:], None], strict=False):
        end = terms[start] or date.max - timedelta(days=400)
        if following and following < end:
            end = following
        if end > start:
            windows.append(Period(start, end))
    return windows


def _slices(terms: list[Period], rules: Rules, until: date) -> Iterator[Slice]:
    for term in terms:
        if rules.months is None:
            if term.start <= until:
                yield Slice(term, term)
        else:
            yield from grid_of(term, rules).cut(term.start, term.end, until)


def _state_at(states: list[State], when: date) -> State:
    found = State(date.min)
    for state in states:
        if state.since > when:
            break
        found = state
    return found


def _layers(states: list[State], billed: Slice, is_once: bool) -> list[Layer]:
    """The layers of one billing period, oldest first."""
    part = billed.part
    opening = _state_at(states, part.start)
    layers: list[Layer] = []
    price = opening.unit_price
    if opening.quantity:
        layers.append(Layer(part.start, price, [(part.start, opening.quantity)]))
    for state in states:
        if not part.start < state.since < part.end:
            continue
        if state.unit_price != price and not is_once:
            _take_off(layers, state.since, sum(layer.quantity for layer in layers))
        price = state.unit_price
        delta = state.quantity - sum(layer.quantity for layer in layers)
        if delta > 0:
            layers.append(Layer(state.since, price, [(state.since, delta)]))
        elif delta < 0 and not is_once:
            _take_off(layers, state.since, -delta)
    return layers


def _take_off(layers: list[Layer], when: date, seats: int) -> None:
    for layer in reversed(layers):
        taken = min(seats, layer.quantity)
        if taken:
            layer.reduce(when, taken)
            seats -= taken
