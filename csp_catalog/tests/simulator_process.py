"""Start the vendor simulator as a process of its own, for tests.

Imports nothing from odoo, so that plain tests and Odoo tests share it::

    with SimulatorProcess() as simulator:
        config = ProviderConfig(**simulator.provider_values())
        simulator.admin("/_sim/clock", {"advance": {"days": 8}})

Odoo's test cases let requests to 127.0.0.1 through their network guard, so an adapter
can be driven against the simulator inside them as well.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ADDON_PATH = Path(__file__).resolve().parent.parent
START_TIMEOUT = 20.0

# The only client that the simulator knows (see simulator/const.py).
TENANT_ID = "11111111-2222-4333-8444-555555555555"
CLIENT_ID = "66666666-7777-4888-9999-000000000000"
CLIENT_SECRET = "simulator-secret"
REFRESH_TOKEN = "simulator-refresh-token"


class SimulatorProcess:
    """A running simulator; use as a context manager or call start and stop.

    ``state_dir`` may be passed to restart on the same world; a temporary directory is
    used, and removed, otherwise.
    """

    def __init__(self, *, state_dir=None, seed=7, clock=None, port=None):
        self.seed = seed
        self.clock = clock
        self.port = port
        self._own_state_dir = state_dir is None
        self.state_dir = state_dir
        self._process = None
        self._log = None

    # --- life ---------------------------------------------------------------

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exc_info):
        self.stop()

    def start(self):
        """Start the process and wait until it answers."""
        if self.state_dir is None:
            self.state_dir = tempfile.mkdtemp(prefix="csp_simulator_")
        if self.port is None:
            self.port = _free_port()
        command = [
            sys.executable,
            "-m",
            "simulator",
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--state",
            str(self.state_dir),
            "--seed",
            str(self.seed),
        ]
        if self.clock:
            command += ["--clock", self.clock]
        environment = dict(os.environ, PYTHONPATH=str(ADDON_PATH))
        self._log = open(  # noqa: SIM115 - closed in stop()
            Path(self.state_dir) / "simulator.log", "ab"
        )
        self._process = subprocess.Popen(
            command,
            cwd=str(self.state_dir),
            env=environment,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        try:
            self._wait_until_healthy()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self):
        """Stop the process; the temporary world is removed."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._log is not None:
            self._log.close()
            self._log = None
        if self._own_state_dir and self.state_dir:
            shutil.rmtree(self.state_dir, ignore_errors=True)
            self.state_dir = None

    def kill(self):
        """Kill the process as a power cut would; the state directory stays."""
        self._process.kill()
        self._process.wait()
        self._process = None
        self._log.close()
        self._log = None

    # --- talk ---------------------------------------------------------------

    @property
    def url(self):
        """Address without a trailing slash."""
        return f"http://127.0.0.1:{self.port}"

    def provider_values(self, **overrides):
        """Return the keyword arguments of a ProviderConfig for this simulator."""
        return {
            "mode": "test",
            "base_url": self.url,
            "token_url": self.url,
            "pricesheet_url": self.url,
            "tenant_id": TENANT_ID,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "refresh_token": REFRESH_TOKEN,
            "country": "DE",
            "timeout": 30.0,
            **overrides,
        }

    def admin(self, path, payload=None, method=None):
        """Call an admin endpoint and return its JSON (POST when a payload is given)."""
        status, body = self.request(
            method or ("GET" if payload is None else "POST"),
            path,
            None if payload is None else json.dumps(payload),
        )
        if status >= 400:
            raise AssertionError(f"{path} answered {status}: {body[:500]!r}")
        return json.loads(body) if body else None

    def request(self, method, path, body=None, headers=None, timeout=30):
        """Send one raw request; return (status, body bytes)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(
                method,
                path,
                body,
                {"Content-Type": "application/json", **(headers or {})},
            )
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    # --- shortcuts ----------------------------------------------------------

    def state(self):
        """Return the whole world as JSON."""
        return self.admin("/_sim/state")

    def reset(self):
        """Empty the world, the clock offset and the faults."""
        return self.admin("/_sim/reset", {})

    def set_clock(self, now):
        """Move to an ISO instant; the world runs forward through every due event."""
        return self.admin("/_sim/clock", {"now": now})

    def rebase_clock(self, now):
        """Set an empty world to any ISO instant, also an earlier one."""
        return self.admin("/_sim/clock", {"now": now, "rebase": True})

    def advance(self, **amount):
        """Move forward by days=, hours= or seconds=."""
        return self.admin("/_sim/clock", {"advance": amount})

    def add_fault(self, kind, method=".*", path_regex=".*", times=1, seconds=0):
        """Make the next ``times`` matching requests fail in the given way."""
        return self.admin(
            "/_sim/faults",
            {
                "match": {"method": method, "path_regex": path_regex},
                "kind": kind,
                "times": times,
                "seconds": seconds,
            },
        )

    def clear_faults(self):
        """Remove all faults."""
        return self.admin("/_sim/faults", method="DELETE")

    # --- helpers ------------------------------------------------------------

    def _wait_until_healthy(self):
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            try:
                if self.request("GET", "/_sim/health", timeout=2)[0] == 200:
                    return
            except OSError:
                time.sleep(0.05)
        self._log.flush()
        text = (Path(self.state_dir) / "simulator.log").read_text(errors="replace")
        raise RuntimeError(
            f"the simulator did not start at {self.url}:\n{text[-4000:]}"
        )


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
