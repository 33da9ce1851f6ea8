"""Predictions take turns: so many at once in threads, so many that wait, and the next is told to come back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from flowmill.errors import Unavailable

T = TypeVar("T")


class Turns:
    """Runs blocking work in ``concurrency`` threads; ``most_waiting`` more may wait for one of them.

    ``timeout``: seconds from the question to the answer, 0 for any time. Work that is already under way cannot be
    interrupted: it keeps its thread until it ends, and counts until then.
    """

    def __init__(self, concurrency: int, most_waiting: int, timeout: float) -> None:
        self._threads = ThreadPoolExecutor(concurrency, thread_name_prefix="predict")
        self._most = concurrency + most_waiting
        self._timeout = timeout
        self.taken = 0

    async def run(self, work: Callable[[], T]) -> T:
        """What ``work`` returns or raises; Unavailable if too many wait or it takes too long."""
        if self.taken >= self._most:
            raise Unavailable(f"{self.taken} predictions are under way or wait, which is what is accepted. Try again.")
        self.taken += 1
        loop = asyncio.get_running_loop()
        future = self._threads.submit(work)
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._done))
        try:
            async with asyncio.timeout(self._timeout or None):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            raise Unavailable(
                f"The model did not answer within {self._timeout:g} s. Try again, or ask for less."
            ) from None

    def _done(self) -> None:
        self.taken -= 1
