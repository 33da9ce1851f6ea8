"""Operations on metrics."""

from __future__ import annotations

from flowmill.entities.base import Entity, Int64
from flowmill.entities.metric import Metric, Series
from flowmill.wire.operation import Request, operation
from flowmill.wire.permission import EDIT_EXPERIMENT, READ_EXPERIMENT


class MetricPage(Entity, frozen=True):
    """A page of points; without a token it is the last one."""

    metrics: list[Metric] = []
    next_page_token: str | None = None


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


@operation("POST flowmill/1/metrics/series", needs=READ_EXPERIMENT)
class GetSeries(Request[SeriesList], frozen=True, kw_only=True):
    """Series as columns, each thinned to about ``points`` so that no extreme is lost."""

    run_ids: list[str]
    keys: list[str]
    points: int = 1000
