"""Runs: what was tried, with which parameters, and what came out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum, nonmember
from typing import Any, TypeVar

import msgspec

from flowmill.entities.base import Entity, Int64, KeyValue, as_dict, entities_of, entity_of
from flowmill.entities.constructor import WithConstructor
from flowmill.entities.dataset import DatasetInput
from flowmill.entities.metric import Metric
from flowmill.errors import Invalid

M = TypeVar("M", bound=StrEnum)

_ATTRIBUTES = ("artifact_uri", "end_time", "run_id", "run_name", "start_time", "status", "user_id")

JOB_TAG = "flowmill.job"
"""Tag of a run that many processes open together: which job they are of."""

SIZE_TAG = "flowmill.worldSize"
"""Tag of such a run: how many processes the job has."""

HOW_TAG = "flowmill.end"
"""Tag that says how a run ended that did not finish."""
TRACEBACK_TAG = "flowmill.traceback"
EXIT_CODE_TAG = "flowmill.exitCode"
SIGNAL_TAG = "flowmill.signal"
RANK_TAG = "flowmill.rank"
END_TAGS = (HOW_TAG, TRACEBACK_TAG, EXIT_CODE_TAG, SIGNAL_TAG, RANK_TAG)
"""All that is said of an end; a run that is taken up again has none of it."""


class RunStatus(StrEnum):
    """How a run stands. RUNNING and SCHEDULED are open; the others are final."""

    RUNNING = "RUNNING"
    SCHEDULED = "SCHEDULED"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"

    @staticmethod
    def to_string(status: str | int) -> str:
        """The name of a status, which MLflow numbers from 1."""
        return _member(RunStatus, status, "run status").value

    @staticmethod
    def from_string(status_str: str) -> RunStatus:
        """The status of this name."""
        return _member(RunStatus, status_str, "run status")

    @staticmethod
    def is_terminated(status: str | int) -> bool:
        """True for FINISHED, FAILED and KILLED."""
        return RunStatus.to_string(status) in ("FINISHED", "FAILED", "KILLED")

    @staticmethod
    def all_status() -> list[RunStatus]:
        """Every status."""
        return list(RunStatus)


class LifecycleStage(StrEnum):
    """Whether something is in use or in the trash."""

    ACTIVE = "active"
    DELETED = "deleted"

    @classmethod
    def view_type_to_stages(cls, view_type: ViewType | int = 3) -> list[LifecycleStage]:
        """The stages that a search looks at."""
        view = _member(ViewType, view_type, "view type")
        return [stage for stage in LifecycleStage if view in (ViewType.ALL, f"{stage.name}_ONLY")]

    @classmethod
    def is_valid(cls, lifecycle_stage: str) -> bool:
        """Whether there is such a stage."""
        return lifecycle_stage in {stage.value for stage in LifecycleStage}

    @classmethod
    def matches_view_type(cls, view_type: ViewType | int, lifecycle_stage: str) -> bool:
        """Whether a search looks at what is in this stage. Invalid if there is no such one."""
        return _member(LifecycleStage, lifecycle_stage, "lifecycle stage") in cls.view_type_to_stages(view_type)


class ViewType(StrEnum):
    """Which of active and deleted things a search looks at."""

    ACTIVE_ONLY = "ACTIVE_ONLY"
    DELETED_ONLY = "DELETED_ONLY"
    ALL = "ALL"

    @classmethod
    def from_string(cls, view_str: str) -> ViewType:
        """The view of this name, such as ``active_only``."""
        return _member(ViewType, view_str.upper(), "view type")

    @classmethod
    def to_string(cls, view_type: ViewType | int) -> str:
        """The name of a view, such as ``active_only``; MLflow numbers them from 1."""
        return _member(ViewType, view_type, "view type").value.lower()

    @classmethod
    def to_proto(cls, view_type: ViewType | int) -> int:
        """The number that MLflow's messages have for it."""
        return list(cls).index(_member(ViewType, view_type, "view type")) + 1

    @classmethod
    def from_proto(cls, proto_view_type: int) -> ViewType:
        """The view of that number."""
        return _member(ViewType, proto_view_type, "view type")


class SourceType(StrEnum):
    """What started a run, as its tag ``mlflow.source.type`` says."""

    NOTEBOOK = "NOTEBOOK"
    JOB = "JOB"
    PROJECT = "PROJECT"
    LOCAL = "LOCAL"
    UNKNOWN = "UNKNOWN"

    SOURCETYPE_TO_STRING = nonmember({1: "NOTEBOOK", 2: "JOB", 3: "PROJECT", 4: "LOCAL", 5: "UNKNOWN"})

    @staticmethod
    def from_string(status_str: str) -> SourceType:
        """The type of this name."""
        return _member(SourceType, status_str, "source type")

    @staticmethod
    def to_string(status: str | int) -> str:
        """The name of a type, which MLflow numbers from 1."""
        return _member(SourceType, status, "source type").value


def _member(kind: type[M], value: str | int, what: str) -> M:
    """The member of a value, or of the number that MLflow gives it, from 1 on."""
    members = list(kind)
    if isinstance(value, int) and 1 <= value <= len(members):
        return members[value - 1]
    try:
        return kind(value)
    except ValueError:
        raise Invalid(f"Invalid {what} {value!r}: expected one of {', '.join(members)}.") from None


class Param(KeyValue, frozen=True):
    """A parameter of a run; written once, never changed."""


class RunTag(KeyValue, frozen=True):
    """A tag of a run; may be changed and deleted."""


class RunInfo(Entity, frozen=True, kw_only=True, metaclass=WithConstructor):
    """Who, when, where and how. Times are ms since the epoch, UTC.

    ``lost``: it is RUNNING by its status, but the process that logs to it gives no sign of life.
    """

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
    lost: bool = False

    @staticmethod
    def _fields_of(
        run_id: str,
        experiment_id: str,
        user_id: str,
        status: RunStatus | str | int,
        start_time: int,
        end_time: int | None,
        lifecycle_stage: LifecycleStage | str,
        artifact_uri: str | None = None,
        run_name: str | None = None,
    ) -> dict[str, Any]:
        return {
            "run_id": run_id,
            "run_uuid": run_id,
            "run_name": run_name or "",
            "experiment_id": str(experiment_id),
            "user_id": user_id,
            "status": _member(RunStatus, status, "run status"),
            "start_time": start_time,
            "artifact_uri": artifact_uri or "",
            "lifecycle_stage": _member(LifecycleStage, lifecycle_stage, "lifecycle stage"),
            "end_time": end_time,
        }

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """(name, value) of what MLflow's have: not ``run_uuid``, an older name of ``run_id``, and not ``lost``."""
        return (pair for pair in super().__iter__() if pair[0] not in ("run_uuid", "lost"))

    @classmethod
    def get_searchable_attributes(cls) -> list[str]:
        """Attributes that a filter of runs may name."""
        return sorted(_ATTRIBUTES)

    @classmethod
    def get_orderable_attributes(cls) -> list[str]:
        """Attributes that runs may be ordered by."""
        return sorted(_ATTRIBUTES)


class RunData(Entity, frozen=True, kw_only=True, metaclass=WithConstructor):
    """Latest metrics, parameters and tags; as lists on the wire, as dicts for people."""

    metric_list: list[Metric] = msgspec.field(name="metrics", default_factory=list)
    param_list: list[Param] = msgspec.field(name="params", default_factory=list)
    tag_list: list[RunTag] = msgspec.field(name="tags", default_factory=list)

    @staticmethod
    def _fields_of(
        metrics: list[Metric] | Mapping[str, float] | None = None,
        params: list[Param] | Mapping[str, str] | None = None,
        tags: list[RunTag] | Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        # Metrics by key alone, as `to_dictionary` gives them, have lost when they were logged.
        return {
            "metric_list": entities_of(Metric, metrics, timestamp=0),
            "param_list": entities_of(Param, params),
            "tag_list": entities_of(RunTag, tags),
        }

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

    @classmethod
    def from_dictionary(cls, the_dict: Mapping[str, Any]) -> RunInputs:
        """What `to_dictionary` gave."""
        return cls(
            entities_of(DatasetInput, the_dict.get("dataset_inputs")),
            entities_of(LoggedModelInput, the_dict.get("model_inputs")),
        )


class RunOutputs(Entity, frozen=True):
    """Models that a run made."""

    model_outputs: list[LoggedModelOutput] = []


class Run(Entity, frozen=True, kw_only=True, metaclass=WithConstructor):
    """A run, whole."""

    info: RunInfo
    data: RunData = msgspec.field(default_factory=RunData)
    inputs: RunInputs = msgspec.field(default_factory=RunInputs)
    outputs: RunOutputs | None = None

    @staticmethod
    def _fields_of(
        run_info: RunInfo | None,
        run_data: RunData | None,
        run_inputs: RunInputs | None = None,
        run_outputs: RunOutputs | None = None,
    ) -> dict[str, Any]:
        if run_info is None:
            raise Invalid("A run has a run_info; None was given.")
        parts = {"info": run_info, "data": run_data or RunData(), "inputs": run_inputs or RunInputs()}
        return {**parts, "outputs": run_outputs}

    @classmethod
    def from_dictionary(cls, the_dict: Mapping[str, Any]) -> Run:
        """The run that `to_dictionary` gave; its metrics have no times then."""
        outputs = the_dict.get("outputs")
        return cls(
            info=entity_of(RunInfo, the_dict.get("info") or {}),
            data=entity_of(RunData, the_dict.get("data") or {}),
            inputs=entity_of(RunInputs, the_dict.get("inputs") or {}),
            outputs=entity_of(RunOutputs, outputs) if outputs else None,
        )

    def to_dictionary(self) -> dict[str, Any]:
        """The run as plain dicts and lists; without ``outputs`` if it has none."""
        return {name: part for name, part in super().to_dictionary().items() if part is not None}
