"""How searches are carried out where there are many runs: through which indexes, in how many statements."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from flowmill.entities.dataset import Dataset, DatasetInput
from flowmill.entities.run import ViewType
from flowmill.errors import Invalid
from flowmill.store.sql import finding, table
from flowmill.store.sql.engine import Database, SqlStore
from flowmill.store.sql.kept import Kept
from flowmill.store.sql.migrations import STEPS, migrate
from flowmill.store.sql.places import Places
from flowmill.store.sql.postgres import PostgresDatabase
from flowmill.store.sql.sqlite import SqliteDatabase
from flowmill.store.sql.transaction import Row, Transaction
from flowmill.testing.many_runs import fill_runs, id_of
from flowmill.wire.registry import CreateModelVersion, CreateRegisteredModel
from flowmill.wire.runs import CreateRun, DeleteRun, LogBatch, LogInputs, LogParam, SearchRuns
from flowmill.wire.table import GetRunColumns, GetRunRows

RUNS = 3_000
PLACES = Places("mlflow-artifacts:/", str)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database of 3,000 runs, 2,900 in experiment 0 and 100 in experiment 1."""
    opened: Database = SqliteDatabase(tmp_path_factory.mktemp("many") / "flowmill.db")
    if request.param == "postgres":
        import psycopg

        server = request.getfixturevalue("postgres_server")
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("CREATE DATABASE many_runs")
        opened = PostgresDatabase(server.replace("/postgres?", "/many_runs?"))
    store = SqlStore(opened, PLACES)
    fill_runs(opened, RUNS - 100)
    fill_runs(opened, 100, experiment=1, first=RUNS - 100)
    data = [DatasetInput(Dataset("data", f"d{number}", "local", "{}"), []) for number in range(10)]
    store.send(LogInputs(run_id=id_of(5), datasets=data))
    store.send(CreateRegisteredModel(name="churn"))
    for number in range(10):
        store.send(CreateModelVersion(name="churn", source=f"runs:/{id_of(number)}/model"))
    if request.param == "postgres":
        with opened.writing() as connection:
            connection.execute("ANALYZE")
    yield opened
    store.close()


@pytest.fixture
def store(database: Database, monkeypatch: pytest.MonkeyPatch) -> SqlStore:
    """The store over them, which takes 100 rows for many."""
    monkeypatch.setattr(finding, "_SMALL", 100)
    monkeypatch.setattr(finding, "_FEWEST_PROBED", 100)
    return SqlStore(database, PLACES)


Asked = list[tuple[str, Sequence[Any]]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """The queries that ran."""
    queries: Asked = []

    def remember(original: Callable[..., Any]) -> Callable[..., Any]:
        def run(self: Transaction, sql: str, arguments: Sequence[Any] = ()) -> Any:
            queries.append((sql, arguments))
            return original(self, sql, arguments)

        return run

    monkeypatch.setattr(Transaction, "all", remember(Transaction.all))
    monkeypatch.setattr(Transaction, "first", remember(Transaction.first))
    return queries


def plan_of(database: Database, sql: str, arguments: Sequence[Any]) -> str:
    word = "EXPLAIN QUERY PLAN" if database.dialect.name == "sqlite" else "EXPLAIN"
    with database.reading() as connection:
        rows: list[Row] = connection.execute(f"{word} {database.dialect.sql(sql)}", arguments).fetchall()
    return "\n".join(str(row[-1]) for row in rows)


SHAPES = [
    # filter, order, the index that is read, statements without those that load a page's runs
    ("", "", "runs_in_use", 1),
    ("params.p02 = '77'", "", "params_by_value", 4),
    ("params.p01 = '3'", "", "runs_in_use", 5),
    ("params.p01 = '3' AND tags.t0 = 'word3'", "", "runs_in_use", 6),
    ("metrics.m0 > 0.99", "", "latest_metrics_by_value", 4),
    ("tags.t0 LIKE 'word%'", "", "tags_by_value", 6),
    ("tags.t1 LIKE 'trained on shard 39595 %'", "", "tags_by_value", 5),
    ("tags.t0 ILIKE '%RD3'", "", "tags_by_value", 6),
    ("params.p01 > 8", "", "params_by_value", 6),
    ("run_name = 'run-77'", "", "runs_by_name", 4),
    ("status = 'RUNNING'", "", "runs_by_status", 4),
    ("user_id = 'user3'", "", "runs_by_status", 4),
    ("datasets(name = 'data' AND digest = 'd7')", "", "run_datasets", 4),
    ("versions(name = 'churn' AND version = '7')", "", "model_versions", 4),
    ("versions.name IS NULL", "", "runs_in_use", 4),
    ("params.p02 = '77' OR run_name = 'run-5'", "", "params_by_value", 4),
    ("", "metrics.m0 DESC", "latest_metrics_by_value", 6),
    ("", "params.p02 ASC", "params_by_value", 6),
    ("params.p01 = '3'", "metrics.m0 DESC", "latest_metrics_by_value", 7),
]


@pytest.mark.parametrize(("text", "order", "index", "statements"), SHAPES)
def test_plans(
    database: Database, store: SqlStore, asked: Asked, text: str, order: str, index: str, statements: int
) -> None:
    order_by = [order] if order else []
    page = store.send(SearchRuns(experiment_ids=["0"], filter=text, order_by=order_by, max_results=20))
    assert page.runs
    searches = [query for query in asked if not _loads(query[0])]
    assert len(searches) == statements, [sql for sql, _ in searches]
    plans = [plan_of(database, *query) for query in searches]
    assert any(index in plan for plan in plans), plans
    if database.dialect.name == "sqlite":  # PostgreSQL rightly reads a small table whole
        for plan in plans:
            for name in ("runs", "params", "tags", "latest_metrics", "datasets", "model_versions", "run_models"):
                assert f"SCAN {name}\n" not in f"{plan}\n", plan


def _loads(sql: str) -> bool:
    """Whether a statement loads what belongs to the runs of a page."""
    words = (
        "json_group",
        "json_agg",
        "json_object_agg",
        "run_datasets used",
        "FROM dataset_tags",
        "run_models m ",
        "heartbeats",
        "run_documents",
    )
    return any(word in sql for word in words)


def test_a_page_of_a_thousand_runs_takes_as_many_statements_as_one_of_ten(store: SqlStore, asked: Asked) -> None:
    for text in ("", "params.p01 = '3' OR params.p01 != '3'"):
        counts: list[int] = []
        for size in (10, 1_000):
            asked.clear()
            assert len(store.send(SearchRuns(experiment_ids=["0"], filter=text, max_results=size)).runs) == size
            counts.append(len([query for query in asked if _loads(query[0])]))
        assert counts == [4, 4]


@pytest.mark.parametrize(
    "order", ["", "metrics.m1 DESC", "metrics.m2 ASC", "tags.t2 DESC", "params.p02 ASC", "run_name ASC"]
)
@pytest.mark.parametrize("view", [ViewType.ACTIVE_ONLY, ViewType.ALL])
def test_all_pages_of_two_experiments(store: SqlStore, order: str, view: ViewType) -> None:
    found: list[str] = []
    token = ""
    while True:
        page = store.send(
            SearchRuns(
                experiment_ids=["0", "1"],
                filter="params.p01 = '3'",
                run_view_type=view,
                order_by=[order] if order else [],
                max_results=37,
                page_token=token,
            )
        )
        found += [run.info.run_id for run in page.runs]
        token = page.next_page_token or ""
        if not token:
            break
    expected = {id_of(number) for number in range(RUNS) if number * 7 % 10 == 3}
    assert len(found) == len(expected)
    assert set(found) == expected


def test_a_total_is_counted_and_kept(store: SqlStore) -> None:
    ask = GetRunRows(experiment_ids=["0", "1"], filter="params.p01 = '3' AND tags.t0 LIKE '%3'", max_results=1)
    expected = sum(number * 7 % 10 == 3 and number % 8 == 3 for number in range(RUNS))
    assert store.send(ask).total == store.send(ask).total == expected


def test_answers_are_kept_in_proportion_to_what_they_took() -> None:
    times = itertools.count()
    found = itertools.count(7)
    now = [0.0]

    def slow() -> int:
        now[0] += 0.5
        return next(found)

    kept = Kept(lambda: now[0])
    assert kept.answer("a", slow) == 7
    now[0] += 49
    assert kept.answer("a", slow) == 7
    now[0] += 2
    assert kept.answer("a", slow) == 8
    kept.forget()
    assert kept.answer("a", slow) == 9
    assert kept.answer("b", lambda: next(times)) == 0
    assert kept.answer("b", lambda: next(times)) == 1  # found at once, so never kept


def test_columns_of_many_runs_are_all_there_with_numbers_of_a_sample(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "_SAMPLE", 40)
    rare = store.send(CreateRun(experiment_id="0", start_time=1_700_001_000_000)).info.run_id
    store.send(LogParam(run_id=rare, key="only here", value="1"))
    columns = store.send(GetRunColumns(experiment_ids=["0"]))
    assert columns.sample == 40
    params = {column.key: column for column in columns.params}
    assert [*params] == sorted(["only here", *(f"p{number:02}" for number in range(20))])
    assert (params["p00"].runs, params["p00"].distinct, params["only here"].runs) == (40, 4, 0)
    assert [column.key for column in store.send(GetRunColumns(experiment_ids=["1"])).metrics][:2] == ["m0", "m1"]
    store.send(DeleteRun(run_id=rare))


def test_runs_of_very_many_values_make_a_smaller_sample(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "_SAMPLE_VALUES", 35 * 20)
    columns = store.send(GetRunColumns(experiment_ids=["1"]))
    assert columns.sample == 20
    assert {column.runs for column in columns.params} == {20}


def test_a_token_of_another_order_is_refused(store: SqlStore) -> None:
    by_name = store.send(SearchRuns(experiment_ids=["0"], order_by=["run_name ASC"], max_results=5)).next_page_token
    with pytest.raises(Invalid, match="page_token"):
        store.send(SearchRuns(experiment_ids=["0"], order_by=["metrics.m0 ASC"], page_token=by_name or ""))


def test_a_database_of_the_first_release_gets_indexes_and_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = SqliteDatabase(tmp_path / "flowmill.db")
    with monkeypatch.context() as older:
        older.setattr("flowmill.store.sql.migrations.STEPS", STEPS[:1])
        with database.migrating() as connection:
            tx = Transaction(connection, database.dialect, PLACES, lambda: 1, str)
            migrate(tx)
            tx.run(
                "INSERT INTO runs (id, run_id, experiment_id, name, user_id, status, start_time) "
                "VALUES (1, 'a', 0, 'old', '', 'FINISHED', 5)"
            )
            tx.run("INSERT INTO params (run, key, value) VALUES (1, 'lr', '0.1')")
    store = SqlStore(database, PLACES)
    run_id = store.send(CreateRun()).info.run_id
    store.send(LogBatch(run_id=run_id, params=[]))
    monkeypatch.setattr(table, "_SAMPLE", 2)
    assert [column.key for column in store.send(GetRunColumns(experiment_ids=["0"])).params] == ["lr"]
    found = store.send(SearchRuns(experiment_ids=["0"], filter="params.lr = '0.1'")).runs
    assert [run.info.run_name for run in found] == ["old"]
    store.close()
