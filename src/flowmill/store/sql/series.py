"""Points of a series as plain values: how a float is kept exactly, and how columns are thinned. Pure."""

from __future__ import annotations

import math
import struct
import sys
from array import array
from collections.abc import Sequence

_DOUBLE = struct.Struct("<d")
_INT64 = struct.Struct("<q")


def bits_of(value: float) -> int:
    """A float64 as the int64 of the same bits: exact for NaN, infinities, denormals and -0.0."""
    return _INT64.unpack(_DOUBLE.pack(value))[0]


def value_of(bits: int) -> float:
    """The float64 of these bits."""
    return _DOUBLE.unpack(_INT64.pack(bits))[0]


def values_of(bits: Sequence[int]) -> list[float]:
    """The float64 of each of these bits."""
    doubles = array("d")
    doubles.frombytes(array("q", bits).tobytes())
    return doubles.tolist()


def ranks(bits: Sequence[int]) -> list[float]:
    """Numbers by which values are ordered among points of one step and time: NaN is the smallest."""
    return [-math.inf if value != value else value for value in values_of(bits)]


def little_endian(column: array[int]) -> bytes:
    """The bytes of a column of int64, as they go over the wire."""
    if sys.byteorder == "big":
        column = array("q", column)
        column.byteswap()
    return column.tobytes()


def spread(count: int, size: int) -> list[int]:
    """Indices of ``size`` of ``count`` points as MLflow spreads them.

    The points are cut into buckets as equal as can be, larger ones first, and of each stays the first point; of
    the last one the last. (Observed of the real server, and pinned by a golden file.)
    """
    if count <= size:
        return list(range(count))
    width, larger = divmod(count, size)
    starts = [bucket * width + min(bucket, larger) for bucket in range(size - 1)]
    return [*starts, count - 1]


def sortable(value: float) -> float | None:
    """The value as a database can order it: None for NaN."""
    return None if math.isnan(value) else value


def is_later(step: int, timestamp: int, value: float, than: tuple[int, int, float]) -> bool:
    """Whether a point is newer than another: by step, then time, then value; NaN is the smallest value."""
    if (step, timestamp) != than[:2]:
        return (step, timestamp) > than[:2]
    return math.isnan(than[2]) or value > than[2]


def thin(values: Sequence[float], points: int) -> list[int]:
    """Indices of at most about ``points`` values that keep the first, the last and every extreme.

    The series is cut into equal buckets; of each stay the least and the greatest value, and the first value
    that is no number, so that neither a spike nor a gap is lost. Shape: values (n,); returns sorted indices.
    """
    n = len(values)
    if n <= max(points, 4):
        return list(range(n))
    buckets = max(1, (points - 2) // 2)
    keep = {0, n - 1}
    for bucket in range(buckets):
        start, end = bucket * n // buckets, (bucket + 1) * n // buckets
        lowest = highest = gap = None
        for index in range(start, end):
            value = values[index]
            if value != value:
                gap = index if gap is None else gap
            elif lowest is None or highest is None:
                lowest = highest = index
            elif value < values[lowest]:
                lowest = index
            elif value > values[highest]:
                highest = index
        keep.update(index for index in (lowest, highest, gap) if index is not None)
    return sorted(keep)
