"""Experiments: named groups of runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import msgspec

from flowmill.entities.base import DEFAULT_WORKSPACE, Entity, KeyValue, as_dict, entities_of
from flowmill.entities.constructor import WithConstructor
from flowmill.entities.run import LifecycleStage


class ExperimentTag(KeyValue, frozen=True):
    """A tag of an experiment."""


class Experiment(Entity, frozen=True, kw_only=True, metaclass=WithConstructor):
    """An experiment; times are ms since the epoch, UTC."""

    DEFAULT_EXPERIMENT_NAME: ClassVar[str] = "Default"

    experiment_id: str
    name: str
    artifact_location: str
    lifecycle_stage: LifecycleStage
    last_update_time: int
    creation_time: int
    tag_list: list[ExperimentTag] = msgspec.field(name="tags", default_factory=list)
    workspace_name: str | None = msgspec.field(name="workspace", default=None)

    @staticmethod
    def _fields_of(
        experiment_id: str,
        name: str,
        artifact_location: str,
        lifecycle_stage: LifecycleStage | str,
        tags: list[ExperimentTag] | Mapping[str, str] | None = None,
        creation_time: int | None = None,
        last_update_time: int | None = None,
        workspace: str | None = None,
        trace_location: None = None,
        effective_trace_archival_retention: None = None,
    ) -> dict[str, Any]:
        return {
            "experiment_id": str(experiment_id),
            "name": name,
            "artifact_location": artifact_location,
            "lifecycle_stage": lifecycle_stage,
            "tag_list": entities_of(ExperimentTag, tags),
            "creation_time": creation_time,
            "last_update_time": last_update_time,
            "workspace_name": None if workspace == DEFAULT_WORKSPACE else workspace,
        }

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """(name, value) of what MLflow's have."""
        yield from super().__iter__()
        yield "trace_location", self.trace_location
        yield "effective_trace_archival_retention", self.effective_trace_archival_retention

    @property
    def tags(self) -> dict[str, str]:
        """Tags by key."""
        return as_dict(self.tag_list)

    @property
    def workspace(self) -> str:
        """The workspace that it is in."""
        return self.workspace_name or DEFAULT_WORKSPACE

    @property
    def trace_location(self) -> None:
        """Where else traces are kept: nowhere."""
        return

    @property
    def effective_trace_archival_retention(self) -> None:
        """After how long traces move to an archive: never."""
        return
