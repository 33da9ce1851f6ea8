"""A proxy that writes down every exchange between an MLflow client and an MLflow server.

It stands before a server and hands each request on unchanged. `Recorder.exchanges` is the list of what
passed, in order; ``recorder.label("story", "first run")`` names what follows.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

HOP_HEADERS = frozenset(
    {
        "connection",
        "keep-alive",
        "transfer-encoding",
        "te",
        "trailer",
        "upgrade",
        "content-length",
        "date",
        "server",
    }
)


@dataclass
class Exchange:
    """One request and its answer, bodies as they went over the wire."""

    label: str
    method: str
    path: str
    query: str
    request_headers: dict[str, str]
    request_body: bytes
    status: int
    response_headers: dict[str, str]
    response_body: bytes


@dataclass
class Recorder:
    """The exchanges seen so far; thread-safe, since clients send several at once."""

    upstream: str
    exchanges: list[Exchange] = field(default_factory=list)
    current: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def label(self, name: str) -> None:
        """Name the exchanges that follow."""
        self.current = name

    def forward(self, handler: BaseHTTPRequestHandler) -> None:
        """Hand one request to the server behind, write both down and answer."""
        if handler.path.startswith("/recorder/label/"):
            self.label(handler.path.removeprefix("/recorder/label/"))
            handler.send_response(204)
            handler.end_headers()
            return
        body = _read_body(handler)
        parts = urlsplit(self.upstream)
        connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=120)
        headers = {k: v for k, v in handler.headers.items() if k.lower() not in HOP_HEADERS}
        headers["Content-Length"] = str(len(body))
        if not body and handler.command in ("GET", "HEAD"):
            del headers["Content-Length"]
        connection.request(handler.command, handler.path, body=body or None, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        kept = {k.lower(): v for k, v in answer.getheaders() if k.lower() not in HOP_HEADERS}
        path, _, query = handler.path.partition("?")
        with self.lock:
            self.exchanges.append(
                Exchange(
                    label=self.current,
                    method=handler.command,
                    path=path,
                    query=query,
                    request_headers={k.lower(): v for k, v in handler.headers.items()},
                    request_body=body,
                    status=answer.status,
                    response_headers=kept,
                    response_body=content,
                )
            )
        handler.send_response(answer.status)
        for name, value in kept.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(content)


def _read_body(handler: BaseHTTPRequestHandler) -> bytes:
    if handler.headers.get("Transfer-Encoding", "").lower() == "chunked":
        pieces: list[bytes] = []
        while size := int(handler.rfile.readline().split(b";")[0], 16):
            pieces.append(handler.rfile.read(size))
            handler.rfile.readline()
        handler.rfile.readline()
        return b"".join(pieces)
    return handler.rfile.read(int(handler.headers.get("Content-Length", 0)))


@contextmanager
def recording(upstream: str) -> Iterator[tuple[Recorder, str]]:
    """A running proxy before `upstream` and the address that clients use instead of it."""
    recorder = Recorder(upstream)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            recorder.forward(self)

        do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the exchanges are the log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield recorder, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
