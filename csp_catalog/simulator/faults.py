"""Faults on demand, so that a client can prove what it does about them.

``timeout_before`` and ``reset`` lose the request, ``timeout_after`` and ``reset_after``
lose the answer of a request that was carried out; with ``seconds`` the connection is
held open that long first.
"""

from __future__ import annotations

import re
import threading
import uuid

BEFORE = ("delay", "timeout_before", "429", "500", "reset", "readonly")
AFTER = ("timeout_after", "malformed", "wrong_customer", "reset_after", "500_after")
KINDS = BEFORE + AFTER


class Faults:
    """The faults to come; each is used up after ``times`` matching requests."""

    def __init__(self):
        self._lock = threading.Lock()
        self._rows = []

    def add(self, values):
        """Add a fault from its JSON form and return it."""
        match = values.get("match") or {}
        row = {
            "id": uuid.uuid4().hex[:8],
            "match": {
                "method": match.get("method") or ".*",
                "path_regex": match.get("path_regex") or ".*",
            },
            "kind": values.get("kind"),
            "times": int(values.get("times", 1)),
            "seconds": float(values.get("seconds", 0)),
            "hits": 0,
        }
        if row["kind"] not in KINDS:
            raise ValueError(f"unknown kind of fault; known: {', '.join(KINDS)}")
        re.compile(row["match"]["method"])
        re.compile(row["match"]["path_regex"])
        with self._lock:
            self._rows.append(row)
        return row

    def take(self, method, path):
        """Return the first matching fault and use it once, or None."""
        with self._lock:
            for row in self._rows:
                if (
                    row["hits"] < row["times"]
                    and re.fullmatch(row["match"]["method"], method)
                    and re.search(row["match"]["path_regex"], path)
                ):
                    row["hits"] += 1
                    return dict(row)
        return None

    def all(self):
        """Return all faults with their number of hits."""
        with self._lock:
            return [dict(row) for row in self._rows]

    def clear(self):
        """Remove all faults."""
        with self._lock:
            self._rows.clear()
