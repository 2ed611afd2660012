"""Programs are stopped with everything they started; ports are chosen openly."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from devkit import processes
from devkit.errors import DevkitError

STUBBORN = """
import signal, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
if "stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(child.pid, flush=True)
time.sleep(600)
"""


def is_alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.fixture
def start(tmp_path):
    services = []

    def start(*words):
        log = tmp_path / "log"
        service = processes.Service(
            "demo", [sys.executable, "-c", STUBBORN, *words], log, tmp_path
        )
        services.append(service)
        service.wait_until(lambda: log.read_text().strip() != "", 20)
        return service, int(log.read_text())

    yield start
    for service in services:
        service.stop(0)


@pytest.mark.parametrize("words", [(), ("stubborn",)])
def test_the_whole_group_stops(start, tmp_path, words):
    service, child = start(*words)
    assert is_alive(child)
    service.stop(seconds=1)
    assert not is_alive(service.pid)
    assert not is_alive(child)
    assert not (tmp_path / "demo.pid").exists()


def test_a_leftover_is_stopped_by_its_file(start, tmp_path):
    service, child = start()
    assert processes.stop_leftover(tmp_path / "demo.pid")
    assert not is_alive(child)
    assert not processes.stop_leftover(tmp_path / "demo.pid")
    assert not service.is_running()


def test_a_reused_process_id_is_left_alone(tmp_path):
    other = subprocess.Popen(["sleep", "600"])
    try:
        (tmp_path / "demo.pid").write_text(f"{other.pid} 12345")
        assert not processes.stop_leftover(tmp_path / "demo.pid")
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_early_death_is_told_with_the_last_line(tmp_path):
    service = processes.Service(
        "demo", ["sh", "-c", "echo out of luck"], tmp_path / "log", tmp_path
    )
    with pytest.raises(DevkitError, match="demo stopped while starting: out of luck"):
        service.wait_until(lambda: False, 20)
    service.stop()


def test_slow_start_is_told(start):
    service, _child = start()
    began = time.monotonic()
    with pytest.raises(DevkitError, match="not ready after 0 s"):
        service.wait_until(lambda: False, 0.2)
    assert time.monotonic() - began < 5


def test_taken_ports():
    with socket.socket() as taken:
        taken.bind((processes.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert processes.choose_port(port, "DEMO_PORT", {}) > port
        with pytest.raises(DevkitError, match=f"Port {port} is taken"):
            processes.choose_port(8069, "DEMO_PORT", {"DEMO_PORT": str(port)})
    assert processes.choose_port(1, "DEMO_PORT", {"DEMO_PORT": str(port)}) == port


@pytest.mark.parametrize("value", ["http", "0", "65536", "-1"])
def test_odd_ports(value):
    with pytest.raises(DevkitError, match="is not a port number"):
        processes.choose_port(8069, "DEMO_PORT", {"DEMO_PORT": value})
