"""Points of a metric as packed columns: how a whole history travels, exact and small."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Iterator

from flowmill.entities.base import Entity
from flowmill.errors import Invalid

Point = tuple[int, int, float]
"""(timestamp in ms since the epoch, step, value)."""


class Points(Entity, frozen=True):
    """Points of the metric ``key``, three columns of equal length n.

    ``timestamps``, ``steps``: int64, little-endian, 8 n bytes; ``values``: float64, little-endian, 8 n bytes, so
    that NaN, infinities and −0.0 arrive as they are. In JSON bytes are base64.
    """

    key: str
    timestamps: bytes
    steps: bytes
    values: bytes

    @classmethod
    def of(cls, key: str, points: Iterable[Point]) -> Points:
        """The columns of these points."""
        timestamps, steps, values = array("q"), array("q"), array("d")
        for timestamp, step, value in points:
            timestamps.append(timestamp)
            steps.append(step)
            values.append(value)
        return cls(key, _packed(timestamps), _packed(steps), _packed(values))

    def __len__(self) -> int:
        return len(self.timestamps) // 8

    def rows(self) -> Iterator[Point]:
        """The points one by one; Invalid if the columns do not fit together."""
        if len(self.timestamps) % 8 or not len(self.timestamps) == len(self.steps) == len(self.values):
            raise Invalid(
                f"The columns of metric {self.key[:100]!r} have {len(self.timestamps)}, {len(self.steps)} and "
                f"{len(self.values)} bytes: expected three columns of 8 bytes a point."
            )
        return zip(_integers(self.timestamps), _integers(self.steps), _floats(self.values), strict=True)


def _packed(column: array[int] | array[float]) -> bytes:
    if sys.byteorder == "big":
        column.byteswap()
    return column.tobytes()


def _integers(packed: bytes) -> array[int]:
    column = array("q", packed)
    if sys.byteorder == "big":
        column.byteswap()
    return column


def _floats(packed: bytes) -> array[float]:
    column = array("d", packed)
    if sys.byteorder == "big":
        column.byteswap()
    return column
