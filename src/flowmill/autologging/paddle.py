"""PaddlePaddle: ``fit`` of a ``paddle.Model`` logs its optimizer, what epochs measured, its layers and the model."""

# The library is the user's: who checks types need not have it.
# pyright: reportMissingImports=false

from __future__ import annotations

import inspect
import numbers
import sys
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from flowmill.autologging.arrival import on_import
from flowmill.autologging.configuration import configure, is_supported
from flowmill.autologging.flavors import log_model_of
from flowmill.autologging.patching import applies, stand_around
from flowmill.autologging.training import Training, may_log, watched
from flowmill.background import store_later

NAME = "paddle"
_STOP_PARAMS = ("monitor", "patience", "min_delta", "baseline")


def autolog(
    log_every_n_epoch: int = 1,
    log_models: bool = True,
    disable: bool = False,
    exclusive: bool = False,
    silent: bool = False,
    registered_model_name: str | None = None,
    extra_tags: Mapping[str, str] | None = None,
) -> None:
    """Let trainings by ``paddle.Model.fit`` log themselves from now on: optimizer, metrics, early stops, layers, model.

    ``log_every_n_epoch``: metrics of every so many epochs, those on evaluation data too. The other arguments are those
    of `flowmill.sklearn.autolog`. Of many ranks the first one logs.
    """
    turn_on(dict(locals()))


def turn_on(options: Mapping[str, Any], by_name: bool = True) -> None:
    """Note the options of `autolog`, and look at PaddlePaddle once it is there."""
    configure(NAME, options, by_name)
    if not options.get("disable"):
        on_import("paddle.hapi.model", _follow)


def _follow() -> None:
    if is_supported(NAME, "paddlepaddle", 2, 3):
        stand_around(sys.modules["paddle.hapi.model"].Model, "fit", _fit)


def _fit(original: Callable[..., Any], model: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if not applies(NAME) or not may_log(NAME) or _rank() != 0:
        return original(*args, **kwargs)
    trainings: list[_Training] = []

    def make() -> _Training:
        trainings.append(_Training(model, original, args, kwargs))
        return trainings[0]

    def fit(*args: Any, **kwargs: Any) -> Any:
        # Without a training, or a run, it goes on alone.
        added = trainings[0].part(trainings[0].callback) if trainings else None
        if added is None:
            return original(*args, **kwargs)
        given = inspect.signature(original).bind(*args, **kwargs).arguments
        return original(**{**given, "callbacks": [*_listed(given.get("callbacks")), added]})

    return watched(make, fit, args, kwargs)


def _rank() -> int:
    import paddle

    return int(paddle.distributed.get_rank())


def _listed(callbacks: Any) -> list[Any]:
    if callbacks is None:
        return []
    return list(callbacks) if isinstance(callbacks, list | tuple) else [callbacks]


class _Training(Training):
    """One call of ``fit``."""

    integration = NAME

    def __init__(self, model: Any, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        super().__init__()
        self._model = model
        given = inspect.signature(original).bind_partial(*args, **kwargs).arguments
        self._stops = [each for each in _listed(given.get("callbacks")) if type(each).__name__ == "EarlyStopping"]

    def before(self) -> None:
        params: dict[str, Any] = {}
        for stop in self._stops:
            params |= {name: getattr(stop, name) for name in _STOP_PARAMS if hasattr(stop, name)}
        self.part(lambda: self.log_params({**_of_optimizer(getattr(self._model, "_optimizer", None)), **params}))
        self.part(self._log_layers)

    def callback(self) -> Any:
        """What is called back while the model is trained."""
        every = self.option("log_every_n_epoch", 1) or 1
        return _kind()(lambda measured, epoch: self._log(measured, epoch) if epoch % every == 0 else None)

    def after(self, result: Any) -> None:
        for stop in self._stops:
            if getattr(stop, "stopped_epoch", 0):
                self.part(
                    lambda stop=stop: self._log({n: getattr(stop, n) for n in ("stopped_epoch", "best_value")}, 0)
                )
        if self.option("log_models", True):
            name = self.option("registered_model_name")
            self.part(lambda: log_model_of(NAME, self._model, registered_model_name=name))

    def _log(self, measured: Mapping[str, Any], step: int) -> None:
        found = {key: number for key, value in measured.items() if (number := _number(value)) is not None}
        if found:
            self.part(lambda: self.log_metrics(found, step=step))

    def _log_layers(self) -> None:
        text, client, run_id = _layers(self._model.network), self.client, self.run_id
        store_later(run_id, "The model's summary", lambda: client.log_text(run_id, text, "model_summary.txt"))


@cache
def _kind() -> Callable[[Callable[[Mapping[str, Any], int], None]], Any]:
    """A callback of PaddlePaddle's kind, which hands on what was measured and in which epoch."""
    base: Any = sys.modules["paddle.hapi.callbacks"].Callback

    class Watcher(base):
        def __init__(self, log: Callable[[Mapping[str, Any], int], None]) -> None:
            super().__init__()
            self._log = log
            self._epoch = 0

        def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
            self._epoch = epoch

        def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
            self._log(logs or {}, epoch)

        def on_eval_end(self, logs: Mapping[str, Any] | None = None) -> None:
            self._log({f"eval_{key}": value for key, value in (logs or {}).items()}, self._epoch)

    return Watcher


def _number(value: Any) -> float | None:
    """A measured number; losses come as lists of one, or as arrays of one."""
    items = sys.modules["numpy"].ravel(value)
    return float(items[0]) if items.size == 1 and items.dtype.kind in "fiub" else None


def _of_optimizer(optimizer: Any) -> dict[str, Any]:
    """Its name and the rate that it begins with; a scheduler by its name, for its text says nothing."""
    if optimizer is None:
        return {}
    rate = getattr(optimizer, "_learning_rate", None)
    found = {"optimizer_name": type(optimizer).__name__, "learning_rate": optimizer.get_lr()}
    return found if isinstance(rate, numbers.Real) else {**found, "learning_rate_scheduler": type(rate).__name__}


def _layers(network: Any) -> str:
    """The layers by name, kind and number of parameters. Nothing is computed for it: that would change averages and
    random numbers of the training."""

    def count(parameters: list[Any]) -> int:
        return sum(int(each.size) for each in parameters)

    rows = [("layer", "kind", "parameters")]
    for name, layer in network.named_sublayers(include_self=True):
        own = count(layer.parameters(include_sublayers=False))
        rows.append((name or "-", type(layer).__name__, f"{own:,}"))
    widths = [max(len(row[place]) for row in rows) for place in range(3)]
    lines = [f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}" for a, b, c in rows]
    everything = list(network.parameters())
    trained = [each for each in everything if not each.stop_gradient]
    return "\n".join([*lines, "", f"total_params: {count(everything):,}", f"trainable_params: {count(trained):,}", ""])
