"""What no HTTP client sends: broken, endless and slow requests. The server answers or hangs up, and goes on."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.clients import ServerProcess
from tests.fuzz.requests import Call
from tests.fuzz.wire import Wire

POST = b"POST /api/2.0/mlflow/runs/create HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
GET = b"GET /api/2.0/mlflow/experiments/get?experiment_id=0 HTTP/1.1\r\n"

BROKEN = {
    "nothing": b"",
    "half a line": b"GET /heal",
    "half a head": GET + b"Host: loc",
    "half a body": POST + b'Content-Length: 100\r\n\r\n{"experiment_id": "0"',
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
    "binary": bytes(range(256)) * 20,
    "no host": b"GET /health HTTP/1.1\r\n\r\n",
    "two hosts": GET + b"Host: localhost\r\nHost: evil.example\r\n\r\n",
    "old version": b"GET /health HTTP/0.9\r\n\r\n",
    "new version": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "bad chunk size": POST + b"Transfer-Encoding: chunked\r\n\r\nZZZ\r\n{}\r\n0\r\n\r\n",
    "huge chunk size": POST + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n{}",
    "negative chunk": POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n",
    "chunks that end early": POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{}",
    "two lengths": POST + b"Content-Length: 2\r\nContent-Length: 5\r\n\r\n{}",
    "length and chunks": POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "negative length": POST + b"Content-Length: -5\r\n\r\n{}",
    "length in words": POST + b"Content-Length: many\r\n\r\n{}",
    "length beyond 64 bits": POST + b"Content-Length: 99999999999999999999999\r\n\r\n{}",
    "control characters": b"GET /api/\x00\x01\x7f HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "header of a megabyte": GET + b"Host: localhost\r\nX-Long: " + b"x" * 1_000_000 + b"\r\n\r\n",
    "100,000 headers": GET + b"Host: localhost\r\n" + b"X-A: b\r\n" * 100_000 + b"\r\n",
    "line of a megabyte": b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "split header": GET + b"Host: localhost\r\nX: a\r\n b: c\r\n\r\n",
    "proxy": b"CONNECT localhost:22 HTTP/1.1\r\nHost: localhost:22\r\n\r\n",
    "absolute": b"GET http://evil.example/health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "upgrade": b"GET /health HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    "expect": POST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n",
    "pipeline": (GET + b"Host: localhost\r\n\r\n") * 200,
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One server for all of them."""
    process = ServerProcess(tmp_path_factory.mktemp("server"))
    process.start()
    yield process
    process.end()


def answer_to(server: ServerProcess, content: bytes, patience: float = 2.0) -> bytes:
    """All that comes back until the server is silent or hangs up, then hang up."""
    received = b""
    hung_up = contextlib.suppress(BrokenPipeError, ConnectionResetError, TimeoutError)
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection, hung_up:
        connection.sendall(content)
        connection.settimeout(patience)
        while part := connection.recv(1 << 16):
            received += part
            connection.settimeout(0.2)
    return received


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_request_harms_nobody(server: ServerProcess, name: str) -> None:
    received = answer_to(server, BROKEN[name], patience=0.3)
    if received:
        assert received.startswith(b"HTTP/1.1 "), received[:200]
        assert received[9:10] in b"1234", received[:500]
        assert b"Traceback" not in received
    wire = Wire(server.address)
    assert wire.ask(Call("GET", "/health", b"", None)).body == b"OK"
    wire.close()
    assert "Traceback" not in server.log, server.log


def test_slow_senders_do_not_stop_the_others(server: ServerProcess) -> None:
    slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(200)]
    for connection in slow:
        connection.sendall(POST + b"Content-Length: 1000\r\n\r\n{")
    wire = Wire(server.address)
    for _ in range(3):
        for connection in slow:
            connection.sendall(b" ")
        body = b'{"experiment_id": "0"}'
        assert wire.ask(Call("POST", "/api/2.0/mlflow/runs/create", body, "application/json")).status == 200
    wire.close()
    for connection in slow:
        connection.close()
    assert "Traceback" not in server.log, server.log


def test_an_endless_body_ends_at_the_limit(server: ServerProcess) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n")
        chunk = b"%x\r\n" % 1_000_000 + b" " * 1_000_000 + b"\r\n"
        sent = 0
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.settimeout(10)
            while sent < 200:
                connection.sendall(chunk)
                sent += 1
                connection.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    if connection.recv(100):
                        break
                connection.settimeout(10)
        assert 60 < sent < 200, sent
    wire = Wire(server.address)
    assert wire.ask(Call("GET", "/health", b"", None)).body == b"OK"
    wire.close()


def test_clients_that_leave_before_the_answer(server: ServerProcess, tmp_path: Path) -> None:
    for _ in range(100):
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(POST + b'Content-Length: 22\r\n\r\n{"experiment_id": "0"}')
    time.sleep(0.2)
    wire = Wire(server.address)
    body = b'{"experiment_ids": ["0"], "max_results": 1}'
    assert wire.ask(Call("POST", "/api/2.0/mlflow/runs/search", body, "application/json")).status == 200
    wire.close()
    assert "Traceback" not in server.log, server.log
