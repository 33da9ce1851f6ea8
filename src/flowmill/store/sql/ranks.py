"""Many processes of one job in one run: who has it open, and the run's end, which follows from theirs.

The end is worked out anew from what is known of all ranks whenever one comes or goes, so that it does not depend on
the order in which they are heard of: a rank that was killed is often heard of last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flowmill.entities.names import check_text
from flowmill.entities.rank import RunRank
from flowmill.entities.run import HOW_TAG, RANK_TAG, SIGNAL_TAG, SIZE_TAG, RunStatus, RunTag
from flowmill.errors import Invalid
from flowmill.store.sql.documents import write_documents
from flowmill.store.sql.handler import handles
from flowmill.store.sql.run_rows import active_run, run_row
from flowmill.store.sql.tags import forget_end, put_tags
from flowmill.store.sql.transaction import Transaction
from flowmill.wire.life import JoinRun, LeaveRun, ListRanks, RankList

_COLUMNS = "job, rank, size, opened_at, host, status, ended_at, how, signal"
_FINAL = "('FINISHED', 'FAILED', 'KILLED')"
_LONGEST_JOB, _LONGEST_HOST, _LONGEST_HOW = 500, 255, 1_000
_MOST_RANKS = 1_000_000


@dataclass(frozen=True)
class _End:
    """How a run ended: as its rank ``cause``, None if all have left it without rank 0."""

    status: RunStatus
    at: int
    cause: int | None
    how: str


@handles(JoinRun)
def join_run(tx: Transaction, ask: JoinRun) -> None:
    """Note that a rank has the run open."""
    check_text("host of a rank", ask.host)
    if len(ask.host) > _LONGEST_HOST:
        raise Invalid(f"The host of a rank has {len(ask.host)} characters; at most {_LONGEST_HOST} are allowed.")
    run, before = _ranks_of(tx, ask)
    if before is None or ask.opened_at <= before.get(ask.rank, _NOBODY).opened_at:
        return
    if not before:
        put_tags(tx, "tags", "run", run, [RunTag(SIZE_TAG, str(ask.size))])
    after = {**before, ask.rank: RunRank(ask.job, ask.rank, ask.size, ask.opened_at, RunStatus.RUNNING, ask.host)}
    _settle(tx, run, before, after, ask.rank, ())


@handles(LeaveRun)
def leave_run(tx: Transaction, ask: LeaveRun) -> None:
    """Note how a rank ended."""
    if not RunStatus.is_terminated(ask.status):
        raise Invalid(f"Invalid status {ask.status}: a rank ends as FINISHED, FAILED or KILLED.")
    run, before = _ranks_of(tx, ask)
    there = _NOBODY if before is None else before.get(ask.rank, _NOBODY)
    if before is None or ask.opened_at < there.opened_at:
        return
    if ask.opened_at == there.opened_at and there.ended_at is not None:
        return  # whoever delivers what a dead process has left may tell its end again, and later
    tags = {tag.key: tag.value for tag in ask.tags}
    left = RunRank(
        ask.job, ask.rank, ask.size, ask.opened_at, ask.status, there.host,
        ask.end_time, tags.get(HOW_TAG, "")[:_LONGEST_HOW], tags.get(SIGNAL_TAG, "")[:_LONGEST_HOST],
    )  # fmt: skip
    _settle(tx, run, before, {**before, ask.rank: left}, ask.rank, ask.tags)


@handles(ListRanks)
def list_ranks(tx: Transaction, ask: ListRanks) -> RankList:
    """By their number."""
    return RankList(list(ranks_of(tx, run_row(tx, ask.run_id)[0]).values()))


def ranks_of(tx: Transaction, run: int) -> dict[int, RunRank]:
    """The ranks of a run by their number."""
    rows = tx.all(f"SELECT {_COLUMNS} FROM ranks WHERE run = ? ORDER BY rank", (run,))
    return {
        rank: RunRank(job, rank, size, opened_at, RunStatus(status), host, ended_at, how, by)
        for job, rank, size, opened_at, host, status, ended_at, how, by in rows
    }


def put_ranks(tx: Transaction, run: int, ranks: Sequence[RunRank]) -> None:
    """Let a run that is brought whole have these ranks."""
    tx.run("DELETE FROM ranks WHERE run = ?", (run,))
    for each in ranks:
        _put(tx, run, each)


def merge_ranks(tx: Transaction, run: int, brought: Sequence[RunRank], tags: Sequence[RunTag]) -> None:
    """Take in what another store knows of the ranks of a run, whose row is locked; the later word on each counts.

    ``tags``: what the other store says of the run's end.
    """
    before = ranks_of(tx, run)
    after = dict(before)
    for each in brought:
        there = after.get(each.rank)
        if there is None or _life(each) > _life(there):
            _put(tx, run, each)
            after[each.rank] = each
    end = _end_of(after)
    theirs = end is not None and RunTag(RANK_TAG, str(end.cause)) in tags
    _apply(tx, run, _end_of(before), end, tags if theirs else ())


def _life(rank: RunRank) -> tuple[int, int]:
    return rank.opened_at, 0 if rank.ended_at is None else 1


_NOBODY = RunRank("", 0, 0, -1, RunStatus.RUNNING)


def _ranks_of(tx: Transaction, ask: JoinRun | LeaveRun) -> tuple[int, dict[int, RunRank] | None]:
    """The run, locked, and the ranks of this job in it; None if a later job has the run now."""
    check_text("job of a rank", ask.job)
    if len(ask.job) > _LONGEST_JOB:
        raise Invalid(f"The job of a rank has {len(ask.job)} characters; at most {_LONGEST_JOB} are allowed.")
    if not 0 <= ask.rank < ask.size <= _MOST_RANKS:
        raise Invalid(f"Invalid rank {ask.rank} of {ask.size}: it counts from 0, up to one less than the size.")
    if ask.opened_at < 0:
        raise Invalid(f"Invalid opened_at {ask.opened_at}: it is a time in ms since the epoch.")
    run = active_run(tx, ask.run_id)
    there = ranks_of(tx, run)
    if all(each.job == ask.job for each in there.values()):
        return run, there
    if any(each.opened_at > ask.opened_at for each in there.values()):
        return run, None
    tx.run("DELETE FROM ranks WHERE run = ?", (run,))
    return run, {}


def _settle(
    tx: Transaction,
    run: int,
    before: dict[int, RunRank],
    after: dict[int, RunRank],
    changed: int,
    tags: Sequence[RunTag],
) -> None:
    """Write what is new of one rank, and what follows for the run."""
    _put(tx, run, after[changed])
    end = _end_of(after)
    _apply(tx, run, _end_of(before), end, tags if end is not None and end.cause == changed else ())


def _put(tx: Transaction, run: int, rank: RunRank) -> None:
    tx.run("DELETE FROM ranks WHERE run = ? AND rank = ?", (run, rank.rank))
    tx.run(
        f"INSERT INTO ranks (run, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            run, rank.job, rank.rank, rank.size, rank.opened_at, rank.host, str(rank.status), rank.ended_at, rank.how,
            rank.signal,
        ),
    )  # fmt: skip


def _end_of(ranks: dict[int, RunRank]) -> _End | None:
    """How the run of these ranks has ended, None if it is still open."""
    ended = [each for each in ranks.values() if each.ended_at is not None]
    failed = [each for each in ended if each.status != RunStatus.FINISHED]
    if failed:
        # One that was told to end by a signal mostly fell with another.
        first = min(failed, key=lambda each: (bool(each.signal), each.ended_at, each.rank))
        return _End(first.status, first.ended_at or 0, first.rank, f"Rank {first.rank}: {first.how}")
    if 0 in ranks and ranks[0].ended_at is not None:
        return _End(RunStatus.FINISHED, ranks[0].ended_at, 0, "")
    if not ended or len(ended) < len(ranks) or 0 in ranks:
        return None
    size = max(each.size for each in ended)
    how = f"Rank 0 of {size} never opened the run: it ended when the others had left it."
    return _End(RunStatus.FINISHED, max(each.ended_at or 0 for each in ended), None, how)


def _apply(tx: Transaction, run: int, was: _End | None, now: _End | None, tags: Sequence[RunTag]) -> None:
    if (was and (was.status, was.cause)) == (now and (now.status, now.cause)):
        return
    if was is not None:
        forget_end(tx, run)
    if now is None:
        tx.run("UPDATE runs SET status = 'RUNNING', end_time = NULL WHERE id = ?", (run,))
        return
    ours = was is not None or now.status != RunStatus.FINISHED  # else an end that somebody else wrote stays
    changed = tx.run(
        f"UPDATE runs SET status = ?, end_time = ? WHERE id = ?{'' if ours else f' AND status NOT IN {_FINAL}'}",
        (str(now.status), now.at, run),
    )
    if changed:
        said = {tag.key: tag for tag in tags}
        if now.how:
            said[HOW_TAG] = RunTag(HOW_TAG, now.how)
        if now.cause is not None and now.status != RunStatus.FINISHED:
            said[RANK_TAG] = RunTag(RANK_TAG, str(now.cause))
        put_tags(tx, "tags", "run", run, list(said.values()))
        write_documents(tx, [run])
