"""What state a database is in: which schema steps it took, whether all is there that they made, what it holds.

Nothing here changes the database. What should be there is not written down: an empty database in memory takes
the same steps and is compared.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from flowmill.errors import Invalid
from flowmill.store.sql import schema
from flowmill.store.sql.engine import Database, random_id, system_clock
from flowmill.store.sql.migrations import STEPS, migrate
from flowmill.store.sql.places import Places
from flowmill.store.sql.sqlite import SqliteDatabase
from flowmill.store.sql.transaction import Transaction

_INDEX = re.compile(r"CREATE (?:UNIQUE )?INDEX (\w+)")
_COUNTED = {
    "experiments": "experiments",
    "runs": "runs",
    "series": "latest_metrics",
    "logged_models": "logged_models",
    "registered_models": "registered_models",
    "model_versions": "model_versions",
}
"""What is counted, and in which table."""

_BELONGING = (
    ("runs", "experiment_id", "experiments"),
    ("params", "run", "runs"),
    ("tags", "run", "runs"),
    ("latest_metrics", "run", "runs"),
    ("branches", "run", "runs"),
    ("run_moves", "run", "runs"),
    ("run_changes", "run", "runs"),
    ("points", "series", "latest_metrics"),
    ("chunks", "series", "latest_metrics"),
    ("writers", "run", "runs"),
    ("run_datasets", "run", "runs"),
    ("run_models", "run", "runs"),
    ("experiment_tags", "experiment", "experiments"),
    ("logged_model_params", "model", "logged_models"),
    ("logged_model_tags", "model", "logged_models"),
    ("model_versions", "model", "registered_models"),
    ("model_version_tags", "version", "model_versions"),
    ("webhook_events", "webhook", "webhooks"),
    ("webhook_deliveries", "webhook", "webhooks"),
)
"""(table, column, table of what its rows belong to)."""


_MISCOUNTED = """SELECT COUNT(*) FROM latest_metrics LEFT JOIN
    (SELECT series, SUM(count) AS points FROM chunks WHERE level = 0 GROUP BY series) AS held ON held.series = id
    WHERE chunked <> COALESCE(held.points, 0)"""


@dataclass(frozen=True)
class State:
    """A database as it was found; ``problems``: a sentence each, none if all is well."""

    kind: str
    steps: int
    known_steps: int
    size: int
    """Bytes."""
    counts: dict[str, int] = field(default_factory=dict[str, int])
    problems: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class _Shape:
    tables: frozenset[str]
    columns: frozenset[tuple[str, str]]
    indexes: frozenset[str]


def state_of(database: Database, *, thorough: bool = False) -> State:
    """The state of a database; ``thorough`` also looks for rows that belong to nothing, which reads all of them."""
    with database.reading() as connection:
        tx = _transaction(database, connection)
        kind, size = database.dialect.name, int(tx.value(database.dialect.count_bytes) or 0)
        found = _shape(tx)
        if "schema_steps" not in found.tables:
            return State(kind, 0, len(STEPS), size)
        steps = int(tx.value("SELECT COUNT(*) FROM schema_steps"))
        problems = _missing(found, steps)
        tables = {name: table for name, table in _COUNTED.items() if table in found.tables}
        counts = {name: int(tx.value(f"SELECT COUNT(*) FROM {table}")) for name, table in tables.items()}
        if thorough:
            problems += _orphans(tx, found)
            if kind == "sqlite":
                problems += [f"SQLite: {row[0]}." for row in tx.all("PRAGMA quick_check(10)") if row[0] != "ok"]
        return State(kind, steps, len(STEPS), size, counts, problems)


def upgrade(database: Database) -> tuple[int, int]:
    """Bring a database to this release's schema; the steps that it had taken before, and those it has now."""
    with database.migrating() as connection:
        before = migrate(_transaction(database, connection))
    return before, len(STEPS)


def _missing(found: _Shape, steps: int) -> list[str]:
    if steps > len(STEPS):
        return [
            f"A newer Flowmill wrote this database (schema step {steps}, this release knows {len(STEPS)}): "
            "upgrade Flowmill."
        ]
    if steps < len(STEPS):
        return [f"The schema is at step {steps} of {len(STEPS)}: run `flowmill db upgrade`."]
    expected = _expected_shape()
    problems = [f"The table {name} is missing." for name in sorted(expected.tables - found.tables)]
    columns = sorted((table, name) for table, name in expected.columns - found.columns if table in found.tables)
    problems += [f"The column {table}.{name} is missing." for table, name in columns]
    problems += [
        f"The index {name} is missing, which makes searches slow: run `flowmill db check --repair`."
        for name in sorted(expected.indexes - found.indexes)
    ]
    return problems


def missing_indexes(database: Database) -> list[str]:
    """The statements that make the indexes which should be there and are not, in the words of the schema.

    Invalid if a table or column is missing as well, since an index cannot be made over what is not there.
    """
    with database.reading() as connection:
        found, expected = _shape(_transaction(database, connection)), _expected_shape()
    gone = sorted(expected.tables - found.tables)
    gone += sorted(f"{table}.{name}" for table, name in expected.columns - found.columns if table in found.tables)
    if gone:
        raise Invalid(
            f"The database lacks {', '.join(gone)}, which --repair cannot make: run `flowmill db upgrade` if its "
            "schema is older, else restore a backup."
        )
    missing = expected.indexes - found.indexes
    return [text for text in schema.statements() if (made := _INDEX.match(text)) and made[1] in missing]


def repair(database: Database) -> int:
    """Make the indexes that are missing; how many there were."""
    statements = missing_indexes(database)
    with database.migrating() as connection:
        tx = _transaction(database, connection)
        for statement in statements:
            tx.run(database.dialect.schema(statement))
    return len(statements)


def _orphans(tx: Transaction, found: _Shape) -> list[str]:
    problems: list[str] = []
    for table, column, owner in _BELONGING:
        if table in found.tables and owner in found.tables:
            owners = f"SELECT id FROM {owner}"
            if table == "latest_metrics" and "branches" in found.tables:
                owners += " UNION ALL SELECT -id FROM branches"  # hidden series
            lost = int(tx.value(f"SELECT COUNT(*) FROM {table} WHERE {column} NOT IN ({owners})"))
            if lost:
                problems.append(f"{lost} rows of {table} belong to nothing in {owner}.")
    if {"chunks", "latest_metrics"} <= found.tables and ("latest_metrics", "chunked") in found.columns:
        differing = int(tx.value(_MISCOUNTED))
        if differing:
            problems.append(f"{differing} metrics have other numbers of points in their chunks than they say.")
    return problems


def _shape(tx: Transaction) -> _Shape:
    dialect = tx.dialect
    return _Shape(
        frozenset(row[0] for row in tx.all(dialect.list_tables)),
        frozenset((row[0], row[1]) for row in tx.all(dialect.list_columns)),
        frozenset(row[0] for row in tx.all(dialect.list_indexes)),
    )


def _expected_shape() -> _Shape:
    memory = SqliteDatabase(None)
    upgrade(memory)
    with memory.reading() as connection:
        return _shape(_transaction(memory, connection))


def _transaction(database: Database, connection: object) -> Transaction:
    def refuse(location: str) -> str:
        raise Invalid(f"Nothing is stored at {location!r} while a database is checked.")

    return Transaction(connection, database.dialect, Places("", refuse), system_clock, random_id)  # type: ignore[arg-type]
