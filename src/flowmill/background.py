"""Artifacts that are stored while the training goes on, by a few threads of this process."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from flowmill.companions import accompany

_THREADS = 4
_MOST_WAITING = 64
"""Whoever logs faster than this many files at once can be stored waits, rather than fill the memory."""

_log = logging.getLogger("flowmill")
_lock = threading.Lock()
_threads: ThreadPoolExecutor | None = None
_room = threading.BoundedSemaphore(_MOST_WAITING)
_waiting: dict[str, set[Future[None]]] = {}
_failures: list[Exception] = []


def store_later(run_id: str, what: str, work: Callable[[], None]) -> None:
    """Carry out ``work`` soon, and before the run ends; ``what`` it was about is said when it fails."""
    global _threads
    _room.acquire()
    with _lock:
        if _threads is None:
            # Python waits for these threads before it ends, so that nothing is lost.
            _threads = ThreadPoolExecutor(_THREADS, "flowmill-artifacts")
        if run_id not in _waiting:
            _waiting[run_id] = set()
            accompany(run_id, lambda: _finish(run_id))
        future = _threads.submit(_carry_out, what, work)
        _waiting[run_id].add(future)
    future.add_done_callback(lambda done: _done(run_id, done))


def flush() -> None:
    """Return when all is stored; raises the first failure since the last call."""
    with _lock:
        futures = [future for some in _waiting.values() for future in some]
    wait(futures)
    with _lock:
        failed, _failures[:] = _failures[:], []
    if failed:
        raise failed[0]


def _finish(run_id: str) -> None:
    with _lock:
        futures = _waiting.pop(run_id, set())
    wait(futures)


def _carry_out(what: str, work: Callable[[], None]) -> None:
    try:
        work()
    except Exception as error:
        _log.warning("%s could not be stored: %s", what, error)
        with _lock:
            _failures.append(error)


def _done(run_id: str, future: Future[None]) -> None:
    _room.release()
    with _lock:
        _waiting.get(run_id, set()).discard(future)


def _renew() -> None:
    """In a forked child: the threads are the parent's, and so is what waits for them."""
    global _lock, _threads, _room
    _lock, _threads, _room = threading.Lock(), None, threading.BoundedSemaphore(_MOST_WAITING)
    _waiting.clear()
    _failures.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
