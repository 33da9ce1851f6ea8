"""The one seam: a store takes a request and gives its answer."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from flowmill.wire.operation import Request

T = TypeVar("T")


class Store(Protocol):
    """Anything that carries out operations. Errors are those of `flowmill.errors`."""

    def send(self, request: Request[T]) -> T:
        """Carry out a request; what it changes is durable when this returns."""
        ...

    def close(self) -> None:
        """Give back connections and threads; a closed store may not be used again."""
        ...


AnyRequest = Request[Any]
