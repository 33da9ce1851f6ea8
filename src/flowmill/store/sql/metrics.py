"""Metrics in the database: series of points, with the latest one beside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from flowmill.entities.metric import Metric, Series
from flowmill.entities.names import check_key
from flowmill.errors import Invalid, NotFound
from flowmill.store.sql.handler import handles
from flowmill.store.sql.paging import check_page_size, decode_token, encode_token
from flowmill.store.sql.run_rows import active_run
from flowmill.store.sql.series import bits_of, is_later, sortable, thin, value_of, values_of
from flowmill.store.sql.transaction import Transaction
from flowmill.wire.metrics import GetMetricHistory, GetSeries, LogMetric, MetricPage, SeriesList

_LARGEST_PAGE = 25_000
_MOST_SERIES = 2_000


class _Latest(msgspec.Struct, array_like=True, gc=False):
    """A point as the database writes it in JSON."""

    key: str
    bits: int
    timestamp: int
    step: int


_decode_latest = msgspec.json.Decoder(list[_Latest]).decode


@handles(LogMetric)
def log_metric(tx: Transaction, ask: LogMetric) -> None:
    """Write one point of an active run."""
    metric = Metric(ask.key, ask.value, ask.timestamp, ask.step, ask.model_id, ask.dataset_name, ask.dataset_digest)
    append_points(tx, active_run(tx, ask.run_id), ask.run_id, [metric])


@handles(GetMetricHistory)
def get_metric_history(tx: Transaction, ask: GetMetricHistory) -> MetricPage:
    """The points of one series, oldest first; an unknown run or key has none."""
    series = tx.value(
        "SELECT m.id FROM latest_metrics m JOIN runs r ON r.id = m.run WHERE r.run_id = ? AND m.key = ?",
        (ask.run_id, ask.metric_key),
    )
    if series is None:
        return MetricPage()
    after = decode_token(ask.page_token, 3)
    where, arguments = "series = ?", [series]
    if after:
        where += " AND (timestamp, step, bits) > (?, ?, ?)"
        arguments += after
    limit = ""
    if ask.max_results is not None:
        limit = f" LIMIT {check_page_size(ask.max_results, _LARGEST_PAGE) + 1}"
    rows = tx.all(
        f"SELECT timestamp, step, bits FROM points WHERE {where} ORDER BY timestamp, step, bits{limit}", arguments
    )
    token = None
    if ask.max_results is not None and len(rows) > ask.max_results:
        rows = rows[: ask.max_results]
        token = encode_token(list(rows[-1]))
    return MetricPage([Metric(ask.metric_key, value_of(bits), time, step) for time, step, bits in rows], token)


@handles(GetSeries)
def get_series(tx: Transaction, ask: GetSeries) -> SeriesList:
    """Series as columns, thinned; a run that does not have a key is left out."""
    if len(ask.run_ids) * len(ask.keys) > _MOST_SERIES:
        raise Invalid(
            f"{len(ask.run_ids)} runs × {len(ask.keys)} keys are more than {_MOST_SERIES} series: ask for fewer."
        )
    runs = dict(tx.all_in("SELECT id, run_id FROM runs WHERE run_id IN (...)", ask.run_ids))
    wanted = set(ask.keys)
    found: dict[tuple[str, str], Series] = {}
    for series, run, key, low, high in tx.all_in(
        "SELECT id, run, key, minimum, maximum FROM latest_metrics WHERE run IN (...)", list(runs)
    ):
        if key in wanted:
            found[runs[run], key] = _read_series(tx, series, runs[run], key, low, high, ask.points)
    return SeriesList([found[run, key] for run in ask.run_ids for key in ask.keys if (run, key) in found])


def append_points(tx: Transaction, run: int, run_id: str, metrics: Sequence[Metric]) -> None:
    """Append points to the series of a run, and keep the latest of each; a point that is there stays single."""
    if not metrics:
        return
    by_key: dict[str, list[Metric]] = defaultdict(list)
    for metric in metrics:
        by_key[metric.key].append(metric)
        for what, number in (("step", metric.step), ("timestamp", metric.timestamp)):
            if not -(2**63) <= number < 2**63:
                raise Invalid(f"The {what} of metric {metric.key!r} is {number}: it must fit 64 bits.")
    for key in by_key:
        check_key("metric", key)
    known = {
        key: (series, (step, time, value_of(bits)), low, high)
        for series, key, step, time, bits, low, high in tx.all_in(
            "SELECT id, key, step, timestamp, bits, minimum, maximum FROM latest_metrics "
            "WHERE run = ? AND key IN (...)",
            list(by_key),
            (run,),
        )
    }
    rows: list[tuple[int, int, int, int]] = []
    for key, points in by_key.items():
        series, latest, low, high = known.get(key, (None, None, None, None))
        for point in points:
            value = point.value
            if latest is None or is_later(point.step, point.timestamp, value, latest):
                latest = (point.step, point.timestamp, value)
            if value == value:
                low = value if low is None or value < low else low
                high = value if high is None or value > high else high
        assert latest is not None
        step, time, value = latest
        columns = (sortable(value), bits_of(value), step, time, low, high)
        if series is None:
            series = tx.value(
                "INSERT INTO latest_metrics (run, key, value, bits, step, timestamp, minimum, maximum) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run, key) DO UPDATE SET key = excluded.key RETURNING id",
                (run, key, *columns),
            )
        else:
            tx.run(
                "UPDATE latest_metrics SET value = ?, bits = ?, step = ?, timestamp = ?, minimum = ?, maximum = ? "
                "WHERE id = ?",
                (*columns, series),
            )
        rows += [(series, point.step, point.timestamp, bits_of(point.value)) for point in points]
    tx.run_many("INSERT INTO points (series, step, timestamp, bits) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", rows)
    _append_to_models(tx, run_id, [metric for metric in metrics if metric.model_id])


def latest_of_runs(tx: Transaction, ids: Sequence[int]) -> dict[int, list[Metric]]:
    """The latest point of each metric of each run, by key."""
    rows = [
        (run, _decode_latest(text))
        for run, text in tx.all_in(
            f"SELECT run, {tx.dialect.json_rows('key', 'bits', 'timestamp', 'step')} FROM latest_metrics "
            "WHERE run IN (...) GROUP BY run",
            ids,
        )
    ]
    values = iter(values_of([point.bits for _, points in rows for point in points]))
    return {
        run: [Metric(point.key, next(values), point.timestamp, point.step) for point in points] for run, points in rows
    }


def _read_series(
    tx: Transaction, series: int, run_id: str, key: str, low: float | None, high: float | None, points: int
) -> Series:
    rows = tx.all("SELECT step, timestamp, bits FROM points WHERE series = ? ORDER BY step, timestamp", (series,))
    values = [value_of(bits) for _, _, bits in rows]
    kept = thin(values, points)
    return Series(
        run_id=run_id,
        key=key,
        count=len(rows),
        steps=[rows[index][0] for index in kept],
        timestamps=[rows[index][1] for index in kept],
        values=[values[index] for index in kept],
        minimum=low,
        maximum=high,
    )


def _append_to_models(tx: Transaction, run_id: str, metrics: Sequence[Metric]) -> None:
    if not metrics:
        return
    names = list({metric.model_id for metric in metrics if metric.model_id})
    models = dict(tx.all_in("SELECT model_id, id FROM logged_models WHERE model_id IN (...)", names))
    for name in names:
        if name not in models:
            raise NotFound(f"There is no logged model with id {name[:60]!r}.")
    tx.run_many(
        "INSERT INTO logged_model_metrics "
        "(model, key, run_id, step, timestamp, bits, value, dataset_name, dataset_digest) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [
            (
                models[metric.model_id],
                metric.key,
                run_id,
                metric.step,
                metric.timestamp,
                bits_of(metric.value),
                sortable(metric.value),
                metric.dataset_name,
                metric.dataset_digest,
            )
            for metric in metrics
        ],
    )
