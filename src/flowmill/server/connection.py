"""One client's connection: what uvicorn does, and in addition it does not wait for ever nor for everybody.

Every connection keeps a few times and counts; `sweep` looks at all of them once a second, so that the limits
cost a request nothing.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from flowmill.server.limits import Limits
from flowmill.server.one_piece import OnePiece

_REASONS = {400: "Bad Request", 408: "Request Timeout", 431: "Request Header Fields Too Large", 503: "Unavailable"}


class Connection(HttpToolsProtocol):
    """An HTTP/1.1 connection with limits on its headers, its pace and how many there are."""

    def __init__(self, *arguments: Any, limits: Limits, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._limits = limits
        self._headers_since: float | None = None
        """When the wait for a request's headers began; None while nothing is asked or they are complete."""
        self._header_bytes = 0
        self._body_since = 0.0
        self._body_bytes = 0
        self._heard = 0.0

    def connection_made(self, transport: Any) -> None:
        """A new client; refused at once if there are too many."""
        one_piece: Any = OnePiece(transport, self.loop)
        super().connection_made(one_piece)
        self._headers_since = self._heard = self.loop.time()
        if len(self.connections) > self._limits.max_connections:
            self.refuse(503, "TEMPORARILY_UNAVAILABLE", "The server has as many connections as it takes; try later.")

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._heard = self.loop.time()
        if self._headers_since is not None:
            self._header_bytes += len(data)
        super().data_received(data)
        if self._headers_since is not None and self._header_bytes > self._limits.max_headers:
            self.refuse(
                431,
                "INVALID_PARAMETER_VALUE",
                f"The request's headers have more than {self._limits.max_headers:,} bytes, which is what is accepted.",
            )

    def on_message_begin(self) -> None:
        """A request begins."""
        self._headers_since = self.loop.time()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """A request's headers are complete; its body may follow."""
        self._headers_since = None
        self._header_bytes = self._body_bytes = 0
        self._body_since = self.loop.time()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of a body."""
        self._body_bytes += len(body)
        super().on_body(body)

    def send_400_response(self, msg: str) -> None:
        """What is not HTTP is answered in the shape of every other error."""
        self.refuse(400, "BAD_REQUEST", "This is not a valid HTTP request.")

    def refuse(self, status: int, code: str, message: str) -> None:
        """Answer with an error, without asking the application, and close."""
        if self.transport.is_closing():
            return
        body = json.dumps({"error_code": code, "message": message}).encode()
        head = f"HTTP/1.1 {status} {_REASONS[status]}\r\ncontent-type: application/json\r\nconnection: close\r\n"
        head += f"retry-after: 1\r\ncontent-length: {len(body)}\r\n\r\n"
        self.transport.write(head.encode() + body)
        self.transport.close()

    def check_pace(self, now: float) -> None:
        """Close if the client lets the server wait for too long."""
        limits = self._limits
        if self._headers_since is not None:
            if now - self._headers_since > limits.header_timeout:
                self.refuse(408, "BAD_REQUEST", f"The headers took more than {limits.header_timeout:g} s to arrive.")
            return
        cycle: Any = self.cycle  # None before the first request
        if cycle is None or cycle.response_complete or not cycle.more_body:
            return
        if self.flow.read_paused:  # it is we who do not read
            self._heard = self._body_since = now
            self._body_bytes = 0
            return
        waited, taken = now - self._heard, now - self._body_since
        crawls = taken > limits.body_timeout and self._body_bytes < taken * limits.min_body_rate
        if waited > limits.body_timeout or crawls:
            if cycle.response_started:
                self.transport.close()
            else:
                self.refuse(408, "BAD_REQUEST", "The body of the request arrived too slowly.")


async def sweep(connections: Iterable[Any], every: float = 1.0) -> None:
    """Check the pace of all connections again and again, until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(every)
        for connection in list(connections):
            if isinstance(connection, Connection):
                connection.check_pace(loop.time())
