"""What do calls that log cost a training loop, in a folder and with a server, waiting and not waiting?

Beside both sides stand Weights & Biases offline and trackio, which write to files of this machine as Flowmill does.
The loop is measured by the clock; CPU time goes on until all is delivered, other threads of the process included
(the process that wandb starts beside it is not). A side is stopped after some seconds, and every point of the calls
that it made is counted afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.peer.environment import environment, peer_settings
from tests.peer.server import free_port, server_process

from bench.sides import Question, Sample, Side, reported, timed

WANDB, TRACKIO = "wandb-0.23.0", "trackio-0.43.0"

SECONDS = 4.0
"""How long the loop of one side goes on at most."""

LOOP = """
wall, cpu, step = time.perf_counter(), time.process_time(), 0
stop = wall + {seconds}
while step < {calls} and time.perf_counter() < stop:
    for step in range(step, step + {block}):
        {call}
    step += 1
{after}
wall = time.perf_counter() - wall
"""

SCRIPT = (
    """
import time
import {module} as mlflow
from {module}.entities import Metric
mlflow.set_tracking_uri({store!r})
client = mlflow.MlflowClient()
run_id = mlflow.start_run().info.run_id
mlflow.log_metric("warm", 0)
mlflow.flush_async_logging()
"""
    + LOOP
    + """
mlflow.flush_async_logging()
cpu = time.process_time() - cpu
there = client.get_metric_history(run_id, "loss")
assert len(there) == step * {each}, f"{{len(there)}} of {{step * {each}}} points are there"
mlflow.end_run()
print(wall / step, cpu / step)
"""
)

WANDB_SCRIPT = (
    """
import time
import wandb
run = wandb.init(mode="offline", project="bench", dir=".", settings=wandb.Settings(silent=True))
run.log({{"warm": 0}})
"""
    + LOOP
    + """
run.finish()
cpu = time.process_time() - cpu
print(wall / step, cpu / step)
"""
)

TRACKIO_SCRIPT = (
    """
import time
import trackio
run = trackio.init(project="bench")
trackio.log({{"warm": 0}})
"""
    + LOOP
    + """
trackio.finish()
cpu = time.process_time() - cpu
print(wall / step, cpu / step)
"""
)


@dataclass(frozen=True)
class Work:
    """A call, how often it is made, how many points of ``loss`` it logs; ``log`` is what others pass to ``log``."""

    what: str
    call: str
    calls: int
    each: int = 1
    block: int = 10
    """Calls between two looks at the clock."""
    after: str = "pass"
    log: str | None = None


ONE = Work(
    "one log_metric call", 'mlflow.log_metric("loss", 1 / (step + 1), step=step)', 2000, log='{"loss": 1 / (step + 1)}'
)
TEN = Work(
    "one log_metrics call of 10",
    'mlflow.log_metrics({"loss": 1.0, **{f"m{i}": step + i for i in range(9)}}, step=step)', 1000,
    log='{"loss": 1.0, **{f"m{i}": step + i for i in range(9)}}',
)  # fmt: skip
BATCH = Work(
    "one log_batch call of 1,000 points",
    'client.log_batch(run_id, metrics=[Metric("loss", i, 0, step * 1000 + i) for i in range(1000)])',
    10, each=1000, block=1,
)  # fmt: skip
ASYNC = Work(
    "one log_metric call with synchronous=False, the wait for all of them included",
    'mlflow.log_metric("loss", 1 / (step + 1), step=step, synchronous=False)', 100,
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

    place = "SQLite in a local folder" if where == "folder" else "a server on this machine"
    return Question(
        asks=f"{work.what}, mean of up to {work.calls:,} in {SECONDS:.0f} s, {place}; "
        "the client's CPU until all is delivered; every point is counted afterwards",
        measure=measure,
        target="5 µs (0.005 ms) a point, server alive or dead",
        rounds=1,
        others=_others(work) if work.log and where == "folder" else {},
    )


def _others(work: Work) -> dict[str, Callable[[Path], Sample]]:
    return {
        "wandb": _other(work, WANDB, WANDB_SCRIPT, "run"),
        "trackio": _other(work, TRACKIO, TRACKIO_SCRIPT, "trackio"),
    }


def _other(work: Work, name: str, script: str, logger: str) -> Callable[[Path], Sample]:
    def measure(folder: Path) -> Sample:
        code = script.format(
            calls=work.calls, seconds=SECONDS, block=work.block, call=f"{logger}.log({work.log})", after="pass"
        )
        settings = {**peer_settings(folder), "WANDB_MODE": "offline", "TRACKIO_DIR": str(folder / "trackio")}
        timed([environment(name), "-c", code], folder, settings)
        wall, cpu = (folder / "output.log").read_text().strip().rsplit("\n", 1)[-1].split()
        return Sample(float(wall), float(cpu))

    return measure


def _run(work: Work, side: Side, store: str, folder: Path) -> Sample:
    code = SCRIPT.format(
        module=side.module, store=store, calls=work.calls, seconds=SECONDS, call=work.call, after=work.after,
        each=work.each, block=work.block,
    )  # fmt: skip
    return reported(side, code, folder)


QUESTIONS = {
    f"logging_{name}_{where}": _question(work, where)
    for name, work in (("one", ONE), ("ten", TEN), ("batch", BATCH), ("async", ASYNC))
    for where in ("folder", "server")
}
