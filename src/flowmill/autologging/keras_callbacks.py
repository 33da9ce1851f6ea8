"""Callbacks of Keras that log a training: for ``fit(callbacks=[…])``, and what ``autolog`` adds of itself."""

# The library is the user's: who checks types need not have it.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false, reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flowmill import session
from flowmill.api import log_metrics
from flowmill.autologging.checkpoints import Checkpoints
from flowmill.autologging.patching import safely
from flowmill.autologging.training import shown
from flowmill.background import store_later
from flowmill.entities.run import Param
from flowmill.errors import Invalid

if TYPE_CHECKING:
    Callback = object
else:
    try:
        from keras.callbacks import Callback
    except ImportError:  # the name is there; making one says what is missing
        Callback = object

PREFIXES = {"keras": "optimizer_", "tensorflow": "opt_"}
"""Of the optimizer's settings, as MLflow's two integrations name them."""


class _Watcher(Callback):
    """Logs to one run; a failure is said once and does not disturb the training."""

    if TYPE_CHECKING:
        model: Any

    def __init__(self) -> None:
        if Callback is object:
            raise Invalid(f"{type(self).__name__} needs Keras 3: pip install keras.")
        super().__init__()
        self._integration = "keras"
        self._run_id: str | None = None

    def watch(self, integration: str, run_id: str) -> None:
        """Log as this integration, to this run."""
        self._integration = integration
        self._run_id = run_id

    def _run(self) -> str:
        """The run: the one that is open, opened if there is none, when the training begins."""
        if self._run_id is None:
            run = session.active_run() or session.start_run()
            self._run_id = run.info.run_id
        return self._run_id


class MlflowCallback(_Watcher):
    """Logs the optimizer's settings, the model's summary and metrics of each epoch, or of every n-th step.

    ``validation_…`` is what each measuring on validation data gave. ``model_id``: the logged model that is measured.
    """

    def __init__(
        self, log_every_epoch: bool = True, log_every_n_steps: int | None = None, model_id: str | None = None
    ) -> None:
        super().__init__()
        if log_every_n_steps is not None and log_every_n_steps < 1:
            raise Invalid(f"log_every_n_steps is {log_every_n_steps}: expected a number from 1 on, or None.")
        self._every_epoch = log_every_epoch
        self._every = log_every_n_steps
        self._model_id = model_id
        self._epoch = 0
        self._step = 0

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Log the optimizer's settings and the model's summary."""
        run_id = self._run()
        safely(self._integration, lambda: self._log_optimizer(run_id))
        safely(self._integration, lambda: self._log_summary(run_id))

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Note the number of the epoch."""
        self._epoch = epoch

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Log what the epoch measured."""
        if self._every_epoch:
            self._log(logs, epoch)

    def on_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Log what was measured so far, at every n-th step."""
        self._step += 1
        if self._every and self._step % self._every == 0:
            self._log(logs, self._step)

    def on_test_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Log what was measured on validation data."""
        named = {f"validation_{key}": value for key, value in (logs or {}).items()}
        self._log(named, self._epoch if self._every_epoch else self._step)

    def _log(self, logs: Mapping[str, Any] | None, step: int) -> None:
        if logs:
            measured = {key: float(value) for key, value in logs.items()}
            run_id = self._run()
            safely(self._integration, lambda: log_metrics(measured, step=step, run_id=run_id, model_id=self._model_id))

    def _log_optimizer(self, run_id: str) -> None:
        optimizer: Any = getattr(self.model, "optimizer", None)
        prefix = PREFIXES[self._integration]
        settings = optimizer.get_config() if optimizer is not None else {}
        if settings:
            params = [Param(prefix + key, shown(value)) for key, value in settings.items()]
            session.tracking_client().log_batch(run_id, params=params)

    def _log_summary(self, run_id: str) -> None:
        lines: list[str] = []

        def note(line: str, line_break: bool = False) -> None:
            lines.append(line)

        self.model.summary(print_fn=note)
        client = session.tracking_client()
        store_later(
            run_id, "The model's summary", lambda: client.log_text(run_id, "\n".join(lines), "model_summary.txt")
        )


class MlflowModelCheckpointCallback(_Watcher):
    """Keeps the model of an epoch, or of every n-th step, as artifacts of the run.

    ``save_best_only``: the one for which ``monitor`` is best (``mode``: min or max), as ``latest_checkpoint``; else
    each in a folder of its own. ``save_weights_only``: no layers, which the code makes. ``save_freq``: ``epoch`` or a
    number of steps. They are stored while the training goes on.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        mode: str = "min",
        save_best_only: bool = True,
        save_weights_only: bool = False,
        save_freq: str | int = "epoch",
    ) -> None:
        super().__init__()
        self._checkpoints = Checkpoints(monitor, mode, save_best_only, save_weights_only, save_freq, ".h5")
        self._epoch = 0
        self._step = 0

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Note the number of the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Keep the model of every n-th step."""
        self._step += 1
        if self._checkpoints.after_step(self._step):
            self.check_and_save_checkpoint_if_needed(self._epoch, self._step, logs or {})

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Keep the model of the epoch."""
        if self._checkpoints.each_epoch:
            self.check_and_save_checkpoint_if_needed(epoch, self._step, logs or {})

    def check_and_save_checkpoint_if_needed(
        self, current_epoch: int, global_step: int, metric_dict: Mapping[str, Any]
    ) -> None:
        """Keep the model if it is the best so far, or all are kept."""
        measured = {key: float(value) for key, value in metric_dict.items()}
        if self._checkpoints.wants(measured):
            run_id = self._run()
            safely(
                self._integration,
                lambda: self._checkpoints.keep(run_id, current_epoch, global_step, measured, self.save_checkpoint),
            )

    def save_checkpoint(self, filepath: str) -> None:
        """Write the model, or its weights, to a local file."""
        if self._checkpoints.weights_only:
            self.model.save_weights(filepath)
        else:
            self.model.save(filepath)
