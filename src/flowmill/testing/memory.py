"""A store that keeps nothing after its process."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from flowmill.store.sql.engine import SqlStore, random_id, system_clock
from flowmill.store.sql.places import Places
from flowmill.store.sql.sqlite import SqliteDatabase


def memory_store(*, clock: Callable[[], int] = system_clock, new_id: Callable[[], str] = random_id) -> SqlStore:
    """A `Store` in memory, for tests: fast, empty, and with the behaviour of the real one because it is."""
    places = Places("memory:/artifacts", accept=lambda location: location)
    return SqlStore(SqliteDatabase(None), places, clock=clock, new_id=new_id)


def counting_clock(start: int = 1_700_000_000_000) -> Callable[[], int]:
    """A clock that is one ms later each time it is asked."""
    counter = itertools.count(start)
    return lambda: next(counter)


def counting_ids() -> Callable[[], str]:
    """Ids of 32 digits that count up, so that tests are exact."""
    counter = itertools.count(1)
    return lambda: f"{next(counter):032x}"
