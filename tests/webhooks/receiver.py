"""A receiver of webhooks as somebody else would write it: plain HTTP, and a signature checked by hand."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Got:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def event(self) -> dict[str, Any]:
        """What it tells."""
        return json.loads(self.body)

    def is_signed_with(self, secret: str) -> bool:
        """MLflow's documented check, written out."""
        told = f"{self.headers['X-MLflow-Delivery-Id']}.{self.headers['X-MLflow-Timestamp']}.{self.body.decode()}"
        digest = hmac.new(secret.encode(), told.encode(), hashlib.sha256).digest()
        version, _, signature = self.headers["X-MLflow-Signature"].partition(",")
        return version == "v1" and hmac.compare_digest(signature, base64.b64encode(digest).decode())


@dataclass
class Receiver:
    """What came in. ``/status/503`` answers so; ``/status/503/2`` does so twice, then 200; ``/slow`` takes its time."""

    address: str = ""
    got: list[Got] = field(default_factory=list[Got])
    slow: threading.Event = field(default_factory=threading.Event)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def wait(self, count: int, seconds: float = 20) -> list[Got]:
        """The first ``count`` requests; AssertionError if they do not come."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.got) >= count, seconds), f"only {len(self.got)} came"
            return list(self.got)

    def told(self) -> list[str]:
        """The events in short."""
        return [f"{each.event['entity']}.{each.event['action']}" for each in self.got]


@contextmanager
def receiving(port: int = 0) -> Iterator[Receiver]:
    """A running receiver on 127.0.0.1."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            with receiver.changed:
                receiver.got.append(Got(self.path, dict(self.headers.items()), body, time.time()))
                seen = sum(each.path == self.path for each in receiver.got)
                receiver.changed.notify_all()
            words = self.path.strip("/").split("/")
            if words[0] == "slow":
                receiver.slow.wait(30)
            status = int(words[1]) if words[0] == "status" else 200
            if len(words) > 2 and seen > int(words[2]):
                status = 200
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", f"{receiver.address}/elsewhere")
            if status == 429:
                self.send_header("Retry-After", "1")
            self.send_header("Content-Length", "6")
            self.end_headers()
            self.wfile.write(b"inside")

        do_GET = do_POST

        def log_message(self, format: str, *args: object) -> None:
            """What came is in `got`."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    receiver.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.slow.set()
        server.shutdown()
        server.server_close()
        thread.join()
