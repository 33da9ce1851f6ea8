"""Whether a prediction is so short that the event loop makes it itself.

Handing work to a thread and waking up for its answer costs as much as a linear model's prediction, and threads that
hold the interpreter make each other wait for milliseconds. How long predictions of so many rows take is measured as
they are made.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager

LONGEST = 0.002
"""Seconds that the event loop may be held up."""


class Quickness:
    """The CPU seconds of recent predictions, by the magnitude of their rows; ``applies``: whether any may be short."""

    def __init__(self, applies: bool) -> None:
        self._applies = applies
        self._seconds: dict[int, float] = {}

    @property
    def is_known(self) -> bool:
        """Whether any prediction was measured."""
        return bool(self._seconds)

    def suffices(self, rows: int) -> bool:
        """Whether predictions of about so many rows were short."""
        return self._seconds.get(rows.bit_length(), LONGEST) < LONGEST

    @contextmanager
    def measured(self, rows: int) -> Generator[None]:
        """Measures a prediction of so many rows while it is made in this thread."""
        if not self._applies:
            yield
            return
        start = time.thread_time()
        yield
        seconds, size = time.thread_time() - start, rows.bit_length()
        before = self._seconds.get(size, seconds)
        # The first prediction loads what the library needs, which the next one is not to be blamed for.
        self._seconds[size] = min(seconds, before + (seconds - before) / 4)
