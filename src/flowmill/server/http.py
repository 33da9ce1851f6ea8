"""HTTP as plain values: what came in, what goes out."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from flowmill.errors import Invalid, TooLarge
from flowmill.server.forwarded import Proxies, Seen
from flowmill.server.limits import Budget, Limits

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_WORTH_COMPRESSING = 2048
_QUICKLY_COMPRESSED = 64 * 1024
"""Bytes that are compressed in less time than another thread takes to begin."""
_TEXT = ("application/json", "text/", "application/javascript", "image/svg+xml")


_NO_PROXIES = Proxies()


@dataclass
class Incoming:
    """A request: ``path`` is decoded once and starts with a slash; ``seen`` is what the client sees of it."""

    method: str
    path: str
    headers: Mapping[bytes, bytes]
    query_string: bytes
    receive: Receive
    seen: Seen
    budget: Budget = field(default_factory=lambda: Budget(Limits()))
    raw_path: bytes = b""
    """The path as it was sent, in percent encoding."""
    held: int = 0
    """Bytes of the body that count against the budget."""

    @classmethod
    def of(
        cls, scope: Scope, receive: Receive, path: str, budget: Budget | None = None, proxies: Proxies = _NO_PROXIES
    ) -> Incoming:
        """The request of an ASGI scope."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        peer = scope.get("client")
        host = headers.get(b"host", b"").decode("latin-1")
        seen = proxies.seen(peer[0] if peer else "", host, scope.get("scheme", "http"), headers)
        budget = budget or Budget(Limits())
        raw_path: bytes = scope.get("raw_path") or b""
        return cls(scope["method"], path, headers, scope["query_string"], receive, seen, budget, raw_path)

    def check_path(self) -> None:
        """Invalid if the path is no text: it was read with replacements, so that another file might be meant."""
        if "\ufffd" in self.path:
            try:
                unquote(self.raw_path.decode("ascii"), errors="strict")
            except UnicodeError:
                raise Invalid("The address is not valid UTF-8 in percent encoding.") from None

    def header(self, name: bytes) -> str:
        """A header as text, empty if it is not there."""
        return self.headers.get(name, b"").decode("latin-1")

    @property
    def origin(self) -> str:
        """The address by which the client reached the server, as far as a trusted proxy between them says it."""
        return f"{self.seen.scheme}://{self.seen.host}"

    @property
    def query(self) -> list[tuple[str, str]]:
        """The query string's pairs."""
        try:
            return parse_qsl(self.query_string.decode("ascii"), keep_blank_values=True, errors="strict")
        except (UnicodeError, ValueError):
            raise Invalid("The query string is not valid UTF-8 in percent encoding.") from None

    async def body(self) -> bytes:
        """The whole body, unpacked; TooLarge over the limits, Invalid if it was cut off."""
        most = self.budget.limits.max_body
        declared = self.header(b"content-length")
        if declared.isdigit() and int(declared) > most:
            raise TooLarge(f"The body has {int(declared):,} bytes; at most {most:,} are accepted.")
        parts: list[bytes] = []
        more = True
        while more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise Invalid("The request was cut off before its body was complete.")
            part, more = message.get("body", b""), message.get("more_body", False)
            self._hold(len(part))
            if self.held > most:
                raise TooLarge(f"The body has more than {most:,} bytes, which is what is accepted.")
            parts.append(part)
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        encoding = self.header(b"content-encoding").strip().lower()
        return body if encoding in ("", "identity") else self._unpacked(body, encoding)

    def release(self) -> None:
        """Give the bytes of the body back to the budget."""
        self.budget.give_back(self.held)
        self.held = 0

    def _hold(self, size: int) -> None:
        self.budget.take(size)
        self.held += size

    def _unpacked(self, body: bytes, encoding: str) -> bytes:
        if encoding not in ("gzip", "deflate"):
            raise Invalid(f"The Content-Encoding {encoding[:40]!r} is not understood; send gzip, deflate or none.")
        most = self.budget.limits.max_decompressed
        try:
            unpacking = zlib.decompressobj(zlib.MAX_WBITS | 32 if encoding == "gzip" else zlib.MAX_WBITS)
            # One byte more than is accepted tells a body of that size from a larger one.
            plain = unpacking.decompress(body, most + 1)
        except zlib.error:
            raise Invalid(f"The body is not valid {encoding}.") from None
        if len(plain) > most:
            raise TooLarge(f"The body has more than {most:,} bytes when unpacked, which is what is accepted.")
        if not unpacking.eof:
            raise Invalid(f"The {encoding} body was cut off.")
        self._hold(len(plain))
        return plain


@dataclass
class Outgoing:
    """An answer with a body in memory, in chunks that a blocking iterator gives, or of events that come when they do.

    ``exact``: the body is a file's or packed already, and is sent as it is.
    """

    body: bytes = b""
    content_type: str = "application/json"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    chunks: Iterator[bytes] | None = None
    events: AsyncIterator[bytes] | None = None
    exact: bool = False

    async def compressed_for(self, accepted: str) -> Outgoing:
        """The same, gzipped where that is worth it and understood."""
        if (
            self.exact
            or len(self.body) < _WORTH_COMPRESSING
            or "gzip" not in accepted
            or "Content-Encoding" in self.headers
        ):
            return self
        if not self.content_type.startswith(_TEXT):
            return self
        headers = {**self.headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        if len(self.body) < _QUICKLY_COMPRESSED:
            body = gzip.compress(self.body, 1)
        else:  # others are answered meanwhile
            body = await asyncio.to_thread(gzip.compress, self.body, 1)
        return Outgoing(body, self.content_type, self.status, headers)

    def start(self, size: int | None) -> Message:
        """The ASGI message that begins the answer."""
        headers = [(b"content-type", self.content_type.encode()), (b"x-content-type-options", b"nosniff")]
        if size is not None:
            headers.append((b"content-length", str(size).encode()))
        headers += [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in self.headers.items()]
        return {"type": "http.response.start", "status": self.status, "headers": headers}
