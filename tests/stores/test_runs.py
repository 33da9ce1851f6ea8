"""Runs, parameters, tags and inputs behave the same in every store."""

from __future__ import annotations

import json
import time

import pytest

from flowmill.entities.dataset import Dataset, DatasetInput, InputTag
from flowmill.entities.metric import Metric
from flowmill.entities.run import LoggedModelInput, LoggedModelOutput, Param, RunStatus, RunTag
from flowmill.errors import AlreadyExists, Invalid, NotFound
from flowmill.store.base import Store
from flowmill.wire.experiments import CreateExperiment
from flowmill.wire.models import CreateLoggedModel
from flowmill.wire.runs import (
    CreateRun,
    DeleteRun,
    DeleteRuns,
    DeleteTag,
    GetRun,
    LogBatch,
    LogInputs,
    LogModel,
    LogOutputs,
    LogParam,
    RestoreRun,
    RestoreRuns,
    SetTag,
    UpdateRun,
)


@pytest.fixture
def run_id(store: Store) -> str:
    """A run that is open."""
    return store.send(CreateRun(user_id="ada", start_time=1000)).info.run_id


def test_created_run(store: Store) -> None:
    run = store.send(CreateRun(user_id="ada", run_name="first", start_time=12, tags=[RunTag("k", "v")]))
    assert run.info.run_uuid == run.info.run_id
    assert len(run.info.run_id) == 32
    assert (run.info.run_name, run.info.user_id, run.info.status) == ("first", "ada", "RUNNING")
    assert (run.info.start_time, run.info.end_time) == (12, None)
    assert run.info.artifact_uri.endswith(f"/0/{run.info.run_id}/artifacts")
    assert run.data.tags == {"k": "v", "mlflow.runName": "first"}


def test_a_run_without_a_name_gets_one(store: Store) -> None:
    info = store.send(CreateRun()).info
    first, second, number = info.run_name.split("-")
    assert first.isalpha() and second.isalpha() and number.isdigit()
    assert store.send(GetRun(run_id=info.run_id)).data.tags["mlflow.runName"] == info.run_name


def test_name_and_name_tag_are_one(store: Store, run_id: str) -> None:
    store.send(SetTag(run_id=run_id, key="mlflow.runName", value="tagged"))
    assert store.send(GetRun(run_id=run_id)).info.run_name == "tagged"
    store.send(UpdateRun(run_id=run_id, run_name="updated"))
    assert store.send(GetRun(run_id=run_id)).data.tags["mlflow.runName"] == "updated"
    with pytest.raises(Invalid, match="named twice"):
        store.send(CreateRun(run_name="a", tags=[RunTag("mlflow.runName", "b")]))


def test_end_of_a_run(store: Store, run_id: str) -> None:
    info = store.send(UpdateRun(run_id=run_id, status=RunStatus.FINISHED, end_time=2000))
    assert (info.status, info.end_time) == ("FINISHED", 2000)
    assert store.send(UpdateRun(run_id=run_id)) == info


def test_params_are_written_once(store: Store, run_id: str) -> None:
    store.send(LogParam(run_id=run_id, key="lr", value="0.1"))
    store.send(LogParam(run_id=run_id, key="lr", value="0.1"))
    with pytest.raises(Invalid, match=r"'lr' of run .* is '0.1' and cannot become '0.2'"):
        store.send(LogParam(run_id=run_id, key="lr", value="0.2"))
    assert store.send(GetRun(run_id=run_id)).data.params == {"lr": "0.1"}


def test_a_batch_is_all_or_nothing(store: Store, run_id: str) -> None:
    store.send(LogParam(run_id=run_id, key="lr", value="0.1"))
    with pytest.raises(Invalid):
        store.send(
            LogBatch(
                run_id=run_id,
                metrics=[Metric("loss", 1.0, 1, 0)],
                params=[Param("new", "1"), Param("lr", "0.2")],
                tags=[RunTag("t", "1")],
            )
        )
    data = store.send(GetRun(run_id=run_id)).data
    assert (data.metrics, data.params, "t" in data.tags) == ({}, {"lr": "0.1"}, False)


def test_a_batch_with_two_values_of_a_param_is_refused(store: Store, run_id: str) -> None:
    with pytest.raises(Invalid, match="twice"):
        store.send(LogBatch(run_id=run_id, params=[Param("a", "1"), Param("a", "2")]))
    store.send(LogBatch(run_id=run_id, params=[Param("a", "1"), Param("a", "1")]))


def test_batch_limits_are_named(store: Store, run_id: str) -> None:
    with pytest.raises(Invalid, match="at most 100 params, this one has 101"):
        store.send(LogBatch(run_id=run_id, params=[Param(f"p{n}", "1") for n in range(101)]))
    with pytest.raises(Invalid, match="at most 1000 metrics"):
        store.send(LogBatch(run_id=run_id, metrics=[Metric("m", 1.0, n, n) for n in range(1001)]))


def test_long_and_unicode_values_are_kept(store: Store, run_id: str) -> None:
    long = "päram-🌊-" * 5000
    store.send(LogParam(run_id=run_id, key="text", value=long))
    store.send(SetTag(run_id=run_id, key="ключ", value=long))
    data = store.send(GetRun(run_id=run_id)).data
    assert (data.params["text"], data.tags["ключ"]) == (long, long)


@pytest.mark.parametrize("key", ["", "../up", "/a", "a//b", "a/./b", "a\nb", "x" * 251, "semi;colon"])
def test_bad_keys_are_refused(store: Store, run_id: str, key: str) -> None:
    for request in (
        LogParam(run_id=run_id, key=key, value="1"),
        SetTag(run_id=run_id, key=key, value="1"),
        LogBatch(run_id=run_id, metrics=[Metric(key, 1.0, 1, 0)]),
    ):
        with pytest.raises(Invalid, match="name"):
            store.send(request)


def test_tags_are_replaced_and_deleted(store: Store, run_id: str) -> None:
    store.send(SetTag(run_id=run_id, key="t", value="1"))
    store.send(LogBatch(run_id=run_id, tags=[RunTag("t", "2"), RunTag("t", "3")]))
    assert store.send(GetRun(run_id=run_id)).data.tags["t"] == "3"
    store.send(DeleteTag(run_id=run_id, key="t"))
    with pytest.raises(NotFound, match="no tag 't'"):
        store.send(DeleteTag(run_id=run_id, key="t"))


def test_a_deleted_run_can_be_read_but_not_changed(store: Store, run_id: str) -> None:
    store.send(DeleteRun(run_id=run_id))
    assert store.send(GetRun(run_id=run_id)).info.lifecycle_stage == "deleted"
    for request in (
        LogParam(run_id=run_id, key="a", value="1"),
        SetTag(run_id=run_id, key="a", value="1"),
        LogBatch(run_id=run_id),
        UpdateRun(run_id=run_id, status=RunStatus.FINISHED),
    ):
        with pytest.raises(Invalid, match="is deleted; restore it"):
            store.send(request)
    store.send(RestoreRun(run_id=run_id))
    store.send(LogParam(run_id=run_id, key="a", value="1"))


def test_unknown_run(store: Store) -> None:
    for request in (GetRun(run_id="nope"), LogBatch(run_id="nope"), UpdateRun(run_id="nope")):
        with pytest.raises(NotFound, match="'nope'"):
            store.send(request)


def test_datasets_are_recorded_once(store: Store, run_id: str) -> None:
    used = DatasetInput(
        Dataset("iris", "abc", "local", "{}", schema="{}"), [InputTag("mlflow.data.context", "training")]
    )
    store.send(LogInputs(run_id=run_id, datasets=[used]))
    store.send(LogInputs(run_id=run_id, datasets=[used]))
    assert store.send(GetRun(run_id=run_id)).inputs.dataset_inputs == [used]


def test_models_made_and_used(store: Store, run_id: str) -> None:
    made = store.send(CreateLoggedModel(experiment_id="0", name="m", source_run_id=run_id)).model_id
    store.send(LogOutputs(run_id=run_id, models=[LoggedModelOutput(made, 3)]))
    store.send(LogOutputs(run_id=run_id, models=[LoggedModelOutput(made, 3)]))
    store.send(LogInputs(run_id=run_id, models=[LoggedModelInput(made)]))
    run = store.send(GetRun(run_id=run_id))
    assert run.outputs is not None
    assert run.outputs.model_outputs == [LoggedModelOutput(made, 3)]
    assert run.inputs.model_inputs == [LoggedModelInput(made)]
    with pytest.raises(NotFound, match="m-unknown"):
        store.send(LogOutputs(run_id=run_id, models=[LoggedModelOutput("m-unknown")]))


def test_models_logged_the_old_way_are_a_tag(store: Store, run_id: str) -> None:
    model = {"artifact_path": "model", "flavors": {}, "run_id": run_id}
    store.send(LogModel(run_id=run_id, model_json=json.dumps(model)))
    store.send(LogModel(run_id=run_id, model_json=json.dumps(model)))
    history = store.send(GetRun(run_id=run_id)).data.tags["mlflow.log-model.history"]
    assert json.loads(history) == [model, model]
    for bad in ("nonsense", "[]", "{}"):
        with pytest.raises(Invalid, match="model_json"):
            store.send(LogModel(run_id=run_id, model_json=bad))


@pytest.mark.parametrize("text", ["a\x00b", "half \ud800 pair"])
def test_text_that_no_database_holds_is_refused(store: Store, run_id: str, text: str) -> None:
    for request in (LogParam(run_id=run_id, key="k", value=text), SetTag(run_id=run_id, key="k", value=text)):
        with pytest.raises(Invalid):
            store.send(request)
    assert store.send(GetRun(run_id=run_id)).data.params == {}


def test_a_run_opened_again_with_its_id_is_the_same_run(store: Store) -> None:
    run_id = "0123456789abcdef" * 2
    first = store.send(CreateRun(run_id=run_id, run_name="once"))
    assert first.info.run_id == run_id
    assert store.send(CreateRun(run_id=run_id, run_name="twice")).info.run_name == "once"
    other = store.send(CreateExperiment(name="other"))
    with pytest.raises(AlreadyExists):
        store.send(CreateRun(run_id=run_id, experiment_id=other))
    with pytest.raises(Invalid, match="run_id"):
        store.send(CreateRun(run_id="../x"))


def below(store: Store, parent: str) -> str:
    """A run below another."""
    return store.send(CreateRun(tags=[RunTag("mlflow.parentRunId", parent)])).info.run_id


def test_runs_are_deleted_and_restored_with_what_lies_below_them(store: Store, run_id: str) -> None:
    child, early = below(store, run_id), below(store, run_id)
    grandchild, under_early = below(store, child), below(store, early)
    store.send(CreateRun())
    store.send(DeleteRun(run_id=early))
    time.sleep(0.005)  # what is deleted at one moment belongs together

    deleted = store.send(DeleteRuns(run_ids=[run_id])).run_ids

    assert deleted[0] == run_id
    assert set(deleted) == {run_id, child, grandchild, under_early}, "what was deleted before is not among them"
    assert {store.send(GetRun(run_id=each)).info.lifecycle_stage for each in deleted} == {"deleted"}
    assert store.send(DeleteRuns(run_ids=[run_id])).run_ids == []
    assert set(store.send(RestoreRuns(run_ids=[run_id])).run_ids) == set(deleted)
    assert store.send(GetRun(run_id=early)).info.lifecycle_stage == "deleted"
    assert store.send(RestoreRuns(run_ids=[run_id])).run_ids == []
    assert store.send(DeleteRuns(run_ids=[run_id], below=False)).run_ids == [run_id]
    assert store.send(GetRun(run_id=child)).info.lifecycle_stage == "active"


def test_of_several_runs_all_are_deleted_or_none(store: Store, run_id: str) -> None:
    with pytest.raises(NotFound, match="There is no run with id 'nowhere'; none was deleted"):
        store.send(DeleteRuns(run_ids=[run_id, "nowhere"]))
    assert store.send(GetRun(run_id=run_id)).info.lifecycle_stage == "active"
    with pytest.raises(Invalid, match="names 0 runs: name 1 to 1,000"):
        store.send(DeleteRuns(run_ids=[]))
