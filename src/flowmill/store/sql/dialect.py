"""Every difference between SQLite and PostgreSQL, each with a name.

Handlers write SQL that both understand, with ``?`` for arguments; they never ask which database it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple, Protocol

import msgspec

from flowmill.search.expression import Expression
from flowmill.search.values import LONGEST_NUMBER, NUMBER_PATTERN

_TEXT = re.compile(r"\$TEXT\((\w+)\)")
_CUT = 256
_LONGEST_PATTERN = 10_000
"""Bytes; SQLite refuses patterns of more than 50,000."""
_GLOB = str.maketrans({"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"})

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

    def schema(self, statement: str) -> str:
        """A statement of `flowmill.store.sql.schema` in the database's own words."""
        ...

    def order_by_code_point(self, table: str, column: str) -> str:
        """A statement that makes a column's texts sort so, empty where they do."""
        ...

    def column_triggers(self, table: str, kind: str) -> list[str]:
        """Statements that let the keys of new rows be kept in ``run_columns``."""
        ...

    def document_triggers(self, table: str) -> list[str]:
        """Statements that let any change of a run's rows remove its document; no row ever changes its run."""
        ...

    def drop_trigger(self, table: str) -> str:
        """A statement that undoes those, for a load in bulk."""
        ...

    def cut(self, text: str) -> str:
        """As much of a text as an index holds: what is indexed, and what look-ups ask for."""
        ...

    def whole(self, text: str) -> bool:
        """Whether a text that came from an index is surely not cut."""
        ...

    def like(self, column: Expression, pattern: str) -> Expression:
        """SQL LIKE that heeds upper and lower case."""
        ...

    def ilike(self, column: Expression, pattern: str) -> Expression:
        """The same, case ignored."""
        ...

    def number(self, column: str) -> str:
        """The double that the text in a column spells, NULL where it spells none."""
        ...

    def json_object(self, key: str, value: str) -> str:
        """The rows of a group as one JSON object, in the order of its keys."""
        ...

    def json_rows(self, key: str, *columns: str) -> str:
        """The rows of a group as one JSON list of lists, in the order of ``key``, their first column."""
        ...

    def apart(self, expression: str, text: bool) -> str:
        """The same value as no index has it, so that rows are found first and sorted then."""
        ...

    def one_of(self) -> str:
        """Begins where a column stands: a condition that it is in a list, which is one argument."""
        ...

    def listed(self, values: Sequence[str | int]) -> Any:
        """The list as that argument."""
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


_CHANGES = (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD"))


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

    def schema(self, statement: str) -> str:
        """Indexes hold whole texts."""
        return _TEXT.sub(r"\1", _own_words(self, statement))

    def order_by_code_point(self, table: str, column: str) -> str:
        """They do: UTF-8 has the order of code points."""
        return ""

    def column_triggers(self, table: str, kind: str) -> list[str]:
        """For each row; nearly always the key is there already."""
        return [
            f"CREATE TRIGGER {table}_have_columns AFTER INSERT ON {table} BEGIN "
            "INSERT INTO run_columns (experiment_id, kind, key) "
            f"SELECT r.experiment_id, '{kind}', NEW.key FROM runs r WHERE r.id = NEW.run AND NOT EXISTS "
            "(SELECT 1 FROM run_columns c WHERE c.experiment_id = r.experiment_id "
            f"AND c.kind = '{kind}' AND c.key = NEW.key); END"
        ]

    def document_triggers(self, table: str) -> list[str]:
        """For each row: nearly always there is nothing to remove, which is one look."""
        return [
            f"CREATE TRIGGER {table}_{event.lower()}_ends_document AFTER {event} ON {table} BEGIN "
            f"DELETE FROM run_documents WHERE id = {row}.run; END"
            for event, row in _CHANGES
        ]

    def drop_trigger(self, table: str) -> str:
        """The trigger is all there is."""
        return f"DROP TRIGGER {table}_have_columns"

    def cut(self, text: str) -> str:
        """Nothing is cut."""
        return text

    def whole(self, text: str) -> bool:
        """Nothing is cut."""
        return True

    def like(self, column: Expression, pattern: str) -> Expression:
        """SQLite's LIKE ignores case, GLOB does not; very long patterns go to a function of ours."""
        glob = pattern.translate(_GLOB)
        if len(glob.encode()) > _LONGEST_PATTERN:
            return Expression(f"flowmill_like({column.sql}, ?)", (*column.arguments, pattern))
        return Expression(f"{column.sql} GLOB ?", (*column.arguments, glob))

    def ilike(self, column: Expression, pattern: str) -> Expression:
        """SQLite's LIKE folds ASCII letters only: with others, a function of ours is asked."""
        text, before = column.sql, column.arguments
        if not pattern.isascii() or len(pattern) > _LONGEST_PATTERN:
            return Expression(f"flowmill_ilike({text}, ?)", (*before, pattern))
        return Expression(
            f"({text} LIKE ? OR (length({text}) <> length(CAST({text} AS BLOB)) AND flowmill_ilike({text}, ?)))",
            (*before, pattern, *before, *before, *before, pattern),
        )

    def number(self, column: str) -> str:
        """CAST would take ``12 apples`` for 12."""
        return f"flowmill_number({column})"

    def json_object(self, key: str, value: str) -> str:
        """Grouped by the first column of a primary key, rows come in the order of the second."""
        return f"json_group_object({key}, {value})"

    def json_rows(self, key: str, *columns: str) -> str:
        """As above."""
        return f"json_group_array(json_array({', '.join((key, *columns))}))"

    def apart(self, expression: str, text: bool) -> str:
        """A CROSS JOIN says it already."""
        return expression

    def one_of(self) -> str:
        """One argument whatever the count, so that the statement stays the same and prepared."""
        return "IN (SELECT value FROM json_each(?))"

    def listed(self, values: Sequence[str | int]) -> Any:
        """As JSON."""
        return msgspec.json.encode(values).decode()

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

    def schema(self, statement: str) -> str:
        """A row of an index has at most 2.7 kB: 256 characters leave room for a key."""
        return _TEXT.sub(lambda match: f"({self.cut(match[1])})", _own_words(self, statement))

    def order_by_code_point(self, table: str, column: str) -> str:
        """Changing a collation rewrites no row, only indexes that have the column."""
        return f'ALTER TABLE {table} ALTER COLUMN {column} TYPE TEXT COLLATE "C"'

    def column_triggers(self, table: str, kind: str) -> list[str]:
        """For each statement; in the order of the keys, so that two writers never wait for each other."""
        return [
            f"CREATE FUNCTION {table}_have_columns() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "INSERT INTO run_columns (experiment_id, kind, key) "
            f"SELECT DISTINCT r.experiment_id, '{kind}', n.key FROM new_rows n JOIN runs r ON r.id = n.run "
            "WHERE NOT EXISTS (SELECT 1 FROM run_columns c WHERE c.experiment_id = r.experiment_id "
            f"AND c.kind = '{kind}' AND c.key = n.key) ORDER BY 1, 3 ON CONFLICT DO NOTHING; RETURN NULL; END $$",
            f"CREATE TRIGGER {table}_have_columns AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_have_columns()",
        ]

    def document_triggers(self, table: str) -> list[str]:
        """For each statement."""
        return [
            f"CREATE FUNCTION {table}_ends_document() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "DELETE FROM run_documents WHERE id IN (SELECT run FROM changed); RETURN NULL; END $$",
            *(
                f"CREATE TRIGGER {table}_{event.lower()}_ends_document AFTER {event} ON {table} "
                f"REFERENCING {row} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION {table}_ends_document()"
                for event, row in _CHANGES
            ),
        ]

    def drop_trigger(self, table: str) -> str:
        """The function takes its trigger with it."""
        return f"DROP FUNCTION {table}_have_columns CASCADE"

    def cut(self, text: str) -> str:
        """The first 256 characters."""
        return f"left({text}, {_CUT})"

    def whole(self, text: str) -> bool:
        """One that is as long as the cut may have been longer."""
        return len(text) < _CUT

    def like(self, column: Expression, pattern: str) -> Expression:
        """PostgreSQL's LIKE heeds case; a backslash is an ordinary character in MLflow's patterns."""
        return Expression(f"{column.sql} LIKE ? ESCAPE ''", (*column.arguments, pattern))

    def ilike(self, column: Expression, pattern: str) -> Expression:
        """Columns are ordered by code point; which letters are the same is up to the database's own locale."""
        sql = f"{column.sql} COLLATE \"default\" ILIKE ? ESCAPE ''"
        return Expression(sql, (*column.arguments, pattern))

    def number(self, column: str) -> str:
        """A cast of text that is no number would end the query."""
        spells = f"length({column}) <= {LONGEST_NUMBER} AND {column} ~ '{NUMBER_PATTERN}'"
        return f"CASE WHEN {spells} THEN CAST({column} AS DOUBLE PRECISION) END"

    def json_object(self, key: str, value: str) -> str:
        """As text: psycopg would read JSON with Python's slow reader."""
        return f'CAST(json_object_agg({key}, {value} ORDER BY {key} COLLATE "C") AS TEXT)'

    def json_rows(self, key: str, *columns: str) -> str:
        """As above."""
        row = f"json_build_array({', '.join((key, *columns))})"
        return f'CAST(json_agg({row} ORDER BY {key} COLLATE "C") AS TEXT)'

    def apart(self, expression: str, text: bool) -> str:
        """Else PostgreSQL may walk a whole index in its order, hoping to meet the rows soon."""
        return f"({expression} || '')" if text else f"({expression} + 0)"

    def one_of(self) -> str:
        """One argument whatever the count."""
        return "= ANY(?)"

    def listed(self, values: Sequence[str | int]) -> Any:
        """psycopg makes an array of it."""
        return list(values)

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


def _own_words(dialect: Dialect, statement: str) -> str:
    for word, own in (
        ("$ID", dialect.id_column),
        ("$CLUSTERED", dialect.clustered),
        ("$BYTES", dialect.bytes_column),
    ):
        statement = statement.replace(word, own)
    return statement
