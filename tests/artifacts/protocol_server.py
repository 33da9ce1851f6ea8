"""A small real server of the artifact protocol, with faults on demand."""

from __future__ import annotations

import json
import re
import threading
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from flowmill.artifacts.http import ENDPOINT
from flowmill.artifacts.local import LocalArtifacts
from flowmill.errors import FlowmillError


@dataclass
class Faults:
    """What goes wrong: how many of the next requests are answered 503, how many downloads break half-way,
    whether ranges are served, and which listing is sent instead of the true one."""

    busy: int = 0
    broken_downloads: int = 0
    ranges: bool = True
    listing: dict[str, Any] | None = None
    requests: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def serving(folder: Path) -> Generator[tuple[str, Faults]]:
    """The server's address and its faults, while it serves ``folder``."""
    faults = Faults()
    store = LocalArtifacts(folder)
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one packet an answer

        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            self.carry_out()

        def do_PUT(self) -> None:
            self.carry_out()

        def do_DELETE(self) -> None:
            self.carry_out()

        def carry_out(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            faults.requests.append(f"{self.command} {self.path}")
            faults.headers.append(dict(self.headers.items()))
            if faults.busy:
                faults.busy -= 1
                self.answer(503, b"")
                return
            try:
                self.answer_to(body)
            except FlowmillError as error:
                self.answer(error.get_http_status_code(), error.serialize_as_json().encode())

        def answer_to(self, body: bytes) -> None:
            parts = urlsplit(self.path)
            path = unquote(parts.path.partition(ENDPOINT)[2].removeprefix("/"))
            if self.command == "PUT":
                self.answer(200 if self.put(path, body) else 412, b"{}")
            elif self.command == "DELETE":
                store.delete(path)
                self.answer(200, b"{}")
            elif parts.path.endswith(ENDPOINT):
                self.answer(200, json.dumps(self.listing(parse_qs(parts.query).get("path", [""])[0])).encode())
            else:
                self.send(path)

        def put(self, path: str, body: bytes) -> bool:
            tag, nothing = self.headers.get("If-Match"), self.headers.get("If-None-Match") == "*"
            with lock:
                there = store.stat(path)
                now = None if there is None or not (tag or nothing) else tag_of(store.read(path))
                if (nothing and now is not None) or (tag and now != tag):
                    return False
                store.put(path, body)
                return True

        def listing(self, path: str) -> dict[str, Any]:
            if faults.listing is not None:
                return faults.listing
            infos = store.list(path)
            return {"files": [{**info.to_dictionary(), "path": Path(info.path).name} for info in infos]}

        def send(self, path: str) -> None:
            data = store.read(path)
            wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
            if wanted and faults.ranges:
                if int(wanted[1]) >= len(data):
                    self.answer(416, b"")
                else:
                    self.send_range(data, int(wanted[1]), int(wanted[2] or len(data)))
            elif faults.broken_downloads:
                faults.broken_downloads -= 1
                self.answer(200, data, cut=len(data) // 2)
                self.close_connection = True
            else:
                self.answer(200, data, ETag=tag_of(data))

        def send_range(self, data: bytes, first: int, last: int) -> None:
            part = data[first : last + 1]
            where = {"Content-Range": f"bytes {first}-{first + len(part) - 1}/{len(data)}", "ETag": tag_of(data)}
            if faults.broken_downloads:
                faults.broken_downloads -= 1
                self.answer(206, part, cut=len(part) // 2, **where)
                self.close_connection = True
            else:
                self.answer(206, part, **where)

        def answer(self, status: int, body: bytes, cut: int | None = None, **headers: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body[:cut])

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", faults
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def tag_of(data: bytes) -> str:
    """The ETag of a file with this content."""
    return f'"{zlib.crc32(data):x}"'
