"""A run that is silent for too long is lost, until it is heard of again."""

from __future__ import annotations

import pytest

from flowmill.entities.run import RunStatus
from flowmill.errors import Invalid
from flowmill.store.base import Store
from flowmill.testing.memory import memory_store
from flowmill.wire.life import Heartbeat
from flowmill.wire.runs import CreateRun, GetRun, SearchRuns, UpdateRun
from flowmill.wire.table import GetRunRows


def test_silence_makes_a_run_lost_and_a_word_brings_it_back() -> None:
    now = 1_700_000_000_000
    store = memory_store(clock=lambda: now)
    heard, mute, ended = (store.send(CreateRun()).info.run_id for _ in range(3))
    store.send(Heartbeat(run_ids=[heard, ended, "unknown"], every=10_000))
    store.send(UpdateRun(run_id=ended, status=RunStatus.FAILED))

    def lost() -> set[str]:
        by_search = {run.info.run_id for run in store.send(SearchRuns(experiment_ids=["0"])).runs if run.info.lost}
        by_rows = {row.run_id for row in store.send(GetRunRows(experiment_ids=["0"])).rows if row.lost}
        by_get = {run_id for run_id in (heard, mute, ended) if store.send(GetRun(run_id=run_id)).info.lost}
        assert by_search == by_rows == by_get
        return by_get

    now += 30_000
    assert lost() == set()
    now += 1
    assert lost() == {heard}
    assert store.send(GetRun(run_id=heard)).info.status == "RUNNING"
    store.send(Heartbeat(run_ids=[heard], every=10_000))
    assert lost() == set()


def test_heartbeats_are_bounded(store: Store) -> None:
    run_id = store.send(CreateRun()).info.run_id
    store.send(Heartbeat(run_ids=[run_id]))
    assert not store.send(GetRun(run_id=run_id)).info.lost
    with pytest.raises(Invalid, match="every"):
        store.send(Heartbeat(run_ids=[run_id], every=0))
    with pytest.raises(Invalid, match="at most"):
        store.send(Heartbeat(run_ids=[run_id] * 1001))
