"""Vendor answers that are no success, as our typed errors."""

from __future__ import annotations

from typing import Any

from .. import base
from ..http import Answer
from . import const


def from_answer(answer: Answer, is_write: bool) -> base.ProviderError:
    """Return the error that an answer with status 4xx or 5xx stands for."""
    code, text = parse(answer)
    details = {"status": answer.status, "vendor_message": text[:500]}
    if answer.status == 429:
        return base.RetryableError(
            "The vendor asks us to slow down.",
            code or "429",
            details,
            retry_after=retry_after(answer) or 10.0,
        )
    if answer.status == 408 or answer.status >= 500:
        kind = base.UnknownOutcomeError if is_write else base.RetryableError
        return kind("The vendor's system has a problem.", code, details)
    if code in const.RETRYABLE_CODES or answer.status == 409 and code == "409":
        wait = max(
            const.RETRYABLE_CODES.get(code, const.READ_ONLY_WAIT),
            retry_after(answer) or 0.0,
        )
        return base.RetryableError(
            "The vendor is busy with this record; it is tried again.",
            code,
            details,
            retry_after=wait,
        )
    if code in const.AUTH_CODES:
        return base.AuthError(const.AUTH_CODES[code], code, details)
    if answer.status == 401:
        return base.AuthError(
            "The vendor does not accept our sign-in. Renew the provider's credentials.",
            code,
            details,
        )
    message = const.REFUSALS.get(code) or (
        f"The vendor refused the request: {text[:300] or 'no reason given'}"
    )
    return base.RefusedError(message, code, details)


def parse(answer: Answer) -> tuple[str, str]:
    """Return (code, text) from any of the three documented bodies."""
    try:
        body: Any = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return str(answer.status), ""
    code = body.get("code", body.get("statusCode", answer.status))
    text = body.get("description") or body.get("message") or ""
    return str(code), str(text)


def retry_after(answer: Answer) -> float | None:
    """Return the seconds of a Retry-After header; dates are not used there."""
    value = answer.headers.get("Retry-After", "")
    return float(value) if value.strip().isdigit() else None


def wrong_customer(is_write: bool) -> base.ProviderError:
    """Return the error for an answer that is about somebody else's data."""
    kind = base.UnknownOutcomeError if is_write else base.RetryableError
    return kind("The vendor answered with another customer's data.", "wrong_customer")
