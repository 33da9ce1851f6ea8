"""A filter's tree as a predicate over plain values: what the SQL of `flowmill.search.sql` must agree with."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from flowmill.search.tree import And, Between, Comparison, Field, In, IsNull, Like, Not, Or, Term

# What PostgreSQL converts to a double without an error, and Python to the same one, if it is no longer than
# LONGEST_NUMBER. It stands in SQL, where a question mark would be an argument.
NUMBER_PATTERN = "^[-+]{0,1}([0-9]+[.]{0,1}[0-9]*|[.][0-9]+)([eE][-+]{0,1}[0-9]{1,2}){0,1}$"
LONGEST_NUMBER = 200
_NUMBER = re.compile(NUMBER_PATTERN.removesuffix("$").replace("+[.]{0,1}[0-9]*", "++[.]{0,1}[0-9]*+"))

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Record:
    """The values of one thing, as a filter sees them. ``metrics``: the latest value of each key, NaN
    included. ``datasets``: for each, its name, digest and context."""

    attributes: Mapping[str, str | int | float | None] = field(default_factory=dict[str, str | int | float | None])
    metrics: Mapping[str, float] = field(default_factory=dict[str, float])
    params: Mapping[str, str] = field(default_factory=dict[str, str])
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    datasets: Sequence[Mapping[str, str]] = ()


def matches(term: Term, record: Record) -> bool:
    """Whether the record is among what the filter selects."""
    match term:
        case And():
            return all(matches(each, record) for each in term.terms)
        case Or():
            return any(matches(each, record) for each in term.terms)
        case Not():
            return not matches(term.term, record)
        case IsNull():
            return bool(_values(term.field, record)) == term.negated
        case In():
            return any((value in term.values) != term.negated for value in _values(term.field, record))
        case Like():
            return any(
                like(str(value), term.pattern, term.ignore_case) != term.negated
                for value in _values(term.field, record)
            )
        case Between():
            return any(term.low <= number <= term.high for number in _numbers(term.field, record))
        case Comparison():
            compare = _COMPARE[term.operator]
            values = _values if isinstance(term.value, str) else _numbers
            return any(compare(value, term.value) for value in values(term.field, record))


def like(text: str, pattern: str, ignore_case: bool = False) -> bool:
    """SQL's LIKE without an escape character: ``%`` is any text, ``_`` one character.

    Takes at most time proportional to the product of both lengths, whatever the pattern: each piece
    between two ``%`` is looked for once, from the left.
    """
    first, middle, last = _pieces(pattern, ignore_case)
    if last is None:
        return first.fullmatch(text) is not None
    opening = first.match(text)
    if opening is None:
        return False
    position = opening.end()
    for piece in middle:
        found = piece.search(text, position)
        if found is None:
            return False
        position = found.end()
    # Every piece has a fixed length, so the last one can only lie at one place.
    return last.fullmatch(text, max(position, len(text) - last_length(pattern))) is not None


def last_length(pattern: str) -> int:
    """How many characters of a text the part of a pattern behind its last ``%`` matches."""
    return len(pattern) - pattern.rfind("%") - 1


def number_of(text: str | None) -> float | None:
    """The number that a parameter's text spells in decimal digits; None for anything else."""
    if text is None or len(text) > LONGEST_NUMBER or _NUMBER.fullmatch(text) is None:
        return None
    return float(text)


@lru_cache(maxsize=256)
def _pieces(pattern: str, ignore_case: bool) -> tuple[re.Pattern[str], list[re.Pattern[str]], re.Pattern[str] | None]:
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    compiled = [
        re.compile("".join("." if character == "_" else re.escape(character) for character in piece), flags)
        for piece in pattern.split("%")
    ]
    if len(compiled) == 1:
        return compiled[0], [], None
    return compiled[0], [piece for piece in compiled[1:-1] if piece.pattern], compiled[-1]


def _values(field: Field, record: Record) -> list[str | int | float]:
    match field.kind:
        case "dataset":
            return [dataset[field.key] for dataset in record.datasets if field.key in dataset]
        case "attribute":
            value = record.attributes.get(field.key)
        case "metric":
            value = record.metrics.get(field.key)
        case "param":
            value = record.params.get(field.key)
        case "tag":
            value = record.tags.get(field.key)
    return [] if value is None else [value]


def _numbers(field: Field, record: Record) -> list[float]:
    if field.kind == "param":
        number = number_of(record.params.get(field.key))
        return [] if number is None else [number]
    return [value for value in _values(field, record) if not isinstance(value, str)]
