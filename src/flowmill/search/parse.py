"""From the text of a filter to its tree.

The language is MLflow's (comparisons joined by AND) and more: OR, NOT, parentheses, BETWEEN, NOT LIKE,
IS [NOT] NULL, IN for every text and for numbers of metrics, and comparisons of parameters with numbers::

    any      := all (OR all)*
    all      := one (AND one)*
    one      := NOT one | ( any ) | field comparison | things ( any )

The last asks that one and the same dataset of a run, or one registered version made from it, meets all that stands
in the parentheses: ``datasets(name = 'iris' AND digest = 'd1')``, ``versions(name = 'churn' AND version = '2')``.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable
from typing import TypeVar, cast

from flowmill.errors import Invalid
from flowmill.search.subjects import DATASET_KEYS, Subject, ValueType
from flowmill.search.token import Token, tokens_of, unquoted, unreadable
from flowmill.search.tree import And, Between, Comparison, Field, In, IsNull, Like, Not, Operator, Or, Some, Term, Thing

Value = TypeVar("Value")

MAX_LENGTH = 500_000
MAX_TERMS = 1_000
MAX_DEPTH = 50
MAX_VALUES = 10_000

_OPERATORS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_CORRECTIONS = {"==": "=", "<>": "!=", "=>": ">=", "=<": "<=", "=!": "!="}
_NUMERIC_ONLY = frozenset({"<", "<=", ">", ">="})
_MEASURED = frozenset({"metric", "minimum", "maximum"})
_INT64 = 2**63


def parse_filter(text: str, subject: Subject) -> Term | None:
    """The tree of a filter; None for an empty one, which selects everything.

    Raises `Invalid` with the place and a hint for text that is no filter, names no field of ``subject``, or
    has more than `MAX_TERMS` terms, `MAX_DEPTH` levels, `MAX_VALUES` listed values or `MAX_LENGTH` characters.
    """
    if len(text) > MAX_LENGTH:
        raise Invalid(f"The filter has {len(text):,} characters; at most {MAX_LENGTH:,} are read.")
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise Invalid("The filter holds a NUL or half of a surrogate pair, which no value can hold; remove it.")
    tokens = tokens_of(text)
    if tokens[0].kind == "end":
        return None
    return _Parser(text, tokens, subject).whole()


def field_of(token: Token, text: str, subject: Subject, sorting: bool = False) -> tuple[Field, ValueType]:
    """The field that a name token spells, and what its values are. ``sorting``: it stands in an order_by."""
    written = token.text
    if written[0] in "`\"'":
        return _attribute(unquoted(written), token, text, subject, sorting)
    prefix, dot, rest = written.partition(".")
    if not dot:
        return _attribute(written, token, text, subject, sorting)
    kind = subject.prefixes.get(prefix)
    if kind is None:
        prefixes = {*subject.prefixes, *subject.things}
        known = " or ".join(sorted(f"{each}.key" for each in prefixes if each.endswith("s")))
        raise unreadable(text, token.position, f"{subject.one} has no {prefix!r}; write {known}")
    key = unquoted(rest) if rest[0] in "`\"'" else rest
    if not key:
        raise unreadable(text, token.position, f"the key after {prefix}. is empty; give one, as in {prefix}.`lr`")
    if kind == "attribute":
        return _attribute(key, token, text, subject, sorting)
    if kind == "dataset" and key not in DATASET_KEYS:
        raise unreadable(text, token.position, f"a dataset has no {key!r}; search by {', '.join(DATASET_KEYS)}")
    return Field(kind, key), "number" if kind in _MEASURED else "text"


def _attribute(name: str, token: Token, text: str, subject: Subject, sorting: bool) -> tuple[Field, ValueType]:
    known = subject.sortable if sorting else subject.attributes
    attribute = known.get(name)
    if attribute is not None:
        return Field("attribute", attribute.name), attribute.type
    close = difflib.get_close_matches(name[:60], known, 1)
    keyed = [f"{kind}s.`{name[:40]}`" for kind in ("metric", "param", "tag") if kind in subject.prefixes]
    meant = close[0] if close else " or ".join(keyed)
    names = sorted({each.name for each in known.values()})
    use = "sorted" if sorting else "searched"
    what = f"{subject.one} cannot be {use} by {name[:60]!r}, but by {', '.join(names)}"
    raise unreadable(text, token.position, f"{what}; perhaps you meant {meant}")


def _of_some(thing: Thing, term: Term) -> Term:
    """A term on a field of some one thing; that there is no value means that there is no such thing."""
    match term:
        case Not():
            return Not(Some(thing, term.term))
        case IsNull(negated=False):
            return Not(Some(thing, IsNull(term.field, True)))
        case _:
            return Some(thing, term)


class _Parser:
    def __init__(self, text: str, tokens: list[Token], subject: Subject) -> None:
        self._text = text
        self._tokens = tokens
        self._subject = subject
        self._next = 0
        self._terms = 0
        self._values = 0
        self._depth = 0

    def whole(self) -> Term:
        term = self._any()
        if self._token.kind != "end":
            raise self._wrong("this ')' was never opened; remove it")
        return term

    def _any(self) -> Term:
        terms = [self._all()]
        while self._take("OR"):
            terms.append(self._all())
        return terms[0] if len(terms) == 1 else Or(tuple(terms))

    def _all(self) -> Term:
        """MLflow lets an AND be missing, doubled, first or last, and programs that glue filters together
        rely on it (``tests/search/test_facts.py``)."""
        terms: list[Term] = []
        while True:
            while self._take("AND"):
                pass
            if self._token.kind == "end" or self._token.text == ")" or self._at("OR"):
                break
            terms.append(self._one())
        if not terms:
            raise self._wrong("a comparison is missing here, such as metrics.accuracy > 0.9")
        return terms[0] if len(terms) == 1 else And(tuple(terms))

    def _one(self) -> Term:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._wrong(f"the filter is nested more than {MAX_DEPTH} levels deep; write it flatter")
        if self._take("NOT"):
            term: Term = Not(self._one())
        elif self._take_mark("("):
            term = self._any()
            if not self._take_mark(")"):
                raise self._wrong("a ')' is missing; close the parenthesis")
        else:
            term = self._about_a_thing() or self._comparison()
        self._depth -= 1
        return term

    def _about_a_thing(self) -> Term | None:
        """What one of the things must meet that belong to what is searched; None if something else stands here."""
        token = self._token
        prefix, dot, rest = token.text.partition(".")
        if token.kind != "name" or prefix not in self._subject.things or (dot and prefix in self._subject.prefixes):
            return None
        thing, inner = self._subject.things[prefix]
        outer, self._subject = self._subject, inner
        if dot:
            self._tokens[self._next] = Token("name", rest, token.position + len(prefix) + 1)
            found = _of_some(thing, self._comparison())
        else:
            self._next += 1
            if not self._take_mark("("):
                example = f"{prefix}(name = 'x')"
                raise self._wrong(f"after {prefix}, say in parentheses what one of them must meet, as in {example}")
            found = Some(thing, self._any())
            if not self._take_mark(")"):
                raise self._wrong("a ')' is missing; close the parenthesis")
        self._subject = outer
        return found

    def _comparison(self) -> Term:
        token = self._token
        if token.kind != "name":
            raise self._wrong("a field must stand here, such as params.lr or metrics.`val loss`, left of the operator")
        self._next += 1
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise self._wrong(f"the filter has more than {MAX_TERMS:,} comparisons; ask in several searches")
        field, kind = field_of(token, self._text, self._subject)
        negated = self._take("NOT")
        if self._take("IN"):
            return self._in(field, kind, negated)
        if self._at("LIKE") or self._at("ILIKE"):
            ignore_case = self._at("ILIKE")
            self._next += 1
            return Like(field, self._pattern(field, kind), ignore_case, negated)
        if self._take("BETWEEN"):
            between = self._between(field, kind)
            return Not(between) if negated else between
        if negated:
            raise self._wrong("after a field, NOT must be followed by IN, LIKE, ILIKE or BETWEEN")
        if self._take("IS"):
            absent = not self._take("NOT")
            if not self._take("NULL"):
                raise self._wrong("IS must be followed by NULL or NOT NULL")
            return IsNull(field, not absent)
        return self._compared(field, kind)

    def _compared(self, field: Field, kind: ValueType) -> Term:
        token = self._token
        if token.kind != "operator" or token.text not in _OPERATORS:
            raise self._wrong(self._why_no_operator(token))
        self._next += 1
        operator = cast(Operator, token.text)
        if kind != "text":
            return Comparison(field, operator, self._number(field, kind))
        if field.kind == "param" and self._token.kind == "number":
            return Comparison(field, operator, self._number(field, kind))
        if operator in _NUMERIC_ONLY:
            number = "; compare a parameter with a number without quotes" if field.kind == "param" else ""
            where = f"{field.key!r} is text, which takes =, !=, LIKE, ILIKE and IN{number}"
            raise unreadable(self._text, token.position, where)
        value = self._quoted(field)
        if operator == "!=" and field.kind == "tag" and field.key in self._subject.flag_tags:
            return Not(Comparison(field, "=", value))
        return Comparison(field, operator, value)

    def _between(self, field: Field, kind: ValueType) -> Between:
        if kind == "text" and field.kind != "param":
            raise self._wrong(f"{field.key!r} is text; BETWEEN takes numbers")
        low = self._number(field, kind)
        if not self._take("AND"):
            raise self._wrong("BETWEEN takes two numbers joined by AND, as in metrics.loss BETWEEN 0 AND 1")
        return Between(field, low, self._number(field, kind))

    def _in(self, field: Field, kind: ValueType, negated: bool) -> Term:
        """Numbers in the list of a parameter or a metric are compared as numbers, each like one that stands alone."""
        if field.kind == "attribute" and kind != "text":
            raise self._wrong(f"{field.key!r} is a number; IN takes text, so compare it with = or BETWEEN")
        if not self._take_mark("("):
            raise self._wrong("IN takes a list, as in run_id IN ('a', 'b')")
        if kind == "text" and not (field.kind == "param" and self._token.kind == "number"):
            return In(field, self._list(lambda: self._quoted(field)), negated)
        numbers = self._list(lambda: self._number(field, kind))
        self._terms += len(numbers) - 1
        if self._terms > MAX_TERMS:
            raise self._wrong(f"the filter has more than {MAX_TERMS:,} comparisons; ask in several searches")
        terms = tuple(Comparison(field, "!=" if negated else "=", number) for number in numbers)
        if len(terms) == 1:
            return terms[0]
        return And(terms) if negated else Or(terms)

    def _list(self, one: Callable[[], Value]) -> tuple[Value, ...]:
        values = [one()]
        while self._take_mark(","):
            values.append(one())
        if not self._take_mark(")"):
            raise self._wrong("the list must go on with a comma or end with ')'")
        self._values += len(values)
        if self._values > MAX_VALUES:
            raise self._wrong(f"the filter lists more than {MAX_VALUES:,} values; ask in several searches")
        return tuple(values)

    def _pattern(self, field: Field, kind: ValueType) -> str:
        if kind != "text":
            raise self._wrong(f"{field.key!r} is a number; LIKE takes text, so compare it with <, > or BETWEEN")
        return self._quoted(field)

    def _quoted(self, field: Field) -> str:
        token = self._token
        if token.kind == "text" or (token.kind == "name" and token.text[0] == '"'):
            self._next += 1
            return unquoted(token.text)
        raise self._wrong(f"the value of {field.key!r} must be text in single or double quotes, such as 'my value'")

    def _number(self, field: Field, kind: ValueType) -> int | float:
        token = self._token
        written = token.text
        if kind == "quoted number" and (token.kind == "text" or written.startswith('"')):
            written = unquoted(written)
        elif token.kind != "number":
            raise self._wrong(f"{field.key!r} is compared with a number without quotes, such as 0.9")
        try:
            number = float(written)
        except ValueError:
            raise self._wrong(f"{field.key!r} is compared with a number, such as 3") from None
        if math.isnan(number):
            raise self._wrong("nothing compares with NaN; search for numbers")
        self._next += 1
        if field.kind == "attribute" and abs(number) < _INT64 and written.lstrip("+-").isdecimal():
            return int(written)  # times and version numbers, exactly
        return number

    def _why_no_operator(self, token: Token) -> str:
        if token.text in _CORRECTIONS:
            return f"{token.text!r} is no operator; write {_CORRECTIONS[token.text]!r}"
        before = self._tokens[self._next - 1]
        if token.kind == "name" and "." in before.text and token.text.upper() not in ("RLIKE", "REGEXP"):
            return f"an operator must follow {before.text}; put a key with spaces in backticks, as in params.`my key`"
        return "an operator must stand here: =, !=, <, <=, >, >=, LIKE, ILIKE, IN, BETWEEN or IS NULL"

    @property
    def _token(self) -> Token:
        return self._tokens[self._next]

    def _at(self, word: str) -> bool:
        return self._token.kind == "name" and self._token.text.upper() == word

    def _take(self, word: str) -> bool:
        taken = self._at(word)
        self._next += taken
        return taken

    def _take_mark(self, mark: str) -> bool:
        taken = self._token.kind == "mark" and self._token.text == mark
        self._next += taken
        return taken

    def _wrong(self, what: str) -> Invalid:
        return unreadable(self._text, self._token.position, what)
