"""The world on disk: JSON documents in one SQLite file.

One connection, one re-entrant lock: every request is a transaction that runs alone,
so two identical requests at the same moment have one effect.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import uuid
from contextlib import contextmanager
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS document (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    parent TEXT NOT NULL DEFAULT '',
    number INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE INDEX IF NOT EXISTS document_parent ON document (kind, parent, number);
CREATE TABLE IF NOT EXISTS answer (
    request_id TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    headers TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS request_count (
    method TEXT NOT NULL,
    route TEXT NOT NULL,
    status TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (method, route, status)
);
"""
_TABLES = ("document", "answer", "request_count")
_NAMESPACE = uuid.UUID("5d1cf1c5-0d8a-4ac2-8a5c-3f0f2c6d1e11")


class Store:
    """Documents by kind and id, in order of creation."""

    def __init__(self, directory, seed=7):
        path = Path(directory)
        path.mkdir(parents=True, exist_ok=True)
        self.seed = seed
        self.lock = threading.RLock()
        self._depth = 0
        self._database = sqlite3.connect(
            path / "world.sqlite3", check_same_thread=False, isolation_level=None
        )
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.executescript(_SCHEMA)

    @contextmanager
    def transaction(self):
        """Run alone; commit on success, forget everything on an error."""
        with self.lock:
            if self._depth == 0:
                self._database.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._database.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._database.execute("COMMIT")

    def close(self):
        """Close the file."""
        with self.lock:
            self._database.close()

    # --- documents ----------------------------------------------------------

    def get(self, kind, id_):
        """Return a document or None."""
        with self.lock:
            row = self._database.execute(
                "SELECT body FROM document WHERE kind = ? AND id = ?", (kind, id_)
            ).fetchone()
        return json.loads(row[0]) if row else None

    def put(self, kind, id_, body, parent=""):
        """Store a document; its place in the order never changes."""
        with self.transaction():
            self._database.execute(
                """
                INSERT INTO document (kind, id, parent, number, body)
                VALUES (?, ?, ?,
                    (SELECT COALESCE(MAX(number), 0) + 1 FROM document), ?)
                ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body
                """,
                (kind, id_, parent, json.dumps(body)),
            )

    def delete(self, kind, id_):
        """Remove a document."""
        with self.transaction():
            self._database.execute(
                "DELETE FROM document WHERE kind = ? AND id = ?", (kind, id_)
            )

    def all(self, kind, parent=None):
        """Return the documents of a kind (below a parent), oldest first."""
        query = "SELECT body FROM document WHERE kind = ?"
        values = [kind]
        if parent is not None:
            query += " AND parent = ?"
            values.append(parent)
        with self.lock:
            rows = self._database.execute(query + " ORDER BY number", values).fetchall()
        return [json.loads(row[0]) for row in rows]

    def new_id(self, kind):
        """Return a GUID that depends on the seed and the number of ids before it."""
        with self.transaction():
            number = (self.get("meta", "ids") or 0) + 1
            self.put("meta", "ids", number)
        return str(uuid.uuid5(_NAMESPACE, f"{self.seed}/{kind}/{number}"))

    # --- answers by request id ----------------------------------------------

    def answer(self, request_id):
        """Return (fingerprint, status, headers, body) of an answered request."""
        with self.lock:
            row = self._database.execute(
                "SELECT fingerprint, status, headers, body FROM answer "
                "WHERE request_id = ?",
                (request_id,),
            ).fetchone()
        return (row[0], row[1], json.loads(row[2]), json.loads(row[3])) if row else None

    def keep_answer(self, request_id, fingerprint, status, headers, body):
        """Remember the answer to a request id for ever."""
        with self.transaction():
            self._database.execute(
                "INSERT INTO answer VALUES (?, ?, ?, ?, ?)",
                (
                    request_id,
                    fingerprint,
                    status,
                    json.dumps(headers),
                    json.dumps(body),
                ),
            )

    # --- request log ---------------------------------------------------------

    def count(self, method, route, status):
        """Count one request."""
        with self.transaction():
            self._database.execute(
                """
                INSERT INTO request_count VALUES (?, ?, ?, 1)
                ON CONFLICT (method, route, status) DO UPDATE SET count = count + 1
                """,
                (method, route, str(status)),
            )

    def counts(self):
        """Return the request log as a list of dicts."""
        with self.lock:
            rows = self._database.execute(
                "SELECT method, route, status, count FROM request_count "
                "ORDER BY route, method, status"
            ).fetchall()
        return [
            dict(zip(("method", "route", "status", "count"), row, strict=True))
            for row in rows
        ]

    def reset(self):
        """Forget the whole world."""
        with self.transaction():
            for table in _TABLES:
                self._database.execute(f"DELETE FROM {table}")
