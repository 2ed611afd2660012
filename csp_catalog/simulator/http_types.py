"""Request and response as plain values, between the server and the application."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from .errors import invalid


@dataclass
class Request:
    """One HTTP request, header names in lower case."""

    method: str
    target: str
    headers: dict
    body: bytes = b""
    client: str = "127.0.0.1"

    def __post_init__(self):
        parts = urlsplit(self.target)
        self.path = unquote(parts.path)
        self.query = dict(parse_qsl(parts.query, keep_blank_values=True))

    def json(self):
        """Return the JSON object of the body."""
        try:
            value = json.loads(self.body or b"{}")
        except ValueError:
            raise invalid(2000, "The request body is not valid JSON.") from None
        if not isinstance(value, dict):
            raise invalid(2000, "The request body must be a JSON object.")
        return value

    def header(self, name):
        """Return a header or None."""
        return self.headers.get(name.lower())


@dataclass
class Response:
    """One HTTP answer; ``body`` is JSON-serialisable, bytes or None."""

    status: int = 200
    body: object = None
    headers: dict = field(default_factory=dict)

    def payload(self):
        """Return (content type, bytes)."""
        if self.body is None:
            return None, b""
        if isinstance(self.body, bytes):
            return self.headers.get(
                "Content-Type", "application/octet-stream"
            ), self.body
        text = json.dumps(self.body, ensure_ascii=False)
        return "application/json; charset=utf-8", text.encode()


class Dropped(Exception):
    """No answer: close the connection, hard when ``reset``."""

    def __init__(self, seconds=0.0, reset=False):
        super().__init__("connection dropped")
        self.seconds = seconds
        self.reset = reset
