"""The model registry: named models, their versions and aliases."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import Any

import msgspec

from flowmill.entities.base import DEFAULT_WORKSPACE, Entity, KeyValue, as_dict, entities_of
from flowmill.entities.constructor import WithConstructor
from flowmill.entities.metric import Metric
from flowmill.entities.model import LoggedModelParameter
from flowmill.errors import Invalid


class RegisteredModelTag(KeyValue, frozen=True):
    """A tag of a registered model."""


class ModelVersionTag(KeyValue, frozen=True):
    """A tag of a version."""


class ModelVersionStatus(StrEnum):
    """Whether a version can be used."""

    PENDING_REGISTRATION = "PENDING_REGISTRATION"
    FAILED_REGISTRATION = "FAILED_REGISTRATION"
    READY = "READY"


class RegisteredModelAlias(Entity, frozen=True):
    """A name that points at one version."""

    alias: str
    version: str


class DeploymentJobConnectionState(StrEnum):
    """Whether a registered model has a job that deploys its versions; Databricks alone has such jobs."""

    UNSPECIFIED = "DEPLOYMENT_JOB_CONNECTION_STATE_UNSPECIFIED"
    NOT_SET_UP = "NOT_SET_UP"
    CONNECTED = "CONNECTED"
    NOT_FOUND = "NOT_FOUND"
    REQUIRED_PARAMETERS_CHANGED = "REQUIRED_PARAMETERS_CHANGED"


class DeploymentJobRunState(StrEnum):
    """How such a job stands for a version."""

    UNSPECIFIED = "DEPLOYMENT_JOB_RUN_STATE_UNSPECIFIED"
    NO_VALID_DEPLOYMENT_JOB_FOUND = "NO_VALID_DEPLOYMENT_JOB_FOUND"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    PENDING = "PENDING"
    APPROVAL = "APPROVAL"


class RegisteredModelDeploymentJobState(IntEnum):
    """`DeploymentJobConnectionState` by MLflow's numbers."""

    NOT_SET_UP = 1
    CONNECTED = 2
    NOT_FOUND = 3
    REQUIRED_PARAMETERS_CHANGED = 4

    @staticmethod
    def from_string(state_str: str) -> int:
        """The number of a state."""
        states = [state.value for state in DeploymentJobConnectionState]
        if state_str not in states:
            raise Invalid(f"Invalid state {state_str!r} of a deployment job: expected one of {', '.join(states)}.")
        return states.index(state_str)

    @staticmethod
    def to_string(state: int) -> str:
        """The state of a number."""
        states = list(DeploymentJobConnectionState)
        if not 0 <= state < len(states):
            raise Invalid(f"Invalid state {state!r} of a deployment job: expected 0 to {len(states) - 1}.")
        return states[state].value

    @staticmethod
    def all_states() -> list[int]:
        """Every number."""
        return list(range(len(DeploymentJobConnectionState)))


class ModelVersionDeploymentJobState(Entity, frozen=True):
    """How the job that deploys a version stands, on servers that have such jobs."""

    job_id: str
    run_id: str
    job_state: DeploymentJobConnectionState
    run_state: DeploymentJobRunState
    current_task_name: str


class ModelVersion(Entity, frozen=True, kw_only=True, metaclass=WithConstructor):
    """A version of a registered model; times are ms since the epoch, UTC."""

    name: str
    version: str
    creation_timestamp: int
    last_updated_timestamp: int
    current_stage: str
    description: str = msgspec.field(default_factory=str)
    user_id: str | None = None
    source: str | None = None
    run_id: str | None = None
    run_link: str = msgspec.field(default_factory=str)
    model_id: str | None = None
    status: ModelVersionStatus
    status_message: str | None = None
    tag_list: list[ModelVersionTag] = msgspec.field(name="tags", default_factory=list)
    aliases: list[str] = []
    params: list[LoggedModelParameter] | None = None
    metrics: list[Metric] | None = None
    deployment_job_state: ModelVersionDeploymentJobState | None = None
    workspace_name: str | None = msgspec.field(name="workspace", default=None)

    @staticmethod
    def _fields_of(
        name: str,
        version: str | int,
        creation_timestamp: int,
        last_updated_timestamp: int | None = None,
        description: str | None = None,
        user_id: str | None = None,
        current_stage: str | None = None,
        source: str | None = None,
        run_id: str | None = None,
        status: str = "READY",
        status_message: str | None = None,
        tags: list[ModelVersionTag] | Mapping[str, str] | None = None,
        run_link: str | None = None,
        aliases: list[str] | None = None,
        model_id: str | None = None,
        params: list[LoggedModelParameter] | None = None,
        metrics: list[Metric] | None = None,
        deployment_job_state: ModelVersionDeploymentJobState | None = None,
        workspace: str | None = None,
    ) -> dict[str, Any]:
        return {
            "name": name,
            "version": str(version),
            "creation_timestamp": creation_timestamp,
            "last_updated_timestamp": creation_timestamp if last_updated_timestamp is None else last_updated_timestamp,
            "current_stage": current_stage or "None",
            "description": description or "",
            "user_id": user_id,
            "source": source,
            "run_id": run_id,
            "run_link": run_link or "",
            "model_id": model_id,
            "status": ModelVersionStatus(status),
            "status_message": status_message,
            "tag_list": entities_of(ModelVersionTag, tags),
            "aliases": aliases or [],
            "params": params,
            "metrics": metrics,
            "deployment_job_state": deployment_job_state,
            "workspace_name": None if workspace == DEFAULT_WORKSPACE else workspace,
        }

    @property
    def workspace(self) -> str:
        """The workspace that it is in."""
        return self.workspace_name or DEFAULT_WORKSPACE

    @property
    def tags(self) -> dict[str, str]:
        """Tags by key."""
        return as_dict(self.tag_list)


class RegisteredModel(Entity, frozen=True, kw_only=True, metaclass=WithConstructor):
    """A registered model; times are ms since the epoch, UTC."""

    name: str
    creation_timestamp: int
    last_updated_timestamp: int
    description: str = ""
    latest_versions: list[ModelVersion] = []
    tag_list: list[RegisteredModelTag] = msgspec.field(name="tags", default_factory=list)
    alias_list: list[RegisteredModelAlias] = msgspec.field(name="aliases", default_factory=list)
    deployment_job_id: str | None = None
    deployment_job_state: DeploymentJobConnectionState | None = None
    workspace_name: str | None = msgspec.field(name="workspace", default=None)

    @staticmethod
    def _fields_of(
        name: str,
        creation_timestamp: int | None = None,
        last_updated_timestamp: int | None = None,
        description: str | None = None,
        latest_versions: list[ModelVersion] | None = None,
        tags: list[RegisteredModelTag] | Mapping[str, str] | None = None,
        aliases: list[RegisteredModelAlias] | Mapping[str, str] | None = None,
        deployment_job_id: str | None = None,
        deployment_job_state: str | int | None = None,
        workspace: str | None = None,
    ) -> dict[str, Any]:
        if isinstance(deployment_job_state, int):
            deployment_job_state = RegisteredModelDeploymentJobState.to_string(deployment_job_state)
        if isinstance(aliases, Mapping):
            aliases = [RegisteredModelAlias(alias, str(version)) for alias, version in aliases.items()]
        return {
            "name": name,
            "creation_timestamp": creation_timestamp,
            "last_updated_timestamp": last_updated_timestamp,
            "description": description or "",
            "latest_versions": entities_of(ModelVersion, latest_versions),
            "tag_list": entities_of(RegisteredModelTag, tags),
            "alias_list": entities_of(RegisteredModelAlias, aliases),
            "deployment_job_id": deployment_job_id,
            "deployment_job_state": deployment_job_state,
            "workspace_name": None if workspace == DEFAULT_WORKSPACE else workspace,
        }

    @property
    def workspace(self) -> str:
        """The workspace that it is in."""
        return self.workspace_name or DEFAULT_WORKSPACE

    @property
    def tags(self) -> dict[str, str]:
        """Tags by key."""
        return as_dict(self.tag_list)

    @property
    def aliases(self) -> dict[str, str]:
        """Version by alias."""
        return {alias.alias: alias.version for alias in self.alias_list}
