"""Where a filter's term can be looked up: a query for the ids of the few rows that it may select.

A term that names a value has one where an index leads from the value to its rows. ``AND`` has those of its
terms, ``OR`` the union of all, ``NOT`` none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flowmill.search.expression import Argument, Expression
from flowmill.search.match import Record, matches
from flowmill.search.sql import Columns, Pairs, Things, joined, test_of
from flowmill.search.tree import And, Between, Comparison, Field, In, IsNull, Like, Not, Or, Some, Term
from flowmill.store.sql.dialect import Dialect
from flowmill.store.sql.transaction import Transaction

_MOST_VALUES = 300
"""As many different texts of a key are read to find those that a pattern matches."""
_MOST_NARROWED = 8
"""As many terms of one filter are looked at so."""


@dataclass(frozen=True)
class Source:
    """A query for ids (column ``id``, each once): every row that the term selects is among them."""

    sql: str
    arguments: tuple[Argument, ...]
    wider: Source | None = None
    """Where finding them means testing each value of a key: all rows that have the key."""

    @property
    def probe(self) -> Source:
        """What says at the cost of what it counts how many rows there may be."""
        return self.wider or self


def source_of(term: Term, columns: Columns, dialect: Dialect) -> Source | None:
    """The source of a term, None where only looking at each row helps."""
    match term:
        case And():
            sources = [source_of(each, columns, dialect) for each in term.terms]
            return next((each for each in sources if each is not None), None)
        case Or():
            sources = [source_of(each, columns, dialect) for each in term.terms]
            known = [each for each in sources if each is not None]
            if len(known) < len(sources):
                return None
            wider = _union([each.probe for each in known]) if any(each.wider for each in known) else None
            return replace(_union(known), wider=wider)
        case Not():
            return source_of(term.term.term, columns, dialect) if isinstance(term.term, Not) else None
        case Some():
            return _thing(term.term, columns.things[term.thing], dialect)
        case IsNull():
            if term.field.kind == "attribute" or not term.negated:
                return None
            return _keyed(columns.pairs(term.field), term.field, None)
        case Comparison() | In() | Like() | Between():
            if term.field.kind == "attribute":
                return _attribute(term, columns, dialect)
            pairs = columns.pairs(term.field)
            seeks = _in_index(term, pairs, dialect)
            tests = [*([] if seeks is None else seeks), test_of(term, Expression(pairs.value), dialect)]
            found = _keyed(pairs, term.field, joined(" AND ", tests, bare=True))
            return found and replace(found, wider=_keyed(pairs, term.field, None) if seeks is None else None)


def narrowed(tx: Transaction, term: Term, columns: Columns) -> Term:
    """The same filter with patterns and comparisons of texts replaced by the values that they select.

    Where a key has few different texts, reading each once tells what ``LIKE``, ``NOT IN`` or ``> 0.1`` mean,
    and the values can be looked up.
    """
    left = _MOST_NARROWED

    def visit(each: Term) -> Term:
        nonlocal left
        match each:
            case And():
                return And(tuple(visit(inner) for inner in each.terms))
            case Or():
                return Or(tuple(visit(inner) for inner in each.terms))
            case Not():
                return Not(visit(each.term))
            case IsNull() | Some():
                return each
            case Comparison() | In() | Like() | Between():
                if left and _can_be_narrowed(each, columns):
                    left -= 1
                    values = distinct_texts(tx, columns.pairs(each.field), each.field.key, _MOST_VALUES)
                    if values is not None:
                        return In(each.field, tuple(value for value in values if _selects(each, value)))
                return each

    return visit(term)


def selects_nothing(term: Term) -> bool:
    """Whether narrowing left no value that the filter could select."""
    match term:
        case And():
            return any(selects_nothing(each) for each in term.terms)
        case Or():
            return all(selects_nothing(each) for each in term.terms)
        case In():
            return not term.values and not term.negated
        case _:
            return False


def distinct_texts(tx: Transaction, pairs: Pairs, key: str, most: int) -> list[str] | None:
    """The different texts under a key, None if there are more than ``most`` or the index has cut one."""
    value = tx.dialect.cut(pairs.value)
    # From each text the index leads to the next greater one: the cost is that of the texts, not of the rows.
    first = f"SELECT {value} FROM {pairs.table} WHERE {pairs.key} = ? ORDER BY {value} LIMIT 1"
    following = (
        f"SELECT {value} FROM {pairs.table} WHERE {pairs.key} = ? AND {value} > walk.text ORDER BY {value} LIMIT 1"
    )
    rows = tx.all(
        f"WITH RECURSIVE walk(text) AS (SELECT * FROM ({first}) AS f UNION ALL SELECT ({following}) FROM walk "
        f"WHERE walk.text IS NOT NULL) SELECT text FROM walk WHERE text IS NOT NULL LIMIT {most + 1}",
        (key, key),
    )
    texts = [row[0] for row in rows]
    return texts if len(texts) <= most and all(map(tx.dialect.whole, texts)) else None


def _keyed(pairs: Pairs, field: Field, test: Expression | None) -> Source | None:
    if not pairs.indexed:
        return None
    conditions = [] if pairs.where is None else [pairs.where]
    if pairs.key is not None:
        conditions.append(Expression(f"{pairs.key} = ?", (field.key,)))
    if test is not None:
        conditions.append(test)
    where = joined(" AND ", conditions, bare=True)
    once = "DISTINCT " if pairs.many else ""
    sql = f"SELECT {once}{pairs.owner} AS id FROM {pairs.table}" + (f" WHERE {where.sql}" if where.sql else "")
    return Source(sql, where.arguments)


def _in_index(term: Comparison | In | Like | Between, pairs: Pairs, dialect: Dialect) -> list[Expression] | None:
    """What the index has to be asked for beside the test itself; None where it has to be read value by value."""
    indexed, argument = dialect.cut(pairs.value), dialect.cut("?")
    match term:
        case Comparison(operator="=", value=str()):
            return [Expression(f"{indexed} = {argument}", (term.value,))] if argument != "?" else []
        case In(negated=False):
            marks = ",".join([argument] * len(term.values)) or "NULL"
            return [Expression(f"{indexed} IN ({marks})", term.values)] if argument != "?" else []
        case Like(ignore_case=False, negated=False):
            start = term.pattern.replace("_", "%").partition("%")[0]
            end = _after_all_that_begin_with(start)
            if end is None:
                return None
            return [Expression(f"{indexed} >= {argument} AND {indexed} <= {argument}", (start, end))]
        case Comparison() | Between() if term.field.kind == "metric":
            return None if isinstance(term, Comparison) and term.operator == "!=" else []
        case _:
            return None


def _union(sources: Sequence[Source]) -> Source:
    sql = " UNION ".join(each.sql for each in sources)
    return Source(sql, tuple(argument for each in sources for argument in each.arguments))


def _after_all_that_begin_with(start: str) -> str | None:
    """The least text after all that begin so, in the order of code points; None for an empty start."""
    if not start or start[-1] >= "\ud7ff":  # no character follows the last one, or half of a surrogate pair
        return None
    return start[:-1] + chr(ord(start[-1]) + 1)


def _attribute(term: Comparison | In | Like | Between, columns: Columns, dialect: Dialect) -> Source | None:
    lookup = columns.lookups.get(term.field.key)
    column = columns.attributes[term.field.key]
    if lookup is None or column.arguments:
        return None
    match term:
        case Comparison(operator="=", value=str(value)):
            values = (value,)
        case In(negated=False):
            values = term.values
        case _:
            return None
    cut = dialect.cut("?")
    marks = ",".join([cut] * len(values)) or "NULL"
    whole = ",".join("?" * len(values)) or "NULL"
    test = f"{dialect.cut(column.sql)} IN ({marks}) AND {column.sql} IN ({whole})"
    return Source(lookup.sql.replace("{test}", test), (*lookup.arguments, *values, *values))


def _thing(term: Term, things: Things, dialect: Dialect) -> Source | None:
    tests = [things.test(term, dialect)]
    sought = _equal_to(term, things)
    if sought is None and not things.few:
        return None
    if sought is not None and things.indexed[sought.field.key] and dialect.cut("?") != "?":
        tests.append(_one_of(things.columns[sought.field.key].sql, sought, dialect))
    test = joined(" AND ", tests)
    return Source(things.lookup.replace("{test}", test.sql), test.arguments)


def _equal_to(term: Term, things: Things) -> Comparison | In | None:
    """The part of a term by which an index finds all things that meet it."""
    for each in term.terms if isinstance(term, And) else (term,):
        match each:
            case Comparison(operator="=", value=str()) | In(negated=False):
                if each.field.key in things.indexed:
                    return each
            case _:
                pass
    return None


def _one_of(column: str, term: Comparison | In, dialect: Dialect) -> Expression:
    """As much of a text is equal as an index holds."""
    values = term.values if isinstance(term, In) else (term.value,)
    return Expression(f"{dialect.cut(column)} IN ({','.join([dialect.cut('?')] * len(values))})", values)


def _can_be_narrowed(term: Comparison | In | Like | Between, columns: Columns) -> bool:
    if term.field.kind not in ("param", "tag") or not columns.pairs(term.field).indexed:
        return False
    match term:
        case Comparison():
            return term.operator != "=" or not isinstance(term.value, str)
        case In():
            return term.negated
        case Like():
            return True
        case Between():
            return True


def _selects(term: Term, value: str) -> bool:
    field: Field = term.field  # type: ignore[union-attr]
    pairs = {field.key: value}
    return matches(term, Record(params=pairs, tags=pairs))
