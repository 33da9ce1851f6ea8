"""Many requests and many clients: nothing is lost, nothing fails, and nothing grows."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
from bench.load import Client as LoadClient
from bench.load import Tally, run

from tests.crash.clients import ServerProcess

Found = TypeVar("Found")
REQUESTS = 20_000
CLIENTS = 16


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server over SQLite."""
    process = ServerProcess(tmp_path)
    process.start()
    yield process
    process.end()


def finish(work: Coroutine[Any, Any, Found]) -> Found:
    """Run to the end in a thread of its own: another test's browser may keep a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def held_by(pid: int) -> tuple[int, int, int]:
    """Descriptors, threads and resident memory in MB of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    lines = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    descriptors = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return descriptors, int(lines["Threads"]), int(lines["VmRSS"].split()[0]) // 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="what a process holds is read in /proc")
def test_nothing_grows_over_many_requests(server: ServerProcess, tmp_path: Path) -> None:
    """Twenty thousand requests: a leak of a hundred bytes or one descriptor each would show."""

    async def ask(count: int, tally: Tally) -> None:
        async def one(number: int) -> None:
            client = LoadClient(server.address, tally)
            created = await client.ask("create", "POST", "runs/create", {"experiment_id": "0"})
            run_id = created["run"]["info"]["run_id"]
            for turn in range(count // CLIENTS):
                point = {"run_id": run_id, "key": "m", "value": 1.0, "timestamp": turn % 10, "step": turn % 10}
                if turn % 4 == 0:
                    await client.ask("get", "GET", f"runs/get?run_id={run_id}")
                elif turn % 4 == 1:
                    await client.ask("search", "POST", "runs/search", {"experiment_ids": ["0"], "max_results": 1})
                else:
                    await client.ask("log", "POST", "runs/log-metric", point)
                if turn % 100 == 0:
                    client.close()
            client.close()

        await asyncio.gather(*(one(number) for number in range(CLIENTS)))

    def rest() -> tuple[int, int, int]:
        for _ in range(50):  # the server notices that connections were closed
            found = held_by(server.pid)
            if found[0] < 40:
                break
            time.sleep(0.1)
        return found

    tally = Tally()
    finish(ask(REQUESTS // 4, tally))
    before = rest()
    for _ in range(50):  # clients that hang up in the middle
        with socket.create_connection(("127.0.0.1", server.port)) as connection, contextlib.suppress(OSError):
            connection.sendall(
                b"POST /api/2.0/mlflow/runs/create HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"
            )
    finish(ask(REQUESTS * 3 // 4, tally))
    after = rest()
    assert tally.errors == []
    assert sum(len(kind) for kind in tally.seconds.values()) >= REQUESTS - CLIENTS
    assert after[0] < 64, (before, after)  # connections to the database are kept, a few of them
    assert after[1] <= before[1], (before, after)
    assert after[2] <= before[2] + 15, (before, after)
    assert (tmp_path / "mlruns" / "flowmill.db-wal").stat().st_size < 16 * 2**20


def test_sixty_four_clients_at_once_lose_nothing(server: ServerProcess) -> None:
    found = finish(run(server.address, clients=64, seconds=3))
    assert (found["errors"], found["lost"]) == (0, 0), found
    assert set(found["kinds"]) == {"create", "set-tag", "log-batch", "log-metric", "get", "search"}
    assert "Traceback" not in server.log and "defect" not in server.log
