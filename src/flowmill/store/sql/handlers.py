"""All handlers: importing this module fills `HANDLERS`."""

from flowmill.store.sql import (
    batches,
    datasets,
    deliveries,
    experiments,
    groups,
    history,
    life,
    metrics,
    models,
    registry,
    runs,
    searches,
    table,
    transfer,
    trash,
    versions,
    webhooks,
)
from flowmill.store.sql.handler import HANDLERS, REACHING

__all__ = [
    "HANDLERS",
    "REACHING",
    "batches",
    "datasets",
    "deliveries",
    "experiments",
    "groups",
    "history",
    "life",
    "metrics",
    "models",
    "registry",
    "runs",
    "searches",
    "table",
    "transfer",
    "trash",
    "versions",
    "webhooks",
]
