"""Telling pages what changes, as server-sent events: one look at the database for all who watch, none for nobody.

``GET flowmill/1/events?run=…&experiment=…`` stays open. ``ready`` comes after the first look, in less than a second:
whatever changes later is told, so that a page that reads once more then has missed nothing, and a page behind a proxy
that holds answers back learns of it by the silence. Then comes ``changed`` with the ids of what has changed.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import msgspec

from flowmill.errors import FlowmillError, Invalid, TooMany
from flowmill.server.http import Incoming, Outgoing
from flowmill.store.sql.engine import SqlStore
from flowmill.store.sql.experiments import experiment_number
from flowmill.store.sql.pulse import pulse_of_experiments, pulse_of_runs
from flowmill.store.sql.transaction import Transaction

_EVERY = 0.5
"""Seconds between looks."""
_HEARTBEAT = 15.0
"""Seconds of silence after which a proxy might think that nobody is there."""
_MOST_WATCHED = 200
_MOST_WATCHERS = 500
_PADDING = b":" + b" " * 2048 + b"\n"
"""Proxies that wait for a full buffer get one."""

_Thing = tuple[str, Any]
"""What is watched: ("run", id) or ("experiment", number)."""


class _Watcher:
    """One page: what it watches, and what has changed since it was told."""

    def __init__(self, things: frozenset[_Thing]) -> None:
        self.things = things
        self.looked_at = False
        self.changed: set[_Thing] = set()
        self.woken = asyncio.Event()


class Live:
    """All who watch. ``stopping`` says when the server is about to end: then every stream ends."""

    def __init__(self, store: SqlStore, stopping: Callable[[], bool]) -> None:
        self._store = store
        self._stopping = stopping
        self._watchers: set[_Watcher] = set()
        self._looking: asyncio.Task[None] | None = None
        self._seen: dict[_Thing, Any] = {}

    async def events(self, request: Incoming, rest: str) -> Outgoing:
        """The stream of what changes of the runs and experiments in the query."""
        things = _things(request.query)
        if len(self._watchers) >= _MOST_WATCHERS:
            raise TooMany(f"{_MOST_WATCHERS} pages are told of changes already. Ask now and then instead.")
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return Outgoing(content_type="text/event-stream", headers=headers, events=self._stream(things))

    async def _stream(self, things: frozenset[_Thing]) -> AsyncIterator[bytes]:
        watcher = _Watcher(things)
        self._watchers.add(watcher)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            yield _PADDING
            is_ready = False
            while not self._stopping():
                try:
                    async with asyncio.timeout(_HEARTBEAT):
                        await watcher.woken.wait()
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                watcher.woken.clear()
                if watcher.looked_at and not is_ready:
                    is_ready = True
                    yield b"retry: 2000\nevent: ready\ndata: {}\n\n"
                changed, watcher.changed = watcher.changed, set()
                if changed:
                    yield b"event: changed\ndata: " + _told(changed) + b"\n\n"
        finally:
            self._watchers.discard(watcher)

    async def _look(self) -> None:
        """Look again and again while anybody watches."""
        try:
            while self._watchers:
                if self._stopping():
                    for watcher in self._watchers:
                        watcher.woken.set()
                    return
                # A database that is away comes back, and is then looked at again.
                with contextlib.suppress(FlowmillError):
                    await self._look_once()
                await asyncio.sleep(_EVERY)
        finally:
            self._seen.clear()

    async def _look_once(self) -> None:
        watchers = list(self._watchers)
        watched = frozenset[_Thing]().union(*(watcher.things for watcher in watchers))
        now = await asyncio.to_thread(self._store.read, lambda tx: _pulses(tx, watched))
        # What is looked at for the first time has not changed: its page has just been read.
        changed = {thing for thing in watched if thing in self._seen and self._seen[thing] != now.get(thing)}
        self._seen = {thing: now.get(thing) for thing in watched}
        for watcher in watchers:
            watcher.changed |= changed & watcher.things
            if watcher.changed or not watcher.looked_at:
                watcher.looked_at = True
                watcher.woken.set()


def _things(query: Sequence[tuple[str, str]]) -> frozenset[_Thing]:
    things: set[_Thing] = set()
    for name, value in query:
        if name == "run":
            things.add(("run", value))
        elif name == "experiment":
            things.add(("experiment", experiment_number(value)))
        else:
            raise Invalid(f"Unknown parameter {name[:40]!r}: give run and experiment, each as often as you like.")
    if not things:
        raise Invalid("Nothing is watched: give at least one run or experiment, such as ?experiment=0.")
    if len(things) > _MOST_WATCHED:
        raise Invalid(f"{len(things)} things are more than one page may watch; give at most {_MOST_WATCHED}.")
    return frozenset(things)


def _pulses(tx: Transaction, things: frozenset[_Thing]) -> dict[_Thing, Any]:
    runs = pulse_of_runs(tx, [name for kind, name in things if kind == "run"])
    experiments = pulse_of_experiments(tx, [name for kind, name in things if kind == "experiment"])
    return {
        **{("run", name): pulse for name, pulse in runs.items()},
        **{("experiment", number): pulse for number, pulse in experiments.items()},
    }


def _told(changed: set[_Thing]) -> bytes:
    return msgspec.json.encode(
        {
            "runs": sorted(name for kind, name in changed if kind == "run"),
            "experiments": sorted(str(name) for kind, name in changed if kind == "experiment"),
        }
    )
