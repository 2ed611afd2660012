"""Service periods: half-open days, boundaries counted from an anchor.

Boundary *k* is always "anchor plus k months, on the anchor's day or the month's
last day". It is never counted from a clamped day, so 31 January is followed by
28 February and then by 31 March again.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, order=True)
class Period:
    """The days from `start` up to, and not including, `end`."""

    start: date
    end: date

    def __post_init__(self):
        if self.end <= self.start:
            raise ValueError(f"empty period {self.start} - {self.end}")

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        """The last day served, for people and for systems that include it."""
        return self.end - ONE_DAY

    def clip(self, start: date | None, end: date | None) -> Period | None:
        """The part inside [start, end), or None when there is none."""
        first = max(self.start, start) if start else self.start
        last = min(self.end, end) if end else self.end
        return Period(first, last) if first < last else None

    def overlaps(self, other: Period) -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class Grid:
    """An endless row of boundaries: an anchor, a step and a day of the month.

    :param day: the wished day of the month, 1 to 31; the anchor's own by default
    :param in_days: the step counts days (weeks, 30-day cycles), not months
    """

    anchor: date
    step: int
    day: int = 0
    in_days: bool = False

    def __post_init__(self):
        if self.step < 1:
            raise ValueError("the step of a grid is at least 1")

    def boundary(self, index: int) -> date:
        if self.in_days:
            return self.anchor + timedelta(days=index * self.step)
        return shift_months(self.anchor, index * self.step, self.day or self.anchor.day)

    def index_at(self, when: date) -> int:
        """The index of the last boundary at or before `when`."""
        if self.in_days:
            return (when - self.anchor).days // self.step
        months = (when.year - self.anchor.year) * 12 + when.month - self.anchor.month
        index = months // self.step + 1
        while self.boundary(index) > when:
            index -= 1
        return index

    def period_at(self, when: date) -> Period:
        index = self.index_at(when)
        return Period(self.boundary(index), self.boundary(index + 1))

    def is_boundary(self, when: date) -> bool:
        return self.period_at(when).start == when

    def cut(self, start: date, end: date | None, until: date) -> Iterator[Slice]:
        """Slices of [start, end) that begin at or before `until`, in order."""
        index = self.index_at(start)
        while True:
            full = Period(self.boundary(index), self.boundary(index + 1))
            if full.start > until or (end and full.start >= end):
                return
            part = full.clip(start, end)
            if part and part.start <= until:
                yield Slice(part, full)
            index += 1


@dataclass(frozen=True, order=True)
class Slice:
    """The served part of a full billing period (a stub, or all of it)."""

    part: Period
    full: Period

    @property
    def is_whole(self) -> bool:
        return self.part == self.full


def shift_months(anchor: date, months: int, day: int | None = None) -> date:
    """`anchor` moved by months, on `day` or on the month's last day."""
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    wished = day or anchor.day
    return date(year, month + 1, min(wished, monthrange(year, month + 1)[1]))


def grid_on_bill_day(start: date, bill_day: int, months: int = 1) -> Grid:
    """The grid whose first boundary at or after `start` falls on the bill day.

    A day that has passed in the start's month means one whole step later, also for
    quarters and years (vectors A05, A07, A20).
    """
    return Grid(shift_months(start, 0, bill_day), months, bill_day)


def whole_months(start: date, end: date) -> int:
    """How many whole months fit into [start, end)."""
    months = (end.year - start.year) * 12 + end.month - start.month
    return months if shift_months(start, months) <= end else months - 1


def from_inclusive(first: date, last: date) -> Period:
    """A period given by its first and its last served day."""
    return Period(first, last + ONE_DAY)


def local_day(instant: datetime, timezone: str) -> date:
    """The calendar day of an instant (UTC when it carries no zone) in a zone."""
    aware = instant if instant.tzinfo else instant.replace(tzinfo=ZoneInfo("UTC"))
    return aware.astimezone(ZoneInfo(timezone)).date()
