"""What does a file cost that goes through the server: 100 MiB up, 100 MiB down, 100 small files down?

The same bare client of Python's asks both, so that the server is what is measured: seconds by the clock, and
seconds of CPU and peak memory of the server's processes.
"""

from __future__ import annotations

import http.client
import os
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.peer.server import answers, ended, free_port

from bench.sides import Question, Sample, Side, group_cpu, group_memory

PLACE = "/api/2.0/mlflow-artifacts/artifacts/0/0123456789abcdef0123456789abcdef/artifacts"
SIZE = 100 << 20

Ask = Callable[[http.client.HTTPConnection], None]


def send(connection: http.client.HTTPConnection, name: str, content: bytes) -> None:
    """Store one file."""
    connection.request("PUT", f"{PLACE}/{name}", content, {"Content-Type": "application/octet-stream"})
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200, answer.status


def fetch(connection: http.client.HTTPConnection, name: str, size: int) -> None:
    """Read one file and forget it."""
    connection.request("GET", f"{PLACE}/{name}")
    answer = connection.getresponse()
    buffer = bytearray(1 << 20)
    got = 0
    while count := answer.readinto(buffer):
        got += count
    assert (answer.status, got) == (200, size)


def up(connection: http.client.HTTPConnection, content: bytes) -> None:
    """Five big files up."""
    for number in range(5):
        send(connection, f"big-{number}.bin", content)


def down(connection: http.client.HTTPConnection) -> None:
    """One big file down, five times."""
    for _ in range(5):
        fetch(connection, "big-0.bin", SIZE)


def small(connection: http.client.HTTPConnection) -> None:
    """Each of the small files down, one after the other."""
    for number in range(100):
        fetch(connection, f"small/{number}", 2000)


def measured(prepare: Ask | None, ask: Ask, times: int, side: Side, folder: Path) -> Sample:
    """`ask` against a fresh server of a side, after `prepare` and one round to warm up; a ``times``-th of it."""
    port = free_port()
    with (folder / "output.log").open("wb") as output:
        process = subprocess.Popen(
            side.server_command(port, folder),
            cwd=folder,
            env=side.settings(folder),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    with ended(process):
        end = time.monotonic() + 90
        while not answers(f"http://127.0.0.1:{port}/health"):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError((folder / "output.log").read_text(errors="replace")[-3000:])
            time.sleep(0.05)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        if prepare is not None:
            prepare(connection)
        ask(connection)
        time.sleep(2)  # what the server does at its start anyway
        before, start = group_cpu(process.pid), time.perf_counter()
        ask(connection)
        wall = time.perf_counter() - start
        cpu = group_cpu(process.pid) - before
        return Sample(wall / times, cpu / times, group_memory(process.pid))


def some_small(connection: http.client.HTTPConnection) -> None:
    """Store the small files."""
    for number in range(100):
        send(connection, f"small/{number}", os.urandom(2000))


CONTENT = os.urandom(1 << 20) * 100

UP = Question(
    asks="a file of 100 MiB up through the server; the server's CPU and memory",
    measure=partial(measured, None, partial(up, content=CONTENT), 5),
    target="170 ms (600 MB/s), flat memory",
    rounds=3,
)
DOWN = Question(
    asks="a file of 100 MiB down through the server; the server's CPU and memory",
    measure=partial(measured, partial(send, name="big-0.bin", content=CONTENT), down, 5),
    target="170 ms (600 MB/s), flat memory",
    rounds=3,
)
SMALL = Question(
    asks="100 files of 2 kB down through the server, one after the other; the server's CPU and memory",
    measure=partial(measured, some_small, small, 1),
    target="67 ms (1,500 files/s)",
    rounds=3,
)
