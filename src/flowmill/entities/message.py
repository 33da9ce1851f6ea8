"""Values as MLflow's protocol messages, for code that reads ``to_proto()`` or gives what ``from_proto`` takes.

A message here has the fields of the wire under their names there, and numbers for the words of a closed list. It reads,
sets and compares as a protocol buffer does, but has no binary form, so that the client needs no protobuf package.
`fields_of` reads a real protocol buffer just as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple, TypeVar, cast

import msgspec

E = TypeVar("E", bound=StrEnum)

_FIRST_IS_ZERO = {"UploadStatus", "DeploymentJobConnectionState", "DeploymentJobRunState"}
"""Closed lists that MLflow numbers from 0, since their first word is that nothing is known; all others from 1."""

_EMPTY: dict[type, Any] = {
    msgspec.inspect.StrType: "",
    msgspec.inspect.IntType: 0,
    msgspec.inspect.FloatType: 0.0,
    msgspec.inspect.BoolType: False,
    msgspec.inspect.BytesType: b"",
}


class _Field(NamedTuple):
    kind: msgspec.inspect.Type
    repeated: bool

    @property
    def struct(self) -> type[msgspec.Struct] | None:
        return self.kind.cls if isinstance(self.kind, msgspec.inspect.StructType) else None

    @property
    def words(self) -> type[StrEnum] | None:
        """The closed list that the field's value is of; a stage in life is a text in MLflow's messages."""
        words = cast("type[StrEnum]", self.kind.cls) if isinstance(self.kind, msgspec.inspect.EnumType) else None
        return None if words is None or words.__name__ == "LifecycleStage" else words

    def empty(self) -> Any:
        if self.words:
            return number_of(next(iter(self.words)))
        return Message(self.struct) if self.struct else _EMPTY.get(type(self.kind), "")


class Messages(list[Any]):
    """The messages of a repeated field."""

    def __init__(self, kind: type[msgspec.Struct], messages: Iterable[Any] = ()) -> None:
        super().__init__(messages)
        self._kind = kind

    def add(self, **fields: Any) -> Message:
        """A new message at the end."""
        self.append(Message(self._kind, **fields))
        return self[-1]


class Message:
    """One message; a field that was not set reads as empty, one that there is not raises AttributeError."""

    __slots__ = ("_kind", "_values")

    def __init__(self, kind: type[msgspec.Struct], /, **fields: Any) -> None:
        object.__setattr__(self, "_kind", kind)
        object.__setattr__(self, "_values", {})
        for name, value in fields.items():
            setattr(self, name, value)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # copying and pickling ask before there are fields
            raise AttributeError(name)
        field = self._field(name)
        if name in self._values:
            return self._values[name]
        value = field.empty() if not field.repeated else Messages(field.struct) if field.struct else []
        if field.repeated or field.struct:
            self._values[name] = value  # so that what is put in stays
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        self._field(name)
        self._values[name] = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and self._kind is other._kind and self.ListFields() == other.ListFields()

    __hash__ = None  # pyright: ignore[reportAssignmentType]  # it can change

    def __reduce__(self) -> tuple[Any, ...]:
        return _made, (self._kind, self._values)

    def HasField(self, field_name: str) -> bool:
        """Whether a field that is no list was set; ValueError for others."""
        if field_name not in _fields(self._kind) or self._field(field_name).repeated:
            raise ValueError(f"{self._kind.__name__} has no single field {field_name!r}.")
        return field_name in self._values and _is_set(self._values[field_name])

    def ListFields(self) -> list[tuple[str, Any]]:
        """(name, value) of what is set."""
        return [(name, self._values[name]) for name in _fields(self._kind) if _is_set(self._values.get(name))]

    def ClearField(self, field_name: str) -> None:
        """Let a field be empty."""
        self._field(field_name)
        self._values.pop(field_name, None)

    def CopyFrom(self, other_msg: Message) -> None:
        """Become equal to another message of the same kind."""
        if self._kind is not other_msg._kind:
            raise TypeError(f"A {other_msg._kind.__name__} cannot be copied to a {self._kind.__name__}.")
        import copy

        object.__setattr__(self, "_values", copy.deepcopy(other_msg._values))

    def __repr__(self) -> str:
        """A line a field, as protocol buffers are shown."""
        return "".join(
            _shown(name, each, self._field(name))
            for name, value in self.ListFields()
            for each in (cast("list[Any]", value) if isinstance(value, list) else [value])
        )

    def _field(self, name: str) -> _Field:
        try:
            return _fields(self._kind)[name]
        except KeyError:
            raise AttributeError(f"The message {self._kind.__name__} has no field {name!r}.") from None


def message_of(value: msgspec.Struct) -> Message:
    """The message of a value; what it has not, and empty lists, are not set."""
    return _message(type(value), cast("dict[str, Any]", msgspec.to_builtins(value)))


def fields_of(kind: type[msgspec.Struct], message: Any) -> dict[str, Any]:
    """What a message says, ours or a protocol buffer, as fields of ``kind`` on the wire.

    A field that the kind must have and the message has not is empty, as protocol buffers read.
    """
    found: dict[str, Any] = {}
    required = {field.encode_name for field in msgspec.structs.fields(kind) if field.required}
    for name, field in _fields(kind).items():
        value = getattr(message, name, None)
        if field.repeated:
            if value:
                found[name] = [_wire_value(field, each) for each in value]
        elif value is not None and message.HasField(name):
            found[name] = _wire_value(field, value)
        elif name in required:
            found[name] = _wire_value(field, field.empty())
    return found


def number_of(word: StrEnum) -> int:
    """The number that MLflow's messages have for a word of a closed list."""
    return list(type(word)).index(word) + (type(word).__name__ not in _FIRST_IS_ZERO)


def word_of(kind: type[E], number: int) -> E:
    """The word of a number; ValueError if there is none."""
    place = number - (kind.__name__ not in _FIRST_IS_ZERO)
    words = list(kind)
    if not 0 <= place < len(words):
        raise ValueError(f"{kind.__name__} has no number {number}.")
    return words[place]


@cache
def _fields(kind: type[msgspec.Struct]) -> dict[str, _Field]:
    described = cast("msgspec.inspect.StructType", msgspec.inspect.type_info(kind))
    return {field.encode_name: _described(field.type) for field in described.fields}


def _described(kind: msgspec.inspect.Type) -> _Field:
    if isinstance(kind, msgspec.inspect.UnionType):  # of something and None
        kind = next(each for each in kind.types if not isinstance(each, msgspec.inspect.NoneType))
    repeated = isinstance(kind, msgspec.inspect.ListType)
    return _Field(kind.item_type if isinstance(kind, msgspec.inspect.ListType) else kind, repeated)


def _message(kind: type[msgspec.Struct], fields: dict[str, Any]) -> Message:
    known = _fields(kind)
    message = Message(kind)
    for name, value in fields.items():
        field = known[name]
        if field.repeated and field.struct:
            value = Messages(field.struct, [_message_value(field, each) for each in value])
        elif field.repeated:
            value = [_message_value(field, each) for each in value]
        else:
            value = _message_value(field, value)
        if _is_set(value):
            setattr(message, name, value)
    return message


def _message_value(field: _Field, value: Any) -> Any:
    if field.words:
        return number_of(field.words(value))
    return _message(field.struct, value) if field.struct and value is not None else value


def _wire_value(field: _Field, value: Any) -> Any:
    if field.struct:
        return fields_of(field.struct, value)
    return word_of(field.words, value).value if field.words and isinstance(value, int) else value


def _is_set(value: Any) -> bool:
    if isinstance(value, Message):
        return bool(value.ListFields())
    return bool(cast("list[Any]", value)) if isinstance(value, list) else value is not None


def _made(kind: type[msgspec.Struct], values: dict[str, Any]) -> Message:
    return Message(kind, **values)


def _shown(name: str, value: Any, field: _Field) -> str:
    if isinstance(value, Message):
        inner = "".join(f"  {line}\n" for line in repr(value).splitlines())
        return f"{name} {{\n{inner}}}\n"
    if field.words:
        word = word_of(field.words, value)
        return f"{name}: {word.value if word.value.isupper() else word.name}\n"
    if isinstance(value, bool):
        return f"{name}: {str(value).lower()}\n"
    if isinstance(value, str):
        import json

        return f"{name}: {json.dumps(value, ensure_ascii=False)}\n"
    return f"{name}: {value:g}\n" if isinstance(value, float) else f"{name}: {value}\n"
