"""Datasets: what a run was trained or measured on."""

from __future__ import annotations

from typing import Any

from flowmill.entities.base import Entity, KeyValue, as_dict


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

    def to_dictionary(self) -> dict[str, Any]:
        """The dataset and its tags by key."""
        return {"dataset": self.dataset.to_dictionary(), "tags": as_dict(self.tags)}
