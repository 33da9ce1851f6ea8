"""The tables of runs in a small SQLite database, and the same runs as records."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Sequence

from flowmill.search.match import Record, like, number_of
from flowmill.search.sql import Columns, Expression, Pairs, condition_of
from flowmill.search.tree import Term

TABLES = """
CREATE TABLE runs (id INTEGER PRIMARY KEY, run_id TEXT, name TEXT, status TEXT, user_id TEXT,
    start_time BIGINT, end_time BIGINT, place TEXT);
CREATE TABLE params (run BIGINT, key TEXT, value TEXT, PRIMARY KEY (run, key));
CREATE TABLE tags (run BIGINT, key TEXT, value TEXT, PRIMARY KEY (run, key));
CREATE TABLE latest_metrics (run BIGINT, key TEXT, value DOUBLE PRECISION, PRIMARY KEY (run, key));
CREATE TABLE datasets (id INTEGER PRIMARY KEY, name TEXT, digest TEXT);
CREATE TABLE run_datasets (run BIGINT, dataset BIGINT);
CREATE TABLE dataset_tags (run BIGINT, dataset BIGINT, key TEXT, value TEXT);
"""
_DATASETS = "run_datasets JOIN datasets ON datasets.id = run_datasets.dataset"
COLUMNS = Columns(
    id="runs.id",
    attributes={
        "run_id": Expression("runs.run_id"),
        "run_name": Expression("runs.name"),
        "status": Expression("runs.status"),
        "user_id": Expression("runs.user_id"),
        "start_time": Expression("runs.start_time"),
        "end_time": Expression("runs.end_time"),
        "artifact_uri": Expression("(? || runs.place)", ("root:",)),
    },
    tags=Pairs("tags", "tags.run", "tags.value", "tags.key"),
    params=Pairs("params", "params.run", "params.value", "params.key"),
    metrics=Pairs("latest_metrics", "latest_metrics.run", "latest_metrics.value", "latest_metrics.key"),
    datasets={
        "name": Pairs(_DATASETS, "run_datasets.run", "datasets.name"),
        "digest": Pairs(_DATASETS, "run_datasets.run", "datasets.digest"),
        "context": Pairs(
            "dataset_tags",
            "dataset_tags.run",
            "dataset_tags.value",
            where=Expression("dataset_tags.key = ?", ("mlflow.data.context",)),
        ),
    },
)


class SqliteWords:
    """What `condition_of` has to know of SQLite."""

    def like(self, column: str) -> str:
        return f"flowmill_like({column}, ?)"

    def ilike(self, column: str) -> str:
        return f"flowmill_ilike({column}, ?)"

    def number(self, column: str) -> str:
        return f"flowmill_number({column})"


class SampleStore:
    """Runs in an SQLite database of their own, numbered from 0."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.database = sqlite3.connect(":memory:")
        self.database.create_function("flowmill_like", 2, _like)
        self.database.create_function("flowmill_ilike", 2, _ilike)
        self.database.create_function("flowmill_number", 1, number_of)
        self.database.executescript(TABLES)
        for number, record in enumerate(records):
            self._add(number, record)

    def _add(self, number: int, record: Record) -> None:
        names = ("run_id", "run_name", "status", "user_id", "start_time", "end_time")
        place = record.attributes.get("artifact_uri")
        self.database.execute(
            "INSERT INTO runs VALUES (?,?,?,?,?,?,?,?)",
            [
                number,
                *(record.attributes.get(name) for name in names),
                None if place is None else str(place).removeprefix("root:"),
            ],
        )
        for table, values in (("params", record.params), ("tags", record.tags), ("latest_metrics", record.metrics)):
            for key, value in values.items():
                kept = None if isinstance(value, float) and math.isnan(value) else value
                self.database.execute(f"INSERT INTO {table} VALUES (?,?,?)", (number, key, kept))
        for dataset in record.datasets:
            row = self.database.execute(
                "INSERT INTO datasets (name, digest) VALUES (?,?)", (dataset["name"], dataset["digest"])
            ).lastrowid
            self.database.execute("INSERT INTO run_datasets VALUES (?,?)", (number, row))
            if "context" in dataset:
                self.database.execute(
                    "INSERT INTO dataset_tags VALUES (?,?,'mlflow.data.context',?)", (number, row, dataset["context"])
                )

    def found(self, term: Term) -> list[int]:
        """The numbers of the runs that the filter selects."""
        condition = condition_of(term, COLUMNS, SqliteWords())
        rows = self.database.execute(f"SELECT id FROM runs WHERE {condition.sql} ORDER BY id", condition.arguments)
        return [row[0] for row in rows]

    def close(self) -> None:
        self.database.close()


def _like(text: str | None, pattern: str) -> bool:
    return text is not None and like(text, pattern)


def _ilike(text: str | None, pattern: str) -> bool:
    return text is not None and like(text, pattern, True)
