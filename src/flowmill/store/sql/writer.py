"""Group commit: one thread writes what many callers hand in, a transaction for all that wait together.

A durable commit costs a disk flush whatever it holds, so under load the groups grow and the cost of each
request falls.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from flowmill.entities.caller import Caller
from flowmill.errors import Unavailable
from flowmill.store.sql.handler import Failure
from flowmill.store.sql.waiting import Waiter, give_answers, is_awaited
from flowmill.wire.operation import Request

if TYPE_CHECKING:
    import asyncio

_LARGEST_GROUP = 256
_FEW = 2
_GATHER = 0.0002
"""Seconds in which those who were just answered together ask again: one larger group costs less than two, and the event
loop is not interrupted while it reads what they ask. Where few ask, nobody waits."""
MOST_WAITING = 4000

Asked = tuple[Request[Any], Caller | None]
"""A request, and who asks: None is the store's own caller."""

_Waiting = tuple[Asked, Waiter]


class GroupWriter:
    """A thread that carries out writes in groups, in the order in which they were handed in."""

    def __init__(self, send_group: Callable[[Sequence[Asked]], list[Any]], most_waiting: int = MOST_WAITING) -> None:
        self._send_group = send_group
        self._most_waiting = most_waiting
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="flowmill-writer", daemon=True)
        self._thread.start()

    def submit(self, asked: Asked) -> Future[Any]:
        """Hand in a write; its future is done once the write is durable or refused.

        Unavailable when more wait already than could be written soon.
        """
        future: Future[Any] = Future()
        self._hand_in(asked, future)
        return future

    def ask(self, asked: Asked) -> asyncio.Future[Any]:
        """The same from an event loop, which is woken once for all of its requests in a group."""
        from asyncio import get_running_loop  # a script without a server does not pay for it

        future: asyncio.Future[Any] = get_running_loop().create_future()
        self._hand_in(asked, future)
        return future

    def _hand_in(self, asked: Asked, future: Waiter) -> None:
        if self._queue.qsize() >= self._most_waiting:
            raise Unavailable(f"{self._most_waiting:,} writes wait already. Try again in a moment.")
        self._queue.put((asked, future))

    def waiting(self) -> int:
        """How many writes have not begun."""
        return self._queue.qsize()

    def close(self) -> None:
        """Carry out what was handed in, then stop."""
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        open_ = True
        asking = 0
        while open_:
            waiting = [self._queue.get()]
            if asking > _FEW:
                time.sleep(_GATHER)
            while len(waiting) < _LARGEST_GROUP and not self._queue.empty():
                waiting.append(self._queue.get())
            open_ = None not in waiting
            asking = len(waiting)
            group = [each for each in waiting if each is not None and is_awaited(each[1])]
            if group:
                self._carry_out(group)

    def _carry_out(self, group: list[_Waiting]) -> None:
        try:
            results: list[Any] = self._send_group([asked for asked, _ in group])
        except BaseException as error:  # nothing of the group was committed: everyone is told
            results = [Failure(error)] * len(group)
        give_answers([(future, result) for (_, future), result in zip(group, results, strict=True)])
