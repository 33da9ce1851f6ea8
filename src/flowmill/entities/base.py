"""What all entities share: frozen, compact on the wire, named fields only where defaults begin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec

Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""What the databases can hold: a step, or a time in ms since the epoch."""


class Entity(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A value of the wire. Fields that hold their default (None, empty list) are left out of JSON.

    A field that must always be written though it has a default (old clients read a missing one as something
    else) takes it from a ``default_factory``.
    """

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """(name, value) of each public attribute, so that ``dict(run.info)`` works as with MLflow's."""
        for name in self.__struct_fields__:
            yield name, getattr(self, name)

    def to_dictionary(self) -> dict[str, Any]:
        """The value as plain dicts and lists, shaped as on the wire."""
        return msgspec.to_builtins(self)


class KeyValue(Entity, frozen=True):
    """A key with a text: the shape of every tag and parameter."""

    key: str
    value: str = msgspec.field(default_factory=str)


def as_dict(pairs: list[Any]) -> dict[str, str]:
    """Tags or parameters as a dict, the last one of a key winning."""
    return {pair.key: pair.value for pair in pairs}
