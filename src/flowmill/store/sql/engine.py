"""The store that holds the data itself, in SQLite or PostgreSQL."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from flowmill.store.sql.dialect import Dialect
from flowmill.store.sql.handlers import HANDLERS
from flowmill.store.sql.kept import Kept
from flowmill.store.sql.migrations import migrate
from flowmill.store.sql.places import Places
from flowmill.store.sql.transaction import Transaction
from flowmill.store.sql.writer import Failure, GroupWriter
from flowmill.wire.contract import OPERATIONS
from flowmill.wire.operation import Request

T = TypeVar("T")

_READERS = 4


class Database(Protocol):
    """What SQLite and PostgreSQL offer the engine."""

    @property
    def dialect(self) -> Dialect:
        """What the database says its own way."""
        ...

    def writing(self) -> AbstractContextManager[Any]:
        """A write transaction."""
        ...

    def reading(self) -> AbstractContextManager[Any]:
        """A read transaction."""
        ...

    def migrating(self) -> AbstractContextManager[Any]:
        """A write transaction that only one process at a time holds."""
        ...

    def failed(self, error: Exception) -> bool:
        """Whether an error says that the database does not work, not that a request is wrong."""
        ...

    def close(self) -> None:
        """Give the connections back."""
        ...

    prepare: Callable[[], None]
    """What a database calls when it finds itself new while it is open."""


def system_clock() -> int:
    """ms since the epoch, UTC."""
    return time.time_ns() // 1_000_000


def random_id() -> str:
    """32 hexadecimal digits."""
    return uuid.uuid4().hex


class SqlStore:
    """A store over a database; opening it brings the schema up to date.

    `send` works in the caller's thread. `submit` returns at once and groups the writes of many callers into
    one commit: what a server with many clients wants.
    """

    def __init__(
        self,
        database: Database,
        places: Places,
        *,
        clock: Callable[[], int] = system_clock,
        new_id: Callable[[], str] = random_id,
    ) -> None:
        self._database = database
        self._places = places
        self._clock = clock
        self._new_id = new_id
        self._kept = Kept()
        self._writer: GroupWriter | None = None
        self._readers: ThreadPoolExecutor | None = None
        self.kind = database.dialect.name
        database.prepare = self._migrate
        self._migrate()

    def _migrate(self) -> None:
        with self._database.migrating() as connection:
            migrate(self._transaction(connection))

    def send(self, request: Request[T]) -> T:
        """Carry out a request; what it changes is durable when this returns."""
        handler = HANDLERS[type(request)]
        if OPERATIONS[type(request)].writes:
            with self._database.writing() as connection:
                return handler(self._transaction(connection), request)
        with self._database.reading() as connection:
            return handler(self._transaction(connection), request)

    def submit(self, request: Request[T]) -> Future[T]:
        """Carry out a request on another thread; writes that wait together are committed together."""
        if OPERATIONS[type(request)].writes:
            if self._writer is None:
                self._writer = GroupWriter(self.send_group)
            return self._writer.submit(request)
        if self._readers is None:
            self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="flowmill-reader")
        return self._readers.submit(self.send, request)

    def send_group(self, requests: Sequence[Request[Any]]) -> list[Any]:
        """Carry out writes in one transaction: for each its result, or the error that undid it alone."""
        results: list[Any] = []
        with self._database.writing() as connection:
            for request in requests:
                connection.execute("SAVEPOINT one")
                try:
                    results.append(HANDLERS[type(request)](self._transaction(connection), request))
                except Exception as error:
                    if self._database.failed(error):
                        raise  # the whole group has failed
                    connection.execute("ROLLBACK TO SAVEPOINT one")
                    results.append(Failure(error))
                connection.execute("RELEASE SAVEPOINT one")
        return results

    def close(self) -> None:
        """Finish what was submitted, then give back threads and connections."""
        if self._writer is not None:
            self._writer.close()
        if self._readers is not None:
            self._readers.shutdown()
        self._database.close()

    def _transaction(self, connection: Any) -> Transaction:
        return Transaction(connection, self._database.dialect, self._places, self._clock, self._new_id, self._kept)
