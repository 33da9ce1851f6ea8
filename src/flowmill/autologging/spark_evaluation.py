"""What Spark ML's evaluators say of the predictions of models that were logged.

A prediction is known by the frame that it is; a frame that is made of it is not.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from flowmill.autologging.configuration import option
from flowmill.autologging.objects import name_in, recalled, remember
from flowmill.autologging.patching import applies, safely, watching
from flowmill.autologging.spark_data import dataset_of
from flowmill.autologging.spark_params import as_json, params_of
from flowmill.autologging.training import log_dataset
from flowmill.client.client import Client
from flowmill.client.values import now
from flowmill.entities.metric import Metric

NAME = "pyspark.ml"
_UNKNOWN = "unknown_dataset"


class _Run:
    """What was measured of the model of one run."""

    def __init__(self, client: Client, run_id: str) -> None:
        self.client = client
        self.run_id = run_id
        self.calls: Counter[str] = Counter()
        self.names: Counter[str] = Counter()
        self.metrics: dict[str, Any] = {}

    def name_of(self, variable: str | None) -> str:
        """A name for data that was not predicted from before."""
        name = variable or _UNKNOWN
        self.names[name] += 1
        return name if self.names[name] == 1 else f"{name}-{self.names[name]}"


class _Prediction(NamedTuple):
    run: _Run
    name: str
    noted: list[bool]
    """Something in it once the data is noted."""


_models: dict[int, tuple[Any, _Run]] = {}
_inputs: dict[int, tuple[Any, dict[str, str]]] = {}
_predictions: dict[int, tuple[Any, _Prediction]] = {}


def remember_model(model: Any, client: Client, run_id: str) -> None:
    """From now on this model's run is told what is measured of it, and of the best one that a search has found."""
    run = _Run(client, run_id)
    for each in (model, getattr(model, "bestModel", None)):
        if each is not None:
            remember(_models, each, run)


def _wanted() -> bool:
    return applies(NAME) and bool(option(NAME, "log_post_training_metrics", True))


# In these functions frame 1 is the stand-in and frame 2 is of whoever called it: names of data are the caller's.


def follow_transformation(original: Callable[..., Any], model: Any, args: Any, kwargs: Any) -> Any:
    """Remember what a model that was logged predicts."""
    result = original(*args, **kwargs)
    run: _Run | None = recalled(_models, model)
    if run is not None and _wanted():
        data = args[0] if args else kwargs.get("dataset")
        frame = sys._getframe(2)  # pyright: ignore[reportPrivateUsage]
        safely(NAME, lambda: _note_prediction(run, result, data, name_in(frame, data, "pyspark")))
    return result


def _note_prediction(run: _Run, result: Any, data: Any, variable: str | None) -> None:
    names: dict[str, str] | None = recalled(_inputs, data)
    if names is None:
        names = {}
        remember(_inputs, data, names)
    if run.run_id not in names:
        names[run.run_id] = run.name_of(variable)
    remember(_predictions, result, _Prediction(run, names[run.run_id], []))


def follow_evaluation(original: Callable[..., Any], evaluator: Any, args: Any, kwargs: Any) -> Any:
    """Log what an evaluator says of a prediction."""
    if not _wanted():
        return original(*args, **kwargs)
    with watching():
        result = original(*args, **kwargs)
    data = args[0] if args else kwargs.get("dataset")
    params = args[1] if len(args) > 1 else kwargs.get("params")
    prediction: _Prediction | None = recalled(_predictions, data)
    if prediction is not None:
        asked = evaluator.copy(params) if params else evaluator
        safely(NAME, lambda: _log(prediction, asked, float(result)))
        if not prediction.noted and option(NAME, "log_datasets", True):
            prediction.noted.append(True)
            safely(NAME, lambda: log_dataset(prediction.run.client, prediction.run.run_id, dataset_of(data), "eval"))
    return result


def _log(prediction: _Prediction, evaluator: Any, value: float) -> None:
    run, metric = prediction.run, evaluator.getMetricName()
    run.calls[metric] += 1
    count = run.calls[metric]
    key = f"{metric}-{count}_{prediction.name}" if count > 1 else f"{metric}_{prediction.name}"
    run.client.log_batch(run.run_id, metrics=[Metric(key, value, now(), 0)])
    kind = type(evaluator)
    run.metrics[key] = {"evaluator_class": f"{kind.__module__}.{kind.__name__}", "params": params_of(evaluator)}
    run.client.log_text(run.run_id, as_json(dict(sorted(run.metrics.items()))), "metric_info.json")
