"""All operations: importing this module declares every one of them."""

from flowmill.wire import experiments, metrics, models, registry, runs, table
from flowmill.wire.operation import OPERATIONS, Operation

__all__ = ["OPERATIONS", "Operation", "experiments", "metrics", "models", "registry", "runs", "table"]
