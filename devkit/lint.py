"""`make lint`: every checker, each told as passed or failed."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from devkit import readmes, stamps
from devkit.errors import DevkitError
from devkit.python_env import ensure_node, ensure_packages
from devkit.settings import Settings
from devkit.ui import say, step

PRETTY = "{js,xml,css,scss,yaml,yml,json}"


def lint(settings: Settings, fix: bool = False) -> int:
    """Run all checkers, also after one fails; return 1 when any did.

    :param fix: let ruff, prettier and eslint change what they can.
    """
    settings.make_folders()
    ensure_packages(settings)
    node = _ensure_node_modules(settings)
    failed = [
        name
        for name, command, env in _commands(settings, node, fix)
        if not _run(settings, name, command, env)
    ]
    say("==> README.rst of the add-ons")
    stale = readmes.check([settings.root / addon for addon in _addons(settings)], fix)
    for path in stale:
        say(f"{path.relative_to(settings.root)} is out of date; `make lint ARGS=--fix`")
    if stale:
        failed.append("README.rst")
    say(f"lint: {', '.join(failed)} failed" if failed else "lint: all checks passed")
    return 1 if failed else 0


def _commands(
    settings: Settings, node: Mapping[str, str], fix: bool
) -> list[tuple[str, Sequence[str | Path], Mapping[str, str] | None]]:
    tools = settings.venv / "bin"
    packages = settings.root / "node_modules" / ".bin"
    addons = [str(path) for path in _addons(settings)]
    translations = [
        str(path)
        for addon in _addons(settings)
        for path in sorted((settings.root / addon / "i18n").glob("*.po*"))
    ]
    ruff = (tools / "ruff", "check", *(["--fix"] if fix else []), ".")
    layout = (tools / "ruff", "format", *([] if fix else ["--check"]), ".")
    prettier = (
        packages / "prettier",
        *("--write" if fix else "--check", "--log-level=warn"),
        f"**/*.{PRETTY}",
    )
    eslint = (packages / "eslint", "--max-warnings=0", *(["--fix"] if fix else []))
    commands = [
        ("ruff check", ruff, None),
        ("ruff format", layout, None),
        ("pylint-odoo", (tools / "pylint", "--rcfile=.pylintrc", *addons), None),
        ("oca-checks-odoo-module", (tools / "oca-checks-odoo-module", *addons), None),
        ("prettier", prettier, node),
    ]
    if translations:
        commands.append(
            ("oca-checks-po", (tools / "oca-checks-po", *translations), None)
        )
    if any(settings.root.glob("csp_*/static/**/*.js")):
        commands.append(("eslint", (*eslint, "csp_*/static/**/*.js"), node))
    return commands


def _addons(settings: Settings) -> list[Path]:
    """Return the add-on folders of the repository, relative to it."""
    manifests = sorted(settings.root.glob("*/__manifest__.py"))
    if not manifests:
        raise DevkitError(f"There is no add-on in {settings.root}.", 2)
    return [manifest.parent.relative_to(settings.root) for manifest in manifests]


def _run(
    settings: Settings,
    name: str,
    command: Sequence[str | Path],
    env: Mapping[str, str] | None,
) -> bool:
    say(f"==> {name}")
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=settings.root, env=env).returncode == 0


def _ensure_node_modules(settings: Settings) -> Mapping[str, str]:
    """Install prettier and eslint as package-lock.json pins them."""
    env = ensure_node(settings)
    lock = settings.root / "package-lock.json"
    modules = settings.root / "node_modules"
    stamp = modules / "devkit.stamp"
    wanted = stamps.fingerprint(lock.read_bytes())
    if not stamps.is_current(stamp, wanted):
        with step("prettier and eslint (npm, from package-lock.json)"):
            result = subprocess.run(
                ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
                cwd=settings.root,
                env=env,
                capture_output=True,
                text=True,
            )
            if result.returncode:
                lines = result.stderr.strip().splitlines() or ["no message"]
                errors = [line for line in lines if "npm error" in line] or lines
                raise DevkitError(f"npm could not install the linters: {errors[0]}.")
        stamps.write(stamp, wanted)
    return env
