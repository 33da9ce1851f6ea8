"""Files that lie in S3, and those of versions that belong to no run."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

import flowmill as mlflow
from flowmill.artifacts.open import open_artifacts
from flowmill.version import MLFLOW_VERSION
from tests.peer.server import flowmill_server
from tests.transfer.conftest import mlflow_serving, report_of, run_mlflow

IN_S3 = """
import mlflow
client = mlflow.MlflowClient()
experiment = client.create_experiment("churn", "s3://bucket/theirs/churn")
run = client.create_run(experiment)
client.log_text(run.info.run_id, "hello", "notes/hello.txt")
model = client.create_logged_model(experiment, "forest", run.info.run_id)
client.create_registered_model("credit")
client.create_model_version("credit", f"{run.info.artifact_uri}/notes", run.info.run_id)
client.create_model_version("credit", "s3://bucket/outside/model")
print(run.info.run_id, run.info.artifact_uri)
"""


@pytest.fixture
def boto3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real MLflow's way to S3, which its environment does not have and ours does."""
    folder = tmp_path / "boto3"
    folder.mkdir()
    for name in ("boto3", "botocore", "s3transfer", "jmespath"):
        spec = importlib.util.find_spec(name)
        assert spec is not None and spec.origin is not None
        (folder / name).symlink_to(Path(spec.origin).parent)
    monkeypatch.setenv("PYTHONPATH", str(folder))


@pytest.mark.peer
@pytest.mark.usefixtures("boto3")
def test_from_s3_to_s3(s3: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3["MLFLOW_S3_ENDPOINT_URL"])  # which commands inherit
    outside = open_artifacts("s3://bucket/outside/model")
    outside.put("MLmodel", b"flavors: {}")
    outside.put("deep/weights.bin", b"\x00\x01")
    ours = tmp_path / "ours"
    ours.mkdir()
    options = ("--artifacts-destination", "s3://bucket/ours")
    with mlflow_serving(MLFLOW_VERSION, tmp_path / "theirs") as source, flowmill_server(ours, *options) as target:
        run_id, place = run_mlflow(MLFLOW_VERSION, IN_S3, folder=tmp_path, uri=source).split()[-2:]
        assert place.startswith("s3://bucket/theirs/churn/")
        dry = report_of("import", source, "--to", target, "--dry-run", folder=tmp_path)
        assert dry["files"] == 3 and dry["things"]["logged models"] == {"new": 2}
        report = report_of("import", source, "--to", target, folder=tmp_path)
        assert report["complete"], report["problems"]
        assert (report["files"], report["verified"]["files"]) == (3, 3)
        # What the destination has depends on nothing of the source any more.
        for name in list(files_in("s3://bucket/theirs") | files_in("s3://bucket/outside")):
            open_artifacts("s3://bucket").delete(name)
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")  # the server reaches S3, its clients do not
        assert read(target, f"runs:/{run_id}/notes/hello.txt", tmp_path) == b"hello"
        assert read(target, "models:/credit/1/hello.txt", tmp_path) == b"hello"
        assert read(target, "models:/credit/2/MLmodel", tmp_path) == b"flavors: {}"
        assert read(target, "models:/credit/2/deep/weights.bin", tmp_path) == b"\x00\x01"
        version = mlflow.MlflowClient(target).get_model_version("credit", "2")
        assert version.source == f"models:/{version.model_id}"
        model = mlflow.MlflowClient(target).get_logged_model(version.model_id or "")
        assert model.tags["flowmill.made_from"] == "s3://bucket/outside/model" and model.status == "READY"


LOOSE = """
import mlflow
client = mlflow.MlflowClient()
client.create_registered_model("credit")
for place in ("models/good", "secrets"):
    client.create_model_version("credit", place)
"""


@pytest.mark.peer
def test_versions_of_no_run(tmp_path: Path) -> None:
    """A folder with a model comes along wherever it lies; one that holds something else does not."""
    for file, text in (("models/good/MLmodel", "flavors: {}"), ("models/good/data/w", "1"), ("secrets/key", "hush")):
        place = tmp_path / "home" / file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    home = tmp_path / "home"
    run_mlflow(MLFLOW_VERSION, LOOSE, folder=home, uri="sqlite:///mlflow.db")
    report = report_of("import", "sqlite:///mlflow.db", "--to", "./ours", folder=home, code=3)
    (problem,) = report["problems"]
    assert "Version 2 of 'credit'" in problem and "no folder with an MLmodel file at 'secrets'" in problem
    assert report["things"]["model versions"] == {"new": 2} and report["verified"]["files"] == 2
    place = str(home / "ours")
    assert read(place, "models:/credit/1/data/w", tmp_path) == b"1"
    assert mlflow.MlflowClient(place).get_model_version("credit", "2").source == "secrets"
    # Whoever says where it is means it; and what came before is the same model.
    (tmp_path / "kept").symlink_to(home / "secrets")
    moved = ("--artifacts-from", f"secrets={tmp_path / 'kept'}")
    again = report_of("import", "sqlite:///mlflow.db", "--to", "./ours", *moved, folder=home)
    assert again["complete"] and again["things"]["logged models"] == {"unchanged": 1, "new": 1}
    assert read(place, "models:/credit/2/key", tmp_path) == b"hush"
    third = report_of("import", "sqlite:///mlflow.db", "--to", "./ours", *moved, folder=home)
    assert {outcome for counts in third["things"].values() for outcome in counts} == {"unchanged"}

    with mlflow_serving(MLFLOW_VERSION, tmp_path / "theirs") as prod:
        copied = report_of("copy", "./ours", prod, folder=home)
        assert copied["complete"], copied["problems"]
        found = run_mlflow(MLFLOW_VERSION, FILES, folder=tmp_path, uri=prod).split()
        assert found == ["1", "MLmodel", "data/w", "2", "key"]


FILES = """
import pathlib, mlflow
for number in "12":
    place = pathlib.Path(mlflow.artifacts.download_artifacts(f"models:/credit/{number}"))
    names = sorted(str(file.relative_to(place)) for file in place.rglob("*") if file.is_file())
    print(number, *(name for name in names if name != "registered_model_meta"))  # which its client writes itself
"""


def read(uri: str, place: str, folder: Path) -> bytes:
    """A file of a run or model."""
    got: Any = mlflow.artifacts.download_artifacts(place, dst_path=folder / "got", tracking_uri=uri)
    return Path(got).read_bytes()


def files_in(uri: str) -> set[str]:
    """Every file below a place of the bucket, by its name in it."""
    found: set[str] = set()
    root = open_artifacts("s3://bucket")
    waiting = [uri.removeprefix("s3://bucket/")]
    while waiting:
        for info in root.list(waiting.pop()):
            if info.is_dir:
                waiting.append(info.path)
            else:
                found.add(info.path)
    return found
