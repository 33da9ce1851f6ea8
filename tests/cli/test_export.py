"""``flowmill export``: which runs go into a report, and what is said when none can."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from flowmill.client import Client
from tests.cli.conftest import Shell


@pytest.fixture
def churn(shell: Shell) -> list[str]:
    """Three runs of an experiment and one of another; the ids of the three."""
    client = Client(str(shell.folder / "mlruns"))
    experiment = client.create_experiment("churn")
    ids = [client.create_run(experiment, run_name=f"run {number}").info.run_id for number in range(3)]
    for number, run_id in enumerate(ids):
        for step in range(1000):
            client.log_metric(run_id, "loss", number + 1 / (step + 1), step=step)
        client.log_metric(run_id, "auc", float("nan") if number == 0 else number / 2)
    client.create_run("0", run_name="other")
    assert client.flush()
    return ids


def held(file: Path) -> Any:
    """The data in a report."""
    found = re.search(r'<script id="report" type="application/json">(.*?)</script>', file.read_text(encoding="utf-8"))
    assert found
    return json.loads(found[1])


def test_runs_of_an_experiment_in_the_asked_order(shell: Shell, churn: list[str]) -> None:
    words = ("--filter", "metrics.auc >= 0.5", "--order-by", "metrics.auc DESC")
    said = shell.text("export", "--html", "best.html", "-n", "churn", *words)
    assert re.fullmatch(r"Wrote 2 runs to best.html \(\d+\.\d KiB\)\.\n", said)
    report = held(shell.folder / "best.html")
    assert report["title"] == "churn"
    assert report["source"] == "the folder mlruns"
    assert [row["run_name"] for row in report["rows"]] == ["run 2", "run 1"]
    (loss, _) = report["series"]
    assert (loss["key"], loss["count"], loss["run_id"]) == ("loss", 1000, churn[2])
    assert 400 < len(loss["values"]) <= 500
    assert loss["values"][0] == 3.0


def test_runs_by_id_come_first_and_once(shell: Shell, churn: list[str]) -> None:
    words = ("--run-id", churn[1], "-n", "churn", "-x", "0", "--max-results", "3", "--title", "All <b>")
    assert "Wrote 3 of 4 runs" in shell.text("export", "--html", "all.html", *words)
    report = held(shell.folder / "all.html")
    assert report["title"] == "All <b>"
    assert report["rows"][0]["run_id"] == churn[1]
    assert len({row["run_id"] for row in report["rows"]}) == 3
    assert held(shell.folder / "all.html")["total"] == 4


def test_what_is_no_number_stays_so(shell: Shell, churn: list[str]) -> None:
    shell.text("export", "--html", "one.html", "--run-id", churn[0])
    assert held(shell.folder / "one.html")["rows"][0]["metrics"]["auc"] == "NaN"


def test_a_report_goes_to_a_pipe(shell: Shell, churn: list[str]) -> None:
    assert shell.text("export", "--html", "-", "--run-id", churn[0]).startswith("<!doctype html>")


def test_mistakes_are_one_sentence(shell: Shell, churn: list[str]) -> None:
    assert "--experiment-name" in shell.refusal("export", "--html", "x.html", code=2)
    assert "no experiment with the name 'nope'" in shell.refusal("export", "--html", "x.html", "-n", "nope")
    assert "No run matches" in shell.refusal("export", "--html", "x.html", "-n", "churn", "--filter", "metrics.auc > 9")
    assert "There is no run with id 'abc'" in shell.refusal("export", "--html", "x.html", "--run-id", "abc")
    refused = shell.refusal("export", "--html", "no/x.html", "-n", "churn", code=2)
    assert "no/x.html cannot be written: No such file or directory" in refused
    assert not (shell.folder / "x.html").exists()


def test_files_are_named_and_shown_as_far_as_there_is_room(shell: Shell, churn: list[str]) -> None:
    client = Client(str(shell.folder / "mlruns"))
    picture = bytes.fromhex("89504e470d0a1a0a") + bytes(300_000)
    (shell.folder / "small.png").write_bytes(picture[:1000])
    (shell.folder / "large.png").write_bytes(picture + bytes(1_000_000))
    (shell.folder / "model.bin").write_bytes(picture)
    for run_id in churn[:2]:
        for name in ("small.png", "large.png", "model.bin"):
            client.log_artifact(run_id, str(shell.folder / name), "plots")
        client.log_text(run_id, "</script> notes", "notes.md")
    shell.text("export", "--html", "files.html", "-n", "churn", "--files", "3", "--order-by", "metrics.auc ASC")
    report = held(shell.folder / "files.html")
    files = {each["run_id"]: {file["path"]: file for file in each.get("files", [])} for each in report["files"]}
    assert set(files) == set(churn)
    assert not files[churn[2]]
    for run_id in churn[:2]:
        found = files[run_id]
        assert set(found) == {"plots/small.png", "plots/large.png", "plots/model.bin", "notes.md"}
        assert found["notes.md"]["text"] == "</script> notes"
        assert found["plots/small.png"]["picture"].startswith("data:image/png;base64,iVBORw0K")
        assert found["plots/model.bin"] == {"path": "plots/model.bin", "size": len(picture)}
    shown = [run_id for run_id in churn[:2] if "picture" in files[run_id]["plots/large.png"]]
    assert (len(shown), report["left"]["shown"]) == (1, 1)
    assert (shell.folder / "files.html").stat().st_size < 3_000_000 + 1_000_000

    shell.text("export", "--html", "none.html", "-n", "churn", "--files", "0")
    assert not held(shell.folder / "none.html").get("files")
