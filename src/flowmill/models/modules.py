"""Which libraries a model needs: the modules that its objects come from, and the distributions they belong to.

Found in this process from the objects themselves, ``sys.modules`` and the RECORD files of what is installed: no
subprocess, no network, and the model is not loaded again.
"""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

MAX_OBJECTS = 100_000
"""More objects than this add no new libraries, only time."""

_OWN = frozenset({"flowmill", "mlflow", "__main__", "__mp_main__", "builtins"})


def modules_of(root: object) -> set[str]:
    """The top-level modules of the types and functions that an object is made of."""
    found: set[str] = set()
    seen: set[int] = set()
    stack: list[Any] = [root]
    while stack and len(seen) < MAX_OBJECTS:
        item = stack.pop()
        kind = type(item)
        if kind in _PLAIN or id(item) in seen:
            continue
        seen.add(id(item))
        if kind in (list, tuple, set, frozenset):
            stack.extend(item)
            continue
        if kind is dict:
            stack.extend(item.values())
            continue
        if isinstance(item, types.ModuleType):
            found.add(item.__name__)
            continue
        if isinstance(item, types.MethodType):
            stack.append(item.__self__)
            continue
        if isinstance(item, type | types.FunctionType | types.BuiltinFunctionType):
            found.add(getattr(item, "__module__", None) or "builtins")
            continue
        found.update(base.__module__ for base in kind.__mro__)
        if kind.__name__ == "ndarray" and kind.__module__ == "numpy":
            if item.dtype.kind == "O":
                stack.extend(item.ravel().tolist())
            continue
        stack.extend(_attributes(item))
    return top_levels(found)


_PLAIN = frozenset({str, bytes, bytearray, int, float, complex, bool, type(None), range, slice})


def _attributes(item: Any) -> Iterable[Any]:
    # Some objects answer to every name with something of their own.
    held = getattr(item, "__dict__", None)
    yield from held.values() if isinstance(held, dict) else ()
    for kind in type(item).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(item, name):
                yield getattr(item, name)


def top_levels(modules: Iterable[str]) -> set[str]:
    """First parts of module names, without the standard library and Flowmill itself."""
    tops = {name.partition(".")[0] for name in modules if name}
    return {top for top in tops if top not in sys.stdlib_module_names and top not in _OWN}


def distributions_of(modules: Iterable[str]) -> tuple[dict[str, str], set[str]]:
    """Versions of the distributions that these top-level modules belong to, and the modules of none.

    A module of no distribution is a file of the user's own.
    """
    versions: dict[str, str] = {}
    own: set[str] = set()
    for module in modules:
        distribution = distribution_of(module)
        if distribution is None:
            own.add(module)
        else:
            versions[_normal(distribution[0])] = distribution[1]
    return versions, own


@cache
def distribution_of(module: str) -> tuple[str, str] | None:
    """Name and version of the distribution that a top-level module belongs to; None for none."""
    for name in (module, *_OTHER_NAMES.get(module, ()), *_SAME_MODULES.get(module, ())):
        try:
            candidate = metadata.distribution(name)
        except (metadata.PackageNotFoundError, ValueError):
            continue
        if _contains(candidate, module):
            return _name_and_version(candidate)
    found = _installed_modules().get(module)
    if found is None and (package := _package_around(module)) is not None:
        return distribution_of(package)
    return None if found is None else _name_and_version(found)


def _name_and_version(distribution: metadata.Distribution) -> tuple[str, str]:
    return _said(distribution, "Name"), _said(distribution, "Version")


def _said(distribution: metadata.Distribution, key: str) -> str:
    """What a distribution says of itself. `importlib.metadata` reads it as a letter, with all of a README."""
    text = distribution.read_text("METADATA") or ""
    found = re.search(rf"^{key}:[ \t]*(\S+)[ \t]*$", text.partition("\n\n")[0], re.MULTILINE)
    return found[1] if found is not None else distribution.metadata[key]


def _package_around(module: str) -> str | None:
    """The package in whose folder a module lies that calls itself a top-level one, as ``_catboost`` does."""
    file = getattr(sys.modules.get(module), "__file__", None)
    if file is None:
        return None
    name = Path(file).parent.name
    around = getattr(sys.modules.get(name), "__file__", None)
    return name if name != module and around is not None and Path(around).parent == Path(file).parent else None


_OTHER_NAMES = {
    "sklearn": ("scikit-learn",),
    "PIL": ("pillow",),
    "cv2": ("opencv-python",),
    "yaml": ("PyYAML",),
    "skimage": ("scikit-image",),
    "bs4": ("beautifulsoup4",),
}
"""Only a shortcut: a name that is not here is found in the RECORD files."""


def _contains(distribution: metadata.Distribution, module: str) -> bool:
    tops = distribution.read_text("top_level.txt")
    if tops is not None:
        return module in tops.split()
    record = distribution.read_text("RECORD") or ""
    return re.search(rf"(?m)^{re.escape(module)}(/|\.py,|\.[^/,]*\.(so|pyd),)", record) is not None


@cache
def _installed_modules() -> dict[str, metadata.Distribution]:
    """The distribution of every installed top-level module, from all RECORD files; what it says of itself is read
    of those alone that are asked for."""
    found: dict[str, metadata.Distribution] = {}
    for distribution in metadata.distributions():
        record = distribution.read_text("RECORD")
        if record is None:
            continue
        for top in set(re.findall(r"(?m)^([A-Za-z_]\w*)(?:/|\.py,|\.[^/,]*\.(?:so|pyd),)", record)):
            found.setdefault(top, distribution)
    return found


def local_file(module: str) -> Path | None:
    """The file or folder of a user's own top-level module; None if it has none."""
    loaded = sys.modules.get(module)
    file = getattr(loaded, "__file__", None)
    if file is None:
        paths = list(getattr(loaded, "__path__", []))
        return Path(paths[0]) if paths else None
    return Path(file).parent if Path(file).name == "__init__.py" else Path(file)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


_SAME_MODULES = {
    "tensorflow": ("tensorflow-cpu", "tensorflow-intel", "tensorflow-macos", "tf-nightly"),
    "onnxruntime": ("onnxruntime-gpu", "onnxruntime-openvino", "onnxruntime-directml"),
    "xgboost": ("xgboost-cpu",),
}
"""Distributions that bring the modules of another, built for another machine."""


def installed_name(name: str) -> str:
    """The distribution that is installed in place of this one; the name itself if none is."""
    for each in (name, *_SAME_MODULES.get(name, ())):
        try:
            metadata.distribution(each)
        except (metadata.PackageNotFoundError, ValueError):
            continue
        return each
    return name


def installed_version(name: str) -> str | None:
    """The version of an installed distribution without its local part (``2.1`` of ``2.1+cpu``); None if absent."""
    try:
        return _said(metadata.distribution(installed_name(name)), "Version").partition("+")[0]
    except (metadata.PackageNotFoundError, ValueError):
        return None
