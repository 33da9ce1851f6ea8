"""What happened in the model registry: one value a change, kept for good."""

from __future__ import annotations

from enum import StrEnum

from flowmill.entities.base import Entity


class RegistryEventKind(StrEnum):
    """What changed."""

    MODEL = "model"
    """A registered model was made or deleted; ``before`` and ``after`` are its name."""
    NAME = "name"
    """It was renamed."""
    VERSION = "version"
    """A version was made or deleted; ``before`` and ``after`` are its number."""
    ALIAS = "alias"
    """The alias ``key`` points elsewhere; ``before`` and ``after`` are versions."""
    TAG = "tag"
    """The tag ``key`` has another value."""
    STAGE = "stage"
    """A version is in another stage."""
    DESCRIPTION = "description"
    """The description has another text."""


class VersionOrigin(Entity, frozen=True):
    """What a version was made from: it outlives the version."""

    source: str
    run_id: str | None = None
    model_id: str | None = None
    run_link: str | None = None


class RegistryEvent(Entity, frozen=True, kw_only=True):
    """One change of a registered model.

    ``time``: ms since the epoch, UTC. ``user``: as the caller claimed, empty when unknown. ``name``: of the
    model after the change. ``model``: a number that the model keeps when it is renamed; another model that
    takes its name later has another one. ``version``: the version it is about, None for the model as a whole;
    an alias is about the version that it points at, or pointed at when it was removed. ``before`` and
    ``after`` are None where there was, or is, nothing.
    """

    event_id: int
    time: int
    user: str = ""
    name: str
    model: int
    kind: RegistryEventKind
    version: str | None = None
    key: str | None = None
    before: str | None = None
    after: str | None = None
    origin: VersionOrigin | None = None

    def __str__(self) -> str:
        """The change in a line, without time and user."""
        whose = f"version {self.version}" if self.version is not None else "model"
        if self.kind in (RegistryEventKind.MODEL, RegistryEventKind.VERSION):
            return f"{whose} {'deleted' if self.after is None else 'created'}"
        what = f"{self.kind} {self.key}" if self.key is not None else str(self.kind)
        if self.kind is RegistryEventKind.ALIAS:
            whose = "alias"
            what = str(self.key)
        if self.after is None:
            return f"{whose} {what} removed (was {self.before})"
        return f"{whose} {what}: {self.before} → {self.after}" if self.before else f"{whose} {what} = {self.after}"
