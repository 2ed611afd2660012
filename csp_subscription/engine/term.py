"""Dates of terms. Periods are half-open: `[start, end)`, the end is not paid for.

Boundaries are counted from an immutable anchor, never from the previous boundary, so
that a contract of 31 January comes back to the 31st after February.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

MAX_TERMS = 2400


def add_months(anchor: date, months: int) -> date:
    """Return the day `months` after `anchor`, clamped to the end of its month."""
    index = anchor.year * 12 + anchor.month - 1 + months
    year, month = divmod(index, 12)
    month += 1
    return date(year, month, min(anchor.day, monthrange(year, month)[1]))


def boundary(anchor: date, months: int, number: int) -> date:
    """Return the start of term `number` (0 is the first) of `months` each."""
    return add_months(anchor, months * number)


def from_vendor_end(inclusive: date) -> date:
    """Turn the vendor's last paid (UTC) day into our exclusive end."""
    return inclusive + timedelta(days=1)


def to_vendor_end(exclusive: date) -> date:
    """Turn our exclusive end into the vendor's last paid day."""
    return exclusive - timedelta(days=1)


def grid_number(anchor: date, months: int, day: date) -> int | None:
    """Return n when `day` is boundary n of the anchor's grid, else None."""
    _check_months(months)
    span = (day.year - anchor.year) * 12 + day.month - anchor.month
    number, rest = divmod(span, months)
    if rest or boundary(anchor, months, number) != day:
        return None
    return number


def term_at(anchor: date, months: int, day: date) -> tuple[date, date]:
    """Return the term of the anchor's grid that contains `day`."""
    _check_months(months)
    if day < anchor:
        raise ValueError("the day lies before the first term")
    number = ((day.year - anchor.year) * 12 + day.month - anchor.month) // months
    while boundary(anchor, months, number) > day:
        number -= 1
    return boundary(anchor, months, number), boundary(anchor, months, number + 1)


def next_term(anchor: date, term_end: date, months: int) -> tuple[date, date]:
    """Return the term that follows `term_end`.

    A term that was cut to a common end date leaves the grid: full terms are counted
    from that date on.
    """
    number = grid_number(anchor, months, term_end)
    if number is None:
        return term_end, add_months(term_end, months)
    return term_end, boundary(anchor, months, number + 1)


def terms_until(
    anchor: date, term_end: date, until: date, months: int
) -> list[tuple[date, date]]:
    """Return the terms that follow `term_end` up to the one that ends at `until`.

    The last one ends exactly at `until`, also when the vendor cut it.
    """
    found = []
    start = term_end
    while start < until:
        if len(found) >= MAX_TERMS:
            raise ValueError("too many terms")
        _start, end = next_term(anchor, start, months)
        end = min(end, until)
        found.append((start, end))
        start = end
    return found


def periods_left(anchor: date, months: int, today: date, end: date) -> int:
    """Count the billing periods that begin on or after `today` and before `end`."""
    _check_months(months)
    if today >= end:
        return 0
    number = max(
        0, ((today.year - anchor.year) * 12 + today.month - anchor.month) // months - 1
    )
    while boundary(anchor, months, number) < today:
        number += 1
    count = 0
    while boundary(anchor, months, number + count) < end:
        count += 1
    return count


def progress(start: date | None, end: date | None, today: date) -> int:
    """Return how much of the term is over, 0 to 100."""
    if not start or not end or end <= start:
        return 0
    days = (min(max(today, start), end) - start).days
    return days * 100 // (end - start).days


def _check_months(months: int) -> None:
    if months < 1:
        raise ValueError("a term lasts at least one month")
