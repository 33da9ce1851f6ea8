"""Estimators of scikit-learn that look at numbers alone are asked with an array instead of a frame.

Finding the names of a frame's columns and comparing them costs scikit-learn more than a prediction of one row. The
signature has compared them already, so a copy of the estimator that knows no names is asked for the same numbers. So
is a pipeline of such steps; what looks at names or makes them is asked with the frame.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from flowmill.models.mlmodel import PYFUNC
from flowmill.models.pyfunc_model import PyFuncModel
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
"""Modules whose estimators use names of columns for nothing but the comparison."""

_TRANSFORMERS = (
    "sklearn.preprocessing._data",
    "sklearn.preprocessing._polynomial",
    "sklearn.decomposition._pca",
    "sklearn.impute._base",
    "sklearn.feature_selection._univariate_selection",
    "sklearn.feature_selection._variance_threshold",
)
"""Modules whose transformers give an array for an array, with the numbers that they give for the frame."""

_METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function")


def array_predictor(model: PyFuncModel, quick: QuickFrames) -> Callable[[Table], Any] | None:
    """What predicts from columns without a frame; None for a model that must see one."""
    signature = model.metadata.signature
    if model.loader_module != "mlflow.sklearn" or not quick.is_of_one_number or (signature and signature.params):
        return None
    method = model.metadata.flavors.get(PYFUNC, {}).get("predict_fn") or "predict"
    estimator = model.get_raw_model()
    nameless = _without_names(estimator, quick.names) if method in _METHODS else None
    if nameless is None:
        return None
    function = getattr(nameless, method)
    return lambda table: function(quick.array(table))


def _without_names(estimator: Any, names: list[Any]) -> Any | None:
    """A copy that was never told these names of columns; None if what it answers may depend on them."""
    if _is_pipeline(estimator):
        return _pipeline_without_names(estimator, names)
    if not _is_of(estimator, (*_PLAIN, *_TRANSFORMERS)) or list(getattr(estimator, "feature_names_in_", ())) != names:
        return None
    # An estimator inside, such as the base of a bag, knows the names by itself.
    if _makes_frames(estimator) or any(hasattr(part, "feature_names_in_") for part in vars(estimator).values()):
        return None
    nameless = copy.copy(estimator)
    del nameless.feature_names_in_
    return nameless


def _pipeline_without_names(pipeline: Any, names: list[Any]) -> Any | None:
    first, *others = [step for _, step in pipeline.steps]
    if pipeline.memory is not None or getattr(pipeline, "transform_input", None) is not None or _makes_frames(pipeline):
        return None
    if not all(_is_of(step, (*_PLAIN, *_TRANSFORMERS)) for step in others):
        return None
    # What comes after the first step was given arrays already, or it would know names, too.
    if any(hasattr(part, "feature_names_in_") for step in others for part in (step, *vars(step).values())):
        return None
    nameless = _without_names(first, names)
    if nameless is None or any(map(_makes_frames, others)):
        return None
    copied = copy.copy(pipeline)
    copied.steps = [(pipeline.steps[0][0], nameless), *pipeline.steps[1:]]
    return copied


def _is_pipeline(estimator: Any) -> bool:
    return type(estimator).__name__ == "Pipeline" and type(estimator).__module__ == "sklearn.pipeline"


def _is_of(estimator: Any, modules: tuple[str, ...]) -> bool:
    return f"{type(estimator).__module__}.".startswith(modules)


def _makes_frames(estimator: Any) -> bool:
    """Whether `set_output` was called, after which answers have names."""
    return bool(getattr(estimator, "_sklearn_output_config", None))
