"""Spark ML: every ``fit`` logs parameters, data and the model, a search its candidates, as MLflow names them."""

# The library is the user's: who checks types need not have it.
# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false

from __future__ import annotations

import fnmatch
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flowmill.autologging.arrival import on_import
from flowmill.autologging.configuration import configure, is_silent, is_supported
from flowmill.autologging.patching import applies, safely, stand_around
from flowmill.autologging.spark_data import dataset_of, example_of, signature_of
from flowmill.autologging.spark_evaluation import follow_evaluation, follow_transformation, remember_model
from flowmill.autologging.spark_params import Tree, as_json, is_search
from flowmill.autologging.spark_tuning import log_search
from flowmill.autologging.training import Training, may_log, watched
from flowmill.notices import say_once

NAME = "pyspark.ml"
AUTOLOGGING_INTEGRATION_NAME = NAME
_PREPARATION = "pyspark.ml.feature"
_ALLOWED_IN_SPARK = "spark.mlflow.pysparkml.autolog.logModelAllowlistFile"


def autolog(
    log_models: bool = True,
    log_datasets: bool = True,
    disable: bool = False,
    exclusive: bool = False,
    disable_for_unsupported_versions: bool = False,
    silent: bool = False,
    log_post_training_metrics: bool = True,
    registered_model_name: str | None = None,
    log_input_examples: bool = False,
    log_model_signatures: bool = True,
    log_model_allowlist: Iterable[str] | None = None,
    extra_tags: Mapping[str, str] | None = None,
) -> None:
    """Let trainings of Spark ML log themselves from now on, but of estimators that prepare data.

    A fit goes to the open run, else to a run of its own. ``log_models``, ``log_input_examples``,
    ``log_model_signatures`` and ``registered_model_name``: whether and how the model is logged; one that is asked with
    vectors has neither signature nor example. ``log_model_allowlist``: classes of models that may be logged,
    ``pyspark.ml.regression.*`` for all of a module; else those in the file that Spark's
    ``spark.mlflow.pysparkml.autolog.logModelAllowlistFile`` names, else all. ``log_datasets``: note the training data.
    ``log_post_training_metrics``: log what evaluators say of a model's predictions. ``exclusive``: leave runs alone
    that the user opened. ``extra_tags``: of runs that are made here. ``silent``: say nothing. ``disable``: stop.
    """
    turn_on(dict(locals()))


def turn_on(options: Mapping[str, Any], by_name: bool = True) -> None:
    """Note the options of `autolog`, and look at Spark ML once it is there."""
    allowed = options.get("log_model_allowlist")
    configure(NAME, {**options, "log_model_allowlist": None if allowed is None else [*allowed]}, by_name)
    if not options.get("disable"):
        on_import("pyspark.ml.base", _follow)
        on_import("pyspark.ml.evaluation", _follow_evaluators)


def _follow() -> None:
    if is_supported(NAME, "pyspark", 3, 4):
        base = sys.modules["pyspark.ml.base"]
        stand_around(base.Estimator, "fit", _fit)
        stand_around(base.Transformer, "transform", follow_transformation)


def _follow_evaluators() -> None:
    stand_around(sys.modules["pyspark.ml.evaluation"].Evaluator, "evaluate", follow_evaluation)


def _fit(original: Callable[..., Any], estimator: Any, args: Any, kwargs: Any) -> Any:
    if not applies(NAME) or type(estimator).__module__ == _PREPARATION or not may_log(NAME):
        return original(*args, **kwargs)
    params = _argument(args, kwargs, 1, "params")
    if isinstance(params, list | tuple):
        if not is_silent(NAME):
            say_once(
                "Autologging of pyspark.ml: a fit with a list of parameter maps gives several models and is not "
                "logged; call fit for each map."
            )
        return original(*args, **kwargs)
    return watched(lambda: _Fit(estimator, _argument(args, kwargs, 0, "dataset"), params), original, args, kwargs)


def _argument(args: Any, kwargs: Any, place: int, name: str) -> Any:
    return args[place] if len(args) > place else kwargs.get(name)


class _Fit(Training):
    """One call of ``fit``."""

    integration = NAME

    def __init__(self, estimator: Any, data: Any, params: Mapping[Any, Any] | None) -> None:
        super().__init__()
        self._estimator = estimator.copy(params) if params else estimator
        self._tree = Tree(self._estimator)
        self._data = data
        self._dataset: Any = None

    def before(self) -> None:
        kind = type(self._estimator)
        self.part(lambda: self.log_params(self._tree.params()))
        self.part(
            lambda: self.log_tags(
                {"estimator_name": kind.__name__, "estimator_class": f"{kind.__module__}.{kind.__name__}"}
            )
        )
        if not self._tree.is_plain():
            self.part(lambda: self._log_text(as_json(self._tree.description()), "estimator_info.json"))
        if self.option("log_datasets", True):
            self.part(self._note_dataset)

    def _log_text(self, text: str, file: str) -> None:
        self.client.log_text(self.run_id, text, file)

    def _note_dataset(self) -> None:
        self._dataset = dataset_of(self._data)
        self.log_dataset(self._dataset, "train")

    def after(self, result: Any) -> None:
        model_id = self.part(lambda: self._log_model(result, "model"))
        self.part(lambda: self._log_summary(result, model_id))
        if is_search(self._estimator):
            self.part(lambda: self._log_model(result.bestModel, "best_model"))
            self.part(lambda: log_search(self, self._estimator, self._tree, result))
        remember_model(result, self.client, self.run_id)

    def _log_summary(self, model: Any, model_id: str | None) -> None:
        steps, metrics = learned(model)
        for step, value in enumerate(steps):
            self.log_metrics({"training_objective": value}, step, model_id, self._dataset)
        if metrics:
            self.log_metrics(metrics, 0, model_id, self._dataset)

    def _log_model(self, model: Any, name: str) -> str | None:
        if not self.option("log_models", True) or not self._may_be_logged(model):
            return None
        from flowmill.models.flavors.spark import log_model

        example: Any = None
        signature: Any = False
        if self.option("log_input_examples", False) or self.option("log_model_signatures", True):
            example = self.part(lambda: example_of(model, self._data))
        if example is not None and self.option("log_model_signatures", True):
            signature = self.part(lambda: signature_of(model, example)) or False
        return log_model(
            model,
            name=name,
            signature=signature,
            input_example=example if self.option("log_input_examples", False) else None,
            registered_model_name=self.option("registered_model_name") if name == "model" else None,
        ).model_id

    def _may_be_logged(self, model: Any) -> bool:
        allowed = self.option("log_model_allowlist")
        if allowed is None:
            allowed = self.part(lambda: _allowed_in_spark(self._data))
        if allowed is None:
            return hasattr(model, "write")
        refused = [name for name in _classes(model) if not any(fnmatch.fnmatchcase(name, each) for each in allowed)]
        if refused and not is_silent(NAME):
            say_once(f"Autologging of pyspark.ml: {refused[0]} is not among the models that may be logged.")
        return not refused


def _allowed_in_spark(data: Any) -> list[str] | None:
    """What the file has that Spark's settings name; None if they name none."""
    file = data.sparkSession.conf.get(_ALLOWED_IN_SPARK, None)
    if file is None:
        return None
    from flowmill.downloads import load_text

    lines = (line.partition("#")[0].strip() for line in load_text(file).splitlines())
    return [line for line in lines if line]


def _classes(model: Any) -> list[str]:
    """The classes of a model and of the models in it, but of stages that prepare data."""
    inner = [*getattr(model, "stages", ()), *filter(None, [getattr(model, "bestModel", None)])]
    if inner:
        return [name for each in inner for name in _classes(each)]
    kind = type(model)
    return [] if kind.__module__ == _PREPARATION else [f"{kind.__module__}.{kind.__name__}"]


_RESULTS = {
    "totalIterations": "iterations",
    "numIter": "iterations",
    "trainingCost": "cost",
    "logLikelihood": "log_likelihood",
}
"""What summaries of trainings have at hand, and the metrics that it becomes."""


def learned(model: Any) -> tuple[list[float], dict[str, float]]:
    """What a training has told of itself, without anything that Spark would have to compute now: its objective after
    each iteration, and what it ended with."""
    while getattr(model, "stages", None):
        model = model.stages[-1]
    if not getattr(model, "hasSummary", False):
        return [], {}
    summary = model.summary
    metrics: dict[str, float] = {}
    for name, shown in _RESULTS.items():
        value = safely(NAME, lambda name=name: getattr(summary, name, None))
        if isinstance(value, int | float):
            metrics[f"training_{shown}"] = float(value)
    history = safely(NAME, lambda: getattr(summary, "objectiveHistory", None))
    return [float(value) for value in history or ()], metrics
