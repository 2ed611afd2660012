"""Reading what a browser sent: pure functions, text in, values or None out.

A form field is text from a stranger. Each function accepts exactly one spelling of a
value and answers None for everything else; the caller words the message.
"""

from __future__ import annotations

import re
from decimal import Decimal

from .const import MAX_ID

_DIGITS = re.compile(r"[0-9]{1,10}", re.ASCII)
_AMOUNT = re.compile(r"[0-9]{1,9}([.,][0-9]{1,6})?", re.ASCII)
_TOKEN = re.compile(r"[0-9A-Za-z_-]{16,64}", re.ASCII)
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.ASCII)
# The vendor accepts letters and digits only in front of its own domain.
_PREFIX = re.compile(r"[a-z][a-z0-9]{0,26}", re.ASCII)
_EMAIL = re.compile(r"[^@\s<>\"',;]{1,64}@[^@\s<>\"',;]{1,189}")


def clean(text: object, limit: int = 128) -> str:
    """Return one line of text without outer space, at most ``limit`` characters."""
    if not isinstance(text, str):
        return ""
    return " ".join(text.replace("\x00", "").split())[:limit]


def whole_number(text: object, minimum: int, maximum: int) -> int | None:
    """Return a plain decimal number inside the limits; no signs, no exponents."""
    if not isinstance(text, str) or not _DIGITS.fullmatch(text.strip()):
        return None
    number = int(text)
    return number if minimum <= number <= maximum else None


def amount(text: object, digits: int) -> Decimal | None:
    """Return an amount of money: not negative, no more digits than the currency has."""
    if not isinstance(text, str) or not _AMOUNT.fullmatch(text.strip()):
        return None
    number = Decimal(text.strip().replace(",", "."))
    return number if -number.as_tuple().exponent <= digits else None


def record_id(text: object) -> int | None:
    """Return an id that can exist in the database."""
    return whole_number(text, 1, MAX_ID)


def token(text: object) -> str | None:
    """Return the key that makes sending a form twice have one effect."""
    if not isinstance(text, str) or not _TOKEN.fullmatch(text):
        return None
    return text


def is_email(text: str) -> bool:
    """Tell whether a person could receive mail there."""
    return bool(_EMAIL.fullmatch(text)) and is_domain(text.rpartition("@")[2].lower())


def is_domain(text: str) -> bool:
    """Tell whether the text is a domain name with at least two labels."""
    labels = text.split(".")
    return (
        len(text) <= 253
        and len(labels) >= 2
        and all(_LABEL.fullmatch(label) for label in labels)
        and not labels[-1].isdigit()
    )


def new_domain(text: str, suffix: str) -> str | None:
    """Return the full domain of a tenant to create, from its first part or in full."""
    text = text.lower()
    prefix = text.removesuffix("." + suffix)
    return f"{prefix}.{suffix}" if _PREFIX.fullmatch(prefix) else None


def safe_path(text: object, default: str) -> str:
    """Return a path of this site: never another host, never another scheme."""
    if not isinstance(text, str) or not text.startswith("/"):
        return default
    if text.startswith(("//", "/\\")) or any(ord(char) < 32 for char in text):
        return default
    return text
