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


REACHING: dict[type[Request[Any]], Callable[[Any, Any, Any], Any]] = {}
"""Of each operation that has to ask the network first, the function that does so and then uses the store."""


def reaches_out(request: type[Q]) -> Callable[[Callable[[Any, Q, Any], T]], Callable[[Any, Q, Any], T]]:
    """Mark the function that carries out this request over a store, between its transactions and not in one.

    It is given the `SqlStore`, the request and the caller: no transaction waits for a name server.
    """

    def register(function: Callable[[Any, Q, Any], T]) -> Callable[[Any, Q, Any], T]:
        REACHING[request] = function
        return function

    return register


READY: dict[type[Request[Any]], Callable[[Transaction, Any], bytes]] = {}
"""Of each operation whose answer is put together from JSON that is kept, the function that does so for a server."""


def answers(request: type[Q]) -> Callable[[Callable[[Transaction, Q], bytes]], Callable[[Transaction, Q], bytes]]:
    """Mark the function that gives the JSON of what this request's handler gives."""

    def register(function: Callable[[Transaction, Q], bytes]) -> Callable[[Transaction, Q], bytes]:
        READY[request] = function
        return function

    return register


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
