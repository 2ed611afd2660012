"""Desired minus booked: the only place that decides what is charged or credited.

The ledger is append-only. Planning compares, layer by layer, what should have been
charged for all periods up to a day with what has been booked, and returns only the
difference. Running it again therefore returns nothing, in whatever order the facts
became known and however often it ran in between.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from .periods import Period
from .timeline import (
    Fact,
    LayerKey,
    Piece,
    Rules,
    SafetyError,
    desired_layers,
    next_due,
    state_at,
)

RECURRING = "recurring"
PRORATED_ADD = "prorated_add"
ONE_TIME = "one_time"
REPAIR = "repair"
CREDIT = "credit"
CANCEL_REFUND = "cancel_refund"
MAX_CHARGES = 1000


@dataclass(frozen=True)
class Entry:
    """One charge or credit (negative quantity and amount) of the ledger."""

    kind: str
    key: LayerKey
    period: Period
    full: Period
    quantity: int
    amount: Decimal
    entry_id: int | None = None
    reverses_id: int | None = None

    @property
    def piece(self) -> Piece:
        return Piece(self.period, self.full, self.quantity, self.kind == ONE_TIME)

    @property
    def factor(self) -> Fraction:
        if self.kind == ONE_TIME or not self.quantity:
            return Fraction(1)
        return Fraction(self.period.days, self.full.days)


@dataclass(frozen=True)
class Plan:
    """What to book now, and the next day on which to look again."""

    entries: tuple[Entry, ...]
    next_due: date | None

    @property
    def total(self) -> Decimal:
        return sum((entry.amount for entry in self.entries), Decimal(0))


def make_plan(
    facts: Iterable[Fact], booked: Iterable[Entry], rules: Rules, until: date
) -> Plan:
    """The charges and credits that are missing for periods beginning by `until`."""
    facts = list(facts)
    ledger = sorted(booked, key=lambda entry: entry.entry_id)
    check_ledger(ledger)
    wanted = desired_layers(facts, rules, until)
    by_key: dict[LayerKey, list[Entry]] = defaultdict(list)
    for entry in ledger:
        if entry.key.slice_start <= until:
            by_key[entry.key].append(entry)
    planned: list[Entry] = []
    recurring = [entry.period for entry in ledger if entry.kind == RECURRING]
    for key in sorted(set(wanted) | set(by_key)):
        differences = _difference(wanted.get(key, []), by_key.get(key, []))
        for piece, amount in _price(
            key, differences, wanted.get(key, []), by_key.get(key, []), rules
        ):
            planned += _entries(key, piece, amount, by_key, recurring, facts, rules)
    if len(planned) > MAX_CHARGES:
        raise SafetyError("too_many", f"{len(planned)} charges at once")
    return Plan(tuple(planned), next_due(facts, rules, until))


def check_ledger(ledger: Iterable[Entry]) -> None:
    """Refuse to continue on a ledger that breaks one of its own laws."""
    ledger = list(ledger)
    charges = {entry.entry_id: entry for entry in ledger if entry.reverses_id is None}
    left = {entry_id: entry.amount for entry_id, entry in charges.items()}
    for entry in ledger:
        if entry.reverses_id is None:
            if entry.amount < 0:
                raise SafetyError("credit", "a credit without the charge it reverses")
            continue
        charge = charges.get(entry.reverses_id)
        if charge is None:
            raise SafetyError("credit", "a credit of a charge that is not there")
        inside = (
            charge.period.start <= entry.period.start
            and entry.period.end <= charge.period.end
        )
        if not inside and entry.key != charge.key:
            raise SafetyError("credit", f"a credit outside its charge, {entry.period}")
        left[entry.reverses_id] += entry.amount
        if left[entry.reverses_id] < 0:
            raise SafetyError("credit", "credits exceed their charge")
    recurring = sorted(e.period for e in ledger if e.kind == RECURRING)
    for before, after in pairwise(recurring):
        if before.overlaps(after):
            raise SafetyError("overlap", f"{after.start} was charged twice")


def _difference(wanted: list[Piece], booked: list[Entry]) -> list[Piece]:
    """Seats per day that are missing (positive) or too many (negative)."""
    pieces = [(piece, 1) for piece in wanted] + [(e.piece, -1) for e in booked]
    days = sorted({d for p, _ in pieces for d in (p.period.start, p.period.end)})
    seams = {d for e in booked for d in (e.period.start, e.period.end)}
    found: list[Piece] = []
    for start, end in pairwise(days):
        inside = [(p, s) for p, s in pieces if p.period.clip(start, end)]
        seats = sum(piece.quantity * sign for piece, sign in inside)
        if not seats:
            continue
        sample = inside[0][0]
        piece = Piece(Period(start, end), sample.full, seats, sample.is_once)
        last = found[-1] if found else None
        is_joint = last and last.period.end == start and start not in seams
        if is_joint and last.quantity == seats:
            joined = Period(last.period.start, end)
            found[-1] = Piece(joined, piece.full, seats, piece.is_once)
        else:
            found.append(piece)
    return sorted(found, key=lambda piece: (piece.quantity > 0, piece.period))


def _price(
    key: LayerKey,
    differences: list[Piece],
    wanted: list[Piece],
    booked: list[Entry],
    rules: Rules,
) -> list[tuple[Piece, Decimal]]:
    """Amounts of the differences: each is what the layer is worth less what it was.

    Credits come first, so the layer passes through the smaller of both worths and a
    credit cannot exceed what was charged.
    """
    net = sum((entry.amount for entry in booked), Decimal(0))
    worth = sum((e.piece.share(rules.day_count) for e in booked), Fraction(0))
    if not differences:
        exact = sum((p.share(rules.day_count) for p in wanted), Fraction(0))
        if net != rules.money.round(exact * Fraction(key.unit_price)):
            raise SafetyError("amount", f"booked {net} for {key.slice_start} is wrong")
    priced = []
    for piece in differences:
        worth += piece.share(rules.day_count)
        target = rules.money.round(worth * Fraction(key.unit_price))
        priced.append((piece, target - net))
        net = target
    return priced


def _entries(key, piece, amount, by_key, recurring, facts, rules) -> list[Entry]:
    """One entry for a charge; for a credit one per charge that it takes back."""
    if piece.quantity > 0:
        kind = _charge_kind(key, piece, recurring)
        if kind == RECURRING:
            recurring.append(piece.period)
        entry = Entry(kind, key, piece.period, piece.full, piece.quantity, amount)
        return [entry]
    served = state_at(facts, rules, piece.period.start).quantity
    kind = CREDIT if served else CANCEL_REFUND
    return _credits(kind, key, piece, amount, by_key[key])


def _charge_kind(key: LayerKey, piece: Piece, recurring: list[Period]) -> str:
    if piece.is_once:
        return ONE_TIME
    if key.layer_start > key.slice_start:
        return PRORATED_ADD
    if any(period.overlaps(piece.period) for period in recurring):
        return REPAIR
    return RECURRING


def _credits(kind, key, piece, amount, booked: list[Entry]) -> list[Entry]:
    """Spread a credit over the layer's charges, youngest first, each in its rest."""
    left: dict[int, Decimal] = {}
    for entry in booked:
        if entry.reverses_id is None:
            left[entry.entry_id] = entry.amount
        else:
            left[entry.reverses_id] += entry.amount
    seats, rest = -piece.quantity, -amount
    charges = [e for e in reversed(booked) if e.reverses_id is None]
    charges.sort(key=lambda charge: not charge.period.overlaps(piece.period))
    found: list[Entry] = []
    for charge in charges:
        part = min(rest, left[charge.entry_id])
        rest -= part
        number = seats if not rest else min(seats, charge.quantity)
        seats -= number
        if part or number:
            credit = Entry(kind, key, piece.period, piece.full, -number, -part)
            found.append(replace(credit, reverses_id=charge.entry_id))
        if not (rest or seats):
            break
    if rest or seats:
        raise SafetyError("credit", "there is no charge to credit")
    booked.extend(replace(credit, quantity=0) for credit in found)
    return found
