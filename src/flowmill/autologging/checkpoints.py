"""Checkpoints of a training as artifacts of its run, stored while it goes on, under the names that MLflow has."""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flowmill import session
from flowmill.artifacts import ArtifactStore
from flowmill.background import store_later
from flowmill.entities.artifact import FileInfo
from flowmill.errors import Invalid, NotFound

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


@contextmanager
def fetched(run_id: str | None, epoch: int | None, global_step: int | None) -> Generator[Path]:
    """A local file with a checkpoint of a run, the open one if none is named, until the end of the block.

    That of ``epoch``, or of ``global_step``, where each was kept; without either the one that was kept last. NotFound
    names those that there are.
    """
    if epoch is not None and global_step is not None:
        raise Invalid(f"Give either epoch ({epoch}) or global_step ({global_step}) to load_checkpoint(), not both.")
    client = session.tracking_client()
    active = session.active_run()
    if run_id is None and active is None:
        raise Invalid("load_checkpoint() needs a run_id, as no run is open.")
    run = client.get_run(run_id or (active.info.run_id if active else ""))
    store = client.open_artifacts(run.info.artifact_uri)
    if epoch is None and global_step is None:
        path = run.data.tags.get(TAG)
        if path is None:
            raise NotFound(f"Run {run.info.run_id} has no checkpoint: its training did not keep any.")
    else:
        kept = [file.path for file in _files_below(store, FOLDER) if not file.path.endswith("_metrics.json")]
        folder = f"epoch_{epoch}" if epoch is not None else f"global_step_{global_step}"
        path = next((each for each in kept if each.startswith(f"{FOLDER}/{folder}/")), None)
        if path is None:
            known = ", ".join(each.removeprefix(f"{FOLDER}/") for each in kept) or "none"
            raise NotFound(f"Run {run.info.run_id} has no checkpoint {folder}; it has {known}.")
    with tempfile.TemporaryDirectory(prefix="flowmill-") as local:
        file = Path(local) / Path(path).name
        store.get(path, file)
        yield file


def _files_below(store: ArtifactStore, folder: str) -> Iterator[FileInfo]:
    for file in store.list(folder):
        yield from _files_below(store, file.path) if file.is_dir else (file,)
