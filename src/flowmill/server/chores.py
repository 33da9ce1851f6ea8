"""What a server does between requests: named jobs that come round, all on one thread.

A job does a little at a time and returns whether there is more, so that none holds up the others for long;
what has to wait for the network waits on threads of its own.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flowmill.errors import FlowmillError

_log = logging.getLogger("flowmill.server")


@dataclass(frozen=True)
class Chore:
    """A job that is done every so many seconds, and earlier when somebody wakes it.

    ``work`` returns True when it has more to do: then it comes round again at once, after those that are due.
    ``stop`` is called at shutdown, after the last ``work``.
    """

    name: str
    every: float
    work: Callable[[], bool]
    stop: Callable[[], None] = lambda: None


class Chores:
    """The jobs of a server: `start` when it starts, `stop` when it ends, `wake` when there is something to do."""

    def __init__(self, chores: Sequence[Chore]) -> None:
        self._chores = {chore.name: chore for chore in chores}
        self._due = {chore.name: 0.0 for chore in chores}
        self._failing: dict[str, str] = {}
        self._changed = threading.Condition()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; every job comes round once at first."""
        if self._thread is None and self._chores:
            self._thread = threading.Thread(target=self._run, name="flowmill-chores", daemon=True)
            self._thread.start()

    def wake(self, name: str) -> None:
        """Do this job as soon as possible. May be called from any thread; an unknown name is ignored."""
        with self._changed:
            if name in self._due:
                self._due[name] = 0.0
                self._changed.notify()

    def stop(self, seconds: float = 5.0) -> None:
        """End after the job that is being done, or in so many seconds."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(seconds)
        for chore in self._chores.values():
            chore.stop()

    def _run(self) -> None:
        while (chore := self._next()) is not None:
            more = self._do(chore)
            with self._changed:
                # Whoever woke it while it was done is heard: its time is then in the past already.
                if self._due[chore.name] > 0:
                    self._due[chore.name] = time.monotonic() + (0 if more else chore.every)

    def _next(self) -> Chore | None:
        """Wait for the job that is due first; None when it is time to stop."""
        with self._changed:
            while not self._stopping:
                name = min(self._due, key=lambda each: self._due[each])
                left = self._due[name] - time.monotonic()
                if left <= 0:
                    self._due[name] = time.monotonic() + self._chores[name].every
                    return self._chores[name]
                self._changed.wait(left)
        return None

    def _do(self, chore: Chore) -> bool:
        try:
            more = chore.work()
        except Exception as error:  # the next round may go better; the log is told once, not each time
            said = f"{type(error).__name__}: {error}"
            if self._failing.get(chore.name) != said:
                # A database that is away explains itself; anything else is a defect, and its place is wanted.
                _log.warning("chore %s: %s", chore.name, said, exc_info=not isinstance(error, FlowmillError))
            self._failing[chore.name] = said
            return False
        if self._failing.pop(chore.name, None):
            _log.warning("chore %s works again", chore.name)
        return more
