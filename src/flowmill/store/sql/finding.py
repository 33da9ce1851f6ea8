"""Sorted pages of rows that a filter selects, and how to find them quickly.

The database is not left to choose: it knows neither how rare a value is nor that a page needs few rows. Each
term of the filter that an index can answer is probed, up to a limit. Then

- where a term is rare, its rows are looked up, tested by the other terms and sorted;
- where all are common, rows are walked in the order of the page, by the index of runs or that of the value
  sorted by, and tested until the page is full; a walk that goes on for too long is given up for the first way;
- a small experiment is simply read.

Pages are by keyset: page 1,000 costs what page 1 does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flowmill.search.sql import Columns, Pairs, condition_of
from flowmill.search.tree import And, Comparison, Field, Term
from flowmill.store.sql.ordering import EVERYTHING, ByValue, Condition, SortKey, after_row
from flowmill.store.sql.paging import decode_token, encode_token, refused_token
from flowmill.store.sql.sources import Source, narrowed, selects_nothing, source_of
from flowmill.store.sql.transaction import Row, Transaction

_SMALL = 2_000
"""Rows that are read and sorted at once rather than thought about."""
_FEWEST_PROBED, _MOST_PROBED = 2_000, 30_000
_RARE = 50
"""A term that selects no more rows than this is rare enough: no other is probed."""
_NOWHERE = Columns("", {}, Pairs("", "", ""))
_WALK = 4
"""How many rows a walk may look at for each that was probed."""


@dataclass(frozen=True)
class Search:
    """What is searched, in whose order.

    ``rows``: the columns of a result, from ``tables``. ``places``: where the values are that the filter names.
    ``scope``: which rows are searched at all. ``arms``: the same as conditions of which each row meets one, and
    in each of which an index has the rows in the order of ``walk``; none if they are too many. ``order``: the
    last key is unique, so that pages never overlap.
    """

    rows: str
    tables: str
    places: Columns
    scope: Condition
    order: tuple[SortKey, ...]
    term: Term | None = None
    arms: tuple[Condition, ...] = ()
    walk: str = ""

    @property
    def in_order(self) -> bool:
        """Whether an index has the rows in the order of the page."""
        return bool(self.arms) and self.order[0].expression == self.walk


@dataclass(frozen=True)
class Found:
    """Rows of one page, and the token of the next one."""

    rows: list[Row]
    next_page_token: str | None


def find(tx: Transaction, search: Search, size: int, token: str) -> Found:
    """One page of at most ``size`` rows."""
    return _one_page(search, size, token, lambda after: _page(tx, search, after, size + 1))


def find_sorted(
    tx: Transaction, rows: str, tables: str, condition: Condition, order: Sequence[SortKey], size: int, token: str
) -> Found:
    """The same of rows that no filter is asked of: all that the condition selects are sorted."""
    search = Search(rows, tables, _NOWHERE, condition, tuple(order))
    return _one_page(search, size, token, lambda after: _sorted(tx, search, after, size + 1, EVERYTHING))


def _one_page(search: Search, size: int, token: str, read: Callable[[list[Any] | None], list[Row]]) -> Found:
    width = len(search.order)
    after = decode_token(token, width)
    if after is not None and not all(key.takes(value) for key, value in zip(search.order, after, strict=True)):
        raise refused_token(token)
    rows = read(after)
    next_token = encode_token(list(rows[size - 1][-width:])) if len(rows) > size else None
    return Found([row[:-width] for row in rows[:size]], next_token)


def count(tx: Transaction, search: Search) -> int:
    """How many rows the filter selects; where counting takes long, how many it was a moment ago."""
    tests = _tests(tx, search)
    asked = repr((search.scope, tests))  # arguments may be lists
    return tx.kept.answer(asked, lambda: count_now(tx, search))


def count_now(tx: Transaction, search: Search) -> int:
    """How many rows the filter selects."""
    all_of_them = selection(tx, search, "COUNT(*)")
    return 0 if all_of_them is None else int(tx.value(all_of_them.sql, all_of_them.arguments))


def selection(tx: Transaction, search: Search, columns: str) -> Condition | None:
    """The statement that selects these columns of every row that the filter selects; None if there is no such row."""
    narrow = _narrow(tx, search)
    if narrow is None:
        return None
    rarest = _rarest(tx, narrow, _MOST_PROBED)
    tables, where = narrow.tables, narrow.scope & _tests(tx, narrow)
    arguments: Sequence[Any] = ()
    if rarest is not None and rarest.count <= _MOST_PROBED:
        tables, arguments = _beginning_with(rarest.source, narrow)
        where = _same_row(narrow) & where
    return Condition(f"SELECT {columns} FROM {tables} WHERE {where.sql}", (*arguments, *where.arguments))


def _page(
    tx: Transaction, search: Search, after: list[Any] | None, limit: int, extra: Condition = EVERYTHING
) -> list[Row]:
    """At most ``limit`` rows after that with these sort values, each followed by its own."""
    if search.term is None and search.in_order and extra is EVERYTHING:
        return _walked(tx, search, after, limit, extra)
    if _is_small(tx, search):
        return _sorted(tx, search, after, limit, extra)
    narrow = _narrow(tx, search)
    if narrow is None:
        return []
    newest = int(tx.value(f"SELECT COALESCE(MAX({narrow.places.id}), 0) FROM {narrow.tables.split()[0]}"))
    # Looking up c rows costs what walking to the end of the page does where c² = rows of the page × all rows.
    balance = min(_MOST_PROBED, max(_FEWEST_PROBED, math.isqrt(limit * newest)))
    rarest = _rarest(tx, narrow, balance)
    if rarest is not None and rarest.count <= balance:
        return _looked_up(tx, narrow, rarest.source, after, limit, extra)
    rows: list[Row] | None = None
    if narrow.in_order:
        rows = _walked_a_while(tx, narrow, after, limit, extra, balance * _WALK)
    elif narrow.order[0].value is not None:
        rows = _by_value(tx, narrow, narrow.order[0].value, after, limit, extra, balance)
    if rows is not None:
        return rows
    source = _worth_collecting(tx, narrow, rarest, newest // 3)
    if source is not None:
        return _looked_up(tx, narrow, source, after, limit, extra)
    if narrow.in_order:
        return _walked(tx, narrow, after, limit, extra)
    return _sorted(tx, narrow, after, limit, extra)


def _sorted(tx: Transaction, search: Search, after: list[Any] | None, limit: int, extra: Condition) -> list[Row]:
    """All rows tested and sorted."""
    where = search.scope & _tests(tx, search) & extra
    return _select(tx, search, search.tables, (), where, after, limit)


def _looked_up(
    tx: Transaction, search: Search, source: Source, after: list[Any] | None, limit: int, extra: Condition
) -> list[Row]:
    """The rows of a source tested and sorted."""
    where = _same_row(search) & search.scope & _tests(tx, search) & extra
    first = search.order[0]
    search = replace(
        search, order=(replace(first, sort=tx.dialect.apart(first.expression, first.text)), *search.order[1:])
    )
    return _select(tx, search, *_beginning_with(source, search), where, after, limit)


def _walked(tx: Transaction, search: Search, after: list[Any] | None, limit: int, extra: Condition) -> list[Row]:
    """The rows of each arm, tested in the order of its index until there are enough, and merged."""
    tests = _tests(tx, search) & extra
    if len(search.arms) == 1:
        return _select(tx, search, search.tables, (), search.arms[0] & tests, after, limit)
    parts: list[str] = []
    arguments: list[Any] = []
    for number, arm in enumerate(search.arms):
        sql, values = _selection(search, search.tables, (), arm & tests, after, limit)
        parts.append(f"SELECT * FROM ({sql}) AS arm_{number}")
        arguments += values
    terms = ", ".join(
        f"order_{number} {key.direction}{'' if key.always else ' NULLS LAST'}"
        for number, key in enumerate(search.order)
    )
    return tx.all(f"{' UNION ALL '.join(parts)} ORDER BY {terms} LIMIT {limit}", arguments)


def _walked_a_while(
    tx: Transaction, search: Search, after: list[Any] | None, limit: int, extra: Condition, most: int
) -> list[Row] | None:
    """The same looking at no more than about ``most`` rows; None if the page is not full by then."""
    first, arm, *others = search.order[0], *search.arms
    if others:
        return _walked(tx, search, after, limit, extra)
    begun = EVERYTHING
    if after is not None:
        begun = Condition(f"{first.expression} {'>=' if first.ascending else '<='} ?", (after[0],))
    where = arm & begun
    table = search.tables.split()[0]
    end = tx.value(
        f"SELECT {first.expression} FROM {table} WHERE {where.sql} "
        f"ORDER BY {first.expression} {first.direction} LIMIT 1 OFFSET {most}",
        where.arguments,
    )
    if end is None:
        return _walked(tx, search, after, limit, extra)
    until = Condition(f"{first.expression} {'<=' if first.ascending else '>='} ?", (end,))
    rows = _select(tx, search, search.tables, (), arm & until & _tests(tx, search) & extra, after, limit)
    return rows if len(rows) == limit else None


def _by_value(
    tx: Transaction,
    search: Search,
    by: ByValue,
    after: list[Any] | None,
    limit: int,
    extra: Condition,
    balance: int,
) -> list[Row] | None:
    """Rows in the order of a value that an index has; None if it leads too long through rows of no interest.

    The index orders by the value (or by as much of it as it holds) and no further, so the value at the end of
    the page is found first, then everything up to it is sorted.
    """
    rows: list[Row] = []
    if after is None or after[0] is not None:
        found = _with_value(tx, search, by, after, limit, extra, balance)
        if found is None:
            return None
        rows = found
    if len(rows) < limit:
        rest = replace(search, order=search.order[1:])
        lacks = Condition(
            f"NOT EXISTS (SELECT 1 FROM {by.pairs.table} lacking WHERE lacking.{by.pairs.owner} = {search.places.id} "
            f"AND lacking.{by.pairs.key} = ? AND lacking.{by.pairs.value} IS NOT NULL)",
            (by.key,),
        )
        continued = after[1:] if after is not None and after[0] is None else None
        without = _page(tx, rest, continued, limit - len(rows), extra & lacks)
        rows += _with_first_sort_value(without, len(rest.order), None)
    return rows


def _with_value(
    tx: Transaction,
    search: Search,
    by: ByValue,
    after: list[Any] | None,
    limit: int,
    extra: Condition,
    balance: int,
) -> list[Row] | None:
    key = search.order[0]
    before, sign = ("<=", "<") if key.ascending else (">=", ">")
    beyond = ">=" if key.ascending else "<="
    value = f"{by.name}.{by.pairs.value}"
    held, argument = (tx.dialect.cut(value), tx.dialect.cut("?")) if key.text else (value, "?")
    present = Condition(f"{by.name}.{by.pairs.key} = ? AND {value} IS NOT NULL", (by.key,))
    if after is not None:
        present = present & Condition(f"{held} {beyond} {argument}", (after[0],))
    in_order = f"ORDER BY {held} {key.direction} LIMIT 1 OFFSET"
    end = tx.value(
        f"SELECT {held} FROM {by.pairs.table} {by.name} WHERE {present.sql} {in_order} {balance * _WALK}",
        present.arguments,
    )
    until = EVERYTHING if end is None else Condition(f"{held} {before} {argument}", (end,))
    others = replace(search, order=(replace(key, join="", join_arguments=()), *search.order[1:]))
    tables = f"{by.pairs.table} {by.name} CROSS JOIN {search.tables}"
    joins = "".join(f" {each.join}" for each in others.order)
    join_arguments = [argument for each in others.order for argument in each.join_arguments]
    same = Condition(f"{search.places.id} = {by.name}.{by.pairs.owner}")
    where = present & same & search.scope & _tests(tx, search) & extra
    reached = where & until & after_row(others.order, after)
    last = tx.value(
        f"SELECT {held} FROM {tables}{joins} WHERE {reached.sql} {in_order} {limit - 1}",
        (*join_arguments, *reached.arguments),
    )
    if last is None:
        return None if end is not None else _select(tx, others, tables, (), where, after, limit)
    if key.text and not tx.dialect.whole(last):
        up_to = Condition(f"{held} {before} {argument}", (last,))
        return _select(tx, others, tables, (), where & up_to, after, limit)
    ties = tx.value(
        f"SELECT COUNT(*) FROM (SELECT 1 FROM {by.pairs.table} WHERE {by.pairs.key} = ? AND "
        f"{tx.dialect.cut(by.pairs.value) if key.text else by.pairs.value} = {argument} LIMIT {balance + 1}) AS few",
        (by.key, last),
    )
    if ties <= balance:
        up_to = Condition(f"{held} {before} {argument}", (last,))
        return _select(tx, others, tables, (), where & up_to, after, limit)
    # Very many rows have the value at the end of the page: those before it, then a search among these.
    rows = _select(tx, others, tables, (), where & Condition(f"{held} {sign} {argument}", (last,)), after, limit)
    tied = Comparison(Field(_kind_of(by, search), by.key), "=", last)
    terms = (*_terms(search), tied)
    among = replace(search, order=search.order[1:], term=terms[0] if len(terms) == 1 else And(terms))
    continued = after[1:] if after is not None and after[0] == last else None
    return rows + _with_first_sort_value(_page(tx, among, continued, limit - len(rows), extra), len(among.order), last)


def _kind_of(by: ByValue, search: Search) -> Any:
    kinds = {"metric": search.places.metrics, "param": search.places.params, "tag": search.places.tags}
    return next(kind for kind, pairs in kinds.items() if pairs == by.pairs)


def _with_first_sort_value(rows: Sequence[Row], width: int, value: Any) -> list[Row]:
    return [(*row[:-width], value, *row[-width:]) for row in rows]


def _select(
    tx: Transaction,
    search: Search,
    tables: str,
    arguments: Sequence[Any],
    where: Condition,
    after: list[Any] | None,
    limit: int,
) -> list[Row]:
    return tx.all(*_selection(search, tables, arguments, where, after, limit))


def _selection(
    search: Search, tables: str, arguments: Sequence[Any], where: Condition, after: list[Any] | None, limit: int
) -> tuple[str, list[Any]]:
    where = where & after_row(search.order, after)
    joins = "".join(f" {key.join}" for key in search.order)
    values = ", ".join(f"{key.expression} AS order_{number}" for number, key in enumerate(search.order))
    terms = ", ".join(key.term for key in search.order)
    sql = f"SELECT {search.rows}, {values} FROM {tables}{joins} WHERE {where.sql} ORDER BY {terms} LIMIT {limit}"
    joined = [argument for key in search.order for argument in key.join_arguments]
    return sql, [*arguments, *joined, *where.arguments]


def _beginning_with(source: Source, search: Search) -> tuple[str, tuple[Any, ...]]:
    """Tables that begin with the rows of a source: SQLite keeps to that order in a CROSS JOIN."""
    return f"({source.sql}) AS found CROSS JOIN {search.tables}", source.arguments


def _same_row(search: Search) -> Condition:
    return Condition(f"{search.places.id} = found.id")


def _is_small(tx: Transaction, search: Search) -> bool:
    table, where = search.tables.split()[0], search.scope
    few = f"SELECT 1 FROM {table} WHERE {where.sql} LIMIT {_SMALL + 1}"
    return int(tx.value(f"SELECT COUNT(*) FROM ({few}) AS few", where.arguments)) <= _SMALL


def _narrow(tx: Transaction, search: Search) -> Search | None:
    """The same search by values instead of patterns; None if there is nothing to find."""
    if search.term is None:
        return search
    term = narrowed(tx, search.term, search.places)
    return None if selects_nothing(term) else replace(search, term=term)


@dataclass(frozen=True)
class _Probed:
    source: Source
    count: int


def _rarest(tx: Transaction, search: Search, most: int) -> _Probed | None:
    """The term with the fewest rows and their number, counted to ``most + 1``; None where no index helps."""
    best: _Probed | None = None
    for term in _terms(search):
        source = source_of(term, search.places, tx.dialect)
        if source is not None:
            found = _Probed(source, _count_of(tx, source.probe, most if best is None else best.count))
            if best is None or found.count < best.count:
                best = found
            if best.count <= _RARE:
                break
    return best


def _worth_collecting(tx: Transaction, search: Search, rarest: _Probed | None, most: int) -> Source | None:
    """A source to begin with after a walk was given up; None if all have more than ``most`` rows."""
    if rarest is None:
        return None
    if rarest.source.wider is None:
        return rarest.source if _count_of(tx, rarest.source, most) <= most else None
    # Testing every value of a key is what costs: the rows that pass are kept.
    ids = [row[0] for row in tx.all(f"{rarest.source.sql} LIMIT {most + 1}", rarest.source.arguments)]
    if len(ids) > most:
        return None
    table = search.tables.split()[0]
    return Source(f"SELECT id FROM {table} WHERE id {tx.dialect.one_of()}", (tx.dialect.listed(ids),))


def _count_of(tx: Transaction, source: Source, most: int) -> int:
    few = f"SELECT 1 FROM ({source.sql}) AS all_of_them LIMIT {most + 1}"
    return int(tx.value(f"SELECT COUNT(*) FROM ({few}) AS few", source.arguments))


def _terms(search: Search) -> tuple[Term, ...]:
    if search.term is None:
        return ()
    return search.term.terms if isinstance(search.term, And) else (search.term,)


def _tests(tx: Transaction, search: Search) -> Condition:
    if search.term is None:
        return EVERYTHING
    found = condition_of(search.term, search.places, tx.dialect)
    return Condition(found.sql, found.arguments)
