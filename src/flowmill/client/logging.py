"""The part of the client with which a run is opened, logged to and ended."""

from __future__ import annotations

from flowmill.client.life import LifeClient
from flowmill.client.media import MediaClient


class LoggingClient(MediaClient, LifeClient):
    """Operations on experiments and runs, without models, the registry, webhooks and the trash.

    A script that only logs does not load what those need.
    """
