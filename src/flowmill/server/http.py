"""HTTP as plain values: what came in, what goes out."""

from __future__ import annotations

import gzip
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from flowmill.errors import Invalid, TooLarge

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

LARGEST_BODY = 64 * 1024 * 1024
"""Bytes of a JSON body; files are streamed and not bound by it."""

_WORTH_COMPRESSING = 2048
_TEXT = ("application/json", "text/", "application/javascript", "image/svg+xml")


@dataclass
class Incoming:
    """A request: ``path`` is decoded once and starts with a slash."""

    method: str
    path: str
    headers: Mapping[bytes, bytes]
    query_string: bytes
    receive: Receive
    scheme: str = "http"

    @classmethod
    def of(cls, scope: Scope, receive: Receive, path: str) -> Incoming:
        """The request of an ASGI scope."""
        return cls(scope["method"], path, dict(scope["headers"]), scope["query_string"], receive, scope["scheme"])

    def header(self, name: bytes) -> str:
        """A header as text, empty if it is not there."""
        return self.headers.get(name, b"").decode("latin-1")

    @property
    def origin(self) -> str:
        """The address by which the client reached the server, as far as a proxy between them says it."""
        forwarded = self.header(b"x-forwarded-proto").partition(",")[0].strip().lower()
        scheme = forwarded if forwarded in ("http", "https") else self.scheme
        return f"{scheme}://{self.header(b'host')}"

    @property
    def query(self) -> list[tuple[str, str]]:
        """The query string's pairs."""
        try:
            return parse_qsl(self.query_string.decode("ascii"), keep_blank_values=True, errors="strict")
        except (UnicodeError, ValueError):
            raise Invalid("The query string is not valid UTF-8 in percent encoding.") from None

    async def body(self) -> bytes:
        """The whole body; TooLarge over `LARGEST_BODY`."""
        declared = self.header(b"content-length")
        if declared.isdigit() and int(declared) > LARGEST_BODY:
            raise TooLarge(f"The body has {int(declared):,} bytes; at most {LARGEST_BODY:,} are accepted.")
        message = await self.receive()
        body = message.get("body", b"")
        if not message.get("more_body"):
            return body
        parts, size = [body], len(body)
        while message.get("more_body"):
            message = await self.receive()
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > LARGEST_BODY:
                raise TooLarge(f"The body has more than {LARGEST_BODY:,} bytes, which is what is accepted.")
        return b"".join(parts)


@dataclass
class Outgoing:
    """An answer with a body in memory, or in chunks that a blocking iterator gives.

    ``exact``: the body is a file's or packed already, and is sent as it is.
    """

    body: bytes = b""
    content_type: str = "application/json"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    chunks: Iterator[bytes] | None = None
    exact: bool = False

    def compressed_for(self, accepted: str) -> Outgoing:
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
        return Outgoing(gzip.compress(self.body, 1), self.content_type, self.status, headers)

    def start(self, size: int | None) -> Message:
        """The ASGI message that begins the answer."""
        headers = [(b"content-type", self.content_type.encode()), (b"x-content-type-options", b"nosniff")]
        if size is not None:
            headers.append((b"content-length", str(size).encode()))
        headers += [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in self.headers.items()]
        return {"type": "http.response.start", "status": self.status, "headers": headers}
