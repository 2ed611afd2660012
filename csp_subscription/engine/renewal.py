"""When a renewal is due and what follows from an answer, or from none."""

from __future__ import annotations

from datetime import date, timedelta

RENEW = "renew"
CANCEL = "cancel"


def quote_date(term_end: date, lead_days: int) -> date:
    """Return the first day on which the renewal is offered."""
    return term_end - timedelta(days=lead_days)


def is_due(term_end: date | None, today: date, lead_days: int) -> bool:
    """Tell whether the renewal is to be offered: from N days before, until the end."""
    return bool(term_end) and quote_date(term_end, lead_days) <= today < term_end


def is_quoted(term_months: int, lead_days: int) -> bool:
    """Tell whether terms of that length are offered at all.

    A term shorter than the lead time (month by month) simply goes on.
    """
    return term_months * 28 > lead_days


def deadline(term_end: date, notice_days: int) -> date:
    """Return the last day for an answer; on the next one the policy decides.

    Never the end itself: vendors renew on that day and take no instruction then.
    """
    return term_end - timedelta(days=max(1, notice_days) + 1)


def default_decision(policy: str) -> str:
    """Return what silence means: `ask` means that only a yes renews."""
    if policy == "renew":
        return RENEW
    if policy in ("ask", "cancel"):
        return CANCEL
    raise ValueError(f"unknown renewal policy: {policy!r}")


def is_silent(term_end: date, today: date, notice_days: int) -> bool:
    """Tell whether the time for an answer is over."""
    return deadline(term_end, notice_days) < today < term_end


def has_renewed(our_term_end: date | None, vendor_term_end: date | None) -> bool:
    """Tell whether the vendor is in a later term than we know of."""
    return bool(our_term_end and vendor_term_end and vendor_term_end > our_term_end)
