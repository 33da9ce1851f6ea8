"""A transport that writes what belongs together in one piece."""

from __future__ import annotations

import asyncio
from typing import Any


class OnePiece:
    """A transport that collects what is written until the event loop comes round, and then writes it at once.

    An answer's head and body in one segment cost one system call instead of two, and never wait for each other's
    acknowledgement.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Write soon."""
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)

    def close(self) -> None:
        """Write what is left, then close."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        parts, self._parts = self._parts, []
        if parts:
            self._transport.writelines(parts)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
