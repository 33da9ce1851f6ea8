"""Threads that read for a server's many clients: quick reads never wait behind long searches."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from flowmill.entities.caller import Caller
from flowmill.errors import Unavailable
from flowmill.store.sql.handler import Failure
from flowmill.store.sql.waiting import Waiter, give_answers, is_awaited
from flowmill.wire.operation import OPERATIONS, Request

if TYPE_CHECKING:
    import asyncio

THREADS = 4
"""Of each lane. A database has to have a connection for each, and one for the writer."""
MOST_WAITING = 1000
_MOST_AT_ONCE = 4
"""Quick reads that one thread takes when many wait: waking the event loop costs more than such a read."""

Send = Callable[[Request[Any], Caller | None], Any]
_Job = tuple[Send, Request[Any], Caller | None, Waiter]


class Readers:
    """Two lanes of threads: one for reads of a single thing, one for all that may take long."""

    def __init__(self) -> None:
        self._quick = _Lane("flowmill-reader", at_once=_MOST_AT_ONCE)
        self._long = _Lane("flowmill-searcher")

    def submit(self, send: Send, request: Request[Any], caller: Caller | None = None) -> Future[Any]:
        """Hand in a read, which ``send`` carries out; Unavailable when too many wait already."""
        future: Future[Any] = Future()
        self._lane(request).submit((send, request, caller, future))
        return future

    def ask(self, send: Send, request: Request[Any], caller: Caller | None = None) -> asyncio.Future[Any]:
        """The same from an event loop."""
        from asyncio import get_running_loop  # a script without a server does not pay for it

        future: asyncio.Future[Any] = get_running_loop().create_future()
        self._lane(request).submit((send, request, caller, future))
        return future

    def _lane(self, request: Request[Any]) -> _Lane:
        return self._quick if OPERATIONS[type(request)].reads_one else self._long

    def waiting(self) -> int:
        """How many reads have not begun."""
        return self._quick.waiting() + self._long.waiting()

    def close(self) -> None:
        """Finish what was handed in, then stop."""
        self._quick.close()
        self._long.close()


class _Lane:
    def __init__(self, name: str, at_once: int = 1) -> None:
        self._at_once = at_once
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True) for number in range(THREADS)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, job: _Job) -> None:
        if self._queue.qsize() >= MOST_WAITING:
            raise Unavailable(f"{MOST_WAITING:,} reads wait already. Try again in a moment.")
        self._queue.put(job)

    def waiting(self) -> int:
        return self._queue.qsize()

    def close(self) -> None:
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            jobs = [job]
            # The other threads have their share, too.
            for _ in range(min(self._at_once - 1, self._queue.qsize() // THREADS)):
                try:
                    job = self._queue.get_nowait()
                except queue.Empty:
                    break
                if job is None:
                    self._queue.put(None)
                    break
                jobs.append(job)
            give_answers([_carried_out(each) for each in jobs if is_awaited(each[-1])])
            del job, jobs  # what was read is large, and the next job may be long in coming


def _carried_out(job: _Job) -> tuple[Waiter, Any]:
    send, request, caller, waiter = job
    try:
        return waiter, send(request, caller)
    except BaseException as error:
        return waiter, Failure(error)
