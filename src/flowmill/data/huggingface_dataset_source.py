"""Data that Hugging Face's ``datasets`` loads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flowmill.data.dataset_source import DatasetSource, needed
from flowmill.data.foreign import library
from flowmill.errors import Invalid


class HuggingFaceDatasetSource(DatasetSource):
    """The arguments of ``datasets.load_dataset`` that give the data again."""

    def __init__(
        self,
        path: str,
        config_name: str | None = None,
        data_dir: str | None = None,
        data_files: str | Sequence[str] | Mapping[str, str | Sequence[str]] | None = None,
        split: Any = None,
        revision: Any = None,
        trust_remote_code: bool | None = None,
    ) -> None:
        self.path = path
        self.config_name = config_name
        self.data_dir = data_dir
        self.data_files = data_files
        self.split = split
        self.revision = revision
        self.trust_remote_code = trust_remote_code

    @staticmethod
    def _get_source_type() -> str:
        return "hugging_face"

    def load(self, **kwargs: Any) -> Any:
        """The ``datasets.Dataset``; ``kwargs`` are further arguments of ``load_dataset``."""
        datasets = library("datasets", "Loading a Hugging Face dataset")
        own: dict[str, Any] = {
            "path": self.path,
            "name": self.config_name,
            "data_dir": self.data_dir,
            "data_files": self.data_files,
            "split": None if self.split is None or str(self.split) == "None" else self.split,
            "revision": self.revision,
        }
        if twice := sorted(own.keys() & kwargs.keys()):
            raise Invalid(f"load() was given {', '.join(twice)}, which the source says itself: leave it out.")
        if self.trust_remote_code is not None:  # newer versions of datasets do not know the argument any more
            own["trust_remote_code"] = self.trust_remote_code
        return datasets.load_dataset(**own, **kwargs)

    def to_dict(self) -> dict[str, Any]:
        """The arguments; whether to trust code is decided by whoever loads it."""
        return {
            "path": self.path,
            "config_name": self.config_name,
            "data_dir": self.data_dir,
            "data_files": self.data_files,
            "split": str(self.split),
            "revision": None if self.revision is None else str(self.revision),
        }

    @classmethod
    def from_dict(cls, source_dict: dict[str, Any]) -> HuggingFaceDatasetSource:
        """The source of these arguments."""
        known = ("config_name", "data_dir", "data_files", "split", "revision")
        return cls(needed(cls, source_dict, "path"), **{name: source_dict.get(name) for name in known})
