"""``@handles(GetRun)``: which function carries out which operation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from flowmill.entities.caller import Caller
from flowmill.errors import Internal
from flowmill.store.sql.transaction import Transaction
from flowmill.wire.operation import Request

T = TypeVar("T")
Q = TypeVar("Q", bound=Request[Any])
Handler = Callable[[Transaction, Any], Any]

GroupHandler = Callable[[Transaction, Sequence[Any], Sequence[Caller]], list[Any]]


@dataclass(frozen=True)
class Failure:
    """The error of one request of a group whose other requests went on."""

    error: BaseException


@dataclass
class Handling:
    """How an operation is carried out."""

    alone: Handler
    """Carries out one inside a transaction."""
    together: GroupHandler | None = None
    """Carries out many of them at once."""
    ready: Callable[[Transaction, Any], bytes] | None = None
    """Gives the JSON of the answer, which is put together from JSON that is kept."""
    reaching: Callable[[Any, Any, Any], Any] | None = None
    """Given the store, the request and the caller: asks the network first, then uses the store."""


def _not_alone(tx: Transaction, ask: Any) -> Any:
    raise Internal(f"{type(ask).__name__} has to ask the network before it uses the database.")


DECLARED: dict[str, dict[type[Request[Any]], Handling]] = defaultdict(lambda: defaultdict(lambda: Handling(_not_alone)))
"""What the functions of each module carry out; `flowmill.store.sql.handlers` looks here for what it has loaded."""


def reaches_out(request: type[Q]) -> Callable[[Callable[[Any, Q, Any], T]], Callable[[Any, Q, Any], T]]:
    """Mark the function that carries out this request over a store, between its transactions and not in one.

    It is given the `SqlStore`, the request and the caller: no transaction waits for a name server.
    """

    def register(function: Callable[[Any, Q, Any], T]) -> Callable[[Any, Q, Any], T]:
        DECLARED[function.__module__][request].reaching = function
        return function

    return register


def answers(request: type[Q]) -> Callable[[Callable[[Transaction, Q], bytes]], Callable[[Transaction, Q], bytes]]:
    """Mark the function that gives the JSON of what this request's handler, in the same module, gives."""

    def register(function: Callable[[Transaction, Q], bytes]) -> Callable[[Transaction, Q], bytes]:
        DECLARED[function.__module__][request].ready = function
        return function

    return register


def handles(request: type[Q]) -> Callable[[Callable[[Transaction, Q], T]], Callable[[Transaction, Q], T]]:
    """Mark the function that carries out this request inside one transaction."""

    def register(handler: Callable[[Transaction, Q], T]) -> Callable[[Transaction, Q], T]:
        DECLARED[handler.__module__][request].alone = handler
        return handler

    return register


def handles_together(*requests: type[Request[Any]]) -> Callable[[GroupHandler], GroupHandler]:
    """Mark the function that carries out many of these requests, in their order, inside one transaction.

    It is given who sends each, and gives a result for each, a `Failure` for one that must not happen, of which
    nothing is written. What it raises is not the fault of one request.
    """

    def register(handler: GroupHandler) -> GroupHandler:
        def alone(tx: Transaction, ask: Any) -> Any:
            (result,) = handler(tx, [ask], [tx.caller])
            if isinstance(result, Failure):
                raise result.error
            return result

        for request in requests:
            handling = DECLARED[handler.__module__][request]
            handling.together, handling.alone = handler, alone
        return handler

    return register
