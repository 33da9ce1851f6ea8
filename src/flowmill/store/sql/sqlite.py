"""SQLite, embedded: one writer at a time over all processes, readers beside it."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from flowmill.errors import Invalid, Unavailable
from flowmill.search.match import like, number_of
from flowmill.store.sql.dialect import SqliteDialect

try:
    import fcntl
except ImportError:  # Windows: SQLite's own locking has to do
    fcntl = None

_BUSY_SECONDS = 60.0


class SqliteDatabase:
    """A database file, or one in memory when ``path`` is None.

    Writers of all processes queue up at a lock file beside the database: SQLite's own busy waiting starves
    some of them. A connection never survives a fork; the child opens its own.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.dialect = SqliteDialect()
        self._open()

    def _open(self) -> None:
        self._process = os.getpid()
        self._write_lock = threading.RLock()
        self._readers = threading.local()
        self._reader_list: list[sqlite3.Connection] = []
        self._lock_file: int | None = None
        self._writer: sqlite3.Connection | None = None

    @contextmanager
    def writing(self) -> Generator[sqlite3.Connection]:
        """A write transaction, committed when the block ends well; what it wrote is then durable."""
        self._reopen_after_fork()
        with self._write_lock, self._translated():
            if self._writer is None:
                self._writer = self._connect()
            with self._process_lock():
                self._writer.execute("BEGIN IMMEDIATE")
                try:
                    yield self._writer
                    self._writer.execute("COMMIT")
                except BaseException:
                    if self._writer.in_transaction:
                        self._writer.execute("ROLLBACK")
                    raise

    def migrating(self) -> AbstractContextManager[sqlite3.Connection]:
        """A write transaction; of many processes one migrates, the others wait at the lock."""
        return self.writing()

    @contextmanager
    def reading(self) -> Generator[sqlite3.Connection]:
        """A read transaction: everything in it sees the database at one moment."""
        self._reopen_after_fork()
        if self.path is None:  # a database in memory belongs to its one connection
            with self.writing() as connection:
                yield connection
            return
        with self._translated():
            connection = getattr(self._readers, "connection", None)
            if connection is None:
                connection = self._readers.connection = self._connect()
                self._reader_list.append(connection)
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close every connection."""
        if os.getpid() == self._process:
            with self._write_lock:
                for connection in (*self._reader_list, self._writer):
                    if connection is not None:
                        connection.close()
                if self._lock_file is not None:
                    os.close(self._lock_file)
        self._open()

    def _reopen_after_fork(self) -> None:
        if os.getpid() != self._process:
            # The parent's connections are not ours to close: closing would drop the parent's file locks.
            _INHERITED.append((self._writer, self._reader_list))
            self._open()

    def _connect(self) -> sqlite3.Connection:
        target = ":memory:" if self.path is None else str(self.path)
        connection = sqlite3.connect(
            target, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA cache_size=-16000")
        connection.create_function("flowmill_like", 2, _like, deterministic=True)
        connection.create_function("flowmill_ilike", 2, _ilike, deterministic=True)
        connection.create_function("flowmill_number", 1, number_of, deterministic=True)
        return connection

    @contextmanager
    def _process_lock(self) -> Generator[None]:
        if self.path is None or fcntl is None:
            yield
            return
        if self._lock_file is None:
            lock = self.path.with_name(f"{self.path.name}-lock")
            self._lock_file = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        fcntl.flock(self._lock_file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._lock_file, fcntl.LOCK_UN)

    @contextmanager
    def _translated(self) -> Generator[None]:
        try:
            yield
        except UnicodeEncodeError:
            raise Invalid("A text holds half of a surrogate pair, which is no character; remove it.") from None
        except (sqlite3.OperationalError, OSError) as error:
            raise Unavailable(_sentence(self.path, error)) from error
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
                raise
            raise Unavailable(f"{self.path} is not a SQLite database or is damaged ({error}).") from error


_INHERITED: list[Any] = []
"""Connections that a forked child must neither use nor let be closed by the garbage collector."""


def _sentence(path: Path | None, error: Exception) -> str:
    text = str(error)
    if isinstance(error, PermissionError) or "readonly" in text or "read-only" in text.lower():
        return f"Cannot write to {path}: no write permission. Choose another folder or change its permissions."
    if "unable to open" in text:
        return f"Cannot open the database {path}: check that its folder exists and that you may write to it."
    if "full" in text:
        return f"Cannot write to {path}: the disk is full. Free some space and try again."
    if "locked" in text:
        return f"The database {path} was locked by another program for {_BUSY_SECONDS:.0f} s. Try again."
    return f"The database {path} does not answer: {text}."


def _like(value: str | None, pattern: str) -> bool:
    return value is not None and like(value, pattern)


def _ilike(value: str | None, pattern: str) -> bool:
    return value is not None and like(value, pattern, ignore_case=True)
