"""PyTorch by Lightning, under either of its names: ``Trainer.fit`` logs what ``mlflow.pytorch`` logs of it."""

# The library is the user's: who checks types need not have it.
# pyright: reportMissingImports=false

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from flowmill.autologging.arrival import on_import
from flowmill.autologging.checkpoints import Checkpoints
from flowmill.autologging.configuration import configure, is_supported
from flowmill.autologging.flavors import log_model_of
from flowmill.autologging.lightning_callback import Watch, Watcher, watch
from flowmill.autologging.patching import applies, safely, stand_around
from flowmill.autologging.training import Training, may_log, watched
from flowmill.notices import say_once

NAME = "pytorch"
_PACKAGES = ("lightning.pytorch", "pytorch_lightning")


def autolog(
    log_every_n_epoch: int = 1,
    log_every_n_step: int | None = None,
    log_models: bool = True,
    log_datasets: bool = True,
    disable: bool = False,
    exclusive: bool = False,
    disable_for_unsupported_versions: bool = False,
    silent: bool = False,
    registered_model_name: str | None = None,
    extra_tags: Mapping[str, str] | None = None,
    checkpoint: bool = True,
    checkpoint_monitor: str = "val_loss",
    checkpoint_mode: str = "min",
    checkpoint_save_best_only: bool = True,
    checkpoint_save_weights_only: bool = False,
    checkpoint_save_freq: str | int = "epoch",
    log_model_signatures: bool = True,
) -> None:
    """Let trainings by Lightning's ``Trainer`` log themselves from now on: the optimizer, what the module logs with
    ``self.log``, the summary, checkpoints and the model; a later ``Trainer.test`` adds to the same run.

    ``log_every_n_epoch``: metrics of every so many epochs. ``log_every_n_step``: those of steps at every so many steps
    rather than at ends of epochs. ``checkpoint…``: which models are kept while it trains, see
    `flowmill.tensorflow.MlflowModelCheckpointCallback`. ``log_datasets``: Lightning's loaders are not known as data.
    The other arguments are those of `flowmill.sklearn.autolog`. Of many ranks the first one logs.
    """
    turn_on(dict(locals()))


def turn_on(options: Mapping[str, Any], by_name: bool = True) -> None:
    """Note the options of `autolog`, and look at Lightning once it is there."""
    configure(NAME, options, by_name)
    if not options.get("disable"):
        for package in _PACKAGES:
            on_import(package, lambda package=package: _follow(package))


def _follow(package: str) -> None:
    distribution = "lightning" if package == "lightning.pytorch" else "pytorch-lightning"
    if is_supported(NAME, distribution, 2, 2):
        stand_around(sys.modules[package].Trainer, "fit", _fit)


def _fit(original: Callable[..., Any], trainer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if not applies(NAME) or not may_log(NAME):
        return original(*args, **kwargs)
    if trainer.global_rank != 0:  # part of the training of the first rank, and does what that one does with others
        safely(NAME, lambda: watch(trainer, Watch("")))
        return original(*args, **kwargs)
    model: Any = args[0] if args else kwargs.get("model")
    trainings: list[_Training] = []

    def make() -> _Training:
        trainings.append(_Training(trainer, model))
        return trainings[0]

    def fit(*args: Any, **kwargs: Any) -> Any:
        if trainings:
            trainings[0].part(trainings[0].add_watcher)
        return original(*args, **kwargs)

    return watched(make, fit, args, kwargs)


class _Training(Training):
    """One call of ``Trainer.fit``."""

    integration = NAME

    def __init__(self, trainer: Any, model: Any) -> None:
        super().__init__()
        self._trainer = trainer
        self._model = model
        self._watcher: Watcher | None = None

    def before(self) -> None:
        params: dict[str, Any] = {} if self._trainer.max_epochs is None else {"epochs": self._trainer.max_epochs}
        for stop in self._stops():
            names = ("monitor", "mode", "patience", "min_delta", "stopping_threshold")
            params |= {name: getattr(stop, name) for name in names if hasattr(stop, name)}
        self.part(lambda: self.log_params(params))

    def add_watcher(self) -> None:
        """Have the trainer call back."""
        alone = self._trainer.world_size == 1
        if not alone and self.option("checkpoint", True):
            # Writing one waits for all ranks, and nobody knows whether all of them log themselves.
            say_once("Checkpoints of a training on several devices are not logged: use Lightning's ModelCheckpoint.")
        checkpoints = (
            Checkpoints(
                self.option("checkpoint_monitor", "val_loss"),
                self.option("checkpoint_mode", "min"),
                self.option("checkpoint_save_best_only", True),
                self.option("checkpoint_save_weights_only", False),
                self.option("checkpoint_save_freq", "epoch"),
                ".pth",
            )
            if alone and self.option("checkpoint", True)
            else None
        )
        wants_rows = self.option("log_models", True) and self.option("log_model_signatures", True)
        every_epoch, every_step = self.option("log_every_n_epoch", 1) or 1, self.option("log_every_n_step")
        what = Watch(self.run_id, every_epoch, every_step, checkpoints, bool(wants_rows))
        self._watcher = watch(self._trainer, what)

    def after(self, result: Any) -> None:
        for stop in self._stops():
            if getattr(stop, "stopped_epoch", 0):
                self.part(lambda stop=stop: self.log_metrics({"stopped_epoch": stop.stopped_epoch}))
        if self.option("log_models", True):
            self.part(self._log_model)

    def _stops(self) -> list[Any]:
        return [each for each in self._trainer.callbacks if type(each).__name__ == "EarlyStopping"]

    def _log_model(self) -> None:
        rows = self._watcher.first_rows if self._watcher else None
        signature: Any = False
        if rows is not None:
            signature = self.part(lambda: self._signature(rows)) or False
        log_model_of(NAME, self._model, signature=signature, registered_model_name=self.option("registered_model_name"))

    def _signature(self, rows: Any) -> Any:
        import torch

        from flowmill.models.signature import infer_signature

        was_training = self._model.training
        self._model.eval()
        try:
            with torch.no_grad():
                answer = self._model(rows.to(next(self._model.parameters()).device))
        finally:
            self._model.train(was_training)
        return infer_signature(rows.cpu().numpy(), answer.cpu().numpy())
