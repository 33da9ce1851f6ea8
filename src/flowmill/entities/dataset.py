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


class DatasetSummary(Entity, frozen=True):
    """A dataset that some run of the experiment used, once for each context (training, evaluation)."""

    experiment_id: str
    name: str
    digest: str
    context: str | None = None

    def to_dict(self) -> dict[str, str | None]:
        """The values by name."""
        return {
            "experiment_id": self.experiment_id,
            "name": self.name,
            "digest": self.digest,
            "context": self.context,
        }
