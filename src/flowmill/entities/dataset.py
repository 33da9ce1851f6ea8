"""Datasets: what a run was trained or measured on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowmill.entities.base import Entity, KeyValue, as_dict, entities_of, entity_of


class InputTag(KeyValue, frozen=True):
    """A tag of a dataset's use, such as its context (training, evaluation)."""


class Dataset(Entity, frozen=True):
    """A dataset by name and digest; ``schema`` and ``profile`` are JSON texts."""

    name: str
    digest: str
    source_type: str
    source: str
    schema: str | None = None
    profile: str | None = None


class DatasetInput(Entity, frozen=True):
    """A dataset as one run used it."""

    dataset: Dataset
    tags: list[InputTag] = []

    @classmethod
    def from_dictionary(cls, the_dict: Mapping[str, Any]) -> DatasetInput:
        """What `to_dictionary` gave."""
        return cls(entity_of(Dataset, the_dict.get("dataset") or {}), entities_of(InputTag, the_dict.get("tags")))

    def to_dictionary(self) -> dict[str, Any]:
        """The dataset and its tags by key."""
        return {"dataset": self.dataset.to_dictionary(), "tags": as_dict(self.tags)}
