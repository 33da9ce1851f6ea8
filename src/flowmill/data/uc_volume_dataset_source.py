"""Data in a volume of Databricks' catalog: noted, never fetched."""

from __future__ import annotations

from typing import Any

from flowmill.data.dataset_source import DatasetSource, needed
from flowmill.errors import NotSupported


class UCVolumeDatasetSource(DatasetSource):
    """A path such as ``/Volumes/catalog/schema/volume/file``."""

    def __init__(self, path: str) -> None:
        self.path = path

    @staticmethod
    def _get_source_type() -> str:
        return "uc_volume"

    def load(self) -> Any:
        """Not supported outside of Databricks."""
        raise NotSupported(f"{self.path!r} lies in a volume of Databricks and cannot be loaded here.")

    def to_dict(self) -> dict[str, Any]:
        """The path."""
        return {"path": self.path}

    @classmethod
    def from_dict(cls, source_dict: dict[str, Any]) -> UCVolumeDatasetSource:
        """The source at this path."""
        return cls(needed(cls, source_dict, "path"))
