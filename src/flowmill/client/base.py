"""What the parts of the client share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

from flowmill.store.base import Store
from flowmill.stores import default_registry_uri, default_tracking_uri, store_at

T = TypeVar("T")


class PagedList(list[T], Generic[T]):
    """A page of results; ``token`` asks for the next one and is None on the last."""

    def __init__(self, items: Iterable[T], token: str | None) -> None:
        super().__init__(items)
        self.token = token

    def to_list(self) -> list[T]:
        """The results as a plain list."""
        return list(self)


class RunOperations:
    """What ``synchronous=False`` returns: the operations are done, so waiting for them takes no time."""

    def wait(self) -> None:
        """Return when all is stored."""


class Connected:
    """The stores that a client talks to."""

    def __init__(self, tracking_uri: str | None = None, registry_uri: str | None = None) -> None:
        self.tracking_uri = tracking_uri or default_tracking_uri()
        registry = registry_uri or (self.tracking_uri if tracking_uri else default_registry_uri())
        self._store: Store = store_at(self.tracking_uri)
        self._registry: Store = store_at(registry)
