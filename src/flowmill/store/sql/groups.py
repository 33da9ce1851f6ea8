"""Runs in groups of equal values, each summed up by the database: no run is read to answer."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from flowmill.errors import Invalid
from flowmill.store.sql.finding import selection
from flowmill.store.sql.handler import handles
from flowmill.store.sql.ordering import Condition
from flowmill.store.sql.paging import check_page_size
from flowmill.store.sql.searches import search_of_runs
from flowmill.store.sql.transaction import Transaction
from flowmill.wire.table import GetRunGroups, GroupNumber, GroupText, RunGroup, RunGroups

_MOST_GROUPS = 1_000
_MOST_KEYS = 5
_MOST_COLUMNS = 1_000
_ATTRIBUTES = ("status", "user_id")
_NUMBERS = {"metrics": "value", "minimum": "minimum", "maximum": "maximum"}
"""The column of ``latest_metrics`` that holds a kind of number."""
_TEXTS = ("params", "tags")

_Values = tuple[str | None, ...]


@handles(GetRunGroups)
def get_run_groups(tx: Transaction, ask: GetRunGroups) -> RunGroups:
    """The largest groups, with the mean and spread of each metric and what their parameters have in common."""
    size = check_page_size(ask.max_results, _MOST_GROUPS)
    _check(ask)
    search = search_of_runs(tx, ask.filter, [], ask.run_view_type, ask.experiment_ids)
    matched = selection(tx, search, "runs.id AS run, runs.status AS status, runs.user_id AS user_id")
    if matched is None:
        return RunGroups(0, 0, [])
    grouped = _grouped(matched, ask.by)
    names = ", ".join(f"value_{number}" for number in range(len(ask.by)))
    counts = tx.all(
        f"{grouped.sql} SELECT {names}, COUNT(*) AS runs FROM grouped GROUP BY {names} ORDER BY runs DESC, {names}",
        grouped.arguments,
    )
    numbers: dict[_Values, dict[str, GroupNumber]] = defaultdict(dict)
    texts: dict[_Values, dict[str, GroupText]] = defaultdict(dict)
    for kind, column in _NUMBERS.items():
        for values, key, number in _numbers(tx, grouped, names, column, _keys(ask.columns, kind)):
            numbers[values][f"{kind}.{key}"] = number
    for kind in _TEXTS:
        for values, key, text in _common(tx, grouped, names, kind, _keys(ask.columns, kind)):
            texts[values][f"{kind}.{key}"] = text
    groups = [
        RunGroup(list(values), runs, numbers.get(tuple(values), {}), texts.get(tuple(values), {}))
        for *values, runs in counts[:size]
    ]
    return RunGroups(len(counts), sum(row[-1] for row in counts), groups)


def _check(ask: GetRunGroups) -> None:
    if not 1 <= len(ask.by) <= _MOST_KEYS:
        raise Invalid(f"by has {len(ask.by)} entries; group by one to {_MOST_KEYS}, such as params.lr.")
    if len(ask.columns) > _MOST_COLUMNS:
        raise Invalid(f"columns has {len(ask.columns)} entries; at most {_MOST_COLUMNS} are summed up.")
    for name in ask.by:
        kind, _, key = name.partition(".")
        if not key or (kind not in _TEXTS and (kind != "attributes" or key not in _ATTRIBUTES)):
            raise Invalid(
                f"Runs cannot be grouped by {name[:80]!r}; write params.key, tags.key, attributes.status or "
                "attributes.user_id."
            )


def _grouped(matched: Condition, by: Sequence[str]) -> Condition:
    """Begins a statement: ``grouped`` has the runs that match, each with the values that make its group."""
    values: list[str] = []
    joins: list[str] = []
    keys: list[str] = []
    for number, name in enumerate(by):
        kind, _, key = name.partition(".")
        if kind == "attributes":
            values.append(f"matched.{key} AS value_{number}")
            continue
        values.append(f"by_{number}.value AS value_{number}")
        joins.append(f"LEFT JOIN {kind} by_{number} ON by_{number}.run = matched.run AND by_{number}.key = ?")
        keys.append(key)
    return Condition(
        f"WITH matched AS ({matched.sql}), grouped AS (SELECT matched.run AS run, {', '.join(values)} "
        f"FROM matched {' '.join(joins)})",
        (*matched.arguments, *keys),
    )


def _keys(columns: Sequence[str], kind: str) -> list[str]:
    return [column.removeprefix(f"{kind}.") for column in columns if column.startswith(f"{kind}.")]


def _numbers(
    tx: Transaction, grouped: Condition, names: str, column: str, keys: Sequence[str]
) -> list[tuple[_Values, str, GroupNumber]]:
    if not keys:
        return []
    # The mean first, then the squares of what is away from it: sums of squares of large numbers lose their digits.
    rows = tx.all_in(
        f"{grouped.sql} SELECT {names}, key, COUNT(*), AVG(value), MIN(value), MAX(value), "
        "SUM((value - mean) * (value - mean)) FROM "
        f"(SELECT {names}, measured.key AS key, measured.{column} AS value, "
        f"AVG(measured.{column}) OVER (PARTITION BY {names}, measured.key) AS mean "
        "FROM grouped JOIN latest_metrics measured ON measured.run = grouped.run "
        f"WHERE measured.{column} IS NOT NULL AND measured.key IN (...)) AS each_run GROUP BY {names}, key",
        list(keys),
        grouped.arguments,
    )
    return [
        (
            tuple(values),
            key,
            GroupNumber(runs, math.nan if mean is None else mean, low, high, deviation(runs, squares)),
        )
        for *values, key, runs, mean, low, high, squares in rows
    ]


def deviation(runs: int, squares: Any) -> float | None:
    """The sample's standard deviation; None of a single one, and where an infinity leaves no number."""
    if runs < 2 or squares is None or math.isnan(squares):
        return None
    return math.sqrt(max(0.0, squares) / (runs - 1))


def _common(
    tx: Transaction, grouped: Condition, names: str, table: str, keys: Sequence[str]
) -> list[tuple[_Values, str, GroupText]]:
    rows = tx.all_in(
        f"{grouped.sql} SELECT {names}, said.key, COUNT(*), COUNT(DISTINCT said.value), MIN(said.value) "
        f"FROM grouped JOIN {table} said ON said.run = grouped.run WHERE said.key IN (...) "
        f"GROUP BY {names}, said.key",
        list(keys),
        grouped.arguments,
    )
    return [
        (tuple(values), key, GroupText(runs, distinct, first if distinct == 1 else None))
        for *values, key, runs, distinct, first in rows
    ]
