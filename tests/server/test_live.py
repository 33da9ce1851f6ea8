"""Events of what changes: told within a moment, whoever writes, to those who watch it."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from flowmill.entities.metric import Metric
from flowmill.entities.run import RunTag
from flowmill.server.app import App
from flowmill.store.open import open_store
from flowmill.store.sql.engine import Database, SqlStore
from flowmill.store.sql.places import Places
from flowmill.store.sql.postgres import PostgresDatabase
from flowmill.store.sql.pulse import pulse_of_experiments, pulse_of_runs
from flowmill.store.sql.sqlite import SqliteDatabase
from flowmill.store.sql.transaction import Transaction
from flowmill.wire.runs import CreateRun, DeleteRun, LogBatch, UpdateRun
from tests.server.conftest import Http

EVENTS = "/ajax-api/flowmill/1/events"


class Stream:
    """An open stream of events."""

    def __init__(self, connection: http.client.HTTPConnection) -> None:
        self._response = connection.getresponse()
        self.status = self._response.status
        self.headers = dict(self._response.getheaders())

    def next(self) -> tuple[str, Any]:
        """The next event and its data."""
        name = ""
        while True:
            line = self._response.readline().decode().rstrip("\n")
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                return name, json.loads(line.removeprefix("data: "))

    def rest(self) -> bytes:
        """Everything until the server ends the stream."""
        return self._response.read()


@contextmanager
def watching(client: Http, query: str) -> Iterator[Stream]:
    connection = http.client.HTTPConnection(client.address.removeprefix("http://"), timeout=20)
    connection.request("GET", f"{EVENTS}?{query}", headers={"Accept-Encoding": "gzip"})
    try:
        yield Stream(connection)
    finally:
        connection.close()


def new_run(client: Http) -> str:
    return client.post("runs/create", experiment_id="0", run_name="r")["run"]["info"]["run_id"]


def test_a_change_is_told_to_those_who_watch_it(http_client: Http) -> None:
    watched, other = new_run(http_client), new_run(http_client)
    with (
        watching(http_client, f"run={watched}&experiment=0") as stream,
        watching(http_client, f"run={other}") as beside,
    ):
        assert (stream.status, stream.headers["content-type"]) == (200, "text/event-stream")
        assert "content-encoding" not in stream.headers
        assert stream.next() == ("ready", {})
        assert beside.next() == ("ready", {})
        http_client.post("runs/log-metric", run_id=watched, key="loss", value=0.5, timestamp=1, step=0)
        assert stream.next() == ("changed", {"runs": [watched], "experiments": []})
        new_run(http_client)
        assert stream.next() == ("changed", {"runs": [], "experiments": ["0"]})
        http_client.post("runs/update", run_id=other, status="FINISHED")
        assert beside.next() == ("changed", {"runs": [other], "experiments": []})


def test_what_another_process_writes_is_seen(http_client: Http) -> None:
    run_id = new_run(http_client)
    with watching(http_client, f"run={run_id}") as stream:
        stream.next()
        beside = open_store(f"sqlite:///{http_client.folder / 'flowmill.db'}")
        beside.send(LogBatch(run_id=run_id, metrics=[Metric("loss", 1.0, 1, 0)]))
        beside.close()
        assert stream.next() == ("changed", {"runs": [run_id], "experiments": []})


def test_nobody_watches_and_nothing_is_asked(app: App, http_client: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[float] = []
    original = app.store.read

    def read(*arguments: Any) -> Any:
        looks.append(time.monotonic())
        return original(*arguments)

    monkeypatch.setattr(app.store, "read", read)
    with watching(http_client, f"run={new_run(http_client)}") as stream:
        stream.next()
        time.sleep(1.2)
    assert looks
    time.sleep(1)  # the look that was under way when the page left
    looks.clear()
    time.sleep(1.5)
    assert looks == []


def test_streams_end_when_the_server_stops(app: App, http_client: Http) -> None:
    with watching(http_client, "experiment=0") as stream:
        stream.next()
        app.draining = True
        assert stream.rest().strip() == b""


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "Nothing is watched"),
        ("experiment=x", "x"),
        ("who=me", "Unknown parameter 'who'"),
        ("&".join(f"run={number}" for number in range(201)), "201 things"),
    ],
)
def test_a_wrong_question_is_answered(http_client: Http, query: str, said: str) -> None:
    answer = http_client.send("GET", f"{EVENTS}?{query}")
    assert answer.status == 400
    assert said in answer.json["message"]


def test_a_run_that_does_not_exist_is_watched_in_peace(http_client: Http) -> None:
    with watching(http_client, f"run={'0' * 32}") as stream:
        assert stream.next() == ("ready", {})


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    """A store of each kind."""
    database: Database = SqliteDatabase(tmp_path / "flowmill.db")
    if request.param == "postgres":
        import psycopg

        server = request.getfixturevalue("postgres_server")
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS pulses")
            connection.execute("CREATE DATABASE pulses")
        database = PostgresDatabase(server.replace("/postgres?", "/pulses?"))
    opened = SqlStore(database, Places("mlflow-artifacts:/", str))
    yield opened
    opened.close()


def test_every_change_that_a_page_shows_is_another_pulse(store: SqlStore) -> None:
    run_id = store.send(CreateRun(run_name="a")).info.run_id
    changes = [
        LogBatch(run_id=run_id, metrics=[Metric("m", 1.0, 5, 5)]),
        LogBatch(run_id=run_id, metrics=[Metric("m", 2.0, 6, 6)]),
        LogBatch(run_id=run_id, metrics=[Metric("m", float("inf"), 7, 7), Metric("n", float("nan"), 7, 7)]),
        LogBatch(run_id=run_id, metrics=[Metric("m", 9.0, 1, 1)]),  # late: the latest point stays
        LogBatch(run_id=run_id, tags=[RunTag("t", "x")]),
        LogBatch(run_id=run_id, tags=[RunTag("t", "longer")]),
        UpdateRun(run_id=run_id, run_name="b"),
        DeleteRun(run_id=run_id),
    ]

    def pulse(tx: Transaction) -> Any:
        return pulse_of_runs(tx, [run_id, "unknown"]), pulse_of_experiments(tx, [0, 424242])

    seen = [store.read(pulse)]
    for change in changes:
        store.send(change)
        seen.append(store.read(pulse))
        assert seen[-1] != seen[-2], change
    assert store.read(pulse) == seen[-1]
    assert set(seen[0][0]) == {run_id}
