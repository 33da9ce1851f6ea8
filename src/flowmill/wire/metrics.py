"""Operations on metrics."""

from __future__ import annotations

from typing import Literal

from flowmill.entities.base import Entity, Int64
from flowmill.entities.metric import Metric, MetricColumns, Series
from flowmill.wire.operation import Request, operation
from flowmill.wire.permission import EDIT_EXPERIMENT, READ_EXPERIMENT


class MetricPage(Entity, frozen=True):
    """A page of points; without a token it is the last one."""

    metrics: list[Metric] = []
    next_page_token: str | None = None


class MetricList(Entity, frozen=True):
    """Points; a list without any is written too."""

    metrics: list[Metric]


class SeriesList(Entity, frozen=True):
    """Series, in the order asked for: run by run, key by key."""

    series: list[Series]


@operation("POST runs/log-metric", needs=EDIT_EXPERIMENT)
class LogMetric(Request[None], frozen=True, kw_only=True):
    """One point; ``timestamp`` is ms since the epoch, UTC."""

    run_id: str
    key: str
    value: float
    timestamp: Int64
    step: Int64 = 0
    model_id: str | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None


@operation("GET metrics/get-history", needs=READ_EXPERIMENT)
class GetMetricHistory(Request[MetricPage], frozen=True, kw_only=True):
    """Every point of a metric, ordered by time, then step; paged only if ``max_results`` is given."""

    run_id: str
    metric_key: str
    page_token: str = ""
    max_results: int | None = None


@operation("GET metrics/get-history-bulk", needs=READ_EXPERIMENT)
class GetMetricHistoryBulk(Request[MetricList], frozen=True, kw_only=True):
    """The histories of a metric in up to 100 runs, by run id, ``max_results`` points altogether."""

    run_id: list[str]
    metric_key: str
    max_results: int = 25_000


@operation("GET metrics/get-history-bulk-interval", needs=READ_EXPERIMENT)
class GetMetricHistoryBulkInterval(Request[MetricPage], frozen=True, kw_only=True):
    """Of a metric in up to 100 runs at most ``max_results`` points each, by step, spread over all or an interval."""

    run_ids: list[str]
    metric_key: str
    start_step: Int64 | None = None
    end_step: Int64 | None = None
    max_results: int = 2500


@operation("GET flowmill/1/metrics/columns", needs=READ_EXPERIMENT, dense=True)
class GetMetricColumns(Request[MetricColumns], frozen=True, kw_only=True):
    """The history of a metric as columns, in pages of up to a million points."""

    run_id: str
    metric_key: str
    page_token: str = ""
    max_results: int = 250_000


class SeriesLength(Entity, frozen=True):
    """How many of the points that follow each other are of a metric of a run."""

    run_id: str
    key: str
    points: int


class MetricTablePage(Entity, frozen=True):
    """Points of several series one behind the other, as columns: see `MetricColumns`."""

    series: list[SeriesLength] = []
    steps: bytes = b""
    timestamps: bytes = b""
    values: bytes = b""
    next_page_token: str | None = None


@operation("POST flowmill/1/metrics/table", needs=READ_EXPERIMENT, dense=True)
class GetMetricTable(Request[MetricTablePage], frozen=True, kw_only=True):
    """The histories of metrics of up to 1,000 runs as columns, in pages of up to a million points.

    They come run by run in the order of ``run_ids``, key by key in the order of the alphabet; without ``keys`` it is
    every metric. A series may go on in the next page.
    """

    run_ids: list[str]
    keys: list[str] = []
    page_token: str = ""
    max_results: int = 500_000


@operation("POST flowmill/1/metrics/series", needs=READ_EXPERIMENT)
class GetSeries(Request[SeriesList], frozen=True, kw_only=True):
    """Series as columns, each thinned to about ``points`` so that no extreme is lost.

    ``x``: what they are ordered by. ``start`` and ``end``: the stretch of it that is shown, both included (a step,
    or ms since the epoch); a shorter stretch is shown in more detail. ``hidden``: after these come the hidden branches
    of the runs, as many as may be asked for in all.
    """

    run_ids: list[str]
    keys: list[str]
    points: int = 1000
    x: Literal["step", "time"] = "step"
    start: Int64 | None = None
    end: Int64 | None = None
    hidden: bool = False
