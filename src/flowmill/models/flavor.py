"""A flavor is a data sheet: how models of one library are recognised, saved, loaded and asked.

One file in ``flavors/`` holds one. Everything else (signature, environment, example, upload, registry, scoring)
is the same for all of them and lives in `save` and `load`; the public functions of a flavor are made from its
data sheet by `functions`.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flowmill.errors import FlowmillError, Invalid, NotFound
from flowmill.models.folder import inside
from flowmill.models.modules import installed_version
from flowmill.models.seal import Trust
from flowmill.models.signature import ModelSignature


@dataclass
class Saved:
    """What a flavor wrote: its settings in the MLmodel file, those of its python_function, and what it needs.

    ``pyfunc``: None for a model that can be loaded by its library and not be asked.

    ``runs_code``: files that are programs, to be sealed; ``modules``: modules that loading needs beyond those of
    the model's objects; ``packages``: distributions that the file format needs; ``loader``: a module of the user's
    own that loads the model; ``metadata``: what the flavor keeps among the user's metadata of the model;
    ``like_example``: whether the input becomes what the input example is; ``signature``: the one that the way in which
    it was saved asks for, whatever an example shows.
    """

    settings: dict[str, Any]
    pyfunc: dict[str, Any] | None
    runs_code: list[str] = field(default_factory=list)
    modules: set[str] = field(default_factory=set)
    packages: list[str] = field(default_factory=list)
    loader: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    like_example: bool = False
    signature: ModelSignature | None = None


@dataclass(frozen=True)
class Stored:
    """A model folder that a flavor loads from.

    ``settings``: the flavor's own in the MLmodel file; ``trust``: whether a file may run code; ``options``: what the
    caller of ``load_model`` said beside the URI.
    """

    folder: Path
    settings: Mapping[str, Any]
    trust: Trust
    options: Mapping[str, Any] = field(default_factory=dict)

    def path(self, relative: object, what: str = "model file") -> Path:
        """The file or folder at this relative path; NotFound if it is missing, Invalid if it leads out."""
        found = inside(self.folder, relative, what)
        if not found.exists():
            raise NotFound(f"The model's {what} {relative!r} is missing in {self.folder}: log or copy the model again.")
        return found

    def sealed(self, relative: object, why: str = "a pickle") -> bytes:
        """The bytes of a file that is a program; Denied unless it may run."""
        self.path(relative)
        return self.trust.read(str(relative), why)

    def require_sealed_folder(self, relative: str, why: str) -> None:
        """Denied unless every file below the folder ``relative`` may run."""
        for file in sorted(self.path(relative).rglob("*")):
            if file.is_file():
                self.trust.require(file.relative_to(self.folder).as_posix(), why)


@dataclass(frozen=True)
class Flavor:
    """The data sheet of a flavor.

    ``name``: its key in the MLmodel file. ``loader_module``: what the python_function flavor names, MLflow's name
    for it. ``packages``: the distributions without which nothing works. ``detect``: whether a value is a model of
    this library, without importing it. ``save(model, folder, options)`` writes the model's own files.
    ``load(stored)`` gives the model back. ``ready(model, settings)`` makes from a model what is asked, where that is
    not the model itself (a session, a pipeline); ``folder`` among the settings is where the files are now.
    ``predict(ready, settings, data, params)`` answers for the python_function flavor. ``declared_signature(model)``:
    the signature that the model itself states, for flavors whose models can; ``default_signature(settings)``: the one
    that models of its kind have, for want of an example.
    ``keeps_files``: whether a loaded model still needs the folder that it came from.
    """

    name: str
    loader_module: str
    packages: tuple[str, ...]
    detect: Callable[[object], bool]
    save: Callable[[Any, Path, Mapping[str, Any]], Saved]
    load: Callable[[Stored], Any]
    predict: Callable[[Any, Mapping[str, Any], Any, dict[str, Any] | None], Any]
    declared_signature: Callable[[Any], ModelSignature | None] | None = None
    default_signature: Callable[[Mapping[str, Any]], ModelSignature | None] | None = None
    ready: Callable[[Any, Mapping[str, Any]], Any] | None = None
    keeps_files: bool = False

    def require_library(self) -> None:
        """FlowmillError with the command that helps, unless the library is installed."""
        missing = [name for name in self.packages if installed_version(name) is None]
        if missing:
            raise FlowmillError(
                f"This model needs {' and '.join(missing)}, which is not installed: run pip install "
                f"{' '.join(missing)}, or install the model's requirements.txt."
            )

    def require_model(self, value: object) -> None:
        """Invalid, naming the flavor that fits, unless the value is a model of this library."""
        if self.detect(value):
            return
        other = find_by_model(value)
        hint = f"log it with flowmill.{other.name}" if other else f"expected a model of {self.packages[0]}"
        raise Invalid(f"The model is a {type(value).__module__}.{type(value).__qualname__}: {hint}.")

    def answer(self, model: Any, settings: Mapping[str, Any], data: Any, params: dict[str, Any] | None) -> Any:
        """`predict` for a model as it was loaded or is about to be saved."""
        return self.predict(self.ready(model, settings) if self.ready else model, settings, data, params)


FLAVORS = {
    name: f"flowmill.models.flavors.{name}"
    for name in """
    sklearn xgboost lightgbm catboost statsmodels onnx
    pytorch keras tensorflow spacy prophet pmdarima transformers
    sentence_transformers shap paddle spark h2o
    """.split()
} | {"python_function": "flowmill.models.flavors.python_function"}
"""Where the data sheet ``FLAVOR`` of each flavor stands."""
GENERAL = ("sklearn", "pytorch")
"""Those whose classes other libraries build upon."""


def find(name: str) -> Flavor:
    """The flavor of this name."""
    if name not in FLAVORS:
        raise FlowmillError(f"There is no flavor {name!r}; known are {sorted(FLAVORS)}.")
    return importlib.import_module(FLAVORS[name]).FLAVOR


def find_by_model(value: object) -> Flavor | None:
    """The flavor of the library that a model is of; None if no library knows it.

    Several may know it (a booster in the form of scikit-learn, a module of PyTorch with more around it): then it is the
    more special one.
    """
    known = [flavor for flavor in map(find, FLAVORS) if flavor.detect(value)]
    return next((flavor for flavor in known if flavor.name not in GENERAL), known[0] if known else None)


def find_by_loader(loader_module: str) -> Flavor | None:
    """The flavor whose python_function is loaded by this module; None if it is no flavor's."""
    name = loader_module.removeprefix("mlflow.")
    if name in FLAVORS and find(name).loader_module == loader_module:
        return find(name)
    special = find("python_function")
    return special if special.loader_module == loader_module else None


def is_instance(value: object, module: str, *names: str) -> bool:
    """Whether a value is of one of these classes of a module, which is not imported to find out."""
    found = sys.modules.get(module)
    kinds = tuple(kind for name in names if isinstance(kind := getattr(found, name, None), type))
    return bool(kinds) and isinstance(value, kinds)


def no_more(given: Mapping[str, Any], function: str) -> None:
    """TypeError if arguments are left that nobody knows."""
    if given:
        raise TypeError(f"{function}() got unexpected arguments: {', '.join(sorted(given))}.")


def first_line(error: BaseException) -> str:
    """The first line of what a library says; its name if it says nothing."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


def library_class(stored: Stored, name: str, library: str, is_model: Callable[[type], bool]) -> type:
    """The class of this dotted name: one of the library's own, or one whose name a trusted key has sealed."""
    if name.partition(".")[0] != library:
        stored.trust.require_loader(name)
    module, _, member = name.rpartition(".")
    try:
        kind = getattr(importlib.import_module(module), member, None)
    except (ImportError, ValueError) as error:
        raise FlowmillError(f"The model's class {name!r} cannot be imported ({error}).") from error
    if not isinstance(kind, type) or not is_model(kind):
        raise Invalid(f"The model's class is {name!r}: expected a class of models of {library}.")
    return kind
