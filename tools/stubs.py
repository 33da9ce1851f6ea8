"""Writes what type checkers and editors read of lazily resolved modules, from the tables that resolve them.

They do not run ``__getattr__``: ``.pyi`` files tell them where each name of Flowmill lives. The shim has a file for
each module of MLflow that takes its names from there; none of them runs, because ``mlflow`` is Flowmill by then.
``python tools/stubs.py`` writes them, with ``--check`` it only says whether they are up to date.
"""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from collections.abc import Collection
from pathlib import Path
from types import ModuleType, UnionType

import flowmill
from flowmill.compat.table import CONSTANTS, MODULES, TOP
from flowmill.errors import ERROR_CODES
from flowmill.models.flavor import FLAVORS

ROOT = Path(flowmill.__file__).parent
_SHIM = Path(__file__).parents[1] / "shim" / "src" / "mlflow"
_OWN_PACKAGES = ("artifacts", "client", "data", "entities", "models", "webhooks")
_FLAVORS = tuple(sorted(name for name in FLAVORS if name != "python_function"))
_ELSEWHERE = ("protos", "store", "utils")
"""Of these, MLflow's modules are typed below ``mlflow`` alone: the names mean something else here, or nothing."""
_SHARED = (
    "data.artifact_dataset_sources", "data.code_dataset_source", "data.dataset", "data.dataset_registry",
    "data.dataset_source", "data.dataset_source_registry", "data.delta_dataset_source", "data.evaluation_dataset",
    "data.filesystem_dataset_source", "data.http_dataset_source", "data.huggingface_dataset",
    "data.huggingface_dataset_source", "data.meta_dataset", "data.numpy_dataset", "data.pandas_dataset",
    "data.polars_dataset", "data.spark_dataset", "data.spark_dataset_source", "data.tensorflow_dataset",
    "data.uc_volume_dataset_source", "entities.dataset", "entities.experiment", "entities.metric", "entities.run",
    "entities.webhook", "models.auth_policy", "models.flavor_backend", "models.model_config", "models.rag_signatures",
    "models.resources", "models.signature", "webhooks.types",
)  # fmt: skip
"""Modules that have MLflow's path here, too, and that code for MLflow imports from."""
_HEAD = "# Written by `make schema` from the tables of lazily resolved names; do not edit.\n\n"


def stubs() -> dict[Path, str]:
    """The content of every stub."""
    tops = {path.partition(".")[0] for path in MODULES}
    found = {ROOT / "__init__.pyi": _stub(TOP, sorted({*tops, *_OWN_PACKAGES}.difference(_ELSEWHERE)))}
    for path in MODULES:
        if not path.startswith(_ELSEWHERE):
            found[_file(ROOT, path, MODULES)] = _module_stub(path)
    for package in _OWN_PACKAGES:
        module = importlib.import_module(f"flowmill.{package}")
        values = {name: getattr(module, name) for name in module.__all__}
        below = [name for name, value in values.items() if isinstance(value, ModuleType)]
        targets = {name: _home(value, name, package) for name, value in values.items() if name not in below}
        found[ROOT / package / "__init__.pyi"] = _stub(
            targets, sorted({*below, *_below(package, {*MODULES, *_SHARED})})
        )
    return found | _shim_stubs()


def _shim_stubs() -> dict[Path, str]:
    """The files of ``mlflow``. They are sources, because editors warn of a stub without one."""
    paths = {*MODULES, *_OWN_PACKAGES, *_SHARED}
    paths |= {path.rpartition(".")[0] for path in paths if "." in path}
    found = {_SHIM / "__init__.pyi": _again("", _below("", paths))}
    for path in paths:
        source = _module_stub(path) if path.startswith(_ELSEWHERE) else _again(path, _below(path, paths))
        found[_file(_SHIM, path, paths).with_suffix(".py")] = f'"""As ``flowmill.{path}``."""\n\n{source}'
    return found


def _again(path: str, below: list[str]) -> str:
    """All that the same module of Flowmill has."""
    source = f"flowmill.{path}" if path else "flowmill"
    version = "from flowmill import __version__ as __version__\n" if not path else ""
    targets = MODULES.get(path) or getattr(importlib.import_module(source), "__all__", ())
    # A star leaves out what begins with an underscore.
    hidden = [name for name in targets if name.startswith("_") and name != "__version__"]
    rest = "".join(f"from {source} import {name} as {name}\n" for name in hidden)
    return f"{_stub({}, below)}{version}from {source} import *\n{rest}"


def _below(path: str, paths: Collection[str]) -> list[str]:
    """The modules right below one, by their own names."""
    start = f"{path}." if path else ""
    return sorted({each[len(start) :].partition(".")[0] for each in paths if each.startswith(start)})


def _file(root: Path, path: str, paths: Collection[str]) -> Path:
    place = root.joinpath(*path.split("."))
    return place / "__init__.pyi" if _below(path, paths) else place.with_suffix(".pyi")


def _module_stub(path: str) -> str:
    """What the table has of a module."""
    targets = {name: target for name, target in MODULES.get(path, {}).items() if ":" in target}
    if path in _FLAVORS:
        return _flavor_stub(path, targets)
    constants = ERROR_CODES if path == "protos.databricks_pb2" else CONSTANTS.get(path, {})
    lines = [f"{name}: {_kind(value)}\n" for name, value in sorted(constants.items())]
    return _stub(targets, _below(path, MODULES)) + "".join(lines)


def _stub(names: dict[str, str], submodules: list[str]) -> str:
    lines = [f"from . import {name} as {name}" for name in submodules]
    for name, target in sorted(names.items(), key=lambda pair: (pair[1].partition(":")[0], pair[0])):
        module, _, attribute = target.partition(":")
        if attribute == name:
            lines.append(f"from {module} import {name} as {name}")
        else:
            lines += [f"from {module} import {attribute} as _{name}", f"{name} = _{name}"]
    return _HEAD + "\n".join(lines) + "\n"


def _kind(value: object) -> str:
    kind = type(value).__name__
    return f"{kind}[str]" if isinstance(value, list | set) else kind


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
    wanted = {path: re.sub(r"\n{3,}", "\n\n", text) for path, text in stubs().items()}
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    if "--check" in sys.argv:
        for path in stale:
            print(f"{path.relative_to(_SHIM.parents[2])} is out of date: run `make schema`.")
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path])
    return 0


if __name__ == "__main__":
    sys.exit(main())
