"""Entities as plain values, and the helpers of their closed words; what is expected was observed with MLflow."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import pytest

import flowmill
from flowmill.entities import (
    DatasetInput,
    Experiment,
    FileInfo,
    InputTag,
    LifecycleStage,
    LoggedModel,
    LoggedModelStatus,
    Metric,
    Param,
    Run,
    RunInfo,
    RunStatus,
    SourceType,
    ViewType,
)
from flowmill.errors import Invalid, NotFound


def test_a_run_as_plain_values() -> None:
    with flowmill.start_run(run_name="r") as active:
        flowmill.log_metric("m", 0.5)
        flowmill.log_param("p", 1)
        flowmill.set_tag("t", "v")
    run = flowmill.get_run(active.info.run_id)
    form = run.to_dictionary()
    assert form["info"].keys() == set(RunInfo.get_searchable_attributes()) | {"experiment_id", "lifecycle_stage"}
    assert (form["info"]["status"], form["info"]["lifecycle_stage"]) == ("FINISHED", "active")
    assert form["data"]["metrics"] == {"m": 0.5} == dict(run.data)["metrics"]
    assert form["data"]["params"] == {"p": "1"}
    assert form["data"]["tags"]["t"] == "v"
    assert form["inputs"] == {"dataset_inputs": [], "model_inputs": []}
    experiment = dict(flowmill.get_experiment("0"))
    assert (experiment["name"], experiment["tags"]) == (Experiment.DEFAULT_EXPERIMENT_NAME, {})


def test_values_from_dictionaries() -> None:
    point = Metric.from_dictionary({"key": "k", "value": 1.0, "timestamp": 2, "step": 3, "unknown": 1})
    assert point == Metric("k", 1.0, 2, 3)
    assert Metric.from_dictionary(point.to_dictionary()) == point
    assert point.to_dictionary()["model_id"] is None
    assert Param.from_dictionary({"key": "k", "value": "v"}) == Param("k", "v")
    assert FileInfo.from_dictionary({"path": "a", "is_dir": True, "file_size": None}) == FileInfo("a", True)
    for wrong in ({}, {"key": 1}):
        with pytest.raises(Invalid, match="is no Metric"):
            Metric.from_dictionary(wrong)
    assert DatasetInput(None, [InputTag("k", "v")]).tags[0].to_dictionary() == {"key": "k", "value": "v"}  # type: ignore[arg-type]


def test_a_logged_model_and_its_files(tmp_path: Path) -> None:
    client = flowmill.MlflowClient()
    model = client.create_logged_model("0", "m", params={"p": 1})
    form = client.finalize_logged_model(model.model_id, "READY").to_dictionary()
    assert (form["model_id"], form["params"], form["status"]) == (model.model_id, {"p": "1"}, 2)
    assert dict(model)["model_uri"] == model.model_uri
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.txt").write_text("a")
    client.log_model_artifact(model.model_id, str(tmp_path / "files" / "a.txt"))
    client.log_model_artifacts(model.model_id, str(tmp_path / "files"), "below")
    assert [each.path for each in client.list_logged_model_artifacts(model.model_id)] == ["a.txt", "below"]
    assert [each.path for each in client.list_logged_model_artifacts(model.model_id, "below")] == ["below/a.txt"]
    with pytest.raises(Invalid, match="no file"):
        client.log_model_artifact(model.model_id, str(tmp_path / "nope"))
    with pytest.raises(Invalid, match="not a folder"):
        client.log_model_artifacts(model.model_id, str(tmp_path / "nope"))
    with pytest.raises(NotFound):
        client.list_logged_model_artifacts("m-" + "0" * 32)


def test_words_and_their_numbers() -> None:
    views = [(ViewType.to_string(number), LifecycleStage.view_type_to_stages(number)) for number in (1, 2, 3)]
    assert views == [("active_only", ["active"]), ("deleted_only", ["deleted"]), ("all", ["active", "deleted"])]
    assert ViewType.from_string("active_only") is ViewType.ACTIVE_ONLY
    assert LifecycleStage.matches_view_type(ViewType.ALL, "deleted")
    assert not LifecycleStage.matches_view_type(1, "deleted")
    assert [LifecycleStage.is_valid(text) for text in ("active", "gone")] == [True, False]
    assert [RunStatus.to_string(number) for number in range(1, 6)] == RunStatus.all_status()
    assert [RunStatus.is_terminated(number) for number in (1, 3)] == [False, True]
    assert SourceType.to_string(4) == "LOCAL" == SourceType.from_string("LOCAL")
    assert [status.to_int() for status in map(LoggedModelStatus.from_int, range(4))] == [0, 1, 2, 3]
    assert [LoggedModelStatus.is_finalized(status) for status in LoggedModelStatus] == [False, False, True, True]
    for ask in (
        lambda: ViewType.to_string(9),
        lambda: ViewType.from_string("some"),
        lambda: RunStatus.from_string("DONE"),
        lambda: SourceType.to_string(0),
        lambda: LifecycleStage.matches_view_type(1, "gone"),
        lambda: LoggedModelStatus.from_int(4),
    ):
        with pytest.raises(Invalid, match="Invalid"):
            ask()


def test_what_a_notebook_shows() -> None:
    with flowmill.start_run(run_name="<b>r</b>") as active:
        flowmill.log_metric("zero", 0.0)
    shown = flowmill.get_run(active.info.run_id)._repr_html_()
    assert "<th>zero</th><td>0.0</td>" in shown
    assert "&lt;b&gt;r&lt;/b&gt;" in shown and "<b>" not in shown
    assert "Default" in flowmill.get_experiment("0")._repr_html_()


def test_the_line_at_the_end_of_a_run(
    server: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    flowmill.set_tracking_uri(server.replace("http://", "http://ada:hunter2@"))
    with flowmill.start_run() as run:
        pass
    said = capsys.readouterr().out
    assert f"/#/experiments/0/runs/{run.info.run_id}" in said and "hunter2" not in said
    monkeypatch.setenv("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
    with flowmill.start_run():
        pass
    assert "View run" not in capsys.readouterr().out


def test_messages_read_and_change_like_protocol_buffers() -> None:
    with flowmill.start_run(run_name="r") as active:
        flowmill.log_metric("m", float("nan"), step=3)
        flowmill.set_tag("t", "v")
    run = flowmill.get_run(active.info.run_id)
    message = run.to_proto()
    assert (message.info.status, message.info.run_name, message.data.metrics[0].step) == (3, "r", 3)
    assert message.info.HasField("end_time") and not message.outputs.model_outputs
    assert str(Run.from_proto(message).data) == str(run.data)  # NaN is not equal to itself
    other = copy.deepcopy(message)
    assert pickle.loads(pickle.dumps(other)) is not message  # noqa: S301
    other.data.tags.add(key="new", value="v")
    other.info.ClearField("end_time")
    assert Run.from_proto(other).data.tags == {**run.data.tags, "new": "v"}
    assert Run.from_proto(other).info.end_time is None
    message.CopyFrom(other)
    assert message.data.tags == other.data.tags and message.data.tags is not other.data.tags
    with pytest.raises(AttributeError, match="RunInfo has no field 'nonsense'"):
        _ = message.info.nonsense
    with pytest.raises(AttributeError, match="no field"):
        message.info.nonsense = 1
    with pytest.raises(ValueError, match="no single field 'tags'"):
        message.data.HasField("tags")
    with pytest.raises(TypeError, match="cannot be copied"):
        message.info.CopyFrom(message.data)


def test_a_run_comes_back_from_its_dictionary() -> None:
    client = flowmill.MlflowClient()
    with flowmill.start_run() as active:
        flowmill.log_params({"a": 1, "b": "x"})
        flowmill.log_metric("m", 2.5)
        model = flowmill.initialize_logged_model(name="m", tags={"a": "b"}, params={"p": 1})
    run = flowmill.get_run(active.info.run_id)
    back = Run.from_dictionary(run.to_dictionary())
    assert (back.info, back.data.params, back.data.metrics) == (run.info, run.data.params, run.data.metrics)
    assert back.to_dictionary() == run.to_dictionary()
    known = client.get_logged_model(model.model_id)
    assert LoggedModel.from_dictionary(known.to_dictionary()) == known
    client.create_registered_model("m", tags={"k": "v"})
    client.create_model_version("m", known.model_uri)
    client.set_registered_model_alias("m", "best", "1")
    for entity in (client.get_registered_model("m"), client.get_model_version("m", "1"), client.get_experiment("0")):
        assert type(entity).from_dictionary(entity.to_dictionary()) == entity
    with pytest.raises(Invalid, match="is no RunInfo"):
        RunInfo.from_dictionary({"run_id": "r"})
    with pytest.raises(Invalid, match=r"is no RunInfo: .*start_time"):
        RunInfo.from_dictionary({**dict(run.info), "start_time": "now"})
