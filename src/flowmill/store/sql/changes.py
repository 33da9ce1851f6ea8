"""Writing the log of what is changed of runs: with every change, in its transaction.

A training that sets a tag a million times must not write a million rows: while a run goes on, what one caller
changes of one thing is one row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flowmill.entities.run_change import RunChangeKind
from flowmill.store.sql.dialect import columns
from flowmill.store.sql.transaction import Transaction

NAME, DESCRIPTION, TAG, STATUS, LIFECYCLE, EXPERIMENT = RunChangeKind

RUN_NAME_TAG, NOTE_TAG = "mlflow.runName", "mlflow.note.content"
_MACHINES = ("mlflow.", "flowmill.")
_ROW = columns("run BIGINT, kind TEXT, key TEXT, before TEXT, after TEXT, user_name TEXT, at BIGINT, going_on BIGINT")


class Change(NamedTuple):
    """What a row says beside when. ``key`` is empty for all but tags; ``going_on``: whether the run was open."""

    run: int
    kind: RunChangeKind
    key: str
    before: str | None
    after: str | None
    user: str
    going_on: bool = False


def kind_of_tag(key: str) -> RunChangeKind | None:
    """What a tag says of its run; None for those that programs write for themselves."""
    if not key.startswith(_MACHINES):
        return TAG
    return {RUN_NAME_TAG: NAME, NOTE_TAG: DESCRIPTION}.get(key)


def tag_changed(
    run: int, key: str, before: str | None, after: str | None, user: str, *, going_on: bool
) -> Change | None:
    """The change that it is; None if it is none, or if a run that goes on sets what it did not have."""
    kind = kind_of_tag(key)
    if kind is None or before == after or (before is None and going_on):
        return None
    return Change(run, kind, key if kind is TAG else "", before, after, user, going_on)


def close_changes(tx: Transaction, run: int) -> None:
    """What is changed of a run that was taken up again is not joined to what was changed before its end."""
    tx.run("UPDATE run_changes SET going_on = NULL WHERE run = ? AND going_on = 1", (run,))


def note_changes(tx: Transaction, changes: Sequence[Change]) -> None:
    """Append changes of runs, whose rows are locked, in their order. What changes nothing is left out."""
    now = tx.now()
    rows: dict[object, tuple[object, ...]] = {}
    for number, change in enumerate(changes):
        run, kind, key, before, after, user, going_on = change
        if before == after:
            continue
        place = (run, kind, key, user) if going_on else number
        if going_on and place in rows:
            before = rows[place][3]
        rows[place] = (run, str(kind), key, before, after, user, now, 1 if going_on else None)
    tx.insert_many(
        "run_changes", _ROW, list(rows.values()),
        "ON CONFLICT (run, kind, key, user_name, going_on) DO UPDATE SET after = excluded.after, at = excluded.at",
    )  # fmt: skip
