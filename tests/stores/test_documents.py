"""Documents of ended runs: whatever is changed, by whom ever, what is shown is what the tables say."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowmill.entities.dataset import Dataset, DatasetInput
from flowmill.entities.metric import Metric
from flowmill.entities.run import LoggedModelOutput, Param, Run, RunStatus, RunTag, ViewType
from flowmill.errors import FlowmillError, NotFound
from flowmill.store.base import Store
from flowmill.store.sql.documents import write_documents, write_some
from flowmill.store.sql.engine import SqlStore
from flowmill.store.sql.handlers import handling_of
from flowmill.store.sql.places import Places
from flowmill.store.sql.postgres import PostgresDatabase
from flowmill.store.sql.sqlite import SqliteDatabase
from flowmill.store.sql.transaction import Transaction
from flowmill.wire.codec import decode_answer, encode_answer
from flowmill.wire.contract import OPERATIONS
from flowmill.wire.life import EndRun
from flowmill.wire.metrics import LogMetric
from flowmill.wire.runs import (
    CreateRun,
    DeleteRun,
    DeleteTag,
    GetRun,
    LogBatch,
    LogInputs,
    LogOutputs,
    LogParam,
    RestoreRun,
    SearchRuns,
    SetTag,
    UpdateRun,
)
from flowmill.wire.trash import PurgeTrash
from tests.databases.postgres import new_schema


@pytest.fixture(params=["sqlite", "postgres"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    """A store whose tables can be looked at."""
    if request.param == "postgres":
        database: Any = PostgresDatabase(new_schema(request.getfixturevalue("postgres_server")))
    else:
        database = SqliteDatabase(tmp_path / "flowmill.db")
    store = SqlStore(database, Places("mlflow-artifacts:/", str))
    yield store
    store.close()


def documents(store: SqlStore) -> int:
    return store.read(lambda tx: int(tx.value("SELECT COUNT(*) FROM run_documents")))


def ready_of(request: GetRun | SearchRuns) -> Callable[[Transaction, Any], bytes]:
    """The function that gives the JSON of the answer."""
    ready = handling_of(type(request)).ready
    assert ready is not None
    return ready


def shown(store: SqlStore, request: GetRun | SearchRuns) -> Any:
    """What a server's clients get."""
    return decode_answer(OPERATIONS[type(request)], store.read(lambda tx: ready_of(request)(tx, request)))


def assembled(store: SqlStore) -> list[Run]:
    """All runs as the tables say, without any document; what there is of those stays."""

    class Undo(Exception):
        pass

    found: list[Run] = []

    def look(tx: Transaction) -> None:
        tx.run("DELETE FROM run_documents")
        found.extend(handling_of(SearchRuns).alone(tx, EVERY).runs)
        raise Undo

    with pytest.raises(Undo):
        store.write(look)
    return found


def same_bytes(store: SqlStore, ask: GetRun | SearchRuns) -> None:
    """With its documents, without any, and as entities that are encoded, an answer is the same JSON."""

    class Undo(Exception):
        pass

    ready = store.read(lambda tx: ready_of(ask)(tx, ask))
    without: list[bytes] = []

    def look(tx: Transaction) -> None:
        tx.run("DELETE FROM run_documents")
        without.append(ready_of(ask)(tx, ask))
        without.append(encode_answer(OPERATIONS[type(ask)], handling_of(type(ask)).alone(tx, ask)))
        raise Undo

    with pytest.raises(Undo):
        store.write(look)
    assert [ready, ready] == without


EVERY = SearchRuns(experiment_ids=["0"], run_view_type=ViewType.ALL)


def as_builtins(runs: list[Run]) -> str:
    return repr(msgspec.to_builtins(runs))  # NaN is itself in it


def test_an_ended_run_is_shown_from_its_document(kept: SqlStore, statements: Callable[[], int]) -> None:
    for number, end in enumerate((UpdateRun, EndRun, UpdateRun)):
        run_id = kept.send(CreateRun()).info.run_id
        points = [Metric(key, value, 1, 2**62) for key, value in (("a", math.nan), ("b", math.inf), ("c", -0.0))]
        tags = [RunTag("said", 'null "value":null é')]
        kept.send(LogBatch(run_id=run_id, metrics=points, params=[Param("p", str(number))], tags=tags))
        assert documents(kept) == number
        kept.send(end(run_id=run_id, status=RunStatus.FINISHED, end_time=5))
        assert documents(kept) == number + 1
    statements()
    page = shown(kept, EVERY)
    with_documents = statements()
    assert as_builtins(page.runs) == as_builtins(kept.send(EVERY).runs) == as_builtins(assembled(kept))
    assert [metric.value for metric in page.runs[0].data.metric_list[1:]] == [math.inf, 0.0]
    kept.write(lambda tx: tx.run("DELETE FROM run_documents"))
    statements()
    shown(kept, EVERY)
    assert statements() == with_documents + 3  # metrics, parameters and tags
    assert kept.write(write_some) is False
    assert documents(kept) == 3
    statements()
    shown(kept, EVERY)
    assert statements() == with_documents


def test_a_document_of_another_format_is_not_read(kept: SqlStore) -> None:
    run_id = kept.send(CreateRun()).info.run_id
    kept.send(UpdateRun(run_id=run_id, status="FAILED"))  # type: ignore[arg-type]
    kept.write(lambda tx: tx.run("UPDATE run_documents SET document = ?", (b"\x63later",)))
    assert as_builtins(shown(kept, EVERY).runs) == as_builtins(assembled(kept))


def test_changes_by_other_programs_end_the_document(kept: SqlStore) -> None:
    for table, change in (
        ("params", "UPDATE params SET value = 'x' WHERE key = 'p'"),
        ("params", "DELETE FROM params WHERE key = 'p'"),
        ("tags", "INSERT INTO tags (run, key, value) SELECT id, 'new', 'x' FROM runs"),
        ("latest_metrics", "UPDATE latest_metrics SET bits = 0"),
    ):
        run_id = kept.send(CreateRun()).info.run_id
        kept.send(
            LogBatch(run_id=run_id, metrics=[Metric("m", 1.0, 1)], params=[Param("p", "1")], tags=[RunTag("t", "1")])
        )
        kept.send(UpdateRun(run_id=run_id, status="FINISHED"))  # type: ignore[arg-type]
        kept.write(lambda tx, sql=change: tx.run(sql))
        assert as_builtins(shown(kept, EVERY).runs) == as_builtins(assembled(kept)), (table, change)
        kept.send(DeleteRun(run_id=run_id))
        kept.send(PurgeTrash(run_ids=[run_id]))
        assert documents(kept) == 0


KEYS, TEXTS = st.sampled_from(["a", "b"]), st.sampled_from(["0", "null", "é"])
CHANGES = st.one_of(
    st.builds(lambda k, v, n: LogMetric(run_id="", key=k, value=v, timestamp=n, step=n), KEYS,
              st.sampled_from([0.5, -0.0, 5e-324, 1e22, math.nan, -math.inf]), st.integers(0, 3)),
    st.builds(lambda k, v: LogParam(run_id="", key=k, value=v), KEYS, TEXTS),
    st.builds(lambda k, v: SetTag(run_id="", key=k, value=v), KEYS, TEXTS),
    st.builds(lambda k: DeleteTag(run_id="", key=k), KEYS),
    st.builds(lambda k, v, n: LogBatch(run_id="", metrics=[Metric(k, n / 3, n, n)], params=[Param(k, v)],
              tags=[RunTag(k, v)]), KEYS, TEXTS, st.integers(0, 3)),
    st.builds(lambda k: LogInputs(run_id="", datasets=[DatasetInput(dataset=Dataset(k, "1", "local", "s"))]), KEYS),
    st.builds(lambda k: LogOutputs(run_id="", models=[LoggedModelOutput(f"m-{k}", 1)]), KEYS),
    st.builds(lambda n: EndRun(run_id="", status=RunStatus.FAILED, end_time=n), st.integers(0, 3)),
    st.sampled_from(
        [UpdateRun(run_id="", status=status) for status in ("FINISHED", "KILLED", "RUNNING")]  # type: ignore[arg-type]
        + [UpdateRun(run_id="", run_name="other"), DeleteRun(run_id=""), RestoreRun(run_id="")]
    ),
    st.sampled_from(["chore", "purge"]),
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.booleans(), CHANGES), min_size=1, max_size=15))
def test_what_is_shown_is_what_the_tables_say(kept: SqlStore, changes: list[tuple[bool, Any]]) -> None:
    ids = [kept.send(CreateRun()).info.run_id for _ in range(2)]
    for run_id in ids:  # every change then meets a document
        values = {"metrics": [Metric("a", 1.0, 1)], "params": [Param("a", "0")], "tags": [RunTag("a", "1")]}
        kept.send(LogBatch(run_id=run_id, **values))
        kept.send(UpdateRun(run_id=run_id, status=RunStatus.FINISHED))
    for first, change in changes:
        run_id = ids[0 if first else 1]
        try:
            if change == "chore":
                while kept.write(write_some):
                    pass
            elif change == "purge":
                kept.send(PurgeTrash(run_ids=[run_id]))
            else:
                kept.send(msgspec.structs.replace(change, run_id=run_id))
        except FlowmillError:
            pass
        same_bytes(kept, EVERY)
        with suppress(NotFound):
            same_bytes(kept, GetRun(run_id=run_id))
    for run_id in ids:  # the next example begins without them
        with suppress(FlowmillError):
            kept.send(DeleteRun(run_id=run_id))
        kept.write(lambda tx, run=run_id: tx.run("UPDATE runs SET experiment_id = 9 WHERE run_id = ?", (run,)))


def test_making_documents_beside_writers_loses_nothing(kept: SqlStore) -> None:
    run_id = kept.send(CreateRun()).info.run_id
    kept.send(UpdateRun(run_id=run_id, status="FINISHED"))  # type: ignore[arg-type]
    number = kept.read(lambda tx: int(tx.value("SELECT id FROM runs")))
    done = threading.Event()

    def make() -> None:
        while not done.is_set():
            kept.write(lambda tx: write_documents(tx, [number]))

    makers = [threading.Thread(target=make) for _ in range(2)]
    for maker in makers:
        maker.start()
    try:
        for step in range(60):
            kept.send(SetTag(run_id=run_id, key="t", value=str(step)))
            run = shown(kept, GetRun(run_id=run_id))
            assert run.data.tags["t"] == str(step)
    finally:
        done.set()
        for maker in makers:
            maker.join()


def test_changes_after_the_end_are_shown(store: Store) -> None:
    run_id = store.send(CreateRun()).info.run_id
    store.send(LogMetric(run_id=run_id, key="m", value=1.0, timestamp=1))
    store.send(UpdateRun(run_id=run_id, status="FINISHED"))  # type: ignore[arg-type]
    assert store.send(GetRun(run_id=run_id)).data.metrics == {"m": 1.0}
    store.send(LogMetric(run_id=run_id, key="m", value=math.nan, timestamp=2))
    store.send(SetTag(run_id=run_id, key="note", value="null"))
    run = store.send(GetRun(run_id=run_id))
    assert math.isnan(run.data.metrics["m"]) and run.data.tags["note"] == "null"
    assert as_builtins(store.send(EVERY).runs) == as_builtins([run])
