"""TensorFlow: ``fit`` of Keras models logs what ``mlflow.tensorflow`` logs of it, checkpoints too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowmill.autologging import keras_training
from flowmill.autologging.keras_training import TENSORFLOW as NAME


def autolog(
    log_models: bool = True,
    log_datasets: bool = True,
    disable: bool = False,
    exclusive: bool = False,
    disable_for_unsupported_versions: bool = False,
    silent: bool = False,
    registered_model_name: str | None = None,
    log_input_examples: bool = False,
    log_model_signatures: bool = True,
    saved_model_kwargs: Mapping[str, Any] | None = None,
    keras_model_kwargs: Mapping[str, Any] | None = None,
    extra_tags: Mapping[str, str] | None = None,
    log_every_epoch: bool = True,
    log_every_n_steps: int | None = None,
    checkpoint: bool = True,
    checkpoint_monitor: str = "val_loss",
    checkpoint_mode: str = "min",
    checkpoint_save_best_only: bool = True,
    checkpoint_save_weights_only: bool = False,
    checkpoint_save_freq: str | int = "epoch",
) -> None:
    """Let trainings of Keras models log themselves from now on: parameters, metrics, data, summary, checkpoints, model.

    ``checkpoint…``: as of `flowmill.tensorflow.MlflowModelCheckpointCallback`; without validation data nothing is the
    best ``val_loss``, and no checkpoint is kept. ``keras_model_kwargs``: arguments of Keras' ``save``.
    ``saved_model_kwargs``: of a SavedModel, which a Keras model is not kept as. ``log_every_epoch`` and
    ``log_every_n_steps`` as of `flowmill.keras.autolog`, the other arguments as of `flowmill.sklearn.autolog`.
    """
    turn_on(dict(locals()))


def turn_on(options: Mapping[str, Any], by_name: bool = True) -> None:
    """Note the options of `autolog`, and look at Keras once it is there."""
    keras_training.turn_on(NAME, options, by_name)
