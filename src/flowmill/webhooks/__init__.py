"""Webhooks: what receivers get, how they verify it, and how it is sent."""

from flowmill.lazy import lazy_names

_NAMES = {
    "signature": "WEBHOOK_DELIVERY_ID_HEADER WEBHOOK_SIGNATURE_HEADER WEBHOOK_TIMESTAMP_HEADER verify_webhook",
    "types": (
        "RegisteredModelCreatedPayload ModelVersionCreatedPayload ModelVersionTagSetPayload "
        "ModelVersionTagDeletedPayload ModelVersionAliasCreatedPayload "
        "ModelVersionAliasDeletedPayload PromptCreatedPayload PromptVersionCreatedPayload "
        "PromptTagSetPayload PromptTagDeletedPayload PromptVersionTagSetPayload "
        "PromptVersionTagDeletedPayload PromptAliasCreatedPayload PromptAliasDeletedPayload "
        "WebhookPayload"
    ),
}

__getattr__, __dir__, __all__ = lazy_names(
    __name__, {name: f"{__name__}.{module}:{name}" for module, names in _NAMES.items() for name in names.split()}
)
