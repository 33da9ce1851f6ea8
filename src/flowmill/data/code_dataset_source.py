"""Data that a script or notebook made: what is known is which one."""

from __future__ import annotations

from typing import Any

from flowmill.context import context_tags
from flowmill.data.dataset_source import DatasetSource
from flowmill.data.dataset_source_registry import resolve_dataset_source
from flowmill.errors import NotSupported


class CodeDatasetSource(DatasetSource):
    """The script, notebook or commit that made the data, as tags of a run say it."""

    def __init__(self, tags: dict[Any, Any]) -> None:
        self._tags = tags

    @staticmethod
    def _get_source_type() -> str:
        return "code"

    def load(self, **kwargs: Any) -> Any:
        """Not supported: nobody runs the code again."""
        raise NotSupported(f"This dataset was made by code, which cannot be loaded: {self._tags}.")

    def to_dict(self) -> dict[str, Any]:
        """The tags."""
        return {"tags": self._tags}

    @classmethod
    def from_dict(cls, source_dict: dict[str, Any]) -> CodeDatasetSource:
        """The source of these values."""
        return cls(source_dict.get("tags") or {})


def source_from(given: Any) -> DatasetSource:
    """The source that a user passed: one, or what names one, or None for the code that runs now."""
    if given is None:
        return CodeDatasetSource(dict(context_tags()))
    return given if isinstance(given, DatasetSource) else resolve_dataset_source(given)
