"""The store that holds the data itself, in SQLite or PostgreSQL."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from flowmill.entities.caller import NOBODY, Caller
from flowmill.errors import NotFound, Unavailable
from flowmill.store.sql.at_once import AtOnce
from flowmill.store.sql.dialect import Dialect
from flowmill.store.sql.handler import Failure
from flowmill.store.sql.handlers import handling_of
from flowmill.store.sql.kept import Kept
from flowmill.store.sql.migrations import migrate
from flowmill.store.sql.places import Places
from flowmill.store.sql.secrets import Secrets
from flowmill.store.sql.transaction import Transaction
from flowmill.wire.codec import encode_answer
from flowmill.wire.operation import OPERATIONS, Request

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

    from flowmill.store.sql.readers import Readers
    from flowmill.store.sql.writer import Asked, GroupWriter

T = TypeVar("T")

# What many callers at once need is loaded with the first of them: a script that logs needs none of it.

_OUTSIDE = 4
"""Threads for what asks the network before the database."""
_MOST_TRIES = 3
"""How often a write is tried that others are in the way of."""


class Database(Protocol):
    """What SQLite and PostgreSQL offer the engine."""

    @property
    def dialect(self) -> Dialect:
        """What the database says its own way."""
        ...

    @property
    def is_near(self) -> bool:
        """Whether reading a row takes microseconds and waits for nobody."""
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

    def hide_place(self) -> None:
        """Do not say in errors where the database is: they go to strangers."""
        ...

    def failed(self, error: Exception) -> bool:
        """Whether an error says that the database does not work, not that a request is wrong."""
        ...

    def may_repeat(self, error: Exception) -> bool:
        """Whether an error says that others were in the way, so that the same again may well succeed."""
        ...

    def translated(self, error: Exception) -> Exception:
        """An error of the database's driver as a caller may see it; a defect stays what it is."""
        ...

    def connections(self) -> tuple[int, int, int]:
        """How many connections are open, how many of them idle, and how many requests wait for one."""
        ...

    def close(self) -> None:
        """Give the connections back."""
        ...

    key_file: Path | None
    """Where the key lies that encrypts what is secret in it; None for the user's configuration folder."""

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
    one commit: what a server with many clients wants. ``replica``: a copy of the database that answers reads;
    it may lag behind, so what is not there yet is looked for in the database itself.
    """

    def __init__(
        self,
        database: Database,
        places: Places,
        *,
        clock: Callable[[], int] = system_clock,
        new_id: Callable[[], str] = random_id,
        replica: Database | None = None,
        caller: Caller = NOBODY,
    ) -> None:
        self._database = database
        self._replica = replica
        self._places = places
        self._clock = clock
        self._new_id = new_id
        self._kept = Kept()
        self.most_waiting_writes: int | None = None
        """How many writes may wait; set before the first is submitted."""
        self._caller = caller
        self.wake: Callable[[str], None] = lambda chore: None
        """Told the names of chores that a committed change gave something to do."""
        self.secrets = Secrets(database.key_file)
        """Encrypts what is kept and never answered."""
        self._writer: GroupWriter | None = None
        self._readers: Readers | None = None
        self._at_once = AtOnce()
        self._outside: ThreadPoolExecutor | None = None
        self._may_reach_out = threading.Semaphore(4 * _OUTSIDE)
        self.kind = database.dialect.name
        database.prepare = self._migrate
        try:
            self._migrate()
        except BaseException:
            database.close()
            raise

    def _migrate(self) -> None:
        with self._database.migrating() as connection:
            migrate(self._transaction(connection))

    def hide_place(self) -> None:
        """Do not say in errors where the database is: they go to strangers."""
        self._database.hide_place()
        if self._replica is not None:
            self._replica.hide_place()

    def send(self, request: Request[T], caller: Caller | None = None) -> T:
        """Carry out a request of ``caller``, or of the store's own; what it changes is durable when this returns."""
        how = handling_of(type(request))
        if how.reaching is not None:
            return how.reaching(self, request, caller)
        work = self.write if OPERATIONS[type(request)].writes else self.read
        return work(lambda tx: how.alone(tx, request), caller)

    def write(self, work: Callable[[Transaction], T], caller: Caller | None = None) -> T:
        """What ``work`` returns; all that it changes is committed, or nothing. For requests and a server's chores."""
        for left in range(_MOST_TRIES - 1, -1, -1):
            try:
                with self._database.writing() as connection:
                    tx = self._transaction(connection, caller)
                    result = work(tx)
            except Unavailable as error:
                if not (left and self._others_were_in_the_way(error)):
                    raise
            else:
                self._wake(tx.wakes)
                return result
        raise AssertionError("the loop returns or raises")

    def read(self, work: Callable[[Transaction], T], caller: Caller | None = None) -> T:
        """What ``work`` returns of the database at one moment."""
        if self._replica is not None:
            try:
                with self._replica.reading() as connection:
                    return work(self._transaction(connection, caller))
            except NotFound:  # what was just made may not be there yet
                pass
        with self._database.reading() as connection:
            tx = self._transaction(connection, caller)
            result = work(tx)
        self._wake(tx.wakes)
        return result

    def check(self) -> None:
        """Ask the database, and the replica, for an answer; Unavailable if one has none."""
        for database in filter(None, (self._database, self._replica)):
            with database.reading() as connection:
                connection.execute("SELECT 1")

    def waiting(self) -> tuple[int, int]:
        """How many submitted writes and reads have not begun yet."""
        writes = self._writer.waiting() if self._writer is not None else 0
        return writes, self._readers.waiting() if self._readers is not None else 0

    def connections(self) -> tuple[int, int, int]:
        """How many connections are open, how many of them idle, and how many requests wait for one."""
        return self._database.connections()

    def submit(self, request: Request[T], caller: Caller | None = None) -> Future[T]:
        """Carry out a request on another thread; writes that wait together are committed together.

        Unavailable when more wait already than could be answered soon.
        """
        if handling_of(type(request)).reaching is not None:
            return self._reach_out(request, caller)
        if OPERATIONS[type(request)].writes:
            return self._group_writer().submit((request, caller))
        return self._reading_threads().submit(self.send, request, caller)

    async def answer(self, request: Request[Any], caller: Caller | None = None) -> bytes:
        """The same from an event loop, as the JSON that answers the request."""
        operation = OPERATIONS[type(request)]
        if handling_of(type(request)).reaching is not None:
            import asyncio  # a script without a server does not pay for it

            return encode_answer(operation, await asyncio.wrap_future(self._reach_out(request, caller)))
        if operation.writes:
            return encode_answer(operation, await self._group_writer().ask((request, caller)))
        if self._replica is None and self._database.is_near and self._at_once.takes(type(request)):
            return self._at_once.read(lambda: self._json(request, caller), type(request))
        # A long answer is encoded where it was read: the loop has others to serve.
        return await self._reading_threads().ask(self._json, request, caller)

    def _json(self, request: Request[Any], caller: Caller | None) -> bytes:
        if (ready := handling_of(type(request)).ready) is not None:
            return self.read(lambda tx: ready(tx, request), caller)
        return encode_answer(OPERATIONS[type(request)], self.send(request, caller))

    def _reading_threads(self) -> Readers:
        if self._readers is None:
            from flowmill.store.sql.readers import Readers

            self._readers = Readers()
        return self._readers

    def _reach_out(self, request: Request[T], caller: Caller | None) -> Future[T]:
        """On threads of their own, so that a slow network holds up nobody else."""
        if self._outside is None:
            from concurrent.futures import ThreadPoolExecutor

            self._outside = ThreadPoolExecutor(_OUTSIDE, thread_name_prefix="flowmill-outside")
        if not self._may_reach_out.acquire(blocking=False):
            raise Unavailable("Too many requests wait for the network at once; try again in some seconds.")
        future = self._outside.submit(self.send, request, caller)
        future.add_done_callback(lambda done: self._may_reach_out.release())
        return future

    def _group_writer(self) -> GroupWriter:
        if self._writer is None:
            from flowmill.store.sql.writer import MOST_WAITING, GroupWriter

            most = self.most_waiting_writes
            self._writer = GroupWriter(self.send_group, MOST_WAITING if most is None else most)
        return self._writer

    def send_group(self, asked: Sequence[Asked]) -> list[Any]:
        """Carry out writes in one transaction: for each its result, or the error that undid it alone."""
        try:
            return self._send_together(asked)
        except Exception as error:
            blocked = isinstance(error, Unavailable) and self._others_were_in_the_way(error)
            if not blocked and (self._database.failed(error) or isinstance(error, Unavailable)):
                raise  # the whole group has failed
            if not blocked and len(asked) == 1:
                return [Failure(error)]
        if not blocked:
            try:
                # One of them is at fault: what the others did was undone with it, and is done again one by one.
                return self._send_one_by_one(asked)
            except Unavailable as error:
                if not self._others_were_in_the_way(error):
                    raise
        # The groups of two servers wait for each other: alone, each write holds only what it needs itself.
        return [self._alone(request, caller) for request, caller in asked]

    def _send_together(self, asked: Sequence[Asked]) -> list[Any]:
        results: list[Any] = []
        wakes: set[str] = set()
        with self._database.writing() as connection:
            for together, some in groupby(asked, lambda each: handling_of(type(each[0])).together):
                if together is not None:
                    requests, callers = zip(*some, strict=True)
                    callers = [caller or self._caller for caller in callers]
                    results += together(self._transaction(connection), requests, callers)
                    continue
                for request, caller in some:
                    tx = self._transaction(connection, caller)
                    results.append(handling_of(type(request)).alone(tx, request))
                    wakes |= tx.wakes
        self._wake(wakes)
        return results

    def _send_one_by_one(self, asked: Sequence[Asked]) -> list[Any]:
        results: list[Any] = []
        wakes: set[str] = set()
        with self._database.writing() as connection:
            for request, caller in asked:
                connection.execute("SAVEPOINT one")
                tx = self._transaction(connection, caller)
                try:
                    results.append(handling_of(type(request)).alone(tx, request))
                    wakes |= tx.wakes
                except Exception as error:
                    if self._database.failed(error) or self._database.may_repeat(error):
                        raise  # the whole group has failed
                    connection.execute("ROLLBACK TO SAVEPOINT one")
                    results.append(Failure(self._database.translated(error)))
                connection.execute("RELEASE SAVEPOINT one")
        self._wake(wakes)
        return results

    def _alone(self, request: Request[Any], caller: Caller | None) -> Any:
        try:
            return self.write(lambda tx: handling_of(type(request)).alone(tx, request), caller)
        except Exception as error:
            return Failure(error)

    def _others_were_in_the_way(self, error: Unavailable) -> bool:
        return isinstance(error.__cause__, Exception) and self._database.may_repeat(error.__cause__)

    def close(self) -> None:
        """Finish what was submitted, then give back threads and connections."""
        if self._writer is not None:
            self._writer.close()
        if self._readers is not None:
            self._readers.close()
        if self._outside is not None:
            self._outside.shutdown(wait=False, cancel_futures=True)
        self._database.close()
        if self._replica is not None:
            self._replica.close()

    def _wake(self, chores: set[str]) -> None:
        for chore in chores:
            self.wake(chore)

    def _transaction(self, connection: Any, caller: Caller | None = None) -> Transaction:
        who = caller or self._caller
        dialect = self._database.dialect
        return Transaction(connection, dialect, self._places, self._clock, self._new_id, self._kept, who)
