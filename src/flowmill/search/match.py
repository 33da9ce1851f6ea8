"""A filter's tree as a predicate over plain values: what the SQL of `flowmill.search.sql` must agree with."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flowmill.search.tree import And, Between, Comparison, Field, In, IsNull, Like, Not, Or, Some, Term
from flowmill.search.values import like, number_of

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
    included. ``minimums`` and ``maximums``: the least and greatest that was ever logged, where any was a
    number. ``datasets``: for each, its name, digest and context. ``versions``: for each, its name and
    version_number."""

    attributes: Mapping[str, str | int | float | None] = field(default_factory=dict[str, str | int | float | None])
    metrics: Mapping[str, float] = field(default_factory=dict[str, float])
    minimums: Mapping[str, float] = field(default_factory=dict[str, float])
    maximums: Mapping[str, float] = field(default_factory=dict[str, float])
    params: Mapping[str, str] = field(default_factory=dict[str, str])
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    datasets: Sequence[Mapping[str, str]] = ()
    versions: Sequence[Mapping[str, str | int]] = ()


def matches(term: Term, record: Record) -> bool:
    """Whether the record is among what the filter selects."""
    match term:
        case And():
            return all(matches(each, record) for each in term.terms)
        case Or():
            return any(matches(each, record) for each in term.terms)
        case Not():
            return not matches(term.term, record)
        case Some():
            things = record.datasets if term.thing == "dataset" else record.versions
            return any(matches(term.term, Record(dict(thing))) for thing in things)
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


def _values(field: Field, record: Record) -> list[str | int | float]:
    match field.kind:
        case "dataset":
            return [dataset[field.key] for dataset in record.datasets if field.key in dataset]
        case "attribute":
            value = record.attributes.get(field.key)
        case "metric":
            value = record.metrics.get(field.key)
        case "minimum":
            value = record.minimums.get(field.key)
        case "maximum":
            value = record.maximums.get(field.key)
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
