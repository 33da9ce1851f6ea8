"""What does a long metric cost: to read whole, to draw, to keep?

A hundred thousand points, or with ``--big`` a million (MLflow then takes minutes). The noisy series is float64 from
a normal distribution, whose entropy is 6.9 bytes a value; the other one was a float32 once, as losses are.
"""

from __future__ import annotations

import math
import random
import struct
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.raw import Server, served
from bench.sides import Question, Sample, Side, reported

POINTS = 1_000_000 if "--big" in sys.argv else 100_000

READ_ALL = """
import time
import {module} as mlflow
client = mlflow.MlflowClient({address!r})
client.get_metric_history({run_id!r}, "none")
wall, cpu = time.perf_counter(), time.process_time()
points = len(client.{call}({run_id!r}, "loss"))
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
assert points == {points}, points
print(wall, cpu)
"""


def noisy(number: random.Random, step: int) -> float:
    """A float64 of noise."""
    return number.gauss(0, 1)


def once_float32(number: random.Random, step: int) -> float:
    """A loss that falls, as a float32."""
    return struct.unpack("f", struct.pack("f", math.exp(-3 * step / POINTS) + number.gauss(0, 0.01)))[0]


def fill(server: Server, values: Callable[[random.Random, int], float]) -> str:
    """A run with a series of `POINTS`, a step every 20 ms or so; its id."""
    number = random.Random(1)
    run_id = str(server.post("runs/create", {"experiment_id": "0", "start_time": 10**12})["run"]["info"]["run_id"])
    time = 10**12
    for start in range(0, POINTS, 1000):
        points: list[dict[str, float | str]] = []
        for step in range(start, start + 1000):
            time += max(1, round(number.gauss(20, 1)))
            points.append({"key": "loss", "value": values(number, step), "timestamp": time, "step": step})
        server.post("runs/log-batch", {"run_id": run_id, "metrics": points})
    return run_id


def read_all(call: str, side: Side, folder: Path) -> Sample:
    """A client over HTTP that reads every point; CPU is the client's and the server's together."""
    with served(side, folder) as server:
        run_id = fill(server, noisy)
        name = call if side.module == "flowmill" else "get_metric_history"
        code = READ_ALL.format(module=side.module, address=server.address, run_id=run_id, call=name, points=POINTS)
        before = server.cpu()
        client = reported(side, code, folder)
        return Sample(client.wall, client.cpu + server.cpu() - before)


def draw(side: Side, folder: Path) -> Sample:
    """What each side's page asks for 320 points of the series, ten times; the mean of one."""
    with served(side, folder) as server:
        run_id = fill(server, noisy)
        if side.module == "flowmill":
            body = {"run_ids": [run_id], "keys": ["loss"], "points": 320}
            request = server.raw("/api/flowmill/1/metrics/series", body)
        else:
            path = f"/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?run_ids={run_id}&metric_key=loss"
            request = server.raw(f"{path}&max_results=320", None)
        server.load([[request]])
        return server.load([[request] * 10])


def keep(values: Callable[[random.Random, int], float], side: Side, folder: Path) -> Sample:
    """Bytes on disk a point, shown where memory is; CPU is what the server paid a point to take them in."""
    with served(side, folder):
        pass  # an empty database, written to its file when the server ends
    before = _bytes(folder)
    with served(side, folder) as server:
        cpu = server.cpu()
        fill(server, values)
        cpu = server.cpu() - cpu
    return Sample(cpu / POINTS, cpu / POINTS, (_bytes(folder) - before) / POINTS)


def _bytes(folder: Path) -> int:
    # The write-ahead log is emptied when the server ends; while it runs its size says nothing.
    return sum(file.stat().st_size for file in folder.rglob("*.db"))


_SIZE = f"{POINTS:,} points"

QUESTIONS = {
    "history": Question(
        f"all of {_SIZE} as Metric objects over HTTP (client and server)",
        partial(read_all, "get_metric_history"),
        "0.2 s for a million",
        rounds=1,
    ),
    "history_columns": Question(
        f"all of {_SIZE} as columns over HTTP (MLflow: as objects; it has no columns)",
        partial(read_all, "get_metric_series"),
        "0.2 s for a million",
        rounds=1,
    ),
    "history_chart": Question(f"320 of {_SIZE}, server's CPU", draw, "10 ms", rounds=1),
    "history_noisy": Question(
        f"{_SIZE} of noise: bytes a point under memory, CPU a point to take in", partial(keep, noisy), "8 bytes", 1
    ),
    "history_float32": Question(
        f"{_SIZE} that were float32: bytes a point under memory, CPU a point to take in",
        partial(keep, once_float32),
        "3 bytes",
        1,
    ),
}
