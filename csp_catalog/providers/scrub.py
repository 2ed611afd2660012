"""Take secrets out of what is logged."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlencode

HIDDEN = "***"
MAX_LENGTH = 4000
_SECRET_NAME = re.compile(
    r"password|secret|token|authorization|credential|assertion|api.?key|licen[cs]e.?key"
    r"|^sig$|^code$",
    re.IGNORECASE,
)
# Names that look like secrets and are none ("code" is an OAuth code in forms only).
_HARMLESS = frozenset({"code", "token_type", "tokentype"})
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]+")


class Scrubber:
    """Hide members with telling names, and known secret values anywhere."""

    def __init__(self, secrets: Iterable[str] = ()):
        self._secrets: list[str] = []
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Hide this value from now on."""
        if secret and len(secret) >= 6 and secret not in self._secrets:
            self._secrets.append(secret)

    def text(self, text: str) -> str:
        """Hide secrets in free text."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return _BEARER.sub(rf"\1 {HIDDEN}", text)

    def url(self, parts: SplitResult) -> str:
        """Return host, path and query without secrets."""
        query = urlencode(
            [
                (name, HIDDEN if _is_secret(name, form=True) else value)
                for name, value in parse_qsl(parts.query, keep_blank_values=True)
            ],
            safe="*,:'()",
        )
        host = parts.hostname or ""
        text = f"{parts.scheme}://{host}{parts.path}"
        return self.text(f"{text}?{query}" if query else text)

    def body(self, content: bytes | None, headers: Mapping[str, str]) -> str:
        """Return a body as short text without secrets."""
        if not content:
            return ""
        kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind == "application/x-www-form-urlencoded":
            pairs = parse_qsl(content.decode("utf-8", "replace"))
            shown = [
                (name, HIDDEN if _is_secret(name, form=True) else value)
                for name, value in pairs
            ]
            return self._short(urlencode(shown, safe="*:/"))
        if kind.endswith("json"):
            try:
                value = json.loads(content)
            except ValueError:
                # A cut-off answer may end in the middle of a secret.
                return f"<{len(content)} bytes that are no JSON>"
            return self._short(json.dumps(_hide(value), ensure_ascii=False))
        if kind.startswith("text/") and kind != "text/csv":
            return self._short(content[: 4 * MAX_LENGTH].decode("utf-8", "replace"))
        return f"<{len(content)} bytes of {kind or 'unknown type'}>"

    def _short(self, text: str) -> str:
        text = self.text(text)
        return text if len(text) <= MAX_LENGTH else text[:MAX_LENGTH] + " …"


def _is_secret(name: str, form: bool = False) -> bool:
    if name.lower() in _HARMLESS and not (form and name.lower() == "code"):
        return False
    return bool(_SECRET_NAME.search(name))


def _hide(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: HIDDEN
            if _is_secret(str(name)) and not isinstance(item, (dict, list))
            else _hide(item)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_hide(item) for item in value]
    return value
