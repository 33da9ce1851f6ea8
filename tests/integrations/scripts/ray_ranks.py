"""Ray: workers of a training are ranks of one run, each training has its own, tasks log to a run they are given."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

os.environ["RAY_ENABLE_UV_RUN_RUNTIME_ENV"] = os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

import mlflow
import ray
from ray.train import RunConfig, ScalingConfig
from ray.train.torch import TorchTrainer
from ray.train.v2.api.exceptions import TrainingFailedError

ray.init(num_cpus=4, include_dashboard=False, logging_level="error")


def training(settings: dict[str, str]) -> None:
    rank = int(os.environ["RANK"])
    mlflow.start_run(run_name=settings["name"])
    for step in range(10):
        mlflow.log_metric("loss", step + rank, step=step)
    if settings["how"] == "exit" and rank == 1:
        os._exit(1)
    if settings["how"] == "raise" and rank == 1:
        with mlflow.start_run(nested=True):
            raise ValueError("too hot")
    mlflow.end_run()


def train(name: str, how: str = "") -> None:
    TorchTrainer(
        training,
        train_loop_config={"name": name, "how": how},
        scaling_config=ScalingConfig(num_workers=2),
        run_config=RunConfig(storage_path=str(Path("ray").absolute()), name="always the same"),
    ).fit()


def run_of(name: str) -> mlflow.entities.Run:
    subprocess.run([sys.executable, "-m", "flowmill", "sync", mlflow.get_tracking_uri()], check=True)
    (run,) = mlflow.search_runs(["0"], f"run_name = '{name}'", output_format="list")
    return run


for name in ("first", "second"):
    train(name)
    run = run_of(name)
    assert (run.info.status, run.data.metrics) == ("FINISHED", {"loss": 9.0, "rank_1/loss": 10.0}), run

try:
    train("exited", "exit")
except TrainingFailedError:
    run = run_of("exited")
    assert run.info.status == "KILLED", run
    assert run.data.tags["flowmill.end"].startswith("Rank 1: The process died without a word"), run
    assert run.data.metrics == {"loss": 9.0, "rank_1/loss": 10.0}, run
else:
    raise AssertionError("a training whose worker died did not fail")


@ray.remote
def evaluate(run_id: str, number: int) -> None:
    mlflow.MlflowClient().log_metric(run_id, f"part_{number}/accuracy", number / 10)


with mlflow.start_run(run_name="tasks") as run:
    ray.get([evaluate.remote(run.info.run_id, number) for number in range(4)])
expected = {f"part_{number}/accuracy": number / 10 for number in range(4)}
end = time.monotonic() + 60  # workers of Ray live on, and deliver by themselves
while (run := run_of("tasks")).data.metrics != expected and time.monotonic() < end:
    time.sleep(0.2)
assert (run.info.status, run.data.metrics) == ("FINISHED", expected), run
ray.shutdown()
