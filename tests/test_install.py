"""Each add-on installs, upgrades and uninstalls without a complaint in the log."""

from __future__ import annotations

import pytest

from devkit.databases import Databases
from devkit.live import Shared
from devkit.odoo_run import run_to_end
from devkit.settings import load
from devkit.templates import PLAIN

DATABASE = "csp_live_install"
ADDONS = load().addons


@pytest.fixture(scope="module")
def databases(devkit_shared: Shared):
    """A database with the dependencies only, removed at the end."""
    databases = Databases(devkit_shared.settings, devkit_shared.context.server)
    databases.clone(PLAIN.base, DATABASE)
    yield databases
    databases.drop(DATABASE)


def _states(databases: Databases) -> dict[str, str]:
    names = ", ".join(f"'{name}'" for name in ADDONS)
    rows = databases.server.psql(
        f"SELECT name, state FROM ir_module_module WHERE name IN ({names})", DATABASE
    )
    return dict(row for row in rows)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("addon", ADDONS)
def test_installs_and_upgrades(databases, devkit_shared, addon):
    for action in ("-i", "-u"):
        run_to_end(
            devkit_shared.context,
            f"install{action}-{addon}",
            ["-d", DATABASE, action, addon],
        )
        assert _states(databases)[addon] == "installed"


@pytest.mark.timeout(900)
@pytest.mark.parametrize("addon", ADDONS[::-1])
def test_uninstalls(databases, devkit_shared, addon):
    run_to_end(
        devkit_shared.context,
        f"uninstall-{addon}",
        ["-d", DATABASE, addon],
        command=("module", "uninstall"),
    )
    assert _states(databases)[addon] == "uninstalled"
    left = databases.server.psql(
        f"SELECT name FROM ir_model_data WHERE module = '{addon}'", DATABASE
    )
    assert not left
