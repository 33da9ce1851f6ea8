"""The page's runs table: counted rows of chosen columns, and which columns there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from flowmill.entities.model import UploadStatus
from flowmill.entities.run import ViewType
from flowmill.errors import Invalid
from flowmill.store.sql.experiments import experiment_number
from flowmill.store.sql.finding import count, find
from flowmill.store.sql.handler import handles
from flowmill.store.sql.life import lost_runs
from flowmill.store.sql.paging import check_page_size
from flowmill.store.sql.run_rows import info_of, running
from flowmill.store.sql.runs import datasets_of_runs
from flowmill.store.sql.schema import KINDS_OF_COLUMNS
from flowmill.store.sql.searches import EXTREMES, PARENT_TAG, search_of_runs
from flowmill.store.sql.series import value_of
from flowmill.store.sql.transaction import Transaction
from flowmill.wire.table import (
    GetRunColumns,
    GetRunRows,
    RowDataset,
    RowModel,
    RowVersion,
    RunColumn,
    RunColumns,
    RunRow,
    RunRows,
)

_LARGEST_PAGE = 1_000
_SAMPLE, _SAMPLE_VALUES = 400, 15_000
"""At most so many runs are looked at for the numbers of a column, and about so many values."""
_MEASURED = 8
"""Runs that say how many values a run has."""
_CONTEXT_TAG = "mlflow.data.context"


@handles(GetRunRows)
def get_run_rows(tx: Transaction, ask: GetRunRows) -> RunRows:
    """A page of rows and the number of all that match."""
    size = check_page_size(ask.max_results, _LARGEST_PAGE)
    if ask.run_ids is not None and len(ask.run_ids) > _LARGEST_PAGE:
        raise Invalid(f"run_ids has {len(ask.run_ids)} runs; at most {_LARGEST_PAGE} fit one table.")
    experiment_ids = ask.experiment_ids if ask.run_ids is None else None
    search = search_of_runs(tx, ask.filter, ask.order_by, ask.run_view_type, experiment_ids, ask.run_ids, ask.roots)
    found = find(tx, search, size, ask.page_token)
    total = count(tx, search)
    ids = [row[0] for row in found.rows]
    run_ids = [row[1] for row in found.rows]
    metrics = _values(tx, "latest_metrics", "bits", ids, _chosen(ask.columns, "metrics."))
    params = _values(tx, "params", "value", ids, _chosen(ask.columns, "params."))
    tags = _values(tx, "tags", "value", ids, _chosen(ask.columns, "tags."))
    minimums, maximums = (_extremes(tx, extreme, ids, ask.columns) for extreme in EXTREMES)
    counts_children = ask.columns is not None and "attributes.children" in ask.columns
    children = _children(tx, run_ids, ask.run_view_type) if counts_children else {}
    models = _models(tx, ids)
    versions = _versions(tx, dict(zip(ids, run_ids, strict=True)))
    datasets = datasets_of_runs(tx, ids)
    lost = lost_runs(tx, running(found.rows))
    rows: list[RunRow] = []
    for row in found.rows:
        info = info_of(tx, row)
        rows.append(
            RunRow(
                run_id=info.run_id,
                run_name=info.run_name,
                experiment_id=info.experiment_id,
                status=info.status,
                user_id=info.user_id,
                start_time=info.start_time,
                lifecycle_stage=info.lifecycle_stage,
                artifact_uri=info.artifact_uri,
                end_time=info.end_time,
                lost=row[0] in lost,
                metrics={key: value_of(bits) for key, bits in metrics.get(row[0], {}).items()},
                params=params.get(row[0], {}),
                tags=tags.get(row[0], {}),
                models=models.get(row[0], []),
                datasets=[
                    RowDataset(
                        used.dataset.name,
                        used.dataset.digest,
                        next((tag.value for tag in used.tags if tag.key == _CONTEXT_TAG), None),
                    )
                    for used in datasets.get(row[0], [])
                ],
                versions=versions.get(info.run_id, []),
                minimums=minimums.get(row[0], {}),
                maximums=maximums.get(row[0], {}),
                children=children.get(info.run_id, 0) if counts_children else None,
                number=row[0],
            )
        )
    return RunRows(total, rows, found.next_page_token)


@handles(GetRunColumns)
def get_run_columns(tx: Transaction, ask: GetRunColumns) -> RunColumns:
    """Every key of the active runs, and of a sample of them how many have it and how many values there are."""
    experiments = [experiment_number(each) for each in ask.experiment_ids]
    if ask.run_ids is not None:
        return _columns(_counted(tx, _chosen_runs(tx, experiments, ask.run_ids)), None)
    portion = max(1, _SAMPLE // max(1, len(experiments)))
    newest = [_ends(tx, experiment, "DESC", portion) for experiment in experiments]
    whole = all(len(runs) < portion for runs in newest)
    sample = [run for runs in newest for run in runs]
    each_has = sum(_rows_of(tx, table, sample[:_MEASURED]) for table in KINDS_OF_COLUMNS) / _MEASURED
    # Runs of very many values say as much in smaller numbers.
    most = int(min(_SAMPLE, max(_MEASURED, _SAMPLE_VALUES / max(1, each_has))))
    if not whole or len(sample) > most:
        whole = False
        half = max(1, most // 2 // max(1, len(experiments)))
        ends = [run for experiment in experiments for run in _ends(tx, experiment, "ASC", half)]
        sample = list({*(run for runs in newest for run in runs[:half]), *ends})
    known = _counted(tx, sample)
    if not whole:
        for kind, key in tx.all_in("SELECT kind, key FROM run_columns WHERE experiment_id IN (...)", experiments):
            known[kind].setdefault(key, RunColumn(key, 0, 0))
    return _columns(known, None if whole else len(sample))


def _counted(tx: Transaction, runs: Sequence[int]) -> dict[str, dict[str, RunColumn]]:
    """By kind and key, how many of the runs have it and how many values there are."""
    known: dict[str, dict[str, RunColumn]] = {}
    for table, kind in KINDS_OF_COLUMNS.items():
        value = "bits" if kind == "metric" else "value"
        rows = tx.all_in(
            f"SELECT key, COUNT(*), COUNT(DISTINCT {value}) FROM {table} WHERE run IN (...) GROUP BY key", runs
        )
        known[kind] = {row[0]: RunColumn(*row) for row in rows}
    return known


def _columns(known: dict[str, dict[str, RunColumn]], sample: int | None) -> RunColumns:
    metrics, params, tags = ([known[kind][key] for key in sorted(known[kind])] for kind in ("metric", "param", "tag"))
    return RunColumns(metrics, params, tags, sample=sample)


def _chosen_runs(tx: Transaction, experiments: Sequence[int], run_ids: Sequence[str]) -> list[int]:
    """Those of the runs that are in one of the experiments."""
    if len(run_ids) > _LARGEST_PAGE:
        raise Invalid(f"run_ids has {len(run_ids)} runs; at most {_LARGEST_PAGE} fit one table.")
    rows = tx.all_in("SELECT id, experiment_id FROM runs WHERE run_id IN (...)", run_ids)
    return [run for run, experiment in rows if experiment in experiments]


def _ends(tx: Transaction, experiment: int, direction: str, most: int) -> list[int]:
    """The newest or oldest active runs of an experiment."""
    rows = tx.all(
        "SELECT id FROM runs WHERE experiment_id = ? AND deleted_at IS NULL "
        f"ORDER BY start_time {direction}, id {direction} LIMIT {most}",
        (experiment,),
    )
    return [row[0] for row in rows]


def _rows_of(tx: Transaction, table: str, runs: Sequence[int]) -> int:
    return sum(row[0] for row in tx.all_in(f"SELECT COUNT(*) FROM {table} WHERE run IN (...)", runs))


def _chosen(columns: list[str] | None, prefix: str) -> list[str] | None:
    if columns is None:
        return None
    return [column.removeprefix(prefix) for column in columns if column.startswith(prefix)]


def _values(
    tx: Transaction, table: str, value: str, ids: Sequence[int], keys: list[str] | None
) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    if keys is None:
        rows = tx.all_in(f"SELECT run, key, {value} FROM {table} WHERE run IN (...)", ids)
    elif keys:
        marks = ",".join("?" * len(keys))
        rows = tx.all_in(f"SELECT run, key, {value} FROM {table} WHERE key IN ({marks}) AND run IN (...)", ids, keys)
    else:
        rows = []
    for run, key, each in rows:
        found[run][key] = each
    return found


def _extremes(
    tx: Transaction, extreme: str, ids: Sequence[int], columns: list[str] | None
) -> dict[int, dict[str, float]]:
    """The least or greatest values of the chosen metrics; a history of NaN alone has none."""
    keys = _chosen(columns, f"{extreme}.") or []
    values = _values(tx, "latest_metrics", extreme, ids, keys)
    return {run: {key: value for key, value in found.items() if value is not None} for run, found in values.items()}


def _children(tx: Transaction, run_ids: Sequence[str], view: ViewType) -> dict[str, int]:
    """How many active runs name each of these as their parent; among deleted runs alone, how many deleted ones."""
    stage = "IS NOT NULL" if view == ViewType.DELETED_ONLY else "IS NULL"
    parent = tx.dialect.cut("tags.value")
    return dict(
        tx.all_in(
            f"SELECT {parent}, COUNT(*) FROM tags JOIN runs ON runs.id = tags.run "
            f"WHERE tags.key = '{PARENT_TAG}' AND runs.deleted_at {stage} AND {parent} IN (...) GROUP BY 1",
            run_ids,
        )
    )


def _models(tx: Transaction, ids: Sequence[int]) -> dict[int, list[RowModel]]:
    found: dict[int, list[RowModel]] = defaultdict(list)
    for run, model_id, name, status in tx.all_in(
        "SELECT m.run, l.model_id, l.name, l.status FROM run_models m JOIN logged_models l ON l.model_id = m.model_id "
        "WHERE m.direction = 'output' AND l.deleted_at IS NULL AND m.run IN (...) ORDER BY m.step, l.id",
        ids,
    ):
        found[run].append(RowModel(model_id, name, UploadStatus(status)))
    return found


def _versions(tx: Transaction, runs: Mapping[int, str]) -> dict[str, list[RowVersion]]:
    """By run id, the versions that were made from the run or from a logged model among its outputs."""
    named = "m.name, v.version FROM model_versions v JOIN registered_models m ON m.id = v.model"
    of_runs = tx.all_in(f"SELECT v.id, v.run_id, {named} WHERE v.run_id IN (...)", list(runs.values()))
    of_outputs = tx.all_in(
        f"SELECT v.id, o.run, {named} JOIN run_models o ON o.model_id = v.model_id "
        "WHERE o.direction = 'output' AND o.run IN (...)",
        list(runs),
    )
    made = {*of_runs, *((version, runs[run], *names) for version, run, *names in of_outputs)}
    found: dict[str, list[RowVersion]] = defaultdict(list)
    for _, run_id, name, version in sorted(made):
        found[run_id].append(RowVersion(name, str(version)))
    return found
