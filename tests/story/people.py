"""The people of the demo, as `make demo` prints them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

LOGINS = Path(__file__).parents[2] / "csp_partner_portal" / "demo" / "logins.json"


@dataclass(frozen=True)
class Person:
    """Somebody who signs in."""

    role: str
    login: str
    password: str


def load_people() -> dict[str, Person]:
    """Return the demo people by the first part of their login."""
    return {
        row["login"].partition("@")[0]: Person(
            row["role"], row["login"], row["password"]
        )
        for row in json.loads(LOGINS.read_text())
    }
