"""Every difference between SQLite and PostgreSQL, each with a name.

Handlers write SQL that both understand, with ``?`` for arguments; they never ask which database it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple, Protocol

import msgspec

from flowmill.search.match import NUMBER_PATTERN

Columns = tuple[tuple[str, str], ...]
"""Names and types of columns, in the order in which rows hold them."""


def columns(text: str) -> Columns:
    """``"run BIGINT, key TEXT"`` as `Columns`."""
    pairs = [column.split(maxsplit=1) for column in text.split(", ")]
    return tuple((name, kind) for name, kind in pairs)


class ManyRows(NamedTuple):
    """A statement over many rows: carried out once with all of them handed in, or once a row."""

    sql: str
    at_once: bool


class Dialect(Protocol):
    """What a database says differently."""

    name: str
    id_column: str
    """Type of an integer key that the database counts up."""
    clustered: str
    """Suffix of a table whose rows lie in the order of its primary key."""
    for_update: str
    """Suffix of a SELECT whose rows this transaction is going to change."""
    bytes_column: str
    """Type of a column of bytes."""
    list_tables: str
    """A query for the names of all tables."""
    list_columns: str
    """A query for the table and name of every column."""
    list_indexes: str
    """A query for the names of the indexes that a statement of ours made."""
    count_bytes: str
    """A query for the size of the database."""

    def sql(self, text: str) -> str:
        """The text with the database's own argument marks."""
        ...

    def count_on(self, table: str) -> tuple[str, ...]:
        """Statements after which the ids that a table counts up do not meet those that were given to it."""
        ...

    def like(self, column: str) -> str:
        """A condition on one argument: SQL LIKE that heeds upper and lower case."""
        ...

    def ilike(self, column: str) -> str:
        """The same, case ignored."""
        ...

    def number(self, column: str) -> str:
        """The double that the text in a column spells, NULL where it spells none."""
        ...

    def is_about_types(self, error: Exception) -> bool:
        """Whether an error says that a value cannot be compared with what a column holds."""
        ...

    def given(self, name: str, columns: Columns) -> str:
        """A relation of rows that are handed in with the statement, by `hand_in`."""
        ...

    def hand_in(self, rows: Sequence[Sequence[Any]], columns: Columns) -> Sequence[Any]:
        """The arguments that stand for the rows of a `given` relation."""
        ...

    def insert_many(self, table: str, columns: Columns, conflict: str) -> ManyRows:
        """How many rows are inserted."""
        ...

    def update_many(self, table: str, key: Columns, columns: Columns) -> ManyRows:
        """How many rows are updated; the values of the key come first in each row of arguments."""
        ...


class SqliteDialect:
    """SQLite 3.35 or newer."""

    name = "sqlite"
    id_column = "INTEGER PRIMARY KEY AUTOINCREMENT"
    clustered = " WITHOUT ROWID"
    for_update = ""  # a write transaction holds the whole database
    bytes_column = "BLOB"
    list_tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    list_columns = (
        "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c "
        "WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%'"
    )
    list_indexes = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    count_bytes = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"

    def sql(self, text: str) -> str:
        """SQLite's own mark is the question mark."""
        return text

    def count_on(self, table: str) -> tuple[str, ...]:
        """AUTOINCREMENT goes on from the largest id by itself."""
        return ()

    def like(self, column: str) -> str:
        """SQLite's LIKE ignores case; `flowmill_like` is a function that the connection adds."""
        return f"flowmill_like({column}, ?)"

    def ilike(self, column: str) -> str:
        """SQLite's LIKE folds ASCII letters only."""
        return f"flowmill_ilike({column}, ?)"

    def number(self, column: str) -> str:
        """CAST would take ``12 apples`` for 12."""
        return f"flowmill_number({column})"

    def is_about_types(self, error: Exception) -> bool:
        """SQLite compares everything with everything."""
        return False

    @cache  # noqa: B019  # a dialect is kept as long as its store
    def given(self, name: str, columns: Columns) -> str:
        """One argument whatever the number of rows, so that the statement stays prepared."""
        fields = [f"json_extract(value, '$[{index}]') AS {column}" for index, (column, _) in enumerate(columns)]
        return f"(SELECT {', '.join(fields)} FROM json_each(?)) AS {name}"

    def hand_in(self, rows: Sequence[Sequence[Any]], columns: Columns) -> Sequence[Any]:
        """The rows as JSON."""
        return (msgspec.json.encode(rows).decode(),)

    @cache  # noqa: B019  # a dialect is kept as long as its store
    def insert_many(self, table: str, columns: Columns, conflict: str) -> ManyRows:
        """A statement that runs for each row: it costs no round trip."""
        marks = ", ".join("?" * len(columns))
        return ManyRows(f"INSERT INTO {table} ({_names(columns)}) VALUES ({marks}) {conflict}", at_once=False)

    @cache  # noqa: B019  # a dialect is kept as long as its store
    def update_many(self, table: str, key: Columns, columns: Columns) -> ManyRows:
        """The same; arguments are numbered, since the key stands last in the statement and first in a row."""
        settings = ", ".join(f"{column} = ?{len(key) + index}" for index, (column, _) in enumerate(columns, 1))
        condition = " AND ".join(f"{column} = ?{index}" for index, (column, _) in enumerate(key, 1))
        return ManyRows(f"UPDATE {table} SET {settings} WHERE {condition}", at_once=False)


class PostgresDialect:
    """PostgreSQL 15 or newer."""

    name = "postgresql"
    id_column = "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"
    clustered = ""
    for_update = " FOR UPDATE"
    bytes_column = "BYTEA"
    list_tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
    list_columns = (
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
    )
    # An index that was being built when the server stopped is there, but not valid.
    list_indexes = (
        "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
        "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND i.indisvalid"
    )
    count_bytes = "SELECT pg_database_size(current_database())"

    def sql(self, text: str) -> str:
        """psycopg's mark is ``%s``."""
        return _with_percent_marks(text)

    def count_on(self, table: str) -> tuple[str, ...]:
        """A sequence knows nothing of ids that were given; the lock keeps others from counting meanwhile."""
        return (
            f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE",
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), "
            f"GREATEST((SELECT MAX(id) FROM {table}), (SELECT last_value FROM {table}_id_seq)))",
        )

    def like(self, column: str) -> str:
        """PostgreSQL's LIKE heeds case; a backslash is an ordinary character in MLflow's patterns."""
        return f"{column} LIKE ? ESCAPE ''"

    def ilike(self, column: str) -> str:
        """PostgreSQL's own ILIKE."""
        return f"{column} ILIKE ? ESCAPE ''"

    def number(self, column: str) -> str:
        """A cast of text that is no number would end the query."""
        return f"CASE WHEN {column} ~ '{NUMBER_PATTERN}' THEN CAST({column} AS DOUBLE PRECISION) END"

    def is_about_types(self, error: Exception) -> bool:
        """No such operator, or text that is no number."""
        return getattr(error, "sqlstate", None) in ("42883", "42804", "22P02", "22003")

    @cache  # noqa: B019  # a dialect is kept as long as its store
    def given(self, name: str, columns: Columns) -> str:
        """One array a column."""
        arrays = ", ".join(f"?::{kind}[]" for _, kind in columns)
        return f"unnest({arrays}) AS {name}({_names(columns)})"

    def hand_in(self, rows: Sequence[Sequence[Any]], columns: Columns) -> Sequence[Any]:
        """Each column as the text of an array, which psycopg would make ten times slower."""
        return [
            _array(column, is_text=kind == "TEXT")
            for column, (_, kind) in zip(zip(*rows, strict=True), columns, strict=True)
        ]

    @cache  # noqa: B019  # a dialect is kept as long as its store
    def insert_many(self, table: str, columns: Columns, conflict: str) -> ManyRows:
        """One statement for all rows: one round trip."""
        text = f"INSERT INTO {table} ({_names(columns)}) SELECT * FROM {self.given('new', columns)} {conflict}"
        return ManyRows(text, at_once=True)

    @cache  # noqa: B019  # a dialect is kept as long as its store
    def update_many(self, table: str, key: Columns, columns: Columns) -> ManyRows:
        """The same."""
        settings = ", ".join(f"{column} = new.{column}" for column, _ in columns)
        condition = " AND ".join(f"{table}.{column} = new.{column}" for column, _ in key)
        rows = self.given("new", key + columns)
        return ManyRows(f"UPDATE {table} SET {settings} FROM {rows} WHERE {condition}", at_once=True)


def _names(columns: Columns) -> str:
    return ", ".join(column for column, _ in columns)


def _array(values: Sequence[Any], *, is_text: bool) -> str:
    """An array in PostgreSQL's own spelling; numbers are finite or infinite, never NaN."""
    if is_text:
        texts = [_quoted(value) for value in values]
    else:
        texts = ["NULL" if value is None else repr(value) for value in values]
    return f"{{{','.join(texts)}}}"


def _quoted(value: str | None) -> str:
    if value is None:
        return "NULL"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@cache
def _with_percent_marks(text: str) -> str:
    return text.replace("%", "%%").replace("?", "%s")
