"""What may go wrong, and what may be done next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ProviderError(Exception):
    """Something went wrong at or on the way to a provider.

    ``message`` is written for a person and says how to mend it. ``code`` is the
    vendor's own code as text. ``details`` is JSON-serialisable and without secrets.
    ``checkpoint``, when set, replaces the stored checkpoint: the next attempt then
    carries a fresh request id, as the vendor asks for after it has answered.
    """

    def __init__(
        self,
        message: str,
        code: str | None = None,
        details: Mapping[str, Any] | None = None,
        *,
        checkpoint: dict | None = None,
    ):
        super().__init__(message)
        self.message = message
        self.code = code
        self.details = dict(details or {})
        self.checkpoint = checkpoint

    def __str__(self):
        return f"{self.message} [{self.code}]" if self.code else self.message


class RetryableError(ProviderError):
    """Nothing happened, or sending again with the same key is harmless.

    ``retry_after`` is the shortest wait in seconds the vendor asked for, or None.
    """

    def __init__(self, message: str, *args, retry_after: float | None = None, **kwargs):
        super().__init__(message, *args, **kwargs)
        self.retry_after = retry_after


class UnknownOutcomeError(ProviderError):
    """The vendor may have done it: look up before anything is sent again."""


class RefusedError(ProviderError):
    """The vendor, or our own configuration, said no. Sending again will not help."""


class AuthError(RefusedError):
    """Our credentials are missing, wrong or expired: an administrator must act."""
