"""What is measured of a model of scikit-learn on the data that it was trained on."""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

PREFIX = "training_"
_Wanted = dict[str, Callable[[], Any]]


def training_metrics(
    estimator: Any, features: Any, labels: Any, weights: Any = None, label: Any = None
) -> dict[str, float]:
    """Metrics of a fitted estimator by MLflow's names; those that the estimator or the data has none of are left out.

    ``label``: the class that precision, recall and F1 of a binary classifier look at; else they are weighted means.
    """
    from sklearn.base import is_classifier, is_regressor

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what scikit-learn has to say of a metric, it says to who asks for one
        wanted: _Wanted = {}
        if is_classifier(estimator):
            wanted = _of_classifier(estimator, features, labels, weights, label)
        elif is_regressor(estimator):
            wanted = _of_regressor(estimator, features, labels, weights)
        if hasattr(estimator, "score") and "score" not in wanted:
            wanted["score"] = lambda: _score(estimator, features, labels, weights)
        found: dict[str, float] = {}
        for name, measure in wanted.items():
            try:
                found[PREFIX + name] = float(measure())
            except Exception:  # many a combination of estimator and data has no such metric
                continue
        return found


def _of_classifier(estimator: Any, features: Any, labels: Any, weights: Any, label: Any) -> _Wanted:
    metrics: Any = sys.modules["sklearn.metrics"]

    predicted = estimator.predict(features)
    how: dict[str, Any] = {"average": "weighted"} if label is None else {"average": "binary", "pos_label": label}
    how["sample_weight"] = weights

    @cache
    def counted() -> Any:
        """Precision, recall and F1 share what takes longest: looking at the labels."""
        return metrics.precision_recall_fscore_support(labels, predicted, **how)

    @cache
    def accuracy() -> Any:
        return metrics.accuracy_score(labels, predicted, sample_weight=weights)

    wanted: _Wanted = {
        "precision_score": lambda: counted()[0],
        "recall_score": lambda: counted()[1],
        "f1_score": lambda: counted()[2],
        "accuracy_score": accuracy,
    }
    if _has_score_of(estimator, "ClassifierMixin"):
        wanted["score"] = accuracy
    if hasattr(estimator, "predict_proba"):
        chances = estimator.predict_proba(features)
        scores = chances[:, 1] if len(estimator.classes_) == 2 else chances
        wanted["log_loss"] = lambda: metrics.log_loss(labels, chances, sample_weight=weights)
        wanted["roc_auc"] = lambda: metrics.roc_auc_score(
            labels, scores, average="weighted", sample_weight=weights, multi_class="ovo"
        )
    return wanted


def _of_regressor(estimator: Any, features: Any, labels: Any, weights: Any) -> _Wanted:
    metrics: Any = sys.modules["sklearn.metrics"]

    predicted = estimator.predict(features)
    squared = metrics.mean_squared_error(labels, predicted, sample_weight=weights)

    @cache
    def explained() -> Any:
        return metrics.r2_score(labels, predicted, sample_weight=weights)

    wanted: _Wanted = {
        "mean_squared_error": lambda: squared,
        "mean_absolute_error": lambda: metrics.mean_absolute_error(labels, predicted, sample_weight=weights),
        "r2_score": explained,
        "root_mean_squared_error": lambda: squared**0.5,
    }
    if _has_score_of(estimator, "RegressorMixin"):
        wanted["score"] = explained
    return wanted


def _has_score_of(estimator: Any, mixin: str) -> bool:
    """Whether ``score`` is what scikit-learn defines for all: the accuracy, or the share that is explained."""
    return getattr(type(estimator), "score", None) is vars(sys.modules["sklearn.base"])[mixin].score


def _score(estimator: Any, features: Any, labels: Any, weights: Any) -> Any:
    if weights is not None and "sample_weight" in inspect.signature(estimator.score).parameters:
        return estimator.score(features, labels, sample_weight=weights)
    return estimator.score(features, labels)
