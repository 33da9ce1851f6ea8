"""Many processes have a run open: its end follows from theirs, in whatever order they are heard of."""

from __future__ import annotations

import itertools

import pytest

from flowmill.entities.run import Run, RunStatus, RunTag
from flowmill.errors import Invalid, NotFound
from flowmill.store.base import Store
from flowmill.wire.life import EndRun, JoinRun, LeaveRun, ListRanks
from flowmill.wire.runs import CreateRun, DeleteRun, GetRun, UpdateRun
from flowmill.wire.trash import PurgeTrash

START = 1_700_000_000_000
HOW = "flowmill.end"


def new_run(store: Store) -> str:
    return store.send(CreateRun()).info.run_id


def join(store: Store, run_id: str, *ranks: int, job: str = "a", at: int = START, size: int = 4) -> None:
    for rank in ranks:
        store.send(JoinRun(run_id=run_id, job=job, rank=rank, size=size, opened_at=at, host=f"node-{rank}"))


def leave(
    run_id: str, rank: int, after: int, status: str = "FINISHED", job: str = "a", at: int = START, **tags: str
) -> LeaveRun:
    return LeaveRun(
        run_id=run_id, job=job, rank=rank, size=4, opened_at=at, status=RunStatus(status), end_time=START + after,
        tags=[RunTag(f"flowmill.{key}", value) for key, value in tags.items()],
    )  # fmt: skip


def get(store: Store, run_id: str) -> Run:
    return store.send(GetRun(run_id=run_id))


def end_of(store: Store, run_id: str) -> tuple[str, int | None, dict[str, str]]:
    run = get(store, run_id)
    said = {key[9:]: value for key, value in run.data.tags.items() if key.startswith("flowmill.") and key != SIZE}
    return run.info.status, None if run.info.end_time is None else run.info.end_time - START, said


SIZE = "flowmill.worldSize"


def test_the_run_ends_with_rank_0(store: Store) -> None:
    run_id = new_run(store)
    join(store, run_id, 0, 1, 2)
    assert get(store, run_id).data.tags[SIZE] == "4"
    store.send(leave(run_id, 1, 10))
    assert end_of(store, run_id) == ("RUNNING", None, {})
    store.send(leave(run_id, 0, 20))
    store.send(leave(run_id, 2, 30))
    assert end_of(store, run_id) == ("FINISHED", 20, {})
    ranks = store.send(ListRanks(run_id=run_id)).ranks
    assert {each.status for each in ranks} == {"FINISHED"}
    assert [(each.rank, each.ended_at, each.host) for each in ranks] == [
        (0, START + 20, "node-0"),
        (1, START + 10, "node-1"),
        (2, START + 30, "node-2"),
    ]


def test_a_run_whose_rank_0_never_comes_ends_with_the_last_that_leaves(store: Store) -> None:
    run_id = new_run(store)
    join(store, run_id, 1, 2)
    store.send(leave(run_id, 1, 10))
    assert end_of(store, run_id)[0] == "RUNNING"
    store.send(leave(run_id, 2, 20))
    status, at, said = end_of(store, run_id)
    assert (status, at) == ("FINISHED", 20)
    assert said["end"] == "Rank 0 of 4 never opened the run: it ended when the others had left it."
    join(store, run_id, 0, at=START + 100)  # late, but there
    assert end_of(store, run_id) == ("RUNNING", None, {})
    store.send(leave(run_id, 0, 200, at=START + 100))
    assert end_of(store, run_id) == ("FINISHED", 200, {})


# Rank 1 was killed, rank 3 failed of that, and the launcher ended the others.
ENDS = [(0, 60, "KILLED", "SIGTERM"), (1, 40, "KILLED", ""), (2, 30, "KILLED", "SIGTERM"), (3, 50, "FAILED", "")]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_the_first_that_was_not_told_to_end_is_the_cause(order: tuple[int, ...], store: Store) -> None:
    run_id = new_run(store)
    join(store, run_id, 0, 1, 2, 3)
    for number in order:
        rank, after, status, signal = ENDS[number]
        extra = {"signal": signal} if signal else {"traceback": f"of {rank}"}
        store.send(leave(run_id, rank, after, status, end=f"end of {rank}", **extra))
        assert end_of(store, run_id)[0] != "RUNNING"
    assert end_of(store, run_id) == ("KILLED", 40, {"end": "Rank 1: end of 1", "traceback": "of 1", "rank": "1"})
    store.send(leave(run_id, 1, 70, "KILLED", end="told again"))
    assert end_of(store, run_id)[1] == 40


def test_a_rank_that_dies_is_told_of_a_run_that_rank_0_finished(store: Store) -> None:
    run_id = new_run(store)
    join(store, run_id, 0, 1)
    store.send(leave(run_id, 0, 10))
    store.send(leave(run_id, 1, 5, "KILLED", end="died"))
    assert end_of(store, run_id) == ("KILLED", 5, {"end": "Rank 1: died", "rank": "1"})


def test_a_rank_that_is_started_again_takes_its_death_back(store: Store) -> None:
    run_id = new_run(store)
    join(store, run_id, 0, 1)
    store.send(leave(run_id, 1, 5, "KILLED", end="died", signal="SIGTERM"))
    join(store, run_id, 1, at=START + 50)
    assert end_of(store, run_id) == ("RUNNING", None, {})
    store.send(leave(run_id, 1, 6, "KILLED", end="told late, of the former life"))
    join(store, run_id, 1, at=START)
    assert end_of(store, run_id) == ("RUNNING", None, {})
    store.send(leave(run_id, 1, 60, at=START + 50))
    store.send(leave(run_id, 0, 70))
    assert end_of(store, run_id) == ("FINISHED", 70, {})


def test_a_later_job_that_takes_the_run_up_counts_alone(store: Store) -> None:
    run_id = new_run(store)
    join(store, run_id, 0, 1, 2)
    store.send(leave(run_id, 2, 5, "FAILED", end="out of memory", traceback="…", exitCode="1"))
    store.send(UpdateRun(run_id=run_id, status=RunStatus.RUNNING))
    assert end_of(store, run_id)[2] == {}, "a run that goes on says nothing of its end"
    join(store, run_id, 0, 1, job="b", at=START + 100, size=2)
    store.send(leave(run_id, 1, 6, "KILLED", end="the former job's, heard of late"))
    join(store, run_id, 3)
    store.send(leave(run_id, 0, 110, job="b", at=START + 100))
    assert end_of(store, run_id) == ("FINISHED", 110, {})
    assert [(each.job, each.rank) for each in store.send(ListRanks(run_id=run_id)).ranks] == [("b", 0), ("b", 1)]


def test_an_end_that_somebody_wrote_stays(store: Store) -> None:
    run_id = new_run(store)
    join(store, run_id, 0)
    store.send(EndRun(run_id=run_id, status=RunStatus.FAILED, end_time=START + 7))
    store.send(leave(run_id, 0, 10))
    assert end_of(store, run_id) == ("FAILED", 7, {})


def test_what_is_wrong(store: Store) -> None:
    run_id = new_run(store)
    with pytest.raises(Invalid, match="rank 4 of 4"):
        join(store, run_id, 4)
    with pytest.raises(Invalid, match="opened_at -1"):
        join(store, run_id, 0, at=-1)
    with pytest.raises(Invalid, match="501 characters"):
        join(store, run_id, 0, job="x" * 501)
    with pytest.raises(Invalid, match="NUL"):
        join(store, run_id, 0, job="\0")
    with pytest.raises(Invalid, match="a rank ends as"):
        store.send(leave(run_id, 0, 1, "RUNNING"))
    with pytest.raises(NotFound):
        store.send(ListRanks(run_id="0" * 32))
    join(store, run_id, 0)
    store.send(DeleteRun(run_id=run_id))
    with pytest.raises(Invalid, match="is deleted"):
        store.send(leave(run_id, 0, 1))
    store.send(PurgeTrash())
    with pytest.raises(NotFound):
        store.send(ListRanks(run_id=run_id))
