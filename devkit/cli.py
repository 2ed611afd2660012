"""The commands behind the Makefile."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence

from devkit import settings as settings_module
from devkit.errors import DevkitError, explain_os_error
from devkit.processes import stop_all
from devkit.settings import Settings
from devkit.ui import say

HELP = """\
make demo    the demo story in a running Odoo, until Ctrl-C (ARGS=--fresh: anew)
make test    all tests (ARGS="-k word" selects some)
make lint    style and static checks
make bench   measurements, as a table
make shell   a Python shell on the demo database
make setup   only fetch and install what the others need
make clean   stop everything and remove the work folder and its databases

Settings, as environment variables:
  DEVKIT_HOME      the work folder                        (default: .devkit)
  ODOO_PATH        an Odoo 19 tree of yours               (default: fetched)
  PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE
                   a PostgreSQL server of yours           (default: embedded)
  CHROMIUM         a Chromium or Chrome of yours          (default: found on PATH)
  DEMO_PORT, SIM_PORT   ports of `make demo`              (default: 8069, 8790)
  DEVKIT_DEBIAN    a mirror of the Debian archive, as a URL
"""


def run(arguments: Sequence[str]) -> int:
    """Execute one command and return the exit code."""
    name, rest = (arguments[0] if arguments else "help"), list(arguments[1:])
    command = COMMANDS.get(name)
    if command is None:
        say(f"devkit: there is no command {name}.\n\n{HELP}")
        return 2
    signal.signal(signal.SIGTERM, _interrupt)
    settings = settings_module.load()
    try:
        return command(settings, rest) or 0
    except DevkitError as error:
        say(f"devkit: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        say("\ndevkit: interrupted; run the same command again to continue.")
        return 130
    except BrokenPipeError:
        # The reader of our output left, as `head` does; there is nobody to tell.
        sys.stdout = open(os.devnull, "w")
        return 1
    except OSError as error:
        if error.filename is None and error.errno is None:
            raise
        say(f"devkit: {explain_os_error(error, error.filename or settings.home)}")
        return 1
    finally:
        stop_all()


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _demo(settings: Settings, rest: list[str]) -> None:
    from devkit.demo import demo

    unknown = set(rest) - {"--fresh", "--once"}
    if unknown:
        raise DevkitError(f"`make demo` does not know {', '.join(sorted(unknown))}.", 2)
    demo(settings, fresh="--fresh" in rest, once="--once" in rest)


def _test(settings: Settings, rest: list[str]) -> int:
    from devkit.testing import test

    return test(settings, rest)


def _lint(settings: Settings, rest: list[str]) -> int:
    from devkit.lint import lint

    return lint(settings, fix="--fix" in rest)


def _bench(settings: Settings, rest: list[str]) -> int:
    from devkit.bench import bench

    return bench(settings, rest)


def _shell(settings: Settings, rest: list[str]) -> int:
    from devkit.maintenance import shell

    return shell(settings, rest)


def _clean(settings: Settings, rest: list[str]) -> None:
    from devkit.maintenance import clean

    clean(settings)


def _setup(settings: Settings, rest: list[str]) -> None:
    from devkit.setup import prepare

    prepare(settings)
    say(f"Everything is in {settings.home}.")


def _help(settings: Settings, rest: list[str]) -> None:
    say(HELP)


COMMANDS: dict[str, Callable[[Settings, list[str]], int | None]] = {
    "demo": _demo,
    "test": _test,
    "lint": _lint,
    "bench": _bench,
    "shell": _shell,
    "setup": _setup,
    "clean": _clean,
    "help": _help,
}
