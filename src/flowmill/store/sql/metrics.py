"""Reading metrics: histories and charts, from a series' tail and, where it is long, from its chunks.

A series that never grew long is plain rows, and is read without numpy.
"""

from __future__ import annotations

import operator
from array import array
from collections.abc import Sequence
from itertools import repeat
from types import ModuleType
from typing import Any, NamedTuple

import msgspec

from flowmill.entities.metric import Metric, MetricColumns, Series
from flowmill.entities.points import Point
from flowmill.errors import Invalid
from flowmill.store.sql.dialect import columns
from flowmill.store.sql.handler import handles
from flowmill.store.sql.paging import check_page_size, decode_token, encode_token, refused_token
from flowmill.store.sql.series import little_endian, ranks, spread, thin, values_of
from flowmill.store.sql.transaction import Row, Transaction
from flowmill.wire.metrics import (
    GetMetricColumns,
    GetMetricHistory,
    GetMetricHistoryBulk,
    GetMetricHistoryBulkInterval,
    GetMetricTable,
    GetSeries,
    MetricList,
    MetricPage,
    MetricTablePage,
    SeriesLength,
    SeriesList,
)

_LARGEST_PAGE = 25_000
_LARGEST_COLUMNS = 1_000_000
_LARGEST_INTERVAL = 2500
_MOST_SERIES = 2_000
_MOST_RUNS = 100
_MOST_RUNS_OF_TABLE = 1_000
_RUN_KEY = columns("run BIGINT, key TEXT")


class _Latest(msgspec.Struct, array_like=True, gc=False):
    """A point as the database writes it in JSON."""

    key: str
    bits: int
    timestamp: int
    step: int


_decode_latest = msgspec.json.Decoder(list[_Latest]).decode


class _Found(NamedTuple):
    """A series of a run."""

    run_id: str
    key: str
    id: int
    low: float | None
    high: float | None
    chunked: int
    branch_id: str = ""


class _Columns(NamedTuple):
    """Points as Python's own lists, for those who do without numpy, and for answers."""

    times: list[int]
    steps: list[int]
    bits: list[int]


@handles(GetMetricHistory)
def get_metric_history(tx: Transaction, ask: GetMetricHistory) -> MetricPage:
    """The points of one series, oldest first; an unknown run or key has none."""
    size = None if ask.max_results is None else check_page_size(ask.max_results, _LARGEST_PAGE)
    found = _find(tx, [ask.run_id], [ask.metric_key])
    after = _point_after(ask.page_token)
    if not found:
        return MetricPage()
    points, token = _page(tx, found[0].id, found[0].chunked, after, size)
    return MetricPage(_metrics(ask.metric_key, points), token)


@handles(GetMetricColumns)
def get_metric_columns(tx: Transaction, ask: GetMetricColumns) -> MetricColumns:
    """The same as columns, at no cost a point."""
    found = _find(tx, [ask.run_id], [ask.metric_key])
    return columns_of_series(tx, (found[0].id, found[0].chunked) if found else None, ask.page_token, ask.max_results)


def columns_of_series(tx: Transaction, found: Row | None, page_token: str, max_results: int) -> MetricColumns:
    """A page of a series, given its (id, chunked), as columns."""
    size = check_page_size(max_results, _LARGEST_COLUMNS)
    after = _point_after(page_token)
    if found is None:
        return MetricColumns()
    series, chunked = found
    if chunked == 0:
        points, token = _page(tx, series, chunked, after, size)
        steps, times, bits = (little_endian(array("q", column)) for column in (points.steps, points.times, points.bits))
        return MetricColumns(steps, times, bits, token)
    page = _histories().read_page(tx, series, _place(after), size + 1)
    token = None
    if page.size > size:
        page = page.take(slice(size))
        token = encode_token(list(page.place(size - 1)))
    steps, times, bits = (column.astype("<i8", copy=False).tobytes() for column in (page.steps, page.times, page.bits))
    return MetricColumns(steps, times, bits, token)


@handles(GetMetricTable)
def get_metric_table(tx: Transaction, ask: GetMetricTable) -> MetricTablePage:
    """The histories of many runs, each as a whole one is read, until the page is full."""
    left = check_page_size(ask.max_results, _LARGEST_COLUMNS)
    if len(ask.run_ids) > _MOST_RUNS_OF_TABLE:
        raise Invalid(f"run_ids names {len(ask.run_ids)} runs: name up to {_MOST_RUNS_OF_TABLE:,} at once.")
    begin = decode_token(ask.page_token, 3) or [0, "", ""]
    if [type(each) for each in begin] != [int, str, str]:
        raise refused_token(ask.page_token)
    place, first_key, inner = begin
    order = {run_id: number for number, run_id in enumerate(dict.fromkeys(ask.run_ids))}
    found = [(order[each.run_id], each.key, each) for each in _of_runs(tx, list(order), ask.keys)]
    rest = sorted((each for each in found if each[:2] >= (place, first_key)), key=lambda each: each[:2])
    lengths: list[SeriesLength] = []
    pages: list[MetricColumns] = []
    token = None
    for number, key, series in rest:
        if left == 0:
            token = encode_token([number, key, ""])
            break
        after = inner if (number, key) == (place, first_key) else ""
        page = columns_of_series(tx, (series.id, series.chunked), after, left)
        count = len(page.values) // 8
        left -= count
        lengths.append(SeriesLength(series.run_id, key, count))
        pages.append(page)
        if page.next_page_token:
            token = encode_token([number, key, page.next_page_token])
            break
    return MetricTablePage(
        lengths,
        b"".join(page.steps for page in pages),
        b"".join(page.timestamps for page in pages),
        b"".join(page.values for page in pages),
        token,
    )


def _of_runs(tx: Transaction, run_ids: Sequence[str], keys: Sequence[str]) -> list[_Found]:
    """Every series of these runs, or those of these keys."""
    if keys:
        return _find(tx, run_ids, keys)
    rows = tx.all_in(
        "SELECT r.run_id, m.key, m.id, m.minimum, m.maximum, m.chunked FROM runs r "
        "JOIN latest_metrics m ON m.run = r.id WHERE r.run_id IN (...)",
        list(run_ids),
    )
    return [_Found(*row) for row in rows]


@handles(GetMetricHistoryBulk)
def get_metric_history_bulk(tx: Transaction, ask: GetMetricHistoryBulk) -> MetricList:
    """The histories of runs one behind the other by run id, cut at ``max_results`` points altogether."""
    _check_runs(ask.run_id)
    if ask.max_results < 0:
        raise Invalid(f"Invalid max_results {ask.max_results}: it must not be negative.")
    left = min(ask.max_results, _LARGEST_PAGE)
    found = {each.run_id: each for each in _find(tx, ask.run_id, [ask.metric_key])}
    metrics: list[Metric] = []
    for run_id in sorted(found):
        if left:
            points, _ = _page(tx, found[run_id].id, found[run_id].chunked, None, left)
            metrics += _metrics(ask.metric_key, points, run_id)
            left -= len(points.times)
    return MetricList(metrics)


@handles(GetMetricHistoryBulkInterval)
def get_metric_history_bulk_interval(tx: Transaction, ask: GetMetricHistoryBulkInterval) -> MetricPage:
    """Of each run at most ``max_results`` points by step, spread evenly, the first and the last among them."""
    _check_runs(ask.run_ids)
    if not ask.metric_key:
        raise Invalid("Missing value for required parameter 'metric_key' of GetMetricHistoryBulkInterval.")
    check_page_size(ask.max_results, _LARGEST_INTERVAL)
    if (ask.start_step is None) != (ask.end_step is None):
        raise Invalid("Give both start_step and end_step, or neither.")
    if ask.start_step is not None and ask.end_step is not None and ask.start_step > ask.end_step:
        raise Invalid(f"start_step {ask.start_step} must not be greater than end_step {ask.end_step}.")
    found = _find(tx, ask.run_ids, [ask.metric_key])
    charts = _read(tx, found, "step", ask.start_step, ask.end_step, ask.max_results, evenly=True)
    by_run = {each.run_id: _metrics(each.key, charts[each.id], each.run_id) for each in found}
    return MetricPage([metric for run_id in ask.run_ids for metric in by_run.get(run_id, ())])


@handles(GetSeries)
def get_series(tx: Transaction, ask: GetSeries) -> SeriesList:
    """Series as columns, thinned; a run that does not have a key is left out."""
    if len(ask.run_ids) * len(ask.keys) > _MOST_SERIES:
        raise Invalid(
            f"{len(ask.run_ids)} runs × {len(ask.keys)} keys are more than {_MOST_SERIES} series: ask for fewer."
        )
    if not 1 <= ask.points <= _LARGEST_PAGE:
        raise Invalid(f"Invalid points {ask.points}: it must be between 1 and {_LARGEST_PAGE:,}.")
    found = _find(tx, ask.run_ids, ask.keys)
    if ask.hidden:
        found += _find_hidden(tx, ask.run_ids, ask.keys)[: _MOST_SERIES - len(found)]
    lengths: dict[int, int] = {}
    charts = _read(tx, found, ask.x, ask.start, ask.end, ask.points, lengths=lengths)
    series = {
        (each.run_id, each.key, each.branch_id): Series(
            run_id=each.run_id,
            key=each.key,
            count=lengths[each.id],
            steps=charts[each.id].steps,
            timestamps=charts[each.id].times,
            values=values_of(charts[each.id].bits),
            minimum=each.low,
            maximum=each.high,
            branch_id=each.branch_id,
        )
        for each in found
    }
    shown = [series[run, key, ""] for run in ask.run_ids for key in ask.keys if (run, key, "") in series]
    return SeriesList([*shown, *(each for each in series.values() if each.branch_id)])


def drop_series(tx: Transaction, runs: Sequence[int]) -> None:
    """Remove every series of these runs."""
    series = [row[0] for row in tx.all_in("SELECT id FROM latest_metrics WHERE run IN (...)", runs)]
    tx.run_in("DELETE FROM points WHERE series IN (...)", series)
    tx.run_in("DELETE FROM chunks WHERE series IN (...)", series)
    tx.run_in("DELETE FROM latest_metrics WHERE run IN (...)", runs)


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


def _point_after(token: str) -> list[Any] | None:
    """The point that a page token names: time, step and bits."""
    after = decode_token(token, 3)
    if after and not all(isinstance(value, int) for value in after):
        raise refused_token(token)
    return after


def _check_runs(run_ids: Sequence[str]) -> None:
    if not run_ids:
        raise Invalid("Name at least one run.")
    if len(run_ids) > _MOST_RUNS:
        raise Invalid(f"A request may name at most {_MOST_RUNS} runs, this one names {len(run_ids)}: ask for fewer.")


def _find(tx: Transaction, run_ids: Sequence[str], keys: Sequence[str]) -> list[_Found]:
    """The series of these runs and keys that exist."""
    runs = dict(tx.all_in("SELECT id, run_id FROM runs WHERE run_id IN (...)", list(set(run_ids))))
    rows = tx.all_given(
        "SELECT m.run, m.key, m.id, m.minimum, m.maximum, m.chunked "
        "FROM {given} JOIN latest_metrics m ON m.run = given.run AND m.key = given.key",
        _RUN_KEY,
        [(run, key) for run in runs for key in set(keys)],
    )
    return [_Found(runs[run], *rest) for run, *rest in rows]


def _find_hidden(tx: Transaction, run_ids: Sequence[str], keys: Sequence[str]) -> list[_Found]:
    """The series of these keys in the hidden branches of these runs, those hidden last first."""
    branches = tx.all_in(
        "SELECT b.id, b.branch_id, r.run_id FROM runs r JOIN branches b ON b.run = r.id WHERE r.run_id IN (...) "
        "ORDER BY b.id DESC",
        list(set(run_ids)),
    )
    rows = tx.all_given(
        "SELECT m.run, m.key, m.id, m.minimum, m.maximum, m.chunked "
        "FROM {given} JOIN latest_metrics m ON m.run = given.run AND m.key = given.key",
        _RUN_KEY,
        [(-number, key) for number, *_ in branches for key in set(keys)],
    )
    known = {-number: (branch_id, run_id) for number, branch_id, run_id in branches}
    found = [_Found(known[run][1], *rest)._replace(branch_id=known[run][0]) for run, *rest in rows]
    order = {branch_id: place for place, (_, branch_id, _) in enumerate(branches)}
    return sorted(found, key=lambda each: (order[each.branch_id], each.key))


def points_of_series(tx: Transaction, series: int, chunked: int) -> list[Point]:
    """Every point of a series."""
    points, _ = _page(tx, series, chunked, None, None)
    return list(zip(points.times, points.steps, values_of(points.bits), strict=True))


def _page(
    tx: Transaction, series: int, chunked: int, after: list[Any] | None, size: int | None
) -> tuple[_Columns, str | None]:
    """The next points of a history, and the token of those behind them."""
    limit = None if size is None else size + 1
    if chunked:
        points = _lists(_histories().read_page(tx, series, _place(after), limit or 2**62))
    else:
        where, arguments = "series = ?", [series]
        if after:
            where += " AND (timestamp, step, bits) > (?, ?, ?)"
            arguments += after
        points = _columns(
            tx.all(
                f"SELECT timestamp, step, bits FROM points WHERE {where} ORDER BY timestamp, step, bits"
                + ("" if limit is None else f" LIMIT {limit}"),
                arguments,
            )
        )
    if size is None or len(points.times) <= size:
        return points, None
    points = _Columns(*(column[:size] for column in points))
    return points, encode_token([column[-1] for column in points])


def _read(
    tx: Transaction,
    found: Sequence[_Found],
    axis: str,
    start: int | None,
    end: int | None,
    size: int,
    *,
    evenly: bool = False,
    lengths: dict[int, int] | None = None,
) -> dict[int, _Columns]:
    """For each series the points of a stretch of an axis, in its order, at most about ``size`` of them.

    ``evenly``: where every point can be looked at, those that MLflow would choose; a longer series is thinned so
    that no extreme is lost. ``lengths`` is told how many points each series has.
    """
    tails: dict[int, list[Row]] = {each.id: [] for each in found}
    for row in tx.all_in("SELECT series, timestamp, step, bits FROM points WHERE series IN (...)", list(tails)):
        tails[row[0]].append(row[1:])
    chunked = {each.id: each.chunked for each in found if each.chunked}
    charts: dict[int, _Columns] = {}
    for series, rows in tails.items():
        if series not in chunked:
            charts[series] = _plain_chart(rows, axis, start, end, size, evenly)
            if lengths is not None:
                lengths[series] = len(rows)
    if chunked:
        histories = _histories()
        fresh = histories.fresh_tails(tx, {series: tails[series] for series in chunked})
        window = histories.Window(axis, start, end)
        detail, complete = histories.read_detail(tx, fresh, list(chunked), window, size)
        for series, points in detail.items():
            if evenly and series in complete:
                charts[series] = _lists(points.take(spread(points.size, size)))
            else:
                thinned = histories.thinned(points, size)
                # Gaps come on top of the size that was asked for; who asks for an even spread has a limit.
                charts[series] = _lists(thinned.take(spread(thinned.size, size)) if evenly else thinned)
            if lengths is not None:
                lengths[series] = chunked[series] + fresh[series].size
    return charts


def _plain_chart(rows: list[Row], axis: str, start: int | None, end: int | None, size: int, evenly: bool) -> _Columns:
    x = 1 if axis == "step" else 0
    if start is not None:
        rows = [row for row in rows if row[x] >= start]
    if end is not None:
        rows = [row for row in rows if row[x] <= end]
    places = [row[x] for row in rows]
    # Most are logged in the order in which they are drawn.
    if any(map(operator.ge, places, places[1:])):
        values = ranks([row[2] for row in rows])
        order = sorted(range(len(rows)), key=lambda index: (rows[index][x], rows[index][1 - x], values[index]))
        rows = [rows[index] for index in order]
    points = _columns(rows)
    kept = spread(len(rows), size) if evenly else thin(values_of(points.bits), size)
    return points if len(kept) == len(rows) else _Columns(*([column[index] for index in kept] for column in points))


def _columns(rows: Sequence[Row]) -> _Columns:
    return _Columns(*map(list, zip(*rows, strict=True))) if rows else _Columns([], [], [])


def _lists(points: Any) -> _Columns:
    return _Columns(*(column.tolist() for column in points))


def _metrics(key: str, points: _Columns, run_id: str | None = None) -> list[Metric]:
    none = repeat(None)
    columns = (values_of(points.bits), points.times, points.steps)
    if run_id is None:
        return list(map(Metric, repeat(key), *columns))
    return list(map(Metric, repeat(key), *columns, none, none, none, repeat(run_id)))


def _place(token: list[Any] | None) -> tuple[int, int, int] | None:
    return (token[0], token[1], token[2]) if token else None


def _histories() -> ModuleType:
    try:
        from flowmill.store.sql import histories
    except ImportError:
        raise Invalid(
            "This metric is stored in compressed chunks, which are read with numpy and pcodec: "
            "run `pip install 'flowmill[server]'` and try again."
        ) from None
    return histories
