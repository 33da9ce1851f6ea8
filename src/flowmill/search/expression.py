"""A piece of SQL with its arguments."""

from __future__ import annotations

from dataclasses import dataclass

Argument = str | int | float


@dataclass(frozen=True)
class Expression:
    """SQL with ``?`` for its arguments."""

    sql: str
    arguments: tuple[Argument, ...] = ()
