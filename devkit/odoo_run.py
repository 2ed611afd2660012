"""Odoo as a program: its configuration, its runs to the end, its log."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from devkit.databases import data_dir
from devkit.errors import DevkitError
from devkit.odoo_tree import OdooTree
from devkit.postgres import Server
from devkit.processes import HOST, Service, answers, free_port
from devkit.settings import Settings

# The runner takes at most four jobs at once, two of them vendor calls.
CHANNELS = "root:4,root.csp:2"
NO_JOBS = "root:0"

LOG_LINE = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ (\w+) ")
# (pattern, why this line is not a fault of the add-ons); keep it explained.
ALLOWED: tuple[tuple[str, str], ...] = (
    (
        r"odoo\.addons\.base\.models\.ir_cron: "
        r"Job 'Base: Auto-vacuum internal data' \(\d+\) processed no record",
        "Odoo's own clean-up says so on a slow machine, when its time is used up "
        "before the first of its many small jobs is done; it goes on next time.",
    ),
    (
        r'odoo\.sql_db: bad query: b\' UPDATE "(mail_presence|discuss_channel_member)"',
        "Two tabs of one person open or close at once: Odoo's chat writes the same row "
        "twice, the loser is told to try again.",
    ),
    (
        r" ERROR \S+ werkzeug: Error on request: \| BrokenPipeError: \[Errno 32\]",
        "The browser left the page before Odoo had sent the whole answer.",
    ),
    (
        r" ERROR \S+ odoo\.addons\.bus\.websocket: could not serialize access",
        "The same, as the connection of Odoo's chat reports it; none of our add-ons "
        "uses it.",
    ),
)


@dataclass(frozen=True)
class Context:
    """What every command needs once the set-up is done."""

    settings: Settings
    tree: OdooTree
    server: Server
    extra_env: dict[str, str] = field(default_factory=dict)

    def environ(self) -> dict[str, str]:
        """Return the variables for Odoo; the configuration file names the server."""
        env = {**self.server.environ(), **self.extra_env}
        env.pop("PGDATABASE", None)
        env.pop("ODOO_RC", None)
        env["PATH"] = f"{self.settings.venv / 'bin'}:{env.get('PATH', '')}"
        return env

    def odoo(self, *arguments: str | Path) -> list[str]:
        """Return the command line of Odoo."""
        return [str(part) for part in (self.settings.python, "-m", "odoo", *arguments)]


def write_config(
    context: Context,
    name: str,
    *,
    database: str | None = None,
    http_port: int | None = None,
    channels: str = NO_JOBS,
    logfile: Path | None = None,
    smtp_port: int | None = None,
) -> Path:
    """Write a configuration file for one purpose and return its path.

    It holds the database password, so only its owner can read it.
    """
    settings, env = context.settings, context.server.env
    paths = list(context.tree.addons_paths)
    if any(settings.root.glob("*/__manifest__.py")):
        paths.insert(0, settings.root)
    options = {
        "addons_path": ",".join(str(path) for path in paths),
        "data_dir": data_dir(settings, context.server),
        "db_host": env.get("PGHOST", ""),
        "db_port": env.get("PGPORT", ""),
        "db_user": env["PGUSER"],
        "db_password": env.get("PGPASSWORD", ""),
        "db_name": database or "",
        "dbfilter": f"^{database}$" if database else "",
        "db_maxconn": 32,
        "list_db": False,
        "http_interface": HOST,
        "http_port": http_port or free_port(),
        "gevent_port": free_port(),
        "proxy_mode": False,
        "server_wide_modules": "base,rpc,web,queue_job",
        "workers": 0,
        "max_cron_threads": 1,
        # No address-space limit: browsers started from a test would inherit it.
        "limit_memory_hard": 0,
        "limit_time_real": 600,
        "limit_time_cpu": 600,
        "logfile": logfile or "",
        "smtp_server": HOST if smtp_port else "",
        "smtp_port": smtp_port or "",
        "log_db": "",
        "geoip_city_db": "",
        "geoip_country_db": "",
    }
    lines = ["[options]"]
    lines += [f"{key} = {value}" for key, value in options.items() if value != ""]
    lines += ["", "[queue_job]", f"channels = {channels}", ""]
    path = settings.run / f"{name}.conf"
    path.touch(0o600)
    path.write_text("\n".join(lines))
    return path


def run_to_end(
    context: Context,
    name: str,
    arguments: Sequence[str],
    command: Sequence[str] = (),
) -> None:
    """Run Odoo until it stops by itself; its log must be clean.

    :param name: of the configuration and log files of this run.
    :param command: words of an Odoo sub-command, before the other arguments.
    :raise DevkitError: when it fails, or logs a warning or an error.
    """
    log = context.settings.log / f"{name}.log"
    log.unlink(missing_ok=True)
    config = write_config(context, name, logfile=log)
    output = context.settings.log / f"{name}.out"
    output.unlink(missing_ok=True)
    stop = () if command else ("--stop-after-init", "--no-http")
    code = Service(
        name,
        context.odoo(*command, "-c", config, *arguments, *stop),
        output,
        context.settings.run,
        env=context.environ(),
    ).wait_to_end()
    if problems := find_problems(log):
        shown = "\n  ".join(problems[:20])
        raise DevkitError(f"Odoo complained during {name} (log: {log}):\n  {shown}")
    if code:
        tail = "\n  ".join((output.read_text().splitlines() or ["no output"])[-5:])
        raise DevkitError(f"Odoo failed during {name} (log: {log}):\n  {tail}")


def run_script(context: Context, database: str, script: str) -> str:
    """Feed Python to `odoo shell`, which provides `env`; return what it complained of.

    The shell ends with 0 also after an exception, so the caller checks the outcome.
    """
    config = write_config(context, "script", database=database)
    result = subprocess.run(
        context.odoo("shell", "-c", config, "--no-http", "--log-level=warn"),
        input=script,
        env=context.environ(),
        cwd=context.settings.run,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    return "\n  ".join(result.stderr.splitlines()[-15:])


def find_problems(log: Path, allowed: Iterable[tuple[str, str]] = ALLOWED) -> list[str]:
    """Return the log's lines of level WARNING and above.

    A traceback's last line is added to its own line, because it says what failed.
    """
    if not log.exists():
        return []
    problems: list[str] = []
    current = False
    for line in log.read_text(errors="replace").splitlines():
        if match := LOG_LINE.match(line):
            current = match[1] in ("WARNING", "ERROR", "CRITICAL")
            if current:
                problems.append(line.rstrip())
        elif current and re.match(r"[\w.]+(Error|Exception|Warning)\b", line):
            problems[-1] += f" | {line}"
    patterns = [re.compile(pattern) for pattern, _reason in allowed]
    return [
        problem
        for problem in problems
        if not any(pattern.search(problem) for pattern in patterns)
    ]


def start_server(
    context: Context,
    name: str,
    database: str,
    http_port: int,
    log: Path,
    env: dict[str, str] | None = None,
    smtp_port: int | None = None,
) -> Service:
    """Start Odoo with the job runner on one database; wait until it answers.

    :param smtp_port: of a mail server on loopback that takes Odoo's mails.
    """
    config = write_config(
        context,
        name,
        database=database,
        http_port=http_port,
        channels=CHANNELS,
        logfile=log,
        smtp_port=smtp_port,
    )
    service = Service(
        name,
        context.odoo("-c", config),
        log.with_suffix(".out"),
        context.settings.run,
        env={**context.environ(), **(env or {})},
    )
    try:
        service.wait_until(
            lambda: answers(f"http://{HOST}:{http_port}/web/login"), seconds=180
        )
    except BaseException:
        service.stop()
        raise
    return service
