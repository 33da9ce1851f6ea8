"""Webhooks."""

from __future__ import annotations

from collections.abc import Sequence

from flowmill.client.base import Connected, PagedList
from flowmill.entities.webhook import (
    DeliveryState,
    Webhook,
    WebhookDelivery,
    WebhookEvent,
    WebhookStatus,
    WebhookTestResult,
)
from flowmill.errors import Invalid
from flowmill.wire import webhooks


class WebhooksClient(Connected):
    """Operations on the webhooks of the registry. An event is a `WebhookEvent` or ``"model_version.created"``."""

    def create_webhook(
        self,
        name: str,
        url: str,
        events: Sequence[str | WebhookEvent],
        description: str | None = None,
        secret: str | None = None,
        status: str | WebhookStatus | None = None,
    ) -> Webhook:
        """Tell ``url`` of these events from now on; with a secret, what is sent is signed with it."""
        return _webhook(
            self._registry.send(
                webhooks.CreateWebhook(
                    name=name,
                    url=url,
                    events=_names(events),
                    description=description or "",
                    secret=secret or "",
                    status=_status(status) or WebhookStatus.ACTIVE,
                )
            )
        )

    def get_webhook(self, webhook_id: str) -> Webhook:
        """The webhook with this id."""
        return _webhook(self._registry.send(webhooks.GetWebhook(webhook_id=webhook_id)))

    def list_webhooks(self, max_results: int | None = None, page_token: str | None = None) -> PagedList[Webhook]:
        """A page of all webhooks, newest first."""
        page = self._registry.send(
            webhooks.ListWebhooks(max_results=100 if max_results is None else max_results, page_token=page_token or "")
        )
        return PagedList([_webhook(each) for each in page.webhooks], page.next_page_token)

    def update_webhook(
        self,
        webhook_id: str,
        name: str | None = None,
        description: str | None = None,
        url: str | None = None,
        events: Sequence[str | WebhookEvent] | None = None,
        secret: str | None = None,
        status: str | WebhookStatus | None = None,
    ) -> Webhook:
        """Change what is given."""
        return _webhook(
            self._registry.send(
                webhooks.UpdateWebhook(
                    webhook_id=webhook_id,
                    name=name or "",
                    description=description,
                    url=url or "",
                    events=_names(events or ()),
                    secret=secret or "",
                    status=_status(status),
                )
            )
        )

    def delete_webhook(self, webhook_id: str) -> None:
        """Remove a webhook and what was still to be sent to it."""
        self._registry.send(webhooks.DeleteWebhook(webhook_id=webhook_id))

    def test_webhook(self, webhook_id: str, event: str | WebhookEvent | None = None) -> WebhookTestResult:
        """Send an example of ``event``, by default of the webhook's first one, once and at once."""
        names = _names([event]) if event is not None else [None]
        return self._registry.send(webhooks.TestWebhook(webhook_id=webhook_id, event=names[0]))

    def list_webhook_deliveries(
        self,
        webhook_id: str | None = None,
        state: str | DeliveryState | None = None,
        max_results: int = 100,
        page_token: str | None = None,
    ) -> PagedList[WebhookDelivery]:
        """A page of the delivery log, newest first: of one webhook, or in one state (``dead``), or all."""
        try:
            wanted = DeliveryState(state) if state is not None else None
        except ValueError:
            raise Invalid(f"Invalid state {state!r}: expected one of {', '.join(DeliveryState)}.") from None
        page = self._registry.send(
            webhooks.ListDeliveries(
                webhook_id=webhook_id or "", state=wanted, max_results=max_results, page_token=page_token or ""
            )
        )
        return PagedList(page.deliveries, page.next_page_token)

    def retry_webhook_delivery(self, delivery_id: str) -> None:
        """Try a delivery again, whatever became of it."""
        self._registry.send(webhooks.RetryDelivery(delivery_id=delivery_id))


def _names(events: Sequence[str | WebhookEvent]) -> list[webhooks.EventName]:
    if isinstance(events, str):
        raise Invalid(f"events is the text {events!r}: expected a list of events.")
    found = [each if isinstance(each, WebhookEvent) else WebhookEvent.from_str(each) for each in events]
    return [
        webhooks.EventName(webhooks.EventEntity[event.entity.name], webhooks.EventAction[event.action.name])
        for event in found
    ]


def _status(status: str | WebhookStatus | None) -> WebhookStatus | None:
    if status is None:
        return None
    try:
        return WebhookStatus(status)
    except ValueError:
        raise Invalid(f"Invalid webhook status {status!r}: expected ACTIVE or DISABLED.") from None


def _webhook(info: webhooks.WebhookInfo) -> Webhook:
    return Webhook(
        webhook_id=info.webhook_id,
        name=info.name,
        url=info.url,
        events=[WebhookEvent.from_str(f"{event.entity}.{event.action}".lower()) for event in info.events],
        creation_timestamp=info.creation_timestamp,
        last_updated_timestamp=info.last_updated_timestamp,
        description=info.description,
        status=info.status,
    )
