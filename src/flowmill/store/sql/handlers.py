"""All handlers: importing this module fills `HANDLERS`."""

from flowmill.store.sql import (
    batches,
    datasets,
    experiments,
    metrics,
    models,
    registry,
    runs,
    searches,
    table,
    transfer,
    trash,
    versions,
)
from flowmill.store.sql.handler import HANDLERS

__all__ = [
    "HANDLERS",
    "batches",
    "datasets",
    "experiments",
    "metrics",
    "models",
    "registry",
    "runs",
    "searches",
    "table",
    "transfer",
    "trash",
    "versions",
]
