"""A filter as a tree of frozen values.

Every leaf says something about the values that a thing has under a field, and is true or false, never
unknown: a comparison is true if some value satisfies it, so ``params.lr != '0.1'`` asks for a value that
differs, while ``NOT params.lr = '0.1'`` is also true for a run without ``lr``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Kind = Literal["attribute", "metric", "minimum", "maximum", "param", "tag", "dataset"]
"""``minimum`` and ``maximum`` are of a metric's whole history; ``metric`` is its last value."""
Thing = Literal["dataset", "version"]
Operator = Literal["=", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Field:
    """What is looked at: ``key`` is an attribute's name or the key of a metric, parameter or tag."""

    kind: Kind
    key: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Some value compares so with ``value``: text with text, number with number. A NaN differs from every
    number and satisfies nothing else; a parameter that is no number satisfies no comparison with one."""

    field: Field
    operator: Operator
    value: str | int | float


@dataclass(frozen=True, slots=True)
class In:
    """Some value is one of ``values``, or if ``negated`` is none of them."""

    field: Field
    values: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Between:
    """Some number lies between two others, both included."""

    field: Field
    low: int | float
    high: int | float


@dataclass(frozen=True, slots=True)
class Like:
    """Some text matches a pattern where ``%`` stands for any text and ``_`` for one character."""

    field: Field
    pattern: str
    ignore_case: bool = False
    negated: bool = False


@dataclass(frozen=True, slots=True)
class IsNull:
    """There is no value, or if ``negated`` there is one."""

    field: Field
    negated: bool = False


@dataclass(frozen=True, slots=True)
class And:
    """All of at least two terms."""

    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of at least two terms."""

    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Whatever the term does not select."""

    term: Term


@dataclass(frozen=True, slots=True)
class Some:
    """One of the things that belong to what is searched meets the whole of a term, whose fields are its attributes:
    a dataset that a run used or a model was measured on, or a registered version that was made from a run."""

    thing: Thing
    term: Term


Term = Comparison | In | Between | Like | IsNull | And | Or | Not | Some

_PREFIXES: dict[Kind, str] = {
    "metric": "metrics",
    "minimum": "minimum",
    "maximum": "maximum",
    "param": "params",
    "tag": "tags",
    "dataset": "datasets",
}


def text_of(term: Term) -> str:
    """The filter that `flowmill.search.parse.parse_filter` reads as this tree."""
    match term:
        case Comparison():
            return f"{_field(term.field)} {term.operator} {_value(term.value)}"
        case In():
            values = ", ".join(_value(value) for value in term.values)
            return f"{_field(term.field)} {_not(term.negated)}IN ({values})"
        case Between():
            return f"{_field(term.field)} BETWEEN {_value(term.low)} AND {_value(term.high)}"
        case Like():
            word = "ILIKE" if term.ignore_case else "LIKE"
            return f"{_field(term.field)} {_not(term.negated)}{word} {_value(term.pattern)}"
        case IsNull():
            return f"{_field(term.field)} IS {_not(term.negated)}NULL"
        case And():
            return " AND ".join(f"({text_of(each)})" for each in term.terms)
        case Or():
            return " OR ".join(f"({text_of(each)})" for each in term.terms)
        case Not():
            return f"NOT ({text_of(term.term)})"
        case Some():
            return f"{term.thing}s({text_of(term.term)})"


def _field(field: Field) -> str:
    if field.kind == "attribute":
        return field.key
    return f"{_PREFIXES[field.kind]}.`{field.key.replace('`', '``')}`"


def _value(value: str | int | float) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, float) and math.isinf(value):
        return "1e999" if value > 0 else "-1e999"
    return repr(value)


def _not(negated: bool) -> str:
    return "NOT " if negated else ""
