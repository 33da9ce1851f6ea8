"""What stands before a store never waits twice for one that is away, and ends runs whatever is said of their end."""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import flowmill
from flowmill.entities.metric import Metric
from flowmill.entities.run import Param, RunTag
from flowmill.errors import Invalid, Unavailable
from flowmill.spool.delivery import Delivery
from flowmill.spool.segment import KEY, OPENED, POINT, REQUEST, RUN, START
from flowmill.spool.spool import Spool
from flowmill.spool.store import SpooledStore
from flowmill.store.base import Store
from flowmill.testing.memory import memory_store
from flowmill.wire.life import EndRun
from flowmill.wire.metrics import GetMetricHistory, LogMetric
from flowmill.wire.runs import CreateRun, GetRun, LogBatch


class Away:
    """A store that can be away, and counts what it is asked meanwhile."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.is_away = False
        self.asked: Counter[str] = Counter()

    def send(self, request: Any) -> Any:
        if self.is_away:
            self.asked[type(request).__name__] += 1
            raise Unavailable("The store is away.")
        return self.store.send(request)

    def close(self) -> None:
        self.store.close()


def test_only_the_first_call_waits_for_a_store_that_is_away(tmp_path: Path) -> None:
    away = Away(memory_store())
    known, unknown = (away.send(CreateRun()) for _ in range(2))
    front = SpooledStore(away, Spool(tmp_path / "spool", Delivery("a store", lambda: away, None), limit=1 << 26))
    front.opened(known)
    away.is_away = True
    for step in range(100):
        front.points(known.info.run_id, [("m", 1.0, step, step)])
        front.points(unknown.info.run_id, [("m", 1.0, step, step)])
        front.send(LogBatch(run_id=unknown.info.run_id, metrics=[Metric("n", 1.0, step, step)]))
    assert away.asked["GetRun"] == 1
    away.is_away = False
    assert front.flush(30)
    for run in (known, unknown):
        assert len(away.send(GetMetricHistory(run_id=run.info.run_id, metric_key="m")).metrics) == 100
    front.close()


class Deadly(Away):
    """A store that once takes the life of the thread that asks it, as a lack of memory may."""

    victim: threading.Thread

    def send(self, request: Any) -> Any:
        if self.is_away:
            self.is_away = False
            self.victim = threading.current_thread()
            raise SystemExit
        return super().send(request)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_delivery_that_dies_is_not_waited_for_and_taken_up_again(tmp_path: Path) -> None:
    deadly = Deadly(memory_store())
    run = deadly.send(CreateRun())
    front = SpooledStore(deadly, Spool(tmp_path / "spool", Delivery("a store", lambda: deadly, None), limit=1 << 26))
    front.opened(run)
    front.points(run.info.run_id, [("m", 1.0, 0, 0)])
    assert front.flush(30)
    deadly.is_away = True
    front.points(run.info.run_id, [("m", 2.0, 1, 1)])
    started = time.monotonic()
    front.flush(600)
    assert time.monotonic() - started < 60
    deadly.victim.join(60)  # what it dies of is said in this test, where it is expected
    front.points(run.info.run_id, [("m", 3.0, 2, 2)])
    assert front.flush(30)
    history = deadly.send(GetMetricHistory(run_id=run.info.run_id, metric_key="m")).metrics
    assert [metric.value for metric in history] == [1.0, 2.0, 3.0]
    front.close()


def test_points_take_one_way_however_they_are_logged(tmp_path: Path) -> None:
    """Fixed records, with a request only for what belongs to a model or dataset too."""
    away = Away(memory_store())
    run = away.send(CreateRun())
    run_id = run.info.run_id
    front = SpooledStore(away, Spool(tmp_path / "spool", Delivery("a store", lambda: away, None), limit=1 << 26))
    front.opened(run)
    away.is_away = True
    front.points(run_id, [("m", math.nan, 1, 1), ("n", 1.0, 1, 1)])
    front.send(LogMetric(run_id=run_id, key="m", value=2.0, timestamp=2, step=2))
    front.send(LogBatch(run_id=run_id, metrics=[Metric("m", float(step), step, step) for step in range(3, 2503)]))
    of_data = Metric("m", 9.0, 9999, 9999, dataset_name="d", dataset_digest="e")
    front.send(LogBatch(run_id=run_id, metrics=[Metric("n", 2.0, 2, 2), of_data], params=[Param("p", "1")]))
    segment = front.spool._active
    assert segment is not None
    kinds = Counter(payload[0] for _, _, payload in segment.records(START))
    assert kinds == {OPENED: 1, RUN: 1, KEY: 2, POINT: 2504, REQUEST: 1}
    away.is_away = False
    assert any(front.flush(30) for _ in range(20))  # an attempt of before may just be failing
    points = away.send(GetMetricHistory(run_id=run_id, metric_key="m")).metrics
    assert len(points) == 2503
    assert len(away.send(GetMetricHistory(run_id=run_id, metric_key="n")).metrics) == 2
    assert away.send(GetRun(run_id=run_id)).data.params == {"p": "1"}
    front.close()


def test_what_no_record_can_hold_is_refused_at_the_call(tmp_path: Path) -> None:
    client = flowmill.MlflowClient(str(tmp_path))
    run_id = client.create_run("0").info.run_id
    anything: Any = Metric
    for point, sentence in (
        (anything("m", "high", 1, 1), "value of metric 'm' must be a number, got str 'high'"),
        (anything("m", 1.0, 1.5, 1), "timestamp of metric 'm' is 1.5: it must be a whole number"),
        (anything("m", 1.0, 1, None), "step of metric 'm' is None"),
        (anything("m", 1.0, 1, 2**63), "must fit 64 bits"),
    ):
        with pytest.raises(Invalid, match=sentence):
            client.log_batch(run_id, metrics=[Metric("fine", 1.0, 1, 1), point])
    client.log_batch(run_id, metrics=[Metric("fine", 1.0, 1, 1)], params=[], tags=[])
    assert client.get_run(run_id).data.metrics == {"fine": 1.0}


def test_a_run_ends_whatever_is_said_of_its_end(tmp_path: Path) -> None:
    store = memory_store()
    run_id = store.send(CreateRun()).info.run_id
    refusals = tmp_path / "refused.jsonl"
    front = SpooledStore(store, Spool(tmp_path / "spool", Delivery("a store", lambda: store, refusals), limit=1 << 26))
    front.end(EndRun(run_id=run_id, status="FAILED", tags=[RunTag("flowmill.end", "x" * 1_000_001)]))
    assert store.send(GetRun(run_id=run_id)).info.status == "FAILED"
    assert "flowmill.end" in refusals.read_text()
    front.close()


def test_what_is_read_is_not_kept(tmp_path: Path) -> None:
    client = flowmill.MlflowClient(str(tmp_path))
    run_ids = [client.create_run("0").info.run_id for _ in range(3)]
    reader = flowmill.MlflowClient(f"sqlite:///{tmp_path / 'flowmill.db'}")
    for run_id in run_ids:
        assert reader.get_run(run_id).info.run_id == run_id
    assert reader._store._params == {}
