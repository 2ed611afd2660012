"""README.rst of each add-on, put together from the fragments in its readme folder."""

from __future__ import annotations

import ast
import re
from pathlib import Path

PARTS = (
    ("DESCRIPTION", ""),
    ("CONFIGURE", "Configuration"),
    ("USAGE", "Usage"),
    ("ROADMAP", "Known issues / Roadmap"),
)
NOTE = ".. Made from the folder readme by `make lint ARGS=--fix`; change it there."


def build(addon: Path) -> str:
    """Return the text of an add-on's README.rst."""
    manifest = ast.literal_eval((addon / "__manifest__.py").read_text())
    blocks = [NOTE, _title(manifest["name"], "=")]
    for fragment, title in PARTS:
        path = addon / "readme" / f"{fragment}.md"
        if path.is_file():
            blocks += [_title(title, "-")] if title else []
            blocks.append(_to_rst(path.read_text().strip()))
    return "\n\n".join(blocks) + "\n"


def check(addons: list[Path], fix: bool = False) -> list[Path]:
    """Return the README.rst files that are not up to date; write them with `fix`."""
    stale = []
    for addon in addons:
        path, text = addon / "README.rst", build(addon)
        if not path.is_file() or path.read_text() != text:
            stale.append(path)
            if fix:
                path.write_text(text)
    return [] if fix else stale


def _title(text: str, line: str) -> str:
    return f"{text}\n{line * len(text)}"


def _to_rst(text: str) -> str:
    """Turn the little Markdown that the fragments use into reStructuredText."""
    text = re.sub(r"(?<!`)`([^`\n]+)`(?!`)", r"``\1``", text)
    text = re.sub(r"\[([^\]]+)\]\(([^)]+)\)", r"`\1 <\2>`__", text)
    # A list needs an empty line before it.
    return re.sub(r"(?m)^((?![-*\d ]).+)\n(?=(?:- |1\. ))", r"\1\n\n", text)
