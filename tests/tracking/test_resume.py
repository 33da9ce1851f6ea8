"""A training taken up again from a checkpoint, as in a user's script: each step keeps one value."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import flowmill as mlflow
from flowmill.errors import Invalid
from tests.story.story import user_settings

TRAINING = """
import os, sys
import flowmill as mlflow
mlflow.set_tracking_uri(sys.argv[1])
with mlflow.start_run() as run:
    print(run.info.run_id, flush=True)
    for step in range(1, 1001):
        mlflow.log_metric("loss", 1.0, step=step)
    os.kill(os.getpid(), 9)
"""

RANK = """
import sys
import flowmill as mlflow
mlflow.set_tracking_uri(sys.argv[1])
with mlflow.start_run(run_id=sys.argv[2], resume_from_step=600):
    for step in range(601, 701):
        mlflow.log_metric("loss", 2.0, step=step)
"""


def values(run_id: str, key: str = "loss") -> list[float]:
    series = mlflow.MlflowClient().get_metric_series(run_id, key)
    assert sorted(series.steps) == list(range(1, len(series) + 1)), "a step has one value"
    return [value for _, value in sorted(zip(series.steps, series.values, strict=True))]


def killed(folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", TRAINING, str(folder)],
        check=False, capture_output=True, text=True, env=user_settings(), timeout=60,
    )  # fmt: skip
    assert done.returncode == -9, done.stderr
    return done.stdout.strip()


def test_what_a_killed_training_left_is_delivered_and_then_hidden(folder: Path) -> None:
    run_id = killed(folder)
    with mlflow.start_run(run_id=run_id, resume_from_step=600):
        assert values(run_id) == [1.0] * 600
        for step in range(601, 801):
            mlflow.log_metric("loss", 2.0, step=step)
    assert mlflow.get_run(run_id).info.status == "FINISHED"
    assert values(run_id) == [1.0] * 600 + [2.0] * 200
    client = mlflow.MlflowClient()
    (branch,) = client.list_branches(run_id)
    assert (branch.step, branch.points, branch.last_step) == (600, 400, 1000)
    assert list(client.get_branch_series(run_id, branch.branch_id, "loss").steps) == list(range(601, 1001))

    (other,) = client.restore_branch(run_id, branch.branch_id)
    assert values(run_id) == [1.0] * 1000
    assert client.restore_branch(run_id, other.branch_id)
    assert values(run_id) == [1.0] * 600 + [2.0] * 200
    assert client.rewind_run(run_id, 800) is None


def test_of_many_ranks_none_hides_what_another_has_logged_since(folder: Path) -> None:
    run_id = killed(folder)
    for rank in ("1", "0", "2"):  # each begins when the one before has ended: as far apart as can be
        subprocess.run(
            [sys.executable, "-c", RANK, str(folder), run_id], check=True, timeout=60,
            env=user_settings(FLOWMILL_JOB="again", FLOWMILL_RANK=rank, FLOWMILL_WORLD_SIZE="3"),
        )  # fmt: skip
    assert values(run_id) == [1.0] * 600 + [2.0] * 100
    (branch,) = mlflow.MlflowClient().list_branches(run_id)
    assert branch.points == 400
    assert set(mlflow.get_run(run_id).data.metrics) == {"loss", "rank_1/loss", "rank_2/loss"}


def test_a_step_without_a_run_is_a_mistake() -> None:
    with pytest.raises(Invalid, match="give its run_id"):
        mlflow.start_run(resume_from_step=3)
    assert mlflow.active_run() is None
    with mlflow.start_run() as run:
        mlflow.log_metric("m", 1.0, step=1)
    with pytest.raises(Invalid, match="step must be a whole number"):
        mlflow.start_run(run_id=run.info.run_id, resume_from_step=1.5)  # pyright: ignore[reportArgumentType]
