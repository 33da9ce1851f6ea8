"""What all entities share: frozen, compact on the wire, named fields only where defaults begin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Self, TypeVar, cast

import msgspec

from flowmill.entities.constructor import WithConstructor
from flowmill.errors import Invalid

if TYPE_CHECKING:
    from flowmill.entities.message import Message

K = TypeVar("K", bound="Entity")

DEFAULT_WORKSPACE = "default"
"""The one that everything is in where there are no others."""

Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""What the databases can hold: a step, or a time in ms since the epoch."""


class Entity(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A value of the wire. Fields that hold their default (None, empty list) are left out of JSON.

    A field that must always be written though it has a default (old clients read a missing one as something
    else) takes it from a ``default_factory``.
    """

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """(name, value) of each public attribute, so that ``dict(run.info)`` works as with MLflow's."""
        for name, on_wire in zip(self.__struct_fields__, self.__struct_encode_fields__, strict=True):
            shown = on_wire if hasattr(type(self), on_wire) else name  # tags by key rather than as the wire has them
            yield shown, getattr(self, shown)

    def __repr__(self) -> str:
        """As MLflow shows it: attributes in alphabetical order, words of closed lists as texts."""
        texts = ((name, str(value) if isinstance(value, StrEnum) else value) for name, value in self)
        return f"<{type(self).__name__}: {', '.join(f'{name}={value!r}' for name, value in sorted(texts))}>"

    def to_dictionary(self) -> dict[str, Any]:
        """The value as plain dicts and lists; what is not there is None."""
        return {name: _plain(value) for name, value in self}

    def _repr_html_(self) -> str:
        """What a notebook shows: a table of what there is, nested where a value has parts; nothing in it is markup."""
        return _table(self.to_dictionary())

    @classmethod
    def from_dictionary(cls, the_dict: Mapping[str, Any]) -> Self:
        """The value of these attributes; others are passed over. Invalid if one is missing or no fit."""
        try:
            if isinstance(cls, WithConstructor):
                made = cls(**{name: the_dict[name] for name in cls.__signature__.parameters if name in the_dict})
                return msgspec.convert(msgspec.to_builtins(made), cls)
            names = {field.name: field.encode_name for field in msgspec.structs.fields(cls)}
            known = {names.get(name, name): value for name, value in the_dict.items() if value is not None}
            return msgspec.convert(known, cls)
        except (msgspec.ValidationError, TypeError) as error:
            raise Invalid(f"{str(dict(the_dict))[:100]} is no {cls.__name__}: {error}.") from None

    def to_proto(self) -> Message:
        """The value as a message with the fields of MLflow's, see `flowmill.entities.message`."""
        from flowmill.entities.message import message_of  # hardly any code asks

        return message_of(self)

    @classmethod
    def from_proto(cls, proto: Any) -> Self:
        """The value of a message of ours or of a protocol buffer of MLflow's."""
        from flowmill.entities.message import fields_of

        return msgspec.convert(fields_of(cls, proto), cls)


def _table(value: Any) -> str:
    from html import escape

    if isinstance(value, dict):
        pairs = cast("dict[str, Any]", value).items()
        shown = [(key, each) for key, each in pairs if each not in (None, "", [], {})]
        rows = [f"<tr><th>{escape(str(key))}</th><td>{_table(each)}</td></tr>" for key, each in shown]
        return f"<table>{''.join(rows)}</table>"
    if isinstance(value, list):
        return "".join(_table(each) for each in cast("list[Any]", value))
    return escape(str(value))


def _plain(value: Any) -> Any:
    if isinstance(value, Entity):
        return value.to_dictionary()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, list):
        return [_plain(each) for each in cast("list[Any]", value)]
    return value


class KeyValue(Entity, frozen=True):
    """A key with a text: the shape of every tag and parameter."""

    key: str
    value: str = msgspec.field(default_factory=str)


def entities_of(kind: type[K], given: Iterable[Any] | Mapping[str, Any] | None, **more: Any) -> list[K]:
    """A list of them: given as one, as dicts, or as values by key; ``more`` is what those have besides."""
    if isinstance(given, Mapping):
        pairs = cast("Mapping[str, Any]", given).items()
        return [kind.from_dictionary({"key": key, "value": _text_of(value), **more}) for key, value in pairs]
    return [entity_of(kind, each) for each in given or ()]


def entity_of(kind: type[K], given: K | Mapping[str, Any]) -> K:
    """One of them, given as one or as a dict."""
    return given if isinstance(given, kind) else kind.from_dictionary(cast("Mapping[str, Any]", given))


def _text_of(value: Any) -> Any:
    return value if isinstance(value, float) else str(value)


def as_dict(pairs: list[Any]) -> dict[str, str]:
    """Tags or parameters as a dict, the last one of a key winning."""
    return {pair.key: pair.value for pair in pairs}
