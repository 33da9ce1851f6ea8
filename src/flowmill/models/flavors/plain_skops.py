"""The plain part of the skops format, read and written without importing skops.

Most models are scikit-learn estimators made of numbers, texts, lists, dicts and arrays. For them this module does
what ``skops.io.dump`` and ``skops.io.load`` do, in a millisecond: importing ``skops.io`` costs half a second,
because it imports every estimator of scikit-learn to list what it trusts. Whatever is not plain raises `NotPlain`,
and the caller turns to skops itself. What can be read here is a subset of what skops trusts by default: no name in
a file leads to anything but builtin containers, numpy's scalars, public estimators of scikit-learn and the classes
that the caller names, whose state is data.

The format is skops' protocol 2: a zip archive with ``schema.json``, a tree of nodes, and arrays as ``.npy`` files.
"""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import importlib
import importlib.util
import inspect
import io
import json
import re
import zipfile
from collections import OrderedDict, defaultdict
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from flowmill.models.modules import installed_version

PROTOCOL = 2
MAX_SCHEMA_BYTES = 256 * 1024 * 1024

_JSON = (str, int, float, bool, type(None))
_BUILTIN_TYPES = {"int": int, "float": float, "str": str, "bool": bool, "list": list, "set": set, "tuple": tuple}
_CONTAINERS = {"ListNode": list, "TupleNode": tuple, "SetNode": set}
_DICTS: dict[tuple[str, str], type] = {
    ("builtins", "dict"): dict,
    ("collections", "OrderedDict"): OrderedDict,
}
_NUMBER_KINDS = "biufcUSMm"


class NotPlain(Exception):
    """The model or file holds more than this module handles; skops may know more."""


@cache
def usable() -> bool:
    """Whether the installed skops speaks the protocol that is written here."""
    found = importlib.util.find_spec("skops")
    if found is None or not found.submodule_search_locations:
        return False
    file = Path(found.submodule_search_locations[0]) / "io" / "_protocol.py"
    stated = re.search(r"(?m)^PROTOCOL = (\d+)$", file.read_text(encoding="utf-8")) if file.is_file() else None
    return stated is not None and int(stated[1]) == PROTOCOL


def dump(model: Any, file: Path, named: Collection[str] = ()) -> list[str]:
    """Write a model as ``skops.io.dump`` would; NotPlain, and no file, if it is not plain.

    ``named``: dotted names of further classes that are written as their state. Returns those types in the file that
    skops does not trust by itself.
    """
    if not usable():
        raise NotPlain("another protocol")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        writer = _Writer(archive, named)
        try:
            schema = writer.node(model)
        except RecursionError:
            raise NotPlain("an object within itself") from None
        schema |= {"protocol": PROTOCOL, "_skops_version": installed_version("skops")}
        archive.writestr("schema.json", json.dumps(schema, indent=2))
    file.write_bytes(buffer.getbuffer())
    return sorted(writer.unusual)


class _Writer:
    """Turns objects into nodes. Objects are kept until the end, so that no id is used twice."""

    def __init__(self, archive: zipfile.ZipFile, named: Collection[str]) -> None:
        import numpy

        self._numpy = numpy
        # Labels of classes, as LightGBM keeps them. numpy makes True of the text of either truth.
        self._key_kinds = (numpy.integer, numpy.floating, numpy.str_)
        self._archive = archive
        self._named = named
        self.unusual: set[str] = set()
        self._kept: dict[int, Any] = {}
        self._written: set[str] = set()

    def node(self, value: Any) -> dict[str, Any]:
        """The node of one object and of all that it holds."""
        self._kept[id(value)] = value
        kind = type(value)
        if kind in _JSON:
            form = {**_named("str", "builtins", "JsonNode"), "content": json.dumps(value), "is_json": True}
        elif kind in (dict, OrderedDict):
            form = self._dict(value)
        elif kind is defaultdict:
            form = self._default_dict(value)
        elif kind in (list, tuple, set):
            loader = {list: "ListNode", tuple: "TupleNode", set: "SetNode"}[kind]
            form = {**_named(kind.__name__, "builtins", loader), "content": [self.node(item) for item in value]}
        elif kind is self._numpy.ndarray or isinstance(value, self._numpy.generic):
            form = self._array(value)
        elif kind is type:
            form = self._type(value)
        else:
            form = self._estimator(value)
        form["__id__"] = id(value)
        return form

    def _dict(self, value: dict[Any, Any]) -> dict[str, Any]:
        if not all(type(key) in (str, int) or isinstance(key, self._key_kinds) for key in value):
            raise NotPlain("a dict with other keys than texts and numbers")
        texts = {str(key) for key in value}
        if len(texts) < len(value):
            raise NotPlain("keys that look alike")
        return {
            **_named(type(value).__name__, type(value).__module__, "DictNode"),
            "content": {_json_key(key): self.node(item) for key, item in value.items() if type(item) is not property},
            "key_types": self.node([type(key) for key in value]),
        }

    def _default_dict(self, value: defaultdict[Any, Any]) -> dict[str, Any]:
        made = value.default_factory
        content = {
            "main": self.node(dict(value)),
            "default_factory": self._type(made) if isinstance(made, type) else self.node(made),
        }
        return {**_named("defaultdict", "collections", "DefaultDictNode"), "content": content}

    def _array(self, value: Any) -> dict[str, Any]:
        kind = type(value)
        form = _named(kind.__name__, kind.__module__, "NdArrayNode")
        if value.dtype.kind == "O" and kind is self._numpy.ndarray and value.ndim:
            items = value.tolist()
            return {
                **form,
                "content": [self.node(item) for item in items],
                "type": "json",
                "shape": self.node(value.shape),
            }
        if value.dtype.kind not in _NUMBER_KINDS or value.dtype.fields is not None:
            raise NotPlain(f"an array of {value.dtype}")
        name = f"{id(value)}.npy"
        if name not in self._written:
            data = io.BytesIO()
            self._numpy.save(data, value, allow_pickle=False)
            self._archive.writestr(name, data.getbuffer())
            self._written.add(name)
        return {**form, "type": "numpy", "file": name}

    def _type(self, value: type) -> dict[str, Any]:
        if self._is_named(value):
            self.unusual.add(f"{value.__module__}.{value.__name__}")
        elif _BUILTIN_TYPES.get(value.__name__) is not value and not _is_numpy_scalar(value):
            raise NotPlain(f"the type {value!r}")
        return _named(value.__name__, value.__module__, "TypeNode")

    def _estimator(self, value: Any) -> dict[str, Any]:
        kind = type(value)
        if self._is_named(kind):
            self.unusual.add(f"{kind.__module__}.{kind.__name__}")
        elif _estimator_type(kind.__module__, kind.__name__) is not kind:
            raise NotPlain(f"a {kind.__name__}")
        if kind.__reduce__ is not object.__reduce__ or kind.__reduce_ex__ is not object.__reduce_ex__:
            raise NotPlain(f"a {kind.__name__}, which is made in its own way")
        state = value.__getstate__()
        return {**_named(kind.__name__, kind.__module__, "ObjectNode"), "content": self.node(state)}

    def _is_named(self, kind: type) -> bool:
        return f"{kind.__module__}.{kind.__name__}" in self._named


def _json_key(key: Any) -> Any:
    """A key as JSON takes it: numpy's scalars are what they stand for; the types of all keys stand beside them."""
    return key.item() if hasattr(key, "item") else key


def _named(name: str, module: str, loader: str) -> dict[str, Any]:
    return {"__class__": name, "__module__": module, "__loader__": loader}


def _is_numpy_scalar(value: object) -> bool:
    import numpy

    return isinstance(value, type) and issubclass(value, numpy.generic) and value.__module__ == "numpy"


_FORBIDDEN_PARTS = {"tests", "conftest", "externals", "experimental"}


@cache
def _estimator_type(module: str, name: str) -> type | None:
    """The public estimator of scikit-learn that is defined under this name in this module; None if there is none."""
    parts = module.split(".")
    if parts[0] != "sklearn" or not all(part.isidentifier() for part in parts) or _FORBIDDEN_PARTS & set(parts):
        return None
    # Unsupported by skops, whose files must be readable by skops.
    if not name.isidentifier() or name.startswith("_") or name == "Birch":
        return None
    try:
        kind = getattr(importlib.import_module(module), name, None)
    except ImportError:
        return None
    from sklearn.base import BaseEstimator

    if not isinstance(kind, type) or not issubclass(kind, BaseEstimator) or inspect.isabstract(kind):
        return None
    return kind if kind.__module__ == module else None


def load(file: Path, named: Collection[str] = ()) -> Any:
    """The model in a file, as ``skops.io.load`` gives it back; NotPlain if there is more to it.

    ``named``: dotted names of further classes that may be made from their state.
    """
    if not usable():
        raise NotPlain("another protocol")
    with zipfile.ZipFile(file) as archive:
        if archive.getinfo("schema.json").file_size > MAX_SCHEMA_BYTES:
            raise NotPlain("a very large schema")
        schema = json.loads(archive.read("schema.json"))
        if not isinstance(schema, dict) or type(schema.get("protocol")) is not int or schema["protocol"] != PROTOCOL:
            raise NotPlain("another protocol")
        reader = _Reader(archive, named)
        try:
            # First all nodes are looked at: nothing is made from a file that holds anything else.
            reader.check(schema)
            return reader.build(schema)
        except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
            raise NotPlain(f"an unusual file ({error})") from error


class _Reader:
    """Turns nodes into objects; a node that stands several times is one object."""

    def __init__(self, archive: zipfile.ZipFile, named: Collection[str]) -> None:
        self._archive = archive
        self._named = named
        self._built: dict[int, Any] = {}

    def check(self, node: Mapping[str, Any]) -> None:
        """NotPlain unless this node and all below it are of the kinds that `build` makes."""
        loader, name, module = node["__loader__"], node["__class__"], node["__module__"]
        if loader == "JsonNode":
            return
        if loader == "DictNode" and (module, name) in _DICTS:
            self.check(node["key_types"])
            for item in node["content"].values():
                self.check(item)
        elif loader == "DefaultDictNode" and (module, name) == ("collections", "defaultdict"):
            self.check(node["content"]["main"])
            self.check(node["content"]["default_factory"])
        elif loader in _CONTAINERS and module == "builtins" and _CONTAINERS[loader].__name__ == name:
            for item in node["content"]:
                self.check(item)
        elif loader == "NdArrayNode" and module == "numpy" and (name == "ndarray" or _numpy_scalar(name) is not None):
            if node["type"] == "json":
                self.check(node["shape"])
                for item in node["content"]:
                    self.check(item)
            elif node["type"] != "numpy":
                raise NotPlain("an array of an unknown kind")
        elif loader == "TypeNode" and self._type(module, name) is not None:
            return
        elif loader == "ObjectNode" and self._class(module, name) is not None:
            self.check(node["content"])
        else:
            raise NotPlain(f"{loader} of {module}.{name}")

    def _type(self, module: str, name: str) -> Any:
        return _plain_type(module, name) or self._further(module, name)

    def _class(self, module: str, name: str) -> Any:
        return _estimator_type(module, name) or self._further(module, name)

    def _further(self, module: str, name: str) -> Any:
        return getattr(importlib.import_module(module), name, None) if f"{module}.{name}" in self._named else None

    def build(self, node: Mapping[str, Any]) -> Any:
        """The object of a checked node."""
        known = node.get("__id__")
        if known is not None and known in self._built:
            return self._built[known]
        made = getattr(self, f"_{node['__loader__']}")(node)
        if known is not None:
            self._built[known] = made
        return made

    def _JsonNode(self, node: Mapping[str, Any]) -> Any:
        return json.loads(node["content"])

    def _DictNode(self, node: Mapping[str, Any]) -> Any:
        kinds = self.build(node["key_types"])
        pairs = zip(kinds, node["content"].items(), strict=True)
        return _DICTS[node["__module__"], node["__class__"]](
            (kind(key), self.build(item)) for kind, (key, item) in pairs
        )

    def _DefaultDictNode(self, node: Mapping[str, Any]) -> Any:
        content = node["content"]
        return defaultdict(self.build(content["default_factory"]), self.build(content["main"]))

    def _ListNode(self, node: Mapping[str, Any]) -> Any:
        return [self.build(item) for item in node["content"]]

    def _TupleNode(self, node: Mapping[str, Any]) -> Any:
        return tuple(self.build(item) for item in node["content"])

    def _SetNode(self, node: Mapping[str, Any]) -> Any:
        return {self.build(item) for item in node["content"]}

    def _TypeNode(self, node: Mapping[str, Any]) -> Any:
        return self._type(node["__module__"], node["__class__"])

    def _NdArrayNode(self, node: Mapping[str, Any]) -> Any:
        import numpy

        if node["type"] == "numpy":
            array = numpy.load(io.BytesIO(self._archive.read(node["file"])), allow_pickle=False)
            kind = _numpy_scalar(node["__class__"])
            return array if kind is None else kind(array)
        shape = self.build(node["shape"])
        items = [self.build(item) for item in node["content"]]
        if len(shape) != 1:
            return numpy.array(items, dtype="O")
        array = numpy.ndarray(shape=len(items), dtype="O")
        for place, item in enumerate(items):
            array[place] = item
        return array

    def _ObjectNode(self, node: Mapping[str, Any]) -> Any:
        kind: Any = self._class(node["__module__"], node["__class__"])
        made = kind.__new__(kind)
        state = self.build(node["content"])
        if state is not None:
            made.__setstate__(state)
        return made


def _numpy_scalar(name: str) -> Any:
    import numpy

    kind: Any = getattr(numpy, name, None) if isinstance(name, str) else None
    return kind if _is_numpy_scalar(kind) and kind.__name__ == name else None


def _plain_type(module: str, name: str) -> Any:
    if module == "builtins":
        return _BUILTIN_TYPES.get(name)
    return _numpy_scalar(name) if module == "numpy" else None
