"""Logging the model of a training with the flavor of its library."""

from __future__ import annotations

import importlib
from typing import Any

from flowmill.notices import say_once


def log_model_of(flavor: str, model: Any, **options: Any) -> str | None:
    """Log a model as ``model``; its id. ``options`` are those of the flavor's ``log_model``."""
    module = importlib.import_module(f"flowmill.{flavor}")
    log_model = getattr(module, "log_model", None)
    if log_model is None:
        say_once(f"Models of {flavor} cannot be logged yet; everything else of its trainings is.")
        return None
    return log_model(model, name="model", **options).model_id
