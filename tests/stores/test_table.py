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
from flowmill.wire.runs import CreateRun, DeleteRun, DeleteRuns, LogBatch, LogOutputs, SearchRuns
from flowmill.wire.server import GetServerInfo
from flowmill.wire.table import GetRunColumns, GetRunGroups, GetRunRows, GroupNumber, GroupText


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


def test_known_columns_of_chosen_runs(store: Store, runs: list[str]) -> None:
    store.send(DeleteRun(run_id=runs[4]))
    everything = store.send(GetRunRows(run_ids=runs, run_view_type=ViewType.ALL)).rows
    measured = [row.run_id for row in everything if row.metrics]
    other = store.send(CreateExperiment(name="another"))
    assert measured and len(measured) < len(runs)
    known = store.send(GetRunColumns(experiment_ids=["0"], run_ids=measured))
    assert [(each.key, each.runs) for each in known.metrics] == [("acc", len(measured))]
    unmeasured = [run for run in runs if run not in measured]
    assert store.send(GetRunColumns(experiment_ids=["0"], run_ids=unmeasured)).metrics == []
    assert store.send(GetRunColumns(experiment_ids=["0"], run_ids=[])).tags == []
    assert store.send(GetRunColumns(experiment_ids=[other], run_ids=runs)).tags == []
    with pytest.raises(Invalid, match="run_ids has 1001"):
        store.send(GetRunColumns(experiment_ids=["0"], run_ids=["r"] * 1_001))


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


def test_least_and_greatest_values_are_columns_and_orders(store: Store) -> None:
    ids: list[str] = []
    for values in ([3.0, 1.0, 2.0], [float("nan")], [9.0, 0.5, 4.0]):
        run_id = store.send(CreateRun(start_time=len(ids))).info.run_id
        store.send(LogBatch(run_id=run_id, metrics=[Metric("val/loss", each, 1, at) for at, each in enumerate(values)]))
        ids.append(run_id)
    columns = ["minimum.val/loss", "maximum.val/loss"]

    def found(order: str) -> list[str]:
        return [row.run_id for row in store.send(GetRunRows(experiment_ids=["0"], order_by=[order])).rows]

    row, nothing, _ = store.send(GetRunRows(experiment_ids=["0"], columns=columns)).rows
    assert (row.minimums, row.maximums, row.metrics) == ({"val/loss": 0.5}, {"val/loss": 9.0}, {})
    assert (nothing.minimums, nothing.maximums) == ({}, {})
    assert found("minimum.`val/loss` ASC") == [ids[2], ids[0], ids[1]]
    assert found("maximum.`val/loss` ASC") == [ids[0], ids[2], ids[1]]
    assert found("maximum.`val/loss` DESC") == [ids[2], ids[0], ids[1]]
    for asked, which in {
        "minimum.`val/loss` < 1": [2],
        "minimum.`val/loss` <= 1 AND maximum.`val/loss` BETWEEN 2.5 AND 9": [2, 0],
        "maximum.`val/loss` != 3": [2],
        "minimum.`val/loss` IS NULL": [1],
        "NOT minimum.`val/loss` < 1": [1, 0],
        "maximum.`val/loss` IS NOT NULL": [2, 0],
    }.items():
        assert [row.run_id for row in store.send(GetRunRows(experiment_ids=["0"], filter=asked)).rows] == [
            ids[at] for at in which
        ], asked
        assert [run.info.run_id for run in store.send(SearchRuns(experiment_ids=["0"], filter=asked)).runs] == [
            ids[at] for at in which
        ]
    first = store.send(GetRunRows(experiment_ids=["0"], order_by=["minimum.`val/loss` ASC"], max_results=1))
    rest = GetRunRows(experiment_ids=["0"], order_by=["minimum.`val/loss` ASC"], page_token=first.next_page_token or "")
    assert [row.run_id for row in store.send(rest).rows] == [ids[0], ids[1]]


def test_roots_and_their_children(store: Store) -> None:
    def child_of(parent: str, name: str) -> str:
        made = store.send(CreateRun(run_name=name, tags=[RunTag("mlflow.parentRunId", parent)], start_time=1))
        return made.info.run_id

    top = store.send(CreateRun(run_name="top", start_time=2)).info.run_id
    middle = child_of(top, "middle")
    child_of(middle, "leaf")
    gone = child_of(top, "gone")
    child_of("0" * 32, "lost its parent")
    store.send(DeleteRun(run_id=gone))
    columns = ["attributes.children"]
    roots = store.send(GetRunRows(experiment_ids=["0"], roots=True, columns=columns))
    assert roots.total == 2
    assert [(row.run_name, row.children) for row in roots.rows] == [("top", 1), ("lost its parent", 0)]
    below = store.send(GetRunRows(experiment_ids=["0"], filter=f"tags.mlflow.parentRunId = '{top}'", columns=columns))
    assert [(row.run_name, row.children) for row in below.rows] == [("middle", 1)]
    store.send(DeleteRun(run_id=top))
    orphans = store.send(GetRunRows(experiment_ids=["0"], roots=True)).rows
    assert {row.run_name: row.children for row in orphans} == {"middle": None, "lost its parent": None}


def test_deleted_runs_are_a_tree_of_their_own(store: Store) -> None:
    def named(name: str, parent: str = "") -> str:
        tags = [RunTag("mlflow.parentRunId", parent)] if parent else []
        return store.send(CreateRun(run_name=name, tags=tags)).info.run_id

    top, stays = named("top"), named("stays")
    named("leaf", named("middle", top))
    alone = named("alone", stays)
    store.send(DeleteRuns(run_ids=[top, alone]))
    ask = GetRunRows(
        experiment_ids=["0"], roots=True, run_view_type=ViewType.DELETED_ONLY, columns=["attributes.children"]
    )
    assert {row.run_name: row.children for row in store.send(ask).rows} == {"top": 1, "alone": 0}


def test_groups_have_means_and_spreads(store: Store, runs: list[str]) -> None:
    ask = GetRunGroups(
        experiment_ids=["0"], by=["params.lr"], columns=["metrics.acc", "maximum.acc", "params.fixed", "params.lr"]
    )
    found = store.send(ask)
    assert (found.total, found.runs) == (2, 5)
    even, odd = found.groups
    assert (even.values, even.runs, odd.values, odd.runs) == (["0"], 3, ["1"], 2)
    # Of the even runs number 2 has no acc.
    assert even.numbers["metrics.acc"] == GroupNumber(2, 2.0, 0.0, 4.0, pytest.approx(8**0.5))
    assert (
        odd.numbers["metrics.acc"] == odd.numbers["maximum.acc"] == GroupNumber(2, 2.0, 1.0, 3.0, pytest.approx(2**0.5))
    )
    assert even.texts == {"params.fixed": GroupText(3, 1, "1"), "params.lr": GroupText(3, 1, "0")}


def test_groups_of_several_keys_of_a_filter_and_of_none(store: Store, runs: list[str]) -> None:
    store.send(LogBatch(run_id=runs[0], tags=[RunTag("seed", "7")]))
    found = store.send(
        GetRunGroups(experiment_ids=["0"], by=["tags.seed", "attributes.status"], filter="params.lr = '0'")
    )
    assert sorted((str(group.values[0]), group.values[1], group.runs) for group in found.groups) == [
        ("7", "RUNNING", 1),
        ("None", "RUNNING", 2),
    ]
    nobody = GetRunGroups(experiment_ids=["0"], by=["params.lr"], filter="params.lr LIKE 'nobody%'", columns=["tags.t"])
    assert store.send(nobody).total == 0
    large = [1e9, 1e9 + 1, 1e9 + 2]
    for at, value in enumerate(large):
        store.send(LogBatch(run_id=runs[at], metrics=[Metric("large", value, 1, 0)]))
    (one,) = store.send(GetRunGroups(experiment_ids=["0"], by=["params.fixed"], columns=["metrics.large"])).groups
    assert one.numbers["metrics.large"].deviation == 1.0
    for wrong in ([], ["metrics.acc"], ["params."], ["attributes.start_time"], ["params.a"] * 6):
        with pytest.raises(Invalid):
            store.send(GetRunGroups(experiment_ids=["0"], by=wrong))
