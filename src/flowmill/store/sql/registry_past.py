"""The registry as it was: events folded into the state that they left.

State is a fold of the events. The tables of `flowmill.store.sql.registry` hold the same state for reading;
a test compares the two after random operations.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from flowmill.entities.registry_event import RegistryEvent, RegistryEventKind, VersionOrigin

V = TypeVar("V")


@dataclass
class PastVersion:
    """A version; times are ms since the epoch, UTC."""

    origin: VersionOrigin
    user: str
    created_at: int
    updated_at: int
    stage: str = "None"
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict[str, str])


@dataclass
class PastModel:
    """A registered model; versions by number, aliases with the number that they point at."""

    name: str
    created_at: int
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict[str, str])
    aliases: dict[str, int] = field(default_factory=dict[str, int])
    versions: dict[int, PastVersion] = field(default_factory=dict[int, PastVersion])


def fold(events: Iterable[RegistryEvent]) -> dict[int, PastModel]:
    """The models, by their number, that these events, oldest first, have left; a deleted one is not there."""
    models: dict[int, PastModel] = {}
    for event in events:
        if event.kind is RegistryEventKind.MODEL:
            if event.after is None:
                models.pop(event.model, None)
            else:
                models[event.model] = PastModel(event.after, event.time)
        elif (model := models.get(event.model)) is not None:
            _apply(model, event)
    return models


def _apply(model: PastModel, event: RegistryEvent) -> None:
    kind, key, after = event.kind, event.key or "", event.after
    number = int(event.version) if event.version is not None else None
    if kind is RegistryEventKind.NAME:
        model.name = after or ""
    elif kind is RegistryEventKind.ALIAS:
        _put(model.aliases, key, None if after is None else int(after))
    elif kind is RegistryEventKind.VERSION and number is not None:
        if after is None:
            model.versions.pop(number, None)
        elif event.origin is not None:
            model.versions[number] = PastVersion(event.origin, event.user, event.time, event.time)
    elif number is None:
        if kind is RegistryEventKind.TAG:
            _put(model.tags, key, after)
        elif kind is RegistryEventKind.DESCRIPTION:
            model.description = after or ""
    elif (version := model.versions.get(number)) is not None:
        if kind is RegistryEventKind.TAG:
            _put(version.tags, key, after)
        elif kind is RegistryEventKind.DESCRIPTION:
            version.description, version.updated_at = after or "", event.time
        elif kind is RegistryEventKind.STAGE:
            version.stage, version.updated_at = after or "None", event.time


def _put(values: dict[str, V], key: str, value: V | None) -> None:
    if value is None:
        values.pop(key, None)
    else:
        values[key] = value
