"""What rows are sorted by, and which come after a given one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flowmill.search.sql import Pairs
from flowmill.store.sql.dialect import Dialect


@dataclass(frozen=True)
class Condition:
    """SQL that selects rows, with its arguments."""

    sql: str
    arguments: tuple[Any, ...] = ()

    def __and__(self, other: Condition) -> Condition:
        if self is EVERYTHING or other is EVERYTHING:
            return other if self is EVERYTHING else self
        return Condition(f"({self.sql}) AND ({other.sql})", (*self.arguments, *other.arguments))


EVERYTHING = Condition("1 = 1")
_FEW = 50
"""Of so many values a database's planner knows from the statement how many rows to expect."""


def among(dialect: Dialect, column: str, numbers: Sequence[int]) -> Condition:
    """Rows whose column is one of these numbers, of which there may be any number."""
    if len(numbers) == 1:  # of one experiment, an index is in the order of the page
        return Condition(f"{column} = ?", (numbers[0],))
    if len(numbers) <= _FEW:
        return Condition(f"{column} IN ({','.join('?' * len(numbers)) or 'NULL'})", tuple(numbers))
    return Condition(f"{column} {dialect.one_of()}", (dialect.listed(numbers),))


@dataclass(frozen=True)
class ByValue:
    """The value of a key that an index has in order: one row of ``pairs`` (named ``name`` in SQL) at most."""

    pairs: Pairs
    key: str
    name: str


@dataclass(frozen=True)
class SortKey:
    """An expression to sort by; absent values come last either way. ``join`` brings its table in.

    ``always``: it never is absent. Saying so lets the database read an index in order. ``text``: it is a text, not
    a number. ``value``: where an index has it in order.
    """

    expression: str
    ascending: bool = True
    join: str = ""
    join_arguments: tuple[Any, ...] = ()
    always: bool = False
    text: bool = False
    value: ByValue | None = None
    sort: str = ""
    """What is written in ORDER BY instead of the expression, if anything is."""

    def takes(self, value: Any) -> bool:
        """Whether a value can be one of this key's."""
        return not self.always if value is None else isinstance(value, str) == self.text

    @property
    def direction(self) -> str:
        """As SQL says it."""
        return "ASC" if self.ascending else "DESC"

    @property
    def term(self) -> str:
        """What stands in ORDER BY."""
        return f"{self.sort or self.expression} {self.direction}{'' if self.always else ' NULLS LAST'}"


def distinct_keys(order: Sequence[SortKey]) -> tuple[SortKey, ...]:
    """The keys without those that repeat an earlier one, which decide nothing."""
    first: dict[tuple[str, tuple[Any, ...]], SortKey] = {}
    for key in order:
        what = (key.expression, ()) if key.value is None else (key.value.pairs.table, (key.value.key,))
        first.setdefault(what, key)
    return tuple(first.values())


def after_row(order: Sequence[SortKey], values: Sequence[Any] | None) -> Condition:
    """Selects what comes after the row with these sort values, absent values being last; all, without a row."""
    if values is None:
        return EVERYTHING
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
    after = Condition(" OR ".join(f"({choice})" for choice in choices) or "1 = 0", tuple(arguments))
    first = order[0]
    if first.always and values[0] is not None:
        # The same said once more, where the database sees that an index can begin at that row.
        sign = ">=" if first.ascending else "<="
        return Condition(f"{first.expression} {sign} ?", (values[0],)) & after
    return after
