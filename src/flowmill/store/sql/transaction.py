"""What a handler works with: one transaction of one database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from flowmill.entities.caller import NOBODY, Caller
from flowmill.pace import breathe
from flowmill.store.sql.dialect import Columns, Dialect, ManyRows
from flowmill.store.sql.kept import Kept
from flowmill.store.sql.places import Places

Row = tuple[Any, ...]


class Cursor(Protocol):
    """What sqlite3 and psycopg cursors have in common."""

    rowcount: int

    def fetchone(self) -> Row | None:
        """The next row."""
        ...

    def fetchall(self) -> list[Row]:
        """All rows that are left."""
        ...


class Connection(Protocol):
    """What sqlite3 and psycopg connections have in common here."""

    def execute(self, sql: str, arguments: Sequence[Any] = (), /) -> Cursor:
        """Run one statement."""
        ...

    def cursor(self) -> Any:
        """Something with ``executemany``."""
        ...


class Transaction:
    """One open transaction. ``statements`` counts what was run, so that tests can hold the count."""

    def __init__(
        self,
        connection: Connection,
        dialect: Dialect,
        places: Places,
        clock: Callable[[], int],
        new_id: Callable[[], str],
        kept: Kept | None = None,
        caller: Caller = NOBODY,
    ) -> None:
        self.connection = connection
        self.dialect = dialect
        self.places = places
        self.now = clock
        """Now, in ms since the epoch, UTC."""
        self.new_id = new_id
        """A new id of 32 hexadecimal digits."""
        self.caller = caller
        """Who asks for what is done in it."""
        self.wakes: set[str] = set()
        """Chores of a server that have something to do once this is committed."""
        self.kept = kept or Kept()
        """Numbers that were found before, by this store."""
        self.statements = 0

    def run(self, sql: str, arguments: Sequence[Any] = ()) -> int:
        """Run a statement; how many rows it changed."""
        self.statements += 1
        breathe()
        return self.connection.execute(self.dialect.sql(sql), arguments).rowcount

    def run_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement for each row of arguments."""
        self.statements += 1
        breathe()
        self.connection.cursor().executemany(self.dialect.sql(sql), rows)

    def insert_many(self, table: str, columns: Columns, rows: Sequence[Sequence[Any]], conflict: str = "") -> None:
        """Insert rows; ``conflict`` ends the statement, and no two rows may be in conflict with each other."""
        if rows:
            self._run_for(self.dialect.insert_many(table, columns, conflict), rows, columns)

    def update_many(self, table: str, key: Columns, columns: Columns, rows: Sequence[Sequence[Any]]) -> None:
        """Update the row of each key; a row of arguments is the key, then the new values."""
        if rows:
            self._run_for(self.dialect.update_many(table, key, columns), rows, key + columns)

    def _run_for(self, statement: ManyRows, rows: Sequence[Sequence[Any]], columns: Columns) -> None:
        if statement.at_once:
            self.run(statement.sql, self.dialect.hand_in(rows, columns))
        elif len(rows) == 1:
            self.run(statement.sql, rows[0])
        else:
            self.run_many(statement.sql, rows)

    def all_given(self, sql: str, columns: Columns, rows: Sequence[Sequence[Any]]) -> list[Row]:
        """All rows of a query in which ``{given}`` is a relation of that name: the rows that are handed in."""
        if not rows:
            return []
        text = sql.replace("{given}", self.dialect.given("given", columns))
        return self.all(text, self.dialect.hand_in(rows, columns))

    def all(self, sql: str, arguments: Sequence[Any] = ()) -> list[Row]:
        """All rows of a query."""
        self.statements += 1
        breathe()
        return self.connection.execute(self.dialect.sql(sql), arguments).fetchall()

    def first(self, sql: str, arguments: Sequence[Any] = ()) -> Row | None:
        """The first row of a query, None if it has none."""
        self.statements += 1
        breathe()
        return self.connection.execute(self.dialect.sql(sql), arguments).fetchone()

    def value(self, sql: str, arguments: Sequence[Any] = ()) -> Any:
        """The first column of the first row, None if there is none."""
        row = self.first(sql, arguments)
        return row[0] if row else None

    def run_in(self, sql: str, values: Sequence[Any]) -> int:
        """Run a statement in which ``IN (...)`` stands for a list of any length; how many rows it changed."""
        if not values:
            return 0
        return self.run(sql.replace("IN (...)", self.dialect.one_of()), (self.dialect.listed(values),))

    def all_in(self, sql: str, values: Sequence[Any], arguments: Sequence[Any] = ()) -> list[Row]:
        """All rows of a query in which ``IN (...)`` stands for a list of any length, in one statement.

        ``arguments`` come before the list. None is asked for an empty list.
        """
        if not values:
            return []
        text = sql.replace("IN (...)", self.dialect.one_of())
        return self.all(text, (*arguments, self.dialect.listed(values)))
