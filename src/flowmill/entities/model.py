"""Logged models: a trained model with its files, parameters and metrics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from flowmill.entities.base import Entity, KeyValue, as_dict, entities_of
from flowmill.entities.constructor import WithConstructor
from flowmill.entities.metric import Metric
from flowmill.errors import Invalid

_ATTRIBUTES = (
    "artifact_location creation_timestamp experiment_id last_updated_timestamp metrics model_id model_type model_uri "
    "name params source_run_id status status_message tags"
).split()


class LoggedModelStatus(StrEnum):
    """Whether a logged model's files are complete."""

    UNSPECIFIED = "UNSPECIFIED"
    PENDING = "PENDING"
    READY = "READY"
    FAILED = "FAILED"

    @staticmethod
    def is_finalized(status: LoggedModelStatus | str) -> bool:
        """Whether the files are complete or never will be."""
        return str(status) in ("READY", "FAILED")

    def to_int(self) -> int:
        """The number that MLflow gives it."""
        return list(LoggedModelStatus).index(self)

    @classmethod
    def from_int(cls, status_int: int) -> LoggedModelStatus:
        """The status of this number."""
        if not 0 <= status_int < len(LoggedModelStatus):
            raise Invalid(f"Invalid status {status_int} of a model: expected 0 to {len(LoggedModelStatus) - 1}.")
        return list(LoggedModelStatus)[status_int]

    def to_proto(self) -> int:
        """The number that MLflow's messages have for it."""
        return self.to_int()

    @classmethod
    def from_proto(cls, proto: int) -> LoggedModelStatus:
        """The status of that number."""
        return cls.from_int(proto)


class UploadStatus(StrEnum):
    """The same in the words of the wire."""

    UNSPECIFIED = "LOGGED_MODEL_STATUS_UNSPECIFIED"
    PENDING = "LOGGED_MODEL_PENDING"
    READY = "LOGGED_MODEL_READY"
    FAILED = "LOGGED_MODEL_UPLOAD_FAILED"


class LoggedModelTag(KeyValue, frozen=True):
    """A tag of a logged model."""


class LoggedModelParameter(KeyValue, frozen=True):
    """A parameter of a logged model."""


class LoggedModelRegistration(Entity, frozen=True):
    """A registered version made from a logged model."""

    name: str
    version: str


class LoggedModelInfo(Entity, frozen=True):
    """Who, when, where and how; times are ms since the epoch, UTC."""

    model_id: str
    experiment_id: str
    name: str
    creation_timestamp_ms: int
    last_updated_timestamp_ms: int
    artifact_uri: str
    status: UploadStatus
    model_type: str = msgspec.field(default_factory=str)
    source_run_id: str = msgspec.field(default_factory=str)
    status_message: str | None = None
    tags: list[LoggedModelTag] = []
    registrations: list[LoggedModelRegistration] = []


class LoggedModelData(Entity, frozen=True):
    """Parameters and metrics of a logged model."""

    params: list[LoggedModelParameter] = []
    metrics: list[Metric] = []


class LoggedModel(Entity, frozen=True, kw_only=True, metaclass=WithConstructor):
    """A logged model, whole. Its URI is ``models:/<model_id>``."""

    info: LoggedModelInfo
    data: LoggedModelData = msgspec.field(default_factory=LoggedModelData)

    @staticmethod
    def _fields_of(
        experiment_id: str,
        model_id: str,
        name: str,
        artifact_location: str,
        creation_timestamp: int,
        last_updated_timestamp: int,
        model_type: str | None = None,
        source_run_id: str | None = None,
        status: LoggedModelStatus | int = LoggedModelStatus.READY,
        status_message: str | None = None,
        tags: list[LoggedModelTag] | Mapping[str, Any] | None = None,
        params: list[LoggedModelParameter] | Mapping[str, Any] | None = None,
        metrics: list[Metric] | None = None,
    ) -> dict[str, Any]:
        known = LoggedModelStatus.from_int(status) if isinstance(status, int) else LoggedModelStatus(status)
        info = LoggedModelInfo(
            model_id=model_id,
            experiment_id=str(experiment_id),
            name=name,
            creation_timestamp_ms=creation_timestamp,
            last_updated_timestamp_ms=last_updated_timestamp,
            artifact_uri=artifact_location,
            status=UploadStatus[known.name],
            model_type=model_type or "",
            source_run_id=source_run_id or "",
            status_message=status_message,
            tags=entities_of(LoggedModelTag, tags),
        )
        return {
            "info": info,
            "data": LoggedModelData(entities_of(LoggedModelParameter, params), entities_of(Metric, metrics)),
        }

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """(name, value) of each public attribute."""
        return ((name, getattr(self, name)) for name in _ATTRIBUTES)

    def __repr__(self) -> str:
        """As MLflow shows it: without tags, parameters and metrics."""
        shown = (f"{name}={value!r}" for name, value in self if name not in ("metrics", "params", "tags"))
        return f"{type(self).__name__}({', '.join(shown)})"

    def to_dictionary(self) -> dict[str, Any]:
        """The model as plain dicts and lists, its status as MLflow's number, without its URI."""
        form = {name: value for name, value in super().to_dictionary().items() if name != "model_uri"}
        return {**form, "status": self.status.to_int()}

    @property
    def model_id(self) -> str:
        """``m-`` and 32 hexadecimal digits."""
        return self.info.model_id

    @property
    def model_uri(self) -> str:
        """What ``load_model`` takes."""
        return f"models:/{self.info.model_id}"

    @property
    def name(self) -> str:
        """The name given when it was logged."""
        return self.info.name

    @property
    def experiment_id(self) -> str:
        """The experiment that it belongs to."""
        return self.info.experiment_id

    @property
    def artifact_location(self) -> str:
        """Where its files are."""
        return self.info.artifact_uri

    @property
    def creation_timestamp(self) -> int:
        """ms since the epoch, UTC."""
        return self.info.creation_timestamp_ms

    @property
    def last_updated_timestamp(self) -> int:
        """ms since the epoch, UTC."""
        return self.info.last_updated_timestamp_ms

    @property
    def model_type(self) -> str:
        """A word of the user's, such as ``classifier``."""
        return self.info.model_type

    @property
    def source_run_id(self) -> str:
        """The run that made it; empty without one."""
        return self.info.source_run_id

    @property
    def status(self) -> LoggedModelStatus:
        """PENDING until its files are complete."""
        return LoggedModelStatus[self.info.status.name]

    @property
    def status_message(self) -> str | None:
        """Why it failed, when it did."""
        return self.info.status_message

    @property
    def tags(self) -> dict[str, str]:
        """Tags by key."""
        return as_dict(self.info.tags)

    @property
    def params(self) -> dict[str, str]:
        """Parameters by key."""
        return as_dict(self.data.params)

    @property
    def metrics(self) -> list[Metric]:
        """What was measured of it."""
        return self.data.metrics
