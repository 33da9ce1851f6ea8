"""A server that stops without losing a request: what was accepted is answered, then it ends.

On the first signal answers begin to carry ``Connection: close``, the connections that wait in the socket's queue
are taken, and only then the socket is closed. A connection that stays quiet for a moment is closed; one with a
request under way after its answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import signal
import socket
from collections.abc import Callable, Generator
from types import FrameType
from typing import Any, Protocol

import uvicorn

from flowmill.server.connection import sweep

_QUIET = 0.5
"""Seconds in which a client that is busy with us sends its next request, and learns that it is the last."""
_RINGS = (10_000, 20, 50)
"""How many new objects there may be before Python looks for rings among them, and among older ones: a request makes
hundreds and hardly a ring."""


class Drains(Protocol):
    """An application that is told when its server is about to stop."""

    draining: bool

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI's entry."""
        ...


class GracefulServer(uvicorn.Server):
    """uvicorn's server with an end of its own.

    ``stop_on``: the signals that end it. ``when_ready`` is called once it accepts requests.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        app: Drains,
        listener: socket.socket,
        *,
        stop_on: tuple[signal.Signals, ...] = (signal.SIGINT, signal.SIGTERM),
        when_ready: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(config)
        self.stopped_by: int | None = None
        self._app = app
        self._listener = listener
        self._stop_on = stop_on
        self._when_ready = when_ready

    def run_until_stopped(self) -> None:
        """Serve until a signal comes and everything is answered."""
        self.run(sockets=[self._listener])

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Signals stop the server and nothing else; uvicorn would raise them again afterwards."""
        before = {number: signal.signal(number, self.handle_exit) for number in self._stop_on}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal stops politely, a second one at once."""
        self.force_exit = self.should_exit
        self.should_exit = True
        self.stopped_by = sig

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept requests."""
        self._queue = self._listener.dup()
        await super().startup(sockets)
        self._sweeping = asyncio.create_task(sweep(self.server_state.connections))
        # What was imported stays for good: looking through it for rings again and again would hold up requests.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_RINGS)
        self._when_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take what waits, answer everything, end."""
        self._app.draining = True
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        await asyncio.sleep(0.01)  # the loop closes its own hold on the socket in its next round
        await self._take_what_waits()
        await self._answer_what_is_open()
        self._sweeping.cancel()
        await self.lifespan.shutdown()

    async def _take_what_waits(self) -> None:
        # Connections in the queue of a socket are reset when the last process closes it, so nothing may come
        # between the look that finds the queue empty and the close.
        waiting: list[socket.socket] = []
        self._queue.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                waiting.append(self._queue.accept()[0])
        self._queue.close()
        loop = asyncio.get_running_loop()
        new_connection = functools.partial(
            self.config.http_protocol_class,  # pyright: ignore[reportArgumentType]
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
        )
        for connection in waiting:
            with contextlib.suppress(OSError):  # the client has left meanwhile
                await loop.connect_accepted_socket(new_connection, connection, ssl=self.config.ssl)

    async def _answer_what_is_open(self) -> None:
        loop = asyncio.get_running_loop()
        quiet, end = loop.time() + _QUIET, loop.time() + (self.config.timeout_graceful_shutdown or 0)
        state = self.server_state
        while (state.connections or state.tasks) and loop.time() < end and not self.force_exit:
            if loop.time() > quiet:
                for connection in list(state.connections):
                    connection.shutdown()  # closes it if it is idle, else after the answer
            await asyncio.sleep(0.02)
        for task in list(state.tasks):
            task.cancel()
