"""One suite over every store: SQLite in a file and in memory, PostgreSQL, and the same over HTTP."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
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
from flowmill.testing.memory import memory_store
from flowmill.testing.server import running

PLACES = Places("mlflow-artifacts:/", accept_location)

_numbers = itertools.count()


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
