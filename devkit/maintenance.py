"""`make shell` and `make clean`."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence

from devkit import postgres
from devkit.databases import Databases
from devkit.demo import DATABASE
from devkit.errors import DevkitError, explain_os_error
from devkit.odoo_run import write_config
from devkit.settings import Settings
from devkit.setup import ready, stop_leftovers
from devkit.ui import say


def shell(settings: Settings, arguments: Sequence[str]) -> int:
    """Open Odoo's Python shell on the demo database; changes need env.cr.commit()."""
    with ready(settings) as context:
        if Databases(settings, context.server).note(DATABASE) is None:
            raise DevkitError("There is no demo database yet: run `make demo` first.")
        config = write_config(context, "shell", database=DATABASE)
        command = context.odoo("shell", "-c", config, "--no-http", *arguments)
        return subprocess.run(
            command, env=context.environ(), cwd=settings.run
        ).returncode


def clean(settings: Settings) -> None:
    """Stop what runs, drop our databases, remove the work folder.

    Only what devkit makes is removed, and only from a folder that devkit marked.
    """
    home = settings.home
    if not home.exists():
        say(f"There is nothing at {home}.")
        return
    if not settings.is_marked or home in (settings.root, settings.root.parent):
        raise DevkitError(f"{home} was not made by devkit; nothing is removed.", 2)
    stop_leftovers(settings)
    _drop_databases(settings)
    try:
        foreign = settings.foreign_children()
        for path in home.iterdir():
            if path in foreign:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        if not foreign:
            home.rmdir()
        shutil.rmtree(settings.root / "node_modules", ignore_errors=True)
    except OSError as error:
        raise explain_os_error(error, home) from error
    if foreign:
        names = ", ".join(sorted(path.name for path in foreign))
        say(f"Emptied {home}; left what is not devkit's: {names}.")
    else:
        say(f"Removed {home}.")


def _drop_databases(settings: Settings) -> None:
    """Drop our databases on a server of the person; our own cluster goes whole."""
    if any(os.environ.get(name) for name in postgres.PG_VARIABLES[:3]):
        if not settings.python.exists():
            return
        with postgres.running(settings) as server:
            databases = Databases(settings, server)
            for name in databases.ours():
                databases.drop(name)
                say(f"Dropped the database {name}.")
    else:
        postgres.stop_own(settings)
