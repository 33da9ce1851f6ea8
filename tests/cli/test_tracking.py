"""Experiments, runs, artifacts and datasets from the command line."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from flowmill.cli.output import duration, fit, print_facts, print_table, size
from flowmill.client import Client
from flowmill.entities.dataset import Dataset, DatasetInput, InputTag
from flowmill.ranks import Rank
from tests.cli.conftest import FLOWMILL, Shell
from tests.peer.environment import peer_settings
from tests.peer.peer import Peer


def test_what_a_run_hides(shell: Shell) -> None:
    client = Client(str(shell.folder / "mlruns"))
    run_id = client.create_run("0").info.run_id
    for step in range(10):
        client.log_metric(run_id, "loss", 1.0, step=step)
    assert client.flush()
    assert shell.json("runs", "branches", "--run-id", run_id, "--json") == []
    said = shell.text("runs", "rewind", "--run-id", run_id, "--step", "6")
    (branch,) = shell.json("runs", "branches", "--run-id", run_id, "--json")
    assert said == f"3 points of run {run_id} later than step 6 are hidden: {branch['branch_id']}.\n"
    assert (branch["step"], branch["last_step"], branch["points"], branch["keys"]) == (6, 9, 3, ["loss"])
    assert branch["branch_id"] in shell.text("runs", "branches", "--run-id", run_id)
    assert "nothing was hidden" in shell.text("runs", "rewind", "--run-id", run_id, "--step", "6")
    assert "has no branch 'x'" in shell.refusal("runs", "restore-branch", "--run-id", run_id, "--branch-id", "x")
    said = shell.text("runs", "restore-branch", "--run-id", run_id, "--branch-id", branch["branch_id"])
    assert said == f"Branch {branch['branch_id']} of run {run_id} is shown again.\n"
    assert client.get_run(run_id).data.metric_list[0].step == 9


def test_runs_are_moved(shell: Shell) -> None:
    client = Client(str(shell.folder / "mlruns"))
    run_id = client.create_run("0").info.run_id
    churn = client.create_experiment("churn")
    said = shell.text("runs", "move", "--run-id", run_id, "--to", "churn")
    assert said == f"Run {run_id} is in experiment {churn} now; it was in 0.\n"
    assert client.get_run(run_id).info.experiment_id == churn
    assert "nothing was moved" in shell.text("runs", "move", "--run-id", run_id, "--to", churn)
    (move,) = shell.json("runs", "move", "--run-id", run_id, "--to", "0", "--json")
    assert (move["from_experiment_id"], move["to_experiment_id"]) == (churn, "0")
    assert "No experiment is named 'chrun'" in shell.refusal("runs", "move", "--run-id", run_id, "--to", "chrun")
    (change, *_) = shell.json("runs", "changes", "--run-id", run_id, "--json")
    assert (change["kind"], change["before"], change["after"]) == ("experiment", churn, "0")
    assert f"experiment: {churn} → 0" in shell.text("runs", "changes", "--run-id", run_id)


def test_who_had_a_run_open(shell: Shell) -> None:
    client = Client(str(shell.folder / "mlruns"))
    run = client.create_run("0")
    assert shell.json("runs", "ranks", "--run-id", run.info.run_id, "--json") == []
    joined = [client.join_run(run, Rank("job", rank, 2)) for rank in (0, 1)]
    client.leave_run(joined[1], "FAILED", {"flowmill.end": "ValueError: too hot"})
    found = shell.json("runs", "ranks", "--run-id", run.info.run_id, "--json")
    assert [(each["rank"], each["status"]) for each in found] == [(0, "RUNNING"), (1, "FAILED")]
    assert "ValueError: too hot" in shell.text("runs", "ranks", "--run-id", run.info.run_id)
    client.leave_run(joined[0])
    assert client.get_run(run.info.run_id).info.status == "FAILED"


def test_experiments(shell: Shell) -> None:
    assert shell.text("experiments", "create", "-n", "churn") == "Created experiment 'churn' with id 1\n"
    assert "exists already" in shell.refusal("experiments", "create", "-n", "churn")
    assert shell.json("experiments", "create", "-n", "risk", "--json") == {"experiment_id": "2", "name": "risk"}
    assert [each["name"] for each in shell.json("experiments", "search", "--json")] == ["Default", "churn", "risk"]
    found = shell.json("experiments", "search", "--filter-string", "name LIKE 'c%'", "--max-results", "1", "--json")
    assert [each["name"] for each in found] == ["churn"]
    assert shell.json("experiments", "get", "-n", "churn", "--json")["experiment_id"] == "1"
    assert "'nope'" in shell.refusal("experiments", "get", "-n", "nope")
    assert "exactly one of" in shell.refusal("experiments", "get", code=2)
    assert shell.text("experiments", "rename", "-x", "1", "--new-name", "churn-2") == (
        "Experiment with id 1 has been renamed to 'churn-2'.\n"
    )
    assert shell.text("experiments", "delete", "-x", "1") == "Experiment with ID 1 has been deleted.\n"
    shell.refusal("experiments", "delete", "-x", "1")
    assert [each["name"] for each in shell.json("experiments", "search", "-v", "deleted_only", "--json")] == ["churn-2"]
    assert shell.text("experiments", "restore", "-x", "1") == "Experiment with id 1 has been restored.\n"
    shell.refusal("experiments", "restore", "-x", "1")
    assert "is not one of" in shell.refusal("experiments", "search", "-v", "nonsense", code=2)
    assert "does not archive traces" in shell.refusal("experiments", "update", "-x", "1", "--trace-archive-now", code=2)
    assert shell.json("experiments", "delete", "-x", "1", "--json")["lifecycle_stage"] == "deleted"


def test_runs(shell: Shell) -> None:
    made = shell.json("runs", "create", "--experiment-name", "churn", "--run-name", "a", "-t", "k=v=w")
    assert (made["experiment_id"], made["status"], made["run_name"]) == ("1", "FINISHED", "a")
    child = shell.json(
        "runs", "create", "--experiment-id", "1", "--status", "failed", "--parent-run-id", made["run_id"],
        "--description", "second",
    )  # fmt: skip
    assert child["status"] == "FAILED"
    assert [each["info"]["run_id"] for each in shell.json("runs", "list", "--experiment-id", "1", "--json")] == [
        child["run_id"], made["run_id"],
    ]  # fmt: skip
    failed = shell.json("runs", "list", "--experiment-id", "1", "--filter", "status = 'FAILED'", "--json")
    assert [each["info"]["run_name"] for each in failed] == [child["run_name"]]
    tags = shell.json("runs", "describe", "--run-id", child["run_id"])["data"]["tags"]
    assert (tags["mlflow.parentRunId"], tags["mlflow.note.content"]) == (made["run_id"], "second")
    assert shell.json("runs", "describe", "--run-id", made["run_id"])["data"]["tags"]["k"] == "v=w"
    assert "Status     : FAILED" in shell.text("runs", "describe", "--run-id", child["run_id"], "--table")
    run_id = made["run_id"]
    assert shell.text("runs", "delete", "--run-id", run_id) == f"Run with ID {run_id} has been deleted.\n"
    assert (
        shell.json("runs", "list", "--experiment-id", "1", "-v", "deleted_only", "--json")[0]["info"]["run_name"] == "a"
    )
    assert shell.text("runs", "restore", "--run-id", run_id) == f"Run with id {run_id} has been restored.\n"
    assert "nope" in shell.refusal("runs", "describe", "--run-id", "nope")
    assert "nope" in shell.refusal("runs", "create", "--experiment-id", "1", "--parent-run-id", "nope")
    assert "exactly one of" in shell.refusal("runs", "create", code=2)
    assert "key=value" in shell.refusal("runs", "create", "--experiment-id", "1", "-t", "nokv", code=2)
    assert "Missing option" in shell.refusal("runs", "list", code=2)
    assert shell.json("runs", "list", "--experiment-id", "99", "--json") == []


def test_the_environment_names_the_experiment(tmp_path: Path) -> None:
    shell = Shell(tmp_path, MLFLOW_EXPERIMENT_NAME="from the environment")
    assert shell.json("runs", "create")["experiment_id"] == "1"
    (tmp_path / "settings").write_text("MLFLOW_EXPERIMENT_ID=1\n")
    assert len(Shell(tmp_path).json("--env-file", "settings", "runs", "list", "--json")) == 1


def test_artifacts(shell: Shell) -> None:
    run_id = shell.json("runs", "create", "--experiment-id", "0")["run_id"]
    (shell.folder / "f.txt").write_text("hello\n")
    (shell.folder / "d" / "s").mkdir(parents=True)
    (shell.folder / "d" / "s" / "b.txt").write_text("y")
    assert shell.text("artifacts", "log-artifact", "-l", "f.txt", "-r", run_id) == ""
    assert shell.json("artifacts", "log-artifacts", "-l", "d", "-r", run_id, "-a", "sub", "--json")["path"] == "sub"
    assert shell.json("artifacts", "list", "-r", run_id) == [
        {"path": "f.txt", "is_dir": False, "file_size": 6}, {"path": "sub", "is_dir": True},
    ]  # fmt: skip
    assert shell.json("artifacts", "list", "-r", run_id, "-a", "nope") == []
    assert "f.txt   6 B" in shell.text("artifacts", "list", "-r", run_id, "--table")
    fetched = shell.text("artifacts", "download", "-r", run_id, "-a", "sub", "-d", "out").strip()
    assert (Path(fetched) / "s" / "b.txt").read_text() == "y"
    by_uri = shell.json("artifacts", "download", "-u", f"runs:/{run_id}/f.txt", "--json")["path"]
    assert Path(by_uri).read_text() == "hello\n"
    assert (Path(shell.text("artifacts", "download", "-r", run_id).strip()) / "f.txt").is_file()
    assert "'nope.txt'" in shell.refusal("artifacts", "log-artifact", "-l", "nope.txt", "-r", run_id)
    assert "'nope'" in shell.refusal("artifacts", "log-artifacts", "-l", "nope", "-r", run_id)
    shell.refusal("artifacts", "download", "-r", run_id, "-a", "nope")
    assert "--artifact-uri" in shell.refusal("artifacts", "download", code=2)


def test_csv(shell: Shell) -> None:
    run_id = shell.json("runs", "create", "--experiment-id", "0", "--run-name", 'a "quoted", name')["run_id"]
    client = Client(str(shell.folder / "mlruns"))
    rows = list(csv.DictReader(io.StringIO(shell.text("experiments", "csv", "-x", "0"))))
    assert [row["tags.mlflow.runName"] for row in rows] == ['a "quoted", name']
    assert shell.text("experiments", "csv", "-x", "0", "-o", "runs.csv").endswith("to file: runs.csv.\n")
    assert (shell.folder / "runs.csv").read_text().count(run_id) == 2
    assert shell.json("experiments", "csv", "-x", "0", "--json")[0]["run_id"] == run_id
    assert shell.text("experiments", "csv", "-x", "99").startswith("run_id,experiment_id,status,")
    assert "Cannot write" in shell.refusal("experiments", "csv", "-x", "0", "-o", "no/such/folder.csv")
    assert len(client.search_runs(["0"])) == 1
    nanoseconds = 1_795_000_000_000_000_000
    client.create_run("0", run_name="wrong", start_time=nanoseconds)
    for listing in (("experiments", "csv", "-x", "0"), ("runs", "list", "--experiment-id", "0")):
        text = shell.text(*listing)
        assert "quoted" in text
        assert "wrong" in text
    assert str(nanoseconds) in shell.text("experiments", "csv", "-x", "0")


def test_csv_runs_nothing_in_a_spreadsheet(shell: Shell) -> None:
    run_id = shell.json("runs", "create", "--experiment-id", "0", "--run-name", "=HYPERLINK(1)")["run_id"]
    client = Client(str(shell.folder / "mlruns"))
    for key, value in (("sum", "-1+cmd|' /C calc'!A0"), ("rate", "-0.5"), ("plain", "a=b")):
        client.log_param(run_id, key, value)
    assert len(client.get_run(run_id).data.params) == 3  # what reads has delivered before what waited
    (row,) = csv.DictReader(io.StringIO(shell.text("experiments", "csv", "-x", "0")))
    assert row["tags.mlflow.runName"] == "'=HYPERLINK(1)"
    assert (row["params.sum"], row["params.rate"], row["params.plain"]) == ("'-1+cmd|' /C calc'!A0", "-0.5", "a=b")
    assert shell.json("experiments", "csv", "-x", "0", "--json")[0]["params.sum"] == "-1+cmd|' /C calc'!A0"


def test_datasets(shell: Shell) -> None:
    client = Client(str(shell.folder / "mlruns"))
    run_id = client.create_run("0").info.run_id
    dataset = DatasetInput(Dataset("rows", "d1", "local", "{}"), [InputTag("mlflow.data.context", "train")])
    client.log_inputs(run_id, [dataset])
    assert client.flush()
    assert shell.json("datasets", "list", "-x", "0", "--output", "json") == {
        "datasets": [{"experiment_id": "0", "name": "rows", "digest": "d1", "context": "train"}],
        "next_page_token": None,
    }
    assert "rows" in shell.text("datasets", "list", "-x", "0")
    assert "evaluation datasets" in shell.refusal("datasets", "list", "-x", "0", "--filter-string", "x", code=2)


def test_names_of_others_cannot_move_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("Name", "Value"), [("evil\x1b[2J\nname", None)])
    print_facts([("Name", "a\rb")])
    assert capsys.readouterr().out == (
        "Name           Value  \n-------------  -------\nevil�[2J�name         \nName : a�b\n"
    )


def test_sizes_times_and_widths() -> None:
    assert [size(0), size(1536), size(3 * 2**30), size(5 * 2**40)] == ["0 B", "1.5 KiB", "3.0 GiB", "5.0 TiB"]
    assert [duration(7), duration(12_340), duration(245_000), duration(12_000_000)] == [
        "7 ms", "12.3 s", "4 min 05 s", "3 h 20 min",
    ]  # fmt: skip
    assert fit([10, 50, 40], 60) == [10, 25, 25]
    assert fit([30, 30], 5) == [12, 12]


def test_in_a_terminal(shell: Shell) -> None:
    """A person sees more: colour, the time where they are, and rows that fit."""
    shell.text("experiments", "create", "-n", "a very long name " * 10)
    shell.json("runs", "create", "--experiment-id", "0", "--run-name", "seen")
    settings = {**shell.settings, "TZ": "Asia/Tokyo", "COLUMNS": "80"}

    def seen(*words: str) -> str:
        ours, theirs = pty.openpty()
        process = subprocess.Popen([FLOWMILL, *words], cwd=shell.folder, env=settings, stdout=theirs)
        os.close(theirs)
        text = b""
        try:
            while part := os.read(ours, 4096):
                text += part
        except OSError:  # what a terminal whose other side is closed gives on Linux
            pass
        os.close(ours)
        assert process.wait() == 0
        return text.decode()

    runs = seen("runs", "list", "--experiment-id", "0")
    assert "JST" in runs and "FINISHED" in runs and "\x1b[1m" in runs
    assert all(len(line) <= 80 for line in seen("experiments", "search").splitlines()[1:])


def test_a_server_that_is_away_is_one_sentence(tmp_path: Path) -> None:
    shell = Shell(tmp_path, MLFLOW_TRACKING_URI="http://127.0.0.1:9", MLFLOW_HTTP_REQUEST_MAX_RETRIES="0")
    assert "does not answer" in shell.refusal("runs", "list", "--experiment-id", "0")


def test_scripts_that_parse_mlflow_read_the_same(peer: Peer, server: str, tmp_path: Path) -> None:
    """The real command and ours, asked of the same server."""
    client = Client(server)
    experiment = client.create_experiment("churn", tags={"team": "risk"})
    for number in range(2):
        run = client.create_run(
            experiment, tags={"k": "v"}, run_name=f"run {number}", start_time=1_700_000_000_123 + number
        )
        client.log_metric(run.info.run_id, "loss", 0.5)
        client.log_param(run.info.run_id, "depth", 3)
        client.log_text(run.info.run_id, "hello", "notes/a.txt")
        client.set_terminated(run.info.run_id, end_time=1_700_000_001_000 + 500 * number)
    shell = Shell(tmp_path, MLFLOW_TRACKING_URI=server)
    mlflow = str(peer.python.parent / "mlflow")
    settings = {**peer_settings(tmp_path), "MLFLOW_TRACKING_URI": server}

    def theirs(*words: str) -> str:
        done = subprocess.run(
            [mlflow, *words], cwd=tmp_path, env=settings, capture_output=True, text=True, timeout=120, check=True
        )
        return done.stdout

    for words in (("runs", "list", "--experiment-id", experiment), ("experiments", "search")):
        assert shell.text(*words).split("\n") == theirs(*words).split("\n")
    for words in (
        ("runs", "describe", "--run-id", run.info.run_id),
        ("artifacts", "list", "-r", run.info.run_id, "-a", "notes"),
    ):
        assert shell.json(*words) == json.loads(theirs(*words))
    their_experiment = json.loads(theirs("experiments", "get", "-n", "churn", "--output", "json"))
    ours = shell.json("experiments", "get", "-n", "churn", "--output", "json")
    assert ours == {key: value for key, value in their_experiment.items() if key in ours}
    assert {key for key in their_experiment if key not in ours} == {
        "effective_trace_archival_retention", "trace_location", "workspace",
    }  # fmt: skip
    rows = [
        list(csv.DictReader(io.StringIO(text("experiments", "csv", "-x", experiment)))) for text in (shell.text, theirs)
    ]
    assert rows[0] == rows[1]
