"""The user's own modules that lie beside a model, and how they are imported.

Where nobody else has modules of those names, their folder joins ``sys.path``, as MLflow has it. Where somebody does (a
second model with another version of the package, a module of the working folder, an installed one), the model gets a
space of its own: its modules are imported and kept apart from those of the process, and code of the model finds them
whenever it imports, also long after loading. So two models with different versions of one package answer side by side,
and no model shadows a library.
"""

from __future__ import annotations

import builtins
import importlib
import importlib.util
import sys
import threading
import types
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flowmill.errors import Invalid
from flowmill.models.folder import inside
from flowmill.models.seal import Trust

SCRIPT_PREFIX = "flowmill_model_script_"
"""Names of the modules that model scripts run as."""
_MARK = "__flowmill_code_space__"
_import_of_python = builtins.__import__
_lock = threading.RLock()
_shared: dict[str, Path] = {}
"""Folders on ``sys.path`` by the names of their modules."""


class Space:
    """The modules of one model: ``tops``, the first parts of their names, in ``folder``."""

    def __init__(self, folder: Path, tops: frozenset[str]) -> None:
        self.folder, self.tops = folder, tops
        self.modules: dict[str, types.ModuleType] = {}

    @contextmanager
    def entered(self) -> Generator[None]:
        """This thread imports from the space, and others wait; afterwards the process has its own modules again."""
        with _lock:
            before = self._of_these_names()
            _replace(before, self.modules)
            sys.path.insert(0, str(self.folder))
            try:
                yield
            finally:
                sys.path.remove(str(self.folder))
                self.modules = self._of_these_names()
                _replace(self.modules, before)
                for module in self.modules.values():
                    vars(module)[_MARK] = self

    def _of_these_names(self) -> dict[str, types.ModuleType]:
        return {name: module for name, module in sys.modules.items() if name.partition(".")[0] in self.tops}

    def found(self, name: str, wanted: tuple[str, ...] | list[str] | None) -> types.ModuleType | None:
        """What an import of this name gives if all of it was imported before."""
        module = self.modules.get(name)
        if module is None or not wanted:
            return module and self.modules[name.partition(".")[0]]
        return module if all(each != "*" and hasattr(module, each) for each in wanted) else None

    def adopt(self, model: object) -> None:
        """Functions of the model that were pickled whole import from the space, too."""
        for kind in type(model).__mro__:
            for value in [*vars(kind).values(), getattr(model, "func", None)]:
                function = getattr(value, "__func__", value)
                if isinstance(function, types.FunctionType) and _is_its_own(function.__globals__):
                    function.__globals__[_MARK] = self


def _replace(old: Mapping[str, types.ModuleType], new: Mapping[str, types.ModuleType]) -> None:
    for name in old:
        del sys.modules[name]
    sys.modules.update(new)


def _is_its_own(names: Mapping[str, Any]) -> bool:
    """Whether these global names belong to the model alone and are not those of a module of the process."""
    module = sys.modules.get(str(names.get("__name__")))
    return module is None or module.__name__.startswith(SCRIPT_PREFIX) or vars(module) is not names


def _import(
    name: str,
    globals: Mapping[str, Any] | None = None,
    locals: Mapping[str, Any] | None = None,
    fromlist: Any = (),
    level: int = 0,
) -> types.ModuleType:
    """``import`` for all; code of a space finds the space's modules."""
    space = globals.get(_MARK) if globals else None
    if space is None:
        return _import_of_python(name, globals, locals, fromlist, level)
    whole = importlib.util.resolve_name("." * level + name, str(globals["__package__"])) if level and globals else name
    if whole.partition(".")[0] not in space.tops:
        return _import_of_python(name, globals, locals, fromlist, level)
    known = space.found(whole, fromlist) if fromlist or not level else None
    if known is not None:
        return known
    with space.entered():
        return _import_of_python(name, globals, locals, fromlist, level)


@contextmanager
def model_code(folder: Path, relative: object, trust: Trust) -> Generator[Space | None]:
    """The user's modules of the model in ``folder`` can be imported while this holds, and by the model ever after.

    ``relative``: where they lie in it, None for nowhere. Denied if they may not run. Gives the space that they got;
    None if they joined ``sys.path``.
    """
    if not relative:
        yield None
        return
    given = inside(folder, relative, "code folder")
    if not given.is_dir():
        raise Invalid(f"The model's code folder {relative!r} is missing in {folder}.")
    code = trust.copy_of_code(str(relative))
    tops = frozenset(_modules_in(code))
    with _lock:
        if not any(_is_taken(name, code) for name in tops):
            sys.path.insert(0, str(code))
            _shared.update(dict.fromkeys(tops, code))
            importlib.invalidate_caches()
            space = None
        else:
            space = Space(code, tops)
            builtins.__import__ = _import
    if space is None:
        yield None
        return
    with space.entered():
        yield space


def _modules_in(folder: Path) -> list[str]:
    files = [file.stem for file in folder.glob("*.py")]
    return files + [each.name for each in folder.iterdir() if each.is_dir() and any(each.rglob("*.py"))]


def _is_taken(name: str, code: Path) -> bool:
    """Whether the process has, or would find, other modules of this name."""
    there = sys.modules.get(name)
    if there is None and name in _shared:
        return not _is_same(_place_in(_shared[name], name), _place_in(code, name))
    if there is None:
        try:
            spec = importlib.util.find_spec(name)
        except (ImportError, ValueError):
            spec = None
        if spec is None:
            return False
        places = list(spec.submodule_search_locations or []) or [spec.origin]
    else:
        places = list(getattr(there, "__path__", [])) or [getattr(there, "__file__", None)]
    return places[0] is None or not _is_same(Path(places[0]), _place_in(code, name))


def _place_in(folder: Path, name: str) -> Path:
    return folder / name if (folder / name).is_dir() else folder / f"{name}.py"


def _is_same(one: Path, other: Path) -> bool:
    """Whether both are the same module: one file, or packages of the same files."""
    if one.is_file() and other.is_file():
        return one.read_bytes() == other.read_bytes()
    return one.is_dir() and other.is_dir() and _sources(one) == _sources(other)


def _sources(package: Path) -> dict[str, bytes]:
    return {file.relative_to(package).as_posix(): file.read_bytes() for file in sorted(package.rglob("*.py"))}
