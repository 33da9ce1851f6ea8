"""A long series: its points in chunks, and coarser nodes above them.

A *leaf* (level 0) is a chunk of about `LEAF` points; leaves do not overlap in the order of a history, so that
a late point has one leaf to go to. Every node has a *sketch*: at most about `SKETCH` of the points below it,
among them the first, the last and every extreme. A node above the leaves stands for about `FAN` of the level
below and has nothing but its sketch, so that a chart reads few nodes whatever the length. Nodes without a
parent (0) are roots; the newest leaf stays one until it is full.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from flowmill.pace import breathe
from flowmill.store.sql.chunks import decode, encode
from flowmill.store.sql.points import Points, joined, points_of, thinned
from flowmill.store.sql.transaction import Transaction

LEAF = 8192
SKETCH = 128
FAN = 16

_MOST_AT_ONCE = 65_536
"""Points of a tail that one transaction takes: a tail from before there were chunks may hold millions."""

_NODE = "count, first_time, last_time, last_step, last_bits, low_step, high_step, minimum, maximum, total, sketch, data"
_NODE_MARKS = ", ".join("?" * 12)


def settle(tx: Transaction, series: int, arriving: Sequence[tuple[int, int, int]], tail: bool) -> tuple[int, int]:
    """Move the tail of a series and points that arrive, rows of (time, step, bits), into its leaves.

    ``tail``: whether there are rows to move. Returns how many more points the leaves hold now, and how many
    rows are left in the tail.
    """
    rows: list[Any] = []
    left = 0
    if tail:
        rows = tx.all(
            "SELECT timestamp, step, bits FROM points WHERE series = ? ORDER BY step LIMIT ?",
            (series, _MOST_AT_ONCE + 1),
        )
        if len(rows) > _MOST_AT_ONCE:
            highest = rows.pop()[1]
            # Up to a whole step, so that what was taken can be named; many points of one step stay together.
            rows = [row for row in rows if row[1] < highest] or tx.all(
                "SELECT timestamp, step, bits FROM points WHERE series = ? AND step = ?", (series, highest)
            )
            tx.run("DELETE FROM points WHERE series = ? AND step <= ?", (series, max(row[1] for row in rows)))
            left = _MOST_AT_ONCE
        else:
            tx.run("DELETE FROM points WHERE series = ?", (series,))
    return _insert(tx, series, points_of([*rows, *arriving]).in_order()), left


class Extent(NamedTuple):
    """What the leaves of a series hold: how many points, their extremes, and those of the highest step as rows."""

    points: int
    low: float | None
    high: float | None
    latest: list[tuple[int, int, int]]


def take_later(tx: Transaction, series: int, step: int) -> list[tuple[int, int, int]]:
    """Take the points later than a step out of the leaves: rows of (time, step, bits)."""
    taken: list[Points] = []
    settings = ", ".join(f"{column} = ?" for column in _NODE.split(", "))
    for leaf, low, data in tx.all(
        "SELECT id, low_step, data FROM chunks WHERE series = ? AND level = 0 AND high_step > ? ORDER BY id",
        (series, step),
    ):
        points = decode(data)
        later = points.steps > step
        taken.append(points.take(later))
        if low > step:
            tx.run("DELETE FROM chunks WHERE id = ?", (leaf,))
        else:
            tx.run(f"UPDATE chunks SET {settings} WHERE id = ?", (*_leaf_row(points.take(~later)), leaf))
    if taken:
        # The nodes above tell of what is gone: they are few, and made anew.
        tx.run("DELETE FROM chunks WHERE series = ? AND level > 0", (series,))
        tx.run("UPDATE chunks SET parent = 0 WHERE series = ?", (series,))
        _group_roots(tx, series)
    columns = joined(taken)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def extent(tx: Transaction, series: int) -> Extent:
    """What the leaves of a series hold."""
    leaves = tx.all(
        "SELECT id, count, minimum, maximum, high_step FROM chunks WHERE series = ? AND level = 0", (series,)
    )
    top = max((leaf[4] for leaf in leaves), default=0)
    last = joined(_data(tx, leaf[0]) for leaf in leaves if leaf[4] == top)
    last = last.take(last.steps == top)
    return Extent(
        sum(leaf[1] for leaf in leaves),
        min((leaf[2] for leaf in leaves if leaf[2] is not None), default=None),
        max((leaf[3] for leaf in leaves if leaf[3] is not None), default=None),
        list(zip(*(column.tolist() for column in last), strict=True)),
    )


def _insert(tx: Transaction, series: int, points: Points) -> int:
    """Put points, which are in order, into the leaves that they belong to; how many were new."""
    columns = "id, parent, count, last_time, last_step, last_bits"
    leaves = tx.all(
        f"SELECT {columns} FROM chunks WHERE series = ? AND level = 0 "
        "AND (last_time, last_step, last_bits) >= (?, ?, ?) ORDER BY last_time, last_step, last_bits",
        (series, *points.place(0)),
    ) or tx.all(
        f"SELECT {columns} FROM chunks WHERE series = ? AND level = 0 "
        "ORDER BY last_time DESC, last_step DESC, last_bits DESC LIMIT 1",
        (series,),
    )
    new, stale, made = 0, set[int](), False
    for leaf, parent, count, *last in leaves:
        is_open = count < LEAF and leaf == leaves[-1][0]
        until = points.size if is_open else points.count_until((last[0], last[1], last[2]))
        if until == 0:
            continue
        merged = joined([_data(tx, leaf), points.take(slice(until))]).in_order()
        first, *others = _full_pieces(merged) if is_open else _even_pieces(merged)
        settings = ", ".join(f"{column} = ?" for column in _NODE.split(", "))
        tx.run(f"UPDATE chunks SET {settings} WHERE id = ?", (*_leaf_row(first), leaf))
        _add_leaves(tx, series, parent, others)
        new += merged.size - count
        stale.add(parent)
        made = made or bool(others)
        points = points.take(slice(until, None))
    if points.size:
        _add_leaves(tx, series, 0, _full_pieces(points))
        new += points.size
        made = True
    for parent in stale - {0}:
        _refresh(tx, series, parent)
    if made:
        _group_roots(tx, series)
    return new


def _full_pieces(points: Points) -> list[Points]:
    """Pieces of `LEAF` points; the last one may have fewer and is filled up later."""
    return [points.take(slice(start, start + LEAF)) for start in range(0, points.size, LEAF)]


def _even_pieces(points: Points) -> list[Points]:
    """One piece while it is not twice as large as a leaf should be."""
    number = 1 if points.size <= 2 * LEAF else -(-points.size // LEAF)
    edges = [index * points.size // number for index in range(number + 1)]
    return [points.take(slice(start, end)) for start, end in pairwise(edges)]


def _data(tx: Transaction, leaf: int) -> Points:
    return decode(tx.value("SELECT data FROM chunks WHERE id = ?", (leaf,)))


def _add_leaves(tx: Transaction, series: int, parent: int, pieces: Sequence[Points]) -> None:
    if pieces:
        tx.run_many(
            f"INSERT INTO chunks (series, level, parent, {_NODE}) VALUES (?, 0, ?, {_NODE_MARKS})",
            [(series, parent, *_leaf_row(piece)) for piece in pieces],
        )


def _leaf_row(points: Points) -> tuple[Any, ...]:
    breathe()
    numbers = points.values[~np.isnan(points.values)]
    low, high, total = (None, None, None)
    if numbers.size:
        low, high = float(numbers.min()), float(numbers.max())
        with np.errstate(all="ignore"):
            total = _number(float(numbers.sum()))
    first, last = points.place(0), points.place(points.size - 1)
    steps = int(points.steps.min()), int(points.steps.max())
    return (points.size, first[0], *last, *steps, low, high, total, encode(thinned(points, SKETCH)), encode(points))


def _number(value: float) -> float | None:
    return value if value == value else None


def _group_roots(tx: Transaction, series: int) -> None:
    """Put nodes above full roots where there are `FAN` of one level."""
    roots: dict[int, list[int]] = {}
    for node, level, count in tx.all(
        "SELECT id, level, count FROM chunks WHERE parent = 0 AND series = ? "
        "ORDER BY level, last_time, last_step, last_bits",
        (series,),
    ):
        if level > 0 or count >= LEAF:
            roots.setdefault(level, []).append(node)
    level = 0
    while level in roots:
        while len(roots[level]) >= FAN:
            group, roots[level] = roots[level][:FAN], roots[level][FAN:]
            roots.setdefault(level + 1, []).append(_put_above(tx, series, level + 1, 0, group))
        level += 1


def _put_above(tx: Transaction, series: int, level: int, parent: int, children: Sequence[int]) -> int:
    """A node above these; its id."""
    node = tx.value(
        f"INSERT INTO chunks (series, level, parent, {_NODE}) "
        "VALUES (?, ?, ?, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL) RETURNING id",
        (series, level, parent),
    )
    marks = ", ".join("?" * len(children))
    tx.run(f"UPDATE chunks SET parent = ? WHERE id IN ({marks})", (node, *children))
    _describe(tx, node)
    return node


def _refresh(tx: Transaction, series: int, node: int) -> None:
    """Bring a node and those above it up to date with its children, of which late points may have made many."""
    while node:
        parent, level = tx.all("SELECT parent, level FROM chunks WHERE id = ?", (node,))[0]
        children = [
            row[0]
            for row in tx.all(
                "SELECT id FROM chunks WHERE parent = ? AND series = ? ORDER BY last_time, last_step, last_bits",
                (node, series),
            )
        ]
        if len(children) > 2 * FAN:
            for start in range(FAN, len(children), FAN):
                _put_above(tx, series, level, parent, children[start : start + FAN])
        _describe(tx, node)
        node = parent


def _describe(tx: Transaction, node: int) -> None:
    """Sum up the children of a node in its row."""
    children = tx.all(
        "SELECT count, first_time, last_time, last_step, last_bits, low_step, high_step, minimum, maximum, total, "
        "sketch FROM chunks WHERE parent = ? ORDER BY last_time, last_step, last_bits",
        (node,),
    )
    columns = list(zip(*children, strict=True))
    _, _, last_time, last_step, last_bits, *_ = children[-1]
    sketch = thinned(joined(decode(child[-1]) for child in children).in_order(), SKETCH)
    tx.run(
        "UPDATE chunks SET count = ?, first_time = ?, last_time = ?, last_step = ?, last_bits = ?, low_step = ?, "
        "high_step = ?, minimum = ?, maximum = ?, total = ?, sketch = ? WHERE id = ?",
        (
            sum(columns[0]),
            min(columns[1]),
            last_time,
            last_step,
            last_bits,
            min(columns[5]),
            max(columns[6]),
            min((low for low in columns[7] if low is not None), default=None),
            max((high for high in columns[8] if high is not None), default=None),
            _number(sum(total for total in columns[9] if total is not None)),
            encode(sketch),
            node,
        ),
    )
