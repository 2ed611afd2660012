"""`make test`: one pytest session on copies of the template databases."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from devkit.browser import ensure_browser
from devkit.databases import Databases
from devkit.odoo_run import Context, write_config
from devkit.odoo_tree import ensure_libfaketime
from devkit.settings import Settings
from devkit.setup import exclusive, ready, stop_leftovers
from devkit.templates import DEMO, PLAIN, ensure_templates
from devkit.ui import say

DATABASE = "csp_test"
CONTEXT_VARIABLE = "DEVKIT_CONTEXT"


def test(settings: Settings, arguments: Sequence[str]) -> int:
    """Run all tests, or those that `arguments` select; return pytest's exit code."""
    with exclusive(settings, "test"):
        stop_leftovers(settings, "live-")
        browser = ensure_browser()
        with ready(settings) as context:
            databases = Databases(settings, context.server)
            _drop_copies(databases)
            ensure_templates(context, PLAIN, DEMO)
            databases.clone(PLAIN.full, DATABASE)
            try:
                return _pytest(context, browser, arguments)
            finally:
                # Quietly: the summary of the test runner is the last line.
                _drop_copies(databases)


def _drop_copies(databases: Databases) -> None:
    """Remove the databases of this run, or of one that was killed."""
    for name in databases.ours():
        if name == DATABASE or name.startswith("csp_live_"):
            databases.drop(name)


def _pytest(context: Context, browser: Path, arguments: Sequence[str]) -> int:
    settings = context.settings
    config = write_config(context, "test", database=DATABASE)
    shared = settings.run / "pytest.json"
    shared.touch(0o600)
    shared.write_text(
        json.dumps(
            {
                "server": {
                    "env": dict(context.server.env),
                    "binaries": str(context.server.binaries),
                    "own": context.server.own,
                },
                "browser": str(browser),
                "libfaketime": str(ensure_libfaketime(settings)),
            }
        )
    )
    folders = [
        path
        for path in ("devkit/tests", *settings.addons, "tests")
        if (settings.root / path).is_dir()
    ]
    command = [
        *(settings.python, "-m", "pytest", "--import-mode=importlib"),
        *("-p", "no:cacheprovider", "-p", "devkit.pytest_plugin"),
        *(f"--odoo-database={DATABASE}", f"--odoo-config={config}", "--odoo-http"),
        *arguments,
        *folders,
    ]
    env = {
        **context.environ(),
        CONTEXT_VARIABLE: str(shared),
        "PATH": f"{_browser_folder(settings, browser)}:{context.environ()['PATH']}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    say("==> pytest")
    return subprocess.run(
        [str(part) for part in command], env=env, cwd=settings.root
    ).returncode


def _browser_folder(settings: Settings, browser: Path) -> Path:
    """Return a folder in which Odoo's own browser tests find `chromium`."""
    folder = settings.run / "bin"
    folder.mkdir(exist_ok=True)
    link = folder / "chromium"
    temporary = folder / "chromium.part"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(browser)
    os.replace(temporary, link)
    return folder
