"""What may be changed now, and why not. Pure: the caller words the reasons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

OK = "ok"
NOT_ACTIVE = "not_active"
NOT_SUSPENDED = "not_suspended"
BUSY = "busy"
NO_CHANGE = "no_change"
BELOW_MINIMUM = "below_minimum"
ABOVE_MAXIMUM = "above_maximum"
WINDOW_CLOSED = "window_closed"
NOT_REDUCIBLE = "not_reducible"
TERM_ENDED = "term_ended"


@dataclass(frozen=True)
class Batch:
    """Seats bought together; `reducible_until` None: never to be given back."""

    quantity: int
    bought_at: datetime
    reducible_until: datetime | None = None


@dataclass(frozen=True)
class Situation:
    """A subscription as far as a change is concerned."""

    state: str
    quantity: int
    batches: tuple[Batch, ...] = ()
    cancellable_until: datetime | None = None
    term_end_at: datetime | None = None
    min_seats: int = 1
    max_seats: int = 0
    is_busy: bool = False


@dataclass(frozen=True)
class Verdict:
    """Whether a change is possible; `limit` is the number the reason is about."""

    code: str
    limit: int = 0

    @property
    def allowed(self) -> bool:
        return self.code == OK


def window_end(bought_at: datetime, hours: int) -> datetime:
    """Return the first instant at which seats bought then cannot be given back."""
    return bought_at + timedelta(hours=hours)


def is_open(until: datetime | None, now: datetime) -> bool:
    """A window is open before its end; at its end it is closed."""
    return until is not None and now < until


def reducible(batches: Iterable[Batch], now: datetime) -> int:
    """Count the seats that may be given back now: each batch has its own deadline."""
    return sum(b.quantity for b in batches if is_open(b.reducible_until, now))


def take_back(batches: Sequence[Batch], count: int, now: datetime) -> list[int]:
    """Return the new quantity of each batch after `count` seats went back.

    The batch whose window closes first gives first, so that the customer keeps the
    longest freedom.
    """
    if count > reducible(batches, now):
        raise ValueError("more seats than may be given back")
    left = [b.quantity for b in batches]
    order = sorted(
        (i for i, b in enumerate(batches) if is_open(b.reducible_until, now)),
        key=lambda i: (batches[i].reducible_until, i),
    )
    for index in order:
        taken = min(left[index], count)
        left[index] -= taken
        count -= taken
    return left


def check_seats(now_is: Situation, wanted: int, now: datetime) -> Verdict:
    """May the number of seats become `wanted` now?"""
    verdict = _check_running(now_is, now)
    if not verdict.allowed:
        return verdict
    if wanted == now_is.quantity:
        return Verdict(NO_CHANGE, wanted)
    if wanted < max(1, now_is.min_seats):
        return Verdict(BELOW_MINIMUM, max(1, now_is.min_seats))
    if now_is.max_seats and wanted > now_is.max_seats:
        return Verdict(ABOVE_MAXIMUM, now_is.max_seats)
    if wanted < now_is.quantity:
        free = reducible(now_is.batches, now)
        if not free:
            return Verdict(WINDOW_CLOSED)
        if now_is.quantity - wanted > free:
            return Verdict(NOT_REDUCIBLE, free)
    return Verdict(OK, wanted)


def check_suspend(now_is: Situation, now: datetime) -> Verdict:
    """May the service be stopped for now?"""
    return _check_running(now_is, now)


def check_resume(now_is: Situation, now: datetime) -> Verdict:
    """May a suspended service be brought back?"""
    if now_is.is_busy:
        return Verdict(BUSY)
    if now_is.state != "suspended":
        return Verdict(NOT_SUSPENDED)
    if now_is.term_end_at and now >= now_is.term_end_at:
        return Verdict(TERM_ENDED)
    return Verdict(OK)


def check_cancel(now_is: Situation, now: datetime) -> Verdict:
    """May the subscription be ended at once? Only inside the vendor's window."""
    verdict = _check_running(now_is, now)
    if not verdict.allowed:
        return verdict
    if not is_open(now_is.cancellable_until, now):
        return Verdict(WINDOW_CLOSED)
    return Verdict(OK)


def _check_running(now_is: Situation, now: datetime) -> Verdict:
    if now_is.is_busy:
        return Verdict(BUSY)
    if now_is.state not in ("active", "extended"):
        return Verdict(NOT_ACTIVE)
    if now_is.term_end_at and now >= now_is.term_end_at:
        return Verdict(TERM_ENDED)
    return Verdict(OK)
