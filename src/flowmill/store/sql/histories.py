"""Reading series as columns: a history in MLflow's order, and what a chart of so many pixels needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from flowmill.store.sql import pyramid
from flowmill.store.sql.chunks import decode
from flowmill.store.sql.points import Place, Points, joined, points_of, thinned
from flowmill.store.sql.transaction import Transaction

__all__ = ["Window", "fresh_tails", "read_detail", "read_page", "thinned"]

Axis = Literal["step", "time"]

_DETAIL = 4
"""Points read for each point shown, so that a bucket of the picture takes several of what is read."""
_MOST_STRADDLING = 4
"""Nodes of a level that are opened because an end of the range lies in them; more overlap only in disorder."""


class Window(NamedTuple):
    """A stretch of an axis, both ends included; None is open."""

    axis: Axis = "step"
    start: int | None = None
    end: int | None = None

    def overlaps(self, low: int, high: int) -> bool:
        """Whether some of low…high lies inside."""
        return (self.start is None or high >= self.start) and (self.end is None or low <= self.end)

    def covers(self, low: int, high: int) -> bool:
        """Whether all of low…high lies inside."""
        return (self.start is None or low >= self.start) and (self.end is None or high <= self.end)

    def cut(self, points: Points) -> Points:
        """The points inside."""
        if self.start is None and self.end is None:
            return points
        column = points.steps if self.axis == "step" else points.times
        inside = column >= (column.min(initial=0) if self.start is None else self.start)
        if self.end is not None:
            inside &= column <= self.end
        return points.take(inside)


class _Node(NamedTuple):
    id: int
    series: int
    level: int
    size: int
    low: int
    high: int
    last_time: int


def read_page(tx: Transaction, series: int, after: Place | None, size: int) -> Points:
    """The next points of a history, at most ``size``, behind a place."""
    condition, place = ("", ()) if after is None else (" AND ({}) > (?, ?, ?)", after)
    tail = points_of(
        tx.all(
            f"SELECT timestamp, step, bits FROM points WHERE series = ?{condition.format('timestamp, step, bits')} "
            "ORDER BY timestamp, step, bits LIMIT ?",
            (series, *place, size),
        )
    )
    parts: list[Points] = []
    found = 0
    last: Place | None = after
    while found < size:
        condition, place = ("", ()) if last is None else (" AND ({}) > (?, ?, ?)", last)
        wanted = (size - found) // pyramid.LEAF + 2
        chunks = tx.all(
            "SELECT data, last_time, last_step, last_bits FROM chunks WHERE series = ? AND level = 0"
            f"{condition.format('last_time, last_step, last_bits')} ORDER BY last_time, last_step, last_bits LIMIT ?",
            (series, *place, wanted),
        )
        parts += [decode(chunk[0]) for chunk in chunks]
        if after is not None and chunks and last == after:
            parts[0] = parts[0].after(after)
        found = sum(part.size for part in parts)
        if len(chunks) < wanted:
            break
        last = (chunks[-1][1], chunks[-1][2], chunks[-1][3])
    return joined([*parts, tail]).in_order().take(slice(size))


def read_detail(
    tx: Transaction, tails: Mapping[int, Points], chunked: Sequence[int], window: Window, size: int
) -> tuple[dict[int, Points], set[int]]:
    """For each series its points inside a window, by the window's axis, and the series of which these are all.

    A long series gives several points for each of the ``size`` that are to be shown, among them every extreme.
    ``tails``: the rows of each series, ``chunked``: the series that have chunks as well. The number of statements
    does not depend on the number of series.
    """
    sketches, leaves, complete = list[int](), list[int](), set(tails)
    for series, nodes in _frontier(tx, chunked, window, size).items():
        enough = _is_enough(nodes, size)
        straddling = {node.id for node in nodes if not window.covers(node.low, node.high)}
        for node in nodes:
            at_an_end = node.id in straddling and len(straddling) <= _MOST_STRADDLING
            if node.level == 0 and (not enough or at_an_end):
                leaves.append(node.id)
            else:
                sketches.append(node.id)
                complete.discard(series)
    parts: dict[int, list[Points]] = defaultdict(list)
    for column, ids in (("sketch", sketches), ("data", leaves)):
        for series, chunk in tx.all_in(f"SELECT series, {column} FROM chunks WHERE id IN (...)", ids):
            parts[series].append(decode(chunk))
    found: dict[int, Points] = {}
    for series, tail in tails.items():
        points = window.cut(joined([*parts[series], tail]))
        found[series] = points.by_step() if window.axis == "step" else points.by_time()
    return found, complete


def _frontier(tx: Transaction, series: Sequence[int], window: Window, size: int) -> dict[int, list[_Node]]:
    """The nodes to read of each series: as coarse as the picture allows."""
    low, high = ("low_step", "high_step") if window.axis == "step" else ("first_time", "last_time")
    columns = f"SELECT id, series, level, count, {low}, {high}, last_time FROM chunks WHERE "
    frontier: dict[int, list[_Node]] = defaultdict(list)

    def add(rows: Sequence[Sequence[int]]) -> None:
        for row in rows:
            node = _Node(*row)
            if window.overlaps(node.low, node.high):
                frontier[node.series].append(node)

    add(tx.all_in(columns + "parent = 0 AND series IN (...)", series))
    while True:
        opened: list[int] = []
        for each, nodes in frontier.items():
            top = max((node.level for node in nodes), default=0)
            if top == 0:
                continue
            straddling = [node for node in nodes if node.level > 0 and not window.covers(node.low, node.high)]
            if not _is_enough(nodes, size):
                chosen = {node.id for node in nodes if node.level == top}
            elif 0 < len(straddling) <= _MOST_STRADDLING:
                chosen = {node.id for node in straddling}
            else:
                continue
            opened += chosen
            frontier[each] = [node for node in nodes if node.id not in chosen]
        if not opened:
            return frontier
        add(tx.all_in(columns + "parent IN (...)", opened))


def _is_enough(nodes: Sequence[_Node], size: int) -> bool:
    """Whether the sketches of these nodes are as fine as the picture."""
    return sum(min(node.size, pyramid.SKETCH) for node in nodes) >= _DETAIL * size


def fresh_tails(tx: Transaction, tails: Mapping[int, Sequence[Sequence[int]]]) -> dict[int, Points]:
    """The rows of tails that no leaf holds: a batch sent again may have left some there until they settle."""
    found = {series: points_of(rows).in_order() for series, rows in tails.items()}
    ends = dict(
        tx.all_in(
            "SELECT series, MAX(last_time) FROM chunks WHERE parent = 0 AND series IN (...) GROUP BY series",
            list(found),
        )
    )
    for series, tail in found.items():
        if tail.size and series in ends and tail.times[0] <= ends[series]:
            found[series] = _unknown_to_leaves(tx, series, tail)
    return found


def _unknown_to_leaves(tx: Transaction, series: int, tail: Points) -> Points:
    held: list[int] = []
    start = 0
    for leaf, *last in tx.all(
        "SELECT id, last_time, last_step, last_bits FROM chunks WHERE series = ? AND level = 0 "
        "AND (last_time, last_step, last_bits) >= (?, ?, ?) AND first_time <= ? "
        "ORDER BY last_time, last_step, last_bits",
        (series, *tail.place(0), int(tail.times[-1])),
    ):
        end = tail.count_until((last[0], last[1], last[2]))
        if end > start:
            points = decode(tx.value("SELECT data FROM chunks WHERE id = ?", (leaf,)))
            held += [index for index in range(start, end) if points.holds(tail.place(index))]
        start = end
    return tail.take(np.setdiff1d(np.arange(tail.size), held)) if held else tail
