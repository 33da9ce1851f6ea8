"""All operations: importing this module declares every one of them."""

from flowmill.wire import (
    artifacts,
    datasets,
    experiments,
    metrics,
    models,
    promptlab,
    registry,
    runs,
    table,
    transfer,
    trash,
)
from flowmill.wire.operation import OPERATIONS, Operation

__all__ = [
    "OPERATIONS",
    "Operation",
    "artifacts",
    "datasets",
    "experiments",
    "metrics",
    "models",
    "promptlab",
    "registry",
    "runs",
    "table",
    "transfer",
    "trash",
]
