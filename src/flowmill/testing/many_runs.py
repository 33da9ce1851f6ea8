"""Runs in bulk, straight into a database: 100,000 of 35 values in seconds, for benches and for tests of plans.

Every value follows from the run's number, so that a test knows what a search must find: see `values_of`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from flowmill.entities.metric import Metric
from flowmill.entities.run import Param, RunData, RunTag
from flowmill.store.sql.documents import document_of
from flowmill.store.sql.engine import Database
from flowmill.store.sql.places import Places
from flowmill.store.sql.schema import FINDING_INDEXES, KINDS_OF_COLUMNS
from flowmill.store.sql.series import bits_of, sortable
from flowmill.store.sql.transaction import Transaction
from flowmill.wire.codec import encode_value

FIRST_START = 1_700_000_000_000
"""Start of run 0, ms since the epoch; each later run starts a second later."""

MORE = 20
"""Metrics that a run has more where runs are to differ in their columns."""

_PORTION = 5_000
_PLACES = {"metric": 0, "param": 1, "tag": 2}

Values = tuple[list[tuple[str, float]], list[tuple[str, str]], list[tuple[str, str]]]


def values_of(number: int) -> Values:
    """Metrics, parameters and tags of a run: 10, 20 and 5.

    ``p01`` is one of 10 numbers, ``p02`` the run's own, the others one of a few. ``m0`` spreads over [0, 1),
    ``m1`` is one of 5 and missing in every seventh run, ``m2`` is NaN in every eleventh. ``t0`` is one of 8
    words, ``t1`` a sentence of the run's own, ``t2`` one of 3 kinds.
    """
    spread = number * 7919 % 100_003 / 100_003
    metrics = [("m0", spread), ("m2", math.nan if number % 11 == 0 else 1 - spread)]
    metrics += [(f"m{key}", spread * key + number % 13) for key in range(3, 10)]
    metrics += [("m1" if number % 7 else "m10", float(number % 5))]
    params = [("p00", str(number % 4)), ("p01", str(number * 7 % 10)), ("p02", str(number))]
    params += [(f"p{key:02}", str(number * 31 % key)) for key in range(3, 20)]
    tags = [("mlflow.runName", name_of(number)), ("mlflow.user", f"user{number % 20}")]
    tags += [("t0", f"word{number % 8}"), ("t1", f"trained on shard {number * 7919 % 100_003} of the data")]
    tags += [("t2", f"kind{number % 3}")]
    return metrics, params, tags


def more_of(number: int, columns: int) -> list[tuple[str, float]]:
    """`MORE` more metrics of a run, of as many keys in all runs together as ``columns`` says."""
    return [(f"w{(number * MORE + key) % columns:04}", float(number % 17 + key)) for key in range(min(MORE, columns))]


def name_of(number: int) -> str:
    """The run's name."""
    return f"run-{number}"


def id_of(number: int) -> str:
    """The run's id."""
    return f"{number:032x}"


def status_of(number: int) -> str:
    """Every fiftieth run failed, every five-thousandth goes on."""
    return "FAILED" if number % 50 == 7 else "RUNNING" if number % 5000 == 1 else "FINISHED"


def fill_runs(database: Database, count: int, *, experiment: int = 0, first: int = 0, columns: int = 0) -> None:
    """Write runs ``first`` to ``first + count - 1``, each with one point a metric; ``columns``: see `more_of`.

    Those that ended have their documents. The indexes that searches read are dropped and made again: sorted at once
    they take a fraction of the time.
    """
    with database.writing() as connection:
        tx = Transaction(connection, database.dialect, Places("memory:/", str), lambda: FIRST_START, str)
        for name in FINDING_INDEXES:
            tx.run(f"DROP INDEX {name}")
        for table in KINDS_OF_COLUMNS:
            tx.run(tx.dialect.drop_trigger(table))
        after = int(tx.value("SELECT COALESCE(MAX(id), 0) FROM runs")) + 1 - first
        series = int(tx.value("SELECT COALESCE(MAX(id), 0) FROM latest_metrics")) + 1
        for start in range(first, first + count, _PORTION):
            numbers = range(start, min(start + _PORTION, first + count))
            series = _write_portion(tx, numbers, after, series, experiment, columns)
        for counted in ("runs", "latest_metrics"):
            for statement in tx.dialect.count_on(counted):
                tx.run(statement)
        for statement in FINDING_INDEXES.values():
            tx.run(tx.dialect.schema(statement))
        for table, kind in KINDS_OF_COLUMNS.items():
            for keys in {frozenset(key for key, _ in values_of(number)[_PLACES[kind]]) for number in range(7)}:
                tx.run_many(
                    "INSERT INTO run_columns (experiment_id, kind, key) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                    [(experiment, kind, key) for key in keys],
                )
            more = {key for number in range(columns) for key, _ in more_of(number, columns)} if kind == "metric" else ()
            tx.run_many(
                "INSERT INTO run_columns (experiment_id, kind, key) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                [(experiment, kind, key) for key in more],
            )
            for statement in tx.dialect.column_triggers(table, kind):
                tx.run(statement)


def _write_portion(tx: Transaction, numbers: range, after: int, series: int, experiment: int, columns: int) -> int:
    """Write these runs, whose metrics are numbered from ``series`` on; the number after them."""
    runs: list[Sequence[Any]] = []
    params: list[Sequence[Any]] = []
    tags: list[Sequence[Any]] = []
    latest: list[Sequence[Any]] = []
    points: list[Sequence[Any]] = []
    documents: list[Sequence[Any]] = []
    for n in numbers:
        start = FIRST_START + 1000 * n
        end = start + n % 977
        runs.append((after + n, id_of(n), experiment, name_of(n), f"user{n % 20}", status_of(n), start, end))
        metrics, own_params, own_tags = values_of(n)
        if columns:
            metrics += more_of(n, columns)
        params += [(after + n, key, value) for key, value in own_params]
        tags += [(after + n, key, value) for key, value in own_tags]
        if status_of(n) != "RUNNING":
            documents.append((after + n, document_of(_json_of(metrics, own_params, own_tags))))
        for key, value in metrics:
            kept, bits = sortable(value), bits_of(value)
            latest.append((series, after + n, key, kept, bits, 0, 1, kept, kept))
            points.append((series, 0, 1, bits))
            series += 1
    _write(tx, "runs (id, run_id, experiment_id, name, user_id, status, start_time, end_time)", runs)
    _write(tx, "params (run, key, value)", params)
    _write(tx, "tags (run, key, value)", tags)
    _write(tx, "latest_metrics (id, run, key, value, bits, step, timestamp, minimum, maximum)", latest)
    _write(tx, "points (series, step, timestamp, bits)", points)
    _write(tx, "run_documents (id, document)", documents)
    return series


def _json_of(metrics: list[tuple[str, float]], params: list[tuple[str, str]], tags: list[tuple[str, str]]) -> bytes:
    data = RunData(
        metric_list=[Metric(key, value, 1) for key, value in sorted(metrics)],
        param_list=[Param(*pair) for pair in sorted(params)],
        tag_list=[RunTag(*pair) for pair in sorted(tags)],
    )
    return encode_value(data)


def _write(tx: Transaction, into: str, rows: Sequence[Sequence[Any]]) -> None:
    cursor = tx.connection.cursor()
    if hasattr(cursor, "copy"):  # psycopg
        with cursor.copy(f"COPY {into} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    cursor.executemany(f"INSERT INTO {into} VALUES ({','.join('?' * (into.count(',') + 1))})", rows)
