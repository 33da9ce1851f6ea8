"""Trainings of Keras models, whichever of ``mlflow.keras.autolog()`` and ``mlflow.tensorflow.autolog()`` logs them.

What the two log differs by a prefix, the flavor and checkpoints; see `flowmill.autologging.keras` and ``tensorflow``.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from flowmill.autologging.arrival import on_import
from flowmill.autologging.configuration import configure, is_on, is_supported, was_named
from flowmill.autologging.data import dataset_of, example_of
from flowmill.autologging.flavors import log_model_of
from flowmill.autologging.patching import applies, stand_around
from flowmill.autologging.training import Training, may_log, watched
from flowmill.data.dataset import Dataset

if TYPE_CHECKING:
    from flowmill.autologging.keras_callbacks import MlflowCallback

KERAS, TENSORFLOW = "keras", "tensorflow"
_UNLOGGED = frozenset("x y verbose callbacks validation_data".split())
_STOP_PARAMS = ("monitor", "min_delta", "patience", "baseline", "restore_best_weights")
_STOP = "keras.src.callbacks.early_stopping"


def turn_on(integration: str, options: Mapping[str, Any], by_name: bool = True) -> None:
    """Note the options of an ``autolog``, and look at Keras once it is there."""
    configure(integration, options, by_name)
    if not options.get("disable"):
        on_import("keras", _follow)


def _follow() -> None:
    if is_supported(_integration() or KERAS, "keras", 3, 3):
        for kind in sys.modules["keras"].Model.__mro__:  # the trainer of the backend defines it
            stand_around(kind, "fit", _fit)


def _integration() -> str | None:
    """Which of the two logs: the one that was called by its name, else TensorFlow's, as with MLflow."""
    on = [each for each in (TENSORFLOW, KERAS) if is_on(each)]
    return next((each for each in on if was_named(each)), on[0] if on else None)


def _fit(original: Callable[..., Any], model: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    integration = _integration()
    if integration is None or not applies(integration) or not may_log(integration):
        return original(*args, **kwargs)
    trainings: list[_KerasTraining] = []

    def make() -> _KerasTraining:
        trainings.append(_KerasTraining(integration, model, original, args, kwargs))
        return trainings[0]

    def fit(*args: Any, **kwargs: Any) -> Any:
        # Without a training, or a run, it goes on alone.
        added = trainings[0].part(trainings[0].callbacks) if trainings else None
        if not added:
            return original(*args, **kwargs)
        given = inspect.signature(original).bind(*args, **kwargs).arguments
        return original(**{**given, "callbacks": _with(given.get("callbacks"), added)})

    return watched(make, fit, args, kwargs)


def _with(given: Any, added: list[Any]) -> Any:
    if given is None:
        return added
    if hasattr(given, "append") and not isinstance(given, list):  # a CallbackList, which knows its model already
        for each in added:
            given.append(each)
        return given
    return [*(given if isinstance(given, list | tuple) else [given]), *added]


class _KerasTraining(Training):
    """One call of ``fit``."""

    def __init__(
        self, integration: str, model: Any, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self.integration = integration
        super().__init__()
        self._model = model
        bound = inspect.signature(original).bind_partial(*args, **kwargs)
        bound.apply_defaults()
        self._given = dict(bound.arguments)
        self._watcher: MlflowCallback | None = None

    def before(self) -> None:
        given = {name: value for name, value in self._given.items() if name not in _UNLOGGED}
        params = {name: value for name, value in given.items() if not hasattr(value, "ndim")}  # no weights of samples
        for stop in self._stops():
            params |= {name: getattr(stop, name) for name in _STOP_PARAMS if hasattr(stop, name)}
        self.part(lambda: self.log_params(params))
        if self.option("log_datasets", True):
            self.part(lambda: self._note(self._given.get("x"), self._given.get("y"), "train"))
            measured = self._given.get("validation_data")
            if measured is not None:
                x, y = (measured[0], measured[1]) if isinstance(measured, tuple | list) else (measured, None)
                self.part(lambda: self._note(x, y, "eval"))

    def callbacks(self) -> list[Any]:
        """What is called back while the model is trained."""
        from flowmill.autologging.keras_callbacks import MlflowCallback, MlflowModelCheckpointCallback

        every_epoch, every = self.option("log_every_epoch", True), self.option("log_every_n_steps")
        self._watcher = MlflowCallback(every_epoch, every)
        self._watcher.watch(self.integration, self.run_id)
        found: list[Any] = [self._watcher]
        if self.integration == TENSORFLOW and self.option("checkpoint", True):
            checkpoints = MlflowModelCheckpointCallback(
                monitor=self.option("checkpoint_monitor", "val_loss"),
                mode=self.option("checkpoint_mode", "min"),
                save_best_only=self.option("checkpoint_save_best_only", True),
                save_weights_only=self.option("checkpoint_save_weights_only", False),
                save_freq=self.option("checkpoint_save_freq", "epoch"),
            )
            checkpoints.watch(self.integration, self.run_id)
            found.append(checkpoints)
        return found

    def after(self, result: Any) -> None:
        for stop in self._stops():
            self.part(lambda stop=stop: self._note_stop(stop, result.history))
        if self.option("log_models", True):
            self.part(self._log_model)

    def _stops(self) -> list[Any]:
        """Callbacks of the user's that may end the training early."""
        given = self._given.get("callbacks") or []
        all_ = getattr(given, "callbacks", given)
        return [each for each in (all_ if isinstance(all_, list | tuple) else [all_]) if _is_stop(each)]

    def _note_stop(self, stop: Any, history: Mapping[str, list[float]]) -> None:
        """Where the training ended early; what was measured at the epoch that was restored, as one epoch more."""
        if not stop.stopped_epoch:
            return
        restored = stop.stopped_epoch - max(1, stop.patience)
        self.log_metrics({"stopped_epoch": stop.stopped_epoch, "restored_epoch": restored})
        if stop.restore_best_weights:
            # The history begins with the epoch that the training began with.
            first = stop.stopped_epoch + 1 - len(next(iter(history.values()), []))
            measured = {key: float(values[restored - first]) for key, values in history.items()}
            self.log_metrics(measured, step=stop.stopped_epoch + 1)

    def _note(self, features: Any, targets: Any, context: str) -> None:
        dataset = _dataset_of(features, targets)
        if dataset is not None:
            self.log_dataset(dataset, context)

    def _log_model(self) -> None:
        example: Any = None
        signature: Any = False
        wants_example = self.option("log_input_examples", False)
        if wants_example or self.option("log_model_signatures", True):
            example = self.part(lambda: _example_of(self._given.get("x")))
        if example is not None and self.option("log_model_signatures", True):
            from flowmill.models.signature import infer_signature

            answer: Any = self.part(lambda: self._model.predict(example, verbose=0))
            signature = self.part(lambda: infer_signature(example, answer)) or False
        saving = self.option("keras_model_kwargs" if self.integration == TENSORFLOW else "save_model_kwargs")
        log_model_of(
            self.integration,
            self._model,
            signature=signature,
            input_example=example if wants_example else None,
            registered_model_name=self.option("registered_model_name"),
            **({} if not saving else {f"{'keras' if self.integration == TENSORFLOW else 'save'}_model_kwargs": saving}),
        )


def _is_stop(callback: Any) -> bool:
    module = sys.modules.get(_STOP)
    return module is not None and isinstance(callback, module.EarlyStopping)


def _dataset_of(features: Any, targets: Any) -> Dataset | None:
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is not None and (isinstance(features, tensorflow.data.Dataset) or tensorflow.is_tensor(features)):
        from flowmill.context import context_tags
        from flowmill.data import from_tensorflow
        from flowmill.data.code_dataset_source import CodeDatasetSource

        fits = targets is None or tensorflow.is_tensor(targets) == tensorflow.is_tensor(features)
        return from_tensorflow(
            features, source=CodeDatasetSource(context_tags()), targets=targets if fits else None, name="dataset"
        )
    return dataset_of(features, targets)


def _example_of(features: Any) -> Any:
    """The first rows, of a stream those of its first batch; a generator is left alone, for it would lose them."""
    if isinstance(features, Mapping):
        return {name: example_of(value) for name, value in features.items()}
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is not None and isinstance(features, tensorflow.data.Dataset):
        batch: Any = next(iter(features.take(1)))
        return _example_of(batch[0] if isinstance(batch, tuple) else batch)
    return example_of(features.numpy() if hasattr(features, "numpy") else features)
