"""Metrics: one measured value at a step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from flowmill.entities.base import Entity, Int64


class Metric(Entity, frozen=True):
    """A value that a run measured.

    ``value``: float64, NaN and ±inf included; ``timestamp``: ms since the epoch, UTC; ``step``: int64.
    ``model_id`` and the dataset's name and digest say what was measured on what, when that is known.
    """

    key: str
    value: float
    timestamp: Int64
    step: Int64 = msgspec.field(default_factory=int)
    model_id: str | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None
    run_id: str | None = None

    @classmethod
    def from_dictionary(cls, metric_dict: Mapping[str, Any]) -> Metric:  # pyright: ignore[reportIncompatibleMethodOverride]  # MLflow's name of it
        """The metric of these attributes."""
        return super().from_dictionary(metric_dict)


class Series(Entity, frozen=True):
    """The points of one metric of one run, as columns of equal length, ordered by step, then time.

    ``count`` is the number of points that exist; the columns may hold fewer, thinned so that the first,
    the last and every extreme stay. ``minimum`` and ``maximum`` are over all points that are numbers.
    ``branch_id`` names the branch of what the run hides; it is empty for what it shows.
    """

    run_id: str
    key: str
    count: int
    steps: list[int]
    timestamps: list[int]
    values: list[float]
    minimum: float | None = None
    maximum: float | None = None
    branch_id: str = ""


class MetricColumns(Entity, frozen=True):
    """Points of a metric as columns of n numbers, in order of time, then step: each is 8·n bytes, little-endian.

    ``steps`` and ``timestamps`` (ms since the epoch, UTC) are int64, ``values`` float64. Without a token these
    are the last ones.
    """

    steps: bytes = b""
    timestamps: bytes = b""
    values: bytes = b""
    next_page_token: str | None = None
