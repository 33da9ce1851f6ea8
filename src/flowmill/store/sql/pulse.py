"""What changes of runs and experiments while they are looked at, in so few words that a look costs next to nothing.

A pulse is a row of numbers that is another one after any change that a page shows. No event is written for it, so
that logging pays nothing, and writers of every process are seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowmill.store.sql.transaction import Transaction

Pulse = tuple[Any, ...]


def pulse_of_runs(tx: Transaction, run_ids: Sequence[str]) -> dict[str, Pulse]:
    """By run id; a run that does not exist has none."""
    found: dict[str, Pulse] = {}
    names: dict[int, str] = {}
    for row, run_id, *state in tx.all_in(
        "SELECT id, run_id, name, status, end_time, deleted_at FROM runs WHERE run_id IN (...)", list(run_ids)
    ):
        names[row] = run_id
        found[run_id] = tuple(state)
    for measures in (
        # The latest points and how many there are: a late point of an earlier step changes only the number.
        "SELECT run, COUNT(*), SUM(COALESCE(tail, 0) + chunked), MAX(timestamp), SUM(CAST(step AS DOUBLE PRECISION)), "
        "SUM(CASE WHEN value BETWEEN -1e300 AND 1e300 THEN value ELSE 0 END) "
        "FROM latest_metrics WHERE run IN (...) GROUP BY run",
        "SELECT run, COUNT(*), SUM(LENGTH(value)) FROM tags WHERE run IN (...) GROUP BY run",
        "SELECT run, COUNT(*) FROM params WHERE run IN (...) GROUP BY run",
        "SELECT run, COUNT(*), MAX(opened_at), COUNT(ended_at), MAX(ended_at) "
        "FROM ranks WHERE run IN (...) GROUP BY run",
    ):
        for row, *numbers in tx.all_in(measures, list(names)):
            found[names[row]] += tuple(numbers)
    return found


def pulse_of_experiments(tx: Transaction, experiments: Sequence[int]) -> dict[int, Pulse]:
    """By experiment: how many active runs it has, as of a moment ago where counting takes long."""
    return {
        each: (
            tx.kept.answer(("pulse", each), lambda number=each: _active_runs(tx, number)),
            tx.value("SELECT MAX(start_time) FROM runs WHERE experiment_id = ? AND deleted_at IS NULL", (each,)),
        )
        for each in experiments
    }


def _active_runs(tx: Transaction, experiment: int) -> int:
    return int(tx.value("SELECT COUNT(*) FROM runs WHERE experiment_id = ? AND deleted_at IS NULL", (experiment,)))
