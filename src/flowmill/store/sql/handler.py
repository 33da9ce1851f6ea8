"""``@handles(GetRun)``: which function carries out which operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flowmill.store.sql.transaction import Transaction
from flowmill.wire.operation import Request

T = TypeVar("T")
Q = TypeVar("Q", bound=Request[Any])
Handler = Callable[[Transaction, Any], Any]

HANDLERS: dict[type[Request[Any]], Handler] = {}
"""The function of each operation; `flowmill.store.sql.handlers` imports all of them."""


def handles(request: type[Q]) -> Callable[[Callable[[Transaction, Q], T]], Callable[[Transaction, Q], T]]:
    """Mark the function that carries out this request inside one transaction."""

    def register(handler: Callable[[Transaction, Q], T]) -> Callable[[Transaction, Q], T]:
        HANDLERS[request] = handler
        return handler

    return register
