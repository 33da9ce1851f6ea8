"""PostgreSQL 15 or newer, through psycopg and a bounded pool.

The database may restart or vanish at any time. A transaction begins with a statement of its own: if that fails, the
connection was dead and a new one is made, which is safe because nothing was done. What fails later is told to the
caller as `Unavailable`; a commit whose answer was lost is told so too, since it may have happened.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flowmill.errors import Conflict, Invalid, Unavailable
from flowmill.store.sql.dialect import PostgresDialect
from flowmill.store.sql.pool import Pool

_POOL_SIZE = 16
_WAIT_SECONDS = 3.0
_LOCK_SECONDS = 5
_READ_SECONDS = 30
_WRITE_SECONDS = 60
_MIGRATION_LOCK = 0x666C6F776D696C6C
"""Key of the advisory lock that one migrating process holds: ``flowmill`` in ASCII."""

_STATES_OF_FAILURE = ("08", "53", "57", "58", "XX")
"""Classes of SQLSTATE: connection, resources, an operator's intervention, the system, internal errors."""
_MORE_OF_THEM = ("25006", "25P03")
"""A database that only reads, as after a failover, and a session that was ended."""
_STOPPED = "57014"
"""A statement that took too long: its transaction can go on."""

# The limits go with each transaction, not with the session, so that they hold behind a proxy that hands one
# session to many clients (PgBouncer).
_BEGIN_WRITING = (
    f"BEGIN; SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'; SET LOCAL statement_timeout = '{_WRITE_SECONDS}s'"
)
_BEGIN_READING = (
    f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = '{_READ_SECONDS}s'; "
    # What is asked here is short, so that compiling or sharing it takes longer than doing it; and on disks without
    # heads a look-up through an index costs about what reading on does.
    "SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL random_page_cost = 1.1"
)
_BEGIN_MIGRATING = "BEGIN; SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0"


class PostgresDatabase:
    """A database by its URI."""

    def __init__(self, uri: str) -> None:
        try:
            import psycopg
            from psycopg.conninfo import conninfo_to_dict
        except ImportError:
            raise Invalid("PostgreSQL needs psycopg: run `pip install 'flowmill[server]'` and try again.") from None

        self.dialect = PostgresDialect()
        self.key_file: Path | None = None
        self.prepare: Callable[[], None] = lambda: None
        self._errors = psycopg.errors  # with psycopg's own classes, such as OperationalError
        self._name = f"database at {uri.rpartition('@')[2].partition('?')[0]}"  # never the password
        self._hidden = False
        # A network that swallows packets must not hang a request: libpq's own limits, unless the URI has others.
        limits: dict[str, Any] = {
            "connect_timeout": "5",
            "tcp_user_timeout": "15000",
            "keepalives_idle": "15",
            "keepalives_interval": "5",
            "keepalives_count": "3",
        }
        uri = f"postgresql{uri[uri.index(':') :]}"  # a driver in the scheme is SQLAlchemy's (postgresql+psycopg2)
        try:
            chosen = conninfo_to_dict(uri)
        except psycopg.ProgrammingError as error:
            raise Invalid(
                f"This is no URI of a PostgreSQL database ({str(error).strip()}): "
                "expected postgresql://user:password@host:port/name."
            ) from None
        limits |= {name: value for name, value in chosen.items() if name in limits}
        self._pool = Pool(lambda: psycopg.connect(uri, autocommit=True, **limits), _POOL_SIZE, _WAIT_SECONDS)

    def has_table(self, *names: str) -> bool:
        """Whether the database has all of these tables."""
        with self.reading() as connection:
            return all(connection.execute("SELECT to_regclass(%s)", (name,)).fetchone()[0] for name in names)

    @property
    def is_near(self) -> bool:
        """Never: it is another process, if not another machine."""
        return False

    @contextmanager
    def writing(self) -> Generator[Any]:
        """A write transaction, committed when the block ends well; what it wrote is then durable."""
        with self._transaction(_BEGIN_WRITING) as connection:
            yield connection

    @contextmanager
    def migrating(self) -> Generator[Any]:
        """A write transaction that holds the migration lock: of many processes one migrates, the others wait."""
        with self._transaction(_BEGIN_MIGRATING) as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_MIGRATION_LOCK,))
            yield connection

    @contextmanager
    def reading(self) -> Generator[Any]:
        """A read transaction: everything in it sees the database at one moment."""
        with self._transaction(_BEGIN_READING) as connection:
            yield connection

    def hide_place(self) -> None:
        """Do not say in errors where the database is: they go to strangers."""
        self._name = "database"
        self._hidden = True

    def failed(self, error: Exception) -> bool:
        """Whether an error says that the database does not work, not that a request is wrong."""
        if isinstance(error, self._errors.InterfaceError):
            return True  # the connection is closed
        if not isinstance(error, self._errors.Error):
            return False
        state = error.sqlstate
        if state is None:
            return isinstance(error, self._errors.OperationalError)
        return (state[:2] in _STATES_OF_FAILURE or state in _MORE_OF_THEM) and state != _STOPPED

    def may_repeat(self, error: Exception) -> bool:
        """Whether an error says that others were in the way, so that the same again may well succeed."""
        return isinstance(error, self._errors.DeadlockDetected | self._errors.SerializationFailure)

    def translated(self, error: Exception) -> Exception:
        """The error as a caller may see it; a defect stays what it is."""
        if isinstance(error, self._errors.UniqueViolation):
            return Conflict("Somebody else wrote the same at the same moment. Look again and try once more.")
        if isinstance(error, self._errors.QueryCanceled):
            return Invalid(f"This took the database more than {_READ_SECONDS} s and was stopped; ask for less at once.")
        if isinstance(error, self._errors.LockNotAvailable):
            return Unavailable(f"Another program has locked what is to be written for {_LOCK_SECONDS} s. Try again.")
        if isinstance(error, self._errors.DiskFull):
            return Unavailable(f"The disk of the {self._name} is full. Free some space and try again.")
        if isinstance(error, UnicodeEncodeError) or (
            isinstance(error, self._errors.DataError) and error.sqlstate is None
        ):
            return Invalid("A text holds a NUL character, or half of a surrogate pair; remove it.")
        if self.may_repeat(error):
            return Unavailable("Others write the same at this moment. Try again.")
        if not self.failed(error):
            return error
        if self._hidden:  # the driver's words name hosts and ports
            return Unavailable("The database does not answer. Try again.")
        first_line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        return Unavailable(f"The {self._name} does not answer: {first_line}.")

    def connections(self) -> tuple[int, int, int]:
        """How many connections are open, how many of them idle, and how many requests wait for one."""
        return self._pool.state()

    def close(self) -> None:
        """Close the pool."""
        self._pool.close()

    @contextmanager
    def _transaction(self, begin: str) -> Generator[Any]:
        connection = self._begun(begin)
        works = True
        try:
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException as error:
                works = isinstance(error, Exception) and not self.failed(error)
                if works:
                    connection.execute("ROLLBACK")
                raise
        except (self._errors.Error, UnicodeEncodeError) as error:
            shown = self.translated(error)
            if shown is error:
                raise
            raise shown from error
        finally:
            self._pool.give_back(connection, works=works and not connection.broken and _is_idle(connection))

    def _begun(self, begin: str) -> Any:
        """A connection on which a transaction has begun; one that turns out to be dead is replaced once."""
        for first in (True, False):
            connection = self._taken()
            try:
                # Several statements at once cannot be prepared.
                connection.execute(begin, prepare=False)
            except BaseException as error:
                self._pool.give_back(connection, works=False)
                if isinstance(error, Exception) and self.failed(error):
                    if first:
                        continue
                    raise self.translated(error) from error
                raise
            return connection
        raise AssertionError("the loop returns or raises")

    def _taken(self) -> Any:
        try:
            return self._pool.take()
        except self._errors.Error as error:
            raise self.translated(error) from error


def _is_idle(connection: Any) -> bool:
    return connection.info.transaction_status.name == "IDLE"
