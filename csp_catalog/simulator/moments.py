"""Instants and calendar arithmetic, all in UTC."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, time, timedelta, timezone

UTC = timezone.utc
FAR_FUTURE = "9999-12-31T00:00:00Z"


def parse(text):
    """Read an ISO instant or day; without a zone it is UTC."""
    text = re.sub(r"(\.\d{6})\d+", r"\1", str(text).strip())
    if text.endswith(("Z", "z")):
        text = text[:-1] + "+00:00"
    if re.search(r"\.\d{1,5}(?=[+-]|$)", text):  # Python 3.10 wants 3 or 6 digits
        text = re.sub(r"\.(\d+)", lambda match: "." + match[1].ljust(6, "0"), text)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC)


def write(moment):
    """Write an instant as the vendor does."""
    text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    if moment.microsecond:
        text += f".{moment.microsecond:06d}"
    return text + "Z"


def write_day(day):
    """Write a day as its first instant."""
    return f"{day.isoformat()}T00:00:00Z"


def midnight(day):
    """Return the first instant of a day."""
    return datetime.combine(day, time(), tzinfo=UTC)


def day_of(text):
    """Return the UTC day of a written instant."""
    return parse(text).date()


def add_months(day, months):
    """Return the same day ``months`` later, clamped to the length of the month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    length = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, length))


def boundary_after(anchor, months, day):
    """Return the first anchored boundary later than ``day``."""
    count = 1
    while add_months(anchor, count * months) <= day:
        count += 1
    return add_months(anchor, count * months)


def is_month_end(day):
    """Tell whether a day is the last of its month."""
    return (day + timedelta(days=1)).day == 1


class Clock:
    """Real time plus an offset that survives a restart and only grows."""

    def __init__(self, store, start=None):
        self._store = store
        if start is not None and store.get("meta", "offset") is None:
            self._keep(parse(start) - self._real())

    def now(self):
        """Return the simulator's time."""
        offset = self._store.get("meta", "offset") or 0
        return self._real() + timedelta(seconds=offset)

    def move_to(self, moment):
        """Set the time; the caller runs the world forward first."""
        self._keep(moment - self._real())

    def _keep(self, offset):
        self._store.put("meta", "offset", offset.total_seconds())

    @staticmethod
    def _real():
        return datetime.now(UTC)
