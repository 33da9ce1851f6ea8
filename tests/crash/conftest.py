"""A server process that tests may kill, and clients that keep asking."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.databases.postgres import PostgresServer, new_database, oldest_server


@pytest.fixture(scope="session")
def postgres_to_kill() -> Iterator[PostgresServer]:
    """A PostgreSQL that tests may stop and start."""
    with oldest_server() as server:
        yield server


@pytest.fixture
def postgres_uri(postgres_to_kill: PostgresServer) -> str:
    """An empty database on it."""
    return new_database(postgres_to_kill.uri)
