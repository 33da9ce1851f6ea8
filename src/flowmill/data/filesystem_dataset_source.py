"""Data in files: a folder, a bucket."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from flowmill.data.dataset_source import DatasetSource


class FileSystemDatasetSource(DatasetSource):
    """A file or folder at an address."""

    @property
    @abstractmethod
    def uri(self) -> str:
        """Its address."""

    @abstractmethod
    def load(self, dst_path: Any = None) -> str:
        """The local path of the file or folder; fetched to ``dst_path`` or a temporary folder if it lies elsewhere."""
