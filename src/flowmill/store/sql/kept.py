"""What a store remembers between transactions.

Answers that took long to find are kept for a while in proportion: finding them never takes more than 1% of a reader's
time, and what is found quickly is always found anew. Runs that were shown without a document are noted.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

_TIMES = 100
_MOST = 10_000
_Answer = TypeVar("_Answer")


class Kept:
    """Answers by what was asked for, and runs that lack a document."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[bytes, tuple[Any, float]] = {}
        self._undocumented: set[int] = set()
        self._noting = threading.Lock()

    def answer(self, asked: Any, find: Callable[[], _Answer]) -> _Answer:
        """What ``find`` finds, from before if that is recent in proportion to what it took."""
        import hashlib  # loads OpenSSL, and a script that logs counts nothing

        start = self._clock()
        # What was asked may be as long as a request.
        key = hashlib.blake2b(repr(asked).encode(), digest_size=16).digest()
        answer, until = self._kept.get(key, (None, 0.0))
        if start < until:
            return answer
        answer = find()
        end = self._clock()
        if len(self._kept) >= _MOST:
            self._kept.clear()
        self._kept[key] = (answer, end + (end - start) * _TIMES)
        return answer

    def forget(self) -> None:
        """Find everything anew: somebody has just removed something and looks for the effect."""
        self._kept.clear()

    def undocumented(self, runs: Iterable[int]) -> None:
        """Note runs that were shown without a document; of very many some are left for the next time."""
        with self._noting:
            if len(self._undocumented) < _MOST:
                self._undocumented.update(runs)

    def take_undocumented(self, most: int) -> tuple[list[int], bool]:
        """Some of those runs, which are then forgotten; whether there are more."""
        with self._noting:
            taken = [self._undocumented.pop() for _ in range(min(most, len(self._undocumented)))]
            return sorted(taken), bool(self._undocumented)
