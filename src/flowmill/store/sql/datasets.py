"""Datasets in the database, as a list of what an experiment's runs used."""

from __future__ import annotations

from flowmill.entities.dataset import DatasetSummary
from flowmill.errors import Invalid
from flowmill.store.sql.handler import handles
from flowmill.store.sql.transaction import Transaction
from flowmill.wire.datasets import DatasetSummaries, SearchDatasets

_CONTEXT_TAG = "mlflow.data.context"
_MOST_EXPERIMENTS = 20
_MOST_SUMMARIES = 1000


@handles(SearchDatasets)
def search_datasets(tx: Transaction, ask: SearchDatasets) -> DatasetSummaries:
    """The datasets that active runs of these experiments used; MLflow takes at most 20 experiments too."""
    if not ask.experiment_ids:
        raise Invalid("SearchDatasets needs at least one experiment id in experiment_ids.")
    if len(ask.experiment_ids) > _MOST_EXPERIMENTS:
        raise Invalid(
            f"SearchDatasets takes at most {_MOST_EXPERIMENTS} experiment ids, got {len(ask.experiment_ids)}."
        )
    numbers = sorted({int(each) for each in ask.experiment_ids if each.isdecimal() and len(each) < 19})
    rows = tx.all_in(
        "SELECT DISTINCT d.experiment_id, d.name, d.digest, t.value FROM datasets d "
        "JOIN run_datasets used ON used.dataset = d.id "
        "JOIN runs r ON r.id = used.run AND r.deleted_at IS NULL "
        f"LEFT JOIN dataset_tags t ON t.run = used.run AND t.dataset = d.id AND t.key = '{_CONTEXT_TAG}' "
        f"WHERE d.experiment_id IN (...) ORDER BY 1, 2, 3, 4 LIMIT {_MOST_SUMMARIES}",
        numbers,
    )
    rows.sort(key=lambda row: (*row[:3], row[3] or ""))  # databases disagree about the order of texts and NULL
    return DatasetSummaries([DatasetSummary(str(experiment), *rest) for experiment, *rest in rows])
