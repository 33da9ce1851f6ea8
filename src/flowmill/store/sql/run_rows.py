"""The row of a run: what every operation on runs begins with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flowmill.entities.run import LifecycleStage, RunInfo, RunStatus
from flowmill.errors import Invalid, NotFound
from flowmill.store.sql.transaction import Row, Transaction

COLUMNS = (
    "runs.id, runs.run_id, runs.experiment_id, runs.name, runs.user_id, runs.status, runs.start_time, "
    "runs.end_time, runs.deleted_at, experiments.artifact_location, runs.home, runs.home_location"
)
FINAL = ("FINISHED", "FAILED", "KILLED")
# A left join: the database must begin with the runs, whose order the index has.
TABLES = "runs LEFT JOIN experiments ON experiments.id = runs.experiment_id"


def run_row(tx: Transaction, run_id: str) -> Row:
    """The row of `COLUMNS` of a run, deleted or not."""
    row = tx.first(f"SELECT {COLUMNS} FROM {TABLES} WHERE runs.run_id = ?", (run_id,))
    if row is None:
        raise NotFound(f"There is no run with id {run_id[:60]!r}.")
    return row


class ActiveRun(NamedTuple):
    """What a writer knows of a run."""

    key: int
    name: str
    status: str

    @property
    def going_on(self) -> bool:
        """Whether it has not ended."""
        return self.status not in FINAL


def active_run(tx: Transaction, run_id: str) -> int:
    """The integer key of a run; Invalid if it is deleted."""
    return as_active(tx, run_id).key


def as_active(tx: Transaction, run_id: str) -> ActiveRun:
    """A run that is in use; Invalid if it is deleted."""
    # Writers of one run take turns: what they read of it here is still so when they write.
    row = tx.first(f"SELECT id, name, status, deleted_at FROM runs WHERE run_id = ?{tx.dialect.for_update}", (run_id,))
    if row is None:
        raise NotFound(f"There is no run with id {run_id[:60]!r}.")
    if row[3] is not None:
        raise Invalid(f"Run {run_id} is deleted; restore it before you change it.")
    return ActiveRun(*row[:3])


def info_of(tx: Transaction, row: Row, *, lost: bool = False) -> RunInfo:
    """The info of a run from its row of `COLUMNS`."""
    _, run_id, experiment_id, name, user_id, status, start_time, end_time, deleted_at, *own = row
    return RunInfo(
        run_id=run_id,
        run_uuid=run_id,
        run_name=name,
        experiment_id=str(experiment_id),
        user_id=user_id,
        status=RunStatus(status),
        start_time=start_time,
        artifact_uri=tx.places.of_run(*tx.places.home_of(experiment_id, *own), run_id),
        lifecycle_stage=LifecycleStage.ACTIVE if deleted_at is None else LifecycleStage.DELETED,
        end_time=end_time,
        lost=lost,
    )


def ended(rows: Sequence[Row]) -> set[int]:
    """The integer keys of those whose runs go on no more."""
    return {row[0] for row in rows if row[5] in FINAL}


def running(rows: Sequence[Row]) -> list[int]:
    """The integer keys of those rows of `COLUMNS` whose runs are RUNNING."""
    return [row[0] for row in rows if row[5] == "RUNNING"]
