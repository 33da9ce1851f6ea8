"""A flavor is a data sheet: how models of one library are recognised, saved, loaded and asked.

One file in ``flavors/`` holds one. Everything else (signature, environment, example, upload, registry, scoring)
is the same for all of them and lives in `save` and `load`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flowmill.errors import FlowmillError
from flowmill.models.modules import installed_version
from flowmill.models.seal import Trust
from flowmill.models.signature import ModelSignature


@dataclass
class Saved:
    """What a flavor wrote: its settings in the MLmodel file, those of its python_function, and what it needs.

    ``runs_code``: files that are programs, to be sealed; ``modules``: modules that loading needs beyond those of
    the model's objects; ``packages``: distributions that the file format needs; ``loader``: a module of the user's
    own that loads the model.
    """

    settings: dict[str, Any]
    pyfunc: dict[str, Any]
    runs_code: list[str] = field(default_factory=list)
    modules: set[str] = field(default_factory=set)
    packages: list[str] = field(default_factory=list)
    loader: str | None = None


@dataclass(frozen=True)
class Flavor:
    """The data sheet of a flavor.

    ``name``: its key in the MLmodel file. ``loader_module``: what the python_function flavor names, MLflow's name
    for it. ``packages``: the distributions without which nothing works. ``detect``: whether a value is a model of
    this library, without importing it. ``save(model, folder, options)`` writes the model's own files.
    ``load(folder, settings, trust)`` gives the model back. ``predict(model, settings, data, params)`` answers for
    the python_function flavor. ``declared_signature(model)``: the signature that the model itself states, for
    flavors whose models can.
    """

    name: str
    loader_module: str
    packages: tuple[str, ...]
    detect: Callable[[object], bool]
    save: Callable[[Any, Path, Mapping[str, Any]], Saved]
    load: Callable[[Path, Mapping[str, Any], Trust], Any]
    predict: Callable[[Any, Mapping[str, Any], Any, dict[str, Any] | None], Any]
    declared_signature: Callable[[Any], ModelSignature | None] | None = None

    def require_library(self) -> None:
        """FlowmillError with the command that helps, unless the library is installed."""
        missing = [name for name in self.packages if installed_version(name) is None]
        if missing:
            raise FlowmillError(
                f"This model needs {' and '.join(missing)}, which is not installed: run pip install "
                f"{' '.join(missing)}, or install the model's requirements.txt."
            )


FLAVORS = {
    "python_function": "flowmill.models.flavors.python_function",
    "sklearn": "flowmill.models.flavors.sklearn",
}
"""Where the data sheet ``FLAVOR`` of each flavor stands."""


def find(name: str) -> Flavor:
    """The flavor of this name."""
    if name not in FLAVORS:
        raise FlowmillError(f"There is no flavor {name!r}; known are {sorted(FLAVORS)}.")
    return importlib.import_module(FLAVORS[name]).FLAVOR


def find_by_model(value: object) -> Flavor | None:
    """The flavor of the library that a model is of; None if no library knows it."""
    return next((flavor for flavor in map(find, FLAVORS) if flavor.detect(value)), None)


def find_by_loader(loader_module: str) -> Flavor | None:
    """The flavor whose python_function is loaded by this module; None if it is no flavor's."""
    return next((flavor for flavor in map(find, FLAVORS) if flavor.loader_module == loader_module), None)
