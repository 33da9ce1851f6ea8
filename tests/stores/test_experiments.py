"""Experiments behave the same in every store."""

from __future__ import annotations

import pytest

from flowmill.entities.experiment import ExperimentTag
from flowmill.entities.run import ViewType
from flowmill.errors import AlreadyExists, Invalid, NotFound
from flowmill.store.base import Store
from flowmill.wire.experiments import (
    CreateExperiment,
    DeleteExperiment,
    DeleteExperimentTag,
    GetExperiment,
    GetExperimentByName,
    RestoreExperiment,
    SearchExperiments,
    SetExperimentTag,
    UpdateExperiment,
)
from flowmill.wire.runs import CreateRun, GetRun


def test_default_experiment_is_there_from_the_start(store: Store) -> None:
    default = store.send(GetExperiment(experiment_id="0"))
    assert (default.name, default.lifecycle_stage) == ("Default", "active")


def test_created_experiment_is_found_by_id_and_name(store: Store) -> None:
    made = store.send(CreateExperiment(name="churn", tags=[ExperimentTag("team", "blue")]))
    by_id = store.send(GetExperiment(experiment_id=made))
    assert by_id == store.send(GetExperimentByName(experiment_name="churn"))
    assert by_id.tags == {"team": "blue"}
    assert by_id.creation_time == by_id.last_update_time > 1_600_000_000_000


def test_a_name_in_use_is_refused(store: Store) -> None:
    store.send(CreateExperiment(name="churn"))
    with pytest.raises(AlreadyExists, match="'churn' exists already"):
        store.send(CreateExperiment(name="churn"))


def test_a_deleted_name_is_free_at_once(store: Store) -> None:
    first = store.send(CreateExperiment(name="churn"))
    store.send(DeleteExperiment(experiment_id=first))
    with pytest.raises(NotFound, match="churn"):
        store.send(GetExperimentByName(experiment_name="churn"))
    second = store.send(CreateExperiment(name="churn"))
    assert second != first
    with pytest.raises(AlreadyExists):
        store.send(RestoreExperiment(experiment_id=first))


def test_deleting_takes_the_runs_along_and_restoring_brings_them_back(store: Store) -> None:
    experiment = store.send(CreateExperiment(name="churn"))
    run = store.send(CreateRun(experiment_id=experiment)).info.run_id
    store.send(DeleteExperiment(experiment_id=experiment))
    assert store.send(GetRun(run_id=run)).info.lifecycle_stage == "deleted"
    with pytest.raises(Invalid, match="deleted; restore it first"):
        store.send(CreateRun(experiment_id=experiment))
    store.send(RestoreExperiment(experiment_id=experiment))
    assert store.send(GetRun(run_id=run)).info.lifecycle_stage == "active"
    with pytest.raises(NotFound, match="not deleted"):
        store.send(RestoreExperiment(experiment_id=experiment))


def test_rename_and_tags(store: Store) -> None:
    experiment = store.send(CreateExperiment(name="churn"))
    store.send(UpdateExperiment(experiment_id=experiment, new_name="churn 2"))
    store.send(SetExperimentTag(experiment_id=experiment, key="a", value="1"))
    store.send(SetExperimentTag(experiment_id=experiment, key="a", value="2"))
    assert store.send(GetExperimentByName(experiment_name="churn 2")).tags == {"a": "2"}
    store.send(DeleteExperimentTag(experiment_id=experiment, key="a"))
    with pytest.raises(NotFound, match="no tag 'a'"):
        store.send(DeleteExperimentTag(experiment_id=experiment, key="a"))
    with pytest.raises(AlreadyExists):
        store.send(UpdateExperiment(experiment_id=experiment, new_name="Default"))


def test_search_pages_newest_first(store: Store) -> None:
    made = [store.send(CreateExperiment(name=f"e{number}")) for number in range(5)]
    store.send(DeleteExperiment(experiment_id=made[0]))
    found: list[str] = []
    token = ""
    while True:
        page = store.send(SearchExperiments(max_results=2, page_token=token))
        found += [each.name for each in page.experiments]
        token = page.next_page_token or ""
        if not token:
            break
    assert found == ["e4", "e3", "e2", "e1", "Default"]
    deleted = store.send(SearchExperiments(view_type=ViewType.DELETED_ONLY)).experiments
    assert [each.name for each in deleted] == ["e0"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 501, "a\x07b"])
def test_bad_names_are_refused(store: Store, name: str) -> None:
    with pytest.raises(Invalid, match="experiment name"):
        store.send(CreateExperiment(name=name))


@pytest.mark.parametrize("experiment_id", ["abc", "", "-1", "9" * 30, "¹"])
def test_bad_ids_are_refused(store: Store, experiment_id: str) -> None:
    with pytest.raises(Invalid, match="experiment_id"):
        store.send(GetExperiment(experiment_id=experiment_id))


def test_unknown_id(store: Store) -> None:
    with pytest.raises(NotFound, match="4711"):
        store.send(GetExperiment(experiment_id="4711"))


def test_the_default_experiment_stays(store: Store) -> None:
    with pytest.raises(Invalid, match="cannot be deleted"):
        store.send(DeleteExperiment(experiment_id="0"))


def test_page_size_and_token_are_checked(store: Store) -> None:
    with pytest.raises(Invalid, match="max_results 0"):
        store.send(SearchExperiments(max_results=0))
    with pytest.raises(Invalid, match="page_token"):
        store.send(SearchExperiments(page_token="nonsense"))
