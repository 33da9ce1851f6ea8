"""Runs in bulk, straight into a database: 100,000 of 35 values in seconds, for benches and for tests of plans.

Every value follows from the run's number, so that a test knows what a search must find: see `values_of`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from flowmill.store.sql.engine import Database
from flowmill.store.sql.places import Places
from flowmill.store.sql.schema import FINDING_INDEXES
from flowmill.store.sql.series import bits_of, sortable
from flowmill.store.sql.transaction import Transaction

FIRST_START = 1_700_000_000_000
"""Start of run 0, ms since the epoch; each later run starts a second later."""

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


def name_of(number: int) -> str:
    """The run's name."""
    return f"run-{number}"


def id_of(number: int) -> str:
    """The run's id."""
    return f"{number:032x}"


def status_of(number: int) -> str:
    """Every fiftieth run failed, every five-thousandth goes on."""
    return "FAILED" if number % 50 == 7 else "RUNNING" if number % 5000 == 1 else "FINISHED"


def fill_runs(database: Database, count: int, *, experiment: int = 0, first: int = 0) -> None:
    """Write runs ``first`` to ``first + count - 1``, each with one point a metric.

    The indexes that searches read are dropped and made again: sorted at once they take a fraction of the time.
    """
    numbers = range(first, first + count)
    with database.writing() as connection:
        tx = Transaction(connection, database.dialect, Places("memory:/", str), lambda: FIRST_START, str)
        for name in FINDING_INDEXES:
            tx.run(f"DROP INDEX {name}")
        after = int(tx.value("SELECT COALESCE(MAX(id), 0) FROM runs")) + 1 - first
        series = int(tx.value("SELECT COALESCE(MAX(id), 0) FROM latest_metrics")) + 1
        _write(
            tx,
            "runs (id, run_id, experiment_id, name, user_id, status, start_time, end_time)",
            (
                (after + n, id_of(n), experiment, name_of(n), f"user{n % 20}", status_of(n), start, start + n % 977)
                for n in numbers
                for start in [FIRST_START + 1000 * n]
            ),
        )
        _write(tx, "params (run, key, value)", ((after + n, *pair) for n in numbers for pair in values_of(n)[1]))
        _write(tx, "tags (run, key, value)", ((after + n, *pair) for n in numbers for pair in values_of(n)[2]))
        metrics = [(after + n, key, value) for n in numbers for key, value in values_of(n)[0]]
        _write(
            tx,
            "latest_metrics (id, run, key, value, bits, step, timestamp, minimum, maximum)",
            (
                (series + i, run, key, sortable(value), bits_of(value), 0, 1, sortable(value), sortable(value))
                for i, (run, key, value) in enumerate(metrics)
            ),
        )
        _write(
            tx,
            "points (series, step, timestamp, bits)",
            ((series + i, 0, 1, bits_of(value)) for i, (_, _, value) in enumerate(metrics)),
        )
        for name in FINDING_INDEXES:
            tx.run(tx.dialect.schema(FINDING_INDEXES[name]))


def _write(tx: Transaction, into: str, rows: Iterable[Sequence[Any]]) -> None:
    cursor = tx.connection.cursor()
    if hasattr(cursor, "copy"):  # psycopg
        with cursor.copy(f"COPY {into} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    width = into.count(",") + 1
    cursor.executemany(f"INSERT INTO {into.replace(' (', ' (', 1)} VALUES ({','.join('?' * width)})", _tuples(rows))


def _tuples(rows: Iterable[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    return (tuple(row) for row in rows)
