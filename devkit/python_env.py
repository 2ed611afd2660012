"""The virtual environment: locked packages, OCA add-ons and the path to Odoo."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

from devkit import stamps
from devkit.download import fetch
from devkit.errors import DevkitError
from devkit.odoo_tree import OdooTree
from devkit.settings import Settings
from devkit.ui import say, step

HERE = Path(__file__).parent
LOCK = HERE / "requirements.lock"
OCA_LOCK = HERE / "requirements-oca.lock"
NODE_LOCK = HERE / "requirements-node.lock"
PTH = "devkit-odoo.pth"


def read_lock(text: str) -> dict[str, list[str]]:
    """Return {requirement line: its hashes} of a lock file.

    :raise DevkitError: when a requirement is not pinned or carries no hash.
    """
    pins: dict[str, list[str]] = {}
    for line in text.replace("\\\n", " ").splitlines():
        line = line.partition(" #")[0].strip()
        if not line or line.startswith("#"):
            continue
        requirement = line.partition(" --hash")[0].strip()
        hashes = re.findall(r"--hash=sha256:([0-9a-f]{64})", line)
        if "==" not in requirement or not hashes:
            raise DevkitError(f"The lock file does not pin {requirement} by hash.", 2)
        pins[requirement] = hashes
    return pins


def ensure_python(settings: Settings, tree: OdooTree) -> None:
    """Bring the environment in line with the lock files and the Odoo tree."""
    ensure_packages(settings)
    pth = _site_packages(settings) / PTH
    line = f"{tree.package_path}\n"
    if not (pth.is_file() and pth.read_text() == line):
        pth.write_text(line)


def ensure_packages(settings: Settings) -> None:
    """Bring the environment in line with the lock files."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    wanted = stamps.fingerprint(version, LOCK.read_bytes(), OCA_LOCK.read_bytes())
    stamp = settings.venv / "devkit.stamp"
    if not (stamps.is_current(stamp, wanted) and _works(settings, version)):
        with step(f"Python {version} environment from the lock file"):
            read_lock(LOCK.read_text())
            stamp.unlink(missing_ok=True)
            if not _works(settings, version):
                _create(settings)
            # pip must not see Odoo: its metadata names packages that have
            # other names here (psycopg2-binary), and pip would complain.
            for path in _site_packages(settings).glob("*odoo.pth"):
                path.unlink()
            _pip(settings, "--require-hashes", "-r", str(LOCK))
            _pip(settings, "--require-hashes", "--no-deps", "-r", str(OCA_LOCK))
        stamps.write(stamp, wanted)


def ensure_node(settings: Settings) -> dict[str, str]:
    """Return the variables under which `npm` runs, fetching Node when missing."""
    if shutil.which("npm") and shutil.which("node"):
        return dict(os.environ)
    stamp = settings.venv / "node.stamp"
    wanted = stamps.fingerprint(NODE_LOCK.read_bytes())
    if not stamps.is_current(stamp, wanted):
        with step("Node.js (for prettier and eslint), as a Python wheel"):
            _pip(settings, "--require-hashes", "--no-deps", "-r", str(NODE_LOCK))
        stamps.write(stamp, wanted)
    path = f"{settings.venv / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**os.environ, "PATH": path}


def _works(settings: Settings, version: str) -> bool:
    """Tell whether the environment exists, runs, and has this Python version."""
    if not settings.python.exists():
        return False
    code = "import pip, sys; print('%d.%d' % sys.version_info[:2])"
    result = subprocess.run(
        [settings.python, "-c", code], capture_output=True, text=True
    )
    return result.returncode == 0 and result.stdout.strip() == version


def _create(settings: Settings) -> None:
    """Make a new environment, also where Debian split off `python3-venv`."""
    shutil.rmtree(settings.venv, ignore_errors=True)
    command = [sys.executable, "-m", "venv", str(settings.venv)]
    if _has_module("ensurepip"):
        _run(command, "Could not create the Python environment")
        return
    say("    python3-venv is not installed; fetching pip itself")
    if not _has_module("venv"):
        raise DevkitError("This Python lacks the `venv` module; install python3.", 2)
    _run([*command, "--without-pip"], "Could not create the Python environment")
    wheel = _fetch_pip(settings)
    _run(
        [settings.python, f"{wheel}/pip", "install", "--no-index", "-q", str(wheel)],
        "Could not install pip",
    )


def _has_module(name: str) -> bool:
    code = f"import {name}"
    return not subprocess.run(
        [sys.executable, "-c", code], capture_output=True
    ).returncode


def _fetch_pip(settings: Settings) -> Path:
    """Fetch the newest stable pip wheel from the index that pip would use."""
    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")
    request = urllib.request.Request(
        f"{index}/pip/", headers={"Accept": "application/vnd.pypi.simple.v1+json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            files = json.load(response)["files"]
    except (OSError, ValueError) as error:
        raise DevkitError(f"Could not ask {index} for pip: {error}.") from error
    wheels = [
        file
        for file in files
        if re.fullmatch(r"pip-[\d.]+-py3-none-any\.whl", file["filename"])
    ]
    newest = max(wheels, key=lambda file: _version_key(file["filename"]))
    target = settings.downloads / newest["filename"]
    return fetch([newest["url"]], target, newest["hashes"]["sha256"])


def _version_key(file_name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in file_name.split("-")[1].split("."))


def _site_packages(settings: Settings) -> Path:
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return settings.venv / "lib" / f"python{version}" / "site-packages"


def _pip(settings: Settings, *arguments: str) -> None:
    command = [settings.python, "-m", "pip", "install", "--disable-pip-version-check"]
    log = settings.log / "pip.log"
    with log.open("a", encoding="utf-8") as stream:
        process = subprocess.Popen(
            [*command, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        last = ""
        for line in process.stdout or ():
            stream.write(line)
            if line.startswith("Collecting "):
                say("    " + line.split(" (from")[0].strip())
            if line.startswith("ERROR"):
                last = line.strip()
    if process.wait():
        reason = last.removeprefix("ERROR: ").rstrip(".") or "no reason given"
        if "No space left" in reason:
            raise DevkitError("The disk is full: pip could not install the packages.")
        raise DevkitError(
            f"pip could not install the locked packages: {reason}; check the network "
            f"or the proxy and run the command again (log: {log})."
        )


def _run(command: list[str | Path], failure: str) -> None:
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        lines = (result.stderr or result.stdout).strip().splitlines() or ["no output"]
        raise DevkitError(f"{failure}: {lines[-1]}.")
