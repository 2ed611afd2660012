"""Start and stop other programs, and find free ports."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from devkit.errors import DevkitError

HOST = "127.0.0.1"
_running: set[Service] = set()


def is_free(port: int) -> bool:
    """Tell whether nothing listens on `port` of this machine's loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a port that the system says is free now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def choose_port(default: int, variable: str, environ: Mapping[str, str]) -> int:
    """Return the port named by `variable`, else the first free one from `default`.

    :raise DevkitError: when the person chose a port and it is taken.
    """
    if chosen := environ.get(variable):
        if not chosen.isdigit() or not 0 < int(chosen) < 65536:
            raise DevkitError(f"{variable}={chosen} is not a port number.", 2)
        if not is_free(int(chosen)):
            raise DevkitError(
                f"Port {chosen} is taken by another program; stop that program or "
                f"set {variable} to a free port.",
                2,
            )
        return int(chosen)
    for port in range(default, default + 50):
        if is_free(port):
            return port
    raise DevkitError(f"No port from {default} to {default + 49} is free.", 2)


class Service:
    """A program in a process group of its own, so that all of it can be stopped.

    :param name: shown in messages and used for the process id file.
    :param log: file that receives the program's output.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        log: Path,
        run: Path,
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.name = name
        self.log = log
        self._pid_file = run / f"{name}.pid"
        stop_leftover(self._pid_file)
        with log.open("ab") as stream:
            self._process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                env=env,
                cwd=cwd or run,
                start_new_session=True,
            )
        self._pid_file.write_text(f"{self._process.pid} {_started_at(self.pid)}")
        _running.add(self)

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_running(self) -> bool:
        return self._process.poll() is None

    def wait_until(self, ready: Callable[[], bool], seconds: float = 120) -> None:
        """Wait until `ready()`; fail when the program ends or takes too long."""
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.is_running():
                raise DevkitError(
                    f"{self.name} stopped while starting: {_last_line(self.log)} "
                    f"(log: {self.log})."
                )
            if time.monotonic() > deadline:
                raise DevkitError(
                    f"{self.name} was not ready after {seconds:.0f} s; log: {self.log}"
                )
            time.sleep(0.1)

    def stop(self, seconds: float = 20) -> None:
        """End the whole group: politely first, by force after `seconds`."""
        stop_group(self.pid, seconds, reap=self._process.poll)
        self._process.wait()
        self._forget()

    def wait_to_end(self) -> int:
        """Wait until the program ends by itself and return its exit code."""
        code = self._process.wait()
        self._forget()
        return code

    def _forget(self) -> None:
        self._pid_file.unlink(missing_ok=True)
        _running.discard(self)


def stop_all() -> None:
    """Stop every program that this process started and that still runs."""
    for service in list(_running):
        service.stop()


def stop_group(
    group: int, seconds: float = 20, reap: Callable[[], object] = lambda: None
) -> None:
    """Send SIGTERM to a process group, and SIGKILL to what is left later."""
    for sign, patience in ((signal.SIGTERM, seconds), (signal.SIGKILL, 5.0)):
        deadline = time.monotonic() + patience
        try:
            os.killpg(group, sign)
            while time.monotonic() < deadline:
                reap()
                os.killpg(group, 0)
                time.sleep(0.05)
        except ProcessLookupError:
            return


def stop_leftover(pid_file: Path) -> bool:
    """Stop a program that an interrupted run left behind; tell whether it was so.

    The start time in the file protects another program that got the same id.
    """
    if not pid_file.is_file():
        return False
    pid, _, started = pid_file.read_text().partition(" ")
    pid_file.unlink()
    if not pid.isdigit() or not started or _started_at(int(pid)) != started:
        return False
    stop_group(int(pid), reap=lambda: _reap(int(pid)))
    return True


def _reap(pid: int) -> None:
    """Collect an ended child; another process's child is no business of ours."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return


def _started_at(pid: int) -> str:
    """Return the kernel's start time of a process, or "" when it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]


def answers(url: str) -> bool:
    """Tell whether a GET of `url` is answered with 200."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=20) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


def _last_line(log: Path) -> str:
    text = log.read_text(errors="replace") if log.exists() else ""
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it printed nothing"
