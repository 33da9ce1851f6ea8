"""A network that fails: between a client and a server it drops, delays, truncates, or answers 500 itself."""

from __future__ import annotations

import contextlib
import random
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

FAULTS = ("refuse", "drop_request", "drop_answer", "truncate", "error", "delay")


class Proxy:
    """Forwards to ``port``; a share ``rate`` of the requests meets a fault, chosen by ``seed``."""

    def __init__(self, port: int, seed: int, rate: float) -> None:
        self._target = port
        self._random = random.Random(seed)
        self.rate = rate
        self.met: dict[str, int] = dict.fromkeys(FAULTS, 0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self) -> str:
        """What the client is told."""
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Refuse from now on."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _fault(self) -> str | None:
        if self._random.random() >= self.rate:
            return None
        fault = self._random.choice(FAULTS)
        self.met[fault] += 1
        return fault

    def _serve(self, client: socket.socket) -> None:
        """One connection, which carries many requests: each may meet a fault, and most faults end it."""
        with client, contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._target)) as server:
            while asked := _message(client):
                fault = self._fault()
                if fault == "refuse":
                    return
                if fault == "error":
                    client.sendall(b"HTTP/1.1 500 Oops\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnope")
                    return
                if fault == "drop_request":
                    server.sendall(asked[: len(asked) // 2])
                    return
                if fault == "delay":
                    time.sleep(0.2)
                server.sendall(asked)
                answer = _message(server)
                # Whatever the server did is done; what it said about it may be lost.
                if fault == "drop_answer":
                    return
                client.sendall(answer[:30] if fault == "truncate" else answer)
                if fault == "truncate" or not answer:
                    return


def _message(source: socket.socket) -> bytes:
    """A whole request or answer with its Content-Length; what there is of it when the connection ends."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = source.recv(1 << 16)
        if not part:
            return data
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"(?im)^content-length: *(\d+)", head)
    missing = int(length[1]) - len(body) if length else 0
    while missing > 0 and (part := source.recv(1 << 16)):
        data += part
        missing -= len(part)
    return data


@contextmanager
def failing_network(port: int, seed: int, rate: float) -> Iterator[Proxy]:
    """A proxy in front of the server on ``port``."""
    proxy = Proxy(port, seed, rate)
    try:
        yield proxy
    finally:
        proxy.close()
