"""Predictions take turns: so many at once in threads, so many that wait, and the next is told to come back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from flowmill.errors import Unavailable
from flowmill.serving.errors import TooSlow

T = TypeVar("T")


class Turns:
    """Runs blocking work in ``concurrency`` threads; ``most_waiting`` more may wait for one of them.

    ``timeout``: seconds from the question to the answer, 0 for any time. Work that is already under way cannot be
    interrupted: it keeps its thread until it ends, and counts until then.
    """

    def __init__(self, concurrency: int, most_waiting: int, timeout: float) -> None:
        self._threads = ThreadPoolExecutor(concurrency, thread_name_prefix="predict")
        self._concurrency = concurrency
        self._most = concurrency + most_waiting
        self._timeout = timeout
        self._taken = 0

    @property
    def running(self) -> int:
        """Pieces of work that have a thread."""
        return min(self._taken, self._concurrency)

    @property
    def waiting(self) -> int:
        """Pieces of work that wait for one."""
        return self._taken - self.running

    async def run(self, work: Callable[[], T]) -> T:
        """What ``work`` returns or raises; Unavailable if too many wait, TooSlow if it takes too long."""
        if self._taken >= self._most:
            raise Unavailable(f"{self._taken} predictions are under way or wait, which is what is accepted. Try again.")
        self._taken += 1
        loop = asyncio.get_running_loop()
        future = self._threads.submit(work)
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._done))
        try:
            async with asyncio.timeout(self._timeout or None):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            raise TooSlow(f"The model did not answer within {self._timeout:g} s: ask for less at once.") from None

    def _done(self) -> None:
        self._taken -= 1
