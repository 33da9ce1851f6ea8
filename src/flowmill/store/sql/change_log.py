"""Reading what was changed of runs, and from where they were moved."""

from __future__ import annotations

from flowmill.entities.run_change import RunChange, RunChangeKind
from flowmill.store.sql.changes import EXPERIMENT
from flowmill.store.sql.handler import handles
from flowmill.store.sql.paging import check_page_size, decode_token, encode_token, refused_token
from flowmill.store.sql.run_rows import run_row
from flowmill.store.sql.transaction import Transaction
from flowmill.wire.changes import ListRunChanges, RunChangePage

_LARGEST_PAGE = 1_000
_LOG = (
    "SELECT at, 1 AS source, id, user_name, kind, key, before, after FROM run_changes "
    "WHERE run = ? AND (before IS NULL OR after IS NULL OR before <> after) "
    f"UNION ALL SELECT at, 0, id, user_name, '{EXPERIMENT}', '', CAST(from_experiment AS TEXT), "
    "CAST(to_experiment AS TEXT) FROM run_moves WHERE run = ?"
)


@handles(ListRunChanges)
def list_run_changes(tx: Transaction, ask: ListRunChanges) -> RunChangePage:
    """A page of the log."""
    size = check_page_size(ask.max_results, _LARGEST_PAGE)
    run = run_row(tx, ask.run_id)[0]
    place = decode_token(ask.page_token, 3)
    if place is not None and not all(isinstance(each, int) for each in place):
        raise refused_token(ask.page_token)
    earlier = "WHERE (at, source, id) < (?, ?, ?) " if place else ""
    rows = tx.all(
        f"SELECT * FROM ({_LOG}) AS log {earlier}ORDER BY at DESC, source DESC, id DESC LIMIT ?",
        (run, run, *(place or ()), size + 1),
    )
    more = encode_token(list(rows[size - 1][:3])) if len(rows) > size else None
    return RunChangePage(
        [
            RunChange(time=at, user=user, kind=RunChangeKind(kind), key=key or None, before=before, after=after)
            for at, _, _, user, kind, key, before, after in rows[:size]
        ],
        more,
    )
