"""Operations on webhooks and on the log of their deliveries."""

from __future__ import annotations

from enum import StrEnum

from flowmill.entities.base import Entity
from flowmill.entities.webhook import DeliveryState, WebhookDelivery, WebhookStatus, WebhookTestResult
from flowmill.wire.operation import Request, operation
from flowmill.wire.permission import MANAGE_WEBHOOK, READ_WEBHOOK


class EventEntity(StrEnum):
    """What an event is about; on the wire in capitals, in Python and for receivers in small letters."""

    REGISTERED_MODEL = "REGISTERED_MODEL"
    MODEL_VERSION = "MODEL_VERSION"
    MODEL_VERSION_TAG = "MODEL_VERSION_TAG"
    MODEL_VERSION_ALIAS = "MODEL_VERSION_ALIAS"
    PROMPT = "PROMPT"
    PROMPT_VERSION = "PROMPT_VERSION"
    PROMPT_TAG = "PROMPT_TAG"
    PROMPT_VERSION_TAG = "PROMPT_VERSION_TAG"
    PROMPT_ALIAS = "PROMPT_ALIAS"
    BUDGET_POLICY = "BUDGET_POLICY"


class EventAction(StrEnum):
    """What happened to it."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    DELETED = "DELETED"
    SET = "SET"
    EXCEEDED = "EXCEEDED"


class EventName(Entity, frozen=True):
    """An event that a webhook is told of."""

    entity: EventEntity
    action: EventAction


class WebhookInfo(Entity, frozen=True, kw_only=True):
    """A webhook as it is answered: without its secret. Times are ms since the epoch, UTC."""

    webhook_id: str
    name: str
    description: str | None = None
    url: str
    events: list[EventName]
    # Always written, though an active webhook is the rule.
    status: WebhookStatus
    creation_timestamp: int
    last_updated_timestamp: int


class WebhookPage(Entity, frozen=True):
    """A page of webhooks; without a token it is the last one."""

    webhooks: list[WebhookInfo] = []
    next_page_token: str | None = None


class DeliveryPage(Entity, frozen=True):
    """A page of the delivery log; without a token it is the last one."""

    deliveries: list[WebhookDelivery] = []
    next_page_token: str | None = None


@operation("POST webhooks", needs=MANAGE_WEBHOOK, answer="webhook")
class CreateWebhook(Request[WebhookInfo], frozen=True, kw_only=True):
    """Tell an address of events from now on. Several webhooks may have the same name."""

    name: str
    url: str
    events: list[EventName]
    description: str = ""
    secret: str = ""
    status: WebhookStatus = WebhookStatus.ACTIVE


@operation("GET webhooks", needs=READ_WEBHOOK)
class ListWebhooks(Request[WebhookPage], frozen=True, kw_only=True):
    """All webhooks, newest first."""

    max_results: int = 100
    page_token: str = ""


@operation("GET webhooks/{webhook_id}", needs=READ_WEBHOOK, answer="webhook")
class GetWebhook(Request[WebhookInfo], frozen=True, kw_only=True):
    """The webhook with this id."""

    webhook_id: str


@operation("PATCH webhooks/{webhook_id}", needs=MANAGE_WEBHOOK, answer="webhook")
class UpdateWebhook(Request[WebhookInfo], frozen=True, kw_only=True):
    """Change what is given. An empty description removes it; other empty fields are as if they were not there."""

    webhook_id: str
    name: str = ""
    description: str | None = None
    url: str = ""
    events: list[EventName] = []
    secret: str = ""
    status: WebhookStatus | None = None


@operation("DELETE webhooks/{webhook_id}", needs=MANAGE_WEBHOOK)
class DeleteWebhook(Request[None], frozen=True, kw_only=True):
    """Remove a webhook, its secret, and what was still to be sent to it."""

    webhook_id: str


@operation("POST webhooks/{webhook_id}/test", needs=MANAGE_WEBHOOK, answer="result")
class TestWebhook(Request[WebhookTestResult], frozen=True, kw_only=True):
    """Send an example of an event, by default of the webhook's first one, once and at once."""

    __test__ = False  # for pytest, which takes the name for that of tests

    webhook_id: str
    event: EventName | None = None


@operation("GET flowmill/1/webhook-deliveries", needs=READ_WEBHOOK)
class ListDeliveries(Request[DeliveryPage], frozen=True, kw_only=True):
    """The delivery log, newest first: of one webhook, in one state, or all."""

    webhook_id: str = ""
    state: DeliveryState | None = None
    max_results: int = 100
    page_token: str = ""


@operation("POST flowmill/1/webhook-deliveries/retry", needs=MANAGE_WEBHOOK)
class RetryDelivery(Request[None], frozen=True, kw_only=True):
    """Try a delivery again from the start, whatever became of it."""

    delivery_id: str
