"""What stands before a store never waits twice for one that is away, and ends runs whatever is said of their end."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import flowmill
from flowmill.entities.metric import Metric
from flowmill.entities.run import RunTag
from flowmill.errors import Unavailable
from flowmill.spool.delivery import Delivery
from flowmill.spool.spool import Spool
from flowmill.spool.store import SpooledStore
from flowmill.store.base import Store
from flowmill.testing.memory import memory_store
from flowmill.wire.life import EndRun
from flowmill.wire.metrics import GetMetricHistory
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
        front.point(known.info.run_id, "m", 1.0, step, step)
        front.point(unknown.info.run_id, "m", 1.0, step, step)
        front.send(LogBatch(run_id=unknown.info.run_id, metrics=[Metric("n", 1.0, step, step)]))
    assert away.asked["GetRun"] == 1
    away.is_away = False
    assert front.flush(30)
    for run in (known, unknown):
        assert len(away.send(GetMetricHistory(run_id=run.info.run_id, metric_key="m")).metrics) == 100
    front.close()


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
