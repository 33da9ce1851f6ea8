"""A line that says how far a long transfer is: on a terminal alone, and only one at a time."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from types import TracebackType
from typing import BinaryIO, TextIO, cast

from flowmill.settings import shows_progress

_AFTER = 1.0
"""Seconds of a transfer that is not worth a line."""
_BETWEEN = 0.1
_CELLS = 30

_shown = threading.Lock()
"""Held by the one who shows a line: the parts of one file among many show none of their own."""


class Bar:
    """Of ``total`` things how many are done; quiet where nobody looks, and while the transfer is short.

    ``what`` begins the line. ``of_bytes``: the things are bytes, shown in MB. `step` and `move_to` may be called from
    any thread.
    """

    def __init__(
        self, what: str, total: int, stream: TextIO | None = None, after: float = _AFTER, *, of_bytes: bool = False
    ) -> None:
        self._what, self._total, self._done = what, total, 0
        self._of_bytes = of_bytes
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
            self._show()

    def move_to(self, done: int) -> None:
        """So many are done; fewer than before, where something has to be done again."""
        with self._lock:
            self._done = done
            self._show()

    def _show(self) -> None:
        if not self._mine or (now := time.monotonic()) < self._next:
            return
        self._next = now + _BETWEEN
        filled = _CELLS * self._done // max(1, self._total)
        line = f"{self._what} {'█' * filled}{'░' * (_CELLS - filled)} {self._count()}"
        self._stream.write(f"\r{line:<{self._width}}")
        self._stream.flush()
        self._width = len(line)

    def _count(self) -> str:
        if self._of_bytes:
            return f"{self._done / 1e6:,.1f} of {self._total / 1e6:,.1f} MB"
        return f"{self._done:,} of {self._total:,}"

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if not self._mine:
            return
        with self._lock:
            self._mine = False
            if self._width:
                self._stream.write(f"\r{'':<{self._width}}\r")
                self._stream.flush()
        _shown.release()


@contextmanager
def watched(file: BinaryIO, size: int, name: str) -> Generator[BinaryIO]:
    """A file that is read from where it stands, to its end ``size`` bytes later, with a line of how far that is.

    What was read is not yet sent, but no more than a few parts of it are on their way.
    """
    with Bar(f"Storing {name}", size, of_bytes=True) as bar:
        # Whoever sends a file does nothing else with it.
        yield cast("BinaryIO", _Watched(file, bar))


class _Watched:
    def __init__(self, file: BinaryIO, bar: Bar) -> None:
        self._file, self._bar = file, bar
        self._start = self._at = file.tell()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._move_to(self._at + len(data))
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go back, as who tries again does."""
        self._move_to(self._file.seek(offset, whence))
        return self._at

    def tell(self) -> int:
        return self._at

    def _move_to(self, at: int) -> None:
        self._at = at
        self._bar.move_to(at - self._start)
