"""The database and the server go away and come back under load: what was acknowledged is there, once."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from flowmill.errors import Unavailable
from flowmill.store.open import open_store
from flowmill.store.sql.postgres import PostgresDatabase
from flowmill.wire.table import GetRunRows
from tests.crash.clients import Client, ServerProcess, under_fire
from tests.databases.postgres import PostgresServer
from tests.peer.server import free_port


@pytest.fixture
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServerProcess]:
    """A server over SQLite, or over PostgreSQL where the test says so."""
    options: list[str] = []
    if "postgres_to_kill" in request.fixturenames or getattr(request, "param", "") == "postgres":
        options = ["--backend-store-uri", request.getfixturevalue("postgres_uri")]
    process = ServerProcess(tmp_path, *options)
    process.start()
    yield process
    process.end(signal.SIGKILL)


def test_the_database_crashes_and_rests_under_load(server: ServerProcess, postgres_to_kill: PostgresServer) -> None:
    def fire() -> None:
        postgres_to_kill.stop("immediate")
        postgres_to_kill.start()
        time.sleep(0.5)
        postgres_to_kill.stop("fast")
        time.sleep(2)
        postgres_to_kill.start()

    clients = under_fire(server, fire)
    assert {status for client in clients for status in client.refusals} == {503}
    # Refused at once while the database is away, not after a wait for it.
    assert max(client.slowest for client in clients) < 10


@pytest.mark.parametrize("server", ["sqlite", "postgres"], indirect=True)
def test_the_server_is_stopped_and_killed_under_load(server: ServerProcess) -> None:
    def fire() -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            server.end(number)
            server.start()
            time.sleep(0.3)

    clients = under_fire(server, fire)
    assert sum(len(client.acknowledged) for client in clients) > 50
    rows = Client(server).ask("POST", "runs/search", {"experiment_ids": ["0"], "max_results": 50_000})["runs"]
    created = [run_id for client in clients for run_id in client.runs]
    assert len(created) == len(set(created))
    assert set(created) <= {row["info"]["run_id"] for row in rows}


def test_a_session_that_an_operator_ends_is_replaced(server: ServerProcess, postgres_to_kill: PostgresServer) -> None:
    client = Client(server)
    client.create_run()
    with psycopg.connect(postgres_to_kill.uri, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'test_%'")
    for _ in range(3):
        client.create_run()
    assert client.refusals == set()


def test_a_lock_of_somebody_else_is_a_503_and_not_a_hang(
    server: ServerProcess, postgres_uri: str, postgres_to_kill: PostgresServer
) -> None:
    client = Client(server)
    run_id = client.create_run()
    done = threading.Event()
    with psycopg.connect(postgres_uri) as connection:
        connection.execute("SELECT id FROM runs FOR UPDATE")

        def write() -> None:
            client.ask("POST", "runs/set-tag", {"run_id": run_id, "key": "k", "value": "v"})
            done.set()

        thread = threading.Thread(target=write)
        thread.start()
        end = time.monotonic() + 30
        while 503 not in client.refusals:
            assert time.monotonic() < end
            time.sleep(0.05)
        # Readers go on meanwhile.
        assert Client(server).ask("GET", f"runs/get?run_id={run_id}")["run"]["info"]["run_id"] == run_id
        assert not done.is_set()
        connection.rollback()
    thread.join()
    assert client.ask("GET", f"runs/get?run_id={run_id}")["run"]["data"]["tags"][0] == {"key": "k", "value": "v"}


def test_a_database_that_is_away_at_the_start_is_one_sentence(tmp_path: Path) -> None:
    uri = f"postgresql://ada:secret@127.0.0.1:{free_port()}/runs"
    with pytest.raises(Unavailable, match=r"^The database at 127.0.0.1:\d+/runs does not answer: ") as refused:
        open_store(uri)
    assert "secret" not in refused.value.message


def test_many_rows_survive_a_kill_without_a_server(server: ServerProcess, tmp_path: Path) -> None:
    """The folder that the killed server leaves opens directly and holds the same."""
    client = Client(server)
    for _ in range(20):
        client.create_run()
    server.end(signal.SIGKILL)
    store = open_store(str(tmp_path / "mlruns"))
    assert store.send(GetRunRows(experiment_ids=["0"])).total == 20
    store.close()


def test_a_pool_that_is_empty_refuses_soon_and_fills_again(postgres_uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowmill.store.sql.postgres._WAIT_SECONDS", 0.2)
    database = PostgresDatabase(postgres_uri)
    with ExitStack() as stack:
        for _ in range(16):
            stack.enter_context(database.reading())
        with pytest.raises(Unavailable, match=r"^All 16 connections to the database are in use"), database.reading():
            pass
    with database.reading() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    database.close()
