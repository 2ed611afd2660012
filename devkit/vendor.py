"""The vendor simulator that csp_catalog ships, and who talks to it."""

from __future__ import annotations

import os
from pathlib import Path

from devkit.odoo_run import Context
from devkit.processes import HOST, Service, answers

DEFAULT_PORT = 8790
PROVIDER = "partner_center"
URL_FIELDS = ("base_url", "token_url", "pricesheet_url")


def has_simulator(context: Context) -> bool:
    """Tell whether the installed add-ons include the one with the simulator."""
    return "csp_catalog" in context.settings.addons


def start_simulator(
    context: Context,
    name: str,
    port: int,
    state: Path,
    env: dict[str, str] | None = None,
) -> Service:
    """Start the simulator on loopback and wait until it answers."""
    settings = context.settings
    env = dict(env or {})
    paths = (str(settings.root / "csp_catalog"), env.pop("PYTHONPATH", ""))
    state.mkdir(parents=True, exist_ok=True)
    service = Service(
        name,
        [
            *(settings.python, "-m", "simulator"),
            *("--host", HOST, "--port", str(port), "--state", state),
        ],
        settings.log / f"{name}.log",
        settings.run,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), **env},
    )
    try:
        service.wait_until(lambda: answers(f"http://{HOST}:{port}/_sim/health"), 30)
    except BaseException:
        service.stop()
        raise
    return service


def point_provider(context: Context, database: str, port: int) -> None:
    """Make the simulator's provider record of a stopped Odoo name `port`.

    Only scheme, host and port are replaced; no server may run on the database,
    because its caches would not notice.
    """
    changes = ", ".join(
        f"{field} = regexp_replace({field}, '^https?://[^/]*', 'http://{HOST}:{port}')"
        for field in URL_FIELDS
    )
    context.server.psql(
        f"UPDATE csp_provider SET {changes} WHERE code = '{PROVIDER}'", database
    )
