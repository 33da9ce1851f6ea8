"""Copies between stores of either make: with lineage, and again without change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import flowmill as mlflow
from flowmill.errors import Invalid, NotFound
from flowmill.transfer.address import Address, parse_address
from flowmill.version import MLFLOW_VERSION
from tests.peer.server import flowmill_server
from tests.transfer.conftest import flowmill, look_with_flowmill, mlflow_serving, report_of, run_mlflow

MAKE = """
import mlflow
client = mlflow.MlflowClient()
mlflow.set_experiment("churn")
with mlflow.start_run(run_name="first") as run:
    mlflow.log_param("rate", 0.1)
    mlflow.log_metrics({"loss": 0.5, "odd": float("inf")}, step=3)
    mlflow.log_text("hello", "notes/hello.txt")
model = client.create_logged_model(run.info.experiment_id, "forest", run.info.run_id, {"kind": "tree"}, {"depth": "4"})
client.open_artifacts(model.artifact_location).put("MLmodel", b"flavors: {}")
client.finalize_logged_model(model.model_id, "READY")
client.log_outputs(run.info.run_id, [mlflow.entities.LoggedModelOutput(model.model_id, 3)])
with mlflow.start_run(run_name="second"):
    mlflow.log_metric("loss", 0.25)
client.create_registered_model("credit", {"owner": "ada"}, "who pays")
client.create_model_version("credit", f"runs:/{run.info.run_id}/notes", run.info.run_id)
client.create_model_version("credit", f"models:/{model.model_id}", run.info.run_id, model_id=model.model_id)
client.set_registered_model_alias("credit", "dev", "2")
print(run.info.run_id)
"""


@pytest.fixture
def made(tmp_path: Path) -> str:
    """The id of a run in the Flowmill folder ``dev``, of which ``credit`` has two versions."""
    (tmp_path / "make.py").write_text(MAKE)
    return flowmill("run", "make.py", folder=tmp_path, MLFLOW_TRACKING_URI="./dev").split()[-1]


def test_one_version_brings_its_run_and_logged_model(made: str, tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    with flowmill_server(tmp_path / "server") as prod:
        # Somebody registered a model of that name there already.
        client = mlflow.MlflowClient(prod)
        client.create_registered_model("credit", description="production")
        report = report_of("copy", "./dev#model=credit@dev", prod, folder=tmp_path)
        assert report["complete"], report["problems"]
        assert report["things"]["runs"] == {"new": 1} and report["things"]["model versions"] == {"new": 1}
        version = client.get_model_version("credit", "2")
        assert (version.run_id, version.aliases) == (made, [])
        assert client.get_registered_model("credit").description == "production"
        (output,) = client.get_run(made).outputs.model_outputs
        assert version.model_id == output.model_id
        place = mlflow.artifacts.download_artifacts("models:/credit/2", dst_path=tmp_path / "got", tracking_uri=prod)
        assert Path(place, "MLmodel").read_text() == "flavors: {}"
        again = report_of("copy", "models:/credit@dev", "--to", prod, folder=tmp_path, tracking="./dev")
        assert {outcome for counts in again["things"].values() for outcome in counts} == {"unchanged"}
        # And back: what came from here is known here.
        back = report_of("copy", f"{prod}#model=credit/2", "./dev", folder=tmp_path)
        assert back["complete"], back["problems"]
        assert back["things"]["runs"] == {"kept": 1} and back["things"]["model versions"] == {"kept": 1}


def test_an_experiment_a_run_and_all(made: str, tmp_path: Path) -> None:
    whole = look_with_flowmill("./dev", tmp_path)
    assert report_of("copy", "./dev#experiment=churn", "./one", folder=tmp_path)["complete"]
    one = look_with_flowmill("./one", tmp_path)
    assert (one["runs"], one["models"], one["registry"]) == (whole["runs"], whole["models"], {})
    report = report_of("copy", f"./one#run={made}", "./two", folder=tmp_path)
    assert report["things"]["runs"] == {"new": 1} and report["things"]["logged models"] == {"new": 1}
    assert report_of("copy", "./dev", "./all", folder=tmp_path)["complete"]
    assert look_with_flowmill("./all", tmp_path) == whole
    dry = report_of("copy", "./dev#model=credit", "./nowhere", "--dry-run", folder=tmp_path)
    assert dry["things"]["model versions"] == {"new": 2} and not (tmp_path / "nowhere").exists()


@pytest.mark.peer
def test_to_a_server_of_mlflow(made: str, tmp_path: Path) -> None:
    with mlflow_serving(MLFLOW_VERSION, tmp_path / "theirs") as prod:
        report = report_of("copy", "./dev", prod, folder=tmp_path)
        assert report["complete"], report["problems"]
        there = _read(prod, tmp_path)
        assert there["first"] == [made, {"rate": "0.1"}, {"loss": [[3, 0.5]]}, "hello", ["forest"], "FINISHED"]
        assert there["versions"] == [["1", "notes"], ["2", "flavors: {}"]]
        assert there["dev"] == "2"
        again = report_of("copy", "./dev", prod, folder=tmp_path)
        outcomes = {kind: set(counts) for kind, counts in again["things"].items()}
        assert outcomes["runs"] == outcomes["model versions"] == outcomes["logged models"] == {"unchanged"}
        assert again["points"] == again["files"] == 0
        assert _read(prod, tmp_path) == there


READ = """
import json, pathlib, mlflow
client = mlflow.MlflowClient()
experiment = client.get_experiment_by_name("churn").experiment_id
runs = {run.info.run_name: run for run in client.search_runs([experiment])}
assert len(client.search_runs([experiment])) == 2
first = client.get_run(runs["first"].info.run_id)
history = {"loss": [[point.step, point.value] for point in client.get_metric_history(first.info.run_id, "loss")]}
names = [client.get_logged_model(output.model_id).name for output in first.outputs.model_outputs]
versions = []
for version in sorted(client.search_model_versions("name = 'credit'"), key=lambda version: int(version.version)):
    place = pathlib.Path(mlflow.artifacts.download_artifacts(f"models:/credit/{version.version}"))
    versions.append([version.version, "notes" if (place / "hello.txt").exists() else (place / "MLmodel").read_text()])
print(json.dumps({
    "first": [first.data.tags["flowmill.copied_from"], dict(first.data.params), history,
              mlflow.artifacts.load_text(f"runs:/{first.info.run_id}/notes/hello.txt"), names, first.info.status],
    "versions": versions, "dev": str(client.get_registered_model("credit").aliases["dev"]),
}))
"""


def _read(uri: str, folder: Path) -> dict[str, Any]:
    import json

    return json.loads(run_mlflow(MLFLOW_VERSION, READ, folder=folder, uri=uri).strip().splitlines()[-1])


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("http://h:5000", Address("http://h:5000")),
        ("http://h:5000#experiment=a%20b", Address("http://h:5000", "experiment", "a b")),
        ("./mlruns#model=credit/3", Address("./mlruns", "model", "credit/3")),
        ("models:/credit@champion", Address("", "model", "credit@champion")),
        ("runs:/0af3", Address("", "run", "0af3")),
    ],
)
def test_addresses(text: str, address: Address) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["./mlruns#nonsense", "./mlruns#run=", "./mlruns#table=x"])
def test_wrong_addresses_say_how_one_is_written(text: str) -> None:
    with pytest.raises(Invalid, match="#experiment=NAME"):
        parse_address(text)


@pytest.mark.parametrize("what", ["experiment=no", "run=no", "model=no", "model=credit/9", "model=credit@no"])
def test_what_is_not_there_is_told(what: str, made: str, tmp_path: Path) -> None:
    from flowmill.transfer.address import select
    from flowmill.transfer.open import open_source

    source = open_source(str(tmp_path / "dev"), prefer_flowmill=True)
    with pytest.raises(NotFound, match="has no"):
        select(source, parse_address(f"x#{what}"))
    source.close()
