"""SQLite, embedded: one writer at a time over all processes, readers beside it."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
import weakref
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from flowmill.errors import Invalid, Unavailable
from flowmill.search.values import like, number_of
from flowmill.store.sql.dialect import SqliteDialect
from flowmill.store.sql.filesystem import is_on_network

try:
    import fcntl
except ImportError:  # Windows: SQLite's own locking has to do
    fcntl = None

_BUSY_SECONDS = 60.0
_MOST_IDLE = 8


class SqliteDatabase:
    """A database file, or one in memory when ``path`` is None.

    Writers of all processes queue up at a lock file beside the database: SQLite's own busy waiting starves
    some of them. Readers take a connection from a pool and give it back. ``on_network``: whether the file may be
    open on other machines too; None looks.
    """

    def __init__(self, path: Path | None, *, on_network: bool | None = None) -> None:
        self.path = path
        self._network = path is not None and (is_on_network(path) if on_network is None else on_network)
        self._name = f"database {path}"
        self.dialect = SqliteDialect()
        self.key_file = path.with_name(f"{path.name}-key") if path is not None else None
        self._write_lock = threading.RLock()
        self._writer: sqlite3.Connection | None = None
        self._lock_file: int | None = None
        self._idle: list[sqlite3.Connection] = []
        self._reading = 0
        self._calm = threading.Condition()
        """Guards the pool; told when no reader is at work."""
        self._identity: tuple[int, int] | None = None
        """Device and inode of the file that is open."""
        self.prepare: Callable[[], None] = lambda: None
        """Makes the tables of a new file."""
        _DATABASES.add(self)

    @property
    def is_near(self) -> bool:
        """A file of this machine, whose readers and writer are in nobody's way."""
        return self.path is not None and not self._network

    @contextmanager
    def writing(self) -> Generator[sqlite3.Connection]:
        """A write transaction, committed when the block ends well; what it wrote is then durable."""
        self._start_afresh_if_deleted()
        with self._write_lock, self._translated(), self._process_lock():
            if self._writer is None:
                # Within the lock: whoever is first flushes the new file, and SQLite's own waiting has an end.
                self._writer = self._connect()
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
        if self.path is None:  # a database in memory belongs to its one connection
            with self.writing() as connection:
                yield connection
            return
        self._start_afresh_if_deleted()
        with self._translated(), self._reader() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    def hide_place(self) -> None:
        """Do not say in errors where the database is: they go to strangers."""
        self._name = "database"

    def failed(self, error: Exception) -> bool:
        """Whether an error says that the database does not work, not that a request is wrong."""
        return isinstance(error, sqlite3.OperationalError | OSError)

    def may_repeat(self, error: Exception) -> bool:
        """Never: whoever writes has the database alone."""
        return False

    def translated(self, error: Exception) -> Exception:
        """The error as a caller may see it; a defect stays what it is."""
        if isinstance(error, UnicodeEncodeError):
            return Invalid("A text holds half of a surrogate pair, which is no character; remove it.")
        if isinstance(error, sqlite3.OperationalError | OSError):
            return Unavailable(_sentence(self._name, error))
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(
            error, sqlite3.IntegrityError | sqlite3.ProgrammingError
        ):
            return Unavailable(f"The {self._name} is no SQLite database or is damaged ({error}).")
        return error

    def _start_afresh_if_deleted(self) -> None:
        """Open connections to a deleted file still work, but what they write is gone: look at the path again."""
        if self.path is None or not self._is_deleted(self.path):
            return
        with self._write_lock, self._translated():
            if not self._is_deleted(self.path):
                return  # another thread was here first
            self._pause()
            self._identity = None
            self._resume()
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.prepare()

    def _is_deleted(self, path: Path) -> bool:
        return self._identity is not None and self._identity != _identity_of(path)

    def connections(self) -> tuple[int, int, int]:
        """How many connections are open, how many of them idle; nobody waits for one."""
        idle = len(self._idle)
        return idle + self._reading + (self._writer is not None), idle, 0

    def close(self) -> None:
        """Close every connection once nobody uses it; the next use opens new ones."""
        with self._write_lock:
            if self._writer is not None:
                self._queue_up()  # the last to close has the file alone while it empties the log
            self._pause()  # closes the lock file, too
            self._resume()

    @contextmanager
    def _reader(self) -> Generator[sqlite3.Connection]:
        with self._calm:
            connection = self._idle.pop() if self._idle else None
            self._reading += 1
        try:
            if connection is None:
                connection = self._connect()
            yield connection
        finally:
            with self._calm:
                self._reading -= 1
                if connection is not None and not connection.in_transaction and len(self._idle) < _MOST_IDLE:
                    self._idle.append(connection)
                elif connection is not None:
                    connection.close()
                self._calm.notify_all()

    def _pause(self) -> None:
        """Wait until nobody reads or writes, let nobody begin, and close everything."""
        self._write_lock.acquire()
        self._calm.acquire()
        self._calm.wait_for(lambda: self._reading == 0)
        for connection in self._idle:
            connection.close()
        self._idle.clear()
        if self._writer is not None and self.path is not None:
            self._writer.close()
            self._writer = None
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None

    def _resume(self) -> None:
        self._calm.release()
        self._write_lock.release()

    def _renew(self) -> None:
        """In a child: the locks that the parent's thread took belong to no thread here."""
        self._write_lock = threading.RLock()
        self._calm = threading.Condition()

    def _connect(self) -> sqlite3.Connection:
        target = ":memory:" if self.path is None else str(self.path)
        connection = sqlite3.connect(
            target, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        # The write-ahead log's index is memory that processes share, which those of two machines cannot.
        connection.execute(f"PRAGMA journal_mode={'TRUNCATE' if self._network else 'WAL'}")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA cache_size=-16000")
        # A long read lets the log grow; afterwards it gives the room back.
        connection.execute("PRAGMA journal_size_limit=67108864")
        if self.path is not None:
            self._identity = _identity_of(self.path)
        connection.create_function("flowmill_like", 2, _like, deterministic=True)
        connection.create_function("flowmill_ilike", 2, _ilike, deterministic=True)
        connection.create_function("flowmill_number", 1, number_of, deterministic=True)
        return connection

    @contextmanager
    def _process_lock(self) -> Generator[None]:
        handle = self._queue_up()
        try:
            yield
        finally:
            if handle is not None and fcntl is not None:
                fcntl.flock(handle, fcntl.LOCK_UN)

    def _queue_up(self) -> int | None:
        """Wait for the turn of this process; the file whose lock is its turn, None where there is no such thing."""
        if self.path is None or fcntl is None:
            return None
        if self._lock_file is None:
            self._lock_file = os.open(_lock_beside(self.path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        fcntl.flock(self._lock_file, fcntl.LOCK_EX)
        return self._lock_file

    @contextmanager
    def _translated(self) -> Generator[None]:
        try:
            yield
        except (UnicodeEncodeError, sqlite3.Error, OSError) as error:
            shown = self.translated(error)
            if shown is error:
                raise
            raise shown from error


def _lock_beside(path: Path) -> Path:
    return path.with_name(f"{path.name}-lock")


@contextmanager
def turn_at(path: Path) -> Generator[None]:
    """The turn of this process at a database that may be somebody else's, beside which no lock file is made."""
    try:
        handle = os.open(_lock_beside(path), os.O_RDWR | os.O_CLOEXEC) if fcntl is not None else None
    except FileNotFoundError:
        handle = None
    try:
        if handle is not None and fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _identity_of(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


_DATABASES: weakref.WeakSet[SqliteDatabase] = weakref.WeakSet()


# SQLite's bookkeeping of locks is a process's own and does not survive a fork, whoever opens the connections
# after it. So nothing is open while the process forks; both sides open what they need when they need it.
def _before_fork() -> None:
    for database in sorted(_DATABASES, key=id):
        database._pause()  # pyright: ignore[reportPrivateUsage]


def _after_fork_in_parent() -> None:
    for database in _DATABASES:
        database._resume()  # pyright: ignore[reportPrivateUsage]


def _after_fork_in_child() -> None:
    for database in _DATABASES:
        database._renew()  # pyright: ignore[reportPrivateUsage]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)


def _sentence(name: str, error: Exception) -> str:
    text = str(error)
    if isinstance(error, PermissionError) or "readonly" in text or "read-only" in text.lower():
        return f"Cannot write to the {name}: no write permission. Choose another folder or change its permissions."
    if getattr(error, "errno", 0) in (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK):
        return (
            f"The {name} is on a file system without locks, so that two programs could destroy it: mount it with "
            "locks (NFS: without nolock; Lustre: with flock), or log to a server."
        )
    if "unable to open" in text:
        return f"Cannot open the {name}: check that its folder exists and that you may write to it."
    if "full" in text or getattr(error, "errno", 0) in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"Cannot write to the {name}: the disk is full. Free some space and try again."
    if "locked" in text:
        return f"The {name} was locked by another program for {_BUSY_SECONDS:.0f} s. Try again."
    # The text of an OSError names the file.
    return f"The {name} does not answer: {error.strerror if isinstance(error, OSError) else text}."


def _like(value: str | None, pattern: str) -> bool:
    return value is not None and like(value, pattern)


def _ilike(value: str | None, pattern: str) -> bool:
    return value is not None and like(value, pattern, ignore_case=True)
