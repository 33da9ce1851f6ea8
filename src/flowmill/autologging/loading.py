"""Checkpoints that trainings of Lightning and Keras have kept, as models again."""

# The libraries are the user's: who checks types need not have them.
# pyright: reportMissingImports=false

from __future__ import annotations

import inspect
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowmill.autologging.checkpoints import fetched
from flowmill.errors import Denied, Invalid
from flowmill.models.flavor import first_line
from flowmill.models.flavors.keras import holds_python
from flowmill.models.seal import ALLOW_VARIABLE
from flowmill.settings import Settings


def load_lightning_checkpoint(
    model_class: Any,
    run_id: str | None = None,
    epoch: int | None = None,
    global_step: int | None = None,
    kwargs: Mapping[str, Any] | None = None,
) -> Any:
    """A module of Lightning as it was at a checkpoint that autologging kept, an instance of ``model_class``.

    That of ``epoch``, or of ``global_step``, where each was kept; without either the one that was kept last.
    ``run_id``: the open run if it is not given. ``kwargs``: for ``model_class.load_from_checkpoint``.
    Denied if there is more in it than weights and plain values, as loading it would run what it holds.
    """
    load = getattr(model_class, "load_from_checkpoint", None)
    if load is None:
        raise Invalid(f"model_class is {model_class!r}: expected a class that derives from LightningModule.")
    options = dict(kwargs or {})
    with fetched(run_id, epoch, global_step) as file:
        if not Settings.from_environment().allow_pickle:
            if not _is_plain(file):
                raise _denied(file, "objects beside weights and plain values")
            if "weights_only" in inspect.signature(load).parameters:
                options["weights_only"] = True
        return load(str(file), **options)


def _is_plain(file: Path) -> bool:
    """Whether PyTorch loads it without running anything."""
    import torch

    try:
        torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        return False
    return True


def load_keras_checkpoint(
    model: Any = None, run_id: str | None = None, epoch: int | None = None, global_step: int | None = None
) -> Any:
    """A Keras model as it was at a checkpoint that was kept; which one, as `load_lightning_checkpoint` has it.

    ``model``: one of the same layers, which gets the weights; needed where only those were kept.
    Denied if there is Python in it (a Lambda layer).
    """
    with fetched(run_id, epoch, global_step) as file:
        if ".weights." in file.name:
            if model is None:
                raise Invalid(
                    f"The checkpoint {file.name} holds weights alone: give load_checkpoint() a model for them."
                )
            model.load_weights(str(file))
            return model
        import keras

        if not Settings.from_environment().allow_pickle and _has_python(file):
            raise _denied(file, "Python code (a Lambda layer)")
        return keras.models.load_model(str(file))


def _denied(file: Path, what: str) -> Denied:
    return Denied(
        f"The checkpoint {file.name} holds {what}, which can run anything when it is loaded: set {ALLOW_VARIABLE}=true "
        "if you trust who made it."
    )


def _has_python(file: Path) -> bool:
    import h5py

    try:
        with h5py.File(file) as opened:
            description: Any = opened.attrs.get("model_config", "{}")
            return holds_python(description)
    except (OSError, ValueError) as error:
        raise Invalid(f"The checkpoint {file.name} is no model of Keras ({first_line(error)}).") from error
