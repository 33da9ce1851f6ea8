"""Reads that an event loop does itself, instead of waiting for a thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from flowmill.wire.operation import OPERATIONS, Request

_LONG = 0.002
"""Seconds that a read may take on average if others wait for it; one that took long for once counts for little."""
_WEIGHT = 0.05
_SECONDS_ON_THREADS = 5.0


class AtOnce:
    """Which kinds of reads an event loop does itself: those of a single thing, while they take little on average.

    Handing one to a thread and waking the loop again costs several times as much as the read.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._mean: dict[type[Request[Any]], float] = {}
        self._slow_until: dict[type[Request[Any]], float] = {}

    def takes(self, kind: type[Request[Any]]) -> bool:
        """Whether this kind is read at once now."""
        return OPERATIONS[kind].reads_one and self._clock() >= self._slow_until.get(kind, 0.0)

    def read(self, read: Callable[[], bytes], kind: type[Request[Any]]) -> bytes:
        """What ``read`` gives; while it takes long, reads of this kind go to threads for some seconds at a time."""
        start = self._clock()
        try:
            return read()
        finally:
            end = self._clock()
            mean = self._mean.get(kind, 0.0)
            mean += (end - start - mean) * _WEIGHT
            if mean > _LONG:
                self._slow_until[kind] = end + _SECONDS_ON_THREADS
                mean = 0.0
            self._mean[kind] = mean
