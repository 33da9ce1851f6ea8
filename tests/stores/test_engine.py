"""The engine: many processes, forks, kills, migrations, and how many statements things take."""

from __future__ import annotations

import asyncio
import base64
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest

from flowmill.entities.metric import Metric
from flowmill.entities.run import Param, RunTag
from flowmill.errors import Internal, Invalid
from flowmill.store.open import open_store
from flowmill.store.sql.at_once import AtOnce
from flowmill.store.sql.engine import SqlStore
from flowmill.store.sql.handlers import handling_of
from flowmill.store.sql.migrations import STEPS
from flowmill.store.sql.places import Places
from flowmill.store.sql.postgres import PostgresDatabase
from flowmill.store.sql.sqlite import SqliteDatabase
from flowmill.store.sql.transaction import Transaction
from flowmill.store.sql.writer import Asked, GroupWriter
from flowmill.testing.memory import memory_store
from flowmill.wire.contract import OPERATIONS
from flowmill.wire.experiments import GetExperiment
from flowmill.wire.metrics import GetMetricHistory, LogMetric
from flowmill.wire.operation import Request
from flowmill.wire.runs import CreateRun, GetRun, LogBatch, LogParam, SearchRuns
from flowmill.wire.table import GetRunRows

PLACES = Places("mlflow-artifacts:/", accept=lambda location: location)
SPAWN = multiprocessing.get_context("spawn")


def open_and_write(uri: str, worker: int, points: int) -> str:
    """What one process does: open the store, make a run, log points."""
    store = SqlStore(PostgresDatabase(uri), PLACES) if uri.startswith("postgres") else open_store(uri)
    run_id = store.send(CreateRun(run_name=f"w{worker}")).info.run_id
    for step in range(points):
        store.send(LogMetric(run_id=run_id, key="m", value=float(step), timestamp=step, step=step))
    store.close()
    return run_id


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_sixteen_processes_open_an_empty_database_at_once(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    uri = str(tmp_path / "runs") if kind == "sqlite" else request.getfixturevalue("postgres_uri")
    with ProcessPoolExecutor(16, mp_context=SPAWN) as pool:
        futures = [pool.submit(open_and_write, uri, worker, 20) for worker in range(16)]
        wait(futures)
    run_ids = [future.result() for future in futures]
    store = SqlStore(PostgresDatabase(uri), PLACES) if kind == "postgres" else open_store(uri)
    for run_id in run_ids:
        assert len(store.send(GetMetricHistory(run_id=run_id, metric_key="m")).metrics) == 20
    assert store.send(GetRunRows(experiment_ids=["0"])).total == 16
    store.close()


def test_writes_that_were_answered_survive_a_kill(tmp_path: Path) -> None:
    script = f"""
import sys
import threading
from flowmill.store.open import open_store
from flowmill.wire.metrics import LogMetric
from flowmill.wire.runs import CreateRun
store = open_store({str(tmp_path)!r})
run_id = store.send(CreateRun()).info.run_id
print(run_id, flush=True)
for step in range(10**6):
    store.send(LogMetric(run_id=run_id, key="m", value=1.0, timestamp=step, step=step))
    print(step, flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        run_id = process.stdout.readline().strip()
        answered = [process.stdout.readline().strip() for _ in range(50)]
        process.send_signal(signal.SIGKILL)
        answered += process.stdout.read().split()
    store = open_store(str(tmp_path))
    steps = {metric.step for metric in store.send(GetMetricHistory(run_id=run_id, metric_key="m")).metrics}
    assert {int(text) for text in answered} <= steps
    store.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_opens_connections_of_its_own(tmp_path: Path) -> None:
    store = open_store(str(tmp_path))
    run_id = store.send(CreateRun()).info.run_id
    child = os.fork()
    if child == 0:
        try:
            store.send(LogParam(run_id=run_id, key="child", value="1"))
            store.send(GetRun(run_id=run_id))
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    store.send(LogParam(run_id=run_id, key="parent", value="1"))
    assert store.send(GetRun(run_id=run_id)).data.params == {"child": "1", "parent": "1"}
    store.close()


def test_one_bad_request_of_a_group_fails_alone(tmp_path: Path) -> None:
    store = SqlStore(SqliteDatabase(tmp_path / "flowmill.db"), PLACES)
    run_id = store.send(CreateRun()).info.run_id
    requests: list[Request[None]] = [
        LogParam(run_id=run_id, key=key, value=value) for key, value in (("a", "1"), ("a", "2"), ("b", "3"))
    ]
    futures = [store.submit(request) for request in requests]
    assert futures[0].result(10) is None
    with pytest.raises(Invalid):
        futures[1].result(10)
    assert futures[2].result(10) is None
    assert store.send(GetRun(run_id=run_id)).data.params == {"a": "1", "b": "3"}
    store.close()


def test_waiting_writes_share_a_commit(tmp_path: Path) -> None:
    store = SqlStore(SqliteDatabase(tmp_path / "flowmill.db"), PLACES)
    run_id = store.send(CreateRun()).info.run_id
    groups: list[int] = []
    send_group = store.send_group

    def slow_group(requests: list[Asked]) -> list[object]:
        groups.append(len(requests))
        time.sleep(0.02)  # a slow disk
        return send_group(requests)

    store.send_group = slow_group  # type: ignore[method-assign,assignment]
    futures = [store.submit(LogMetric(run_id=run_id, key="m", value=1.0, timestamp=n, step=n)) for n in range(300)]
    for future in futures:
        future.result(30)
    assert sum(groups) == 300
    assert len(groups) < 10
    store.close()


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(tx: Transaction) -> None:
        tx.run("CREATE TABLE half_done (id BIGINT)")
        raise RuntimeError("power cut")

    database = SqliteDatabase(tmp_path / "flowmill.db")
    SqlStore(database, PLACES)
    monkeypatch.setattr("flowmill.store.sql.migrations.STEPS", (*STEPS, broken))
    with pytest.raises(RuntimeError):
        SqlStore(database, PLACES)
    with database.reading() as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    assert "half_done" not in tables
    monkeypatch.undo()
    SqlStore(database, PLACES).close()


def test_every_operation_is_carried_out_by_a_handler_or_by_the_file_server() -> None:
    missing: set[str] = set()
    for request in OPERATIONS:
        try:
            handling_of(request)
        except Internal:
            missing.add(request.__name__)
    assert missing == {
        "CreateDownloadAddress",
        "CreatePromptlabRun",
        "CreateUploadAddress",
        "ListArtifacts",
        "ListLoggedModelArtifacts",
        "ListProxiedArtifacts",
    }


def test_statement_counts_do_not_grow_with_the_data(statements: Callable[[], int]) -> None:
    store = memory_store()
    run_id = store.send(CreateRun()).info.run_id
    statements()
    store.send(LogMetric(run_id=run_id, key="m", value=1.0, timestamp=1))
    assert statements() == 5  # the run, its series, the new series and its number, the point
    store.send(LogMetric(run_id=run_id, key="m", value=1.0, timestamp=2))
    assert statements() == 4
    store.send(LogBatch(run_id=run_id, metrics=[Metric("m", 1.0, n, n) for n in range(1000)]))
    assert statements() == 4
    store.send(LogBatch(run_id=run_id, metrics=[Metric(f"k{n}", 1.0, 1) for n in range(1000)]))
    assert statements() == 5  # for a thousand keys as for one
    store.send(LogBatch(run_id=run_id, metrics=[Metric(f"k{n}", 1.0, 2) for n in range(1000)]))
    assert statements() == 4
    store.send_group([(LogMetric(run_id=run_id, key=f"k{n}", value=1.0, timestamp=3), None) for n in range(200)])
    assert statements() == 4  # and for all that wait together
    store.send(LogBatch(run_id=run_id, params=[Param(f"p{n}", "1") for n in range(100)], tags=[RunTag("t", "1")]))
    assert statements() == 5  # the run; params and tags, read and written
    for _ in range(50):
        store.send(CreateRun())
    statements()
    store.send(SearchRuns(experiment_ids=["0"], max_results=10))
    few = statements()
    store.send(SearchRuns(experiment_ids=["0"], max_results=51))
    assert statements() == few == 9
    store.close()


def test_errors_of_the_disk_are_sentences(tmp_path: Path) -> None:
    (tmp_path / "notadb").mkdir()
    (tmp_path / "notadb" / "flowmill.db").write_bytes(b"this is no database, whatever its name says")
    with pytest.raises(Invalid, match="is not a SQLite database"):
        open_store(str(tmp_path / "notadb"))
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(Invalid, match="a file is in the way"):
        open_store(str(blocked / "runs"))


def test_a_database_of_mlflow_is_not_touched(tmp_path: Path) -> None:
    import sqlite3

    file = tmp_path / "mlflow.db"
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
    connection.commit()
    connection.close()
    before = file.read_bytes()
    with pytest.raises(Invalid, match=r"a database of MLflow.*`flowmill import sqlite:///.*--to ./mlruns`"):
        open_store(f"sqlite:///{file}")
    assert file.read_bytes() == before


def test_a_moved_folder_works_unchanged(tmp_path: Path) -> None:
    first = open_store(str(tmp_path / "here"))
    run_id = first.send(CreateRun()).info.run_id
    first.close()
    (tmp_path / "here").rename(tmp_path / "there")
    second = open_store(str(tmp_path / "there"))
    place = second.send(GetRun(run_id=run_id)).info.artifact_uri
    assert place == f"{(tmp_path / 'there' / 'artifacts').as_uri()}/0/{run_id}/artifacts"
    assert second.send(GetExperiment(experiment_id="0")).artifact_location.startswith("file://")
    second.close()
    content = (tmp_path / "there" / "flowmill.db").read_bytes()
    assert str(tmp_path).encode() not in content


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_children_forked_while_threads_write_can_write_too(tmp_path: Path) -> None:
    store = open_store(str(tmp_path))
    run_id = store.send(CreateRun()).info.run_id
    stop = threading.Event()

    def write(number: int) -> None:
        step = 0
        while not stop.is_set():
            store.send(LogMetric(run_id=run_id, key=f"thread{number}", value=1.0, timestamp=step, step=step))
            store.send(GetRun(run_id=run_id))
            step += 1

    threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    children: list[int] = []
    for number in range(6):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                for step in range(10):
                    store.send(LogMetric(run_id=run_id, key=f"child{number}", value=1.0, timestamp=step, step=step))
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    codes = [os.waitpid(child, 0)[1] for child in children]
    stop.set()
    for thread in threads:
        thread.join()
    assert codes == [0] * 6
    for number in range(6):
        assert len(store.send(GetMetricHistory(run_id=run_id, metric_key=f"child{number}")).metrics) == 10
    store.close()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="descriptors are counted in /proc")
def test_threads_leave_no_descriptors_behind(tmp_path: Path) -> None:
    store = open_store(str(tmp_path))
    run_id = store.send(CreateRun()).info.run_id

    def read() -> None:
        store.send(GetRun(run_id=run_id))

    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    read()
    before = descriptors()
    for _ in range(100):
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
    assert descriptors() <= before
    store.close()


def test_forged_page_tokens_are_refused(tmp_path: Path) -> None:
    store = open_store(str(tmp_path))
    for values in ([{}, []], ["x"], [1e999, 1], [2**70, 1], [True, {"a": 1}]):
        token = base64.urlsafe_b64encode(json.dumps(values).encode()).decode()
        with pytest.raises(Invalid, match="page_token"):
            store.send(SearchRuns(experiment_ids=["0"], page_token=token))
    store.close()


def test_a_deleted_folder_is_started_afresh(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "runs"))
    store.send(CreateRun())
    shutil.rmtree(tmp_path / "runs")
    run_id = store.send(CreateRun()).info.run_id
    assert store.send(GetRunRows(experiment_ids=["0"])).total == 1
    store.close()
    again = open_store(str(tmp_path / "runs"))
    assert again.send(GetRun(run_id=run_id)).info.run_id == run_id
    again.close()


def test_a_request_that_nobody_waits_for_harms_no_other(tmp_path: Path) -> None:
    entered, go_on = threading.Event(), threading.Event()

    def group(requests: Sequence[Asked]) -> list[Any]:
        entered.set()
        go_on.wait(10)
        return [None] * len(requests)

    writer = GroupWriter(group)
    first = writer.submit((LogBatch(run_id="a"), None))
    entered.wait(10)
    cancelled, last = writer.submit((LogBatch(run_id="b"), None)), writer.submit((LogBatch(run_id="c"), None))
    assert cancelled.cancel()
    go_on.set()
    assert (first.result(10), last.result(10)) == (None, None)
    assert writer.submit((LogBatch(run_id="d"), None)).result(10) is None
    writer.close()


def test_reads_of_one_thing_are_done_at_once_while_they_are_quick() -> None:
    now = 10.0
    slow = AtOnce(lambda: now)
    assert slow.takes(GetRun) and not slow.takes(SearchRuns)

    def read() -> bytes:
        nonlocal now
        now += 0.01
        return b"{}"

    assert slow.read(read, GetRun) == b"{}"
    assert slow.takes(GetRun)  # once is nothing
    for _ in range(10):
        slow.read(read, GetRun)
    assert not slow.takes(GetRun) and slow.takes(GetExperiment)
    now += 6
    assert slow.takes(GetRun)


def answer_of(store: SqlStore, request: Request[Any]) -> bytes:
    """What an event loop is answered, in a thread that has no other one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(store.answer(request))).result()


@pytest.mark.parametrize(("near", "threads"), [(True, 0), (False, 1)])
def test_a_file_of_this_machine_is_read_on_the_loop(tmp_path: Path, near: bool, threads: int) -> None:
    store = SqlStore(SqliteDatabase(tmp_path / "flowmill.db", on_network=not near), PLACES)
    run = store.send(CreateRun(experiment_id="0"))

    assert run.info.run_id.encode() in answer_of(store, GetRun(run_id=run.info.run_id))
    readers = [thread for thread in threading.enumerate() if thread.name.startswith("flowmill-reader")]
    assert bool(readers) == bool(threads)
    store.close()


def test_a_run_that_goes_on_asks_for_no_document(tmp_path: Path) -> None:
    store = SqlStore(SqliteDatabase(tmp_path / "flowmill.db"), PLACES)
    woken: list[str] = []
    store.wake = woken.append
    run_id = store.send(CreateRun(experiment_id="0")).info.run_id
    answer_of(store, GetRun(run_id=run_id))
    assert woken == []
    store.close()
