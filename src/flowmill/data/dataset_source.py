"""Where the data of a dataset came from, as a value that can be stored and loaded again."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import Any

from flowmill.errors import Invalid


class DatasetSource(ABC):
    """The base of all sources."""

    @staticmethod
    @abstractmethod
    def _get_source_type() -> str:
        """A word that names the kind of source, stored beside it."""

    @abstractmethod
    def load(self) -> Any:
        """The data, or the local path of it."""

    @staticmethod
    def _can_resolve(raw_source: Any) -> bool:
        """Whether this kind of source can be made from what a user passed; not if it has to be named."""
        return False

    @classmethod
    def _resolve(cls, raw_source: Any) -> DatasetSource:
        """The source that a user meant."""
        raise Invalid(f"{str(raw_source)[:100]!r} may mean many things: make a {cls.__name__} of it yourself.")

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """The source as plain values."""

    def to_json(self) -> str:
        """The source as JSON text, as a store keeps it."""
        return json.dumps(self.to_dict())

    @classmethod
    @abstractmethod
    def from_dict(cls, source_dict: dict[str, Any]) -> DatasetSource:
        """The source of these values."""

    @classmethod
    def from_json(cls, source_json: str) -> DatasetSource:
        """The source of this JSON text."""
        try:
            source_dict = json.loads(source_json)
        except ValueError as error:
            raise Invalid(f"The source of a dataset is a JSON object, not {source_json[:100]!r} ({error}).") from None
        if not isinstance(source_dict, dict):
            raise Invalid(f"The source of a dataset is a JSON object, not {source_json[:100]!r}.")
        return cls.from_dict(source_dict)


def needed(kind: type[DatasetSource], source_dict: dict[str, Any], key: str) -> Any:
    """The value of a key that this kind of source cannot do without."""
    if source_dict.get(key) is None:
        raise Invalid(f'The source {str(source_dict)[:100]} is no {kind.__name__}: it has no "{key}".')
    return source_dict[key]


def exactly_one(kind: str, **given: Any) -> None:
    """Invalid unless one value is given and no more."""
    if sum(value is not None for value in given.values()) != 1:
        raise Invalid(f"{kind} needs exactly one of {', '.join(given)}, got {given}.")
