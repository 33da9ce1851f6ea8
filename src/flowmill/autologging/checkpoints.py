"""Checkpoints of a training as artifacts of its run, stored while it goes on, under the names that MLflow has."""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flowmill import session
from flowmill.background import store_later
from flowmill.errors import Invalid

FOLDER = "checkpoints"
TAG = "mlflow.latest_checkpoint_artifact"

_storing = threading.Lock()
"""One at a time, so that the one that was saved last stays. The process's: what holds `Checkpoints` may be pickled."""


class Checkpoints:
    """Which models of a training are kept, and under which names.

    ``save_best_only``: the one for which ``monitor`` is best (``mode``: min or max), as ``latest_checkpoint``; else
    each in a folder of its own. ``save_weights_only``: no layers, which the code makes. ``save_freq``: ``epoch`` or a
    number of steps.
    """

    def __init__(
        self, monitor: str, mode: str, save_best_only: bool, save_weights_only: bool, save_freq: str | int, ending: str
    ) -> None:
        if mode not in ("min", "max"):
            raise Invalid(f"mode is {mode!r}: expected 'min' or 'max'.")
        if save_freq != "epoch" and not (isinstance(save_freq, int) and save_freq > 0):
            raise Invalid(f"save_freq is {save_freq!r}: expected 'epoch' or a number of steps.")
        self._monitor, self._sign = monitor, 1 if mode == "min" else -1
        self._best_only, self.weights_only = save_best_only, save_weights_only
        self._every = save_freq if isinstance(save_freq, int) else None
        self._ending = f".weights{ending}" if save_weights_only else ending
        self._best: float | None = None
        self._saved = 0
        self._stored = 0

    @property
    def each_epoch(self) -> bool:
        """Whether the end of an epoch is when one may be kept."""
        return self._every is None

    def after_step(self, step: int) -> bool:
        """Whether the end of the ``step``-th step is when one may be kept."""
        return self._every is not None and step % self._every == 0

    def wants(self, measured: Mapping[str, float]) -> bool:
        """Whether the model that measures this is to be kept."""
        if not self._best_only:
            return True
        if self._monitor not in measured:
            return False
        value = self._sign * measured[self._monitor]
        if self._best is not None and not value < self._best:
            return False
        self._best = value
        return True

    def keep(
        self, run_id: str, epoch: int, step: int, measured: Mapping[str, float], write: Callable[[str], None]
    ) -> None:
        """Have ``write`` write the model to a file, and store that soon."""
        below = f"epoch_{epoch}" if self.each_epoch else f"global_step_{step}"
        prefix = "latest_checkpoint" if self._best_only else f"{below}/checkpoint"
        folder = Path(tempfile.mkdtemp())
        try:
            file = folder / f"{prefix}{self._ending}"
            file.parent.mkdir(exist_ok=True)
            write(str(file))
            facts: dict[str, Any] = {**measured, "epoch": epoch, "global_step": step}
            (folder / f"{prefix}_metrics.json").write_text(json.dumps(facts), encoding="utf-8")
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._saved += 1
        number, name = self._saved, file.relative_to(folder).as_posix()
        store_later(run_id, f"The checkpoint {name}", lambda: self._store(run_id, folder, name, number))

    def _store(self, run_id: str, folder: Path, name: str, number: int) -> None:
        try:
            with _storing:
                if number < self._stored and self._best_only:
                    return
                client = session.tracking_client()
                client.log_artifacts(run_id, str(folder), FOLDER)
                if number > self._stored:
                    self._stored = number
                    client.set_tag(run_id, TAG, f"{FOLDER}/{name}")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
