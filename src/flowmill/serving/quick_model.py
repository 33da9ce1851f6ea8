"""Estimators of scikit-learn that look at numbers alone are asked with an array instead of a frame.

Finding the names of a frame's columns and comparing them costs scikit-learn more than a prediction of one row. The
signature has compared them already, so a copy of the estimator that knows no names is asked for the same numbers.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from flowmill.models.mlmodel import PYFUNC
from flowmill.models.pyfunc import PyFuncModel
from flowmill.models.quick_frames import QuickFrames, Table

_PLAIN = (
    "sklearn.linear_model.",
    "sklearn.tree.",
    "sklearn.ensemble._forest",
    "sklearn.ensemble._gb",
    "sklearn.svm.",
    "sklearn.neighbors.",
    "sklearn.naive_bayes",
    "sklearn.discriminant_analysis",
    "sklearn.neural_network.",
)
"""Modules whose estimators use names of columns for nothing but the comparison. Others, such as pipelines, are asked
with the frame."""

_METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function")


def array_predictor(model: PyFuncModel, quick: QuickFrames) -> Callable[[Table], Any] | None:
    """What predicts from columns without a frame; None for a model that must see one."""
    signature = model.metadata.signature
    if model.loader_module != "mlflow.sklearn" or not quick.is_of_one_number or (signature and signature.params):
        return None
    method = model.metadata.flavors.get(PYFUNC, {}).get("predict_fn") or "predict"
    estimator = model.get_raw_model()
    if method not in _METHODS or not _is_plain(estimator, quick.names):
        return None
    nameless = copy.copy(estimator)
    del nameless.feature_names_in_
    function = getattr(nameless, method)
    return lambda table: function(quick.array(table))


def _is_plain(estimator: Any, names: list[Any]) -> bool:
    if not f"{type(estimator).__module__}.".startswith(_PLAIN):
        return False
    if list(getattr(estimator, "feature_names_in_", ())) != names:
        return False
    # An estimator inside, such as the base of a bag, knows the names by itself.
    return not any(hasattr(part, "feature_names_in_") for part in vars(estimator).values())
