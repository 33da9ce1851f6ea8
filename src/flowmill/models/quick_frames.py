"""Frames straight from JSON for the commonest signature: named columns of numbers, flags and text.

Values of the very types that the signature names need no inference and no check afterwards, and a request of one
row is dominated by both. Whatever is not of these types takes the long way through `formats` and `enforce`, which
gives the same frame or says what is wrong.
"""

from __future__ import annotations

from itertools import repeat
from operator import itemgetter
from typing import Any, cast

from flowmill.errors import Invalid
from flowmill.models.datatypes import DataType
from flowmill.models.quick_numbers import QuickNumbers
from flowmill.models.schema import ColSpec, Schema

Columns = list[list[Any]]
Array = Any
Table = Columns | Array
"""Columns of values as JSON has them, or an array of numbers."""

_TYPES: dict[DataType, frozenset[type]] = {
    DataType.integer: frozenset({int}),
    DataType.long: frozenset({int}),
    DataType.float: frozenset({int, float}),
    DataType.double: frozenset({int, float}),
    DataType.boolean: frozenset({bool}),
    DataType.string: frozenset({str}),
}
"""The JSON types that become a column's type without loss; `bool` is a type of its own here."""

_NUMBERS = (DataType.integer, DataType.long, DataType.float, DataType.double)
_TABLES = ("dataframe_split", "dataframe_records", "instances", "inputs")
_EXACT = 2**53


class TooWide(Invalid):
    """A whole number does not fit the width that the signature gives its column."""


class QuickFrames:
    """Reads tables for one schema; `applies` says whether it can at all."""

    def __init__(self, schema: Schema | None) -> None:
        specs = [spec for spec in schema.inputs if isinstance(spec, ColSpec)] if schema is not None else []
        kinds = [spec.type for spec in specs if isinstance(spec.type, DataType) and spec.type in _TYPES]
        self.names: list[Any] = [spec.name for spec in specs]
        self.applies = (
            schema is not None
            and 0 < len(kinds) == len(schema.inputs)
            and all(isinstance(name, str) for name in self.names)
            and len(set(self.names)) == len(self.names)
        )
        self._kinds = kinds
        self._reader = QuickNumbers(self.names, kinds[0]) if self.is_of_one_number else None
        self._row = itemgetter(*self.names) if len(self.names) > 1 else None
        self._index: Any = None

    def read(self, body: bytes) -> Array | None:
        """The numbers in a JSON body, shape (rows, columns), None if it takes another way."""
        return self._reader.read(body) if self._reader is not None else None

    def columns_of(self, body: dict[str, Any]) -> Columns | None:
        """The columns of a request in the schema's order, None if it takes the long way."""
        if not self.applies or len(body) != 1:
            return None
        ((key, data),) = body.items()
        if key not in _TABLES:
            return None
        try:
            columns = self._of_split(data) if key == "dataframe_split" else self._of_others(key, data)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError):
            return None
        if not columns or not columns[0] or len(set(map(len, columns))) != 1:
            return None
        if not all(map(_are_exact, columns, self._kinds)):
            return None
        return columns

    def _of_split(self, data: dict[str, Any]) -> Columns | None:
        rows, names, index = data["data"], data["columns"], data.get("index")
        if index is not None and index != list(range(len(rows))):
            return None
        if len(set(map(len, rows))) != 1 or len(set(names)) != len(names) or len(rows[0]) != len(names):
            return None
        columns = list(map(list, zip(*rows, strict=True)))
        if names == self.names:
            return columns
        return [columns[names.index(name)] for name in self.names]

    def _of_others(self, key: str, data: Any) -> Columns | None:
        if isinstance(data, list):
            rows = cast("list[dict[str, Any]]", data)
            if not all(map(isinstance, rows, repeat(dict))):
                return None
            if self._row is None:
                return [[row[self.names[0]] for row in rows]]
            return list(map(list, zip(*map(self._row, rows), strict=True)))
        if key == "inputs" and isinstance(data, dict):
            named = cast("dict[str, Any]", data)
            columns = [named[name] for name in self.names]
            return columns if len(named) == len(columns) and all(map(isinstance, columns, repeat(list))) else None
        return None

    @property
    def is_of_one_number(self) -> bool:
        """Whether all columns are numbers of one width, so that a table of them is one array."""
        return self.applies and len(set(self._kinds)) == 1 and self._kinds[0] in _NUMBERS

    def array(self, table: Table) -> Array:
        """The array, shape (rows, columns), that the frame of a table holds; TooWide if a number is."""
        return _numbers(table, self._kinds[0]).T if isinstance(table, list) else table

    def rows(self, table: Table) -> list[list[Any]]:
        """The table row by row, as JSON has it."""
        return [list(row) for row in zip(*table, strict=True)] if isinstance(table, list) else table.tolist()

    def joined(self, tables: list[Table]) -> Table:
        """All tables as one, one below the other; TooWide if a number is."""
        if self.is_of_one_number:
            import numpy

            return numpy.asfortranarray(numpy.concatenate([self.array(table) for table in tables]))
        columns = cast("list[Columns]", tables)
        return [[value for column in each for value in column] for each in zip(*columns, strict=True)]

    def frame(self, table: Table) -> Any:
        """The frame of a table that `read` or `columns_of` gave; TooWide if a number is."""
        import pandas

        if self.is_of_one_number:
            if self._index is None:
                self._index = pandas.Index(self.names)
            return pandas.DataFrame(self.array(table), columns=self._index, copy=False)
        arrays: list[Any] = [
            column if kind is DataType.string else _numbers(column, kind)
            for column, kind in zip(cast("Columns", table), self._kinds, strict=True)
        ]
        return pandas.DataFrame(dict(zip(self.names, arrays, strict=True)))


def rows_in(table: Table) -> int:
    """How many rows a table has."""
    return len(table[0]) if isinstance(table, list) else len(table)


def _numbers(values: list[Any], kind: DataType) -> Any:
    import numpy

    try:
        return numpy.array(values, dtype=kind.to_numpy())
    except OverflowError:
        raise TooWide(f"A number does not fit {kind.name}.") from None


def _are_exact(column: list[Any], kind: DataType) -> bool:
    found = set(map(type, column))
    if not found <= _TYPES[kind]:
        return False
    # A whole number beyond 2**53 is not a double; the long way decides what becomes of it.
    return (
        kind not in (DataType.float, DataType.double)
        or int not in found
        or max(abs(value) for value in column) <= _EXACT
    )
