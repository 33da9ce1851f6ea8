"""Pictures of a classifier on its training data; only where Matplotlib is installed."""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from typing import Any

from flowmill.autologging.training import Training
from flowmill.background import store_later
from flowmill.evaluating import plots
from flowmill.figures import drawn

_MOST_CLASSES = 30
"""More are a picture of nothing."""


def log_plots(training: Training, estimator: Any, features: Any, labels: Any, weights: Any) -> None:
    """Store the confusion matrix of a classifier and, of two classes, its ROC and precision-recall curves."""
    import numpy
    from sklearn.base import is_classifier
    from sklearn.metrics import confusion_matrix

    if not is_classifier(estimator) or find_spec("matplotlib") is None:
        return
    classes = getattr(estimator, "classes_", None)
    if classes is None or not hasattr(classes, "shape") or len(classes) > _MOST_CLASSES:
        return

    def confusion() -> Any:
        said = estimator.predict(features)
        shares = confusion_matrix(labels, said, labels=classes, sample_weight=weights, normalize="true")
        return plots.confusion(shares, classes)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        training.part(lambda: _store(training, "confusion_matrix", confusion()))
        if len(classes) == 2 and hasattr(estimator, "predict_proba"):
            chances = estimator.predict_proba(features)[:, 1]
            curves = [(str(classes[1]), numpy.asarray(labels) == classes[1], chances)]
            training.part(lambda: _store(training, "roc_curve", plots.roc(curves, weights)))
            training.part(lambda: _store(training, "precision_recall_curve", plots.precision_recall(curves, weights)))


def _store(training: Training, name: str, figure: Any) -> None:
    file = f"training_{name}.png"
    # Drawn here, as Matplotlib is not made for two threads, and uploaded there.
    data = drawn(figure, file, {})
    client, run_id = training.client, training.run_id
    store_later(run_id, file, lambda: client.artifacts_of_run(run_id).put(file, data))
