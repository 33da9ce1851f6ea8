"""The names of MLflow 3.17.2 (`names.json`: one a line, as `dir` and `inspect.signature` show them), looked up here.

In ``params``, ``*`` and ``**`` stand for the rest of the arguments and ``|`` for one that is given by name alone;
a member whose value is null is an attribute or property.
"""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NAMES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "names.json").read_text())


def differences(row: dict[str, Any]) -> Iterator[str]:
    """What is not as in MLflow: the name, ``name(parameter)``, ``name.member`` or ``name.member(parameter)``."""
    name = row["name"]
    try:
        here = _found(name)
    except (ImportError, AttributeError):
        yield name
        return
    yield from (f"{name}({parameter})" for parameter in _missing_parameters(here, row.get("params", [])))
    for member, parameters in row.get("members", {}).items():
        if not _has(here, member):
            yield f"{name}.{member}"
        elif parameters:
            missing = _missing_parameters(inspect.getattr_static(here, member), parameters)
            yield from (f"{name}.{member}({parameter})" for parameter in missing)


def _found(name: str) -> Any:
    """A module, or an attribute of the innermost module of a dotted name."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if not error.name or not (name == error.name or name.startswith(f"{error.name}.")):
            raise
    outer, _, last = name.rpartition(".")
    return getattr(_found(outer), last)


def _has(kind: Any, member: str) -> bool:
    """Whether a class, or what its constructor makes, has the member."""
    if hasattr(kind, member) or member in getattr(kind, "model_fields", {}):
        return True
    for base in getattr(kind, "__mro__", ()):
        made = getattr(vars(base).get("__init__"), "__code__", None)
        if member in vars(base).get("__annotations__", {}) or (made is not None and member in made.co_names):
            return True
    return False


def _missing_parameters(function: Any, wanted: list[str]) -> list[str]:
    """Parameters that a call as for MLflow would give in vain: not there, or positional and at another place."""
    if isinstance(function, classmethod | staticmethod):
        function = function.__func__
    try:
        parameters = [each for each in inspect.signature(function).parameters.values() if each.name not in _BOUND]
    except (TypeError, ValueError):
        return []
    kinds = {each.kind for each in parameters}
    takes_rest = {"*": inspect.Parameter.VAR_POSITIONAL in kinds, "**": inspect.Parameter.VAR_KEYWORD in kinds}
    positional = [each.name for each in parameters if each.kind in (each.POSITIONAL_OR_KEYWORD, each.POSITIONAL_ONLY)]
    here = {each.name for each in parameters}
    missing: list[str] = []
    for place, parameter in enumerate(wanted):
        if parameter.startswith("*"):
            stars = parameter[: parameter.count("*")]
            fits = takes_rest[stars]
        elif parameter.startswith("|"):
            fits = parameter[1:] in here or takes_rest["**"]
        else:
            fits = positional[place : place + 1] == [parameter] or (takes_rest["*"] and takes_rest["**"])
        if not fits:
            missing.append(parameter)
    return missing


_BOUND = ("self", "cls")
