"""Flowmill, the open platform for the machine-learning life cycle.

``import flowmill as mlflow`` is enough for code written for MLflow. Importing costs milliseconds: every name
is looked up when it is first used.
"""

import importlib
import os
from typing import Any

from flowmill.compat.finder import install_finder
from flowmill.compat.table import MODULES, TOP
from flowmill.lazy import lazy_names, load

_lazy, __dir__, __all__ = lazy_names(__name__, TOP)
_PACKAGES = ("artifacts", "client", "data", "entities", "models")


def __getattr__(name: str) -> Any:
    """A public name, or a submodule as MLflow has them (``flowmill.sklearn``)."""
    if name in TOP:
        return _lazy(name)
    if name in MODULES or name in _PACKAGES:
        return importlib.import_module(f"{__name__}.{name}")
    if not name.startswith("_") and name in load("flowmill.compat.not_yet:NOT_YET"):
        raise AttributeError(f"Flowmill does not have mlflow.{name} yet; what it has is listed by dir(flowmill).")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


install_finder()
if "MLFLOW_LOGGING_LEVEL" in os.environ:
    load("flowmill.log_level:configure_logging")()
