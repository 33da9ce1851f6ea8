"""Searches of Spark ML: all candidates as child runs and as a table, and which was the best."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from flowmill.autologging.spark_params import Tree, as_json
from flowmill.autologging.training import Training, shown
from flowmill.client.values import now
from flowmill.entities.metric import Metric
from flowmill.entities.run import Param

MOST_RUNS = 1000
"""Candidates that get a run; the table has them all."""


def log_search(training: Training, search: Any, tree: Tree, model: Any) -> None:
    """Log what a search measured of its candidates, and the parameters of the best one."""
    maps = search.getEstimatorParamMaps()
    evaluator = search.getEvaluator()
    measured = _measured(model, evaluator.getMetricName())
    columns = [*measured.values()]
    place = (max if evaluator.isLargerBetter() else min)(range(len(maps)), key=columns[0].__getitem__)
    best = tree.named(maps[place])
    training.part(lambda: training.log_params({f"best_{name}": value for name, value in best.items()}))
    training.part(lambda: training.client.log_text(training.run_id, as_json(best), "best_parameters.json"))
    candidates = [tree.named(values) for values in maps]
    table = _table(candidates, measured)
    training.part(lambda: training.client.log_text(training.run_id, table, "search_results.csv"))
    training.part(lambda: _log_candidates(training, search.getEstimator(), maps, measured))


def _measured(model: Any, metric: str) -> dict[str, list[float]]:
    """What was measured of all candidates, by the name of the metric: mean and deviation of folds, or one value."""
    if hasattr(model, "validationMetrics"):
        return {metric: [float(value) for value in model.validationMetrics]}
    found = {f"avg_{metric}": [float(value) for value in model.avgMetrics]}
    deviations = getattr(model, "stdMetrics", None)
    if deviations:
        found[f"std_{metric}"] = [float(value) for value in deviations]
    return found


def _table(candidates: list[dict[str, Any]], measured: Mapping[str, list[float]]) -> str:
    names = [*dict.fromkeys(name for values in candidates for name in values)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["params", *measured, *(f"param.{name}" for name in names)])
    for place, values in enumerate(candidates):
        row = [json.dumps(values, default=str), *(column[place] for column in measured.values())]
        writer.writerow([*row, *(values.get(name) for name in names)])
    return text.getvalue()


def _log_candidates(
    training: Training, estimator: Any, maps: list[Mapping[Any, Any]], measured: Mapping[str, list[float]]
) -> None:
    experiment_id = training.client.get_run(training.run_id).info.experiment_id
    tags = training.tags_below(estimator)  # without the user's extra ones, as MLflow has them of Spark
    for place, values in enumerate(maps[:MOST_RUNS]):
        run_id = training.client.create_run(experiment_id, tags=tags).info.run_id
        points = [Metric(name, column[place], now(), 0) for name, column in measured.items()]
        tried = Tree(estimator.copy(values)).params()
        training.client.log_batch(run_id, points, [Param(name, shown(value)) for name, value in tried.items()])
        training.client.set_terminated(run_id)
