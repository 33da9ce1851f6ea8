"""What is known of one prediction besides its input: who asked, and whether it is an evaluation."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields
from typing import Any

_current: ContextVar[Context | None] = ContextVar("flowmill_prediction_context", default=None)
_for_clients: ContextVar[bool] = ContextVar("flowmill_predicting_for_clients", default=False)


@dataclass(init=False)
class Context:
    """The context of a prediction; only names that it has can be given."""

    request_id: str | None = None
    is_evaluate: bool = False
    dependencies_schemas: dict[str, Any] | None = None
    model_id: str | None = None
    endpoint_name: str | None = None

    def __init__(
        self,
        request_id: str | None = None,
        is_evaluate: bool = False,
        dependencies_schemas: dict[str, Any] | None = None,
        model_id: str | None = None,
        endpoint_name: str | None = None,
        **kwargs: Any,
    ) -> None:
        self.request_id = request_id
        self.is_evaluate = is_evaluate
        self.dependencies_schemas = dependencies_schemas
        self.model_id = model_id
        self.endpoint_name = endpoint_name
        self.update(**kwargs)

    def update(self, **kwargs: Any) -> None:
        """Set these fields; AttributeError for one that a context does not have."""
        known = {item.name for item in fields(self)}
        for name, value in kwargs.items():
            if name not in known:
                raise AttributeError(f"A prediction's context has no {name!r}: it has {', '.join(sorted(known))}.")
            setattr(self, name, value)


@contextmanager
def set_prediction_context(context: Context | None) -> Generator[None]:
    """Predictions made meanwhile in this thread or task have this context."""
    token = _current.set(context)
    try:
        yield
    finally:
        _current.reset(token)


def get_prediction_context() -> Context | None:
    """The context of the prediction that runs now; None outside of one."""
    return _current.get()


@contextmanager
def predicting_for_clients() -> Generator[None]:
    """What is asked meanwhile comes from clients: it names no files and no addresses that are read here."""
    token = _for_clients.set(True)
    try:
        yield
    finally:
        _for_clients.reset(token)


def is_for_clients() -> bool:
    """Whether the prediction that runs now was asked for by a client of a scoring server."""
    return _for_clients.get()
