"""Errors in the two documented shapes, and the other one of the rate limiter.

Normal body: ``{"code", "description", "data", "source"}`` (Partner Center REST, "Error
codes"). Newer endpoints answer ``{code, message, description, errorName, isRetryable,
parameters, errorMessageExtended}``. The rate limiter says ``{statusCode, message}``.
"""

from __future__ import annotations

SOURCE = "PartnerFD"


class VendorError(Exception):
    """A refusal that is answered to the caller."""

    def __init__(self, status, code, description, *, data=(), newer=None, headers=None):
        super().__init__(description)
        self.status = status
        self.code = code
        self.description = description
        self.data = list(data)
        self.newer = newer
        self.headers = dict(headers or {})

    def body(self):
        """Return the JSON body."""
        if self.newer:
            return {
                "code": self.code,
                "message": self.description,
                "description": self.description,
                "errorName": self.newer,
                "isRetryable": self.status >= 500,
                "parameters": {},
                "errorMessageExtended": f"InternalErrorCode={self.code}",
            }
        return {
            "code": self.code,
            "description": self.description,
            "data": self.data,
            "source": SOURCE,
        }


class OAuthError(Exception):
    """A refusal of the token endpoint."""

    def __init__(self, status, error, number, description):
        super().__init__(description)
        self.status = status
        self.error = error
        self.number = number
        self.description = description

    def body(self, correlation_id, timestamp):
        """Return the JSON body of the directory service."""
        return {
            "error": self.error,
            "error_description": f"AADSTS{self.number}: {self.description}\r\n"
            f"Correlation ID: {correlation_id}\r\nTimestamp: {timestamp}",
            "error_codes": [self.number],
            "timestamp": timestamp,
            "correlation_id": correlation_id,
        }


def rate_limited(seconds):
    """Return (headers, body) of the rate limiter."""
    return {"Retry-After": str(int(seconds))}, {
        "statusCode": 429,
        "message": f"Rate limit is exceeded. Try again in {int(seconds)} seconds.",
    }


def not_found(code, what):
    """Return the documented 404 of a kind of resource."""
    return VendorError(404, code, f"{what} was not found.")


def invalid(code, description, status=400):
    """Return a plain refusal."""
    return VendorError(status, code, description)
