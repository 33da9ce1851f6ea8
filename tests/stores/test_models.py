"""Logged models behave the same in every store."""

from __future__ import annotations

import pytest

from flowmill.entities.metric import Metric
from flowmill.entities.model import LoggedModelParameter, LoggedModelStatus, LoggedModelTag, UploadStatus
from flowmill.errors import Invalid, NotFound
from flowmill.store.base import Store
from flowmill.wire.models import (
    CreateLoggedModel,
    DeleteLoggedModel,
    DeleteLoggedModelTag,
    FinalizeLoggedModel,
    GetLoggedModel,
    LogLoggedModelParams,
    SearchLoggedModels,
    SetLoggedModelTags,
)
from flowmill.wire.registry import CreateModelVersion, CreateRegisteredModel
from flowmill.wire.runs import CreateRun, LogBatch


def test_life_of_a_logged_model(store: Store) -> None:
    run_id = store.send(CreateRun()).info.run_id
    made = store.send(
        CreateLoggedModel(
            experiment_id="0",
            name="iris",
            source_run_id=run_id,
            model_type="classifier",
            params=[LoggedModelParameter("depth", "3")],
            tags=[LoggedModelTag("t", "1")],
        )
    )
    assert made.status is LoggedModelStatus.PENDING
    assert made.artifact_location.endswith(f"/0/models/{made.model_id}/artifacts")
    ready = store.send(FinalizeLoggedModel(model_id=made.model_id, status=UploadStatus.READY))
    assert ready.status is LoggedModelStatus.READY
    store.send(LogLoggedModelParams(model_id=made.model_id, params=[LoggedModelParameter("lr", "0.1")]))
    store.send(SetLoggedModelTags(model_id=made.model_id, tags=[LoggedModelTag("t", "2")]))
    read = store.send(GetLoggedModel(model_id=made.model_id))
    assert (read.name, read.source_run_id, read.model_type) == ("iris", run_id, "classifier")
    assert (read.params, read.tags) == ({"depth": "3", "lr": "0.1"}, {"t": "2"})
    store.send(DeleteLoggedModelTag(model_id=made.model_id, tag_key="t"))
    with pytest.raises(NotFound, match="no tag 't'"):
        store.send(DeleteLoggedModelTag(model_id=made.model_id, tag_key="t"))


def test_metrics_of_a_model_come_from_its_runs(store: Store) -> None:
    run_id = store.send(CreateRun()).info.run_id
    model = store.send(CreateLoggedModel(experiment_id="0", name="m")).model_id
    store.send(
        LogBatch(
            run_id=run_id,
            metrics=[
                Metric("acc", 0.5, 1, 1, model_id=model),
                Metric("acc", 0.9, 2, 2, model_id=model),
                Metric("acc", 0.7, 2, 2, model_id=model, dataset_name="test", dataset_digest="d"),
            ],
        )
    )
    metrics = store.send(GetLoggedModel(model_id=model)).metrics
    assert sorted((each.value, each.dataset_name, each.run_id) for each in metrics if each.dataset_name) == [
        (0.7, "test", run_id)
    ]
    assert [each.value for each in metrics if not each.dataset_name] == [0.9]
    with pytest.raises(NotFound, match="m-unknown"):
        store.send(LogBatch(run_id=run_id, metrics=[Metric("a", 1.0, 1, 1, model_id="m-unknown")]))


def test_registrations_are_seen_from_the_model(store: Store) -> None:
    model = store.send(CreateLoggedModel(experiment_id="0", name="m"))
    store.send(CreateRegisteredModel(name="prod"))
    store.send(CreateModelVersion(name="prod", source=model.model_uri, model_id=model.model_id))
    registrations = store.send(GetLoggedModel(model_id=model.model_id)).info.registrations
    assert [(each.name, each.version) for each in registrations] == [("prod", "1")]


def test_deleted_models_are_gone_from_searches(store: Store) -> None:
    first = store.send(CreateLoggedModel(experiment_id="0", name="a")).model_id
    second = store.send(CreateLoggedModel(experiment_id="0", name="b")).model_id
    store.send(DeleteLoggedModel(model_id=first))
    with pytest.raises(NotFound):
        store.send(GetLoggedModel(model_id=first))
    assert store.send(GetLoggedModel(model_id=first, allow_deleted=True)).name == "a"
    found = store.send(SearchLoggedModels(experiment_ids=["0"])).models
    assert [each.model_id for each in found] == [second]


def test_mistakes(store: Store) -> None:
    model = store.send(CreateLoggedModel(experiment_id="0")).model_id
    assert store.send(GetLoggedModel(model_id=model)).name.count("-") == 2
    with pytest.raises(Invalid, match="READY or FAILED"):
        store.send(FinalizeLoggedModel(model_id=model, status=UploadStatus.PENDING))
    with pytest.raises(Invalid, match="must not contain"):
        store.send(CreateLoggedModel(experiment_id="0", name="a/b"))
    with pytest.raises(NotFound, match="no run"):
        store.send(CreateLoggedModel(experiment_id="0", source_run_id="nope"))
    with pytest.raises(Invalid, match="at least one experiment"):
        store.send(SearchLoggedModels(experiment_ids=[]))
