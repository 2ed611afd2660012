"""Loaded at start by a Python whose clock libfaketime moves.

Since 3.11 `time.sleep` waits for an absolute monotonic time, which libfaketime
0.9.10 mistakes for a date and refuses. Wait for a span instead, as 3.10 did.
"""

import select
import time


def _sleep(seconds):
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    select.select([], [], [], seconds)


time.sleep = _sleep
