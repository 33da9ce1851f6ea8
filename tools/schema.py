"""Writes ``ui/src/api/schema.ts`` from the declarations in `flowmill.wire`.

``python tools/schema.py`` writes the file; with ``--check`` it only says whether the file is up to date.
"""

from __future__ import annotations

import enum
import sys
import types
import typing
from pathlib import Path
from typing import Any

import msgspec

from flowmill.entities.base import KeyValue
from flowmill.wire.contract import OPERATIONS

TARGET = Path(__file__).parent.parent / "ui" / "src" / "api" / "schema.ts"

_HEAD = """\
// Generated from flowmill.wire by `make schema`; do not edit.

/** JSON has no NaN or infinities; they travel as words. */
export type MetricValue = number | "NaN" | "Infinity" | "-Infinity";
"""

# Bytes travel as base64.
_PLAIN = {str: "string", int: "number", float: "MetricValue", bool: "boolean", bytes: "string", type(None): "null"}


class Schema:
    """TypeScript declarations by name, in the order in which they are first needed."""

    def __init__(self) -> None:
        self.declared: dict[str, str] = {}

    def name_of(self, annotation: Any) -> str:
        """The TypeScript type of a Python annotation, declaring what it names."""
        origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
        if origin is typing.Annotated:
            return self.name_of(arguments[0])
        if origin in (typing.Union, types.UnionType):
            return " | ".join(self.name_of(part) for part in arguments if part is not type(None))
        if origin is list:
            item = self.name_of(arguments[0])
            if type(None) in typing.get_args(arguments[0]):  # a field that is absent is left out, an item is null
                item += " | null"
            return f"({item})[]" if " " in item else f"{item}[]"
        if origin is dict:
            return f"Record<{self.name_of(arguments[0])}, {self.name_of(arguments[1])}>"
        if origin is typing.Literal:
            return " | ".join(f'"{value}"' for value in arguments)
        if annotation in _PLAIN:
            return _PLAIN[annotation]
        if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
            self._declare_enum(annotation)
            return annotation.__name__
        if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
            self._declare_struct(annotation)
            return annotation.__name__
        raise TypeError(f"No TypeScript type is known for {annotation!r}.")

    def _declare_enum(self, kind: type[enum.Enum]) -> None:
        values = " | ".join(f'"{member.value}"' for member in kind)
        self.declared[kind.__name__] = f"{_comment(kind)}export type {kind.__name__} = {values};\n"

    def _declare_struct(self, kind: type[msgspec.Struct]) -> None:
        if kind.__name__ in self.declared:
            return
        self.declared[kind.__name__] = ""  # its place; a struct may name itself
        lines = [f"{_comment(kind)}export interface {kind.__name__} {{"]
        for field in msgspec.structs.fields(kind):
            optional = "?" if _may_be_absent(field) else ""
            lines.append(f"  {field.encode_name}{optional}: {self.name_of(field.type)};")
        self.declared[kind.__name__] = "\n".join([*lines, "}\n"])


def _may_be_absent(field: msgspec.structs.FieldInfo) -> bool:
    if field.default is not msgspec.NODEFAULT:
        return True
    return field.default_factory in (list, dict)


def _comment(kind: type) -> str:
    text = " ".join((kind.__doc__ or "").split()).replace("``", "`")
    return f"/** {text} */\n" if text else ""


def schema() -> str:
    """The whole file."""
    result = Schema()
    result.name_of(KeyValue)  # what every tag and parameter is
    routes: list[str] = []
    for operation in OPERATIONS.values():
        request = result.name_of(operation.request)
        answer = "Record<string, never>" if operation.result is None else result.name_of(operation.result)
        if operation.answer:
            answer = f"{{ {operation.answer}: {answer} }}"
        routes.append(f'  "{operation.methods[0]} {operation.paths[0]}": {{ request: {request}; answer: {answer} }};')
    table = "\n".join(
        ["/** Every operation: its request and its answer. */", "export interface Operations {", *routes, "}\n"]
    )
    return "\n".join([_HEAD, *result.declared.values(), table])


def main() -> int:
    """Write or check the file."""
    text = schema()
    if "--check" in sys.argv:
        if TARGET.read_text() != text:
            print("ui/src/api/schema.ts is out of date: run `make schema`.")
            return 1
        return 0
    TARGET.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
