"""What is changed of a run is kept, in every store: who, when, from what to what."""

from __future__ import annotations

import pytest

from flowmill.entities.caller import Caller
from flowmill.entities.metric import Metric
from flowmill.entities.run import RunStatus, RunTag
from flowmill.entities.run_change import RunChange, RunChangeKind
from flowmill.errors import Invalid, NotFound
from flowmill.store.base import Store
from flowmill.store.sql.engine import SqlStore
from flowmill.wire.changes import ListRunChanges
from flowmill.wire.experiments import CreateExperiment
from flowmill.wire.life import EndRun
from flowmill.wire.moves import MoveRuns
from flowmill.wire.runs import CreateRun, DeleteRun, DeleteTag, LogBatch, RestoreRun, SetTag, UpdateRun
from flowmill.wire.trash import PurgeTrash

NOTE = "mlflow.note.content"
Said = tuple[str, str | None, str | None, str | None]


def said(store: Store, run_id: str) -> list[Said]:
    """What the log says, newest first, without who and when."""
    changes = store.send(ListRunChanges(run_id=run_id)).changes
    return [(str(each.kind), each.key, each.before, each.after) for each in changes]


@pytest.fixture
def run_id(store: Store) -> str:
    """A run that goes on, named "first"."""
    return store.send(CreateRun(run_name="first", tags=[RunTag("team", "red")])).info.run_id


@pytest.fixture
def ended(store: Store, run_id: str) -> str:
    """The same, finished."""
    store.send(UpdateRun(run_id=run_id, status=RunStatus.FINISHED, end_time=5))
    return run_id


def test_what_a_run_logs_and_how_it_ends_is_no_change(store: Store, run_id: str) -> None:
    store.send(LogBatch(run_id=run_id, metrics=[Metric("m", 1.0, 1)], tags=[RunTag("new", "1"), RunTag(NOTE, "why")]))
    store.send(SetTag(run_id=run_id, key="team", value="red"))
    store.send(UpdateRun(run_id=run_id, run_name="first"))
    store.send(RestoreRun(run_id=run_id))
    store.send(EndRun(run_id=run_id, status=RunStatus.FAILED, tags=[RunTag("flowmill.end", "It fell.")]))
    store.send(EndRun(run_id=run_id, status=RunStatus.FINISHED, unless_ended=True))
    store.send(SetTag(run_id=run_id, key="mlflow.source.name", value="train.py"))
    assert said(store, run_id) == []


def test_every_change_of_a_run_that_has_ended_is_kept(store: Store, ended: str) -> None:
    store.send(UpdateRun(run_id=ended, run_name="second"))
    store.send(SetTag(run_id=ended, key="mlflow.runName", value="third"))
    store.send(SetTag(run_id=ended, key=NOTE, value="# Why"))
    store.send(SetTag(run_id=ended, key=NOTE, value=""))
    store.send(LogBatch(run_id=ended, tags=[RunTag("team", "blue"), RunTag("seen", "yes"), RunTag("seen", "no")]))
    store.send(SetTag(run_id=ended, key="seen", value="no"))
    store.send(DeleteTag(run_id=ended, key="seen"))
    store.send(DeleteRun(run_id=ended))
    store.send(RestoreRun(run_id=ended))
    assert said(store, ended) == [
        ("lifecycle", None, "deleted", "active"),
        ("lifecycle", None, "active", "deleted"),
        ("tag", "seen", "no", None),
        ("tag", "seen", "yes", "no"),
        ("tag", "seen", None, "yes"),
        ("tag", "team", "red", "blue"),
        ("description", None, "# Why", ""),
        ("description", None, None, "# Why"),
        ("name", None, "second", "third"),
        ("name", None, "first", "second"),
    ]
    times = [each.time for each in store.send(ListRunChanges(run_id=ended)).changes]
    assert times == sorted(times, reverse=True)
    assert times[-1] > 1_600_000_000_000


def test_another_end_and_a_new_begin_are_kept(store: Store, ended: str) -> None:
    store.send(UpdateRun(run_id=ended, status=RunStatus.FAILED))
    store.send(EndRun(run_id=ended, status=RunStatus.FAILED))
    store.send(EndRun(run_id=ended, status=RunStatus.KILLED))
    store.send(UpdateRun(run_id=ended, status=RunStatus.RUNNING))
    store.send(UpdateRun(run_id=ended, status=RunStatus.FINISHED))
    assert said(store, ended) == [
        ("status", None, "KILLED", "RUNNING"),
        ("status", None, "FAILED", "KILLED"),
        ("status", None, "FINISHED", "FAILED"),
    ]


def test_a_tag_that_a_training_sets_again_and_again_is_one_change(store: Store, run_id: str) -> None:
    store.send(SetTag(run_id=run_id, key="epoch", value="0"))
    for epoch in range(1, 20):
        store.send(SetTag(run_id=run_id, key="epoch", value=str(epoch)))
    store.send(LogBatch(run_id=run_id, tags=[RunTag("epoch", str(epoch)) for epoch in range(20, 40)]))
    assert said(store, run_id) == [("tag", "epoch", "0", "39")]
    store.send(UpdateRun(run_id=run_id, run_name="second"))
    store.send(SetTag(run_id=run_id, key="mlflow.runName", value="third"))
    store.send(SetTag(run_id=run_id, key="epoch", value="0"))
    assert said(store, run_id) == [("name", None, "first", "third")], "what was undone is none"
    store.send(DeleteTag(run_id=run_id, key="epoch"))
    assert ("tag", "epoch", "0", None) in said(store, run_id)


def test_what_changes_after_a_run_was_taken_up_again_is_a_change_of_its_own(store: Store, run_id: str) -> None:
    for status, value in (
        (RunStatus.FINISHED, "blue"),
        (RunStatus.RUNNING, "green"),
        (RunStatus.FINISHED, "gold"),
        (RunStatus.RUNNING, "grey"),
    ):
        store.send(SetTag(run_id=run_id, key="team", value=value))
        store.send(UpdateRun(run_id=run_id, status=status))
    store.send(SetTag(run_id=run_id, key="team", value="white"))
    assert {each for each in said(store, run_id) if each[0] == "tag"} == {
        ("tag", "team", "red", "blue"),
        ("tag", "team", "blue", "green"),
        ("tag", "team", "green", "gold"),
        ("tag", "team", "gold", "grey"),
        ("tag", "team", "grey", "white"),
    }


def test_a_batch_that_is_refused_or_comes_again_changes_nothing(store: Store, ended: str) -> None:
    batch = LogBatch(run_id=ended, tags=[RunTag("team", "blue")], writer="w", seq=1)
    store.send(batch)
    store.send(SetTag(run_id=ended, key="team", value="green"))
    store.send(batch)
    with pytest.raises(Invalid):
        store.send(LogBatch(run_id=ended, tags=[RunTag("team", "gold"), RunTag("", "x")]))
    with pytest.raises(NotFound):
        store.send(DeleteTag(run_id=ended, key="nothing"))
    assert said(store, ended) == [("tag", "team", "blue", "green"), ("tag", "team", "red", "blue")]


def test_moves_stand_in_the_log_where_they_happened(store: Store, ended: str) -> None:
    other = store.send(CreateExperiment(name="other"))
    store.send(UpdateRun(run_id=ended, run_name="second"))
    store.send(MoveRuns(run_ids=[ended], experiment_id=other))
    store.send(UpdateRun(run_id=ended, run_name="third"))
    names = [("name", None, "second", "third"), ("name", None, "first", "second")]
    assert sorted(said(store, ended)) == sorted([("experiment", None, "0", other), *names])


def test_the_log_is_read_in_pages(store: Store, ended: str) -> None:
    for number in range(25):
        store.send(SetTag(run_id=ended, key="n", value=str(number)))
    found: list[RunChange] = []
    token: str | None = ""
    pages = 0
    while token is not None:
        page = store.send(ListRunChanges(run_id=ended, max_results=10, page_token=token))
        found += page.changes
        token = page.next_page_token
        pages += 1
    assert pages == 3
    assert [each.after for each in found] == [str(number) for number in reversed(range(25))]
    with pytest.raises(Invalid, match="page_token"):
        store.send(ListRunChanges(run_id=ended, page_token="nonsense"))
    with pytest.raises(Invalid, match="max_results"):
        store.send(ListRunChanges(run_id=ended, max_results=0))
    with pytest.raises(NotFound, match="no run with id 'nowhere'"):
        store.send(ListRunChanges(run_id="nowhere"))


def test_the_log_of_a_freed_run_is_gone(store: Store, ended: str) -> None:
    store.send(UpdateRun(run_id=ended, run_name="second"))
    store.send(DeleteRun(run_id=ended))
    assert len(said(store, ended)) == 2
    store.send(PurgeTrash(run_ids=[ended]))
    with pytest.raises(NotFound):
        said(store, ended)
    again = store.send(CreateRun(run_id=ended)).info.run_id
    assert said(store, again) == []


@pytest.mark.parametrize("store", ["sqlite", "postgres"], indirect=True)
def test_who_changed_a_run_is_kept_though_their_requests_are_written_together(store: SqlStore) -> None:
    run_id = store.send(CreateRun(run_name="first", tags=[RunTag("team", "red")])).info.run_id
    callers = [Caller("ann"), Caller("ben"), Caller("ann"), None]
    for sets in (["a", "b", "c", "d"], ["e", "f", "g", "h"]):
        asked = [
            (SetTag(run_id=run_id, key="team", value=value), who) for value, who in zip(sets, callers, strict=True)
        ]
        assert store.send_group(asked) == [None] * 4
    store.send(UpdateRun(run_id=run_id, status=RunStatus.FINISHED))
    store.send(UpdateRun(run_id=run_id, run_name="second"), Caller("ann"))
    changes = store.send(ListRunChanges(run_id=run_id)).changes
    assert changes[0] == RunChange(
        time=changes[0].time, user="ann", kind=RunChangeKind.NAME, before="first", after="second"
    )
    assert {(each.user, each.before, each.after) for each in changes[1:]} == {
        ("ann", "red", "g"),
        ("ben", "a", "f"),
        ("", "c", "h"),
    }
