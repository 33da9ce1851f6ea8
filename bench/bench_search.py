"""What do the usual searches cost among many runs: on Flowmill's server 100,000, on MLflow's as many as it bears?

Both databases are filled directly, with the same values of `flowmill.testing.many_runs`: 10 metrics, 20 parameters
and 5 tags a run. ``python -m bench.bench_search --runs 1000000`` asks Flowmill alone, at any size.
"""

from __future__ import annotations

import argparse
import atexit
import json
import math
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from tests.peer.server import answers, ended, free_port

from bench.sides import Question, Sample, Side, group_cpu, reported
from flowmill.store.open import open_store
from flowmill.store.sql.sqlite import SqliteDatabase
from flowmill.testing.many_runs import FIRST_START, MORE, fill_runs, id_of, name_of, status_of, values_of

OURS, THEIRS = 100_000, 10_000
ROWS_IN_FRAME = 10_000

_FRAME = """
import time, os
import {module} as mlflow
import pandas
mlflow.set_tracking_uri({address!r})
mlflow.search_runs(["0"], max_results=1)
wall, cpu = time.perf_counter(), time.process_time()
frame = mlflow.search_runs(["0"], max_results={rows})
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
assert len(frame) == {rows}, len(frame)
print(wall, cpu)
"""


@dataclass(frozen=True)
class Shape:
    """A search: what it asks, how often, and how much it may cost."""

    asks: str
    filter: str = ""
    order_by: tuple[str, ...] = ()
    rows: int = 100
    target: str = "10 ms"

    def body(self) -> bytes:
        """The request."""
        ask = {"experiment_ids": ["0"], "filter": self.filter, "order_by": self.order_by, "max_results": self.rows}
        return json.dumps(ask).encode()


SHAPES = {
    "search": Shape("the newest 1,000 runs, whole", rows=1_000, target="30 ms"),
    "search_page": Shape("the newest 100 runs, whole", target="5 ms"),
    "search_filter": Shape("100 runs by a parameter that every tenth has", "params.p01 = '3'"),
    "search_like": Shape("100 runs by LIKE on a tag", "tags.t0 LIKE '%rd3'"),
    "search_metric": Shape("100 runs by a metric's threshold", "metrics.m0 > 0.5"),
    "search_rare": Shape("the one run with a value", "params.p02 = '5000'"),
    "search_order": Shape("100 runs in the order of a metric", order_by=("metrics.m0 DESC",)),
    "search_both": Shape("100 runs by a parameter, best metric first", "params.p01 = '3'", ("metrics.m0 DESC",)),
}


@dataclass(frozen=True)
class Served:
    """A server over a full database."""

    address: str
    group: int

    def search(self, shape: Shape) -> int:
        """Ask once; how many runs came."""
        url = f"{self.address}/api/2.0/mlflow/runs/search"
        request = urllib.request.Request(url, shape.body(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=300) as answer:
            return answer.read().count(b'"run_uuid"')


@cache
def served(side: Side, runs: int, columns: int = 0) -> Served:
    """The side's server over that many runs; it ends with this process."""
    stack = ExitStack()
    atexit.register(stack.close)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-search-")))
    if side.module == "mlflow":
        stop = started(side, folder)[1]  # makes its tables
        stop.close()
        _fill_mlflow(folder / "mlflow.db", runs)
    else:
        open_store(str(folder / "mlruns")).close()
        fill_runs(SqliteDatabase(folder / "mlruns" / "flowmill.db"), runs, columns=columns)
    found, process = started(side, folder)
    stack.push(process)
    return found


def started(side: Side, folder: Path) -> tuple[Served, ExitStack]:
    """A server of the side that keeps its things below a folder, and what ends it."""
    port = free_port()
    stack = ExitStack()
    output = stack.enter_context((folder / "output.log").open("wb"))
    process = subprocess.Popen(
        side.server_command(port, folder),
        cwd=folder,
        env=side.settings(folder),
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    stack.enter_context(ended(process))
    end = time.monotonic() + 90
    while not answers(f"http://127.0.0.1:{port}/health"):
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError((folder / "output.log").read_text(errors="replace")[-3000:])
        time.sleep(0.05)
    return Served(f"http://127.0.0.1:{port}", process.pid), stack


def _fill_mlflow(file: Path, runs: int) -> None:
    """The same runs in MLflow's tables, as a look into a database that it made shows them."""
    connection = sqlite3.connect(file)
    with connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        for n in range(runs):
            start = FIRST_START + 1000 * n
            run_id = id_of(n)
            connection.execute(
                "INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, "
                "start_time, end_time, source_version, lifecycle_stage, artifact_uri, experiment_id) "
                "VALUES (?, ?, 'UNKNOWN', '', '', ?, ?, ?, ?, '', 'active', ?, 0)",
                (run_id, name_of(n), f"user{n % 20}", status_of(n), start, start + n % 977,
                 f"mlflow-artifacts:/0/{run_id}/artifacts"),
            )  # fmt: skip
            metrics, params, tags = values_of(n)
            pairs = {"params": params, "tags": tags}
            for table, rows in pairs.items():
                connection.executemany(
                    f"INSERT INTO {table} (key, value, run_uuid) VALUES (?, ?, ?)", [(*row, run_id) for row in rows]
                )
            points = [
                (key, 0.0 if math.isnan(value) else value, 1, run_id, 0, math.isnan(value)) for key, value in metrics
            ]
            for table in ("latest_metrics", "metrics"):
                connection.executemany(
                    f"INSERT INTO {table} (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, ?, ?)",
                    points,
                )
    connection.close()


def cost(server: Served, shape: Shape) -> Sample:
    """Wall time of one request, and the server's CPU for it; means of about a second's worth."""
    rows = server.search(shape)
    if rows != shape.rows and shape.filter != SHAPES["search_rare"].filter:
        raise RuntimeError(f"{shape.asks}: expected {shape.rows} runs, got {rows}")
    begin = time.perf_counter()
    server.search(shape)
    times = max(3, min(100, int(1.0 / (time.perf_counter() - begin))))
    wall, cpu = time.perf_counter(), group_cpu(server.group)
    for _ in range(times):
        server.search(shape)
    return Sample((time.perf_counter() - wall) / times, (group_cpu(server.group) - cpu) / times)


def measure(shape: Shape, side: Side, folder: Path) -> Sample:
    """One search on the side's server."""
    return cost(served(side, THEIRS if side.module == "mlflow" else OURS), shape)


def measure_frame(side: Side, folder: Path) -> Sample:
    """Many runs into a DataFrame over HTTP: the client's wall time, and the CPU of both ends."""
    server = served(side, THEIRS if side.module == "mlflow" else OURS)
    before = group_cpu(server.group)
    code = _FRAME.format(module=side.module, address=server.address, rows=ROWS_IN_FRAME)
    client = reported(side, code, folder)
    return Sample(client.wall, client.cpu + group_cpu(server.group) - before)


def measure_local_frame(side: Side, folder: Path) -> Sample:
    """The same from the database in a folder, without a server."""
    server = served(side, THEIRS if side.module == "mlflow" else OURS)
    place = Path(f"/proc/{server.group}/cwd").resolve()
    code = _FRAME.format(module=side.module, address=side.local_store(place), rows=ROWS_IN_FRAME)
    return reported(side, code, folder)


def _question(shape: Shape) -> Question:
    asks = f"{shape.asks}; server's CPU; Flowmill among {OURS:,} runs, MLflow among {THEIRS:,}"
    return Question(asks=asks, measure=partial(measure, shape), target=f"{shape.target} of CPU", rounds=1)


def _frame_question(asks: str, how: Callable[[Side, Path], Sample]) -> Question:
    where = f"Flowmill among {OURS:,} runs, MLflow among {THEIRS:,}"
    return Question(
        asks=f"{ROWS_IN_FRAME:,} runs into a DataFrame, {asks}; {where}", measure=how, target="0.5 s", rounds=1
    )


QUESTIONS: dict[str, Question] = {
    **{name: _question(shape) for name, shape in SHAPES.items()},
    "search_frame": _frame_question("over HTTP, CPU of both ends", measure_frame),
    "search_frame_local": _frame_question("from a folder", measure_local_frame),
}


def main() -> int:
    """Flowmill alone at any size."""
    parser = argparse.ArgumentParser(prog="bench.bench_search", description="Searches on Flowmill's server alone.")
    parser.add_argument("--runs", type=int, default=OURS, help=f"how many runs there are ({OURS:,} by default)")
    parser.add_argument("--columns", type=int, default=0, help="20 more metrics a run, of so many keys in all")
    options = parser.parse_args()
    runs: int = options.runs
    begin = time.perf_counter()
    server = served(sides_of_flowmill(), runs, options.columns)
    values = f"{35 + (MORE if options.columns else 0)} values, {39 + options.columns:,} columns"
    print(f"{runs:,} runs of {values}, ready after {time.perf_counter() - begin:.0f} s, load {os.getloadavg()[0]:.1f}")
    for shape in SHAPES.values():
        found = cost(server, shape)
        print(f"  {shape.asks:50} wall {found.wall * 1e3:8.1f} ms   CPU {found.cpu * 1e3:8.1f} ms   ({shape.target})")
    shown = [f"metrics.w{number:04}" for number in range(min(200, options.columns))]
    for asked, body in (
        ("the page's table: first 200 rows and the total", {"experiment_ids": ["0"], "max_results": 200}),
        ("200 columns of it", {"experiment_ids": ["0"], "max_results": 200, "columns": shown}),
        ("the page's columns", {"experiment_ids": ["0"]}),
    ):
        path = "rows" if "max_results" in body else "columns"
        wall, cpu = _post(server, f"flowmill/1/runs/{path}", body)
        print(f"  {asked:50} wall {wall * 1e3:8.1f} ms   CPU {cpu * 1e3:8.1f} ms")
    return 0


def sides_of_flowmill() -> Side:
    """Flowmill of this environment."""
    return Side("flowmill", Path(sys.executable), "flowmill")


def _post(server: Served, path: str, body: dict[str, Any]) -> tuple[float, float]:
    times = 20
    wall, cpu = time.perf_counter(), group_cpu(server.group)
    for _ in range(times):
        request = urllib.request.Request(
            f"{server.address}/api/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=300) as answer:
            answer.read()
    return (time.perf_counter() - wall) / times, (group_cpu(server.group) - cpu) / times


if __name__ == "__main__":
    sys.exit(main())
