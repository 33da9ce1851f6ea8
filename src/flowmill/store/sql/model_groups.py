"""Logged models in groups of an equal value, each summed up by the database, and which columns they have."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from flowmill.errors import Invalid
from flowmill.store.sql.experiments import experiment_number
from flowmill.store.sql.finding import count, selection
from flowmill.store.sql.groups import deviation
from flowmill.store.sql.handler import handles
from flowmill.store.sql.ordering import Condition
from flowmill.store.sql.paging import check_page_size
from flowmill.store.sql.search_terms import model_columns
from flowmill.store.sql.searches import search_of_models
from flowmill.store.sql.transaction import Transaction
from flowmill.wire.models import GetModelColumns, GetModelGroups, ModelGroup, ModelGroups, SearchLoggedModels
from flowmill.wire.table import GroupNumber, RunColumn, RunColumns

_MOST_GROUPS = 1_000
_MOST_METRICS = 1_000
_SAMPLE = 400
"""As many of the newest models are looked at for the numbers of a column."""
_ATTRIBUTES = ("status", "model_type", "source_run_id")
_TABLES = {"params": "logged_model_params", "tags": "logged_model_tags"}
_DATASET = "datasets.name"


@handles(GetModelGroups)
def get_model_groups(tx: Transaction, ask: GetModelGroups) -> ModelGroups:
    """The largest groups, with the mean and spread of each metric."""
    size = check_page_size(ask.max_results, _MOST_GROUPS)
    if len(ask.metrics) > _MOST_METRICS:
        raise Invalid(f"metrics has {len(ask.metrics)} entries; at most {_MOST_METRICS} are summed up.")
    search = search_of_models(tx, SearchLoggedModels(experiment_ids=ask.experiment_ids, filter=ask.filter))
    models = count(tx, search)
    if not ask.by:
        return ModelGroups(0, models, [])
    kind, _, key = ask.by.partition(".")
    attribute = "NULL"
    if kind == "attributes" and key in _ATTRIBUTES:
        attribute = f"NULLIF({model_columns(tx).attributes[key].sql}, '')"
    elif ask.by != _DATASET and (kind not in _TABLES or not key):
        raise Invalid(
            f"Logged models cannot be grouped by {ask.by[:80]!r}; write params.key, tags.key, "
            f"{', '.join(f'attributes.{each}' for each in _ATTRIBUTES)} or {_DATASET}."
        )
    matched = selection(tx, search, f"logged_models.id AS model, {attribute} AS value")
    if matched is None:
        return ModelGroups(0, models, [])
    grouped = _grouped(matched, ask.by)
    counts = tx.all(
        f"{grouped.sql} SELECT value, COUNT(*) AS models FROM grouped GROUP BY value "
        "ORDER BY models DESC, value IS NULL, value",
        grouped.arguments,
    )
    numbers: dict[str | None, dict[str, GroupNumber]] = defaultdict(dict)
    for value, name, number in _numbers(tx, grouped, ask):
        numbers[value][name] = number
    groups = [ModelGroup(value, members, numbers.get(value, {})) for value, members in counts[:size]]
    return ModelGroups(len(counts), models, groups)


@handles(GetModelColumns)
def get_model_columns(tx: Transaction, ask: GetModelColumns) -> RunColumns:
    """Every key of the models, and of the newest how many have it and how many different values there are."""
    experiments = sorted({experiment_number(each) for each in ask.experiment_ids})
    portion = max(1, _SAMPLE // max(1, len(experiments)))
    newest = [
        tx.all(
            "SELECT id FROM logged_models WHERE experiment_id = ? AND deleted_at IS NULL "
            f"ORDER BY created_at DESC, id DESC LIMIT {portion}",
            (experiment,),
        )
        for experiment in experiments
    ]
    whole = all(len(models) < portion for models in newest)
    sample = [row[0] for models in newest for row in models]
    metrics, params, tags = (
        _columns(tx, table, value, sample, [] if whole else experiments)
        for table, value in (("logged_model_metrics", "bits"), *((table, "value") for table in _TABLES.values()))
    )
    return RunColumns(metrics, params, tags, sample=None if whole else len(sample))


def _columns(
    tx: Transaction, table: str, value: str, sample: Sequence[int], experiments: Sequence[int]
) -> list[RunColumn]:
    """The keys that a sample has, with its numbers, and those that other models of these experiments have."""
    rows = tx.all_in(
        f"SELECT key, COUNT(DISTINCT model), COUNT(DISTINCT {value}) FROM {table} WHERE model IN (...) GROUP BY key",
        sample,
    )
    known = {row[0]: RunColumn(*row) for row in rows}
    # No index leads from an experiment to the keys of its models, so that what all of them have is read; not where the
    # sample has each key that there is anywhere, which the index of the values tells at once. New keys are in a sample.
    if experiments and len(_keys(tx, table)) > len(known):
        for key in tx.kept.answer((table, experiments), lambda: _keys_of_all(tx, table, experiments)):
            known.setdefault(key, RunColumn(key, 0, 0))
    return [known[key] for key in sorted(known)]


def _keys(tx: Transaction, table: str) -> list[str]:
    """Every key of a table, from each to the next greater one: the cost is that of the keys, not of the rows."""
    rows = tx.all(
        f"WITH RECURSIVE walk(key) AS (SELECT MIN(key) FROM {table} UNION ALL "
        f"SELECT (SELECT MIN(key) FROM {table} WHERE key > walk.key) FROM walk WHERE walk.key IS NOT NULL) "
        "SELECT key FROM walk WHERE key IS NOT NULL"
    )
    return [row[0] for row in rows]


def _keys_of_all(tx: Transaction, table: str, experiments: Sequence[int]) -> list[str]:
    rows = tx.all_in(
        f"SELECT DISTINCT {table}.key FROM logged_models JOIN {table} ON {table}.model = logged_models.id "
        "WHERE logged_models.deleted_at IS NULL AND logged_models.experiment_id IN (...)",
        experiments,
    )
    return [row[0] for row in rows]


def _grouped(matched: Condition, by: str) -> Condition:
    """Begins a statement: ``grouped`` has the models that match, each with the value that makes its group."""
    kind, _, key = by.partition(".")
    join, value, arguments = "", "matched.value", matched.arguments
    if by == _DATASET:
        measured = "SELECT DISTINCT model, dataset_name FROM logged_model_metrics WHERE dataset_name IS NOT NULL"
        join, value = f"LEFT JOIN ({measured}) used ON used.model = matched.model", "used.dataset_name"
    elif kind in _TABLES:
        join, value = f"LEFT JOIN {_TABLES[kind]} said ON said.model = matched.model AND said.key = ?", "said.value"
        arguments = (*arguments, key)
    return Condition(
        f"WITH matched AS ({matched.sql}), grouped AS (SELECT matched.model AS model, {value} AS value "
        f"FROM matched {join})",
        arguments,
    )


def _numbers(tx: Transaction, grouped: Condition, ask: GetModelGroups) -> list[tuple[str | None, str, GroupNumber]]:
    """Of each group and metric the models that have it, their mean and how far apart they are."""
    on = " AND (m.dataset_name = g.value OR (m.dataset_name IS NULL AND g.value IS NULL))" if ask.by == _DATASET else ""
    rows = tx.all_in(
        f"{grouped.sql} SELECT value, key, COUNT(*), AVG(number), MIN(number), MAX(number), "
        "SUM((number - mean) * (number - mean)) FROM "
        "(SELECT value, key, number, AVG(number) OVER (PARTITION BY value, key) AS mean FROM "
        "(SELECT g.value AS value, m.key AS key, m.value AS number, ROW_NUMBER() OVER (PARTITION BY g.model, g.value, "
        "m.key ORDER BY m.timestamp DESC, m.step DESC, m.bits DESC) AS place "
        f"FROM grouped g JOIN logged_model_metrics m ON m.model = g.model{on} WHERE m.key IN (...)) AS each_value "
        "WHERE place = 1 AND number IS NOT NULL) AS each_model GROUP BY value, key",
        list(dict.fromkeys(ask.metrics)),
        grouped.arguments,
    )
    return [
        (value, key, GroupNumber(models, math.nan if mean is None else mean, low, high, deviation(models, squares)))
        for value, key, models, mean, low, high, squares in rows
    ]
