"""Group commit: one thread writes what many callers hand in, a transaction for all that wait together.

A durable commit costs a disk flush whatever it holds, so under load the groups grow and the cost of each
request falls.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from flowmill.store.sql.handler import Failure
from flowmill.wire.operation import Request

_LARGEST_GROUP = 256


class GroupWriter:
    """A thread that carries out writes in groups, in the order in which they were handed in."""

    def __init__(self, send_group: Callable[[Sequence[Request[Any]]], list[Any]]) -> None:
        self._send_group = send_group
        self._queue: queue.SimpleQueue[tuple[Request[Any], Future[Any]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="flowmill-writer", daemon=True)
        self._thread.start()

    def submit(self, request: Request[Any]) -> Future[Any]:
        """Hand in a write; its future is done once the write is durable or refused."""
        future: Future[Any] = Future()
        self._queue.put((request, future))
        return future

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
            # Whoever asked may have left meanwhile: then its future is cancelled, and nothing is written.
            group = [each for each in waiting if each is not None and each[1].set_running_or_notify_cancel()]
            if group:
                self._carry_out(group)

    def _carry_out(self, group: list[tuple[Request[Any], Future[Any]]]) -> None:
        try:
            results: list[Any] = self._send_group([request for request, _ in group])
        except BaseException as error:  # nothing of the group was committed: everyone is told
            results = [Failure(error)] * len(group)
        for (_, future), result in zip(group, results, strict=True):
            if isinstance(result, Failure):
                future.set_exception(result.error)
            else:
                future.set_result(result)
