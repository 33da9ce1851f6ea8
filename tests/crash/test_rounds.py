"""Everything fails at once: seeded rounds in which clients, servers and networks die.

In each round a process logs through a network that fails, the server is killed now and then, and the process is
killed at a random moment. What its calls had acknowledged must be in the store in the end, each record once.
``FLOWMILL_CRASH_ROUNDS`` says how many rounds (``make crash`` for a thousand), ``FLOWMILL_CRASH_FIRST`` the first seed.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from flowmill.entities.caller import NOBODY
from flowmill.entities.run import Run, RunTag
from flowmill.settings import Settings
from flowmill.spool.folder import open_spool, open_spooled
from flowmill.store.rest import RestStore
from flowmill.wire.metrics import GetMetricHistory
from flowmill.wire.runs import CreateRun, GetRun, LogParam, SetTag
from tests.crash.clients import ServerProcess
from tests.crash.proxy import Proxy

ROUNDS = int(os.environ.get("FLOWMILL_CRASH_ROUNDS", "50"))
FIRST = int(os.environ.get("FLOWMILL_CRASH_FIRST", "0"))
SERVER_DIES = 0.2
"""Share of the rounds in which it does."""
EVERY = 25
"""A parameter and a tag after so many points."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    folder = tmp_path / "server"
    folder.mkdir()
    process = ServerProcess(folder)
    process.start()
    yield process
    process.end(signal.SIGKILL)


def log_until_killed(uri: str, settings: Settings, run: Run, pause: float, acknowledged: int) -> None:
    """Log point after point; after each call its number and the call's time in ns go to the pipe."""
    store = open_spooled(uri, settings, NOBODY)
    store.opened(run)
    run_id = run.info.run_id
    step = 0
    while True:
        start = time.perf_counter_ns()
        store.points(run_id, [("loss", float(step), 1_700_000_000_000 + step, step)])
        taken = time.perf_counter_ns() - start
        if step % EVERY == 0:
            store.send(LogParam(run_id=run_id, key=f"p{step}", value=str(step)))
            store.send(SetTag(run_id=run_id, key="last", value=str(step)))
        step += 1
        os.write(acknowledged, b"%d %d\n" % (step, taken))
        if step % 20 == 0:
            time.sleep(pause)


def start(uri: str, settings: Settings, run: Run, pause: float) -> tuple[int, int]:
    """A process that logs: its id, and the end of the pipe on which it acknowledges."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            log_until_killed(uri, settings, run, pause, writing)
        finally:
            os._exit(1)
    os.close(writing)
    return child, reading


def acknowledged(reading: int, child: int, until: float) -> list[int]:
    """The times in ns of all calls that returned until the process was killed."""
    with os.fdopen(reading, "rb") as pipe:
        lines: list[bytes] = []
        while time.monotonic() < until and (line := pipe.readline()):
            lines.append(line)
        os.kill(child, signal.SIGKILL)
        lines += pipe.readlines()
    os.waitpid(child, 0)
    return [int(line.split()[1]) for line in lines if line.endswith(b"\n")]


def check(store: RestStore, run_id: str, count: int) -> None:
    points = store.send(GetMetricHistory(run_id=run_id, metric_key="loss")).metrics
    seen = Counter(point.step for point in points)
    assert not [step for step, times in seen.items() if times > 1]
    # The call after the last that was told may have returned too.
    assert sorted(seen) in (list(range(count)), list(range(count + 1)))
    assert all(point.value == point.step for point in points)
    data = store.send(GetRun(run_id=run_id)).data
    written = {f"p{step}": str(step) for step in range(0, count, EVERY)}
    assert written.items() <= data.params.items()
    assert len(data.params) <= len(written) + 1
    if written:
        assert int(data.tags["last"]) >= len(written) * EVERY - EVERY
        assert data.tags["flowmill.end"].startswith("The process died without a word")


def test_rounds(server: ServerProcess, tmp_path: Path) -> None:
    settings = Settings(spool=tmp_path / "spool", http_retries=0)
    proxy = Proxy(server.port, 7, 0.0)
    times: list[int] = []
    try:
        for seed in range(FIRST, FIRST + ROUNDS):
            chance = random.Random(seed)
            proxy.rate = 0.0
            store = RestStore(server.address, settings)
            run = store.send(CreateRun(tags=[RunTag("seed", str(seed))]))
            proxy.rate = chance.choice((0.0, 0.1, 0.3, 0.8))
            child, reading = start(proxy.address, settings, run, chance.uniform(0.0005, 0.005))
            seconds = chance.uniform(0.02, 0.6)
            if chance.random() < SERVER_DIES:
                time.sleep(chance.uniform(0, seconds))
                server.end(signal.SIGKILL)
            returned = acknowledged(reading, child, time.monotonic() + seconds)
            if server.process_is_gone:
                server.start()
            times += returned
            proxy.rate = 0.0
            left = open_spool(proxy.address, settings).deliver_left()
            assert (left.waiting, left.refused) == (0, 0), f"seed {seed}: {left}"
            check(store, run.info.run_id, len(returned))
            store.close()
    finally:
        proxy.close()
    times.sort()
    p50, p99, most = (times[min(int(len(times) * share), len(times) - 1)] / 1000 for share in (0.5, 0.99, 1.0))
    sys.stdout.write(
        f"\n{ROUNDS} rounds, {len(times):,} points: log_metric p50 {p50:.1f} µs, p99 {p99:.1f} µs, most {most:.0f} µs; "
        f"the network {proxy.met}\n"
    )
