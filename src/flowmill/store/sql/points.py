"""Points as columns: three int64 arrays of equal length, and what is done with them. Pure, on numpy.

A point's place is (time, step, bits), the order in which MLflow tells a history; ``bits`` is the float64 as
an int64, so that any two points compare and equal ones are one point.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.int64]
Place = tuple[int, int, int]
"""(time, step, bits)"""


class Points(NamedTuple):
    """Columns of shape (n,): ``times`` in ms since the epoch, ``steps``, and the values' ``bits``."""

    times: Column
    steps: Column
    bits: Column

    @property
    def size(self) -> int:
        """How many points."""
        return self.times.size

    @property
    def values(self) -> NDArray[np.float64]:
        """The float64 of the same bits."""
        return self.bits.view(np.float64)

    def place(self, index: int) -> Place:
        """Where a point stands in the order."""
        return int(self.times[index]), int(self.steps[index]), int(self.bits[index])

    def take(self, which: Any) -> Points:
        """The points at these indices, or in a slice, or where a mask says so."""
        return Points(self.times[which], self.steps[which], self.bits[which])

    def after(self, place: Place) -> Points:
        """The points behind a place; the points must be in order."""
        return self.take(slice(self.count_until(place), None))

    def count_until(self, place: Place) -> int:
        """How many points stand at a place or before it; the points must be in order."""
        return bisect_right(range(self.size), place, key=self.place)

    def holds(self, place: Place) -> bool:
        """Whether a point stands at this place; the points must be in order."""
        index = bisect_left(range(self.size), place, key=self.place)
        return index < self.size and self.place(index) == place

    def in_order(self) -> Points:
        """The points by place, equal ones once."""
        if self._is_in_order():
            return self
        ordered = self.take(np.lexsort((self.bits, self.steps, self.times)))
        fresh = np.ones(ordered.size, dtype=bool)
        fresh[1:] = (np.diff(ordered.times) != 0) | (np.diff(ordered.steps) != 0) | (np.diff(ordered.bits) != 0)
        return ordered if fresh.all() else ordered.take(fresh)

    def by_step(self) -> Points:
        """The points by step, then time, then value."""
        if (self.steps[1:] > self.steps[:-1]).all():
            return self
        return self.take(np.lexsort((_rank(self.values), self.times, self.steps)))

    def by_time(self) -> Points:
        """The points by time, then step, then value."""
        if (self.times[1:] > self.times[:-1]).all():
            return self
        return self.take(np.lexsort((_rank(self.values), self.steps, self.times)))

    def _is_in_order(self) -> bool:
        earlier, later = self.times[:-1], self.times[1:]
        return bool((later > earlier).all())


def _rank(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values as MLflow orders them among points of one step and time."""
    return np.where(np.isnan(values), -np.inf, values)


def points_of(rows: Sequence[Sequence[int]]) -> Points:
    """Points from rows of (time, step, bits)."""
    if not rows:
        empty = np.empty(0, np.int64)
        return Points(empty, empty, empty)
    return Points(*np.array(rows, dtype=np.int64).T.copy())


def joined(parts: Iterable[Points]) -> Points:
    """All points of several columns, one behind the other."""
    known = [part for part in parts if part.size]
    if len(known) == 1:
        return known[0]
    if not known:
        return points_of(())
    return Points(*(np.concatenate(columns) for columns in zip(*known, strict=True)))


def thinned(points: Points, size: int) -> Points:
    """At most about ``size`` of the points that keep the first, the last and every extreme."""
    return points.take(kept_of(points.values, size)) if points.size > size else points


def kept_of(values: NDArray[np.float64], size: int) -> NDArray[np.intp]:
    """Sorted indices of at most about ``size`` values: the rule of `flowmill.store.sql.series.thin`.

    The values are cut into equal buckets; of each stay the least, the greatest, and the first that is no
    number, so that neither a spike nor a gap is lost.
    """
    n = values.size
    if n <= max(size, 4):
        return np.arange(n)
    width = -(-n // max(1, (size - 2) // 2))
    buckets = -(-n // width)
    starts = np.arange(buckets) * width
    missing = np.isnan(values)
    keep = [np.array([0, n - 1])]
    for stand_in, extreme in ((np.inf, np.argmin), (-np.inf, np.argmax)):
        # What is no number, and what fills the last bucket up, never wins over a number.
        padded = np.full(buckets * width, stand_in)
        padded[:n] = np.where(missing, stand_in, values)
        keep.append(starts + extreme(padded.reshape(buckets, width), axis=1))
    if missing.any():
        gaps = np.zeros(buckets * width, dtype=bool)
        gaps[:n] = missing
        rows = gaps.reshape(buckets, width)
        keep.append((starts + rows.argmax(axis=1))[rows.any(axis=1)])
    # np.unique would load numpy.ma, for 20 ms in which a training beside this thread stands still.
    found = np.sort(np.concatenate(keep))
    return found[np.append(True, found[1:] != found[:-1])]
