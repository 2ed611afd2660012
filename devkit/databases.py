"""Databases by purpose, each carrying a note of whose it is and what is in it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from devkit.errors import DevkitError
from devkit.postgres import Server
from devkit.settings import Settings

MARK = "devkit "
# Changes to these do not change what is in a database.
NOT_INSTALLED = {"tests", "readme", "__pycache__", "i18n_extra"}


@dataclass(frozen=True)
class Note:
    """What the comment of a database says.

    :param home: the work folder that made it.
    :param content: fingerprint of what was installed; "" while being built.
    """

    home: str
    content: str

    def text(self) -> str:
        return MARK + json.dumps({"home": self.home, "content": self.content})


class Databases:
    """Create, copy and drop databases together with their file stores."""

    def __init__(self, settings: Settings, server: Server) -> None:
        self.settings = settings
        self.server = server

    def note(self, name: str) -> Note | None:
        """Return the note of a database, or None when there is no such database.

        :raise DevkitError: when a database of this name belongs to somebody else.
        """
        rows = self.server.psql(
            "SELECT coalesce(shobj_description(oid, 'pg_database'), '')"
            f" FROM pg_database WHERE datname = '{name}'"
        )
        if not rows:
            return None
        text = rows[0][0]
        if text.startswith(MARK):
            note = Note(**json.loads(text.removeprefix(MARK)))
            if note.home == str(self.settings.home):
                return note
        raise DevkitError(
            f"The PostgreSQL server already has a database {name} that this folder "
            "did not create; use another server or remove it yourself."
        )

    def set_content(self, name: str, content: str) -> None:
        """Note that a database is finished and what it holds."""
        note = Note(str(self.settings.home), content).text().replace("'", "''")
        self.server.psql(f"COMMENT ON DATABASE \"{name}\" IS '{note}'")

    def create(self, name: str) -> None:
        """Make an empty database for Odoo, replacing our own one of that name."""
        self.drop(name)
        self.server.psql(
            f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'"
            " LC_COLLATE 'C'"
        )
        self.set_content(name, "")
        self.server.psql(
            "CREATE EXTENSION IF NOT EXISTS pg_trgm; GRANT CREATE ON SCHEMA public"
            " TO PUBLIC",
            name,
        )

    def clone(self, template: str, name: str, content: str = "") -> None:
        """Copy a database and its file store, replacing our own one of that name."""
        self.drop(name)
        self.server.psql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        self.set_content(name, content)
        source, target = self.filestore(template), self.filestore(name)
        if source.is_dir():
            # Stored files never change, so the copies can share them.
            shutil.copytree(source, target, copy_function=_link_or_copy)

    def drop(self, name: str) -> None:
        """Remove a database of ours and its file store, if they exist."""
        if self.note(name) is not None:
            self.server.psql(f'DROP DATABASE "{name}" WITH (FORCE)')
        shutil.rmtree(self.filestore(name), ignore_errors=True)

    def ours(self) -> list[str]:
        """Return the names of the databases that this work folder created."""
        home = json.dumps({"home": str(self.settings.home)})[1:-1].replace("'", "''")
        return [
            row[0]
            for row in self.server.psql(
                "SELECT datname FROM pg_database WHERE strpos("
                f"shobj_description(oid, 'pg_database'), '{MARK}{{{home},') = 1"
            )
        ]

    def filestore(self, name: str) -> Path:
        return data_dir(self.settings, self.server) / "filestore" / name


def data_dir(settings: Settings, server: Server) -> Path:
    """Return Odoo's data folder; each server has its own, as names may repeat."""
    if server.own:
        return settings.data_dir
    where = f"{server.env.get('PGHOST', 'local')}-{server.env.get('PGPORT', '5432')}"
    return settings.data_dir.with_name(f"data-{where.replace('/', '_')}")


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def addons_fingerprint(settings: Settings) -> str:
    """Return a fingerprint of everything in the add-ons that gets installed."""
    digest = hashlib.sha256()
    for addon in settings.addons:
        base = settings.addon_path(addon)
        for path in sorted(base.rglob("*")):
            relative = path.relative_to(settings.root)
            if NOT_INSTALLED & set(relative.parts) or not path.is_file():
                continue
            digest.update(str(relative).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:20]
