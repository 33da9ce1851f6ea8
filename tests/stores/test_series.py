"""Long series: chunks, the pyramid above them and the tail are one set of points, however they came."""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowmill.entities.metric import Metric
from flowmill.entities.run import Param, RunTag
from flowmill.errors import Invalid
from flowmill.store.base import Store
from flowmill.store.open import open_store
from flowmill.store.sql import batches, chunks, pyramid
from flowmill.store.sql.chunks import decode, encode
from flowmill.store.sql.engine import SqlStore
from flowmill.store.sql.migrations import STEPS
from flowmill.store.sql.places import Places
from flowmill.store.sql.points import Points, joined, kept_of, points_of
from flowmill.store.sql.postgres import PostgresDatabase
from flowmill.store.sql.series import bits_of, spread, thin
from flowmill.store.sql.sqlite import SqliteDatabase
from flowmill.store.sql.writer import Asked
from flowmill.testing.memory import memory_store
from flowmill.wire.metrics import (
    GetMetricColumns,
    GetMetricHistory,
    GetMetricHistoryBulkInterval,
    GetMetricTable,
    GetSeries,
    LogMetric,
)
from flowmill.wire.runs import CreateRun, DeleteRun, GetRun, LogBatch, SetTag
from flowmill.wire.trash import PurgeTrash
from tests.story.story import run_python

PLACES = Places("mlflow-artifacts:/", accept=lambda location: location)
INT64 = st.integers(-(2**63), 2**63 - 1)
FLOAT_BITS = st.one_of(
    INT64,
    st.floats(width=64).map(bits_of),
    st.sampled_from([0x7FF0000000000001, -1, 1, 0x7FF8000000000001]),  # NaN payloads, a denormal
)
FIRST_CHUNK = (
    "011d000000260000002f00000070636f210300c104010402000000100000402b7f5e0c00002c0040510070636f210300c104"
    "0104020000002200f0ffffffffffffff2f000000000040000020001a080070636f210300c1040106020000003200e8ffffff"
    "ffffffff0f80666666666666ee2f80910000000000fc7f00060000"
)

Point = tuple[float, int, int]
"""(value, time, step)"""


@contextmanager
def small_chunks() -> Iterator[None]:
    """Chunks so small that a thousand points make a pyramid of several levels."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "TAIL", 20)
        patch.setattr(batches, "_SPREAD", 4)
        patch.setattr(pyramid, "LEAF", 32)
        patch.setattr(pyramid, "SKETCH", 8)
        patch.setattr(pyramid, "FAN", 3)
        yield


@pytest.fixture
def run_id(store: Store) -> Iterator[str]:
    """A run that is open, in a store whose chunks are small."""
    with small_chunks():
        yield store.send(CreateRun()).info.run_id


def log(store: Store, run_id: str, points: list[Point], size: int = 1000, key: str = "m") -> None:
    for start in range(0, len(points), size):
        some = [Metric(key, value, time, step) for value, time, step in points[start : start + size]]
        store.send(LogBatch(run_id=run_id, metrics=some))


def columns(store: Store, run_id: str, page: int = 1000, key: str = "m") -> list[tuple[int, int, bytes]]:
    """(time, step, bits of the value) of every point, read page by page."""
    found: list[tuple[int, int, bytes]] = []
    token = ""
    while True:
        answer = store.send(GetMetricColumns(run_id=run_id, metric_key=key, max_results=page, page_token=token))
        times, steps = (np.frombuffer(each, "<i8").tolist() for each in (answer.timestamps, answer.steps))
        values = [answer.values[start : start + 8] for start in range(0, len(answer.values), 8)]
        assert len(times) == len(steps) == len(values) <= page
        found += zip(times, steps, values, strict=True)
        token = answer.next_page_token or ""
        if not token:
            return found


def as_set(points: list[Point]) -> set[tuple[int, int, bytes]]:
    return {(time, step, struct.pack("<d", value)) for value, time, step in points}


def check_pyramid(store: SqlStore) -> int:
    """Every node says of what lies below it what is true; the number of levels above the leaves."""
    with store._database.reading() as connection:  # pyright: ignore[reportPrivateUsage]
        rows = connection.execute(
            "SELECT id, level, parent, count, first_time, last_time, last_step, last_bits, low_step, high_step, "
            "minimum, maximum, sketch, data FROM chunks ORDER BY level, last_time, last_step, last_bits"
        ).fetchall()
    below: dict[int, list[Points]] = {}
    before = None
    for node, level, parent, count, first_time, *last, low, high, minimum, maximum, sketch, data in rows:
        points = decode(data) if level == 0 else joined(below[node]).in_order()
        assert (points.size, points.place(points.size - 1)) == (count, tuple(last))
        assert (points.times[0], points.steps.min(), points.steps.max()) == (first_time, low, high)
        numbers = points.values[~np.isnan(points.values)]
        shown = decode(sketch)
        assert set(zip(*shown, strict=True)) <= set(zip(*points, strict=True))
        if numbers.size:
            assert (numbers.min(), numbers.max()) == (minimum, maximum)
            assert (np.nanmin(shown.values), np.nanmax(shown.values)) == (minimum, maximum)
        assert np.isnan(points.values).any() == np.isnan(shown.values).any()
        if level == 0:
            assert before is None or before < points.place(0)
            before = points.place(points.size - 1)
        below.setdefault(parent, []).append(points)
    return max((row[1] for row in rows), default=0)


ORDERS: dict[str, Callable[[int], list[Point]]] = {
    "as they come": lambda n: [(math.sin(i), 1000 + i, i) for i in range(n)],
    "one time for all": lambda n: [(float(i), 7, i) for i in range(n)],
    "one step for all": lambda n: [(float(i), i, 0) for i in range(n)],
    "resumed three times": lambda n: [(float(i), i, i % (n // 3)) for i in range(n)],
    "backwards": lambda n: [(float(i), n - i, n - i) for i in range(n)],
    "at random": lambda n: random.Random(1).sample([(float(i), i, (i * 7919) % 10_007 - 5000) for i in range(n)], n),
    "sparse and negative": lambda n: [(float(i), i * 10**9, (-1) ** i * i**4) for i in range(n)],
    "hardly anything but gaps": lambda n: [(math.nan if i % 9 else float(i), i, i) for i in range(n)],
}


@pytest.mark.parametrize("order", ORDERS)
def test_a_long_series_is_the_set_of_its_points(store: Store, run_id: str, order: str) -> None:
    points = ORDERS[order](900)
    log(store, run_id, points, size=70)
    found = columns(store, run_id, page=128)
    assert len(found) == len(set(found)) == len(points)
    assert set(found) == as_set(points)
    assert [place[0] for place in found] == sorted(time for _, time, _ in points)
    if isinstance(store, SqlStore):
        assert check_pyramid(store) >= 2
    log(store, run_id, points, size=450)  # all of it again
    assert columns(store, run_id) == found
    (series,) = store.send(GetSeries(run_ids=[run_id], keys=["m"], points=40)).series
    numbers = [value for value, _, _ in points if value == value]
    shown = [value for value in series.values if value == value]
    assert series.count == len(points)
    assert (series.minimum, series.maximum) == (min(numbers), max(numbers)) == (min(shown), max(shown))
    assert (series.steps[0], series.steps[-1]) == (min(p[2] for p in points), max(p[2] for p in points))
    assert series.steps == sorted(series.steps)
    assert len(series.steps) <= 80


@given(
    points=st.lists(
        st.tuples(st.sampled_from([0.0, -0.0, 1.0, math.nan, math.inf]), st.integers(0, 9), st.integers(-3, 30)),
        min_size=1,
        max_size=400,
    ),
    size=st.integers(1, 100),
    page=st.integers(1, 50),
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_points_that_collide_in_any_order_are_a_set(
    store: Store, run_id: str, points: list[Point], size: int, page: int
) -> None:
    run_id = store.send(CreateRun()).info.run_id
    log(store, run_id, points, size)
    log(store, run_id, points[: len(points) // 2], size)
    found = columns(store, run_id, page)
    assert len(found) == len(set(found))
    assert set(found) == as_set(points)
    (series,) = store.send(GetSeries(run_ids=[run_id], keys=["m"], points=5000)).series
    assert series.count == len(found)


def test_both_histories_are_one(store: Store, run_id: str) -> None:
    points = ORDERS["resumed three times"](300)
    log(store, run_id, points)
    whole = store.send(GetMetricHistory(run_id=run_id, metric_key="m")).metrics
    assert [(m.timestamp, m.step, struct.pack("<d", m.value)) for m in whole] == columns(store, run_id, page=7)
    page = store.send(GetMetricHistory(run_id=run_id, metric_key="m", max_results=250))
    rest = store.send(GetMetricHistory(run_id=run_id, metric_key="m", page_token=page.next_page_token or ""))
    assert [*page.metrics, *rest.metrics] == whole


def test_a_spike_is_seen_from_afar_and_from_near(store: Store, run_id: str) -> None:
    points = [(0.0, i, i) for i in range(2000)]
    points[777] = (99.0, 777, 777)
    points[1500] = (math.nan, 1500, 1500)
    log(store, run_id, points, size=500)

    def shown(**window: object) -> dict[int, float]:
        (series,) = store.send(GetSeries(run_ids=[run_id], keys=["m"], points=20, **window)).series  # type: ignore[arg-type]
        return dict(zip(series.steps, series.values, strict=True))

    afar = shown()
    assert afar[777] == 99.0
    assert math.isnan(afar[1500])
    assert {0, 1999} <= afar.keys()
    assert len(afar) <= 40
    near = shown(start=770, end=785)
    assert near.keys() == set(range(770, 786))
    by_time = shown(x="time", start=600, end=1100)
    assert by_time[777] == 99.0
    assert (min(by_time), max(by_time)) == (600, 1100)
    assert shown(start=5000) == {}


def test_zoom_is_exact_wherever_it_ends(store: Store, run_id: str) -> None:
    points = [(float((i * 37) % 101), i, i * 3) for i in range(1500)]
    log(store, run_id, points, size=300)
    for start, end in ((0, 4497), (1, 2), (100, 103), (500, 3500), (4000, 9000), (-50, 30)):
        inside = [step for _, _, step in points if start <= step <= end]
        (series,) = store.send(GetSeries(run_ids=[run_id], keys=["m"], points=24, start=start, end=end)).series
        assert (series.steps[:1], series.steps[-1:]) == (inside[:1], inside[-1:])
        if len(inside) <= 24:
            assert series.steps == inside


def test_the_interval_of_a_long_series_is_bounded_and_keeps_spikes(store: Store, run_id: str) -> None:
    points = [(-5.0 if i == 901 else float(i % 3), i, i) for i in range(2000)]
    log(store, run_id, points, size=500)
    ask = GetMetricHistoryBulkInterval(run_ids=[run_id], metric_key="m", max_results=16)
    metrics = store.send(ask).metrics
    assert len(metrics) <= 16
    assert [metrics[0].step, metrics[-1].step] == [0, 1999]
    assert -5.0 in [metric.value for metric in metrics]
    one = GetMetricHistoryBulkInterval(run_ids=[run_id], metric_key="m", max_results=1)
    assert [metric.step for metric in store.send(one).metrics] == [1999]
    few = GetMetricHistoryBulkInterval(run_ids=[run_id], metric_key="m", start_step=100, end_step=109, max_results=4)
    assert [metric.step for metric in store.send(few).metrics] == [100, 103, 106, 109]


def test_many_series_grow_long_together(store: Store, run_id: str) -> None:
    for step in range(60):
        metrics = [Metric(f"k{n}", float(step * n), step, step) for n in range(30)]
        store.send(LogBatch(run_id=run_id, metrics=metrics))
    answer = store.send(GetSeries(run_ids=[run_id], keys=[f"k{n}" for n in range(30)], points=100)).series
    assert [(s.key, s.count, s.values[-1]) for s in answer] == [(f"k{n}", 60, 59.0 * n) for n in range(30)]


def test_a_numbered_batch_counts_once(store: Store, run_id: str) -> None:
    def batch(seq: int, value: float, writer: str = "w1") -> LogBatch:
        return LogBatch(run_id=run_id, metrics=[Metric("n", value, 1)], writer=writer, seq=seq)

    store.send(batch(1, 1.0))
    store.send(batch(1, 99.0))  # the same number: whatever it holds was applied
    store.send(batch(3, 3.0))
    store.send(batch(2, 98.0))
    store.send(batch(1, 4.0, "w2"))
    assert sorted(m.value for m in store.send(GetMetricHistory(run_id=run_id, metric_key="n")).metrics) == [1, 3, 4]
    with pytest.raises(Invalid):
        store.send(LogBatch(run_id=run_id, metrics=[Metric("", 1.0, 1)], writer="w1", seq=4))
    store.send(batch(4, 5.0))  # what was refused has not used the number up
    assert len(store.send(GetMetricHistory(run_id=run_id, metric_key="n")).metrics) == 4
    for writer, seq in (("w", None), (None, 1), ("", 1), ("w", -1), ("w" * 201, 1)):
        with pytest.raises(Invalid):
            store.send(LogBatch(run_id=run_id, writer=writer, seq=seq))


@given(rows=st.lists(st.tuples(INT64, INT64, FLOAT_BITS), min_size=1, max_size=300))
def test_what_is_encoded_is_what_is_decoded(rows: list[tuple[int, int, int]]) -> None:
    points = points_of(rows)
    again = decode(encode(points))
    for column, other in zip(points, again, strict=True):
        assert column.tolist() == other.tolist()


def test_a_chunk_of_a_newer_format_is_refused_in_one_sentence() -> None:
    chunk = encode(points_of([(1, 2, 3)]))
    with pytest.raises(Invalid, match=r"format 200, this release knows 1: upgrade Flowmill"):
        decode(b"\xc8" + chunk[1:])


def test_the_first_format_is_read_for_good() -> None:
    """The bytes that the first release wrote of three points."""
    assert chunks.FORMAT == 1
    points = decode(bytes.fromhex(FIRST_CHUNK))
    assert points.times.tolist() == [1_700_000_000_000, 1_700_000_000_010, 1_700_000_000_020]
    assert points.steps.tolist() == [-1, 0, 2**40]
    assert points.bits.tolist() == [bits_of(0.1), 0x7FF8000000000123, bits_of(-0.0)]


@given(values=st.lists(st.floats(width=64), min_size=1, max_size=500), size=st.integers(1, 100))
def test_both_ways_of_thinning_keep_first_last_gaps_and_extremes(values: list[float], size: int) -> None:
    for kept in (kept_of(np.array(values), size).tolist(), thin(values, size)):
        assert kept == sorted(set(kept))
        assert {0, len(values) - 1} <= set(kept)
        assert len(kept) <= max(4, size) * 3 // 2 + 3
        numbers = [value for value in values if value == value]
        shown = [values[index] for index in kept if values[index] == values[index]]
        if numbers:
            assert (min(shown), max(shown)) == (min(numbers), max(numbers))
        assert (len(shown) < len(kept)) == (len(numbers) < len(values))


@given(count=st.integers(0, 300), size=st.integers(1, 50))
def test_spreading_takes_what_was_asked_for(count: int, size: int) -> None:
    kept = spread(count, size)
    assert len(kept) == min(count, size)
    assert kept == sorted(set(kept))
    if count:
        assert kept[-1] == count - 1
    if count and size > 1:
        assert kept[0] == 0


def test_a_tail_from_before_there_were_chunks_is_served_and_then_moved(store: Store) -> None:
    if not isinstance(store, SqlStore):
        return
    run_id = store.send(CreateRun()).info.run_id
    points = [(float(i), i, i) for i in range(900)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "TAIL", 10**9)  # as if nothing could be cut
        log(store, run_id, points)
    with store._database.writing() as connection:  # pyright: ignore[reportPrivateUsage]
        connection.execute("UPDATE latest_metrics SET tail = NULL")
    before = columns(store, run_id)
    assert set(before) == as_set(points)
    with small_chunks(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(pyramid, "_MOST_AT_ONCE", 100)  # a transaction takes no more than this
        for step in range(900, 912):
            store.send(LogMetric(run_id=run_id, key="m", value=float(step), timestamp=step, step=step))
            points.append((float(step), step, step))
        assert set(columns(store, run_id)) == as_set(points)
        (series,) = store.send(GetSeries(run_ids=[run_id], keys=["m"], points=40)).series
        assert series.count == 912
    with store._database.reading() as connection:  # pyright: ignore[reportPrivateUsage]
        assert connection.execute("SELECT COUNT(*) FROM points").fetchone()[0] < 100


def test_reading_takes_a_fixed_number_of_statements(statements: Callable[[], int]) -> None:
    store = memory_store()
    run_ids = [store.send(CreateRun()).info.run_id for _ in range(20)]

    def counts() -> list[int]:
        seen: list[int] = []
        for ask in (
            GetMetricHistory(run_id=run_ids[0], metric_key="m", max_results=1000),
            GetMetricHistoryBulkInterval(run_ids=run_ids, metric_key="m", max_results=16),
            GetSeries(run_ids=run_ids, keys=["m", "n"], points=16),
            GetSeries(run_ids=run_ids, keys=["m", "n"], points=16, start=100, end=300),
            GetMetricColumns(run_id=run_ids[0], metric_key="m"),
        ):
            statements()
            store.send(ask)
            seen.append(statements())
        return seen

    with small_chunks():
        for run_id in run_ids[:1]:
            log(store, run_id, [(float(n), n, n) for n in range(10)])
        assert counts() == [3, 3, 3, 3, 3]  # the run, its series, their points
        for run_id in run_ids:
            log(store, run_id, [(float(n), n, n) for n in range(300)], size=100)
            log(store, run_id, [(float(n), n, n) for n in range(300)], size=100, key="n")
        few = counts()
        for run_id in run_ids:
            log(store, run_id, [(float(n), n, n) for n in range(300, 3000)])
    with small_chunks():
        many = counts()
    # A statement more for each level that is opened: what is read grows with what is shown, not with what is stored.
    assert all(more - less <= 4 for more, less in zip(many, few, strict=True)), (few, many)
    assert max(many) <= 12
    store.close()


def test_a_retry_of_a_numbered_batch_touches_nothing(statements: Callable[[], int]) -> None:
    store = memory_store()
    run_id = store.send(CreateRun()).info.run_id
    metrics = [Metric(f"k{n}", 1.0, 1) for n in range(1000)]
    batch = LogBatch(
        run_id=run_id, metrics=metrics, params=[Param("p", "1")], tags=[RunTag("t", "1")], writer="w", seq=7
    )
    store.send(batch)
    store.send(SetTag(run_id=run_id, key="t", value="2"))
    statements()
    store.send(batch)
    assert statements() == 2  # the run, the writer's number
    assert store.send(GetRun(run_id=run_id)).data.tags["t"] == "2"
    store.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_database_from_before_there_were_chunks_is_brought_up_to_date(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    def opened() -> SqlStore:
        if kind == "postgres":
            return SqlStore(PostgresDatabase(request.getfixturevalue("postgres_uri")), PLACES)
        return SqlStore(SqliteDatabase(tmp_path / "flowmill.db"), PLACES)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("flowmill.store.sql.migrations.STEPS", STEPS[:2])
        old = opened()
        run_id = "0" * 32
        with old._database.writing() as connection:  # pyright: ignore[reportPrivateUsage]
            connection.execute(
                "INSERT INTO runs (run_id, experiment_id, name, user_id, status, start_time) "
                f"VALUES ('{run_id}', 0, 'old', '', 'RUNNING', 1)"
            )
            run = connection.execute("SELECT id FROM runs").fetchone()[0]
            connection.execute(
                "INSERT INTO latest_metrics (id, run, key, value, bits, step, timestamp, minimum, maximum) "
                f"VALUES (7, {run}, 'm', 2999.0, {bits_of(2999.0)}, 2999, 2999, 0.0, 2999.0)"
            )
            for n in range(3000):
                connection.execute(f"INSERT INTO points VALUES (7, {n}, {n}, {bits_of(float(n))})")
        old.close()
    store = opened()
    points = [(float(n), n, n) for n in range(3000)]
    assert set(columns(store, run_id)) == as_set(points)
    store.send(LogMetric(run_id=run_id, key="m", value=3000.0, timestamp=3000, step=3000))
    assert set(columns(store, run_id)) == as_set([*points, (3000.0, 3000, 3000)])
    with store._database.reading() as connection:  # pyright: ignore[reportPrivateUsage]
        assert connection.execute("SELECT COUNT(*) FROM points").fetchone()[0] == 0
    store.close()


WITHOUT_NUMPY = """
import sys
sys.modules["numpy"] = None  # as where it is not installed
from flowmill.entities.metric import Metric
from flowmill.entities.run import Param, RunTag
from flowmill.client.client import Client
client = Client(sys.argv[1])
"""


def test_a_client_without_numpy_keeps_everything_in_the_tail(tmp_path: Path) -> None:
    script = f"""{WITHOUT_NUMPY}
run_id = client.create_run("0").info.run_id
for start in range(0, 5000, 1000):
    client.log_batch(run_id, [Metric("m", float(n), n, n) for n in range(start, start + 1000)])
history = client.get_metric_history(run_id, "m")
assert [m.step for m in history] == list(range(5000))
series = client.get_metric_series(run_id, "m")
assert list(series.values) == [float(n) for n in range(5000)]
print(run_id)
"""
    run_id = run_python("-c", script, str(tmp_path), folder=tmp_path).strip()
    store = open_store(str(tmp_path))
    store.send(LogMetric(run_id=run_id, key="m", value=5000.0, timestamp=5000, step=5000))  # here there is numpy
    assert len(columns(store, run_id)) == 5001
    store.close()
    script = f"""{WITHOUT_NUMPY}
run_id = sys.argv[2]
client.log_batch(run_id, [Metric("m", 5000.0, 5000, 5000), Metric("m", 5001.0, 5001, 5001)])
try:
    client.get_metric_history(run_id, "m")
except Exception as error:
    print(error)
"""
    told = run_python("-c", script, str(tmp_path), run_id, folder=tmp_path)
    assert "run `pip install 'flowmill[server]'` and try again" in told
    store = open_store(str(tmp_path))
    assert len(columns(store, run_id)) == 5002  # the point that was there is there once
    store.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_several_servers_write_to_one_series(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    def opened() -> SqlStore:
        if kind == "postgres":
            return SqlStore(PostgresDatabase(request.getfixturevalue("postgres_uri")), PLACES)
        return SqlStore(SqliteDatabase(tmp_path / "flowmill.db"), PLACES)

    stores = [opened() for _ in range(4)]
    run_ids = [stores[0].send(CreateRun()).info.run_id for _ in range(2)]

    def write(number: int) -> None:
        for start in range(0, 200, 10):
            points = [Metric("m", float(number), step, step) for step in range(start, start + 10)]
            # Both runs in one group, in either order: nobody waits for another in a ring.
            group: list[Asked] = [(LogBatch(run_id=run_id, metrics=points), None) for run_id in run_ids]
            assert stores[number].send_group(group if number % 2 else group[::-1]) == [None, None]

    with small_chunks(), ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
        for run_id in run_ids:
            wanted = as_set([(float(number), step, step) for number in range(4) for step in range(200)])
            assert set(columns(stores[0], run_id)) == wanted
            (series,) = stores[1].send(GetSeries(run_ids=[run_id], keys=["m"], points=5000)).series
            assert (series.count, series.minimum, series.maximum) == (800, 0.0, 3.0)
    for store in stores:
        store.close()


def test_nothing_of_a_long_series_outlives_its_run() -> None:
    store = memory_store()
    with small_chunks():
        run_id = store.send(CreateRun()).info.run_id
        log(store, run_id, ORDERS["as they come"](900), size=100)
        store.send(LogBatch(run_id=run_id, writer="w", seq=1))
    store.send(DeleteRun(run_id=run_id))
    while store.send(PurgeTrash()).more:
        pass
    with store._database.reading() as connection:  # pyright: ignore[reportPrivateUsage]
        for table in ("runs", "latest_metrics", "points", "chunks", "writers"):
            assert connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone() == (0,), table
    store.close()


def table(store: Store, **asked: Any) -> tuple[list[tuple[str, str]], dict[tuple[str, str], list[float]]]:
    """The series in the order in which they came, and the values of each, read page by page."""
    order: list[tuple[str, str]] = []
    values: dict[tuple[str, str], list[float]] = {}
    token = ""
    while True:
        page = store.send(GetMetricTable(page_token=token, **asked))
        found = np.frombuffer(page.values, "<f8").tolist()
        assert len(page.steps) == len(page.timestamps) == len(page.values)
        assert sum(each.points for each in page.series) == len(found) <= asked.get("max_results", 500_000)
        for each in page.series:
            name = (each.run_id, each.key)
            order += [name] * (name not in order)
            values.setdefault(name, []).extend(found[: each.points])
            found = found[each.points :]
        token = page.next_page_token or ""
        if not token:
            return order, values


def test_the_metrics_of_many_runs_are_one_table(store: Store, run_id: str) -> None:
    second, without = store.send(CreateRun()).info.run_id, store.send(CreateRun()).info.run_id
    long = [(float(step), step, step) for step in range(300)]
    log(store, run_id, long)
    log(store, run_id, long[:5], key="a")
    log(store, second, long[:7])
    expected = {(second, "m"): 7, (run_id, "a"): 5, (run_id, "m"): 300}
    for size in (3, 7, 12, 100, 1000):
        order, values = table(store, run_ids=[second, without, run_id], max_results=size)
        assert order == list(expected)
        assert {name: len(each) for name, each in values.items()} == expected
        assert all(each == [point[0] for point in long[: len(each)]] for each in values.values())
    assert table(store, run_ids=[run_id, second], keys=["a", "none"])[0] == [(run_id, "a")]
    assert table(store, run_ids=[]) == ([], {})
    with pytest.raises(Invalid, match="Invalid page_token 'nonsense'"):
        store.send(GetMetricTable(run_ids=[run_id], page_token="nonsense"))
    with pytest.raises(Invalid, match="names 1001 runs: name up to 1,000 at once"):
        store.send(GetMetricTable(run_ids=["x"] * 1001))
