"""Writes the ``.pyi`` files of lazily resolved modules from the tables that resolve them.

Type checkers and editors do not run ``__getattr__``; these files tell them where each name lives.
``python tools/stubs.py`` writes them, with ``--check`` it only says whether they are up to date.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import flowmill
from flowmill.compat.table import MODULES, TOP

ROOT = Path(flowmill.__file__).parent
_OWN_PACKAGES = ("artifacts", "client", "data", "entities", "models")
# Those that users import from; deeper paths of MLflow resolve when they run, and need no file here.
_MLFLOW_MODULES = ("data", "exceptions", "pyfunc", "sklearn", "tracking", "types")
_HEAD = "# Written by `make schema` from the tables of lazily resolved names; do not edit.\n\n"


def stubs() -> dict[Path, str]:
    """The content of every stub."""
    found = {ROOT / "__init__.pyi": _stub(TOP, sorted({*_MLFLOW_MODULES, *_OWN_PACKAGES}))}
    for path, names in MODULES.items():
        parts = path.split(".")
        if parts[0] not in _MLFLOW_MODULES:
            continue
        below = sorted({each.split(".")[len(parts)] for each in MODULES if each.startswith(f"{path}.")})
        file = ROOT.joinpath(*parts, "__init__.pyi") if below else ROOT.joinpath(*parts).with_suffix(".pyi")
        found[file] = _stub({name: target for name, target in names.items() if ":" in target}, below)
    for package in _OWN_PACKAGES:
        module = importlib.import_module(f"flowmill.{package}")
        values = {name: getattr(module, name) for name in module.__all__}
        below = [name for name, value in values.items() if isinstance(value, ModuleType)]
        targets = {name: _home(value, name, package) for name, value in values.items() if name not in below}
        found[ROOT / package / "__init__.pyi"] = _stub(targets, below)
    return found


def _stub(names: dict[str, str], submodules: list[str]) -> str:
    lines = [f"from . import {name} as {name}" for name in submodules]
    for name, target in sorted(names.items(), key=lambda pair: (pair[1].partition(":")[0], pair[0])):
        module, _, attribute = target.partition(":")
        if attribute == name:
            lines.append(f"from {module} import {name} as {name}")
        else:
            lines += [f"from {module} import {attribute} as _{name}", f"{name} = _{name}"]
    return _HEAD + "\n".join(lines) + "\n"


def _home(value: object, name: str, package: str) -> str:
    module = getattr(value, "__module__", None)
    return f"{module}:{getattr(value, '__name__', name)}" if module else f"flowmill.{package}:{name}"


def main() -> int:
    """Write or check the files."""
    wanted = stubs()
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    if "--check" in sys.argv:
        for path in stale:
            print(f"{path.relative_to(ROOT.parent)} is out of date: run `make schema`.")
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path])
    return 0


if __name__ == "__main__":
    sys.exit(main())
