"""What was deleted is freed with its files: from code, from the command line, through a server, after a crash."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import flowmill as mlflow
from flowmill.entities.duration import parse_duration, spell_duration
from flowmill.errors import Invalid
from flowmill.store.purge import purge_trash
from flowmill.stores import store_at
from flowmill.wire.trash import PurgeTrash
from tests.story.story import run_command


def run_with_a_file(experiment_id: str | None = None) -> str:
    with mlflow.start_run(experiment_id=experiment_id) as run:
        mlflow.log_metric("loss", 0.5)
        mlflow.log_text("x" * 1000, "notes/long.txt")
    return run.info.run_id


def gc(folder: Path, *options: str, fails: bool = False) -> str:
    done = run_command(sys.executable, "-m", "flowmill", "gc", *options, folder=folder)
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stderr if fails else done.stdout


def test_the_command_frees_rows_and_files(folder: Path) -> None:
    kept, gone = run_with_a_file(), run_with_a_file()
    mlflow.delete_run(gone)
    files = folder / "artifacts" / "0"
    told = gc(folder.parent, "--backend-store-uri", str(folder), "--dry-run")
    assert f"Run {gone}" in told
    assert "Would free 1 run and 1 file, 1.0 kB." in told
    assert (files / gone).exists()
    assert "Nothing in the trash is due." in gc(folder.parent, "--backend-store-uri", str(folder), "--older-than", "1h")
    told = gc(folder.parent, "--backend-store-uri", str(folder))
    assert f"Run {gone}" in told
    assert "Freed 1 run and 1 file, 1.0 kB." in told
    assert not (files / gone).exists()
    assert (files / kept / "artifacts" / "notes" / "long.txt").exists()


def test_the_report_is_json_on_request(folder: Path) -> None:
    gone = run_with_a_file()
    mlflow.delete_run(gone)
    report = json.loads(gc(folder.parent, "--backend-store-uri", str(folder), "--json"))
    assert (report["runs"], report["files"], report["bytes"]) == (1, 1, 1000)
    assert report["items"][0]["id"] == gone


def test_mistakes_are_one_sentence(folder: Path) -> None:
    active = run_with_a_file()
    where = ("--backend-store-uri", str(folder))
    assert "not in the trash" in gc(folder.parent, *where, "--run-ids", active, fails=True)
    assert "Invalid duration 'soon'" in gc(folder.parent, *where, "--older-than", "soon", fails=True)


def test_from_code_and_only_what_is_meant(folder: Path) -> None:
    client = mlflow.MlflowClient()
    experiment = mlflow.create_experiment("old", artifact_location=str(folder.parent / "elsewhere"))
    inside, outside = run_with_a_file(experiment), run_with_a_file()
    mlflow.delete_experiment(experiment)
    mlflow.delete_run(outside)
    (folder.parent / "elsewhere" / "mine.txt").write_text("not Flowmill's")
    assert {item.id for item in client.list_trash()} == {experiment, inside, outside}
    report = client.purge_trash(experiment_ids=[experiment])
    assert (report.experiments, report.runs, report.files) == (1, 1, 1)
    assert [path.name for path in (folder.parent / "elsewhere").iterdir()] == ["mine.txt"]
    assert [item.id for item in client.list_trash()] == [outside]
    assert client.purge_trash(keep_artifacts=True).runs == 1
    assert (folder / "artifacts" / "0" / outside / "artifacts" / "notes" / "long.txt").exists()


def test_a_server_frees_its_own_files(server: str, tmp_path: Path) -> None:
    mlflow.set_tracking_uri(server)
    gone = run_with_a_file()
    mlflow.delete_run(gone)
    files = tmp_path / "server" / "mlruns" / "artifacts" / "0"
    assert (files / gone).exists()
    assert "Freed 1 run and 1 file" in gc(tmp_path, "--tracking-uri", server)
    assert not (files / gone).exists()


def test_a_crash_between_rows_and_files_is_made_good(folder: Path) -> None:
    gone = run_with_a_file()
    mlflow.delete_run(gone)
    # The process dies after the rows went: the note of their place is all that is left.
    part = store_at(folder).send(PurgeTrash())
    assert part.runs == 1
    assert (folder / "artifacts" / "0" / gone).exists()
    report = mlflow.MlflowClient().purge_trash()
    assert (report.runs, report.files) == (0, 1)
    assert not (folder / "artifacts" / "0" / gone).exists()


def test_files_out_of_reach_are_tried_again(folder: Path) -> None:
    gone = run_with_a_file()
    mlflow.delete_run(gone)

    def out_of_reach(place: str) -> tuple[object, str]:
        raise Invalid(f"{place} is away")

    report = purge_trash(store_at(folder), PurgeTrash(), out_of_reach)  # type: ignore[arg-type]
    assert report.runs == 1
    assert len(report.places) == 1
    assert mlflow.MlflowClient().purge_trash().files == 1


@pytest.mark.parametrize(
    ("text", "ms"),
    [("30d", 2_592_000_000), ("1d2h3m4s", 93_784_000), ("1.5h", 5_400_000), ("90m", 5_400_000), ("0s", 0)],
)
def test_durations(text: str, ms: int) -> None:
    assert parse_duration(text) == ms
    assert parse_duration(spell_duration(ms)) == ms


@pytest.mark.parametrize("text", ["", "soon", "1", "-1d", "1h1d", "1e9d", "9" * 40 + "d", "١d"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(Invalid, match="Invalid duration"):
        parse_duration(text)
