"""transformers: a training logs itself by the callback of the library; autologging keeps others out of it.

MLflow documents the same of its own integration: it is there so that nothing else is logged while a ``Trainer`` trains.
"""

# The library is the user's: who checks types need not have it.
# pyright: reportMissingImports=false

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from flowmill.autologging.arrival import on_import
from flowmill.autologging.configuration import configure
from flowmill.autologging.patching import applies, stand_around, watching

NAME = "transformers"
_TRAINING = ("train", "evaluate", "predict")


def autolog(
    log_input_examples: bool = False,
    log_model_signatures: bool = False,
    log_models: bool = False,
    log_datasets: bool = False,
    disable: bool = False,
    exclusive: bool = False,
    disable_for_unsupported_versions: bool = False,
    silent: bool = False,
    extra_tags: Mapping[str, str] | None = None,
) -> None:
    """Keep what a ``Trainer`` trains, evaluates and predicts inside of it from logging itself as a run of its own.

    What the training itself logs comes from the library's callback (``report_to="mlflow"``); the other arguments are
    there for calls as MLflow takes them, and change nothing.
    """
    turn_on(dict(locals()))


def turn_on(options: Mapping[str, Any], by_name: bool = True) -> None:
    """Note the options of `autolog`, and look at the trainers of transformers once they are there."""
    configure(NAME, options, by_name)
    if not options.get("disable"):
        on_import("transformers.trainer", _follow)


def _follow() -> None:
    for name in _TRAINING:
        stand_around(sys.modules["transformers.trainer"].Trainer, name, _quietly)


def _quietly(original: Callable[..., Any], trainer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if not applies(NAME):
        return original(*args, **kwargs)
    with watching():
        return original(*args, **kwargs)
