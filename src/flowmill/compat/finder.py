"""Imports of MLflow's module paths, served from the table.

``import flowmill.tracking`` makes a module of the table; ``import mlflow.tracking`` gives that same module,
once `install_as_mlflow` or the shim distribution says that ``mlflow`` is Flowmill.

The classes do not inherit from ``importlib.abc``: importing that module takes as long as all the rest of
``import flowmill``; other imports wait in functions for the same reason.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import sys
from collections.abc import Sequence
from types import ModuleType

from flowmill.compat.table import CONSTANTS, MODULES
from flowmill.lazy import lazy_names

_OURS = "flowmill"
_THEIRS = "mlflow"


class TableLoader:
    """Makes a module whose names are those of one row of the table."""

    def __init__(self, path: str) -> None:
        self._path = path

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        """An ordinary new module."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Give it its names; none is looked up before it is used."""
        # Modules below it are its attributes, imported or not, as with MLflow's.
        depth = len(self._path) + 1
        below = [each[depth:] for each in MODULES if each.startswith(f"{self._path}.") and "." not in each[depth:]]
        modules = {name: f"{module.__name__}.{name}" for name in below}
        getattr_, dir_, names = lazy_names(module.__name__, {**modules, **MODULES[self._path]})
        module.__doc__ = f"MLflow's names of ``mlflow.{self._path}``."
        module.__dict__.update(__getattr__=getattr_, __dir__=dir_, __all__=names)
        module.__dict__.update(CONSTANTS.get(self._path, {}))
        if self._path == "protos.databricks_pb2":
            from flowmill.errors import ERROR_CODES

            module.__dict__.update(ERROR_CODES)


class AliasLoader:
    """Answers one module name with the module of another name."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._spec: importlib.machinery.ModuleSpec | None = None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """The target itself."""
        module = importlib.import_module(self._target)
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """The module has run; the import system only must not change what it says of itself."""
        module.__spec__ = self._spec


class Finder:
    """Finds modules of the table below ``flowmill.``, and everything below ``mlflow.`` under its name here."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """A spec for names of ours, None for all others."""
        root, _, rest = fullname.partition(".")
        if root == _OURS and rest in MODULES:
            return importlib.machinery.ModuleSpec(fullname, TableLoader(rest), is_package=_is_package(rest))  # pyright: ignore[reportArgumentType]
        if root == _THEIRS and rest and sys.modules.get(_THEIRS) is sys.modules[_OURS]:
            from importlib.util import find_spec, spec_from_file_location

            if rest == "__main__":  # runpy wants its source
                found = find_spec(f"{_OURS}.__main__")
                return spec_from_file_location(fullname, found.origin) if found else None
            name = f"{_OURS}.{rest}"
            if name in sys.modules or rest in MODULES or find_spec(name) is not None:
                return importlib.machinery.ModuleSpec(fullname, AliasLoader(name))  # pyright: ignore[reportArgumentType]
        return None


def install_as_mlflow() -> None:
    """Make ``import mlflow`` Flowmill in this process. Conflict if another ``mlflow`` was imported already."""
    present = sys.modules.get(_THEIRS)
    ours = sys.modules[_OURS]
    if present is not None and present is not ours and getattr(present, "__flowmill_shim__", False) is not True:
        from flowmill.errors import Conflict

        raise Conflict(
            "`mlflow` was imported before install_as_mlflow() was called: call it first, "
            "or run the script with `python -m flowmill run`."
        )
    sys.modules[_THEIRS] = ours


def install_finder() -> None:
    """Let the import system ask us; the first to be asked, so that no file is found under two names."""
    if not any(isinstance(each, Finder) for each in sys.meta_path):
        sys.meta_path.insert(0, Finder())


def _is_package(path: str) -> bool:
    return any(other.startswith(f"{path}.") for other in MODULES)
