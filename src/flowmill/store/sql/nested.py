"""Runs with what lies below them: deleting and restoring whole trees."""

from __future__ import annotations

from collections.abc import Sequence

from flowmill.entities.run import LifecycleStage
from flowmill.errors import Invalid, NotFound
from flowmill.store.sql.changes import LIFECYCLE, Change, note_changes
from flowmill.store.sql.experiments import active_experiment
from flowmill.store.sql.handler import handles
from flowmill.store.sql.searches import PARENT_TAG
from flowmill.store.sql.transaction import Row, Transaction
from flowmill.wire.runs import DeleteRuns, RestoreRuns, RunIds

_MOST_RUNS = 1000
_COLUMNS = "run_id, id, experiment_id, deleted_at"


@handles(DeleteRuns)
def delete_runs(tx: Transaction, ask: DeleteRuns) -> RunIds:
    """Move runs to the trash, all at one moment, by which they are known to belong together."""
    named = named_runs(tx, ask.run_ids, "deleted")
    rows = with_descendants(tx, named) if ask.below else named
    return _to_stage(tx, [row for row in rows if row[3] is None], LifecycleStage.DELETED)


@handles(RestoreRuns)
def restore_runs(tx: Transaction, ask: RestoreRuns) -> RunIds:
    """Take runs out of the trash. What was deleted earlier or later than what it lies below stays there."""
    named = [row for row in named_runs(tx, ask.run_ids, "restored") if row[3] is not None]
    for experiment in sorted({row[2] for row in named}):
        active_experiment(tx, str(experiment))
    moments = {row[3] for row in named}
    rows = with_descendants(tx, named) if ask.below else named
    return _to_stage(tx, [row for row in rows if row[3] in moments], LifecycleStage.ACTIVE)


def named_runs(tx: Transaction, run_ids: Sequence[str], done: str) -> list[Row]:
    """The rows of these runs, locked in an order that two requests have in common. ``done``: for errors."""
    if not 0 < len(run_ids) <= _MOST_RUNS:
        raise Invalid(f"run_ids names {len(run_ids)} runs: name 1 to {_MOST_RUNS:,} at once.")
    rows = tx.all_in(
        f"SELECT {_COLUMNS} FROM runs WHERE run_id IN (...) ORDER BY id{tx.dialect.for_update}", list(run_ids)
    )
    known = {row[0] for row in rows}
    for run_id in run_ids:
        if run_id not in known:
            raise NotFound(f"There is no run with id {run_id[:60]!r}; none was {done}.")
    return rows


def with_descendants(tx: Transaction, named: Sequence[Row]) -> list[Row]:
    """These and all below them in the same experiment, deleted or not, each once."""
    found = {row[0]: row for row in named}
    level = list(named)
    while level:
        experiments = {row[0]: row[2] for row in level}
        below = tx.all_in(
            "SELECT child.run_id, child.id, child.experiment_id, child.deleted_at, tags.value FROM tags "
            f"JOIN runs child ON child.id = tags.run WHERE tags.key = '{PARENT_TAG}' AND tags.value IN (...)",
            list(experiments),
        )
        level = [row[:4] for row in below if row[0] not in found and row[2] == experiments[row[4]]]
        found |= {row[0]: row for row in level}
    return list(found.values())


def _to_stage(tx: Transaction, rows: Sequence[Row], stage: LifecycleStage) -> RunIds:
    before = LifecycleStage.ACTIVE if stage is LifecycleStage.DELETED else LifecycleStage.DELETED
    moment = tx.now() if stage is LifecycleStage.DELETED else None
    tx.run_many("UPDATE runs SET deleted_at = ? WHERE id = ?", [(moment, row[1]) for row in rows])
    note_changes(tx, [Change(row[1], LIFECYCLE, "", str(before), str(stage), tx.caller.name) for row in rows])
    tx.kept.forget()
    return RunIds([row[0] for row in rows])
