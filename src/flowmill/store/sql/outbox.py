"""What webhooks are to be told, written in the transaction of the change that it tells of."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flowmill.entities.webhook import DeliveryState, WebhookAction, WebhookEntity, WebhookEvent, WebhookStatus
from flowmill.store.sql.transaction import Transaction

CHORE = "webhooks"
"""The chore of a server that sends what is in the outbox."""

_IS_PROMPT = "mlflow.prompt.is_prompt"
_PROMPT_TEXT = "mlflow.prompt.text"
_OF_PROMPTS = "mlflow.prompt."

# A prompt is a registered model with a tag that says so; its events have names of their own.
_AS_PROMPT = {
    WebhookEntity.REGISTERED_MODEL: WebhookEntity.PROMPT,
    WebhookEntity.MODEL_VERSION: WebhookEntity.PROMPT_VERSION,
    WebhookEntity.MODEL_VERSION_TAG: WebhookEntity.PROMPT_VERSION_TAG,
    WebhookEntity.MODEL_VERSION_ALIAS: WebhookEntity.PROMPT_ALIAS,
}


def announce(
    tx: Transaction, model: int, entity: WebhookEntity, action: WebhookAction, data: Mapping[str, Any]
) -> None:
    """Put an event of a registered model, or prompt, into the outbox of every webhook that wants it."""
    as_prompt = _AS_PROMPT.get(entity, entity)
    hooks = tx.all(
        "SELECT webhooks.id, webhook_events.entity FROM webhook_events "
        "JOIN webhooks ON webhooks.id = webhook_events.webhook "
        "WHERE webhook_events.action = ? AND webhook_events.entity IN (?, ?) AND webhooks.status = ?",
        (str(action), str(entity), str(as_prompt), str(WebhookStatus.ACTIVE)),
    )
    if not hooks:
        return
    is_prompt = _is_prompt(tx, model)
    if entity is as_prompt and not is_prompt:
        return  # MLflow tells of a prompt's own tags, not of a model's
    told = as_prompt if is_prompt else entity
    if wanted := [hook for hook, wants in hooks if wants == told]:
        _put(tx, wanted, WebhookEvent(told, action), _of_prompt(data) if told is as_prompt else data)


def announce_tag(tx: Transaction, model: int, name: str, version: int | None, key: str, value: str | None) -> None:
    """The same of a tag, which was set, or removed if ``value`` is None; ``version`` None: of the model itself."""
    data = {"name": name, "version": str(version), "key": key, "value": value}
    action = WebhookAction.SET
    if value is None:
        action = WebhookAction.DELETED
        del data["value"]
    if version is not None:
        announce(tx, model, WebhookEntity.MODEL_VERSION_TAG, action, data)
        return
    del data["version"]
    if key != _IS_PROMPT:
        announce(tx, model, WebhookEntity.PROMPT_TAG, action, data)


def body_of(event: WebhookEvent, data: Mapping[str, Any], at: int) -> str:
    """The body of a delivery; ``at``: ms since the epoch."""
    moment = datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="microseconds")
    return json.dumps(
        {"entity": str(event.entity), "action": str(event.action), "timestamp": moment, "data": dict(data)}
    )


def new_delivery_id(tx: Transaction) -> str:
    """An id for a delivery, in MLflow's shape."""
    return str(uuid.UUID(tx.new_id()))


def _put(tx: Transaction, hooks: list[int], event: WebhookEvent, data: Mapping[str, Any]) -> None:
    now = tx.now()
    body = body_of(event, data, now)
    tx.run_many(
        "INSERT INTO webhook_deliveries (delivery_id, webhook, event, payload, state, tries, created_at, due_at) "
        "VALUES (?, ?, ?, ?, ?, 0, ?, ?)",
        [(new_delivery_id(tx), hook, str(event), body, str(DeliveryState.WAITING), now, now) for hook in hooks],
    )
    tx.wakes.add(CHORE)


def _is_prompt(tx: Transaction, model: int) -> bool:
    value = tx.value("SELECT value FROM registered_model_tags WHERE model = ? AND key = ?", (model, _IS_PROMPT))
    return value is not None and value.lower() == "true"


def _of_prompt(data: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of a prompt: its own tags, and its text instead of a source."""
    told = dict(data)
    tags = told.get("tags")
    if tags is not None:
        told["tags"] = {key: value for key, value in tags.items() if not key.startswith(_OF_PROMPTS)}
    if "source" in told:
        told = {
            "name": told["name"],
            "version": told["version"],
            "template": tags.get(_PROMPT_TEXT, "") if tags else "",
            "tags": told["tags"],
            "description": told["description"],
        }
    return told
