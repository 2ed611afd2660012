"""Bring everything that the other commands need into the work folder."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from devkit import postgres
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


def stop_leftovers(settings: Settings) -> None:
    """Stop programs of this work folder that an interrupted run left behind."""
    for pid_file in sorted(settings.run.glob("*.pid")):
        if stop_leftover(pid_file):
            say(f"    stopped a leftover {pid_file.stem}")
