"""The one error that a person is meant to read."""

from __future__ import annotations

import errno
from pathlib import Path


class DevkitError(Exception):
    """A failure told in one sentence; the command line prints it and exits.

    :param exit_code: 1 when the work failed, 2 when it could not be started.
    """

    def __init__(self, sentence: str, exit_code: int = 1) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


def explain_os_error(error: OSError, path: Path) -> DevkitError:
    """Turn a failed write below `path` into a sentence."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DevkitError(
            f"The disk is full: could not write {path}; make room, or set "
            "DEVKIT_HOME to a folder on another disk, and run the command again."
        )
    return DevkitError(f"Could not write {path}: {error.strerror or error}.")
