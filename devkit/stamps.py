"""Remember that a step was finished, and with which inputs."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from devkit.errors import explain_os_error


def fingerprint(*parts: str | bytes) -> str:
    """Return a short hash that changes when any part changes."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()[:20]


def is_current(stamp: Path, value: str) -> bool:
    """Tell whether the step behind `stamp` was finished with these inputs."""
    return stamp.is_file() and stamp.read_text() == value


def write(stamp: Path, value: str) -> None:
    """Record a finished step, in one move so that a stop leaves no half stamp."""
    temporary = stamp.with_name(stamp.name + ".part")
    try:
        temporary.write_text(value)
        os.replace(temporary, stamp)
    except OSError as error:
        raise explain_os_error(error, stamp) from error
