"""Signs of life in the database."""

from __future__ import annotations

from collections.abc import Sequence

from flowmill.entities.run import RunStatus
from flowmill.errors import Invalid
from flowmill.store.sql.changes import STATUS, Change, note_changes
from flowmill.store.sql.documents import write_documents
from flowmill.store.sql.handler import handles
from flowmill.store.sql.run_rows import as_active
from flowmill.store.sql.tags import put_tags
from flowmill.store.sql.transaction import Transaction
from flowmill.wire.life import LOST_AFTER, EndRun, Heartbeat

_MOST_RUNS = 1000
_SHORTEST, _LONGEST = 1_000, 86_400_000


@handles(Heartbeat)
def hear(tx: Transaction, ask: Heartbeat) -> None:
    """Note when runs were heard of."""
    if len(ask.run_ids) > _MOST_RUNS:
        raise Invalid(f"A heartbeat names {len(ask.run_ids)} runs; at most {_MOST_RUNS} at once.")
    if not _SHORTEST <= ask.every <= _LONGEST:
        raise Invalid(f"Invalid every {ask.every}: it must be between {_SHORTEST} and {_LONGEST} ms.")
    runs = tx.all_in("SELECT id FROM runs WHERE status = 'RUNNING' AND run_id IN (...)", ask.run_ids)
    tx.run_many(
        "INSERT INTO heartbeats (run, heard_at, every) VALUES (?, ?, ?) "
        "ON CONFLICT (run) DO UPDATE SET heard_at = excluded.heard_at, every = excluded.every",
        [(run, tx.now(), ask.every) for (run,) in runs],
    )


@handles(EndRun)
def end_run(tx: Transaction, ask: EndRun) -> None:
    """End an active run."""
    if not RunStatus.is_terminated(ask.status):
        raise Invalid(f"Invalid status {ask.status}: a run ends as FINISHED, FAILED or KILLED.")
    run, _, status = known = as_active(tx, ask.run_id)
    if ask.unless_ended and not known.going_on:
        return
    put_tags(tx, "tags", "run", run, ask.tags)
    end_time = tx.now() if ask.end_time is None else ask.end_time
    tx.run("UPDATE runs SET status = ?, end_time = ? WHERE id = ?", (ask.status, end_time, run))
    if not known.going_on:
        note_changes(tx, [Change(run, STATUS, "", status, str(ask.status), tx.caller.name)])
    write_documents(tx, [run])


def lost_runs(tx: Transaction, ids: Sequence[int]) -> set[int]:
    """Which of these runs are RUNNING, once gave signs of life, and have been silent for too long."""
    rows = tx.all_in(
        "SELECT h.run, h.heard_at, h.every FROM heartbeats h JOIN runs r ON r.id = h.run "
        "WHERE r.status = 'RUNNING' AND h.run IN (...)",
        ids,
    )
    now = tx.now()
    return {run for run, heard_at, every in rows if now - heard_at > LOST_AFTER * every}
