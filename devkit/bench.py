"""`make bench`: measurements on a copy of the plain database, as a table.

A bench is a file `tests/bench/bench_*.py` with a function `run(env)` that returns
a list of results. A result is anything with the attributes (or keys)

* `name`: what was measured,
* `seconds`: how long it took,
* `baseline`: seconds of what it is compared with, or None,
* `note`: anything worth saying, or "".

Each file works on its own copy of the database, in a transaction that is rolled
back unless it commits.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from devkit.databases import Databases
from devkit.errors import DevkitError
from devkit.odoo_run import Context, run_script
from devkit.settings import Settings
from devkit.setup import ready
from devkit.templates import PLAIN, ensure_templates
from devkit.ui import say

DATABASE = "csp_bench"

# Runs inside `odoo shell`, which provides `env`.
SCRIPT = """
import importlib.util, json
spec = importlib.util.spec_from_file_location("bench", {path!r})
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
rows = []
for result in module.run(env):
    get = result.get if isinstance(result, dict) else (
        lambda key, default=None: getattr(result, key, default)
    )
    rows.append({{
        "name": str(get("name")),
        "seconds": float(get("seconds")),
        "baseline": float(get("baseline")) if get("baseline") is not None else None,
        "note": str(get("note") or ""),
    }})
with open({out!r}, "w") as stream:
    json.dump(rows, stream)
"""


def bench(settings: Settings, arguments: Sequence[str]) -> int:
    """Run all benches, or those whose file name contains one of `arguments`."""
    folder = settings.root / "tests" / "bench"
    files = [
        path
        for path in sorted(folder.glob("bench_*.py"))
        if not arguments or any(word in path.name for word in arguments)
    ]
    if not files:
        raise DevkitError(f"There is no bench in {folder} that matches.", 2)
    with ready(settings) as context:
        ensure_templates(context, PLAIN)
        if context.server.own:
            say("Note: the embedded PostgreSQL does not wait for the disk (fsync off).")
        for path in files:
            _table(path.stem, _measure(context, path))
    return 0


def _measure(context: Context, path: Path) -> list[dict]:
    databases = Databases(context.settings, context.server)
    databases.clone(PLAIN.full, DATABASE)
    out = context.settings.run / "bench.json"
    out.unlink(missing_ok=True)
    try:
        script = SCRIPT.format(path=str(path), out=str(out))
        tail = run_script(context, DATABASE, script)
        if not out.exists():
            raise DevkitError(f"{path.name} failed:\n  {tail}")
        return json.loads(out.read_text())
    finally:
        databases.drop(DATABASE)


def _table(title: str, rows: list[dict]) -> None:
    width = max([len(row["name"]) for row in rows] + [len(title)])
    say(f"\n{title:{width}}  {'seconds':>10}  {'baseline':>10}  {'ratio':>7}")
    for row in rows:
        baseline, seconds = row["baseline"], row["seconds"]
        compared = f"{baseline:10.3f}" if baseline is not None else " " * 10
        ratio = f"{seconds / baseline:7.2f}" if baseline else " " * 7
        line = f"{row['name']:{width}}  {seconds:10.3f}  {compared}  {ratio}"
        say(f"{line}  {row['note']}".rstrip())
