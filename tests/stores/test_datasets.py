"""Which datasets an experiment's runs used."""

from __future__ import annotations

import pytest

from flowmill.entities.dataset import Dataset, DatasetInput, DatasetSummary, InputTag
from flowmill.errors import Invalid
from flowmill.store.base import Store
from flowmill.wire.datasets import SearchDatasets
from flowmill.wire.experiments import CreateExperiment
from flowmill.wire.runs import CreateRun, DeleteRun, LogInputs


def use(store: Store, experiment_id: str, name: str, context: str | None = None) -> str:
    """A run that used a dataset; its id."""
    run_id = store.send(CreateRun(experiment_id=experiment_id)).info.run_id
    tags = [InputTag("mlflow.data.context", context)] if context else []
    dataset = DatasetInput(Dataset(name, "d1", "local", "{}"), tags)
    store.send(LogInputs(run_id=run_id, datasets=[dataset]))
    return run_id


def test_a_dataset_is_listed_once_for_each_context(store: Store) -> None:
    other = store.send(CreateExperiment(name="other"))
    for experiment_id, name, context in (
        ("0", "rows", "train"), ("0", "rows", "train"), ("0", "rows", "test"), ("0", "images", None),
        (other, "elsewhere", None),
    ):  # fmt: skip
        use(store, experiment_id, name, context)
    store.send(DeleteRun(run_id=use(store, "0", "thrown away")))
    found = store.send(SearchDatasets(experiment_ids=["0", "99", "nonsense"])).dataset_summaries
    assert found == [
        DatasetSummary("0", "images", "d1"),
        DatasetSummary("0", "rows", "d1", "test"),
        DatasetSummary("0", "rows", "d1", "train"),
    ]
    both = store.send(SearchDatasets(experiment_ids=[other, "0"])).dataset_summaries
    assert [each.name for each in both] == ["images", "rows", "rows", "elsewhere"]


def test_experiments_must_be_named(store: Store) -> None:
    with pytest.raises(Invalid, match="at least one"):
        store.send(SearchDatasets())
    with pytest.raises(Invalid, match="at most 20"):
        store.send(SearchDatasets(experiment_ids=[str(number) for number in range(21)]))
