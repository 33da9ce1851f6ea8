"""Hidden branches: points that a run measured after the step from which it was taken up again.

A hidden series is a series like any other, of a run that is not there: its ``run`` is minus the number of its
branch. So whatever finds series by their runs never meets one, and no reader has to leave any out.
"""

from __future__ import annotations

from collections.abc import Sequence

from flowmill.entities.branch import Branch
from flowmill.entities.metric import MetricColumns
from flowmill.entities.names import check_text
from flowmill.entities.points import Point
from flowmill.errors import Invalid, NotFound
from flowmill.store.sql.batches import append_points, measure_again, take_later
from flowmill.store.sql.documents import write_documents
from flowmill.store.sql.handler import handles
from flowmill.store.sql.metrics import columns_of_series, drop_series, points_of_series
from flowmill.store.sql.run_rows import active_run, run_row
from flowmill.store.sql.transaction import Row, Transaction
from flowmill.wire.branches import (
    BranchList,
    GetBranchColumns,
    ImportBranch,
    ListBranches,
    RestoreBranch,
    RewindRun,
)

_MACHINE = "system/"
_LONGEST_ONCE = 200


@handles(RewindRun)
def rewind_run(tx: Transaction, ask: RewindRun) -> BranchList:
    """Hide what is later than a step, once for each ``once``."""
    check_text("once of a rewind", ask.once)
    if len(ask.once) > _LONGEST_ONCE:
        raise Invalid(f"The once of a rewind has {len(ask.once)} characters; at most {_LONGEST_ONCE} are allowed.")
    run = active_run(tx, ask.run_id)
    once = ask.once or tx.new_id()
    if tx.first("SELECT 1 FROM branches WHERE run = ? AND once = ?", (run, once)):
        return BranchList([each for each in _branches(tx, ask.run_id, run, once) if each.points])
    _hide(tx, run, ask.step, once, keep_empty=bool(ask.once))
    write_documents(tx, [run])
    return BranchList([each for each in _branches(tx, ask.run_id, run, once) if each.points])


@handles(ListBranches)
def list_branches(tx: Transaction, ask: ListBranches) -> BranchList:
    """Those that hide something."""
    run = run_row(tx, ask.run_id)[0]
    return BranchList([each for each in _branches(tx, ask.run_id, run) if each.points])


@handles(GetBranchColumns)
def get_branch_columns(tx: Transaction, ask: GetBranchColumns) -> MetricColumns:
    """The history of a hidden series; a key that the branch does not have has no points."""
    number, _ = _branch(tx, run_row(tx, ask.run_id)[0], ask.branch_id)
    found = tx.first("SELECT id, chunked FROM latest_metrics WHERE run = ? AND key = ?", (-number, ask.metric_key))
    return columns_of_series(tx, found, ask.page_token, ask.max_results)


@handles(RestoreBranch)
def restore_branch(tx: Transaction, ask: RestoreBranch) -> BranchList:
    """Let a branch and what is later than its step change places."""
    run = active_run(tx, ask.run_id)
    _branch(tx, run, ask.branch_id)  # raises if there is none
    bases: dict[str, str] = dict(tx.all("SELECT branch_id, base FROM branches WHERE run = ?", (run,)))
    line = [ask.branch_id]
    while (base := bases[line[-1]]) in bases and base not in line:
        line.append(base)
    once = tx.new_id()
    for number, branch_id in enumerate(reversed(line)):
        _swap(tx, run, branch_id, f"{once} {number}")
    write_documents(tx, [run])
    made = {
        row[0] for row in tx.all("SELECT branch_id FROM branches WHERE run = ? AND once LIKE ?", (run, f"{once} %"))
    }
    return BranchList([each for each in _branches(tx, ask.run_id, run) if each.points and each.branch_id in made])


def _swap(tx: Transaction, run: int, branch_id: str, once: str) -> None:
    """Let a branch that begins in what the run shows, and what the run has later than its step, change places."""
    number, step = _branch(tx, run, branch_id)
    _hide(tx, run, step, once, keep_empty=False, but=number)
    for series, key, chunked in tx.all("SELECT id, key, chunked FROM latest_metrics WHERE run = ?", (-number,)):
        _put(tx, run, key, points_of_series(tx, series, chunked))
    drop_series(tx, [-number])
    tx.run("DELETE FROM branches WHERE id = ?", (number,))
    tx.run("UPDATE branches SET base = '' WHERE run = ? AND base = ?", (run, branch_id))


@handles(ImportBranch)
def import_branch(tx: Transaction, ask: ImportBranch) -> None:
    """Add points to a branch, which is made if it is not there."""
    branch = ask.branch
    check_text("id of a branch", branch.branch_id)
    if len(branch.branch_id) != 32:
        raise Invalid(f"Invalid branch_id {branch.branch_id[:60]!r}: it has 32 characters.")
    run_row(tx, ask.run_id)  # raises if there is none
    run = tx.value(f"SELECT id FROM runs WHERE run_id = ?{tx.dialect.for_update}", (ask.run_id,))
    if not tx.first("SELECT 1 FROM imported WHERE kind = 'run' AND origin = ?", (ask.run_id,)):
        raise Invalid(f"Run {ask.run_id} was not imported; hide points of it with runs/rewind instead.")
    known = tx.first("SELECT id, run FROM branches WHERE branch_id = ?", (branch.branch_id,))
    if known is not None and known[1] != run:
        raise Invalid(f"Branch {branch.branch_id} belongs to another run than {ask.run_id}.")
    number = known[0] if known else _add(tx, branch.branch_id, run, branch.step, branch.created_at, branch.branch_id)
    check_text("base of a branch", branch.base)
    tx.run("UPDATE branches SET base = ? WHERE id = ?", (branch.base[:32], number))
    for column in ask.points:
        hidden = list(column.rows())
        shown = tx.first(
            "SELECT id, chunked FROM latest_metrics WHERE run = ? AND key = ? AND step > ?",
            (run, column.key, branch.step),
        )
        if shown is not None:
            gone = set(map(_exact, hidden))
            later = take_later(tx, shown[0], shown[1], branch.step)
            measure_again(tx, shown[0], shown[1])
            _put(tx, run, column.key, [point for point in later if _exact(point) not in gone])
        _put(tx, -number, column.key, hidden)
    write_documents(tx, [run])


def drop_branches(tx: Transaction, runs: Sequence[int]) -> None:
    """Remove every branch of these runs."""
    numbers = [row[0] for row in tx.all_in("SELECT id FROM branches WHERE run IN (...)", runs)]
    drop_series(tx, [-number for number in numbers])
    tx.run_in("DELETE FROM branches WHERE id IN (...)", numbers)


def _hide(tx: Transaction, run: int, step: int, once: str, *, keep_empty: bool, but: int = 0) -> None:
    """Hide what a run, whose row is locked, has later than a step; ``keep_empty``: remember that nothing was.

    Branches that begin later in what the run showed begin in what is hidden now, all ``but`` the one of that number.
    """
    late = [
        row
        for row in tx.all("SELECT id, key, chunked FROM latest_metrics WHERE run = ? AND step > ?", (run, step))
        if not row[1].startswith(_MACHINE)
    ]
    begun = [
        row[0]
        for row in tx.all("SELECT id FROM branches WHERE run = ? AND step > ? AND base = ''", (run, step))
        if row[0] != but
    ]
    if not late and not begun and not keep_empty:
        return
    branch_id = tx.new_id()
    number = _add(tx, branch_id, run, step, tx.now(), once)
    tx.run_many("UPDATE branches SET base = ? WHERE id = ?", [(branch_id, each) for each in begun])
    whole = [row[0] for row in late if not _reaches_back(tx, row, step)]
    tx.run_in(f"UPDATE latest_metrics SET run = {-number} WHERE id IN (...)", whole)
    for series, key, chunked in late:
        if series not in whole:
            _put(tx, -number, key, take_later(tx, series, chunked, step))
            measure_again(tx, series, chunked)
    tx.run("DELETE FROM run_documents WHERE id = ?", (run,))


def _put(tx: Transaction, run: int, key: str, points: Sequence[Point]) -> None:
    """Append points to a series: the first one makes it, so that the others may go into its chunks."""
    append_points(tx, {(run, key): points[:1]})
    append_points(tx, {(run, key): points[1:]})


def _reaches_back(tx: Transaction, row: Row, step: int) -> bool:
    """Whether a series has points that are not later than the step."""
    if tx.first("SELECT 1 FROM points WHERE series = ? AND step <= ? LIMIT 1", (row[0], step)):
        return True
    return bool(
        row[2] and tx.first("SELECT 1 FROM chunks WHERE series = ? AND parent = 0 AND low_step <= ?", (row[0], step))
    )


def _add(tx: Transaction, branch_id: str, run: int, step: int, at: int, once: str) -> int:
    return tx.value(
        "INSERT INTO branches (branch_id, run, step, created_at, once) VALUES (?, ?, ?, ?, ?) RETURNING id",
        (branch_id, run, step, at, once),
    )


def _branch(tx: Transaction, run: int, branch_id: str) -> tuple[int, int]:
    """The number and step of a branch of a run."""
    row = tx.first("SELECT id, step FROM branches WHERE run = ? AND branch_id = ?", (run, branch_id))
    if row is None:
        raise NotFound(f"The run has no branch {branch_id[:60]!r}: flowmill runs branches lists those that it has.")
    return row[0], row[1]


def _branches(tx: Transaction, run_id: str, run: int, once: str | None = None) -> list[Branch]:
    rows = tx.all(
        "SELECT id, branch_id, step, created_at, once, base FROM branches WHERE run = ? ORDER BY id DESC", (run,)
    )
    rows = [row for row in rows if once is None or row[4] == once]
    series = tx.all_in(
        "SELECT run, key, id, chunked, step FROM latest_metrics WHERE run IN (...)", [-row[0] for row in rows]
    )
    count = "SELECT series, COUNT(*) FROM points WHERE series IN (...) GROUP BY series"
    tails = dict(tx.all_in(count, [each[2] for each in series]))
    found: list[Branch] = []
    for number, branch_id, step, at, _, base in rows:
        own = [each for each in series if each[0] == -number]
        found.append(
            Branch(
                branch_id=branch_id,
                run_id=run_id,
                step=step,
                created_at=at,
                keys=sorted(each[1] for each in own),
                points=sum(each[3] + tails.get(each[2], 0) for each in own),
                last_step=max((each[4] for each in own), default=None),
                base=base,
            )
        )
    return found


def _exact(point: Point) -> tuple[int, int, str]:
    return point[0], point[1], point[2].hex()  # NaN is itself here
