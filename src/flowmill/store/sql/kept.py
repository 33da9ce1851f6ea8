"""Numbers that took long to find, kept for a while in proportion: finding them never takes more than 1% of a
reader's time, and what is found quickly is always found anew."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

_TIMES = 100
_MOST = 10_000


class Kept:
    """Numbers by what was asked for."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[Any, tuple[int, float]] = {}

    def number(self, asked: Any, find: Callable[[], int]) -> int:
        """The number that ``find`` finds, from before if that is recent in proportion to what it took."""
        start = self._clock()
        number, until = self._kept.get(asked, (0, 0.0))
        if start < until:
            return number
        number = find()
        end = self._clock()
        if len(self._kept) >= _MOST:
            self._kept.clear()
        self._kept[asked] = (number, end + (end - start) * _TIMES)
        return number

    def forget(self) -> None:
        """Find everything anew: somebody has just removed something and looks for the effect."""
        self._kept.clear()
