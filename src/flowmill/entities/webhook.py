"""Webhooks: which events of the registry are told to which address."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from flowmill.entities.base import DEFAULT_WORKSPACE, Entity
from flowmill.entities.message import Message, number_of, word_of
from flowmill.errors import Invalid


class WebhookStatus(StrEnum):
    """Whether a webhook is sent."""

    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"

    def is_active(self) -> bool:
        """Whether it is sent."""
        return self is WebhookStatus.ACTIVE

    def to_proto(self) -> int:
        """The number that MLflow's messages have for it."""
        return number_of(self)

    @classmethod
    def from_proto(cls, proto: int) -> WebhookStatus:
        """The status of that number."""
        return word_of(cls, proto)


class WebhookEntity(StrEnum):
    """What an event is about."""

    REGISTERED_MODEL = "registered_model"
    MODEL_VERSION = "model_version"
    MODEL_VERSION_TAG = "model_version_tag"
    MODEL_VERSION_ALIAS = "model_version_alias"
    PROMPT = "prompt"
    PROMPT_VERSION = "prompt_version"
    PROMPT_TAG = "prompt_tag"
    PROMPT_VERSION_TAG = "prompt_version_tag"
    PROMPT_ALIAS = "prompt_alias"
    BUDGET_POLICY = "budget_policy"


class WebhookAction(StrEnum):
    """What happened to it."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    SET = "set"
    EXCEEDED = "exceeded"


_CREATED = (WebhookAction.CREATED,)
_CREATED_DELETED = (WebhookAction.CREATED, WebhookAction.DELETED)
_SET_DELETED = (WebhookAction.DELETED, WebhookAction.SET)

VALID_ENTITY_ACTIONS: Mapping[WebhookEntity, tuple[WebhookAction, ...]] = {
    WebhookEntity.REGISTERED_MODEL: _CREATED,
    WebhookEntity.MODEL_VERSION: _CREATED,
    WebhookEntity.MODEL_VERSION_TAG: _SET_DELETED,
    WebhookEntity.MODEL_VERSION_ALIAS: _CREATED_DELETED,
    WebhookEntity.PROMPT: _CREATED,
    WebhookEntity.PROMPT_VERSION: _CREATED,
    WebhookEntity.PROMPT_TAG: _SET_DELETED,
    WebhookEntity.PROMPT_VERSION_TAG: _SET_DELETED,
    WebhookEntity.PROMPT_ALIAS: _CREATED_DELETED,
    WebhookEntity.BUDGET_POLICY: (WebhookAction.EXCEEDED,),
}
"""The pairs that MLflow 3.17 accepts."""


class _Event(NamedTuple):
    entity: WebhookEntity
    action: WebhookAction


class WebhookEvent(_Event):
    """An event that a webhook is told of: ``WebhookEvent("model_version", "created")``."""

    __slots__ = ()

    def __new__(cls, entity: str | WebhookEntity, action: str | WebhookAction) -> WebhookEvent:
        """Invalid if there is no such event."""
        try:
            found = WebhookEntity(entity), WebhookAction(action)
        except ValueError:
            raise Invalid(f"Unknown webhook event {f'{entity}.{action}'[:100]!r}: {_expected()}.") from None
        if found[1] not in VALID_ENTITY_ACTIONS[found[0]]:
            raise Invalid(
                f"Invalid action {str(found[1])!r} for entity {str(found[0])!r}: "
                f"expected {' or '.join(VALID_ENTITY_ACTIONS[found[0]])}."
            )
        return super().__new__(cls, *found)

    @classmethod
    def from_str(cls, event_str: str) -> WebhookEvent:
        """The event that ``entity.action`` names."""
        entity, dot, action = str(event_str).partition(".")
        if not dot:
            raise Invalid(f"Invalid webhook event {str(event_str)[:100]!r}: {_expected()}.")
        return cls(entity, action)

    def to_proto(self) -> Message:
        """The event as a message with the fields of MLflow's."""
        return Message(_EventMessage, entity=number_of(self.entity), action=number_of(self.action))

    @classmethod
    def from_proto(cls, proto: Any) -> WebhookEvent:
        """The event of a message."""
        return cls(word_of(WebhookEntity, proto.entity), word_of(WebhookAction, proto.action))

    def __str__(self) -> str:
        """``entity.action``."""
        return f"{self.entity}.{self.action}"

    def __repr__(self) -> str:
        """As MLflow shows it."""
        return f"WebhookEvent(entity={self.entity}, action={self.action})"


def _expected() -> str:
    pairs = [f"{entity}.{action}" for entity, actions in VALID_ENTITY_ACTIONS.items() for action in actions]
    return f"expected one of {', '.join(pairs)}"


class _EventMessage(Entity, frozen=True):
    entity: WebhookEntity
    action: WebhookAction


class _WebhookMessage(Entity, frozen=True):
    webhook_id: str
    name: str
    description: str | None
    url: str
    events: list[_EventMessage]
    status: WebhookStatus
    creation_timestamp: int
    last_updated_timestamp: int


class Webhook(Entity, frozen=True):
    """An address that is told of events; times are ms since the epoch, UTC. Its secret is never answered."""

    webhook_id: str
    name: str
    url: str
    events: list[WebhookEvent]
    creation_timestamp: int
    last_updated_timestamp: int
    description: str | None = None
    status: WebhookStatus = WebhookStatus.ACTIVE
    secret: str | None = None
    workspace: str | None = None

    def __repr__(self) -> str:
        """As MLflow shows it."""
        names = ("webhook_id", "name", "url", "status", "workspace", "events")
        values = {"status": str(self.status), "workspace": self.workspace or DEFAULT_WORKSPACE}
        times = ("creation_timestamp", "last_updated_timestamp")
        shown = (f"{name}={values.get(name, getattr(self, name))!r}" for name in (*names, *times))
        return f"Webhook({', '.join(shown)})"

    def to_proto(self) -> Message:
        """The webhook as a message with the fields of MLflow's."""
        shown = {name: value for name, value in self if name not in ("events", "secret", "workspace", "status")}
        events = [event.to_proto() for event in self.events]
        return Message(_WebhookMessage, **shown, events=events, status=self.status.to_proto())

    @classmethod
    def from_proto(cls, proto: Any) -> Webhook:
        """The webhook of a message."""
        names = ("webhook_id", "name", "url", "creation_timestamp", "last_updated_timestamp")
        return cls(
            **{name: getattr(proto, name) for name in names},
            events=[WebhookEvent.from_proto(event) for event in proto.events],
            description=proto.description if proto.HasField("description") else None,
            status=WebhookStatus.from_proto(proto.status),
        )


class WebhookTestResult(Entity, frozen=True):
    """How a test went. What the receiver answered beside its status is not told."""

    success: bool
    response_status: int | None = None
    response_body: str | None = None
    error_message: str | None = None

    __repr__ = msgspec.Struct.__repr__


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    """For its first try, or for the next one."""
    DELIVERED = "delivered"
    DEAD = "dead"
    """The last try failed, or the receiver refused; it is not tried again unless somebody asks."""


class WebhookDelivery(Entity, frozen=True, kw_only=True):
    """One event on its way to one webhook; times are ms since the epoch, UTC.

    ``delivery_id`` is what the receiver got as ``X-MLflow-Delivery-Id``, the same for every try.
    ``next_try``: when it is tried next, None when it is not. ``error``: why the last try failed.
    """

    delivery_id: str
    webhook_id: str
    event: str
    state: DeliveryState
    tries: int
    created: int
    last_try: int | None = None
    next_try: int | None = None
    response_status: int | None = None
    error: str | None = None
