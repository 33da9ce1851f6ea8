"""A bounded pool of database connections, made in the thread that needs one.

Nobody connects in the background, so a database that went away is noticed by whoever asks next, at once, and one
that came back serves the next request. A connection that broke is never handed out again.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Any

from flowmill.errors import Unavailable


class Pool:
    """At most ``size`` connections of ``connect``; ``wait`` is how long to wait for a free one, in seconds."""

    def __init__(self, connect: Callable[[], Any], size: int, wait: float) -> None:
        self._connect = connect
        self._size = size
        self._wait = wait
        self._free = threading.Condition()
        self._idle: list[Any] = []
        self._used = 0
        self._waiting = 0
        self._process = os.getpid()
        self._inherited: list[Any] = []

    def take(self) -> Any:
        """A connection, the one used last if one is idle; Unavailable if all stay in use."""
        if self._process != os.getpid():
            self._start_anew()
        with self._free:
            self._wait_for_one()
            self._used += 1
            if self._idle:
                return self._idle.pop()
        try:
            return self._connect()
        except BaseException:
            self._released()
            raise

    def _wait_for_one(self) -> None:
        end = time.monotonic() + self._wait
        self._waiting += 1
        try:
            while self._used >= self._size:
                left = end - time.monotonic()
                if left <= 0 or not self._free.wait(left):
                    raise Unavailable(
                        f"All {self._size} connections to the database are in use, for {self._wait:g} s now. Try again."
                    )
        finally:
            self._waiting -= 1

    def state(self) -> tuple[int, int, int]:
        """How many connections are open, how many of them idle, and how many callers wait for one."""
        return self._used + len(self._idle), len(self._idle), self._waiting

    def give_back(self, connection: Any, *, works: bool) -> None:
        """Give a connection back; one that no longer ``works`` is closed, and so are the idle ones of its age."""
        if works:
            with self._free:
                self._idle.append(connection)
                self._used -= 1
                self._free.notify()
            return
        connection.close()
        with self._free:
            # What ended one connection, such as a restart, ended those that lay idle meanwhile.
            ended, self._idle = self._idle, []
        for each in ended:
            each.close()
        self._released()

    def close(self) -> None:
        """Close the idle connections; others are closed by their owners' next steps."""
        with self._free:
            ended, self._idle = self._idle, []
        for each in ended:
            each.close()

    def _released(self) -> None:
        with self._free:
            self._used -= 1
            self._free.notify()

    def _start_anew(self) -> None:
        """In a child after a fork: the parent still talks over these sockets. Closing them would end its sessions."""
        self._inherited += self._idle
        self._process = os.getpid()
        self._free = threading.Condition()
        self._idle = []
        self._used = 0
        self._waiting = 0
