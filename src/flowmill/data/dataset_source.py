"""Where the data of a dataset came from, as a value that can be stored and loaded again."""

from __future__ import annotations

import json
from typing import Any

from flowmill.errors import Invalid


class DatasetSource:
    """The base of all sources; a plugin's source fills in every method that raises here."""

    @staticmethod
    def _get_source_type() -> str:
        """A word that names the kind of source, stored beside it."""
        raise NotImplementedError

    def load(self) -> Any:
        """The data, or the local path of it."""
        raise NotImplementedError

    @staticmethod
    def _can_resolve(raw_source: Any) -> bool:
        """Whether this kind of source can be made from what a user passed."""
        raise NotImplementedError

    @classmethod
    def _resolve(cls, raw_source: Any) -> DatasetSource:
        """The source that a user meant."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """The source as plain values."""
        raise NotImplementedError

    def to_json(self) -> str:
        """The source as JSON text, as a store keeps it."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_dict(cls, source_dict: dict[str, Any]) -> DatasetSource:
        """The source of these values."""
        raise NotImplementedError

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
