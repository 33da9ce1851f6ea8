"""Kill -9 at any moment: every point whose call returned is there, once."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from flowmill.settings import Settings
from flowmill.spool.folder import open_spool, open_spooled
from flowmill.store.open import open_store
from flowmill.wire.metrics import GetMetricHistory
from flowmill.wire.runs import CreateRun

ROUNDS = int(os.environ.get("FLOWMILL_CRASH_ROUNDS", "50"))


def log_until_killed(uri: str, run_id: str, acknowledged: int) -> None:
    """Log point after point; after each call its number goes to the pipe ``acknowledged``."""
    store = open_spooled(uri, Settings())
    step = 0
    while True:
        store.points(run_id, [("loss", float(step), 1_700_000_000_000 + step, step)])
        step += 1
        os.write(acknowledged, b"%d\n" % step)
        if step % 50 == 0:
            time.sleep(0.002)  # the thread that delivers gets its turn


def killed_after(uri: str, run_id: str, seconds: float) -> int:
    """How many points a process has logged until it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            log_until_killed(uri, run_id, writing)
        finally:
            os._exit(1)
    os.close(writing)
    last = b""
    end = time.monotonic() + seconds
    with os.fdopen(reading, "rb") as pipe:
        while time.monotonic() < end:
            last = pipe.readline() or last
        os.kill(child, signal.SIGKILL)
        for line in pipe:
            last = line if line.endswith(b"\n") else last
    os.waitpid(child, 0)
    return int(last or b"0")


@pytest.mark.parametrize("seed", range(5))
def test_killed_at_any_moment(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    uri = str(tmp_path / "runs")
    for _ in range(ROUNDS // 5):
        store = open_store(uri)
        run_id = store.send(CreateRun()).info.run_id
        store.close()
        count = killed_after(uri, run_id, chance.uniform(0.005, 0.12))
        left = open_spool(uri, Settings()).deliver_left()
        assert left.waiting == 0
        store = open_store(uri)
        points = store.send(GetMetricHistory(run_id=run_id, metric_key="loss")).metrics
        store.close()
        seen = Counter(point.step for point in points)
        assert not [step for step, times in seen.items() if times > 1]
        # The call after the last that was told may have returned too.
        assert sorted(seen) in (list(range(count)), list(range(count + 1)))
        assert all(point.value == point.step for point in points)
        assert list((tmp_path / "runs" / "spool").glob("*.spool")) == []
