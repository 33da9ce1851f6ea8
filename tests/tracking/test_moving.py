"""Runs that were logged into the wrong experiment, as in a user's script."""

from __future__ import annotations

from pathlib import Path

import pytest

import flowmill as mlflow
from flowmill import MlflowClient


def test_files_are_there_after_a_move_and_after_the_old_experiment_is_freed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    mlflow.set_tracking_uri(str(tmp_path / "mlruns"))
    old, new = mlflow.create_experiment("old"), mlflow.create_experiment("new")
    with mlflow.start_run(experiment_id=old) as run:
        mlflow.log_text("before", "before.txt")
    with mlflow.start_run(experiment_id=old) as stays:
        mlflow.log_text("gone", "gone.txt")
    client = MlflowClient()

    (move,) = client.move_runs([run.info.run_id], new)

    assert client.list_moves(run.info.run_id) == [move]
    assert client.get_run(run.info.run_id).info.experiment_id == new
    client.log_text(run.info.run_id, "after", "after.txt")
    client.delete_experiment(old)
    assert client.purge_trash(experiment_ids=[old]).files == 1
    assert not list(tmp_path.rglob("gone.txt")), stays.info.run_id
    for name in ("before", "after"):
        assert mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/{name}.txt") == name
    client.delete_run(run.info.run_id)
    assert client.purge_trash(run_ids=[run.info.run_id]).files == 2
    assert not list(tmp_path.rglob("*.txt"))
