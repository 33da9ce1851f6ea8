"""PostgreSQL 15 or newer, through psycopg and a bounded pool."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from flowmill.errors import FlowmillError, Invalid, Unavailable
from flowmill.store.sql.dialect import PostgresDialect

_POOL_SIZE = 10
_WAIT_SECONDS = 10.0
_MIGRATION_LOCK = 0x666C6F776D696C6C
"""Key of the advisory lock that one migrating process holds: ``flowmill`` in ASCII."""


_SETTINGS = (
    # What is asked here is short: compiling it takes longer than running it.
    "SET jit = off",
    "SET max_parallel_workers_per_gather = 0",
    # Databases lie on disks without heads: a look-up through an index costs about what reading on does.
    "SET random_page_cost = 1.1",
)


def _configure(connection: Any) -> None:
    for setting in _SETTINGS:
        connection.execute(setting)
    connection.commit()


class PostgresDatabase:
    """A database by its URI."""

    def __init__(self, uri: str) -> None:
        try:
            import psycopg
            import psycopg_pool
        except ImportError:
            raise Invalid("PostgreSQL needs psycopg: run `pip install 'flowmill[server]'` and try again.") from None

        # What the pool would log is in the error that is raised.
        logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)
        self.dialect = PostgresDialect()
        self.prepare: Callable[[], None] = lambda: None
        self._errors = (psycopg.OperationalError, psycopg_pool.PoolTimeout)
        self._host = uri.rpartition("@")[2]  # never the password
        self._pool: psycopg_pool.ConnectionPool[Any] = psycopg_pool.ConnectionPool(
            uri, min_size=1, max_size=_POOL_SIZE, timeout=_WAIT_SECONDS, open=False, check=None, configure=_configure
        )
        self._pool.open()

    @contextmanager
    def writing(self) -> Generator[Any]:
        """A write transaction, committed when the block ends well; what it wrote is then durable."""
        with self._translated(), self._pool.connection() as connection, connection.transaction():
            yield connection

    @contextmanager
    def migrating(self) -> Generator[Any]:
        """A write transaction that holds the migration lock: of many processes one migrates, the others wait."""
        with self.writing() as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_MIGRATION_LOCK,))
            yield connection

    @contextmanager
    def reading(self) -> Generator[Any]:
        """A read transaction: everything in it sees the database at one moment."""
        with self._translated(), self._pool.connection() as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield connection

    def failed(self, error: Exception) -> bool:
        """Whether an error says that the database does not work, not that a request is wrong."""
        return isinstance(error, self._errors)

    def close(self) -> None:
        """Close the pool."""
        self._pool.close()

    @contextmanager
    def _translated(self) -> Generator[None]:
        try:
            yield
        except FlowmillError:
            raise
        except self._errors as error:
            first_line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise Unavailable(f"The database at {self._host} does not answer: {first_line}.") from error
