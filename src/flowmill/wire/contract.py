"""All operations: importing this module declares every one of them."""

from flowmill.wire import (
    artifacts,
    branches,
    datasets,
    experiments,
    history,
    life,
    metrics,
    models,
    moves,
    promptlab,
    registry,
    runs,
    server,
    table,
    transfer,
    trash,
    webhooks,
)
from flowmill.wire.operation import OPERATIONS, Operation

__all__ = [
    "OPERATIONS",
    "Operation",
    "artifacts",
    "branches",
    "datasets",
    "experiments",
    "history",
    "life",
    "metrics",
    "models",
    "moves",
    "promptlab",
    "registry",
    "runs",
    "server",
    "table",
    "transfer",
    "trash",
    "webhooks",
]
