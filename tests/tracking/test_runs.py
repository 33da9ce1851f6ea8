"""Runs by the fluent functions, as in a user's script."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, cast

import numpy
import pytest

import flowmill as mlflow
from flowmill.errors import Invalid, NotFound
from tests.peer.environment import peer_python
from tests.peer.server import mlflow_server


def test_a_run_in_a_with_block() -> None:
    with mlflow.start_run(run_name="first", tags={"a": 1}, description="*why*") as run:
        mlflow.log_params({"lr": 0.1, "layers": [1, 2]})
        assert mlflow.log_param("depth", 3) == 3
        mlflow.log_metric("loss", 0.5, step=1)
        mlflow.log_metrics({"loss": 0.25, "acc": 1}, step=2)
        mlflow.set_tags({"b": True})
        assert mlflow.active_run() is not None
    assert mlflow.active_run() is None
    read = mlflow.get_run(run.info.run_id)
    assert (read.info.status, read.info.run_name) == ("FINISHED", "first")
    assert read.data.params == {"lr": "0.1", "layers": "[1, 2]", "depth": "3"}
    assert read.data.metrics == {"loss": 0.25, "acc": 1.0}
    tags = read.data.tags
    assert (tags["a"], tags["b"], tags["mlflow.note.content"]) == ("1", "True", "*why*")
    assert tags["mlflow.source.type"] == "LOCAL"
    last = mlflow.last_active_run()
    assert last is not None and last.info.run_id == run.info.run_id


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ValueError("x"), "FAILED"),
        (KeyboardInterrupt(), "KILLED"),
        (SystemExit(3), "FAILED"),
        (SystemExit(0), "FINISHED"),
    ],
)
def test_how_a_run_ended(error: BaseException, status: str) -> None:
    with pytest.raises(type(error)), mlflow.start_run() as run:
        raise error
    assert mlflow.get_run(run.info.run_id).info.status == status


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        ("", "FINISHED"),
        ("1 / 0", "FAILED"),
        ("mlflow.end_run('KILLED')", "KILLED"),
        ("import sys; sys.exit(3)", "FAILED"),
        ("import sys; sys.exit()", "FINISHED"),
        ("raise KeyboardInterrupt", "KILLED"),
        ("import sys\ntry: sys.exit(3)\nexcept SystemExit: mlflow.log_metric('m', 1)", "FINISHED"),
    ],
)
def test_a_run_without_a_with_block_ends_with_its_process(folder: Path, ending: str, status: str) -> None:
    script = f"""
import flowmill as mlflow
mlflow.set_tracking_uri({str(folder)!r})
print(mlflow.start_run().info.run_id)
mlflow.log_metric("m", 1)
{ending}
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    run = mlflow.get_run(done.stdout.split()[0])
    assert (run.info.status, run.data.metrics) == (status, {"m": 1.0})


def test_logging_without_a_run_opens_one() -> None:
    mlflow.log_metric("m", 1.0)
    run = mlflow.active_run()
    assert run is not None
    mlflow.end_run()
    assert mlflow.get_run(run.info.run_id).data.metrics == {"m": 1.0}


def test_logging_nothing_is_no_error() -> None:
    with mlflow.start_run() as run:
        mlflow.log_metrics({})
        mlflow.log_metric("m", 1.0)
    assert mlflow.get_run(run.info.run_id).data.metrics == {"m": 1.0}


def test_nested_runs() -> None:
    with mlflow.start_run() as parent:
        with pytest.raises(Invalid, match=r"is open already.*nested=True"):
            mlflow.start_run()
        with mlflow.start_run(nested=True) as child:
            mlflow.log_metric("m", 1.0)
        mlflow.log_metric("m", 2.0)
    found = mlflow.get_parent_run(child.info.run_id)
    assert found is not None and found.info.run_id == parent.info.run_id
    assert mlflow.get_parent_run(parent.info.run_id) is None
    assert mlflow.get_run(parent.info.run_id).data.metrics == {"m": 2.0}


def test_a_child_left_open_ends_with_its_parent() -> None:
    with mlflow.start_run():
        child = mlflow.start_run(nested=True)
    assert mlflow.active_run() is None
    assert mlflow.get_run(child.info.run_id).info.status == "FINISHED"


def test_going_on_with_a_run() -> None:
    with mlflow.start_run() as first:
        mlflow.log_metric("m", 1.0, step=1)
    with mlflow.start_run(run_id=first.info.run_id):
        assert mlflow.get_run(first.info.run_id).info.status == "RUNNING"
        mlflow.log_metric("m", 2.0, step=2)
    history = mlflow.MlflowClient().get_metric_history(first.info.run_id, "m")
    assert [point.value for point in history] == [1.0, 2.0]
    mlflow.delete_run(first.info.run_id)
    with pytest.raises(Invalid, match="deleted; restore it"):
        mlflow.start_run(run_id=first.info.run_id)
    with pytest.raises(NotFound, match="'nope'"):
        mlflow.start_run(run_id="nope")


def test_each_thread_has_a_run_of_its_own() -> None:
    ids: list[str] = []

    def work(number: int) -> None:
        with mlflow.start_run() as run:
            mlflow.log_metric("number", number)
            ids.append(run.info.run_id)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {mlflow.get_run(run_id).data.metrics["number"] for run_id in ids} == set(range(8))


def test_experiments() -> None:
    made = mlflow.set_experiment("churn")
    with mlflow.start_run() as run:
        pass
    assert run.info.experiment_id == made.experiment_id
    assert mlflow.set_experiment("churn").experiment_id == made.experiment_id
    assert mlflow.set_experiment(experiment_id="0").name == "Default"
    mlflow.delete_experiment(made.experiment_id)
    with pytest.raises(Invalid, match="deleted: restore it"):
        mlflow.set_experiment(experiment_id=made.experiment_id)
    assert mlflow.set_experiment("churn").experiment_id != made.experiment_id
    with pytest.raises(Invalid, match="either experiment_name or experiment_id"):
        mlflow.set_experiment()
    with pytest.raises(NotFound, match="4711"):
        mlflow.set_experiment(experiment_id="4711")


def test_the_environment_names_the_experiment_and_the_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mlflow.set_tracking_uri("")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "from outside")
    with mlflow.start_run() as run:
        pass
    assert mlflow.get_experiment(run.info.experiment_id).name == "from outside"
    assert (tmp_path / "elsewhere" / "flowmill.db").exists()


def test_without_a_place_runs_go_to_mlruns(tmp_path: Path) -> None:
    mlflow.set_tracking_uri("")
    assert not mlflow.is_tracking_uri_set()
    with mlflow.start_run():
        mlflow.log_text("x", "a/b.txt")
    assert (tmp_path / "mlruns" / "flowmill.db").exists()
    assert mlflow.get_tracking_uri() == (tmp_path / "mlruns").as_uri()


@pytest.mark.parametrize(
    "value", [1, True, 0.5, numpy.float32(0.5), numpy.int64(3), numpy.array([2.0]), numpy.array(2)]
)
def test_numbers_of_all_kinds_are_metrics(value: float) -> None:
    with mlflow.start_run() as run:
        mlflow.log_metric("m", value)
    assert mlflow.get_run(run.info.run_id).data.metrics == {"m": float(numpy.asarray(value).item())}


@pytest.mark.parametrize("value", ["0.5", "high", None, [1.0], {"a": 1}, numpy.array([1.0, 2.0])])
def test_other_things_are_not(value: object) -> None:
    with mlflow.start_run(), pytest.raises(Invalid, match="'m' must be a number, got"):
        mlflow.log_metric("m", value)  # type: ignore[arg-type]


def test_batches_of_any_size() -> None:
    with mlflow.start_run() as run:
        mlflow.log_params({f"p{n}": n for n in range(250)})
        mlflow.log_metrics({f"m{n}": n for n in range(2500)})
    read = mlflow.get_run(run.info.run_id)
    assert (len(read.data.params), len(read.data.metrics)) == (250, 2500)


def test_artifacts(tmp_path: Path) -> None:
    file = tmp_path / "plot.txt"
    file.write_text("picture")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "x").write_text("x")
    with mlflow.start_run() as run:
        mlflow.log_artifact(file)
        mlflow.log_artifact(file, "plots")
        mlflow.log_artifacts(folder, "all")
        mlflow.log_text("hello", "notes/a.txt")
        mlflow.log_dict({"b": [1]}, "conf.json")
        mlflow.log_dict({"b": [1]}, "conf.yaml")
        assert mlflow.get_artifact_uri("x").endswith("/artifacts/x")
        with pytest.raises(Invalid, match="no file"):
            mlflow.log_artifact(tmp_path / "missing")
        with pytest.raises(Invalid, match="not a folder"):
            mlflow.log_artifacts(file)
    client = mlflow.MlflowClient()
    names = [(each.path, each.is_dir) for each in client.list_artifacts(run.info.run_id)]
    assert names == [
        ("all", True),
        ("conf.json", False),
        ("conf.yaml", False),
        ("notes", True),
        ("plot.txt", False),
        ("plots", True),
    ]
    local = client.download_artifacts(run.info.run_id, "notes/a.txt")
    assert Path(local).read_text() == "hello"


def test_search_runs_as_a_frame() -> None:
    for number in range(3):
        with mlflow.start_run(run_name=f"r{number}"):
            mlflow.log_param("n", number)
            if number:
                mlflow.log_metric("acc", number / 10)
    frame = mlflow.search_runs()
    assert list(frame["params.n"]) == ["2", "1", "0"]
    assert frame["metrics.acc"].isna().tolist() == [False, False, True]
    assert str(frame["start_time"].dtype).startswith("datetime64") and frame["start_time"].dt.tz is not None
    listed = mlflow.search_runs(output_format="list", max_results=2)
    assert [run.info.run_name for run in listed] == ["r2", "r1"]
    with pytest.raises(Invalid, match="'pandas' or 'list'"):
        mlflow.search_runs(output_format="arrow")  # type: ignore[arg-type]


def test_a_time_that_no_calendar_has_hides_no_run_of_a_frame() -> None:
    client = mlflow.MlflowClient()
    client.create_run("0", run_name="in nanoseconds", start_time=time.time_ns())
    client.create_run("0", run_name="in milliseconds")
    frame = mlflow.search_runs()
    assert list(frame["tags.mlflow.runName"]) == ["in nanoseconds", "in milliseconds"]
    assert frame["start_time"].isna().tolist() == [True, False]


def test_matplotlib_figures() -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure = plt.figure()
    with mlflow.start_run() as run:
        mlflow.log_figure(figure, "plots/figure.png")
        with pytest.raises(Invalid, match="Matplotlib or Plotly"):
            mlflow.log_figure("no figure", "x.png")
    plt.close(figure)
    local = mlflow.MlflowClient().download_artifacts(run.info.run_id, "plots/figure.png")
    assert Path(local).read_bytes().startswith(b"\x89PNG")


def test_metrics_logged_before_a_model_are_the_models_too() -> None:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    with mlflow.start_run():
        mlflow.log_metric("accuracy", 0.9, step=3)
        info = mlflow.sklearn.log_model(sk_model=model, name="m")
    logged = mlflow.last_logged_model()
    assert logged is not None and logged.model_id == info.model_id
    assert [(each.key, each.value, each.step) for each in logged.metrics] == [("accuracy", 0.9, 3)]


def test_the_place_may_change_while_a_run_is_open(tmp_path: Path) -> None:
    mlflow.set_experiment("here")
    run = mlflow.start_run()
    mlflow.set_tracking_uri(tmp_path / "elsewhere")
    mlflow.end_run()
    with mlflow.start_run() as other:  # the experiment that was set belongs to the first place
        assert other.info.experiment_id == "0"
    mlflow.set_tracking_uri(tmp_path / "runs")
    assert mlflow.get_run(run.info.run_id).info.status == "FINISHED"
    with mlflow.start_run() as again:
        assert again.info.experiment_id == run.info.experiment_id


def test_sigterm_kills_the_run(folder: Path) -> None:
    script = f"""
import os, signal, time
import flowmill as mlflow
mlflow.set_tracking_uri({str(folder)!r})
print(mlflow.start_run().info.run_id, flush=True)
os.kill(os.getpid(), signal.SIGTERM)
time.sleep(30)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=25)
    assert done.returncode == 143
    assert mlflow.get_run(done.stdout.split()[0]).info.status == "KILLED"


def test_a_run_deleted_in_its_own_block_does_not_fail_the_script(caplog: pytest.LogCaptureFixture) -> None:
    with mlflow.start_run() as run:
        mlflow.delete_run(run.info.run_id)
    assert f"Run {run.info.run_id} is deleted" in caplog.text


@pytest.mark.parametrize("step", [numpy.int64(7), 7.0, numpy.float32(7), True])
def test_steps_of_all_kinds(step: int) -> None:
    with mlflow.start_run() as run:
        mlflow.log_metric("m", 1.0, step=step)
    (point,) = mlflow.MlflowClient().get_metric_history(run.info.run_id, "m")
    assert point.step == int(step)


def test_numbers_that_do_not_fit_are_refused() -> None:
    with mlflow.start_run():
        with pytest.raises(Invalid, match="must be a number"):
            mlflow.log_metric("m", 10**400)
        with pytest.raises(Invalid, match="must fit 64 bits"):
            mlflow.log_metric("m", 1.0, step=2**63)
        with pytest.raises(Invalid, match="whole number"):
            mlflow.log_metric("m", 1.0, step=1.5)  # type: ignore[arg-type]


def test_a_terminal_is_told_where_a_run_is_shown(
    server: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    mlflow.set_tracking_uri(server)
    with mlflow.start_run():
        assert capsys.readouterr().out == ""  # nobody looks
    capsys.readouterr()
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    with mlflow.start_run(run_name="first") as run:
        page = f"{server}/#/experiments/0/runs/{run.info.run_id}"
        assert capsys.readouterr().out == f"Run first is shown at: {page}\n"
        with mlflow.start_run(nested=True, run_name="inner"):
            assert capsys.readouterr().out == ""
    assert capsys.readouterr().out.splitlines()[-1] == f"View run first at: {page}"
    monkeypatch.setenv("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
    with mlflow.start_run():
        pass
    assert capsys.readouterr().out == ""


def points_of_two_runs() -> list[str]:
    ids: list[str] = []
    for name in ("first", "second"):
        with mlflow.start_run(run_name=name) as run:
            mlflow.log_param("name", name)
            for step in range(3):
                mlflow.log_metrics({"loss": 1 / (step + 1), "acc": step / 2}, step=step)
        ids.insert(0, run.info.run_id)
    return ids


def test_points_of_many_runs_as_a_table() -> None:
    newest, first = points_of_two_runs()
    frame = mlflow.search_metrics()
    assert list(frame.columns) == ["run_id", "key", "step", "timestamp", "value"]
    assert list(frame.run_id) == [newest] * 6 + [first] * 6
    assert list(frame[frame.key == "loss"].value) == [1, 1 / 2, 1 / 3] * 2
    one = mlflow.search_metrics(filter_string="params.name = 'first'", keys=["acc"], output_format="arrow")
    assert one.column("run_id").to_pylist() == [first] * 3
    assert one.column("value").to_pylist() == [0, 0.5, 1]
    polars = mlflow.search_metrics(output_format="polars")
    assert polars["step"].to_list() == [0, 1, 2] * 4
    table = mlflow.search_metrics(output_format="table")
    assert [(run_id, series.key, len(series)) for run_id, series in table][:2] == [
        (newest, "acc", 3),
        (newest, "loss", 3),
    ]
    assert len(mlflow.search_metrics(keys=["nothing"])) == len(mlflow.search_metrics(keys=[])) == 0
    with pytest.raises(Invalid, match="Invalid output_format 'csv': expected 'pandas'"):
        mlflow.search_metrics(output_format=cast(Any, "csv"))  # what a script without types may pass


def test_points_of_runs_on_a_server_of_mlflow(tmp_path: Path) -> None:
    with mlflow_server(peer_python(), tmp_path) as address:
        mlflow.set_tracking_uri(address)
        newest, first = points_of_two_runs()
        frame = mlflow.search_metrics(keys=["loss"])
        assert list(frame.run_id) == [newest] * 3 + [first] * 3
        assert list(frame.value) == [1, 1 / 2, 1 / 3] * 2
