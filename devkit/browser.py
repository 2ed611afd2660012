"""Find Chromium for the tests that click, or get it where the system allows."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from devkit.errors import DevkitError
from devkit.ui import say

NAMES = ("chromium", "google-chrome-stable", "google-chrome", "chromium-browser")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_browser() -> Path | None:
    """Return the browser that CHROMIUM names, or one on the PATH.

    :raise DevkitError: when CHROMIUM names something that cannot be run.
    """
    if own := os.environ.get("CHROMIUM"):
        found = shutil.which(own)
        if not found:
            raise DevkitError(f"CHROMIUM={own} is not a program that can be run.", 2)
        return Path(found)
    paths = (shutil.which(name) for name in NAMES)
    return next((Path(path) for path in paths if path), None)


def ensure_browser() -> Path:
    """Return a browser, installing Debian's Chromium when we are root.

    A browser needs dozens of system libraries, so it is the one thing that is
    not kept in the work folder.
    """
    if found := find_browser():
        return found
    apt = shutil.which("apt-get")
    if os.geteuid() != 0 or not apt:
        raise DevkitError(
            "The browser tests need Chromium, which only an administrator can "
            "install: run `sudo apt-get install chromium`, or set CHROMIUM to a "
            "Chrome or Chromium that you have.",
            2,
        )
    say("==> Chromium: installing the system package (apt-get install chromium)")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["update", "-q"],
        ["install", "-y", "-q", "--no-install-recommends", "chromium"],
    ):
        result = subprocess.run(
            [apt, *command], env=env, capture_output=True, text=True
        )
        if result.returncode:
            lines = result.stderr.strip().splitlines() or ["no message"]
            raise DevkitError(f"apt-get {command[0]} failed: {lines[-1]}.")
    found = find_browser()
    if not found:
        raise DevkitError("apt-get installed chromium, but it is not on the PATH.")
    return found
