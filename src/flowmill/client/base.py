"""What the parts of the client share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

from flowmill.errors import Unavailable
from flowmill.settings import logs_async
from flowmill.spool.store import READ_SECONDS, SpooledStore
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
    """What ``synchronous=False`` returns: what was logged is on this machine's disk and on its way to the store."""

    def __init__(self, store: SpooledStore) -> None:
        self._store = store

    def wait(self) -> None:
        """Return when all is stored. Raises Unavailable if the store is away: then it is delivered later."""
        if not self._store.flush(READ_SECONDS):
            raise Unavailable(
                f"{self._store.spool.delivery.name} does not answer: what was logged is kept on this machine and "
                "delivered when it does."
            )


def or_environment(synchronous: bool | None) -> bool | None:
    """What a call says, else False where MLFLOW_ENABLE_ASYNC_LOGGING asks for it."""
    return False if synchronous is None and logs_async() else synchronous


class Connected:
    """The stores that a client talks to."""

    def __init__(self, tracking_uri: str | None = None, registry_uri: str | None = None) -> None:
        self.tracking_uri = tracking_uri or default_tracking_uri()
        registry = registry_uri or (self.tracking_uri if tracking_uri else default_registry_uri())
        self._store = store_at(self.tracking_uri)
        self._registry = store_at(registry)
