"""Start the command line; keep this file readable by any Python 3.

The version check comes before every other import, because the rest of the
package does not even parse on an old interpreter.
"""

import os
import shutil
import subprocess
import sys

OLDEST = (3, 10)
NEWEST = (3, 13)


def runs(path):
    """Tell whether an interpreter starts; version managers leave stubs behind."""
    return subprocess.call([path, "-c", ""], stderr=subprocess.DEVNULL) == 0


def choose_python(version, which, works=runs):
    """Return the interpreter to run on: None for this one, else a path.

    Raise SystemExit with one sentence when no suitable Python exists.
    """
    if OLDEST <= tuple(version[:2]) <= NEWEST:
        return None
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        path = which("python3.%d" % minor)  # noqa: UP031 - runs on any Python 3
        if path and works(path):
            return path
    raise SystemExit(
        "devkit: Odoo 19 runs on Python %d.%d to %d.%d, but python3 is %d.%d and no "  # noqa: UP031
        "other one was found; install one or call `make PYTHON=/path/to/python3`."
        % (OLDEST + NEWEST + tuple(version[:2]))
    )


def main():
    """Check the interpreter, then hand over to the command line."""
    python = choose_python(sys.version_info, shutil.which)
    if python:
        os.execv(python, [python, "-m", "devkit"] + sys.argv[1:])
    from devkit.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
