"""``mlflow.artifacts``: fetch, list and read by address."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import flowmill as mlflow
from flowmill.errors import Invalid, NotFound


def test_artifacts_of_a_run_by_every_name(tmp_path: Path) -> None:
    with mlflow.start_run() as run:
        mlflow.log_text("hello", "notes/a b%20#.txt")
        mlflow.log_dict({"a": 1}, "conf.json")
    run_id = run.info.run_id
    uri = f"runs:/{run_id}/notes/a b%20#.txt"
    assert mlflow.artifacts.load_text(uri) == "hello"
    assert mlflow.artifacts.load_dict(f"runs:/{run_id}/conf.json") == {"a": 1}
    local = mlflow.artifacts.download_artifacts(uri, dst_path=tmp_path / "there")
    assert (Path(local).read_text(), Path(local).parent) == ("hello", tmp_path / "there")
    whole = mlflow.artifacts.download_artifacts(run_id=run_id, dst_path=tmp_path / "whole")
    assert sorted(path.name for path in Path(whole).iterdir()) == ["conf.json", "notes"]
    listed = mlflow.artifacts.list_artifacts(run_id=run_id)
    assert [(each.path, each.is_dir) for each in listed] == [("conf.json", False), ("notes", True)]
    below = mlflow.artifacts.list_artifacts(run_id=run_id, artifact_path="notes")
    assert [each.path for each in below] == ["notes/a b%20#.txt"]
    with pytest.raises(NotFound):
        mlflow.artifacts.load_text(f"runs:/{run_id}/nothing.txt")


def test_files_of_a_model(tmp_path: Path) -> None:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    with mlflow.start_run() as run:
        info = mlflow.sklearn.log_model(sk_model=model, name="m", registered_model_name="registered")
    for uri in (info.model_uri, "models:/registered/1", f"runs:/{run.info.run_id}/m"):
        folder = Path(mlflow.artifacts.download_artifacts(uri, dst_path=tmp_path / "x"))
        assert any(path.name == "MLmodel" for path in folder.rglob("*"))
    assert "flavors" in mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/m/MLmodel")
    assert mlflow.artifacts.list_artifacts("models:/registered/1")


def test_a_runs_models_are_among_its_artifacts(tmp_path: Path) -> None:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    with mlflow.start_run() as run:
        mlflow.sklearn.log_model(sk_model=model, name="m")
    client = mlflow.MlflowClient()
    names = [each.path for each in client.list_artifacts(run.info.run_id, "m")]
    assert "m/MLmodel" in names
    one = client.download_artifacts(run.info.run_id, "m/MLmodel", str(tmp_path))
    assert Path(one) == tmp_path / "m" / "MLmodel"
    whole = client.download_artifacts(run.info.run_id, "m")
    assert (Path(whole) / "MLmodel").is_file()


def test_a_pipe_in_a_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "with pipe"
    folder.mkdir()
    os.mkfifo(folder / "pipe")
    with mlflow.start_run(), pytest.raises(Invalid, match="neither a file nor a folder"):
        mlflow.log_artifacts(folder)


def test_the_address_of_a_run_s_artifacts() -> None:
    from flowmill.tracking.artifact_utils import get_artifact_uri
    from flowmill.tracking.fluent import SEARCH_MAX_RESULTS_PANDAS

    with mlflow.start_run() as run:
        mlflow.log_text("b", "a/b c.txt")
    assert get_artifact_uri(run.info.run_id) == run.info.artifact_uri
    where = get_artifact_uri(run.info.run_id, "a/b c.txt", mlflow.get_tracking_uri())
    assert mlflow.artifacts.load_text(where) == "b"
    with pytest.raises(Invalid, match="needs a run_id"):
        get_artifact_uri("")
    assert SEARCH_MAX_RESULTS_PANDAS == 100_000


def test_the_repository_of_a_run_as_mlflow_gives_it(tmp_path: Path) -> None:
    import mlflow
    from mlflow.tracking import _get_artifact_repo  # type: ignore[attr-defined]

    with mlflow.start_run() as run:
        mlflow.log_text("hello", "folder/words.txt")
    repository = _get_artifact_repo(run.info.run_id)
    assert [file.path for file in repository.list_artifacts("folder")] == ["folder/words.txt"]
    assert Path(repository.download_artifacts("folder/words.txt", str(tmp_path))).read_text() == "hello"
