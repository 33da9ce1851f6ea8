"""Pictures of a classifier on its training data; only where Matplotlib is installed."""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from typing import Any

from flowmill.autologging.training import Training
from flowmill.background import store_later
from flowmill.figures import drawn

_MOST_CLASSES = 30
"""More are a picture of nothing."""


def log_plots(training: Training, estimator: Any, features: Any, labels: Any, weights: Any) -> None:
    """Store the confusion matrix of a classifier and, of two classes, its ROC and precision-recall curves."""
    from sklearn.base import is_classifier

    if not is_classifier(estimator) or find_spec("matplotlib") is None:
        return
    classes = getattr(estimator, "classes_", None)
    if classes is None or not hasattr(classes, "shape") or len(classes) > _MOST_CLASSES:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        training.part(lambda: _store(training, "confusion_matrix", _confusion(estimator, features, labels, weights)))
        if len(classes) == 2 and hasattr(estimator, "predict_proba"):
            chances = estimator.predict_proba(features)[:, 1]
            known = (labels, chances, weights, classes[1])
            training.part(lambda: _store(training, "roc_curve", _roc(*known)))
            training.part(lambda: _store(training, "precision_recall_curve", _precision_recall(*known)))


def _store(training: Training, name: str, figure: Any) -> None:
    file = f"training_{name}.png"
    # Drawn here, as Matplotlib is not made for two threads, and uploaded there.
    data = drawn(figure, file, {})
    client, run_id = training.client, training.run_id
    store_later(run_id, file, lambda: client.artifacts_of_run(run_id).put(file, data))


def _figure(title: str, right: str, up: str) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure: Any = Figure(figsize=(6, 5), layout="constrained")
    axes = figure.subplots()
    axes.set(title=title, xlabel=right, ylabel=up)
    return figure, axes


def _confusion(estimator: Any, features: Any, labels: Any, weights: Any) -> Any:
    from sklearn.metrics import confusion_matrix

    counts = confusion_matrix(
        labels, estimator.predict(features), labels=estimator.classes_, sample_weight=weights, normalize="true"
    )
    figure, axes = _figure("Confusion matrix, share of each class", "Predicted", "True")
    axes.imshow(counts, cmap="Blues", vmin=0, vmax=1)
    names = [str(name)[:20] for name in estimator.classes_]
    axes.set_xticks(range(len(names)), names, rotation=45 if len(names) > 5 else 0)
    axes.set_yticks(range(len(names)), names)
    for row, shares in enumerate(counts):
        for column, share in enumerate(shares):
            color = "white" if share > 0.5 else "black"
            axes.text(column, row, f"{share:.2f}", ha="center", va="center", color=color)
    return figure


def _roc(labels: Any, chances: Any, weights: Any, positive: Any) -> Any:
    from sklearn.metrics import auc, roc_curve

    wrong, right, _ = roc_curve(labels, chances, pos_label=positive, sample_weight=weights)
    figure, axes = _figure(f"ROC curve, area {auc(wrong, right):.3f}", "False positives", "True positives")
    axes.plot(wrong, right)
    axes.plot([0, 1], [0, 1], linestyle=":", color="gray")
    return figure


def _precision_recall(labels: Any, chances: Any, weights: Any, positive: Any) -> Any:
    from sklearn.metrics import average_precision_score, precision_recall_curve

    precision, recall, _ = precision_recall_curve(labels, chances, pos_label=positive, sample_weight=weights)
    mean = average_precision_score(labels, chances, pos_label=positive, sample_weight=weights)
    figure, axes = _figure(f"Precision and recall, average precision {mean:.3f}", "Recall", "Precision")
    axes.plot(recall, precision, drawstyle="steps-post")
    return figure
