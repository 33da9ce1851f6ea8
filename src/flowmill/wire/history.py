"""Operations on the registry's history."""

from __future__ import annotations

from flowmill.entities.base import Entity, Int64
from flowmill.entities.registry import ModelVersion
from flowmill.entities.registry_event import RegistryEvent, RegistryEventKind
from flowmill.wire.operation import Request, operation
from flowmill.wire.permission import READ_MODEL


class RegistryEventPage(Entity, frozen=True):
    """A page of events; without a token it is the last one."""

    events: list[RegistryEvent] = []
    next_page_token: str | None = None


@operation("GET flowmill/1/registered-models/history", needs=READ_MODEL)
class GetRegistryEvents(Request[RegistryEventPage], frozen=True, kw_only=True):
    """What happened to a registered model, newest first: under its former names too, and when it is deleted.

    ``version``, ``alias`` and ``kind`` leave out what is about others.
    """

    name: str
    version: str = ""
    alias: str = ""
    kind: RegistryEventKind | None = None
    max_results: int = 100
    page_token: str = ""


@operation("GET flowmill/1/registered-models/alias-as-of", needs=READ_MODEL, answer="model_version")
class GetVersionAsOf(Request[ModelVersion], frozen=True, kw_only=True):
    """The version that an alias pointed at then, as it was then, though it be deleted since.

    ``as_of``: ms since the epoch, UTC. The name is that of then; if no model had it then, that of now.
    """

    name: str
    alias: str
    as_of: Int64
