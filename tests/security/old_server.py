"""A server with the holes that MLflow's early ones had, on purpose: what an attack that works looks like."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qs, unquote, urlsplit

from flowmill.attacks.target import CONTENT


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        path = parse_qs(parts.query).get("path", [""])[0] or unquote(parts.path)
        if parts.path == "/":
            self._say(200, b"<!doctype html>", "text/html")
        elif "file.txt" in path:
            self._say(200, CONTENT, "text/plain")
        elif path.endswith(("x.html", "x.svg", "x.ipynb")):
            self._say(200, b"<script>", "text/html")
        elif path.endswith("passwd"):
            self._say(200, b"root:x:0:0:root:/root:/bin/bash", "text/plain")
        elif path.endswith("passwf"):
            self._say(404, b'{"error_code": "RESOURCE_DOES_NOT_EXIST"}')
        else:
            self._say(200, b"{}")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if body.startswith(b"[["):
            self._say(500, b"Traceback (most recent call last)", "text/html")
        elif "users/create" in self.path:
            self._say(400, f"Invalid content type {self.headers['Content-Type']}".encode(), "text/html")
        elif "mpu/create" in self.path:
            self._say(200, json.dumps({"url": f"http://{self.headers.get('X-Forwarded-Host', '')}/"}).encode())
        elif "runs/create" in self.path:
            self._say(200, b'{"run": {"info": {"run_id": "r"}}}')
        elif "logged-models" in self.path:
            self._say(200, b'{"model": {"info": {"model_id": "m"}}}')
        else:
            self._say(200, b'{"experiment_id": "1"}')

    do_PUT = do_DELETE = do_POST

    def _say(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


class OldServer:
    """Such a server on a free port; a context that gives its address."""

    def __enter__(self) -> str:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
