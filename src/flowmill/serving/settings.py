"""What the operator of a scoring server chose; it goes as JSON to the environment in which the model is served."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from flowmill.server.limits import Limits

LIMITS = (
    "max_body",
    "max_decompressed",
    "max_buffered",
    "max_json_depth",
    "max_headers",
    "max_connections",
    "header_timeout",
    "body_timeout",
    "min_body_rate",
    "keep_alive_timeout",
    "drain_timeout",
)
"""The limits of the tracking server that a scoring server has too."""


def default_concurrency() -> int:
    """As many predictions at once as MLflow's scoring server has threads for."""
    return min(32, (os.cpu_count() or 1) + 4)


@dataclass(frozen=True)
class ServingSettings:
    """``model_uri``: any model, or a folder. ``timeout``: seconds for an answer, 0 for any time.

    ``concurrency``: predictions at once in a worker; ``most_waiting``: more that may wait for their turn.
    ``batch_rows``: rows of requests that wait and may be predicted in one call of the model, 0 for a call each.
    ``scratch``: a folder to remove at the end. ``with_parent``: end when standard input does, which is when the
    process is gone that started this one.
    """

    model_uri: str
    host: str = "127.0.0.1"
    port: int = 5000
    timeout: float = 60.0
    workers: int = 1
    concurrency: int = field(default_factory=default_concurrency)
    most_waiting: int = 200
    most_rows: int = 0
    batch_rows: int = 0
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    access_log: str | None = None
    shown_uri: str | None = None
    scratch: str | None = None
    with_parent: bool = False
    limits: Limits = field(default_factory=Limits)
