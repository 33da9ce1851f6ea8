"""What receivers get as ``data``, by event, with an example of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from flowmill.entities.webhook import WebhookAction, WebhookEntity, WebhookEvent


class Payload(dict[str, Any]):
    """What an event says of what happened: a dict with the keys that are annotated."""

    _example: ClassVar[Mapping[str, Any]] = {}

    @classmethod
    def example(cls) -> dict[str, Any]:
        """What a test sends."""
        return dict(cls._example)


class RegisteredModelCreatedPayload(Payload):
    """A registered model was made."""

    name: str
    tags: dict[str, str]
    description: str | None
    _example = {
        "name": "example_model",
        "tags": {"example_key": "example_value"},
        "description": "An example registered model",
    }


class ModelVersionCreatedPayload(Payload):
    """A version was made."""

    name: str
    version: str
    source: str
    run_id: str | None
    tags: dict[str, str]
    description: str | None
    _example = {
        "name": "example_model",
        "version": "1",
        "source": "models:/123",
        "run_id": "abcd1234abcd5678",
        "tags": {"example_key": "example_value"},
        "description": "An example model version",
    }


class ModelVersionTagSetPayload(Payload):
    """A tag of a version was set."""

    name: str
    version: str
    key: str
    value: str
    _example = {
        "name": "example_model",
        "version": "1",
        "key": "example_key",
        "value": "example_value",
    }


class ModelVersionTagDeletedPayload(Payload):
    """A tag of a version was removed."""

    name: str
    version: str
    key: str
    _example = {
        "name": "example_model",
        "version": "1",
        "key": "example_key",
    }


class ModelVersionAliasCreatedPayload(Payload):
    """An alias was pointed at a version."""

    name: str
    alias: str
    version: str
    _example = {
        "name": "example_model",
        "alias": "example_alias",
        "version": "1",
    }


class ModelVersionAliasDeletedPayload(Payload):
    """An alias was removed."""

    name: str
    alias: str
    _example = {
        "name": "example_model",
        "alias": "example_alias",
    }


class PromptCreatedPayload(Payload):
    """A prompt was made."""

    name: str
    tags: dict[str, str]
    description: str | None
    _example = {
        "name": "example_prompt",
        "tags": {"example_key": "example_value"},
        "description": "An example prompt",
    }


class PromptVersionCreatedPayload(Payload):
    """A version of a prompt was made."""

    name: str
    version: str
    template: str
    tags: dict[str, str]
    description: str | None
    _example = {
        "name": "example_prompt",
        "version": "1",
        "template": "Hello {{name}}!",
        "tags": {"example_key": "example_value"},
        "description": "An example prompt version",
    }


class PromptTagSetPayload(Payload):
    """A tag of a prompt was set."""

    name: str
    key: str
    value: str
    _example = {
        "name": "example_prompt",
        "key": "example_key",
        "value": "example_value",
    }


class PromptTagDeletedPayload(Payload):
    """A tag of a prompt was removed."""

    name: str
    key: str
    _example = {
        "name": "example_prompt",
        "key": "example_key",
    }


class PromptVersionTagSetPayload(Payload):
    """A tag of a version of a prompt was set."""

    name: str
    version: str
    key: str
    value: str
    _example = {
        "name": "example_prompt",
        "version": "1",
        "key": "example_key",
        "value": "example_value",
    }


class PromptVersionTagDeletedPayload(Payload):
    """A tag of a version of a prompt was removed."""

    name: str
    version: str
    key: str
    _example = {
        "name": "example_prompt",
        "version": "1",
        "key": "example_key",
    }


class PromptAliasCreatedPayload(Payload):
    """An alias was pointed at a version of a prompt."""

    name: str
    alias: str
    version: str
    _example = {
        "name": "example_prompt",
        "alias": "example_alias",
        "version": "1",
    }


class PromptAliasDeletedPayload(Payload):
    """An alias of a prompt was removed."""

    name: str
    alias: str
    _example = {
        "name": "example_prompt",
        "alias": "example_alias",
    }


class BudgetPolicyExceededPayload(Payload):
    """A budget was spent. Flowmill has no budgets yet, so nothing sends it."""

    budget_policy_id: str
    budget_unit: str
    budget_amount: float
    current_spend: float
    duration_unit: str
    duration_value: int
    target_scope: str
    workspace: str
    target_value: str | None
    window_start: int
    _example = {
        "budget_policy_id": "bp-abc123",
        "budget_unit": "USD",
        "budget_amount": 100.0,
        "current_spend": 105.5,
        "duration_unit": "MONTHS",
        "duration_value": 1,
        "target_scope": "ENDPOINT",
        "workspace": "default",
        "target_value": "ep-abc123",
        "window_start": 1704067200000,
    }


WebhookPayload = Payload

EVENT_TO_PAYLOAD_CLASS: Mapping[tuple[WebhookEntity, WebhookAction], type[Payload]] = {
    (WebhookEntity.REGISTERED_MODEL, WebhookAction.CREATED): RegisteredModelCreatedPayload,
    (WebhookEntity.MODEL_VERSION, WebhookAction.CREATED): ModelVersionCreatedPayload,
    (WebhookEntity.MODEL_VERSION_TAG, WebhookAction.SET): ModelVersionTagSetPayload,
    (WebhookEntity.MODEL_VERSION_TAG, WebhookAction.DELETED): ModelVersionTagDeletedPayload,
    (WebhookEntity.MODEL_VERSION_ALIAS, WebhookAction.CREATED): ModelVersionAliasCreatedPayload,
    (WebhookEntity.MODEL_VERSION_ALIAS, WebhookAction.DELETED): ModelVersionAliasDeletedPayload,
    (WebhookEntity.PROMPT, WebhookAction.CREATED): PromptCreatedPayload,
    (WebhookEntity.PROMPT_VERSION, WebhookAction.CREATED): PromptVersionCreatedPayload,
    (WebhookEntity.PROMPT_TAG, WebhookAction.SET): PromptTagSetPayload,
    (WebhookEntity.PROMPT_TAG, WebhookAction.DELETED): PromptTagDeletedPayload,
    (WebhookEntity.PROMPT_VERSION_TAG, WebhookAction.SET): PromptVersionTagSetPayload,
    (WebhookEntity.PROMPT_VERSION_TAG, WebhookAction.DELETED): PromptVersionTagDeletedPayload,
    (WebhookEntity.PROMPT_ALIAS, WebhookAction.CREATED): PromptAliasCreatedPayload,
    (WebhookEntity.PROMPT_ALIAS, WebhookAction.DELETED): PromptAliasDeletedPayload,
    (WebhookEntity.BUDGET_POLICY, WebhookAction.EXCEEDED): BudgetPolicyExceededPayload,
}


def get_payload_class_for_event(event: WebhookEvent) -> type[Payload]:
    """The class of what an event says."""
    return EVENT_TO_PAYLOAD_CLASS[event.entity, event.action]


def get_example_payload_for_event(event: WebhookEvent) -> dict[str, Any]:
    """What a test of a webhook sends for an event."""
    return get_payload_class_for_event(event).example()
