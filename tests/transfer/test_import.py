"""What the real MLflow of several versions wrote is read back whole from Flowmill, through the same client code."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from flowmill.store.open import open_store
from flowmill.version import MLFLOW_VERSION
from flowmill.wire.trash import ListTrash
from tests.peer.server import flowmill_server
from tests.story.story import user_settings
from tests.transfer.conftest import (
    BEFORE,
    OLD,
    SourceOf,
    fill,
    flowmill,
    look_with_flowmill,
    mlflow_serving,
    report_of,
    run_mlflow,
    seen,
)

LOOK = Path(__file__).parent / "look.py"
LARGEST = "7fefffffffffffff"
INFINITY = "7ff0000000000000"


def as_flowmill_keeps_it(theirs: dict[str, Any], *, with_models: bool = True) -> dict[str, Any]:
    """What MLflow's client reads, with what Flowmill keeps better; ``with_models``: its own client reads it."""
    (made,) = [key for key, model in theirs["models"].items() if model["name"] == "forest"] or [""]
    for model in theirs["registry"].values():
        for version in model["versions"]:
            # MLflow's databases forget which logged model a version was made from; its source still says so.
            if version["number"] == "2" and with_models:
                version["model"] = made
    for run in theirs["runs"].values():
        for point in run["history"].get("auc", []):
            # MLflow's file store reads step 0 where a metric was measured on a dataset.
            if point[0] == 1_600_000_000_800:
                point[1] = 7
    return theirs


@pytest.mark.peer
@pytest.mark.parametrize("kind", ["file", "sqlite"])
@pytest.mark.parametrize("version", [OLD, BEFORE, MLFLOW_VERSION])
def test_everything_is_kept(version: str, kind: str, source_of: SourceOf, tmp_path: Path) -> None:
    source = source_of(version, kind)
    where = "./mlruns" if kind == "file" else "sqlite:///mlflow.db"
    place = str(tmp_path / "mlruns")
    report = report_of("import", where, "--to", place, folder=source.folder)
    assert report["complete"], report["problems"]
    assert report["things"]["runs"] == {"new": 6}
    assert report["verified"]["runs"] == 6
    assert report["left_out"] == ({} if version == OLD else {"traces": 2})
    theirs = as_flowmill_keeps_it(source.look())
    assert look_with_flowmill(place, tmp_path) == theirs
    before = Path(place, "flowmill.db").read_bytes()
    again = report_of("import", where, "--to", place, folder=source.folder)
    assert again["complete"] and (again["points"], again["files"]) == (0, 0)
    assert {outcome for counts in again["things"].values() for outcome, count in counts.items() if count} == {
        "unchanged"
    }
    assert Path(place, "flowmill.db").read_bytes() == before


@pytest.mark.peer
@pytest.mark.parametrize("version", [OLD, BEFORE, MLFLOW_VERSION])
def test_a_server_into_a_server(version: str, tmp_path: Path) -> None:
    ours = tmp_path / "ours"
    ours.mkdir()
    with mlflow_serving(version, tmp_path / "theirs") as source, flowmill_server(ours) as target:
        fill(version, tmp_path / "client", source)
        report = report_of("import", source, "--to", target, folder=tmp_path)
        assert report["complete"], report["problems"]
        assert report["things"]["runs"] == {"new": 6}
        theirs = as_flowmill_keeps_it(_look(version, tmp_path / "client", source), with_models=False)
        assert _look(version, tmp_path / "client", target) == theirs
        again = report_of("import", source, "--to", target, folder=tmp_path)
        assert again["complete"] and again["things"]["runs"] == {"unchanged": 6}
        # What is new comes; what was there stays.
        run_mlflow(version, NEWS, folder=tmp_path / "client", uri=source)
        third = report_of("import", source, "--to", target, folder=tmp_path)
        assert third["things"]["runs"] == {"unchanged": 5, "updated": 1, "new": 1}
        theirs = as_flowmill_keeps_it(_look(version, tmp_path / "client", source), with_models=False)
        assert _look(version, tmp_path / "client", target) == theirs


@pytest.mark.peer
def test_by_mlflows_own_command(source_of: SourceOf, tmp_path: Path) -> None:
    source = source_of(MLFLOW_VERSION, "file")
    for folder in (".", "./mlruns"):
        store = f"sqlite:///{tmp_path / folder.replace('/', '_')}.db"
        said = flowmill(
            "migrate-filestore", "--source", folder, "--target", store, "--no-progress", folder=source.folder
        )
        assert "6 new" in said and "problem" not in said.lower()
        assert look_with_flowmill(store, tmp_path) == as_flowmill_keeps_it(source.look())


DELETED = """
from mlflow.tracking import MlflowClient
from mlflow.entities import LoggedModelOutput
client = MlflowClient()
run = client.create_run("0")
for name in ("kept", "gone", "nameless"):
    model = client.create_logged_model("0", name, run.info.run_id, {"a": "b"}, {"depth": "4"})
    if name != "nameless":
        client.log_outputs(run.info.run_id, [LoggedModelOutput(model.model_id, 0)])
    if name != "kept":
        client.delete_logged_model(model.model_id)
"""


@pytest.mark.peer
def test_deleted_logged_models_of_servers(tmp_path: Path) -> None:
    """MLflow's servers list none, but tell of one whose id a run names; ours list all of them."""
    ours = tmp_path / "ours"
    ours.mkdir()
    with mlflow_serving(MLFLOW_VERSION, tmp_path / "theirs") as source, flowmill_server(ours) as target:
        run_mlflow(MLFLOW_VERSION, DELETED, folder=tmp_path, uri=source)
        report = report_of("import", source, "--to", target, folder=tmp_path)
        assert report["complete"] and report["things"]["logged models"] == {"new": 2}
        assert any("deleted logged models" in note for note in report["notes"])
        again = report_of("import", source, "--to", target, folder=tmp_path)
        assert again["things"]["logged models"] == {"unchanged": 2}
        third = report_of("import", target, "--to", str(tmp_path / "copy"), folder=tmp_path)
        assert third["complete"] and third["things"]["logged models"] == {"new": 2}
        assert not any("deleted logged models" in note for note in third["notes"])
    store = open_store(str(tmp_path / "copy"))
    trash = [(item.kind, item.name) for item in store.send(ListTrash()).items]
    store.close()
    assert trash == [("logged_model", "gone")]


NEWS = """
from mlflow.tracking import MlflowClient
client = MlflowClient()
experiment = client.get_experiment_by_name("churn").experiment_id
(running,) = [r for r in client.search_runs([experiment]) if r.info.status == "RUNNING"]
client.log_metric(running.info.run_id, "late", 1.5, timestamp=1_600_000_099_000, step=4)
client.set_tag(running.info.run_id, "note", "went on")
client.log_text(running.info.run_id, "more", "more.txt")
client.set_terminated(running.info.run_id, "FINISHED", end_time=1_600_000_100_000)
client.create_run(experiment, start_time=1_600_000_200_000)
"""


def _look(version: str, folder: Path, uri: str) -> dict[str, Any]:
    return seen(run_mlflow(version, LOOK, folder=folder, uri=uri))


@pytest.mark.peer
def test_a_postgresql_of_mlflow_into_another(postgres_uri: str, tmp_path: Path) -> None:
    import psycopg

    written_as = postgres_uri.replace("postgresql://", "postgresql+psycopg2://")
    source = fill(MLFLOW_VERSION, tmp_path / "theirs", written_as)
    with psycopg.connect(postgres_uri, autocommit=True) as connection:
        connection.execute("CREATE DATABASE ours")
    target = postgres_uri.split("?")[0].rpartition("/")[0] + "/ours?" + postgres_uri.partition("?")[2]
    report = report_of("import", postgres_uri, "--to", target, "--infinity", folder=tmp_path)
    assert report["complete"], report["problems"]
    assert report["left_out"] == {"traces": 2}
    theirs = as_flowmill_keeps_it(source.look())
    for run in theirs["runs"].values():  # --infinity makes them infinite again
        for point in run["history"].get("odd", []):
            point[2] = point[2].replace(LARGEST, INFINITY).replace("ffefffffffffffff", "fff0000000000000")
    assert look_with_flowmill(target, tmp_path) == theirs
    # PostgreSQL counts ids by itself: the next ones do not meet those that came.
    made = flowmill("run", str(_script(tmp_path)), folder=tmp_path, MLFLOW_TRACKING_URI=target)
    assert int(made) > 2
    again = report_of("import", written_as, "--to", target, "--infinity", folder=tmp_path)
    assert again["things"]["runs"] == {"unchanged": 6}


def _script(folder: Path) -> Path:
    script = folder / "next.py"
    script.write_text("import mlflow\nprint(mlflow.MlflowClient().create_experiment('the next one'))\n")
    return script


@pytest.mark.peer
def test_files_that_went_elsewhere(source_of: SourceOf, tmp_path: Path) -> None:
    """A database copied from another machine, its files copied to another folder."""
    source = source_of(MLFLOW_VERSION, "sqlite")
    copy = tmp_path / "copy"
    copy.mkdir()
    with sqlite3.connect(source.folder / "mlflow.db") as old, sqlite3.connect(copy / "mlflow.db") as new:
        old.backup(new)
        for table, column in (("runs", "artifact_uri"), ("experiments", "artifact_location"),
                              ("logged_models", "artifact_location"), ("model_versions", "source")):  # fmt: skip
            new.execute(
                f"UPDATE {table} SET {column} = replace({column}, ?, '/far/away/machine')", (str(source.folder),)
            )
    new.close()
    old.close()
    shutil.copytree(source.folder / "mlruns", copy / "kept")
    place = str(tmp_path / "mlruns")
    report = report_of("import", "sqlite:///mlflow.db", "--to", place, folder=copy, code=3)
    assert report["things"]["runs"] == {"new": 6} and report["files"] == 0
    assert "which is not on this machine" in report["problems"][0] and "--artifacts-from" in report["problems"][0]
    report = report_of("import", "sqlite:///mlflow.db", "--to", place, "--artifacts-from", "kept", folder=copy, code=0)
    assert report["complete"] and report["files"] == 6
    assert look_with_flowmill(place, tmp_path) == as_flowmill_keeps_it(source.look())


@pytest.mark.peer
def test_killed_again_and_again_it_ends_complete(source_of: SourceOf, tmp_path: Path) -> None:
    source = source_of(MLFLOW_VERSION, "file")
    place = str(tmp_path / "mlruns")
    command = [sys.executable, "-m", "flowmill", "import", "./mlruns", "--to", place]
    for wait in (0.15, 0.2, 0.25, 0.3, 0.35, 0.4):
        process = subprocess.Popen(command, cwd=source.folder, env=user_settings(), stdout=subprocess.DEVNULL)
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.wait()
    report = report_of("import", "./mlruns", "--to", place, folder=source.folder)
    assert report["complete"], report["problems"]
    assert look_with_flowmill(place, tmp_path) == as_flowmill_keeps_it(source.look())
    left = [path.name for path in Path(place).rglob("*.part")]
    assert len(left) <= 6  # at most one file that was being written when each died


def test_a_folder_of_mlflow_1_0(tmp_path: Path) -> None:
    """As MLflow 1.0 wrote it: ids only as run_uuid, points without a step, no times of experiments."""
    run_id = "0123456789abcdef0123456789abcdef"
    write(tmp_path / "mlruns/0/meta.yaml", "artifact_location: /old/mlruns/0\nexperiment_id: 0\n"
          "lifecycle_stage: active\nname: Default\n")  # fmt: skip
    run = tmp_path / "mlruns/0" / run_id
    write(run / "meta.yaml", f"artifact_uri: /old/mlruns/0/{run_id}/artifacts\nend_time: 1559500000000\n"
          "entry_point_name: ''\nexperiment_id: 0\nlifecycle_stage: active\nname: ''\n"
          f"run_uuid: {run_id}\nsource_name: ''\nsource_type: 4\nsource_version: ''\n"
          "start_time: 1559400000000\nstatus: 3\ntags: []\nuser_id: ada\n")  # fmt: skip
    write(run / "metrics/loss", "1559400000 0.5\n1559400001 0.25\nrubbish here too\n")
    write(run / "metrics/acc", "1559400000000 0.75 3\n")
    write(run / "params/rate", "0.1")
    write(run / "tags/mlflow.runName", "the first")
    write(run / "artifacts/model/weights.bin", "w")
    (tmp_path / "mlruns/broken/aa").mkdir(parents=True)
    write(tmp_path / "mlruns/broken/meta.yaml", "{ not yaml")
    report = report_of("import", "mlruns", "--to", "new", folder=tmp_path, code=3)
    assert report["things"]["runs"] == {"new": 1} and report["files"] == 1
    assert len(report["problems"]) == 2
    said = "\n".join(report["problems"])
    assert "line 3: 'rubbish here too' is no point" in said and "meta.yaml cannot be read" in said
    there = look_with_flowmill("new", tmp_path)["runs"][run_id]
    assert (there["name"], there["user"], there["status"]) == ("the first", "ada", "FINISHED")
    assert [point[:2] for point in there["history"]["loss"]] == [[1559400000, 0], [1559400001, 0]]
    assert there["history"]["acc"][0][1] == 3
    assert list(there["files"]) == ["model/weights.bin"]


def test_a_prepared_folder_reads_no_other_files(tmp_path: Path) -> None:
    run_id = "0123456789abcdef0123456789abcdef"
    write(tmp_path / "secret/id_rsa", "key")
    write(tmp_path / "mlruns/1/meta.yaml", "experiment_id: '1'\nname: e\nlifecycle_stage: active\n")
    for number, uri in enumerate([tmp_path / "secret", f"file://{tmp_path}/secret", "../secret", "file:///etc"]):
        own = f"{number}{run_id[1:]}"
        write(tmp_path / f"mlruns/1/{own}/meta.yaml",
              f"run_id: {own}\nstatus: 3\nstart_time: 1\nuser_id: eve\nartifact_uri: {uri}\n")  # fmt: skip
    report = report_of("import", "mlruns", "--to", "new", folder=tmp_path, code=3)
    assert report["things"]["runs"] == {"new": 4} and report["files"] == 0
    assert len([problem for problem in report["problems"] if "is not where MLflow keeps files" in problem]) == 4
    assert not list((tmp_path / "new").rglob("id_rsa"))


def test_a_dry_run_counts_and_writes_nothing(tmp_path: Path) -> None:
    run_id = "0123456789abcdef0123456789abcdef"
    write(tmp_path / "mlruns/1/meta.yaml", "experiment_id: '1'\nname: e\nlifecycle_stage: active\n")
    write(tmp_path / f"mlruns/1/{run_id}/meta.yaml", f"run_id: {run_id}\nstatus: 3\nstart_time: 1\nuser_id: a\n")
    write(tmp_path / f"mlruns/1/{run_id}/metrics/loss", "1 0.5 0\n2 0.25 1\n")
    write(tmp_path / f"mlruns/1/{run_id}/artifacts/a/b.txt", "12345")
    report = report_of("import", "mlruns", "--to", "new", "--dry-run", folder=tmp_path)
    assert (report["points"], report["files"], report["bytes"]) == (2, 1, 5)
    assert not (tmp_path / "new").exists()
    said = flowmill("import", "mlruns", "--to", "new", folder=tmp_path)
    assert "1 new" in said and said.splitlines()[-1].startswith("Complete")


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("nowhere", "There is no folder nowhere"),
        ("sqlite:///nowhere.db", "There is no database nowhere.db"),
        ("empty", "holds no runs"),
        ("text.db", "text.db"),
        ("mysql://host/db", "start `mlflow server` on it"),
        ("http://127.0.0.1:1", "does not answer"),
    ],
)
def test_a_wrong_source_is_told_in_a_sentence(source: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    write(tmp_path / "text.db", "no database " * 100)
    settings = user_settings(MLFLOW_HTTP_REQUEST_MAX_RETRIES="0")
    done = subprocess.run(
        [sys.executable, "-m", "flowmill", "import", source, "--to", "new"],
        cwd=tmp_path, env=settings, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1 and says in done.stderr and "Traceback" not in done.stderr, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "new").exists()


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
