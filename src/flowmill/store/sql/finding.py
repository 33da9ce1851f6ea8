"""Sorted pages of rows that a condition selects, by keyset: page 1,000 costs what page 1 does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flowmill.store.sql.paging import decode_token, encode_token, refused_token
from flowmill.store.sql.transaction import Row, Transaction


@dataclass(frozen=True)
class SortKey:
    """An expression to sort by; absent values come last either way. ``join`` brings its table in.

    ``always``: it never is absent. Saying so lets the database read an index in order.
    """

    expression: str
    ascending: bool = True
    join: str = ""
    join_arguments: tuple[Any, ...] = ()
    always: bool = False

    @property
    def term(self) -> str:
        """What stands in ORDER BY."""
        return f"{self.expression} {'ASC' if self.ascending else 'DESC'}{'' if self.always else ' NULLS LAST'}"


@dataclass(frozen=True)
class Condition:
    """SQL that selects rows, with its arguments."""

    sql: str
    arguments: tuple[Any, ...] = ()

    def __and__(self, other: Condition) -> Condition:
        return Condition(f"({self.sql}) AND ({other.sql})", (*self.arguments, *other.arguments))


EVERYTHING = Condition("1 = 1")


@dataclass(frozen=True)
class Found:
    """Rows of one page, and the token of the next one."""

    rows: list[Row]
    next_page_token: str | None


def find(
    tx: Transaction,
    columns: str,
    tables: str,
    condition: Condition,
    order: Sequence[SortKey],
    size: int,
    token: str,
) -> Found:
    """One page of at most ``size`` rows. The last sort key must be unique, so that pages never overlap."""
    joins = "".join(f" {key.join}" for key in order)
    arguments: list[Any] = [argument for key in order for argument in key.join_arguments]
    if after := decode_token(token, len(order)):
        condition = condition & _after(order, after)
    terms = ", ".join(key.term for key in order)
    values = ", ".join(key.expression for key in order)
    try:
        rows = tx.all(
            f"SELECT {columns}, {values} FROM {tables}{joins} WHERE {condition.sql} ORDER BY {terms} LIMIT {size + 1}",
            [*arguments, *condition.arguments],
        )
    except Exception as error:
        if after and tx.dialect.is_about_types(error):
            raise refused_token(token) from error
        raise
    width = len(order)
    next_token = encode_token(list(rows[size - 1][-width:])) if len(rows) > size else None
    return Found([row[:-width] for row in rows[:size]], next_token)


def count(tx: Transaction, tables: str, condition: Condition) -> int:
    """How many rows the condition selects."""
    return int(tx.value(f"SELECT COUNT(*) FROM {tables} WHERE {condition.sql}", condition.arguments))


def _after(order: Sequence[SortKey], values: Sequence[Any]) -> Condition:
    """Selects what comes after the row with these sort values, absent values being last."""
    same: list[str] = []
    same_arguments: list[Any] = []
    choices: list[str] = []
    arguments: list[Any] = []
    for key, value in zip(order, values, strict=True):
        if value is not None:
            sign = ">" if key.ascending else "<"
            later = f"{key.expression} {sign} ?"
            choices.append(" AND ".join([*same, later if key.always else f"({later} OR {key.expression} IS NULL)"]))
            arguments += [*same_arguments, value]
            same.append(f"{key.expression} = ?")
            same_arguments.append(value)
        else:
            same.append(f"{key.expression} IS NULL")
    return Condition(" OR ".join(f"({choice})" for choice in choices) or "1 = 0", tuple(arguments))
