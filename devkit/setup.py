"""Bring everything that the other commands need into the work folder."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from devkit import postgres
from devkit.errors import DevkitError
from devkit.odoo_run import Context
from devkit.odoo_tree import OdooTree, ensure_libfaketime, ensure_odoo
from devkit.processes import stop_leftover
from devkit.python_env import ensure_python
from devkit.settings import Settings
from devkit.ui import say


def prepare(settings: Settings) -> OdooTree:
    """Fetch what is missing; only one command at a time does so."""
    settings.make_folders()
    with (settings.run / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("==> waiting for another command that is setting up")
            fcntl.flock(lock, fcntl.LOCK_EX)
        tree = ensure_odoo(settings)
        ensure_python(settings, tree)
        ensure_libfaketime(settings)
    return tree


@contextmanager
def ready(settings: Settings) -> Iterator[Context]:
    """Provide a prepared Odoo and a running PostgreSQL for the block."""
    tree = prepare(settings)
    with postgres.running(settings) as server:
        yield Context(settings, tree, server)


@contextmanager
def exclusive(settings: Settings, command: str) -> Iterator[None]:
    """Let one `make` of this name at a time work in the folder.

    The lock belongs to the process, so none is left behind by a killed one.
    """
    settings.make_folders()
    with (settings.run / f"{command}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DevkitError(
                f"`make {command}` is already running for {settings.home}.", 2
            ) from error
        yield


def stop_leftovers(settings: Settings, prefix: str = "") -> None:
    """Stop programs of this work folder that an interrupted run left behind."""
    for pid_file in sorted(settings.run.glob(f"{prefix}*.pid")):
        if stop_leftover(pid_file):
            say(f"    stopped a leftover {pid_file.stem}")
