"""A line that says how far a long transfer is: on a terminal alone, and only one at a time."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import TextIO

from flowmill.settings import shows_progress

_AFTER = 1.0
"""Seconds of a transfer that is not worth a line."""
_BETWEEN = 0.1
_CELLS = 30

_shown = threading.Lock()
"""Held by the one who shows a line: the parts of one file among many show none of their own."""


class Bar:
    """Of ``total`` things how many are done; quiet where nobody looks, and while the transfer is short.

    ``what`` begins the line. `step` may be called from any thread.
    """

    def __init__(self, what: str, total: int, stream: TextIO | None = None, after: float = _AFTER) -> None:
        self._what, self._total, self._done = what, total, 0
        self._stream = sys.stderr if stream is None else stream
        self._lock = threading.Lock()
        self._next = time.monotonic() + after
        self._width = 0
        self._mine = False

    def __enter__(self) -> Bar:
        watched = self._stream is not None and self._stream.isatty()  # there is no stderr under pythonw
        self._mine = watched and shows_progress() and _shown.acquire(blocking=False)
        return self

    def step(self) -> None:
        """One more is done."""
        with self._lock:
            self._done += 1
            now = time.monotonic()
            if not self._mine or now < self._next:
                return
            self._next = now + _BETWEEN
            filled = _CELLS * self._done // self._total
            line = f"{self._what} {'█' * filled}{'░' * (_CELLS - filled)} {self._done:,} of {self._total:,}"
            self._stream.write(f"\r{line:<{self._width}}")
            self._stream.flush()
            self._width = len(line)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if not self._mine:
            return
        with self._lock:
            self._mine = False
            if self._width:
                self._stream.write(f"\r{'':<{self._width}}\r")
                self._stream.flush()
        _shown.release()
