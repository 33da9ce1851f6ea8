"""Webhooks behave the same in every store."""

from __future__ import annotations

import pytest

from flowmill.client.client import Client
from flowmill.entities.webhook import WebhookEvent, WebhookStatus
from flowmill.errors import FlowmillError, Invalid, NotFound
from flowmill.store.base import Store
from flowmill.wire.registry import CreateRegisteredModel, SetAlias
from flowmill.wire.webhooks import (
    CreateWebhook,
    DeleteWebhook,
    EventAction,
    EventEntity,
    EventName,
    GetWebhook,
    ListDeliveries,
    ListWebhooks,
    RetryDelivery,
    TestWebhook,
    UpdateWebhook,
)
from tests.webhooks.receiver import Receiver

MADE = EventName(EventEntity.REGISTERED_MODEL, EventAction.CREATED)
VERSION = EventName(EventEntity.MODEL_VERSION, EventAction.CREATED)
TAG_SET = EventName(EventEntity.MODEL_VERSION_TAG, EventAction.SET)


def test_a_webhook_is_made_changed_and_removed(store: Store, receiver: Receiver) -> None:
    made = store.send(
        CreateWebhook(name="ci", url=receiver.address, events=[MADE, VERSION, MADE], description="d", secret="s3cret")
    )
    assert (made.name, made.url, made.description, made.status) == ("ci", receiver.address, "d", "ACTIVE")
    assert made.events == [VERSION, MADE]
    assert len(made.webhook_id) == 36
    assert store.send(GetWebhook(webhook_id=made.webhook_id)) == made
    changed = store.send(
        UpdateWebhook(
            webhook_id=made.webhook_id, name="cd", description="", events=[TAG_SET], status=WebhookStatus.DISABLED
        )
    )
    assert (changed.name, changed.description, changed.events, changed.status) == ("cd", None, [TAG_SET], "DISABLED")
    assert changed.last_updated_timestamp >= made.last_updated_timestamp == made.creation_timestamp
    same = store.send(UpdateWebhook(webhook_id=made.webhook_id))
    assert (same.name, same.url, same.events, same.status) == ("cd", receiver.address, [TAG_SET], "DISABLED")
    store.send(DeleteWebhook(webhook_id=made.webhook_id))
    for ask in (GetWebhook, DeleteWebhook, UpdateWebhook, TestWebhook):
        with pytest.raises(NotFound, match="no webhook with id"):
            store.send(ask(webhook_id=made.webhook_id))


def test_pages_newest_first(store: Store, receiver: Receiver) -> None:
    for name in ("a", "b", "a"):  # a name may be there twice
        store.send(CreateWebhook(name=name, url=receiver.address, events=[MADE]))
    page = store.send(ListWebhooks(max_results=2))
    assert [each.name for each in page.webhooks] == ["a", "b"]
    rest = store.send(ListWebhooks(max_results=2, page_token=page.next_page_token or ""))
    assert ([each.name for each in rest.webhooks], rest.next_page_token) == (["a"], None)
    for size in (-1, 1001):
        with pytest.raises(Invalid, match="max_results"):
            store.send(ListWebhooks(max_results=size))
    with pytest.raises(Invalid, match="page_token"):
        store.send(ListWebhooks(page_token="xx"))


@pytest.mark.parametrize("name", [" ", "a b", "-a", "a.", "x" * 64, "é", "a/b", "a\n"])
def test_bad_names_are_refused(store: Store, receiver: Receiver, name: str) -> None:
    with pytest.raises(Invalid, match="webhook name"):
        store.send(CreateWebhook(name=name, url=receiver.address, events=[MADE]))


def test_mistakes(store: Store, receiver: Receiver) -> None:
    good = {"name": "x" * 63, "url": receiver.address, "events": [MADE]}
    kept = store.send(CreateWebhook(**good))
    with pytest.raises(Invalid, match="events are empty"):
        store.send(CreateWebhook(**{**good, "events": []}))
    with pytest.raises(Invalid, match="Invalid action 'set' for entity 'model_version': expected created"):
        store.send(CreateWebhook(**{**good, "events": [EventName(EventEntity.MODEL_VERSION, EventAction.SET)]}))
    for url, what in (
        ("http://10.0.0.1/", "not public"),
        ("ftp://127.0.0.1", "scheme"),
        ("http://[::1]/", "not public"),
    ):
        with pytest.raises(Invalid, match=what):
            store.send(CreateWebhook(**{**good, "url": url}))
        with pytest.raises(Invalid, match=what):
            store.send(UpdateWebhook(webhook_id=kept.webhook_id, url=url))
    assert store.send(GetWebhook(webhook_id=kept.webhook_id)) == kept
    with pytest.raises(Invalid, match="10,000"):
        store.send(CreateWebhook(**{**good, "secret": "x" * 10_001}))
    with pytest.raises(NotFound, match="no delivery"):
        store.send(RetryDelivery(delivery_id="none"))


def test_a_test_is_sent_at_once_and_tells_no_text(store: Store, receiver: Receiver) -> None:
    made = store.send(CreateWebhook(name="ci", url=receiver.address, events=[VERSION], secret="s3cret"))
    result = store.send(TestWebhook(webhook_id=made.webhook_id))
    assert (result.success, result.response_status, result.response_body) == (True, 200, None)
    store.send(TestWebhook(webhook_id=made.webhook_id, event=TAG_SET))
    first, second = receiver.wait(2)
    assert first.is_signed_with("s3cret")
    assert first.headers["Content-Type"] == "application/json"
    assert first.event["entity"] == "model_version"
    assert first.event["data"]["source"] == "models:/123"
    assert second.event["data"] == {
        "name": "example_model",
        "version": "1",
        "key": "example_key",
        "value": "example_value",
    }
    store.send(UpdateWebhook(webhook_id=made.webhook_id, url=f"{receiver.address}/status/302", secret="other"))
    result = store.send(TestWebhook(webhook_id=made.webhook_id))
    assert (result.success, result.response_status) == (False, 302)
    assert "redirects" in (result.error_message or "")
    assert receiver.wait(3)[2].is_signed_with("other")
    assert len(receiver.got) == 3


def test_what_a_receiver_says_by_not_answering(
    store: Store, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = store.send(CreateWebhook(name="ci", url=f"{receiver.address}/status/500", events=[VERSION]))
    result = store.send(TestWebhook(webhook_id=made.webhook_id))
    assert (result.success, result.response_status, result.response_body) == (False, 500, None)
    monkeypatch.setenv("FLOWMILL_WEBHOOK_ALLOWED_HOSTS", "")  # the operator has changed their mind
    result = store.send(TestWebhook(webhook_id=made.webhook_id))
    assert (result.success, result.response_status) == (False, None)
    assert "not public" in (result.error_message or "")
    assert len(receiver.got) == 1


def test_an_event_waits_in_the_outbox_if_its_change_was_made(store: Store, receiver: Receiver) -> None:
    hook = store.send(CreateWebhook(name="ci", url=f"{receiver.address}/status/410", events=[MADE]))
    store.send(CreateRegisteredModel(name="a"))
    for refused in (CreateRegisteredModel(name="a"), SetAlias(name="a", alias="x", version="1")):
        with pytest.raises(FlowmillError):
            store.send(refused)
    log = store.send(ListDeliveries(webhook_id=hook.webhook_id)).deliveries
    assert [(each.event, each.webhook_id) for each in log] == [("registered_model.created", hook.webhook_id)]
    assert store.send(ListDeliveries(webhook_id=hook.webhook_id, max_results=1)).next_page_token is None
    store.send(DeleteWebhook(webhook_id=hook.webhook_id))
    assert store.send(ListDeliveries()).deliveries == []


def test_events() -> None:
    event = WebhookEvent("model_version", "created")
    assert event == WebhookEvent.from_str("model_version.created")
    assert (str(event), event.entity.value, event.action.value) == ("model_version.created", "model_version", "created")
    assert repr(event) == "WebhookEvent(entity=model_version, action=created)"
    for wrong in ("nope", "model_version.nope", "model_version.set", ""):
        with pytest.raises(Invalid):
            WebhookEvent.from_str(wrong)


def test_the_client_knows_all_of_it(store: Store, receiver: Receiver) -> None:
    client = Client.__new__(Client)
    client._registry = store  # pyright: ignore[reportPrivateUsage]
    made = client.create_webhook("ci", receiver.address, ["model_version.created", WebhookEvent("prompt", "created")])
    assert made.events == [WebhookEvent("model_version", "created"), WebhookEvent("prompt", "created")]
    assert client.get_webhook(made.webhook_id) == made
    assert client.list_webhooks(max_results=1).to_list() == [made]
    changed = client.update_webhook(made.webhook_id, status="DISABLED", events=["model_version_alias.deleted"])
    assert changed.status is WebhookStatus.DISABLED
    assert changed.events == [WebhookEvent("model_version_alias", "deleted")]
    assert client.test_webhook(made.webhook_id, "model_version_tag.set").success
    assert client.list_webhook_deliveries(made.webhook_id, state="dead") == []
    for wrong in (["nope"], "model_version.created", ["model_version.set"]):
        with pytest.raises(Invalid):
            client.create_webhook("ci", receiver.address, wrong)
    with pytest.raises(Invalid, match="status"):
        client.update_webhook(made.webhook_id, status="PAUSED")
    client.delete_webhook(made.webhook_id)
    assert client.list_webhooks() == []
