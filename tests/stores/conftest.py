"""One suite over every store: SQLite in a file and in memory, PostgreSQL, and the same over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flowmill.artifacts.local import LocalArtifacts
from flowmill.server.app import App
from flowmill.server.files import accept_location
from flowmill.store.base import Store
from flowmill.store.rest import RestStore
from flowmill.store.sql.engine import SqlStore
from flowmill.store.sql.places import Places
from flowmill.store.sql.postgres import PostgresDatabase
from flowmill.store.sql.sqlite import SqliteDatabase
from flowmill.store.sql.transaction import Transaction
from flowmill.testing.memory import memory_store
from flowmill.testing.server import running
from tests.databases.postgres import PostgresServer, new_database, new_schema, oldest_server

PLACES = Places("mlflow-artifacts:/", accept_location)


@pytest.fixture(scope="session")
def oldest_postgres() -> Iterator[PostgresServer]:
    """The oldest PostgreSQL that the system has, which tests may stop and start."""
    with oldest_server() as server:
        yield server


@pytest.fixture
def oldest_postgres_uri(oldest_postgres: PostgresServer) -> str:
    """An empty database on the oldest PostgreSQL."""
    return new_database(oldest_postgres.uri)


@pytest.fixture(params=["sqlite", "memory", "postgres", "oldest_postgres", "rest"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store of each kind."""
    kind = request.param
    if kind == "postgres":
        opened: Store = SqlStore(PostgresDatabase(new_schema(request.getfixturevalue("postgres_server"))), PLACES)
    elif kind == "oldest_postgres":
        opened = SqlStore(PostgresDatabase(new_schema(request.getfixturevalue("oldest_postgres").uri)), PLACES)
    elif kind == "memory":
        opened = memory_store()
    else:
        opened = SqlStore(SqliteDatabase(tmp_path / "flowmill.db"), PLACES)
    if kind != "rest":
        yield opened
        opened.close()
        return
    assert isinstance(opened, SqlStore)
    with running(App(opened, LocalArtifacts(tmp_path / "artifacts"))) as address:
        over_http = RestStore(address)
        yield over_http
        over_http.close()


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many statements ran since the last call."""
    seen: list[Transaction] = []
    original = Transaction.__init__

    def remember(self: Transaction, *args: object) -> None:
        original(self, *args)  # type: ignore[arg-type]
        seen.append(self)

    monkeypatch.setattr(Transaction, "__init__", remember)

    def count() -> int:
        total = sum(transaction.statements for transaction in seen)
        seen.clear()
        return total

    return count
