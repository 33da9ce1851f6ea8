"""Callbacks of Keras that log a training: for ``fit(callbacks=[…])``, and what ``autolog`` adds of itself."""

# The library is the user's: who checks types need not have it.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false, reportUnknownMemberType=false

from __future__ import annotations

import json
import shutil
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flowmill import session
from flowmill.api import log_metrics
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
CHECKPOINT_TAG = "mlflow.latest_checkpoint_artifact"
FOLDER = "checkpoints"


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
        if mode not in ("min", "max"):
            raise Invalid(f"mode is {mode!r}: expected 'min' or 'max'.")
        if save_freq != "epoch" and not (isinstance(save_freq, int) and save_freq > 0):
            raise Invalid(f"save_freq is {save_freq!r}: expected 'epoch' or a number of steps.")
        self._monitor, self._sign = monitor, 1 if mode == "min" else -1
        self._best_only, self._weights_only, self._every = save_best_only, save_weights_only, save_freq
        self._best: float | None = None
        self._epoch = 0
        self._step = 0
        self._saved = 0
        self._stored = 0
        self._lock = threading.Lock()

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Note the number of the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Keep the model of every n-th step."""
        self._step += 1
        if isinstance(self._every, int) and self._step % self._every == 0:
            self.check_and_save_checkpoint_if_needed(self._epoch, self._step, logs or {})

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Keep the model of the epoch."""
        if self._every == "epoch":
            self.check_and_save_checkpoint_if_needed(epoch, self._step, logs or {})

    def check_and_save_checkpoint_if_needed(
        self, current_epoch: int, global_step: int, metric_dict: Mapping[str, Any]
    ) -> None:
        """Keep the model if it is the best so far, or all are kept."""
        measured = {key: float(value) for key, value in metric_dict.items()}
        if self._best_only:
            if self._monitor not in measured:
                return
            value = self._sign * measured[self._monitor]
            if self._best is not None and not value < self._best:
                return
            self._best = value
        run_id = self._run()
        safely(self._integration, lambda: self._keep(run_id, current_epoch, global_step, measured))

    def save_checkpoint(self, filepath: str) -> None:
        """Write the model, or its weights, to a local file."""
        if self._weights_only:
            self.model.save_weights(filepath)
        else:
            self.model.save(filepath)

    def _keep(self, run_id: str, epoch: int, step: int, measured: dict[str, float]) -> None:
        below = f"epoch_{epoch}" if self._every == "epoch" else f"global_step_{step}"
        prefix = "latest_checkpoint" if self._best_only else f"{below}/checkpoint"
        folder = Path(tempfile.mkdtemp())
        try:
            file = folder / f"{prefix}{'.weights.h5' if self._weights_only else '.h5'}"
            file.parent.mkdir(exist_ok=True)
            self.save_checkpoint(str(file))
            facts = {**measured, "epoch": epoch, "global_step": step}
            (folder / f"{prefix}_metrics.json").write_text(json.dumps(facts), encoding="utf-8")
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._saved += 1
        number, name = self._saved, file.relative_to(folder).as_posix()
        store_later(run_id, f"The checkpoint {name}", lambda: self._store(run_id, folder, name, number))

    def _store(self, run_id: str, folder: Path, name: str, number: int) -> None:
        try:
            with self._lock:  # what was saved last stays
                if number < self._stored and self._best_only:
                    return
                client = session.tracking_client()
                client.log_artifacts(run_id, str(folder), FOLDER)
                if number > self._stored:
                    self._stored = number
                    client.set_tag(run_id, CHECKPOINT_TAG, f"{FOLDER}/{name}")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
