"""What Lightning calls while it trains. It can be pickled: some strategies train in processes that they start."""

# The library is the user's: who checks types need not have it.
# pyright: reportMissingImports=false

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from flowmill import session
from flowmill.api import log_metrics
from flowmill.autologging.checkpoints import Checkpoints
from flowmill.autologging.data import EXAMPLE_ROWS
from flowmill.autologging.patching import safely
from flowmill.autologging.training import shown
from flowmill.background import store_later
from flowmill.entities.run import Param, RunTag

_NAME = "pytorch"


@dataclass
class Watch:
    """What is logged of a training, to which run; to none by ranks that only take part."""

    run_id: str
    every_epoch: int = 1
    every_step: int | None = None
    checkpoints: Checkpoints | None = None
    wants_rows: bool = False


def watch(trainer: Any, what: Watch) -> Watcher:
    """Have a trainer call back; what watched a training of it before is told no more."""
    # Lightning exists under two names, each with callbacks of its own.
    own = any(kind.__module__.startswith("pytorch_lightning.") for kind in type(trainer).__mro__)
    watcher = _kind("pytorch_lightning" if own else "lightning.pytorch")(what)
    others = [each for each in trainer.callbacks if not isinstance(each, Watcher)]
    trainer.callbacks[:] = [watcher, *others]
    return watcher


@cache
def _kind(package: str) -> Callable[[Watch], Watcher]:
    base: Any = importlib.import_module(package).Callback
    return type("Watcher", (Watcher, base), {"_package": package})


def _restored(package: str, state: dict[str, Any]) -> Watcher:
    watcher = Watcher.__new__(_kind(package))  # pyright: ignore[reportArgumentType]
    vars(watcher).update(state)
    return watcher


class Watcher:
    """Logs one training to one run, from the first of its ranks; a failure is said once and disturbs nobody."""

    _package = ""

    def __init__(self, what: Watch) -> None:
        self._what = what
        self._of_steps: set[str] = set()
        self._seen_step = 0
        self.first_rows: Any = None
        """The first rows that the model was trained on, if they are one tensor."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self._package, dict(vars(self)))

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Log the optimizer and the summary."""
        if trainer.is_global_zero:
            safely(_NAME, lambda: self._log_optimizers(trainer))
            safely(_NAME, lambda: self._log_summary(pl_module))

    def on_train_batch_start(self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int) -> None:
        """Hold a few rows for the model's signature."""
        if self._what.wants_rows:
            self._what.wants_rows = False
            rows: Any = batch[0] if isinstance(batch, list | tuple) and batch else batch
            if hasattr(rows, "detach"):
                self.first_rows = rows[:EXAMPLE_ROWS].detach().clone()

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Log metrics of every n-th step, and keep its model."""
        step = trainer.global_step
        if step == self._seen_step:  # a step may be of several batches
            return
        self._seen_step = step
        if self._what.every_step and step % self._what.every_step == 0:
            safely(_NAME, lambda: self._log_step(trainer, step - 1))
        if self._what.checkpoints and self._what.checkpoints.after_step(step):
            safely(_NAME, lambda: self._keep(trainer))

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Log metrics of every n-th epoch, and keep its model."""
        epoch, measured = trainer.current_epoch, _numbers(trainer)  # which may ask the other ranks: all of them do
        if (epoch + 1) % self._what.every_epoch == 0 and trainer.is_global_zero:
            self._log({key: value for key, value in measured.items() if key not in self._of_steps}, epoch)
        if self._what.checkpoints and self._what.checkpoints.each_epoch:
            safely(_NAME, lambda: self._keep(trainer))

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Say that the run has a training."""
        if trainer.is_global_zero:
            self._tag("training")

    def on_test_end(self, trainer: Any, pl_module: Any) -> None:
        """Log what a test measured."""
        measured = _numbers(trainer)
        if trainer.is_global_zero:
            self._log(measured, 0)
            self._tag("testing")

    def _tag(self, mode: str) -> None:
        safely(_NAME, lambda: session.tracking_client().log_batch(self._what.run_id, tags=[RunTag("Mode", mode)]))

    def _log(self, measured: Mapping[str, float], step: int) -> None:
        if measured:
            safely(_NAME, lambda: log_metrics(measured, step=step, run_id=self._what.run_id))

    def _log_step(self, trainer: Any, step: int) -> None:
        # Lightning shows what a step logged to its loggers alone; ``_results`` is where they get it from.
        results = trainer._results
        found = results.metrics(on_step=True)["log"] if results is not None else {}
        measured = {key: float(value) for key, value in found.items()}
        self._of_steps |= measured.keys()
        if trainer.is_global_zero:
            self._log(measured, step)

    def _keep(self, trainer: Any) -> None:
        kept, measured = self._what.checkpoints, _numbers(trainer)
        if kept and kept.wants(measured):
            step = trainer.global_step
            write = partial(trainer.save_checkpoint, weights_only=kept.weights_only)
            kept.keep(self._what.run_id, trainer.current_epoch, step, measured, write)

    def _log_optimizers(self, trainer: Any) -> None:
        params: dict[str, Any] = {}
        for number, optimizer in enumerate(trainer.optimizers):
            prefix = f"optimizer_{number}_" if number else ""
            name = "name" if number else "optimizer_name"
            found = {name: type(optimizer).__name__, **getattr(optimizer, "defaults", {})}
            params |= {prefix + key: value for key, value in found.items()}
        if params:
            pairs = [Param(key, shown(value)) for key, value in params.items()]
            session.tracking_client().log_batch(self._what.run_id, params=pairs)

    def _log_summary(self, module: Any) -> None:
        summary = str(
            importlib.import_module(f"{self._package}.utilities.model_summary").ModelSummary(module, max_depth=-1)
        )
        client, run_id = session.tracking_client(), self._what.run_id
        store_later(run_id, "The model's summary", lambda: client.log_text(run_id, summary, "model_summary.txt"))


def _numbers(trainer: Any) -> dict[str, float]:
    """What was measured last, by the names of the module's."""
    return {key: float(value) for key, value in trainer.callback_metrics.items()}
