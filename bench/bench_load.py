"""Sixty-four clients at once for a minute: how long does each wait, and does every request succeed?

Clients log batches and points, read their runs and search, at the pace at which they are answered. MLflow is asked
for fewer seconds, since its figures need no more.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.peer.server import answers, ended, free_port

from bench.sides import Question, Sample, Side, group_cpu, group_memory

CLIENTS = 64
SECONDS = {"flowmill": 60.0, "mlflow": 20.0}


def measure(side: Side, folder: Path) -> Sample:
    """Seconds of the clock and of the server's CPU for 1,000 requests; prints what the clients saw."""
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
        start = time.perf_counter()
        while not answers(f"http://127.0.0.1:{port}/health"):
            if process.poll() is not None or time.perf_counter() - start > 90:
                raise RuntimeError((folder / "output.log").read_text(errors="replace")[-3000:])
            time.sleep(0.05)
        before = group_cpu(process.pid)
        command = [sys.executable, "-m", "bench.load", f"http://127.0.0.1:{port}", "--clients", str(CLIENTS)]
        command += ["--seconds", str(SECONDS[side.name])]
        root = Path(__file__).parents[1]
        start = time.perf_counter()
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
        wall, cpu = time.perf_counter() - start, group_cpu(process.pid) - before
        found: dict[str, Any] = json.loads(done.stdout)
        print(
            f"  {side.name:10} {found['requests']} requests, {found['per_second']}/s, p50 {found['p50']} ms, "
            f"p99 {found['p99']} ms, {found['errors']} errors, {found['lost']} lost"
        )
        thousands = found["requests"] / 1000
        return Sample(wall / thousands, cpu / thousands, group_memory(process.pid))


QUESTION = Question(
    asks=f"{CLIENTS} clients at once, mixed work; for 1,000 requests",
    measure=measure,
    target="no error, nothing lost, p99 below 50 ms on a quiet machine",
    rounds=1,
)
