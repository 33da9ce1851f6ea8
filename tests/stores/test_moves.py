"""Moving runs is the same in every store: experiments change, ids, histories and the places of files do not."""

from __future__ import annotations

import pytest

from flowmill.artifacts import ArtifactStore
from flowmill.entities.dataset import Dataset, DatasetInput, InputTag
from flowmill.entities.metric import Metric
from flowmill.entities.move import Move
from flowmill.entities.run import LoggedModelOutput, Param, RunTag, ViewType
from flowmill.errors import Invalid, NotFound, Unavailable
from flowmill.store.base import Store
from flowmill.store.purge import PurgeReport, purge_trash
from flowmill.wire.datasets import DatasetSummary, SearchDatasets
from flowmill.wire.experiments import CreateExperiment, DeleteExperiment
from flowmill.wire.metrics import GetMetricHistory
from flowmill.wire.models import CreateLoggedModel, DeleteLoggedModel, GetLoggedModel, SearchLoggedModels
from flowmill.wire.moves import ListMoves, MoveRuns
from flowmill.wire.runs import CreateRun, DeleteRun, GetRun, LogBatch, LogInputs, LogOutputs, RestoreRun, SearchRuns
from flowmill.wire.table import GetRunColumns
from flowmill.wire.transfer import ImportRuns, Outcome, WholeRun
from flowmill.wire.trash import ListTrash, PurgeTrash

CHILD_OF = "mlflow.parentRunId"


def experiment(store: Store, name: str, location: str = "") -> str:
    return store.send(CreateExperiment(name=name, artifact_location=location))


def a_run(store: Store, experiment_id: str, parent: str = "") -> str:
    tags = [RunTag(CHILD_OF, parent)] if parent else []
    return store.send(CreateRun(experiment_id=experiment_id, tags=tags)).info.run_id


def runs_in(store: Store, experiment_id: str, filter: str = "") -> set[str]:
    ask = SearchRuns(experiment_ids=[experiment_id], filter=filter, run_view_type=ViewType.ALL)
    return {run.info.run_id for run in store.send(ask).runs}


def purge(store: Store, **named: list[str]) -> PurgeReport:
    """A purge of everything but the files, whose places are reported."""

    def out_of_reach(place: str) -> tuple[ArtifactStore, str]:
        raise Unavailable(place)

    return purge_trash(store, PurgeTrash(**named), out_of_reach)  # type: ignore[arg-type]


def test_a_run_is_found_in_its_new_experiment_with_all_that_it_has(store: Store) -> None:
    old, new = experiment(store, "old"), experiment(store, "new")
    run_id, stays = a_run(store, old), a_run(store, old)
    store.send(
        LogBatch(
            run_id=run_id, metrics=[Metric("loss", 0.5, 7, 1)], params=[Param("lr", "0.1")], tags=[RunTag("k", "v")]
        )
    )
    before = store.send(GetRun(run_id=run_id))

    (move,) = store.send(MoveRuns(run_ids=[run_id], experiment_id=new)).moves

    assert (move.run_id, move.from_experiment_id, move.to_experiment_id) == (run_id, old, new)
    after = store.send(GetRun(run_id=run_id))
    assert after.info.experiment_id == new
    assert after.info.artifact_uri == before.info.artifact_uri, "files stay where they are"
    assert after.data == before.data
    assert [point.value for point in store.send(GetMetricHistory(run_id=run_id, metric_key="loss")).metrics] == [0.5]
    assert runs_in(store, old) == {stays}
    assert runs_in(store, new, "params.lr = '0.1' AND metrics.loss < 1") == {run_id}
    columns = store.send(GetRunColumns(experiment_ids=[new]))
    assert ([each.key for each in columns.metrics], [each.key for each in columns.params]) == (["loss"], ["lr"])
    store.send(LogBatch(run_id=run_id, metrics=[Metric("loss", 0.25, 8, 2)]))
    assert store.send(GetRun(run_id=run_id)).data.metrics == {"loss": 0.25}
    assert store.send(ListMoves(run_id=run_id)).moves == [move]


def test_the_trash_says_from_where_a_run_and_its_models_were_moved(store: Store) -> None:
    old, new, third = (experiment(store, name) for name in ("old", "new", "third"))
    moved, stayed = a_run(store, old), a_run(store, new)
    models = [
        store.send(CreateLoggedModel(experiment_id=place, name="m", source_run_id=run)).info.model_id
        for place, run in ((old, moved), (new, stayed))
    ]
    for target in (third, new):
        store.send(MoveRuns(run_ids=[moved], experiment_id=target))
    for run_id in (moved, stayed):
        store.send(DeleteRun(run_id=run_id))
    for model_id in models:
        store.send(DeleteLoggedModel(model_id=model_id))
    found = {item.id: (item.experiment_id, item.moved_from) for item in store.send(ListTrash()).items}
    assert found == {moved: (new, third), models[0]: (new, third), stayed: (new, None), models[1]: (new, None)}


def test_a_run_comes_home_again(store: Store) -> None:
    old, new = experiment(store, "old"), experiment(store, "new")
    third = experiment(store, "third")
    run_id = a_run(store, old)
    place = store.send(GetRun(run_id=run_id)).info.artifact_uri
    for target in (new, third, old):
        store.send(MoveRuns(run_ids=[run_id], experiment_id=target))
        info = store.send(GetRun(run_id=run_id)).info
        assert (info.experiment_id, info.artifact_uri) == (target, place)
        assert runs_in(store, target, f"attributes.artifact_uri = '{place}'") == {run_id}
    moves = store.send(ListMoves(run_id=run_id)).moves
    assert [(each.from_experiment_id, each.to_experiment_id) for each in moves] == [
        (third, old),
        (new, third),
        (old, new),
    ]
    assert store.send(MoveRuns(run_ids=[run_id], experiment_id=old)).moves == []


def test_files_of_an_experiment_with_a_location_of_its_own_stay_there(store: Store) -> None:
    old, new = experiment(store, "old", "mlflow-artifacts:/elsewhere"), experiment(store, "new")
    run_id = a_run(store, old)
    place = f"mlflow-artifacts:/elsewhere/{run_id}/artifacts"
    assert store.send(GetRun(run_id=run_id)).info.artifact_uri == place
    store.send(MoveRuns(run_ids=[run_id], experiment_id=new))
    assert store.send(GetRun(run_id=run_id)).info.artifact_uri == place
    assert runs_in(store, new, f"attributes.artifact_uri = '{place}'") == {run_id}


def test_what_lies_below_a_run_goes_with_it(store: Store) -> None:
    old, new = experiment(store, "old"), experiment(store, "new")
    other = experiment(store, "other")
    parent = a_run(store, old)
    child, deleted = a_run(store, old, parent), a_run(store, old, parent)
    grandchild, far = a_run(store, old, child), a_run(store, other, parent)
    store.send(DeleteRun(run_id=deleted))
    moves = store.send(MoveRuns(run_ids=[parent, grandchild], experiment_id=new)).moves
    assert {each.run_id for each in moves} == {parent, child, deleted, grandchild} == runs_in(store, new)
    assert runs_in(store, other) == {far}
    store.send(RestoreRun(run_id=deleted))
    assert store.send(GetRun(run_id=deleted)).info.experiment_id == new


def test_runs_that_are_each_other_s_parents_are_moved_once(store: Store) -> None:
    old, new = experiment(store, "old"), experiment(store, "new")
    one = a_run(store, old)
    two = a_run(store, old, one)
    store.send(LogBatch(run_id=one, tags=[RunTag(CHILD_OF, two)]))
    assert len(store.send(MoveRuns(run_ids=[one], experiment_id=new)).moves) == 2


def test_logged_models_go_with_their_run_and_keep_their_files(store: Store) -> None:
    old, new = experiment(store, "old"), experiment(store, "new")
    other = experiment(store, "other")
    run_id = a_run(store, old)
    made = [
        store.send(CreateLoggedModel(experiment_id=where, name="m", source_run_id=run_id)) for where in (old, other)
    ]
    store.send(LogOutputs(run_id=run_id, models=[LoggedModelOutput(each.info.model_id, 0) for each in made]))
    store.send(MoveRuns(run_ids=[run_id], experiment_id=new))
    own, far = (store.send(GetLoggedModel(model_id=each.info.model_id)).info for each in made)
    assert (own.experiment_id, own.artifact_uri) == (new, made[0].info.artifact_uri)
    assert far.experiment_id == other, "it was meant to be there"
    found = store.send(
        SearchLoggedModels(experiment_ids=[new], filter=f"attributes.artifact_location = '{own.artifact_uri}'")
    )
    assert [model.info.model_id for model in found.models] == [own.model_id]


def test_datasets_are_found_where_the_run_is(store: Store) -> None:
    old, new = experiment(store, "old"), experiment(store, "new")
    run_id, stays, there = a_run(store, old), a_run(store, old), a_run(store, new)
    used = [
        DatasetInput(Dataset(name, "d1", "local", "{}"), [InputTag("mlflow.data.context", context)])
        for name, context in (("wine", "train"), ("beer", "test"))
    ]
    for each, inputs in ((run_id, used), (stays, used[:1]), (there, used[:1])):
        store.send(LogInputs(run_id=each, datasets=inputs))
    store.send(MoveRuns(run_ids=[run_id], experiment_id=new))
    inputs = store.send(GetRun(run_id=run_id)).inputs
    assert inputs is not None
    assert sorted(inputs.dataset_inputs, key=lambda each: each.dataset.name) == sorted(
        used, key=lambda each: each.dataset.name
    )
    assert store.send(SearchDatasets(experiment_ids=[old])).dataset_summaries == [
        DatasetSummary(old, "wine", "d1", "train")
    ]
    assert store.send(SearchDatasets(experiment_ids=[new])).dataset_summaries == [
        DatasetSummary(new, "beer", "d1", "test"),
        DatasetSummary(new, "wine", "d1", "train"),
    ]
    assert runs_in(store, new, "dataset.name = 'wine'") == {run_id, there}


def test_what_was_moved_out_survives_the_end_of_its_experiment(store: Store) -> None:
    old, new = experiment(store, "old"), experiment(store, "new")
    run_id, stays = a_run(store, old), a_run(store, old)
    place = store.send(GetRun(run_id=run_id)).info.artifact_uri
    store.send(MoveRuns(run_ids=[run_id], experiment_id=new))
    store.send(DeleteExperiment(experiment_id=old))

    purged = purge(store, experiment_ids=[old])

    assert (purged.runs, purged.experiments) == (1, 1)
    # A server removes files itself and says which it could not; a store says which are to go.
    folder = place.removesuffix(f"/{run_id}/artifacts")
    assert set(purged.places) <= {f"{folder}/{stays}"}, "the experiment's folder holds files of the run that was moved"
    assert store.send(GetRun(run_id=run_id)).info.artifact_uri == place
    store.send(DeleteRun(run_id=run_id))
    assert purge(store, run_ids=[run_id]).runs == 1
    with pytest.raises(NotFound):
        store.send(ListMoves(run_id=run_id))


def test_an_import_that_comes_again_finds_the_run_where_it_went(store: Store) -> None:
    old, new = experiment(store, "old"), experiment(store, "new")
    run = store.send(CreateRun(experiment_id=new))
    store.send(LogInputs(run_id=run.info.run_id, datasets=[DatasetInput(Dataset("wine", "d1", "local", "{}"))]))
    whole = store.send(GetRun(run_id=run.info.run_id))
    store.send(DeleteRun(run_id=run.info.run_id))
    store.send(PurgeTrash(run_ids=[run.info.run_id]))
    (first,) = store.send(ImportRuns(experiment_id=old, runs=[WholeRun(run=whole, fingerprint="1")])).placed
    store.send(MoveRuns(run_ids=[first.id], experiment_id=new))
    (again,) = store.send(ImportRuns(experiment_id=old, runs=[WholeRun(run=whole, fingerprint="2")])).placed
    assert (again.outcome, again.artifact_uri) == (Outcome.UPDATED, first.artifact_uri)
    assert store.send(GetRun(run_id=first.id)).info.experiment_id == new
    assert store.send(SearchDatasets(experiment_ids=[old])).dataset_summaries == []


def test_opening_a_run_again_after_a_lost_answer_finds_it_where_it_went(store: Store) -> None:
    old, new = experiment(store, "old"), experiment(store, "new")
    ask = CreateRun(experiment_id=old, run_id="0" * 31 + "1")
    store.send(ask)
    store.send(MoveRuns(run_ids=[ask.run_id], experiment_id=new))
    assert store.send(ask).info.experiment_id == new


def test_all_are_moved_or_none(store: Store) -> None:
    old, new = experiment(store, "old"), experiment(store, "new")
    run_id, deleted = a_run(store, old), a_run(store, old)
    store.send(DeleteRun(run_id=deleted))
    with pytest.raises(Invalid, match=f"Run {deleted} is deleted; restore it"):
        store.send(MoveRuns(run_ids=[run_id, deleted], experiment_id=new))
    with pytest.raises(NotFound, match="no run with id 'nowhere'; none was moved"):
        store.send(MoveRuns(run_ids=[run_id, "nowhere"], experiment_id=new))
    with pytest.raises(NotFound, match="no experiment with id '999'"):
        store.send(MoveRuns(run_ids=[run_id], experiment_id="999"))
    with pytest.raises(Invalid, match="name 1 to 1,000 at once"):
        store.send(MoveRuns(run_ids=[], experiment_id=new))
    store.send(DeleteExperiment(experiment_id=new))
    with pytest.raises(Invalid, match=r"\('new'\) is deleted; restore it first"):
        store.send(MoveRuns(run_ids=[run_id], experiment_id=new))
    assert runs_in(store, old) == {run_id, deleted}


def test_who_moved_a_run_is_kept(store: Store) -> None:
    old, new = experiment(store, "old"), experiment(store, "new")
    run_id = a_run(store, old)
    moves = store.send(MoveRuns(run_ids=[run_id], experiment_id=new)).moves
    assert moves == [Move(run_id, old, new, moves[0].moved_at, moves[0].user_id)]
    assert moves[0].moved_at > 1_600_000_000_000
