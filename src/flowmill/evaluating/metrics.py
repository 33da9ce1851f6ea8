"""Metrics by name, for ``extra_metrics``: scikit-learn's of numbers and classes, and those of texts and rankings.

Functions of this module make a metric; called, the metric gives a `MetricValue`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from typing import Any

from flowmill.errors import Invalid
from flowmill.evaluating.values import EvaluationMetric, MetricValue, make_metric

LATENCY = "latency"
"""The metric that the evaluation itself measures: seconds a row."""


def mae() -> EvaluationMetric:
    """The mean absolute error."""
    return _of_numbers("mean_absolute_error")


def mse() -> EvaluationMetric:
    """The mean squared error."""
    return _of_numbers("mean_squared_error")


def rmse() -> EvaluationMetric:
    """The root of the mean squared error."""
    return _of_numbers("root_mean_squared_error")


def mape() -> EvaluationMetric:
    """The mean absolute error as a share of the target."""
    return _of_numbers("mean_absolute_percentage_error")


def r2_score() -> EvaluationMetric:
    """The share of the targets' variance that the predictions explain."""
    return _of_numbers("r2_score", greater_is_better=True)


def max_error() -> EvaluationMetric:
    """The largest error."""

    def eval_fn(predictions: Any, targets: Any = None, metrics: Any = None) -> MetricValue:
        from sklearn.metrics import max_error as compute

        return _single("max_error", compute(targets, predictions))

    return make_metric(eval_fn=eval_fn, greater_is_better=False, name="max_error")


def _of_numbers(name: str, greater_is_better: bool = False) -> EvaluationMetric:
    def eval_fn(predictions: Any, targets: Any = None, metrics: Any = None, sample_weight: Any = None) -> MetricValue:
        return _single(name, _of_sklearn(name)(targets, predictions, sample_weight=sample_weight))

    return make_metric(eval_fn=eval_fn, greater_is_better=greater_is_better, name=name)


def precision_score() -> EvaluationMetric:
    """The share of those called positive that are."""
    return _of_classes("precision_score")


def recall_score() -> EvaluationMetric:
    """The share of the positive that are called so."""
    return _of_classes("recall_score")


def f1_score() -> EvaluationMetric:
    """The harmonic mean of precision and recall."""
    return _of_classes("f1_score")


def _of_classes(name: str) -> EvaluationMetric:
    def eval_fn(
        predictions: Any,
        targets: Any = None,
        metrics: Any = None,
        pos_label: Any = 1,
        average: str = "binary",
        sample_weight: Any = None,
    ) -> MetricValue:
        compute = _of_sklearn(name)
        value = compute(targets, predictions, pos_label=pos_label, average=average, sample_weight=sample_weight)
        return _single(name, value)

    return make_metric(eval_fn=eval_fn, greater_is_better=True, name=name)


def exact_match() -> EvaluationMetric:
    """The share of predictions that are the targets themselves."""

    def eval_fn(predictions: Any, targets: Any = None, metrics: Any = None, sample_weight: Any = None) -> MetricValue:
        value = _of_sklearn("accuracy_score")(list(targets), list(predictions), sample_weight=sample_weight)
        return _single("exact_match", value)

    return make_metric(eval_fn=eval_fn, greater_is_better=True, name="exact_match", version="v1")


def latency() -> EvaluationMetric:
    """Seconds that the model takes for a row; the evaluation then asks it row by row."""

    def eval_fn(predictions: Any) -> MetricValue:  # the evaluation takes the time itself, which no prediction knows
        return MetricValue()

    return make_metric(eval_fn=eval_fn, greater_is_better=False, name=LATENCY)


def precision_at_k(k: int) -> EvaluationMetric:
    """The share of the first ``k`` documents of a row that are among the row's targets."""

    def score(found: list[Any], wanted: set[Any]) -> float:
        first = found[:k]
        return sum(document in wanted for document in first) / len(first) if first else 0.0

    return _of_rankings(f"precision_at_{_checked(k)}", score)


def recall_at_k(k: int) -> EvaluationMetric:
    """The share of a row's targets that are among its first ``k`` documents."""

    def score(found: list[Any], wanted: set[Any]) -> float:
        if not wanted:
            return float(not found)
        return len(wanted & set(found[:k])) / len(wanted)

    return _of_rankings(f"recall_at_{_checked(k)}", score)


def ndcg_at_k(k: int) -> EvaluationMetric:
    """The normalised discounted cumulative gain of the first ``k`` documents, each relevant or not."""

    def score(found: list[Any], wanted: set[Any]) -> float:
        if not wanted:
            return float(not found)
        gain = sum(1 / math.log2(place + 2) for place, document in enumerate(found[:k]) if document in wanted)
        ideal = sum(1 / math.log2(place + 2) for place in range(min(k, len(wanted))))
        return gain / ideal

    return _of_rankings(f"ndcg_at_{_checked(k)}", score)


def _checked(k: int) -> int:
    if not isinstance(k, int) or isinstance(k, bool) or k < 1:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise Invalid(f"k is the number of documents that count, at least 1, not {k!r}.")
    return k


def _of_rankings(name: str, score: Callable[[list[Any], set[Any]], float]) -> EvaluationMetric:
    def eval_fn(predictions: Any, targets: Any = None, metrics: Any = None) -> MetricValue:
        rows = zip(predictions, targets, strict=True)
        return MetricValue([score(list(_row(found)), set(_row(wanted))) for found, wanted in rows])

    return make_metric(eval_fn=eval_fn, greater_is_better=True, name=name)


def _row(value: Any) -> Collection[Any]:
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        raise Invalid(f"A row of a ranking is a list of documents, not {value!r}.")
    return value


def _single(name: str, value: float) -> MetricValue:
    return MetricValue(aggregate_results={name: float(value)})


def _of_sklearn(name: str) -> Callable[..., float]:
    import sklearn.metrics

    return getattr(sklearn.metrics, name)
