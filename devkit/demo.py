"""`make demo`: the story in a running Odoo, until Ctrl-C."""

from __future__ import annotations

import json
import os
import time
from contextlib import ExitStack
from pathlib import Path

from devkit import stamps
from devkit.databases import Databases, addons_fingerprint
from devkit.errors import DevkitError
from devkit.mail import start_mailbox
from devkit.odoo_run import Context, find_problems, run_to_end, start_server
from devkit.processes import HOST, choose_port, free_port
from devkit.settings import Settings
from devkit.setup import exclusive, ready, stop_leftovers
from devkit.templates import DEMO, ensure_templates
from devkit.ui import say, step
from devkit.vendor import DEFAULT_PORT, has_simulator, point_provider, start_simulator

DATABASE = "csp_demo"
HTTP_PORT = 8069


def demo(settings: Settings, fresh: bool = False, once: bool = False) -> None:
    """Show the demo until interrupted.

    :param fresh: throw the demo database away and build it again.
    :param once: stop as soon as it is up (to check that it comes up).
    """
    with exclusive(settings, "demo"):
        stop_leftovers(settings, "demo-")
        _demo(settings, fresh, once)


def _demo(settings: Settings, fresh: bool, once: bool) -> None:
    http_port = choose_port(HTTP_PORT, "DEMO_PORT", os.environ)
    sim_port = choose_port(DEFAULT_PORT, "SIM_PORT", os.environ)
    if http_port != HTTP_PORT and not os.environ.get("DEMO_PORT"):
        say(f"Port {HTTP_PORT} is taken; the demo uses {http_port}.")
    with ready(settings) as context, ExitStack() as stack:
        state = settings.data_dir / "simulator"
        if fresh:
            _forget(context, state)
        simulated = has_simulator(context)
        if simulated:
            simulator = start_simulator(context, "demo-simulator", sim_port, state)
            stack.callback(simulator.stop)
        smtp_port = free_port()
        mailbox = start_mailbox(context, "demo-mailbox", smtp_port)
        stack.callback(mailbox.stop)
        _ensure_database(context)
        if simulated:
            point_provider(context, DATABASE, sim_port)
        log = settings.log / "odoo.log"
        log.unlink(missing_ok=True)
        with step("starting Odoo"):
            odoo = start_server(
                context, "demo-odoo", DATABASE, http_port, log, smtp_port=smtp_port
            )
        stack.callback(odoo.stop)
        _tell(settings, http_port, sim_port if simulated else None, log)
        try:
            while not once:
                time.sleep(0.5)
                for service in (odoo, mailbox, *((simulator,) if simulated else ())):
                    if not service.is_running():
                        raise DevkitError(
                            f"{service.name} stopped by itself; log: {log}"
                        )
        except KeyboardInterrupt:
            say("\nStopping Odoo, the simulator and PostgreSQL.")
        if problems := find_problems(log):
            say(f"The log holds {len(problems)} warnings or errors: {log}")


def _ensure_database(context: Context) -> None:
    """Make the demo database, or bring it up to date with the add-ons."""
    databases = Databases(context.settings, context.server)
    content = stamps.fingerprint(
        context.tree.fingerprint, addons_fingerprint(context.settings)
    )
    note = databases.note(DATABASE)
    if note is None or not note.content:
        ensure_templates(context, DEMO)
        databases.clone(DEMO.full, DATABASE, content)
    elif note.content != content:
        with step("the add-ons changed: updating the demo database"):
            addons = ",".join(context.settings.addons)
            try:
                run_to_end(context, "update-demo", ["-d", DATABASE, "-u", addons])
            except DevkitError as error:
                raise DevkitError(
                    f"{error}\nThe demo database could not be updated; "
                    "`make demo ARGS=--fresh` builds it again."
                ) from error
        databases.set_content(DATABASE, content)


def _forget(context: Context, state: Path) -> None:
    Databases(context.settings, context.server).drop(DATABASE)
    for file in sorted(state.rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()


def read_logins(settings: Settings) -> list[dict[str, str]]:
    """Return the demo's logins: role, login, password and url of each.

    :raise DevkitError: when the file is not a list of such entries.
    """
    path = settings.root / "csp_partner_portal" / "demo" / "logins.json"
    if not path.is_file():
        return [
            {
                "role": "administrator",
                "login": "admin",
                "password": "admin",
                "url": "/odoo",
            }
        ]
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        return [
            {key: str(entry[key]) for key in ("role", "login", "password", "url")}
            for entry in entries
        ]
    except (ValueError, TypeError, KeyError) as error:
        raise DevkitError(f"{path} is not a list of logins ({error!r}).") from error


def _tell(settings: Settings, port: int, sim_port: int | None, log: Path) -> None:
    base = f"http://{HOST}:{port}"
    say("")
    say(f"  Shop         {base}/shop")
    say(f"  Back office  {base}/odoo")
    say(f"  Portal       {base}/my")
    if sim_port:
        say(f"  Vendor       http://{HOST}:{sim_port}/  (simulator)")
    say("")
    logins = read_logins(settings)
    width = max(len(entry["role"]) for entry in logins)
    login_width = max(len(entry["login"]) for entry in logins)
    for entry in logins:
        url = entry["url"] if "://" in entry["url"] else base + entry["url"]
        say(
            f"  {entry['role']:{width}}  {entry['login']:{login_width}}  "
            f"{entry['password']}  {url}"
        )
    say("")
    say(f"  Log: {log}")
    say(f"  Mails: {settings.data_dir / 'mail' / 'new'}")
    say("  Ctrl-C stops everything.")
