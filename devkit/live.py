"""A whole system for one test: database copy, vendor simulator, Odoo server."""

from __future__ import annotations

import datetime
import http.cookiejar
import json
import os
import shutil
import time
import urllib.request
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from devkit import settings as settings_module
from devkit.databases import Databases
from devkit.errors import DevkitError
from devkit.odoo_run import Context, find_problems, start_server
from devkit.odoo_tree import ensure_odoo
from devkit.postgres import Server
from devkit.processes import HOST, Service, free_port
from devkit.templates import DEMO
from devkit.testing import CONTEXT_VARIABLE
from devkit.vendor import has_simulator, point_provider, start_simulator

# How long work under way may go on before its server is stopped all the same.
WORK_SECONDS = 120
# So often in a row, half a second apart, nothing may be under way.
QUIET_LOOKS = 6


class Shared:
    """What `make test` prepared, as read back inside the pytest process."""

    def __init__(self) -> None:
        path = os.environ.get(CONTEXT_VARIABLE)
        if not path:
            raise DevkitError("These tests run through `make test`.", 2)
        data = json.loads(Path(path).read_text())
        server = data["server"]
        self.settings = settings_module.load()
        self.context = Context(
            self.settings,
            ensure_odoo(self.settings),
            Server(server["env"], Path(server["binaries"]), server["own"]),
        )
        self.browser = Path(data["browser"])
        self.libfaketime = Path(data["libfaketime"])


class RpcError(Exception):
    """The server refused a call; `name` is the Python class of its exception."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        data = error.get("data") or {}
        super().__init__(data.get("message") or error.get("message"))
        self.name: str = data.get("name", "")


class Rpc:
    """A signed-in user who calls methods as the web client does.

    :raise RpcError: when the login or a call is refused.
    """

    def __init__(self, url: str, database: str, login: str, password: str) -> None:
        self._url = url
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
        )
        session = self.post(
            "/web/session/authenticate",
            {"db": database, "login": login, "password": password},
        )
        self.uid: int = session["uid"]

    def call(
        self,
        model: str,
        method: str,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call a public method; the first of `args` is usually the list of ids."""
        return self.post(
            f"/web/dataset/call_kw/{model}/{method}",
            {
                "model": model,
                "method": method,
                "args": list(args),
                "kwargs": dict(kwargs or {}),
            },
        )

    def post(self, path: str, params: Mapping[str, Any]) -> Any:
        """Send a JSON-RPC request to any route of type jsonrpc."""
        body = json.dumps({"jsonrpc": "2.0", "params": params}).encode()
        request = urllib.request.Request(
            self._url + path, body, {"Content-Type": "application/json"}
        )
        with self._opener.open(request, timeout=120) as response:
            answer = json.load(response)
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer.get("result")


class LiveSystem:
    """Odoo with the job runner on a copy of the demo database.

    Started by the constructor; `stop()` removes everything but the logs.

    :ivar url: address of Odoo, without a slash at the end.
    :ivar sim_url: address of the vendor simulator, or "" without one.
    :ivar odoo_log: log file of the server, kept after the test.
    :ivar database: name of the copy.
    """

    def __init__(
        self, shared: Shared, offset: datetime.timedelta = datetime.timedelta()
    ) -> None:
        self._shared = shared
        self._context = shared.context
        settings = shared.settings
        token = uuid.uuid4().hex[:8]
        self.database = f"csp_live_{token}"
        self.odoo_log = settings.log / f"live-{token}.log"
        self._state = settings.run / f"live-{token}"
        self._names = (f"live-{token}-odoo", f"live-{token}-simulator")
        self._ports = (free_port(), free_port())
        self._odoo: Service | None = None
        self._simulator: Service | None = None
        self.url = f"http://{HOST}:{self._ports[0]}"
        self.sim_url = ""
        self._databases = Databases(settings, self._context.server)
        self._databases.clone(DEMO.full, self.database)
        try:
            if has_simulator(self._context):
                self.sim_url = f"http://{HOST}:{self._ports[1]}"
                point_provider(self._context, self.database, self._ports[1])
            self._start(offset)
        except BaseException:
            self.stop()
            raise

    def _start(self, offset: datetime.timedelta) -> None:
        env = self._clock(offset)
        if self.sim_url:
            self._simulator = start_simulator(
                self._context, self._names[1], self._ports[1], self._state, env
            )
        self._odoo = start_server(
            self._context,
            self._names[0],
            self.database,
            self._ports[0],
            self.odoo_log,
            env,
        )

    def _clock(self, offset: datetime.timedelta) -> dict[str, str]:
        """Return the variables that move a program's clock by `offset`.

        ODOO_FAKETIME_TEST_MODE makes Odoo move the database's now() likewise.
        """
        if not offset:
            return {}
        return {
            "LD_PRELOAD": str(self._shared.libfaketime),
            "FAKETIME": f"{offset.total_seconds():+.0f}",
            "DONT_FAKE_MONOTONIC": "1",
            "ODOO_FAKETIME_TEST_MODE": "1",
            "PYTHONPATH": str(Path(__file__).parent / "moved_clock"),
        }

    def restart(self, offset: datetime.timedelta = datetime.timedelta()) -> None:
        """Stop Odoo and the simulator and start them `offset` from the real time.

        The offset counts from the real clock, not from the last offset.
        """
        self._stop_services()
        if not offset:
            self.psql("DROP FUNCTION IF EXISTS public.now()")
        self._start(offset)

    def rpc(self, login: str, password: str) -> Rpc:
        """Sign in and return something to call methods with."""
        return Rpc(self.url, self.database, login, password)

    def psql(self, sql: str) -> list[list[str]]:
        """Run SQL on the copy; return the rows as text."""
        return self._context.server.psql(sql, self.database)

    def problems(self) -> list[str]:
        """Return the warnings and errors that the server logged so far."""
        return find_problems(self.odoo_log)

    def _wait_for_work(self) -> None:
        """Let jobs and scheduled actions under way end before their server stops.

        A running scheduled action holds the lock on its row.
        """
        deadline = time.monotonic() + WORK_SECONDS
        quiet = 0
        while quiet < QUIET_LOOKS and time.monotonic() < deadline:
            crons = self.psql(
                "SELECT (SELECT count(*) FROM ir_cron) - count(*)"
                " FROM (SELECT 1 FROM ir_cron FOR UPDATE SKIP LOCKED) AS free"
            )
            jobs = self.psql(
                "SELECT count(*) FROM queue_job WHERE state IN ('enqueued', 'started')"
                " OR (state = 'pending' AND eta IS NULL)"
            )
            quiet = quiet + 1 if crons == jobs == [["0"]] else 0
            time.sleep(0.5)

    def _stop_services(self) -> None:
        if self._odoo:
            self._wait_for_work()
        for service in (self._odoo, self._simulator):
            if service:
                service.stop()
        self._odoo = self._simulator = None

    def stop(self) -> None:
        """Stop the programs and remove the copy; safe to call twice."""
        self._stop_services()
        self._databases.drop(self.database)
        (self._shared.settings.run / f"{self._names[0]}.conf").unlink(missing_ok=True)
        shutil.rmtree(self._state, ignore_errors=True)
