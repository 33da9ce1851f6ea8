"""Threads that work beside a training, in small portions: Python runs one thread at a time.

Who waits for Python's lock gets it after 5 ms, or when the one that has it waits for something long enough that the
other wakes up meanwhile. So a thread that works beside a training waits a moment after each portion.
"""

from __future__ import annotations

import threading
import time

_PORTION = 0.0005
_MOMENT = 0.00005
"""Seconds. The system adds about as much until a thread that waits for the lock has it."""


class _Pace(threading.local):
    beside = False
    since = 0.0


_pace = _Pace()


def work_beside() -> None:
    """From here on this thread works beside a training."""
    _pace.beside = True


def breathe() -> None:
    """Let the training go on if this thread works beside one, and has for a while."""
    if _pace.beside:
        now = time.perf_counter()
        if now - _pace.since > _PORTION:
            time.sleep(_MOMENT)
            _pace.since = time.perf_counter()
