"""What a prediction costs over HTTP: a classifier of four columns, 1 and 1,000 rows, for 1, 8 and 32 clients."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tests.peer.server import answers, ended, free_port

from bench.sides import Question, Sample, Side, group_cpu, group_memory

MODEL = """
import sys, pandas
import {module} as mlflow
import {module}.sklearn
from {module}.models import infer_signature
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

measures, kinds = load_iris(return_X_y=True)
frame = pandas.DataFrame(measures, columns=["a", "b", "c", "d"])
model = LogisticRegression(max_iter=500).fit(frame, kinds)
mlflow.sklearn.save_model(model, sys.argv[1], signature=infer_signature(frame, kinds))
"""

CONNECTIONS = (1, 8, 32)


@contextmanager
def served(side: Side, folder: Path, *options: str) -> Iterator[tuple[str, int, float]]:
    """The model behind a side's own command; its address, its process, and the seconds until it answered."""
    settings = {**side.settings(folder), "FLOWMILL_CONFIG_DIR": str(folder / "config")}
    settings["PATH"] = f"{side.python.parent}:{os.environ['PATH']}"  # MLflow starts uvicorn by its bare name
    model = folder / "model"
    if not model.exists():
        subprocess.run(
            [side.python, "-c", MODEL.format(module=side.module), model], check=True, env=settings, cwd=folder
        )
    port = free_port()
    command = [side.python, "-m", side.module, "models", "serve", "-m", model, "-p", str(port)]
    start = time.perf_counter()
    with (folder / "output.log").open("wb") as output:
        process = subprocess.Popen(
            [*command, "--env-manager", "local", *options], cwd=folder, env=settings, stdout=output, stderr=output,
            start_new_session=True,
        )  # fmt: skip
    with ended(process):
        while not answers(f"http://127.0.0.1:{port}/ping"):
            if process.poll() is not None or time.perf_counter() - start > 90:
                raise RuntimeError((folder / "output.log").read_text(errors="replace")[-3000:])
            time.sleep(0.005)
        yield f"http://127.0.0.1:{port}", process.pid, time.perf_counter() - start


def measure_start(side: Side, folder: Path) -> Sample:
    """From the command to the first answer of /ping; memory after a prediction."""
    with served(side, folder) as (address, process, wall):
        cpu = group_cpu(process)
        _ask(address, 1, 1, 0.2)
        return Sample(wall, cpu, group_memory(process))


def measure(rows: int, side: Side, folder: Path, *options: str) -> Sample:
    """Seconds of the clock and of the server's CPU for a request with 8 clients; prints it for all numbers of them."""
    samples: dict[int, Sample] = {}
    with served(side, folder, *options) as (address, process, _):
        _ask(address, rows, 1, 0.5)
        for connections in CONNECTIONS:
            before = group_cpu(process)
            found = _ask(address, rows, connections, 3.0)
            cpu = (group_cpu(process) - before) / found["requests"]
            print(
                f"  {side.name:10} {rows} rows, {connections:2} clients: {found['per_second']:7} requests/s, "
                f"p50 {found['p50']} ms, p99 {found['p99']} ms, {cpu * 1000:.2f} ms CPU"
            )
            samples[connections] = Sample(1 / found["per_second"], cpu, group_memory(process))
    return samples[8]


def _ask(address: str, rows: int, connections: int, seconds: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.predictions", address, "--rows", str(rows)]
    command += ["--connections", str(connections), "--seconds", str(seconds)]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def _joined(rows: int) -> Callable[[Path], Sample]:
    flowmill = Side("joined", Path(sys.executable), "flowmill")
    return lambda folder: measure(rows, flowmill, folder, "--batch-rows", "5000")


QUESTIONS = {
    "serving_start": Question(
        asks="scoring server from the command to /ping, in this environment; memory after a prediction",
        measure=measure_start,
        target="1.5 s, 200 MB",
        rounds=3,
    ),
    "serving_row": Question(
        asks="a prediction of 1 row, 8 clients",
        measure=partial(measure, 1),
        target="2,500 requests/s, MLflow 500",
        rounds=1,
        others={"flowmill --batch-rows": _joined(1)},
    ),
    "serving_rows": Question(
        asks="a prediction of 1,000 rows, 8 clients",
        measure=partial(measure, 1000),
        target="1,200 requests/s, MLflow 243",
        rounds=1,
        others={"flowmill --batch-rows": _joined(1000)},
    ),
}
