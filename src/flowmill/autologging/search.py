"""Searches for parameters: the best candidates as child runs, the table of all of them as a file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from flowmill.autologging.training import Training, log_dataset, shown
from flowmill.client.values import now
from flowmill.data.dataset import Dataset
from flowmill.entities.metric import Metric
from flowmill.entities.run import Param


def is_search(estimator: Any) -> bool:
    """Whether an estimator tries candidates: a grid, a random or a halving search."""
    return any(kind.__name__ == "BaseSearchCV" for kind in type(estimator).__mro__)


def params_of_search(search: Any) -> dict[str, Any]:
    """The search's own parameters; those of what it tries are the candidates'."""
    return search.get_params(deep=False)


def log_search(
    training: Training, search: Any, dataset: Dataset | None, log_model: Callable[[Any, str], str | None]
) -> None:
    """Log what a search found: best parameters, the table of candidates, the best ones as runs, the best estimator."""
    model_id: str | None = None
    if hasattr(search, "best_estimator_"):
        model_id = training.part(lambda: log_model(search.best_estimator_, "best_estimator"))
    best = getattr(search, "best_params_", {})
    training.part(lambda: training.log_params({f"best_{name}": value for name, value in best.items()}))
    training.part(lambda: _log_table(training, search))
    training.part(lambda: _log_candidates(training, search, dataset, model_id))


def _measured(results: dict[str, Any], index: int) -> dict[str, float]:
    """What a search measured of one candidate over all of its splits."""
    return {
        name: float(values[index]) for name, values in results.items() if name.startswith(("mean_", "std_", "rank_"))
    }


def _log_table(training: Training, search: Any) -> None:
    pandas = sys.modules.get("pandas")
    if pandas is None:
        return
    table = pandas.DataFrame(search.cv_results_).to_csv(index=False)
    training.client.log_text(training.run_id, table, "cv_results.csv")


def _log_candidates(training: Training, search: Any, dataset: Dataset | None, best_model_id: str | None) -> None:
    results: dict[str, Any] = search.cv_results_
    candidates = range(len(results["params"]))
    ranking = results.get(f"rank_test_{search.refit if isinstance(search.refit, str) else 'score'}")
    if ranking is None:  # several metrics and none to choose by
        ranking = next((values for name, values in results.items() if name.startswith("rank_test_")), candidates)
    ordered = sorted(candidates, key=lambda index: ranking[index])
    most = training.option("max_tuning_runs", 5)
    fixed = search.estimator.get_params(deep=True)
    experiment_id = training.client.get_run(training.run_id).info.experiment_id
    tags = {**training.tags_below(search.estimator), **(training.option("extra_tags") or {})}
    for index in ordered[:most]:
        run_id = training.client.create_run(experiment_id, tags=tags).info.run_id
        time_ms = now()
        # What the search measured of its best candidate was measured of the best estimator.
        model_id = best_model_id if index == getattr(search, "best_index_", None) else None
        seen = (dataset.name, dataset.digest) if dataset is not None and model_id else (None, None)
        measured = _measured(results, index).items()
        points = [Metric(name, value, time_ms, 0, model_id, *seen) for name, value in measured]
        tried = {**fixed, **results["params"][index]}
        training.client.log_batch(run_id, points, [Param(str(name), shown(value)) for name, value in tried.items()])
        if dataset is not None:
            log_dataset(training.client, run_id, dataset, "train")
        training.client.set_terminated(run_id)
