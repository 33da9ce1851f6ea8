"""A filter's tree as one SQL condition over the tables of whatever is searched.

Each term on a keyed value becomes a semi-join on its table, so that terms combine by AND, OR and NOT
without multiplying rows. No condition is ever NULL: a missing value makes a term false, as in
`flowmill.search.match`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from flowmill.search.expression import Argument, Expression
from flowmill.search.tree import And, Between, Comparison, Field, In, IsNull, Like, Not, Or, Some, Term, Thing


@dataclass(frozen=True)
class Pairs:
    """A table of keyed values. ``owner``: its column with the searched row's id. ``key``: its key column;
    None when ``where`` already selects the right rows. ``value``: the value's column. Names are looked up in
    ``table`` first."""

    table: str
    owner: str
    value: str
    key: str | None = None
    where: Expression | None = None
    indexed: bool = False
    """Whether an index leads from key and value to the owner."""
    many: bool = False
    """Whether an owner may have several values of one key."""


@dataclass(frozen=True)
class Things:
    """Where things are that belong to the rows which are searched. ``here``: that they belong to the row looked at.

    ``lookup``: a query for ids of rows by their things, ending with ``{test}``. ``indexed``: of ``columns`` those
    that it can be asked for; True where the index holds only the beginning of a long text. ``few``: whether there
    are so few of them in all that the query may be asked for anything.
    """

    tables: str
    here: str
    columns: Mapping[str, Expression]
    lookup: str
    indexed: Mapping[str, bool]
    few: bool = False

    def test(self, term: Term, words: Words) -> Expression:
        """The condition that one of them meets the term."""
        return condition_of(term, Columns("", self.columns, Pairs("", "", "")), words)


@dataclass(frozen=True)
class Columns:
    """Where the values of one subject are. ``id``: the column that every `Pairs.owner` refers to.
    ``attributes``: by the names of `flowmill.search.subjects`. ``datasets``: by dataset key."""

    id: str
    attributes: Mapping[str, Expression]
    tags: Pairs
    params: Pairs | None = None
    metrics: Pairs | None = None
    minimum: Pairs | None = None
    maximum: Pairs | None = None
    datasets: Mapping[str, Pairs] = field(default_factory=dict[str, Pairs])
    lookups: Mapping[str, Expression] = field(default_factory=dict[str, Expression])
    """Queries for ids by an attribute that an index has, by the name of the attribute; they end with ``{test}``,
    which stands for the comparison."""
    things: Mapping[Thing, Things] = field(default_factory=dict["Thing", "Things"])

    def pairs(self, field: Field) -> Pairs:
        """The table of a keyed field."""
        kinds = {
            "tag": self.tags,
            "param": self.params,
            "metric": self.metrics,
            "minimum": self.minimum,
            "maximum": self.maximum,
        }
        found = kinds.get(field.kind)
        return self.datasets[field.key] if found is None else found


class Words(Protocol):
    """What the databases say differently; `flowmill.store.sql.dialect` has one for each."""

    def like(self, column: Expression, pattern: str) -> Expression:
        """LIKE without an escape character, heeding case."""
        ...

    def ilike(self, column: Expression, pattern: str) -> Expression:
        """The same, case ignored."""
        ...

    def number(self, column: str) -> str:
        """The double that the text in a column spells, as `flowmill.search.match.number_of` reads it, or NULL."""
        ...


def condition_of(term: Term, columns: Columns, words: Words) -> Expression:
    """The condition that selects what ``term`` does."""
    match term:
        case And():
            return joined(" AND ", [condition_of(each, columns, words) for each in term.terms])
        case Or():
            return joined(" OR ", [condition_of(each, columns, words) for each in term.terms])
        case Not():
            inner = condition_of(term.term, columns, words)
            return Expression(f"NOT ({inner.sql})", inner.arguments)
        case Some():
            things = columns.things[term.thing]
            test = things.test(term.term, words)
            # As in `_semi_join`.
            rows = f"SELECT 1 FROM {things.tables} WHERE {things.here} AND ({test.sql}) LIMIT 1 OFFSET 0"
            return Expression(f"EXISTS ({rows})", test.arguments)
        case IsNull() if term.field.kind == "attribute":
            column = columns.attributes[term.field.key]
            return Expression(f"{column.sql} IS {'NOT ' if term.negated else ''}NULL", column.arguments)
        case IsNull():
            return _semi_join(columns, term.field, None, negated=not term.negated)
        case Comparison() | In() | Like() | Between():
            return _about_a_value(term, columns, words)


def _about_a_value(term: Comparison | In | Like | Between, columns: Columns, words: Words) -> Expression:
    if term.field.kind != "attribute":
        pairs = columns.pairs(term.field)
        test = test_of(term, Expression(pairs.value), words)
        return _semi_join(columns, term.field, test)
    column = columns.attributes[term.field.key]
    test = test_of(term, column, words)
    return Expression(f"({column.sql} IS NOT NULL AND {test.sql})", (*column.arguments, *test.arguments))


def test_of(term: Comparison | In | Like | Between, column: Expression, words: Words) -> Expression:
    """A condition on the value; it may be NULL where there is none."""
    sql = column.sql
    if term.field.kind == "param" and isinstance(term, Comparison | Between) and not isinstance(_bound(term), str):
        sql = words.number(sql)
    match term:
        case Comparison(operator="!=") if term.field.kind == "metric":
            found = Expression(f"({sql} <> ? OR {sql} IS NULL)", (term.value,))  # NULL is NaN, which differs
        case Comparison():
            sign = "<>" if term.operator == "!=" else term.operator
            found = Expression(f"{sql} {sign} ?", (term.value,))
        case In():
            marks = ",".join("?" * len(term.values)) or "NULL"
            found = Expression(f"{sql} {'NOT ' if term.negated else ''}IN ({marks})", term.values)
        case Between():
            found = Expression(f"{sql} BETWEEN ? AND ?", (term.low, term.high))
        case Like():
            like = words.ilike(column, term.pattern) if term.ignore_case else words.like(column, term.pattern)
            return Expression(f"NOT ({like.sql})", like.arguments) if term.negated else like
    return Expression(found.sql, (*column.arguments, *found.arguments))


def _bound(term: Comparison | Between) -> Argument:
    return term.value if isinstance(term, Comparison) else term.low


def _semi_join(columns: Columns, field: Field, test: Expression | None, negated: bool = False) -> Expression:
    pairs = columns.pairs(field)
    conditions = [Expression(f"{pairs.owner} = {columns.id}")]
    if pairs.where is not None:
        conditions.append(pairs.where)
    if pairs.key is not None:
        conditions.append(Expression(f"{pairs.key} = ?", (field.key,)))
    if test is not None:
        conditions.append(test)
    found = joined(" AND ", conditions, bare=True)
    # Not ``IN (SELECT …)``: SQLite collects that whole list before the first row, so a page of the newest of
    # 100,000 runs takes 40 ms instead of 0.3 when the term is common.
    word = "NOT EXISTS" if negated else "EXISTS"
    # With an OFFSET PostgreSQL looks up each row too, where it would else join the whole table.
    return Expression(f"{word} (SELECT 1 FROM {pairs.table} WHERE {found.sql} LIMIT 1 OFFSET 0)", found.arguments)


def joined(word: str, expressions: Sequence[Expression], bare: bool = False) -> Expression:
    """Conditions as one; ``bare`` ones need no parentheses of their own."""
    sql = word.join(each.sql if bare else f"({each.sql})" for each in expressions)
    return Expression(sql, tuple(argument for each in expressions for argument in each.arguments))
