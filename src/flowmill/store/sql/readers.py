"""Threads that read for a server's many clients: quick reads never wait behind long searches."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from flowmill.entities.caller import Caller
from flowmill.errors import Unavailable
from flowmill.wire.contract import OPERATIONS
from flowmill.wire.operation import Request

THREADS = 4
"""Of each lane. A database has to have a connection for each, and one for the writer."""
MOST_WAITING = 1000

Send = Callable[[Request[Any], Caller | None], Any]
_Job = tuple[Send, Request[Any], Caller | None, "Future[Any]"]


class Readers:
    """Two lanes of threads: one for reads of a single thing, one for all that may take long."""

    def __init__(self) -> None:
        self._quick = _Lane("flowmill-reader")
        self._long = _Lane("flowmill-searcher")

    def submit(self, send: Send, request: Request[Any], caller: Caller | None = None) -> Future[Any]:
        """Hand in a read, which ``send`` carries out; Unavailable when too many wait already."""
        lane = self._quick if OPERATIONS[type(request)].reads_one else self._long
        return lane.submit(send, request, caller)

    def waiting(self) -> int:
        """How many reads have not begun."""
        return self._quick.waiting() + self._long.waiting()

    def close(self) -> None:
        """Finish what was handed in, then stop."""
        self._quick.close()
        self._long.close()


class _Lane:
    def __init__(self, name: str) -> None:
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True) for number in range(THREADS)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, send: Send, request: Request[Any], caller: Caller | None) -> Future[Any]:
        if self._queue.qsize() >= MOST_WAITING:
            raise Unavailable(f"{MOST_WAITING:,} reads wait already. Try again in a moment.")
        future: Future[Any] = Future()
        self._queue.put((send, request, caller, future))
        return future

    def waiting(self) -> int:
        return self._queue.qsize()

    def close(self) -> None:
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            send, request, caller, future = job
            # Whoever asked may have left meanwhile: then nothing needs to be read.
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = send(request, caller)
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)
            del job, request, future  # what was read is large, and the next job may be long in coming
