"""Public names that cost nothing until they are used (PEP 562)."""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any


def load(target: str) -> Any:
    """The object that ``package.module:name`` names; without ``:name`` the module itself."""
    module_name, _, name = target.partition(":")
    with _uncollected():
        module = importlib.import_module(module_name)
    return getattr(module, name) if name else module


@contextmanager
def _uncollected() -> Generator[None]:
    """While the block lasts, nobody looks for objects that are no longer needed.

    What modules make stays, but that there is so much of it lets Python look through all that the user has loaded,
    which takes longer than the modules do.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def lazy_names(
    module_name: str, targets: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """``__getattr__``, ``__dir__`` and ``__all__`` of a module whose names are ``{name: "module:name"}``.

    A name is looked up once; then it is an ordinary attribute of the module.
    """

    def getattr_(name: str) -> Any:
        target = targets.get(name)
        if target is None:
            raise AttributeError(f"module {module_name!r} has no attribute {name!r}")
        value = load(target)
        setattr(sys.modules[module_name], name, value)
        return value

    def dir_() -> list[str]:
        return sorted({*vars(sys.modules[module_name]), *targets})

    return getattr_, dir_, sorted(targets)
