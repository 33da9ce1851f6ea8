"""The trash behaves the same in every store: listed, restored, freed for good; and what is registered stays."""

from __future__ import annotations

import pytest

from flowmill.entities.dataset import Dataset, DatasetInput
from flowmill.entities.metric import Metric
from flowmill.entities.run import LoggedModelOutput, Param, RunTag, ViewType
from flowmill.errors import AlreadyExists, Invalid, NotFound
from flowmill.store.base import Store
from flowmill.store.purge import PurgeReport, purge_trash
from flowmill.testing.memory import memory_store
from flowmill.wire.experiments import (
    CreateExperiment,
    DeleteExperiment,
    GetExperiment,
    RestoreExperiment,
    SetExperimentTag,
)
from flowmill.wire.models import CreateLoggedModel, DeleteLoggedModel, GetLoggedModel
from flowmill.wire.registry import CreateModelVersion, CreateRegisteredModel, DeleteModelVersion
from flowmill.wire.runs import CreateRun, DeleteRun, GetRun, LogBatch, LogInputs, LogOutputs, RestoreRun, SearchRuns
from flowmill.wire.trash import ListTrash, PurgeTrash, RestoreLoggedModel


def purge(store: Store, **fields: object) -> PurgeReport:
    """A purge to its end, in a store without files."""

    def no_files(place: str) -> tuple[NoFiles, str]:
        return NoFiles(), place

    return purge_trash(store, PurgeTrash(**fields), no_files)  # type: ignore[arg-type]


class NoFiles:
    """An artifact store with nothing in it."""

    def list(self, path: str = "") -> list[object]:
        return []

    def delete(self, path: str) -> None:
        return None


def new_run(store: Store, experiment: str = "0") -> str:
    run_id = store.send(CreateRun(experiment_id=experiment)).info.run_id
    store.send(
        LogBatch(run_id=run_id, metrics=[Metric("m", 1.0, 1, 1)], params=[Param("p", "1")], tags=[RunTag("t", "1")])
    )
    store.send(LogInputs(run_id=run_id, datasets=[DatasetInput(Dataset("d", run_id, "local", "{}"))]))
    return run_id


def test_a_deleted_run_can_be_freed_and_nothing_of_it_is_left(store: Store) -> None:
    kept, gone = new_run(store), new_run(store)
    store.send(DeleteRun(run_id=gone))
    (item,) = store.send(ListTrash()).items
    assert (item.kind, item.id, item.experiment_id) == ("run", gone, "0")
    report = purge(store)
    assert (report.runs, report.experiments, report.logged_models) == (1, 0, 0)
    assert [each.id for each in report.items] == [gone]
    with pytest.raises(NotFound):
        store.send(GetRun(run_id=gone))
    assert store.send(GetRun(run_id=kept)).data.metrics
    assert store.send(ListTrash()).items == []
    assert purge(store).runs == 0


def test_ids_narrow_and_only_what_is_deleted_may_go(store: Store) -> None:
    first, second, active = new_run(store), new_run(store), new_run(store)
    store.send(DeleteRun(run_id=first))
    store.send(DeleteRun(run_id=second))
    with pytest.raises(Invalid, match="is not in the trash"):
        purge(store, run_ids=[active])
    with pytest.raises(NotFound):
        purge(store, run_ids=["0" * 32])
    with pytest.raises(Invalid, match="later than the age"):
        purge(store, run_ids=[first], older_than=60_000)
    with pytest.raises(Invalid, match="older_than"):
        purge(store, older_than=-1)
    assert purge(store, run_ids=[first]).runs == 1
    assert store.send(GetRun(run_id=second)).info.lifecycle_stage == "deleted"
    store.send(RestoreRun(run_id=second))
    assert store.send(GetRun(run_id=second)).info.lifecycle_stage == "active"


def test_an_experiment_goes_with_all_in_it(store: Store) -> None:
    experiment = store.send(CreateExperiment(name="old"))
    runs = [new_run(store, experiment) for _ in range(3)]
    model = store.send(CreateLoggedModel(experiment_id=experiment, name="m", source_run_id=runs[0])).model_id
    store.send(LogOutputs(run_id=runs[0], models=[LoggedModelOutput(model, 0)]))
    store.send(DeleteExperiment(experiment_id=experiment))
    again = store.send(CreateExperiment(name="old"))  # the name is free at once
    with pytest.raises(AlreadyExists):
        store.send(RestoreExperiment(experiment_id=experiment))
    report = purge(store, experiment_ids=[experiment])
    assert (report.experiments, report.runs, report.logged_models) == (1, 3, 1)
    with pytest.raises(NotFound):
        store.send(GetExperiment(experiment_id=experiment))
    with pytest.raises(NotFound):
        store.send(GetLoggedModel(model_id=model, allow_deleted=True))
    assert store.send(GetExperiment(experiment_id=again)).name == "old"


def test_a_dry_run_frees_nothing(store: Store) -> None:
    experiment = store.send(CreateExperiment(name="e"))
    run_id = new_run(store, experiment)
    store.send(DeleteExperiment(experiment_id=experiment))
    report = purge(store, dry_run=True)
    assert (report.experiments, report.runs) == (1, 1)
    assert {(item.kind, item.id) for item in report.items} == {("run", run_id), ("experiment", experiment)}
    assert any(place.endswith(f"/{experiment}/{run_id}") for place in report.places)
    store.send(RestoreExperiment(experiment_id=experiment))
    assert store.send(GetRun(run_id=run_id)).info.lifecycle_stage == "active"


def test_what_a_version_was_made_from_stays(store: Store) -> None:
    store.send(CreateRegisteredModel(name="shop"))
    by_path, by_model = new_run(store), new_run(store)
    model = store.send(CreateLoggedModel(experiment_id="0", name="m", source_run_id=by_model)).model_id
    store.send(CreateModelVersion(name="shop", source=f"runs:/{by_path}/model", run_id=by_path))
    store.send(CreateModelVersion(name="shop", source=f"models:/{model}", run_id=by_model, model_id=model))
    for run_id in (by_path, by_model):
        store.send(DeleteRun(run_id=run_id))
    store.send(DeleteLoggedModel(model_id=model))
    report = purge(store)
    # The second version's files are the logged model's, so its run may go.
    assert (report.runs, report.logged_models) == (1, 0)
    assert {(kept.id, kept.model, kept.version) for kept in report.kept} == {
        (by_path, "shop", "1"),
        (model, "shop", "2"),
    }
    store.send(DeleteModelVersion(name="shop", version="1"))
    store.send(DeleteModelVersion(name="shop", version="2"))
    report = purge(store)
    assert (report.runs, report.logged_models, report.kept) == (1, 1, [])


def test_a_logged_model_can_be_restored(store: Store) -> None:
    model = store.send(CreateLoggedModel(experiment_id="0", name="m")).model_id
    store.send(DeleteLoggedModel(model_id=model))
    with pytest.raises(NotFound):
        store.send(GetLoggedModel(model_id=model))
    assert store.send(RestoreLoggedModel(model_id=model)).model_id == model
    assert store.send(GetLoggedModel(model_id=model)).name == "m"


def test_the_trash_is_paged_last_deleted_first(store: Store) -> None:
    runs = [store.send(CreateRun()).info.run_id for _ in range(7)]
    for run_id in runs:
        store.send(DeleteRun(run_id=run_id))
    seen: list[str] = []
    token = ""
    while True:
        page = store.send(ListTrash(max_results=3, page_token=token))
        seen += [item.id for item in page.items]
        if not (token := page.next_page_token or ""):
            break
    assert sorted(seen) == sorted(runs)
    assert len(seen) == 7
    assert store.send(ListTrash(experiment_ids=["12"])).items == []
    with pytest.raises(Invalid, match="max_results"):
        store.send(ListTrash(max_results=0))


def test_an_experiment_says_how_long_its_trash_is_kept() -> None:
    now = 1_000_000_000_000
    store = memory_store(clock=lambda: now)
    day = 86_400_000
    keeps: dict[str, str] = {}
    for name, retention in (("short", "1d"), ("ever", "never"), ("odd", "as long as you can"), ("plain", "")):
        experiment = store.send(CreateExperiment(name=name))
        if retention:
            store.send(SetExperimentTag(experiment_id=experiment, key="flowmill.trashRetention", value=retention))
        keeps[name] = new_run(store, experiment)
        store.send(DeleteRun(run_id=keeps[name]))
    now += 2 * day
    assert [item.id for item in purge(store, older_than=30 * day).items] == [keeps["short"]]
    now += 40 * day
    assert [item.id for item in purge(store, older_than=30 * day).items] == [keeps["plain"]]
    assert purge(store, older_than=30 * day).runs == 0
    # What is named goes whatever the tag says.
    assert purge(store, run_ids=[keeps["ever"]]).runs == 1


def test_many_runs_go_in_portions(store: Store) -> None:
    experiment = store.send(CreateExperiment(name="many"))
    for _ in range(130):
        store.send(CreateRun(experiment_id=experiment))
    store.send(DeleteExperiment(experiment_id=experiment))
    report = purge(store)
    assert (report.runs, report.experiments) == (130, 1)
    assert store.send(SearchRuns(experiment_ids=[experiment], run_view_type=ViewType.ALL)).runs == []
