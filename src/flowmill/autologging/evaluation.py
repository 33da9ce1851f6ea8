"""What is measured after a training: scores of a model that was logged, and metrics of its predictions.

A prediction is known by the object that it is; a copy or a slice of it is not. Everything is forgotten with the
model or the prediction that it is about.
"""

from __future__ import annotations

import inspect
import numbers
import sys
import weakref
from collections.abc import Callable
from types import FrameType
from typing import Any, NamedTuple

from flowmill.autologging.configuration import option
from flowmill.autologging.data import dataset_of
from flowmill.autologging.objects import name_in, recalled, remember
from flowmill.autologging.patching import applies, safely, stand_around, watching
from flowmill.autologging.training import log_dataset
from flowmill.client.client import Client
from flowmill.client.values import now
from flowmill.entities.metric import Metric

NAME = "sklearn"
_UNKNOWN = "unknown_dataset"
_ENDINGS = ("_score", "_loss", "_error", "_deviance", "_corrcoef", "_measure")


class _Run:
    """What was measured of the model of one run."""

    def __init__(self, client: Client, run_id: str) -> None:
        self.client = client
        self.run_id = run_id
        self.counts: dict[str, int] = {}
        self.calls: dict[str, str] = {}
        self.datasets: set[str] = set()


class _Prediction(NamedTuple):
    run: _Run
    data: Any
    """What was predicted from, as a weak reference; a call that gives None where there can be none."""
    name: str


_runs: dict[str, _Run] = {}
_models: dict[int, tuple[Any, _Run]] = {}
_predictions: dict[int, tuple[Any, _Prediction]] = {}


def remember_model(model: Any, client: Client, run_id: str) -> None:
    """From now on this model's run is told what is measured of it."""
    run = _runs.setdefault(run_id, _Run(client, run_id))
    remember(_models, model, run)


def follow_metrics() -> None:
    """Look at what the functions of ``sklearn.metrics`` say, those too that the script or notebook has imported."""
    module = sys.modules["sklearn.metrics"]
    script = vars(sys.modules["__main__"])
    for name in module.__all__:
        original = getattr(module, name)
        if name.endswith(_ENDINGS) and inspect.isfunction(original):
            stand_around(module, name, _metric)
            script.update({known: getattr(module, name) for known, value in script.items() if value is original})


# In these functions frame 1 is the stand-in and frame 2 is of whoever called it: names of data are the caller's.


def follow_prediction(original: Callable[..., Any], model: Any, args: Any, kwargs: Any) -> Any:
    """Remember what a model that was logged predicts."""
    result = original(*args, **kwargs)
    if id(model) in _models and _wanted():
        data = args[0] if args else kwargs.get("X")
        name = name_in(sys._getframe(2), data, NAME) or _UNKNOWN  # pyright: ignore[reportPrivateUsage]
        safely(NAME, lambda: _note_prediction(_models[id(model)][1], result, data, name))
    return result


def _note_prediction(run: _Run, result: Any, data: Any, name: str) -> None:
    try:
        reference: Any = weakref.ref(data)
    except TypeError:  # a list cannot be referred to weakly
        reference = _nothing
    remember(_predictions, result, _Prediction(run, reference, name))


def follow_score(original: Callable[..., Any], model: Any, args: Any, kwargs: Any) -> Any:
    """Log the score of a model that was logged."""
    if id(model) not in _models or not _wanted():
        return original(*args, **kwargs)
    with watching():
        result = original(*args, **kwargs)
    data = args[0] if args else kwargs.get("X")
    frame = sys._getframe(2)  # pyright: ignore[reportPrivateUsage]
    name = name_in(frame, data, NAME) or _UNKNOWN
    run = _models[id(model)][1]
    kind = type(model).__name__
    safely(NAME, lambda: _log(run, f"{kind}_score", name, result, f"{kind}.score", original, frame, args, kwargs))
    return result


def _metric(original: Callable[..., Any], owner: None, args: Any, kwargs: Any) -> Any:
    if not _wanted():
        return original(*args, **kwargs)
    with watching():
        result = original(*args, **kwargs)
    found = next(
        (known for value in (*args, *kwargs.values()) if (known := recalled(_predictions, value)) is not None), None
    )
    if found is not None:
        name = original.__name__
        frame = sys._getframe(2)  # pyright: ignore[reportPrivateUsage]

        def log() -> None:
            _log(found.run, name, found.name, result, name, original, frame, args, kwargs)
            _log_dataset(found)

        safely(NAME, log)
    return result


def _wanted() -> bool:
    return applies(NAME) and bool(option(NAME, "log_post_training_metrics", True)) and bool(_models or _predictions)


def _log(
    run: _Run,
    metric: str,
    dataset: str,
    value: Any,
    called: str,
    original: Callable[..., Any],
    frame: FrameType,
    args: Any,
    kwargs: Any,
) -> None:
    if not isinstance(value, numbers.Real):
        return
    count = run.counts[metric] = run.counts.get(metric, 0) + 1
    key = f"{metric}-{count}_{dataset}" if count > 1 else f"{metric}_{dataset}"
    run.client.log_batch(run.run_id, metrics=[Metric(key, float(value), now(), 0)])
    given = inspect.signature(original).bind_partial(*args, **kwargs).arguments
    run.calls[key] = f"{called}({', '.join(f'{name}={_shown(frame, each)}' for name, each in given.items())})"
    run.client.log_dict(run.run_id, dict(sorted(run.calls.items())), "metric_info.json")


def _log_dataset(prediction: _Prediction) -> None:
    data = prediction.data()
    if data is None or not option(NAME, "log_datasets", True):
        return
    dataset = dataset_of(data)
    if dataset is not None and dataset.digest not in prediction.run.datasets:
        prediction.run.datasets.add(dataset.digest)
        log_dataset(prediction.run.client, prediction.run.run_id, dataset, "eval")


def _nothing() -> None:
    return None


def _shown(frame: FrameType, value: Any) -> str:
    if isinstance(value, str | int | float | bool | None):
        return repr(value)
    return name_in(frame, value, NAME) or f"<{type(value).__name__}>"
