"""Several processes on one socket, and one that looks after them and does nothing else.

It starts each worker as a copy of itself, replaces one that dies, passes a stop on and waits for it, and on
SIGHUP replaces them one after the other while the service goes on. It opens no store and starts no thread, so
that copying it is safe. Workers end when it is gone.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from flowmill.errors import FlowmillError, Internal, Unavailable

_SIGNALS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD}
_READY, _FAILED = b"+", b"-"
_LOOK_SECONDS = 0.5
_MOST_DEATHS = 5
"""So many workers that die within a second of each other are no accident."""

Work = Callable[[int, Callable[[list[str]], None], int], None]
"""Serves as worker ``number``: calls the function once it accepts requests, with what the operator should know; ends
when the descriptor is at its end."""


class Workers:
    """``count`` processes that each run ``work``.

    ``let_go`` closes this process's own hold on the socket, so that the last worker to stop is the last that has
    it. ``patience``: seconds that workers may take to stop. ``watched``: a folder whose changed files restart
    everything.
    """

    def __init__(
        self, count: int, work: Work, *, let_go: Callable[[], None], patience: float, watched: Path | None = None
    ) -> None:
        self._count = count
        self._work = work
        self._let_go = let_go
        self._patience = patience
        self._watched = watched
        self._running: dict[int, int] = {}
        """Number of the worker by its process id."""
        self._leaving: set[int] = set()
        self._life, self._our_life = os.pipe()
        self._deaths: list[float] = []

    def run(self, when_ready: Callable[[list[str]], None]) -> int:
        """Run until stopped; the signal that stopped it, or 0 if watched files have changed.

        Raises what the first worker could not start on.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        seen = _last_change(self._watched)  # before the workers read the files
        try:
            notices = self._start(0)
            for number in range(1, self._count):
                self._start(number)
            when_ready(notices)
            return self._look_after(seen)
        finally:
            self._stop()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)

    def _look_after(self, seen: float) -> int:
        while True:
            info = signal.sigtimedwait(_SIGNALS, _LOOK_SECONDS)
            if info is not None and info.si_signo in (signal.SIGINT, signal.SIGTERM):
                self._let_go()
                return info.si_signo
            if info is not None and info.si_signo == signal.SIGHUP:
                self._replace_all()
            self._bury()
            if self._watched is not None and _last_change(self._watched) != seen:
                print("Files have changed: starting anew.", flush=True)
                return 0

    def _start(self, number: int) -> list[str]:
        """Start a worker and wait until it serves; what it has to say to the operator."""
        said, says = os.pipe()
        process = os.fork()
        if process == 0:
            os.close(said)
            self._be_worker(number, says)
        os.close(says)
        self._running[process] = number
        text = b""
        while part := os.read(said, 4096):
            text += part
        os.close(said)
        if not text.startswith(_READY):
            message = text[1:].decode(errors="replace") or f"Worker {number} ended before it could serve."
            raise Unavailable(message)
        return text[1:].decode().splitlines()

    def _be_worker(self, number: int, says: int) -> None:
        """What the copy does; it never returns."""
        code = 70
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process; ours is told by the other
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.close(self._our_life)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)

            def ready(notices: list[str]) -> None:
                os.write(says, _READY + "\n".join(notices).encode())
                os.close(says)

            self._work(number, ready, self._life)
            code = 0
        except FlowmillError as error:
            os.write(says, _FAILED + error.message.encode())
        except BaseException as error:
            sys.excepthook(type(error), error, error.__traceback__)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _bury(self) -> None:
        """Take note of workers that ended, and replace those that should not have."""
        for process in list(self._running):
            ended, status = os.waitpid(process, os.WNOHANG)
            if not ended:
                continue
            number = self._running.pop(process)
            if process in self._leaving:
                self._leaving.discard(process)
                continue
            code = os.waitstatus_to_exitcode(status)
            print(f"Worker {number} ended with {code}; starting another.", file=sys.stderr, flush=True)
            self._wait_if_hopeless()
            self._start(number)

    def _wait_if_hopeless(self) -> None:
        now = time.monotonic()
        self._deaths = [each for each in self._deaths if now - each < _MOST_DEATHS] + [now]
        if len(self._deaths) > _MOST_DEATHS:
            raise Internal(f"{_MOST_DEATHS} workers ended within {_MOST_DEATHS} seconds; giving up.")

    def _replace_all(self) -> None:
        for process, number in list(self._running.items()):
            if process in self._leaving:
                continue
            self._start(number)
            self._leaving.add(process)
            os.kill(process, signal.SIGTERM)

    def _stop(self) -> None:
        """End every worker: politely, and when they take too long or a second signal comes, at once."""
        for process in self._running:
            os.kill(process, signal.SIGTERM)
        end = time.monotonic() + self._patience
        while self._running:
            for process in list(self._running):
                if os.waitpid(process, os.WNOHANG)[0]:
                    del self._running[process]
            if not self._running:
                break
            info = signal.sigtimedwait(_SIGNALS, 0.05)
            again = info is not None and info.si_signo in (signal.SIGINT, signal.SIGTERM)
            if again or time.monotonic() > end:
                for process in self._running:
                    os.kill(process, signal.SIGKILL)
        os.close(self._our_life)
        os.close(self._life)


def is_at_end(descriptor: int) -> bool:
    """Whether the other end of a pipe is closed: the process that looks after this one is gone."""
    readable, _, _ = select.select([descriptor], [], [], 0)
    return bool(readable) and os.read(descriptor, 1) == b""


def _last_change(folder: Path | None) -> float:
    if folder is None:
        return 0.0
    return max((path.stat().st_mtime for path in folder.rglob("*.py") if path.exists()), default=0.0)
