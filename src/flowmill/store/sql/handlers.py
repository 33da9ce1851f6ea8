"""Which function carries out an operation; its module is loaded when it is asked for first.

A script that logs to a folder needs six operations of about a hundred, and neither searches nor the registry.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from flowmill.errors import Internal
from flowmill.store.sql.handler import DECLARED, Handling
from flowmill.wire.operation import Request

_MODULES = {
    "branches": ("branches",),
    "changes": ("change_log",),
    "datasets": ("datasets",),
    "experiments": ("experiments", "searches"),
    "history": ("history",),
    "life": ("life", "ranks"),
    "metrics": ("batches", "metrics"),
    "models": ("models", "searches", "model_groups"),
    "moves": ("moves",),
    "registry": ("registry", "versions", "searches"),
    "runs": ("batches", "runs", "searches", "nested"),
    "server": ("server",),
    "table": ("table", "groups"),
    "transfer": ("transfer",),
    "trash": ("trash",),
    "webhooks": ("webhooks", "deliveries"),
}
"""Of each module in `flowmill.wire` those here that carry out its operations, looked through in this order."""


@cache
def handling_of(request: type[Request[Any]]) -> Handling:
    """How an operation is carried out; Internal for one that is no matter of the database, as those on artifacts."""
    for name in _MODULES.get(request.__module__.rpartition(".")[2], ()):
        # Another thread may be loading it: this waits until all of it is there.
        module = import_module(f"flowmill.store.sql.{name}").__name__
        if request in DECLARED[module]:
            return DECLARED[module][request]
    raise Internal(f"Nothing carries out the operation {request.__name__}.")
