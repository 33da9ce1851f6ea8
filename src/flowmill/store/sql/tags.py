"""Tables of (owner, key, value): tags of everything, and parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

import msgspec

from flowmill.entities.names import check_key, check_value
from flowmill.entities.run import END_TAGS
from flowmill.errors import NotFound
from flowmill.store.sql.transaction import Transaction


class Pair(Protocol):
    """A key with a text."""

    @property
    def key(self) -> str:
        """Which."""
        ...

    @property
    def value(self) -> str:
        """What."""
        ...


_decode_pairs = msgspec.json.Decoder(dict[str, str]).decode

P = TypeVar("P")
K = TypeVar("K", bound=Pair)


def put_tags(tx: Transaction, table: str, owner_column: str, owner: int, tags: Sequence[Pair]) -> None:
    """Set tags, replacing values that are there; the last of a key wins."""
    if not tags:
        return
    for tag in tags:
        check_key("tag", tag.key)
        check_value("tag", tag.key, tag.value)
    tx.run_many(
        f"INSERT INTO {table} ({owner_column}, key, value) VALUES (?, ?, ?) "
        f"ON CONFLICT ({owner_column}, key) DO UPDATE SET value = excluded.value",
        [(owner, tag.key, tag.value) for tag in tags],
    )


def drop_tag(tx: Transaction, table: str, owner_column: str, owner: int, key: str) -> bool:
    """Remove a tag; whether there was one."""
    return tx.run(f"DELETE FROM {table} WHERE {owner_column} = ? AND key = ?", (owner, key)) > 0


def forget_end(tx: Transaction, run: int) -> None:
    """Remove what is said of the end of a run that goes on."""
    tx.run_many("DELETE FROM tags WHERE run = ? AND key = ?", [(run, key) for key in END_TAGS])


def must_drop_tag(tx: Transaction, table: str, owner_column: str, owner: int, key: str, whose: str) -> None:
    """Remove a tag; NotFound if there is none."""
    if not drop_tag(tx, table, owner_column, owner, key):
        raise NotFound(f"{whose} has no tag {key!r}.")


def pairs_of(
    tx: Transaction, table: str, owner_column: str, owners: Sequence[int], make: Callable[[str, str], P]
) -> dict[int, list[P]]:
    """The pairs of each owner, by key."""
    # One row an owner: a row a pair costs twice as much.
    rows = tx.all_in(
        f"SELECT {owner_column}, {tx.dialect.json_object('key', 'value')} FROM {table} "
        f"WHERE {owner_column} IN (...) GROUP BY {owner_column}",
        owners,
    )
    return {owner: [make(key, value) for key, value in _decode_pairs(text).items()] for owner, text in rows}


def last_of_each_key(pairs: Iterable[K]) -> list[K]:
    """The pairs without those that a later one of the same key replaces."""
    return list({pair.key: pair for pair in pairs}.values())
