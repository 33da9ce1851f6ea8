"""``@handles(GetRun)``: which function carries out which operation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from flowmill.store.sql.transaction import Transaction
from flowmill.wire.operation import Request

T = TypeVar("T")
Q = TypeVar("Q", bound=Request[Any])
Handler = Callable[[Transaction, Any], Any]

GroupHandler = Callable[[Transaction, Sequence[Any]], list[Any]]

HANDLERS: dict[type[Request[Any]], Handler] = {}
"""The function of each operation; `flowmill.store.sql.handlers` imports all of them."""

GROUP_HANDLERS: dict[type[Request[Any]], GroupHandler] = {}
"""The function of each operation of which many are carried out at once."""


@dataclass(frozen=True)
class Failure:
    """The error of one request of a group whose other requests went on."""

    error: BaseException


def handles(request: type[Q]) -> Callable[[Callable[[Transaction, Q], T]], Callable[[Transaction, Q], T]]:
    """Mark the function that carries out this request inside one transaction."""

    def register(handler: Callable[[Transaction, Q], T]) -> Callable[[Transaction, Q], T]:
        HANDLERS[request] = handler
        return handler

    return register


def handles_together(*requests: type[Request[Any]]) -> Callable[[GroupHandler], GroupHandler]:
    """Mark the function that carries out many of these requests, in their order, inside one transaction.

    It gives a result for each, a `Failure` for one that must not happen, of which nothing is written. What it
    raises is not the fault of one request.
    """

    def register(handler: GroupHandler) -> GroupHandler:
        def alone(tx: Transaction, ask: Any) -> Any:
            (result,) = handler(tx, [ask])
            if isinstance(result, Failure):
                raise result.error
            return result

        for request in requests:
            GROUP_HANDLERS[request] = handler
            HANDLERS[request] = alone
        return handler

    return register
