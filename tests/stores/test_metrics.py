"""Metrics behave the same in every store: what is logged is what is read, to the bit."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowmill.entities.metric import Metric
from flowmill.errors import Invalid
from flowmill.store.base import Store
from flowmill.store.sql.series import thin
from flowmill.wire.metrics import GetMetricHistory, GetSeries, LogMetric
from flowmill.wire.runs import CreateRun, GetRun, LogBatch

INT64 = st.integers(-(2**63), 2**63 - 1)
POINTS = st.lists(st.tuples(st.floats(width=64), INT64, INT64), min_size=1, max_size=30)


@pytest.fixture
def run_id(store: Store) -> str:
    """A run that is open."""
    return store.send(CreateRun()).info.run_id


def bits(value: float) -> bytes:
    """A float to the bit, but any NaN is one NaN."""
    return struct.pack("<d", value) if value == value else b"nan"


def history(store: Store, run_id: str, key: str) -> list[tuple[bytes, int, int]]:
    page = store.send(GetMetricHistory(run_id=run_id, metric_key=key))
    return [(bits(each.value), each.timestamp, each.step) for each in page.metrics]


@given(points=POINTS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_logged_is_what_is_read(store: Store, points: list[tuple[float, int, int]]) -> None:
    run_id = store.send(CreateRun()).info.run_id
    store.send(LogBatch(run_id=run_id, metrics=[Metric("m", *point) for point in points]))
    wanted = sorted({(bits(value), time, step) for value, time, step in points})
    assert sorted(history(store, run_id, "m")) == wanted


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -0.0, 5e-324, 1.7976931348623157e308])
def test_special_values_survive(store: Store, run_id: str, value: float) -> None:
    store.send(LogMetric(run_id=run_id, key="m", value=value, timestamp=1))
    assert history(store, run_id, "m") == [(bits(value), 1, 0)]
    assert bits(store.send(GetRun(run_id=run_id)).data.metrics["m"]) == bits(value)


def test_the_same_batch_twice_counts_once(store: Store, run_id: str) -> None:
    batch = LogBatch(run_id=run_id, metrics=[Metric("m", float(n), n, n) for n in range(50)])
    store.send(batch)
    store.send(batch)
    assert len(history(store, run_id, "m")) == 50


def test_a_step_logged_again_is_kept(store: Store, run_id: str) -> None:
    store.send(LogMetric(run_id=run_id, key="m", value=1.0, timestamp=5, step=1))
    store.send(LogMetric(run_id=run_id, key="m", value=2.0, timestamp=5, step=1))
    assert len(history(store, run_id, "m")) == 2


@pytest.mark.parametrize(
    ("points", "latest"),
    [
        ([(1.0, 10, 1), (2.0, 5, 2)], 2.0),  # the step decides
        ([(1.0, 10, 1), (2.0, 5, 1)], 1.0),  # then the time
        ([(1.0, 10, 1), (2.0, 10, 1)], 2.0),  # then the value
        ([(2.0, 10, 1), (1.0, 10, 1)], 2.0),
        ([(3.0, 1, -5), (4.0, 1, -9)], 3.0),
        ([(math.nan, 10, 1), (1.0, 10, 1)], 1.0),
    ],
)
@pytest.mark.parametrize("together", [True, False])
def test_the_latest_value(
    store: Store, run_id: str, points: list[tuple[float, int, int]], latest: float, together: bool
) -> None:
    metrics = [Metric("m", *point) for point in points]
    for batch in [metrics] if together else [[each] for each in metrics]:
        store.send(LogBatch(run_id=run_id, metrics=batch))
    assert store.send(GetRun(run_id=run_id)).data.metrics == {"m": latest}


def test_history_comes_in_order_of_time_and_in_pages(store: Store, run_id: str) -> None:
    store.send(LogBatch(run_id=run_id, metrics=[Metric("m", float(n), 100 - n, n) for n in range(10)]))
    steps: list[int] = []
    token = ""
    while True:
        page = store.send(GetMetricHistory(run_id=run_id, metric_key="m", max_results=3, page_token=token))
        assert len(page.metrics) <= 3
        steps += [each.step for each in page.metrics]
        token = page.next_page_token or ""
        if not token:
            break
    assert steps == list(range(9, -1, -1))


def test_unknown_metric_has_no_points(store: Store, run_id: str) -> None:
    assert store.send(GetMetricHistory(run_id=run_id, metric_key="nope")).metrics == []


def test_series_are_thinned_and_keep_every_spike(store: Store, run_id: str) -> None:
    values = [math.sin(n / 50) for n in range(1000)]
    values[333], values[777] = 99.0, -99.0
    store.send(LogBatch(run_id=run_id, metrics=[Metric("m", v, n, n) for n, v in enumerate(values)]))
    store.send(LogMetric(run_id=run_id, key="other", value=1.0, timestamp=1))
    (series,) = store.send(GetSeries(run_ids=[run_id, "unknown"], keys=["m", "unknown"], points=50)).series
    assert (series.count, series.minimum, series.maximum) == (1000, -99.0, 99.0)
    assert len(series.values) == len(series.steps) == len(series.timestamps) <= 60
    assert {99.0, -99.0, values[0], values[-1]} <= set(series.values)
    assert series.steps == sorted(series.steps)


def test_too_many_series_are_refused(store: Store, run_id: str) -> None:
    with pytest.raises(Invalid, match="ask for fewer"):
        store.send(GetSeries(run_ids=[run_id] * 100, keys=["m"] * 100))


@given(
    values=st.lists(st.floats(width=64), min_size=1, max_size=400),
    points=st.integers(4, 100),
)
def test_thinning_keeps_first_last_and_extremes(values: list[float], points: int) -> None:
    kept = thin(values, points)
    assert kept == sorted(set(kept))
    assert {0, len(values) - 1} <= set(kept)
    numbers = [value for value in values if value == value]
    if numbers:
        shown = [values[index] for index in kept if values[index] == values[index]]
        assert (min(shown), max(shown)) == (min(numbers), max(numbers))
    if any(value != value for value in values):
        assert any(values[index] != values[index] for index in kept)
