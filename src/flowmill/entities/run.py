"""Runs: what was tried, with which parameters, and what came out."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from flowmill.entities.base import Entity, Int64, KeyValue, as_dict
from flowmill.entities.dataset import DatasetInput
from flowmill.entities.metric import Metric


class RunStatus(StrEnum):
    """How a run stands. RUNNING and SCHEDULED are open; the others are final."""

    RUNNING = "RUNNING"
    SCHEDULED = "SCHEDULED"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"

    @staticmethod
    def to_string(status: str) -> str:
        """The name of a status (MLflow's spelling of ``str``)."""
        return RunStatus(status).value

    @staticmethod
    def from_string(status: str) -> RunStatus:
        """The status of this name."""
        return RunStatus(status)

    @staticmethod
    def is_terminated(status: str) -> bool:
        """True for FINISHED, FAILED and KILLED."""
        return status in ("FINISHED", "FAILED", "KILLED")


class LifecycleStage(StrEnum):
    """Whether something is in use or in the trash."""

    ACTIVE = "active"
    DELETED = "deleted"


class ViewType(StrEnum):
    """Which of active and deleted things a search looks at."""

    ACTIVE_ONLY = "ACTIVE_ONLY"
    DELETED_ONLY = "DELETED_ONLY"
    ALL = "ALL"


class Param(KeyValue, frozen=True):
    """A parameter of a run; written once, never changed."""


class RunTag(KeyValue, frozen=True):
    """A tag of a run; may be changed and deleted."""


class RunInfo(Entity, frozen=True):
    """Who, when, where and how. Times are ms since the epoch, UTC."""

    run_id: str
    run_uuid: str
    run_name: str
    experiment_id: str
    user_id: str
    status: RunStatus
    start_time: int
    artifact_uri: str
    lifecycle_stage: LifecycleStage
    end_time: int | None = None


class RunData(Entity, frozen=True):
    """Latest metrics, parameters and tags; as lists on the wire, as dicts for people."""

    metric_list: list[Metric] = msgspec.field(name="metrics", default_factory=list)
    param_list: list[Param] = msgspec.field(name="params", default_factory=list)
    tag_list: list[RunTag] = msgspec.field(name="tags", default_factory=list)

    @property
    def metrics(self) -> dict[str, float]:
        """Latest value of each metric."""
        return {metric.key: metric.value for metric in self.metric_list}

    @property
    def params(self) -> dict[str, str]:
        """Parameters by key."""
        return as_dict(self.param_list)

    @property
    def tags(self) -> dict[str, str]:
        """Tags by key."""
        return as_dict(self.tag_list)


class LoggedModelInput(Entity, frozen=True):
    """A logged model that a run used."""

    model_id: str


class LoggedModelOutput(Entity, frozen=True):
    """A logged model that a run made, at which step."""

    model_id: str
    step: Int64 = msgspec.field(default_factory=int)


class RunInputs(Entity, frozen=True):
    """Datasets and models that a run used."""

    dataset_inputs: list[DatasetInput] = []
    model_inputs: list[LoggedModelInput] = []


class RunOutputs(Entity, frozen=True):
    """Models that a run made."""

    model_outputs: list[LoggedModelOutput] = []


class Run(Entity, frozen=True):
    """A run, whole."""

    info: RunInfo
    data: RunData = msgspec.field(default_factory=RunData)
    inputs: RunInputs = msgspec.field(default_factory=RunInputs)
    outputs: RunOutputs | None = None
