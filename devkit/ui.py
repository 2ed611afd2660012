"""What the person sees: one line per step, and progress for the long ones."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


def say(text: str) -> None:
    """Print one line at once, also when the output is a file or a pipe."""
    print(text, flush=True)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Announce a step and, when it ends well, how many seconds it took."""
    say(f"==> {title}")
    started = time.monotonic()
    yield
    say(f"    done in {time.monotonic() - started:.0f} s")


class Progress:
    """Show how far a download is: a moving line on a terminal, else 10 % steps."""

    def __init__(self, label: str, total: int | None) -> None:
        self.label = label
        self.total = total
        self._shown = -1

    def update(self, done: int) -> None:
        """Show `done` bytes when that is news."""
        if not self.total:
            return
        percent = min(100, done * 100 // self.total)
        mark = percent if sys.stdout.isatty() else percent // 10
        if mark == self._shown:
            return
        self._shown = mark
        line = f"    {self.label}: {percent:3d} % of {self.total / 1e6:.1f} MB"
        if sys.stdout.isatty():
            print(f"\r{line}", end="\n" if percent == 100 else "", flush=True)
        else:
            say(line)
