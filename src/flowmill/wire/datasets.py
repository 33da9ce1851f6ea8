"""Operations on the datasets that runs used."""

from __future__ import annotations

from flowmill.entities.base import Entity
from flowmill.entities.dataset import DatasetSummary
from flowmill.wire.operation import Request, operation
from flowmill.wire.permission import READ_EXPERIMENT


class DatasetSummaries(Entity, frozen=True):
    """Datasets in the order of experiment, name, digest and context."""

    dataset_summaries: list[DatasetSummary] = []


# The second path is what MLflow's contract spells, with a slash less; its server answers at the first.
@operation(
    "POST experiments/search-datasets",
    needs=READ_EXPERIMENT,
    also=("POST 2.0mlflow/experiments/search-datasets",),
)
class SearchDatasets(Request[DatasetSummaries], frozen=True, kw_only=True):
    """The datasets that active runs of these experiments used."""

    experiment_ids: list[str] = []
