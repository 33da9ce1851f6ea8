"""A receiver, and the operator's leave to send to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.webhooks.receiver import Receiver, receiving

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allows plain HTTP to 127.0.0.1, and nothing else that is not public."""
    monkeypatch.setenv("MLFLOW_WEBHOOK_ALLOWED_SCHEMES", "http,https")
    monkeypatch.setenv("FLOWMILL_WEBHOOK_ALLOWED_HOSTS", "127.0.0.1")
    monkeypatch.setenv("MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY", KEY)


@pytest.fixture
def receiver(operator: None) -> Iterator[Receiver]:
    """A receiver that may be sent to."""
    with receiving() as running:
        yield running
