"""Group commit: one thread writes what many callers hand in, a transaction for all that wait together.

A durable commit costs a disk flush whatever it holds, so under load the groups grow and the cost of each
request falls.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from flowmill.errors import Unavailable
from flowmill.store.sql.handler import Failure
from flowmill.wire.operation import Request

_LARGEST_GROUP = 256
MOST_WAITING = 4000

_Waiting = tuple[Request[Any], "Future[Any] | asyncio.Future[Any]"]


class GroupWriter:
    """A thread that carries out writes in groups, in the order in which they were handed in."""

    def __init__(
        self, send_group: Callable[[Sequence[Request[Any]]], list[Any]], most_waiting: int = MOST_WAITING
    ) -> None:
        self._send_group = send_group
        self._most_waiting = most_waiting
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="flowmill-writer", daemon=True)
        self._thread.start()

    def submit(self, request: Request[Any]) -> Future[Any]:
        """Hand in a write; its future is done once the write is durable or refused.

        Unavailable when more wait already than could be written soon.
        """
        future: Future[Any] = Future()
        self._hand_in(request, future)
        return future

    def ask(self, request: Request[Any]) -> asyncio.Future[Any]:
        """The same from an event loop, which is woken once for all of its requests in a group."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._hand_in(request, future)
        return future

    def _hand_in(self, request: Request[Any], future: Future[Any] | asyncio.Future[Any]) -> None:
        if self._queue.qsize() >= self._most_waiting:
            raise Unavailable(f"{self._most_waiting:,} writes wait already. Try again in a moment.")
        self._queue.put((request, future))

    def waiting(self) -> int:
        """How many writes have not begun."""
        return self._queue.qsize()

    def close(self) -> None:
        """Carry out what was handed in, then stop."""
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        open_ = True
        while open_:
            waiting = [self._queue.get()]
            while len(waiting) < _LARGEST_GROUP and not self._queue.empty():
                waiting.append(self._queue.get())
            open_ = None not in waiting
            group = [each for each in waiting if each is not None and _is_awaited(each[1])]
            if group:
                self._carry_out(group)

    def _carry_out(self, group: list[_Waiting]) -> None:
        try:
            results: list[Any] = self._send_group([request for request, _ in group])
        except BaseException as error:  # nothing of the group was committed: everyone is told
            results = [Failure(error)] * len(group)
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any]]] = defaultdict(list)
        for (_, future), result in zip(group, results, strict=True):
            if isinstance(future, asyncio.Future):
                by_loop[future.get_loop()].append((future, result))
            else:
                _answer(future, result)
        for loop, answers in by_loop.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(_answer_all, answers)


def _is_awaited(future: Future[Any] | asyncio.Future[Any]) -> bool:
    """Whoever asked may have left meanwhile: then their future is cancelled, and nothing is written."""
    if isinstance(future, asyncio.Future):
        return not future.cancelled()
    return future.set_running_or_notify_cancel()


def _answer_all(answers: list[tuple[asyncio.Future[Any], Any]]) -> None:
    for future, result in answers:
        if not future.done():
            _answer(future, result)


def _answer(future: Future[Any] | asyncio.Future[Any], result: Any) -> None:
    if isinstance(result, Failure):
        future.set_exception(result.error)
    else:
        future.set_result(result)
