"""A metric's points as columns in the user's hands."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from flowmill.entities.metric import Metric, MetricColumns


@dataclass(frozen=True, eq=False)
class MetricSeries:
    """The points of a metric, in order of time, then step: columns of equal length.

    ``steps``: int64; ``timestamps``: int64, ms since the epoch, UTC; ``values``: float64, to the bit as logged.
    """

    key: str
    steps: Any
    timestamps: Any
    values: Any

    def __len__(self) -> int:
        return len(self.steps)

    def to_metrics(self) -> list[Metric]:
        """An object for each point."""
        columns = (self.values.tolist(), self.timestamps.tolist(), self.steps.tolist())
        return list(map(Metric, repeat(self.key), *columns))


def series_from(key: str, pages: Sequence[MetricColumns]) -> MetricSeries:
    """The pages of a history as one series."""
    steps, timestamps, values = (
        _column(kind, [getattr(page, name) for page in pages])
        for name, kind in (("steps", "q"), ("timestamps", "q"), ("values", "d"))
    )
    return MetricSeries(key, steps, timestamps, values)


def _column(kind: str, parts: Sequence[bytes]) -> Any:
    content = b"".join(parts)
    # Whoever has loaded numpy wants its arrays; loading it for a few points would take longer than they do.
    if (numpy := sys.modules.get("numpy")) is not None:
        return numpy.frombuffer(content, "<i8" if kind == "q" else "<f8")
    column = array(kind, content)
    if sys.byteorder == "big":
        column.byteswap()
    return column
