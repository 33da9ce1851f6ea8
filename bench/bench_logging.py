"""What do calls that log cost a training loop, in a folder and with a server, waiting and not waiting?

Beside both sides stands Weights & Biases offline, which writes to a file of this machine as Flowmill does.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.peer.environment import environment, peer_settings
from tests.peer.server import free_port, server_process

from bench.sides import Question, Sample, Side, reported, timed

WANDB = "wandb-0.23.0"

SCRIPT = """
import time
import {module} as mlflow
from {module}.entities import Metric
mlflow.set_tracking_uri({store!r})
client = mlflow.MlflowClient()
with mlflow.start_run() as run:
    run_id = run.info.run_id
    mlflow.log_metric("warm", 0)
    wall, cpu = time.perf_counter(), time.process_time()
    for step in range({calls}):
        {call}
    {after}
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
there = client.get_metric_history(run_id, "loss")
assert len(there) == {points}, f"{{len(there)}} of {points} points are there"
print(wall / {calls}, cpu / {calls})
"""

WANDB_SCRIPT = """
import time
import wandb
run = wandb.init(mode="offline", project="bench", dir=".", settings=wandb.Settings(silent=True))
run.log({{"warm": 0}})
wall, cpu = time.perf_counter(), time.process_time()
for step in range({calls}):
    {call}
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
run.finish()
print(wall / {calls}, cpu / {calls})
"""


@dataclass(frozen=True)
class Work:
    """A call, how often it is made, and how many points of ``loss`` are there afterwards."""

    what: str
    call: str
    calls: int
    each: int = 1
    after: str = "pass"
    wandb: str | None = None


ONE = Work(
    "one log_metric call", 'mlflow.log_metric("loss", 1 / (step + 1), step=step)', 500,
    wandb='run.log({"loss": 1 / (step + 1)})',
)  # fmt: skip
TEN = Work(
    "one log_metrics call of 10",
    'mlflow.log_metrics({"loss": 1.0, **{f"m{i}": step + i for i in range(9)}}, step=step)', 200,
    wandb='run.log({"loss": 1.0, **{f"m{i}": step + i for i in range(9)}})',
)  # fmt: skip
BATCH = Work(
    "one log_batch call of 1,000 points",
    'client.log_batch(run_id, metrics=[Metric("loss", i, 0, step * 1000 + i) for i in range(1000)])', 10, each=1000,
)  # fmt: skip
ASYNC = Work(
    "one log_metric call with synchronous=False, the wait for all of them included",
    'mlflow.log_metric("loss", 1 / (step + 1), step=step, synchronous=False)', 500,
    after="mlflow.flush_async_logging()",
)  # fmt: skip


def _question(work: Work, where: str) -> Question:
    def measure(side: Side, folder: Path) -> Sample:
        if where == "folder":
            return _run(work, side, side.local_store(folder), folder)
        port = free_port()
        settings = side.settings(folder)
        with server_process(side.server_command(port, folder), port=port, folder=folder, settings=settings) as address:
            return _run(work, side, address, folder)

    def offline(folder: Path) -> Sample:
        assert work.wandb is not None
        code = WANDB_SCRIPT.format(calls=work.calls, call=work.wandb)
        timed([environment(WANDB), "-c", code], folder, {**peer_settings(folder), "WANDB_MODE": "offline"})
        wall, cpu = (folder / "output.log").read_text().strip().rsplit("\n", 1)[-1].split()
        return Sample(float(wall), float(cpu))

    place = "SQLite in a local folder; baseline is wandb offline" if where == "folder" else "a server on this machine"
    return Question(
        asks=f"{work.what}, mean of {work.calls}, {place}; the client's CPU; every point is counted afterwards",
        measure=measure,
        target="5 µs (0.005 ms) a point, server alive or dead",
        rounds=3,
        baseline=offline if work.wandb and where == "folder" else None,
    )


def _run(work: Work, side: Side, store: str, folder: Path) -> Sample:
    code = SCRIPT.format(
        module=side.module, store=store, calls=work.calls, call=work.call, after=work.after,
        points=work.calls * work.each,
    )  # fmt: skip
    return reported(side, code, folder)


QUESTIONS = {
    f"logging_{name}_{where}": _question(work, where)
    for name, work in (("one", ONE), ("ten", TEN), ("batch", BATCH), ("async", ASYNC))
    for where in ("folder", "server")
}
