"""The model registry: named models, their versions and aliases."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from flowmill.entities.base import Entity, KeyValue, as_dict


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


class ModelVersion(Entity, frozen=True, kw_only=True):
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

    @property
    def tags(self) -> dict[str, str]:
        """Tags by key."""
        return as_dict(self.tag_list)


class RegisteredModel(Entity, frozen=True):
    """A registered model; times are ms since the epoch, UTC."""

    name: str
    creation_timestamp: int
    last_updated_timestamp: int
    description: str = ""
    latest_versions: list[ModelVersion] = []
    tag_list: list[RegisteredModelTag] = msgspec.field(name="tags", default_factory=list)
    alias_list: list[RegisteredModelAlias] = msgspec.field(name="aliases", default_factory=list)

    @property
    def tags(self) -> dict[str, str]:
        """Tags by key."""
        return as_dict(self.tag_list)

    @property
    def aliases(self) -> dict[str, str]:
        """Version by alias."""
        return {alias.alias: alias.version for alias in self.alias_list}
