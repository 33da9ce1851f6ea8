"""torchrun: all ranks in one run, and its end told truthfully when one of them dies."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import mlflow

TRAINING = """
import os, signal, sys
import torch
import torch.distributed as dist
import mlflow

rank = int(os.environ["RANK"])
together = sys.argv[2] != "once"  # torch's own groups do not always survive that their agent starts them again
if together:
    dist.init_process_group("gloo")
with mlflow.start_run(run_name=sys.argv[1]):
    for step in range(20):
        loss = torch.tensor([float(rank)])
        if together:
            dist.all_reduce(loss)
        mlflow.log_metric("loss", loss.item() + rank, step=step)
        if step == 10 and str(rank) == sys.argv[3]:
            if sys.argv[2] == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            if sys.argv[2] == "raise" or os.environ["TORCHELASTIC_RESTART_COUNT"] == "0" and sys.argv[2] == "once":
                raise ValueError("too hot")
if together:
    dist.destroy_process_group()
"""


def launch(name: str, how: str = "", rank: int = -1, options: tuple[str, ...] = ("--nproc-per-node=2",)) -> list[str]:
    Path("training.py").write_text(TRAINING)
    return [sys.executable, "-m", "torch.distributed.run", *options, "training.py", name, how, str(rank)]


def run_of(name: str) -> mlflow.entities.Run:
    subprocess.run([sys.executable, "-m", "flowmill", "sync", mlflow.get_tracking_uri()], check=True)
    (run,) = mlflow.search_runs(["0"], f"run_name = '{name}'", output_format="list")
    return run


def end_of(run: mlflow.entities.Run) -> str:
    return run.data.tags["flowmill.end"]


# One run, ranks under their labels.
subprocess.run(launch("all"), check=True)
run = run_of("all")
assert run.info.status == "FINISHED", run
assert run.data.metrics == {"loss": 1.0, "rank_1/loss": 2.0}, run.data.metrics
assert len(mlflow.MlflowClient().get_metric_history(run.info.run_id, "rank_1/loss")) == 20

# One dies: torchrun ends the other, which is not the cause; nor is what it raises when its peer is gone.
for rank in (0, 1):
    assert subprocess.run(launch(f"killed {rank}", "kill", rank)).returncode != 0
    run = run_of(f"killed {rank}")
    assert run.info.status == "KILLED", run
    assert end_of(run).startswith(f"Rank {rank}: The process died without a word"), run.data.tags
    for label in ("loss", "rank_1/loss"):
        history = mlflow.MlflowClient().get_metric_history(run.info.run_id, label)
        assert [point.step for point in history] == list(range(11)), (label, history)

    assert subprocess.run(launch(f"raised {rank}", "raise", rank)).returncode != 0
    run = run_of(f"raised {rank}")
    assert run.info.status == "FAILED", run
    assert end_of(run) == f"Rank {rank}: ValueError: too hot", run.data.tags
    assert 'raise ValueError("too hot")' in run.data.tags["flowmill.traceback"]

# Started again by torchrun: another run.
subprocess.run(launch("restarted", "once", 1, ("--nproc-per-node=2", "--max-restarts=1")), check=True)
runs = mlflow.search_runs(["0"], "run_name = 'restarted'", output_format="list")
assert sorted(run.info.status for run in runs) == ["FAILED", "FINISHED"], runs

# Two machines that meet at the same address, twice, and nobody gave the job an id: two runs.
with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
for name in ("first", "second"):
    nodes = [
        subprocess.Popen(
            launch(
                name,
                options=(
                    "--nnodes=2", f"--node-rank={node}", "--nproc-per-node=1", "--master-addr=127.0.0.1",
                    f"--master-port={port}",
                ),
            ),
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
        )
        for node in (0, 1)
    ]  # fmt: skip
    assert [node.wait(120) for node in nodes] == [0, 0]
    run = run_of(name)
    assert (run.info.status, run.data.metrics) == ("FINISHED", {"loss": 1.0, "rank_1/loss": 2.0}), run
assert {run.info.status for run in mlflow.search_runs(["0"], output_format="list")} == {"FINISHED", "FAILED", "KILLED"}
