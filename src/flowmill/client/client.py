"""The client, whole: MLflow's ``MlflowClient``, same names, same arguments."""

from __future__ import annotations

from flowmill.client.logging import LoggingClient
from flowmill.client.models import ModelsClient
from flowmill.client.registry import RegistryClient
from flowmill.client.trash import TrashClient
from flowmill.client.webhooks import WebhooksClient


class Client(LoggingClient, ModelsClient, RegistryClient, WebhooksClient, TrashClient):
    """Named operations on the store at ``tracking_uri`` and the registry at ``registry_uri``.

    Without URIs those of `flowmill.set_tracking_uri` and the environment hold, else the folder ``./mlruns``.
    """
