"""Experiments: named groups of runs."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from flowmill.entities.base import Entity, KeyValue, as_dict
from flowmill.entities.run import LifecycleStage


class ExperimentTag(KeyValue, frozen=True):
    """A tag of an experiment."""


class Experiment(Entity, frozen=True):
    """An experiment; times are ms since the epoch, UTC."""

    DEFAULT_EXPERIMENT_NAME: ClassVar[str] = "Default"

    experiment_id: str
    name: str
    artifact_location: str
    lifecycle_stage: LifecycleStage
    last_update_time: int
    creation_time: int
    tag_list: list[ExperimentTag] = msgspec.field(name="tags", default_factory=list)

    @property
    def tags(self) -> dict[str, str]:
        """Tags by key."""
        return as_dict(self.tag_list)
