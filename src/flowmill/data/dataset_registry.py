"""The functions that make datasets: ours, those of plugins, and those that a program registers."""

from __future__ import annotations

import inspect
import sys
import typing
import warnings
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

from flowmill.data.dataset import Dataset
from flowmill.errors import FlowmillError, Invalid
from flowmill.lazy import load

ENTRY_POINTS = "mlflow.dataset_constructor"

_OURS = (
    "flowmill.data.pandas_dataset:from_pandas",
    "flowmill.data.numpy_dataset:from_numpy",
    "flowmill.data.polars_dataset:from_polars",
    "flowmill.data.huggingface_dataset:from_huggingface",
    "flowmill.data.tensorflow_dataset:from_tensorflow",
    "flowmill.data.spark_dataset:load_delta",
    "flowmill.data.spark_dataset:from_spark",
)

Constructor = Callable[..., Dataset]


class DatasetRegistry:
    """Constructors by name."""

    def __init__(self) -> None:
        self.constructors: dict[str, Constructor] = {}

    def register_constructor(self, constructor_fn: Constructor, constructor_name: str | None = None) -> str:
        """Know a function by its own name or another one; the name. Invalid if it does not look like one."""
        name = constructor_name if constructor_name is not None else constructor_fn.__name__
        _check(name, constructor_fn)
        self.constructors[name] = constructor_fn
        return name

    def register_entrypoints(self) -> None:
        """Know the constructors that plugins bring; one that cannot be loaded is warned about."""
        for entry_point in entry_points(group=ENTRY_POINTS):
            try:
                self.register_constructor(entry_point.load(), entry_point.name)
            except (AttributeError, ImportError, FlowmillError) as error:
                warnings.warn(
                    f"The dataset constructor {entry_point.name!r} of a plugin could not be loaded: {error}",
                    stacklevel=2,
                )


def _check(name: str, function: Constructor) -> None:
    if not name.startswith(("load_", "from_")):
        raise Invalid(f"A dataset constructor is called from_… or load_…, not {name!r}.")
    parameters = inspect.signature(function).parameters
    for wanted in ("name", "digest"):
        if wanted not in parameters or parameters[wanted].default is not None:
            raise Invalid(f"The dataset constructor {name!r} needs an optional parameter {wanted!r} (None by default).")
    try:
        returned = typing.get_type_hints(function).get("return")
    except (NameError, TypeError):  # hints of types that are only imported for type checkers
        returned = getattr(function, "__annotations__", {}).get("return")
    if isinstance(returned, str) or (isinstance(returned, type) and issubclass(returned, Dataset)):
        return
    raise Invalid(f"The dataset constructor {name!r} must say in its annotation that it returns a Dataset.")


_registry: DatasetRegistry | None = None


def _known() -> DatasetRegistry:
    global _registry
    if _registry is None:
        _registry = DatasetRegistry()
        for target in _OURS:
            _registry.constructors[target.partition(":")[2]] = load(target)
        _registry.register_entrypoints()
    return _registry


def register_constructor(constructor_fn: Constructor, constructor_name: str | None = None) -> str:
    """Make a function a constructor, ``flowmill.data.<name>``; its name."""
    name = _known().register_constructor(constructor_fn, constructor_name)
    setattr(sys.modules["flowmill.data"], name, constructor_fn)
    return name


def get_registered_constructors() -> dict[str, Any]:
    """The known constructors by name."""
    return _known().constructors
