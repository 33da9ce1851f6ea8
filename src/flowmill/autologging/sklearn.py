"""scikit-learn: every ``fit`` logs parameters, training metrics, plots, data and the model, as MLflow names them.

Classes are looked at as they are defined, so that turning it on imports nothing and takes no time.
"""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from flowmill.autologging.arrival import on_import
from flowmill.autologging.configuration import configure, is_supported
from flowmill.autologging.data import dataset_of, example_of
from flowmill.autologging.evaluation import (
    follow_metrics,
    follow_prediction,
    follow_score,
    remember_model,
)
from flowmill.autologging.patching import applies, stand_around
from flowmill.autologging.plots import log_plots
from flowmill.autologging.search import is_search, log_search, params_of_search
from flowmill.autologging.sklearn_metrics import training_metrics
from flowmill.autologging.training import Training, may_log, watched
from flowmill.background import store_later
from flowmill.errors import Invalid

NAME = "sklearn"
_FITS = ("fit", "fit_transform", "fit_predict")
_PREDICTIONS = ("predict", "predict_proba", "transform")
_PREPARATION = ("preprocessing", "impute", "feature_extraction", "feature_selection")
"""Modules whose estimators prepare data: they have no training of interest, as MLflow has it."""


def autolog(
    log_input_examples: bool = False,
    log_model_signatures: bool = True,
    log_models: bool = True,
    log_datasets: bool = True,
    disable: bool = False,
    exclusive: bool = False,
    disable_for_unsupported_versions: bool = False,
    silent: bool = False,
    max_tuning_runs: int | None = 5,
    log_post_training_metrics: bool = True,
    serialization_format: str | None = None,
    registered_model_name: str | None = None,
    pos_label: Any = None,
    extra_tags: Mapping[str, str] | None = None,
) -> None:
    """Let trainings of scikit-learn log themselves from now on.

    A fit goes to the open run, else to a run of its own. ``log_models``, ``log_input_examples``,
    ``log_model_signatures``, ``registered_model_name`` and ``serialization_format``: whether and how the model is
    logged; without a format it holds no program where that is possible. ``log_datasets``: note the training data.
    ``exclusive``: leave runs alone that the user opened. ``max_tuning_runs``: how many of the best candidates of a
    search get a run; None for all. ``log_post_training_metrics``: log what functions of ``sklearn.metrics`` and
    ``score`` say of a model's predictions. ``pos_label``: the class that a binary classifier is measured on.
    ``extra_tags``: of runs that are made here. ``silent``: say nothing. ``disable``: stop.
    """
    if max_tuning_runs is not None and max_tuning_runs < 0:
        raise Invalid(f"max_tuning_runs is {max_tuning_runs}: expected a number from 0 on, or None for all.")
    turn_on(dict(locals()))


def turn_on(options: Mapping[str, Any], by_name: bool = True) -> None:
    """Note the options of `autolog`, and look at scikit-learn's classes once they are there."""
    configure(NAME, options, by_name)
    if not options.get("disable"):
        on_import("sklearn.base", _follow_classes)
        on_import("sklearn.metrics", follow_metrics)


def _follow_classes() -> None:
    if not is_supported(NAME, "scikit-learn", 1, 1):
        return
    base = sys.modules["sklearn.base"].BaseEstimator
    if "__flowmill_follows__" in vars(base):
        return
    base.__flowmill_follows__ = True
    defined = vars(base).get("__init_subclass__")

    def note_class(cls: type, **kwargs: Any) -> None:
        if defined is not None:
            defined.__get__(None, cls)(**kwargs)
        else:
            super(base, cls).__init_subclass__(**kwargs)
        _follow(cls)

    base.__init_subclass__ = classmethod(note_class)
    waiting = [base]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            _follow(kind)
            waiting.append(kind)


def _follow(kind: type) -> None:
    """Stand around what scikit-learn defines for a class, itself or in a mixin; a user's class has what it inherits."""
    for each in kind.__mro__:
        if each.__module__.partition(".")[0] != "sklearn":
            continue
        for name in _FITS:
            stand_around(each, name, _fit)
        for name in _PREDICTIONS:
            stand_around(each, name, follow_prediction)
        stand_around(each, "score", follow_score)


def _prepares(estimator: Any) -> bool:
    kinds = [kind for kind in type(estimator).__mro__ if kind.__module__.startswith("sklearn.")]
    kind = kinds[0] if kinds else type(estimator)
    return kind.__module__.split(".")[1] in _PREPARATION or kind.__name__ == "ColumnTransformer"


def _fit(original: Callable[..., Any], estimator: Any, args: Any, kwargs: Any) -> Any:
    if not applies(NAME) or _prepares(estimator) or not may_log(NAME):
        return original(*args, **kwargs)
    return watched(lambda: _Fit(original, estimator, args, kwargs), original, args, kwargs)


class _Fit(Training):
    """One call of ``fit``, ``fit_transform`` or ``fit_predict``."""

    integration = NAME

    def __init__(self, original: Callable[..., Any], estimator: Any, args: Any, kwargs: Any) -> None:
        super().__init__()
        self._estimator = estimator
        given = _bound(original, args, kwargs)
        self._features: Any = given.get("X", args[0] if args else None)
        self._labels: Any = given.get("y", given.get("Y"))
        self._weights: Any = given.get("sample_weight")
        self._dataset: Any = None

    def before(self) -> None:
        kind = type(self._estimator)
        params = params_of_search if is_search(self._estimator) else _params
        self.part(lambda: self.log_params(params(self._estimator)))
        self.part(
            lambda: self.log_tags(
                {"estimator_name": kind.__name__, "estimator_class": f"{kind.__module__}.{kind.__name__}"}
            )
        )
        if self.option("log_datasets", True):
            self.part(self._note_dataset)

    def _note_dataset(self) -> None:
        self._dataset = dataset_of(self._features, self._labels)
        if self._dataset is not None:
            self.log_dataset(self._dataset, "train")

    def after(self, result: Any) -> None:
        if is_search(self._estimator):
            self.part(lambda: log_search(self, self._estimator, self._dataset, self._log_model))
        model_id = self.part(lambda: self._log_model(self._estimator, "model"))
        metrics = self.part(self._metrics) or {}
        if is_search(self._estimator) and hasattr(self._estimator, "best_score_"):
            metrics["best_cv_score"] = self._estimator.best_score_
        self.part(lambda: self.log_metrics(metrics, model_id=model_id, dataset=self._dataset))
        self.part(self._log_page)
        if self._labels is not None:
            self.part(lambda: log_plots(self, self._estimator, self._features, self._labels, self._weights))
        remember_model(self._estimator, self.client, self.run_id)

    def _metrics(self) -> dict[str, float]:
        if self._labels is None:
            return {}
        label = self.option("pos_label")
        return training_metrics(self._estimator, self._features, self._labels, self._weights, label)

    def _log_page(self) -> None:
        from sklearn.utils import estimator_html_repr

        page = estimator_html_repr(self._estimator)
        file = "estimator.html"
        store_later(self.run_id, file, lambda: self.client.log_text(self.run_id, page, file))

    def _log_model(self, estimator: Any, name: str) -> str | None:
        """Log a model if the user wants that; its id."""
        if not self.option("log_models", True):
            return None
        from flowmill.models.flavors.sklearn import log_model

        example: Any = None
        signature: Any = False
        if self.option("log_input_examples", False) or self.option("log_model_signatures", True):
            example = self.part(lambda: example_of(self._features))
        if example is not None and self.option("log_model_signatures", True):
            signature = self.part(lambda: _signature(estimator, example)) or False
        info = log_model(
            estimator,
            name=name,
            signature=signature,
            input_example=example if self.option("log_input_examples", False) else None,
            registered_model_name=self.option("registered_model_name"),
            serialization_format=self.option("serialization_format"),
            params=estimator.get_params(deep=not is_search(estimator)),
        )
        return info.model_id


def _signature(estimator: Any, example: Any) -> Any:
    from flowmill.models.signature import infer_signature

    for name in ("predict", "transform"):
        if hasattr(estimator, name):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return infer_signature(example, getattr(estimator, name)(example))
    return infer_signature(example)


def _bound(original: Callable[..., Any], args: Any, kwargs: Any) -> dict[str, Any]:
    """The arguments of a call by name; what does not fit is the library's to refuse."""
    try:
        return dict(inspect.signature(original).bind_partial(*args, **kwargs).arguments)
    except (TypeError, ValueError):
        return dict(kwargs)


def _params(estimator: Any) -> dict[str, Any]:
    return estimator.get_params(deep=True)
