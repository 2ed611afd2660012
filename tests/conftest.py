"""Fixtures for tests that need a whole system or a browser.

They work inside `make test`, which prepares the databases and the browser.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator

import pytest

from devkit.browser import FLAGS
from devkit.live import LiveSystem, Shared
from devkit.settings import Settings


@pytest.fixture(scope="session")
def devkit_shared() -> Shared:
    """The prepared Odoo tree, PostgreSQL server, browser and libfaketime."""
    return Shared()


@pytest.fixture(scope="session")
def devkit_settings(devkit_shared: Shared) -> Settings:
    """The folders of this run."""
    return devkit_shared.settings


@pytest.fixture(scope="module")
def live_system(devkit_shared: Shared) -> Iterator[Callable[..., LiveSystem]]:
    """A factory of running systems; call it as `live_system(offset=timedelta(...))`.

    All of them stop at the end of the test module. A warning or an error in the
    log of one of them fails the module's last test, with the lines shown.
    """
    systems: list[LiveSystem] = []

    def start(offset: datetime.timedelta = datetime.timedelta()) -> LiveSystem:
        system = LiveSystem(devkit_shared, offset)
        systems.append(system)
        return system

    yield start
    problems = []
    for system in systems:
        system.stop()
        problems += [f"{system.odoo_log.name}: {line}" for line in system.problems()]
    assert not problems, "Odoo logged problems:\n" + "\n".join(problems)


@pytest.fixture(scope="session")
def browser(devkit_shared: Shared):
    """A Playwright browser; open `browser.new_context().new_page()` per test."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=str(devkit_shared.browser), args=list(FLAGS)
        )
        yield chromium
        chromium.close()
