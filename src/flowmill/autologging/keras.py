"""Keras on any backend: ``fit`` logs what ``mlflow.keras`` logs of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowmill.autologging import keras_training
from flowmill.autologging.keras_training import KERAS as NAME


def autolog(
    log_every_epoch: bool = True,
    log_every_n_steps: int | None = None,
    log_models: bool = True,
    log_model_signatures: bool = True,
    save_exported_model: bool = False,
    log_datasets: bool = True,
    log_input_examples: bool = False,
    disable: bool = False,
    exclusive: bool = False,
    disable_for_unsupported_versions: bool = False,
    silent: bool = False,
    registered_model_name: str | None = None,
    save_model_kwargs: Mapping[str, Any] | None = None,
    extra_tags: Mapping[str, str] | None = None,
) -> None:
    """Let trainings of Keras models log themselves from now on: parameters, metrics, data, summary, model.

    ``log_every_epoch``: metrics of each epoch. ``log_every_n_steps``: also after every so many batches.
    ``save_model_kwargs``: arguments of Keras' ``save``. ``save_exported_model``: not supported, models are kept in
    Keras' own format. The other arguments are those of `flowmill.sklearn.autolog`.
    """
    turn_on(dict(locals()))


def turn_on(options: Mapping[str, Any], by_name: bool = True) -> None:
    """Note the options of `autolog`, and look at Keras once it is there."""
    keras_training.turn_on(NAME, options, by_name)
