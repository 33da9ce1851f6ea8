"""The runs table: counted rows of chosen columns."""

from __future__ import annotations

import pytest

from flowmill.entities.metric import Metric
from flowmill.entities.run import LoggedModelOutput, Param, RunTag, ViewType
from flowmill.errors import Invalid
from flowmill.store.base import Store
from flowmill.wire.experiments import CreateExperiment
from flowmill.wire.models import CreateLoggedModel
from flowmill.wire.registry import CreateModelVersion, CreateRegisteredModel
from flowmill.wire.runs import CreateRun, DeleteRun, LogBatch, LogOutputs
from flowmill.wire.table import GetRunColumns, GetRunRows, GetServerInfo


@pytest.fixture
def runs(store: Store) -> list[str]:
    """Five runs, oldest first: metric acc = 0…4 (one run has none), param lr, tag t."""
    made: list[str] = []
    for number in range(5):
        run_id = store.send(CreateRun(run_name=f"r{number}", start_time=1000 + number)).info.run_id
        metrics = [Metric("acc", float(number), 1, 0)] if number != 2 else []
        params = [Param("lr", str(number % 2)), Param("fixed", "1")]
        store.send(LogBatch(run_id=run_id, metrics=metrics, params=params, tags=[RunTag("t", "x")]))
        made.append(run_id)
    return made


def test_rows_are_counted_and_paged(store: Store, runs: list[str]) -> None:
    page = store.send(GetRunRows(experiment_ids=["0"], max_results=2))
    assert (page.total, [row.run_name for row in page.rows]) == (5, ["r4", "r3"])
    rest = store.send(GetRunRows(experiment_ids=["0"], max_results=9, page_token=page.next_page_token or ""))
    assert ([row.run_name for row in rest.rows], rest.next_page_token) == (["r2", "r1", "r0"], None)


def test_columns_are_chosen(store: Store, runs: list[str]) -> None:
    row = store.send(GetRunRows(experiment_ids=["0"], columns=["metrics.acc", "params.lr"])).rows[0]
    assert (row.metrics, row.params, row.tags) == ({"acc": 4.0}, {"lr": "0"}, {})
    whole = store.send(GetRunRows(experiment_ids=["0"])).rows[0]
    assert (whole.params, whole.tags) == ({"lr": "0", "fixed": "1"}, {"t": "x", "mlflow.runName": "r4"})


def test_chosen_runs_of_any_experiment(store: Store, runs: list[str]) -> None:
    other = store.send(CreateExperiment(name="other"))
    elsewhere = store.send(CreateRun(experiment_id=other, start_time=1)).info.run_id
    page = store.send(GetRunRows(run_ids=[runs[0], elsewhere, "unknown"]))
    assert (page.total, {row.run_id for row in page.rows}) == (2, {runs[0], elsewhere})
    assert store.send(GetRunRows(run_ids=[])).total == 0


def test_rows_show_models_and_versions(store: Store, runs: list[str]) -> None:
    model = store.send(CreateLoggedModel(experiment_id="0", name="m", source_run_id=runs[0]))
    store.send(LogOutputs(run_id=runs[0], models=[LoggedModelOutput(model.model_id)]))
    store.send(CreateRegisteredModel(name="prod"))
    store.send(CreateModelVersion(name="prod", source=model.model_uri))
    (row,) = store.send(GetRunRows(run_ids=[runs[0]])).rows
    assert [(each.model_id, each.name) for each in row.models] == [(model.model_id, "m")]
    assert [(each.name, each.version) for each in row.versions] == [("prod", "1")]


def test_known_columns(store: Store, runs: list[str]) -> None:
    store.send(DeleteRun(run_id=runs[4]))
    columns = store.send(GetRunColumns(experiment_ids=["0"]))
    assert [(each.key, each.runs, each.distinct) for each in columns.metrics] == [("acc", 3, 3)]
    assert [(each.key, each.runs, each.distinct) for each in columns.params] == [("fixed", 4, 1), ("lr", 4, 2)]
    assert [each.key for each in columns.tags] == ["mlflow.runName", "t"]


def test_deleted_rows(store: Store, runs: list[str]) -> None:
    store.send(DeleteRun(run_id=runs[1]))
    assert store.send(GetRunRows(experiment_ids=["0"])).total == 4
    deleted = store.send(GetRunRows(experiment_ids=["0"], run_view_type=ViewType.DELETED_ONLY))
    assert [row.run_id for row in deleted.rows] == [runs[1]]
    assert store.send(GetRunRows(experiment_ids=["0"], run_view_type=ViewType.ALL)).total == 5


def test_limits(store: Store) -> None:
    with pytest.raises(Invalid, match="between 1 and 1,000"):
        store.send(GetRunRows(experiment_ids=["0"], max_results=1001))


def test_server_info(store: Store) -> None:
    assert store.send(GetServerInfo()).mlflow_version == "3.17.2"
