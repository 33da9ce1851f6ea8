"""Writes the ``.pyi`` files of lazily resolved modules from the tables that resolve them.

Type checkers and editors do not run ``__getattr__``; these files tell them where each name lives.
``python tools/stubs.py`` writes them, with ``--check`` it only says whether they are up to date.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from pathlib import Path
from types import ModuleType, UnionType

import flowmill
from flowmill.compat.table import MODULES, TOP
from flowmill.models.flavor import FLAVORS

ROOT = Path(flowmill.__file__).parent
_OWN_PACKAGES = ("artifacts", "client", "data", "entities", "models")
# Those that users import from; deeper paths of MLflow resolve when they run, and need no file here.
_FLAVORS = tuple(sorted(name for name in FLAVORS if name != "python_function"))
_MLFLOW_MODULES = ("data", "exceptions", "pyfunc", "tracking", "types", *_FLAVORS)
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
        targets = {name: target for name, target in names.items() if ":" in target}
        found[file] = _flavor_stub(path, targets) if path in _FLAVORS else _stub(targets, below)
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


def _flavor_stub(flavor: str, targets: dict[str, str]) -> str:
    """A flavor's functions with their parameters, which `functions_of` makes from its data sheet."""
    module = importlib.import_module(f"flowmill.models.flavors.{flavor}")
    own = [name for name, target in targets.items() if target.startswith(f"{module.__name__}:")]
    made = {name: getattr(module, name) for name in own if hasattr(getattr(module, name), "__signature__")}
    others = _stub({name: target for name, target in targets.items() if name not in made}, [])
    head = _HEAD + "from pathlib import Path\nfrom typing import Any\n\n" + _FLAVOR_IMPORTS
    return head + others.removeprefix(_HEAD) + "\n" + "".join(_definition(name, made[name]) for name in sorted(made))


_FLAVOR_IMPORTS = """from flowmill.models.mlmodel import Model, ModelInfo
from flowmill.models.signature import ModelSignature
"""


def _definition(name: str, function: object) -> str:
    signature = inspect.signature(function)  # type: ignore[arg-type]
    parts: list[str] = []
    starred = False
    for each in signature.parameters.values():
        if each.kind is each.KEYWORD_ONLY and not starred:
            parts.append("*")
            starred = True
        kind = each.annotation if isinstance(each.annotation, str) else "Any"
        star = "**" if each.kind is each.VAR_KEYWORD else ""
        default = "" if each.default is each.empty or star else " = ..."
        parts.append(f"{star}{each.name}: {kind}{default}")
    return f"def {name}({', '.join(parts)}) -> {signature.return_annotation}: ...\n"


def _home(value: object, name: str, package: str) -> str:
    module = getattr(value, "__module__", None)
    if isinstance(value, UnionType):  # it knows no home of its own
        modules = [each for each in sys.modules if each.startswith(f"flowmill.{package}.")]
        module = next(each for each in sorted(modules) if vars(sys.modules[each]).get(name) is value)
    return (
        f"{module}:{name if isinstance(value, UnionType) else getattr(value, '__name__', name)}"
        if module
        else f"flowmill.{package}:{name}"
    )


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
