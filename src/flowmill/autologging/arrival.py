"""Doing something once a library is imported, so that nobody waits for a library that is not used."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from flowmill.notices import say_once

_waiting: dict[str, list[Callable[[], None]]] = {}


def on_import(module: str, act: Callable[[], None]) -> None:
    """Call ``act`` now if the module is there, else when it has been imported. What fails in it is said once."""
    if module in sys.modules:
        _carry_out(module, act)
        return
    _waiting.setdefault(module, []).append(act)
    if not any(isinstance(each, _Watcher) for each in sys.meta_path):
        sys.meta_path.insert(0, _Watcher())


class _Watcher:
    """Lets others find the modules that are waited for, and looks at them once they have run."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        actions = _waiting.pop(fullname, None)
        if actions is None:
            return None
        spec = importlib.util.find_spec(fullname)
        loader: Any = spec.loader if spec is not None else None
        if spec is None or loader is None or not hasattr(loader, "exec_module"):
            _waiting[fullname] = actions  # not installed now; it may be later
            return spec
        run = loader.exec_module

        def run_and_act(module: ModuleType) -> None:
            run(module)
            for act in actions:
                _carry_out(fullname, act)

        loader.exec_module = run_and_act
        return spec


def _carry_out(module: str, act: Callable[[], None]) -> None:
    try:
        act()
    except Exception as error:
        say_once(f"Trainings of {module} cannot log themselves: {error}")
