"""Databases of older releases: many processes meet one, migrations are interrupted, and nothing is lost."""

from __future__ import annotations

import multiprocessing
import re
import signal
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from flowmill.errors import Invalid
from flowmill.store.base import Store
from flowmill.store.sql.engine import SqlStore
from flowmill.store.sql.migrations import STEPS
from flowmill.store.sql.postgres import PostgresDatabase
from flowmill.store.sql.sqlite import SqliteDatabase
from flowmill.store.sql.transaction import Transaction
from flowmill.wire.metrics import GetMetricHistory, LogMetric
from flowmill.wire.runs import CreateRun, GetRun
from tests.databases.older_ones import NAMES, PLACES, records_of, restore_postgres, restore_sqlite
from tests.databases.sample import answer_of, lost_of, request_of

KINDS = ("sqlite", "postgres")
SPAWN = multiprocessing.get_context("spawn")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def place(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """An empty place for a database of this kind: a path or a URI."""
    return str(tmp_path / "flowmill.db") if kind == "sqlite" else request.getfixturevalue("oldest_postgres_uri")


def open_at(place: str) -> SqlStore:
    """The store in a file or at a URI."""
    database = PostgresDatabase(place) if place.startswith("postgres") else SqliteDatabase(Path(place))
    return SqlStore(database, PLACES)


def restore(name: str, place: str) -> None:
    """The database of an older release at a place."""
    if place.startswith("postgres"):
        restore_postgres(name, place)
    else:
        restore_sqlite(name, Path(place))


def open_and_write(place: str, worker: int) -> str:
    """What one of many processes does: open the store, which migrates it, and log."""
    store = open_at(place)
    run_id = store.send(CreateRun(run_name=f"w{worker}")).info.run_id
    for step in range(5):
        store.send(LogMetric(run_id=run_id, key="m", value=float(step), timestamp=step, step=step))
    store.close()
    return run_id


_LEFT_OUT_SINCE = re.compile(r"^/registered_model/latest_versions/\d+/aliases is missing")
"""A registered model itself says its aliases; its latest versions no longer repeat them, as with MLflow."""


def one_more_step(tx: Transaction) -> None:
    """A migration that copies what is there, so that there is always one to interrupt."""
    tx.run("CREATE TABLE copied_points (series BIGINT NOT NULL, step BIGINT NOT NULL)")
    tx.run("INSERT INTO copied_points SELECT series, step FROM points")
    tx.run("CREATE INDEX copied_points_by_step ON copied_points (step)")


def lost(store: Store, name: str) -> list[str]:
    """What the older release answered and this one does not."""
    return [
        f"{record['operation']} {record['fields']}: {problem}"
        for record in records_of(name)
        for problem in lost_of(record["answer"], answer_of(store, request_of(record)))
        if not _LEFT_OUT_SINCE.search(problem)
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_sixteen_processes_open_an_older_database_at_once(name: str, place: str) -> None:
    restore(name, place)
    with ProcessPoolExecutor(16, mp_context=SPAWN) as pool:
        run_ids = list(pool.map(open_and_write, [place] * 16, range(16), timeout=120))
    store = open_at(place)
    assert lost(store, name) == []
    for run_id in run_ids:
        assert len(store.send(GetMetricHistory(run_id=run_id, metric_key="m")).metrics) == 5
        assert store.send(GetRun(run_id=run_id)).data.metrics == {"m": 4.0}
    with store._database.reading() as connection:
        taken = [row[0] for row in connection.execute("SELECT step FROM schema_steps ORDER BY step").fetchall()]
    assert taken == list(range(len(STEPS)))
    store.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_migration_killed_at_any_statement_is_done_by_the_next_start(
    kind: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies before its first, at some, and after its last statement, just before it would commit."""
    name = NAMES[0]
    restore(name, place)
    steps = (*STEPS, one_more_step)
    for moment in ("1", "2", "3", "middle", "commit"):
        script = f"""
import os, signal
from flowmill.store.sql import engine, migrations
from flowmill.store.sql.transaction import Transaction
from tests.stores.test_older import one_more_step, open_at
migrations.STEPS = (*migrations.STEPS, one_more_step)
moment, seen, run = {moment!r}, [], Transaction.run
def counted(self, sql, arguments=()):
    seen.append(sql)
    if str(len(seen)) == moment or (moment == "middle" and "copied_points_by_step" in sql):
        os.kill(os.getpid(), signal.SIGKILL)
    return run(self, sql, arguments)
Transaction.run = counted
migrate = engine.migrate
def not_committed(tx):
    migrate(tx)
    os.kill(os.getpid(), signal.SIGKILL)
engine.migrate = not_committed
open_at({place!r})
"""
        done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, stderr=subprocess.PIPE, timeout=60)
        assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]
    monkeypatch.setattr("flowmill.store.sql.migrations.STEPS", steps)
    store = open_at(place)
    assert lost(store, name) == []
    with store._database.reading() as connection:
        (copied,) = connection.execute("SELECT COUNT(*) FROM copied_points").fetchone()
    assert copied > 1500
    store.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_database_of_a_newer_release_is_refused_in_one_sentence(kind: str, place: str) -> None:
    store = open_at(place)
    with store._database.writing() as connection:
        connection.execute(f"INSERT INTO schema_steps VALUES ({len(STEPS)}, 'later', 0)")
    store.close()
    with pytest.raises(Invalid, match=r"^This database was written by a newer Flowmill .*: upgrade Flowmill"):
        open_at(place)


def write_into_one_run(folder: str, run_id: str, worker: int) -> None:
    """What one of sixteen processes writes into a run that all of them share."""
    store = open_at(folder)
    for step in range(worker, 320, 16):
        store.send(LogMetric(run_id=run_id, key="shared", value=float(step), timestamp=step, step=step))
        store.send(LogMetric(run_id=run_id, key=f"own/{worker}", value=float(-step), timestamp=step, step=step))
    store.close()


def test_sixteen_processes_write_one_run_without_a_server(tmp_path: Path) -> None:
    place = str(tmp_path / "flowmill.db")
    store = open_at(place)
    run_id = store.send(CreateRun()).info.run_id
    with ProcessPoolExecutor(16, mp_context=SPAWN) as pool:
        list(pool.map(write_into_one_run, [place] * 16, [run_id] * 16, range(16), timeout=120))
    history = store.send(GetMetricHistory(run_id=run_id, metric_key="shared")).metrics
    assert [(point.step, point.value) for point in history] == [(step, float(step)) for step in range(320)]
    latest = store.send(GetRun(run_id=run_id)).data.metrics
    assert latest == {"shared": 319.0, **{f"own/{worker}": -float(worker + 304) for worker in range(16)}}
    store.close()
