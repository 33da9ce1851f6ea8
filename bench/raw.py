"""Raw HTTP load on a server: requests that are ready as bytes, sent over kept connections."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from tests.peer.server import free_port, server_process

from bench.sides import Sample, Side, group_cpu


class Server:
    """A server that runs; its CPU is that of all its processes."""

    def __init__(self, address: str, group: int) -> None:
        self.address = address
        self.group = group

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """One request, its answer as JSON."""
        request = Request(
            f"{self.address}/api/2.0/mlflow/{path}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    def raw(self, path: str, body: dict[str, Any] | None) -> bytes:
        """A request as it goes over the wire: a POST, or a GET without a body."""
        path = path if path.startswith("/") else f"/api/2.0/mlflow/{path}"
        host = urlsplit(self.address).netloc
        if body is None:
            return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
        content = json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        return head.encode() + content

    def cpu(self) -> float:
        """Seconds of CPU that the server has used so far."""
        return group_cpu(self.group)

    def load(self, clients: Sequence[Sequence[bytes]]) -> Sample:
        """Send the requests of each client over a connection of its own, one after the other.

        The clock and the server's CPU, both for one request.
        """
        number = sum(map(len, clients))
        failures: list[str] = []

        def work(requests: Sequence[bytes]) -> None:
            with self._connection() as connection:
                for request in requests:
                    connection.sendall(request)
                    answer = _answer(connection)
                    if b" 200 " not in answer[:15]:
                        failures.append(answer[:500].decode(errors="replace"))
                        return

        threads = [threading.Thread(target=work, args=(requests,)) for requests in clients]
        cpu, wall = self.cpu(), time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wall, cpu = time.perf_counter() - wall, self.cpu() - cpu
        if failures:
            raise RuntimeError(failures[0])
        return Sample(wall / number, cpu / number)

    @contextmanager
    def _connection(self) -> Iterator[socket.socket]:
        place = urlsplit(self.address)
        assert place.hostname is not None
        with socket.create_connection((place.hostname, place.port or 80), timeout=60) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield connection


@contextmanager
def served(side: Side, folder: Path) -> Iterator[Server]:
    """The server of a side, storing below `folder`."""
    port = free_port()
    command = side.server_command(port, folder)
    with server_process(command, port=port, folder=folder, settings=side.settings(folder)) as address:
        yield Server(address, _group_at(port, command))


def _group_at(port: int, command: Sequence[str]) -> int:
    """The process group of the server that was started with this command."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if str(port).encode() in words and b"server" in words:
                return int((folder / "stat").read_text().rsplit(")", 1)[1].split()[2])
        except OSError:
            continue
    raise RuntimeError(f"{command[0]} is not among the processes.")


def _answer(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += _more(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
    )
    while len(body) < length:
        body += _more(connection)
    return head + b"\r\n\r\n" + body


def _more(connection: socket.socket) -> bytes:
    part = connection.recv(65536)
    if not part:
        raise RuntimeError("The server closed the connection.")
    return part
