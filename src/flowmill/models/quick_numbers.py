"""An array straight from the bytes of a request, for the signature whose columns are all numbers of one type.

The decoder checks every value's type while it reads it, and builds no row that has another length, so that a thousand
rows cost a third of reading them as they come and looking at each afterwards. Whatever is not exactly as the
signature has it is left to `QuickFrames.columns_of` and those behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from operator import itemgetter
from typing import Any

import msgspec

from flowmill.models.datatypes import DataType

_EXACT = 2**53
"""Whole numbers up to this one are doubles, too."""


class QuickNumbers:
    """Reads tables of these columns, numbers of the one ``kind``."""

    def __init__(self, names: list[str], kind: DataType) -> None:
        number: Any = float if kind in (DataType.float, DataType.double) else int
        self._names = names
        self._whole = number is int
        self._dtype = kind.to_numpy()
        self._row: Callable[[Any], tuple[Any, ...]] = itemgetter(*names) if len(names) > 1 else self._only
        rows, columns = list[dict[str, number]], dict[str, list[number]]
        split = msgspec.defstruct(
            "Split",
            [("columns", list[str]), ("data", list[tuple[(number,) * len(names)]]), ("index", list[int] | None, None)],
        )
        body = msgspec.defstruct(
            "Body",
            [
                ("dataframe_split", split | None, None),
                ("dataframe_records", rows | None, None),
                ("instances", rows | None, None),
                ("inputs", rows | columns | None, None),
            ],
            forbid_unknown_fields=True,
        )
        self._decoder = msgspec.json.Decoder(body)

    def _only(self, row: dict[str, Any]) -> tuple[Any]:
        return (row[self._names[0]],)

    def read(self, body: bytes) -> Any | None:
        """The array, shape (rows, columns), in a JSON body; None if it is to be read another way."""
        try:
            asked: Any = self._decoder.decode(body)
        except (msgspec.DecodeError, RecursionError):
            return None
        tables = (asked.dataframe_split, asked.dataframe_records, asked.instances, asked.inputs)
        given = [table for table in tables if table is not None]
        if len(given) != 1:
            return None
        try:
            return self._array_of(given[0])
        except (KeyError, OverflowError, ValueError):
            return None

    def _array_of(self, table: Any) -> Any | None:
        if isinstance(table, dict):
            columns = [table[name] for name in self._names]
            # Columns beside them decide what the others mean, and have to be as long.
            if len(table) != len(columns) or len(set(map(len, columns))) != 1:
                return None
            found = self._numbers(columns, (len(columns), len(columns[0])))
            return None if found is None else found.T
        rows, order = (list(map(self._row, table)), None) if isinstance(table, list) else self._of_split(table)
        if not rows:
            return None
        found = self._numbers(rows, (len(rows), len(self._names)))
        if found is None:
            return None
        import numpy

        # A frame's numbers lie column by column, and a sum may depend on how they lie.
        return numpy.asfortranarray(found if order is None else found[:, order])

    def _of_split(self, table: Any) -> tuple[Any, list[int] | None]:
        rows, names = table.data, table.columns
        if table.index is not None and table.index != list(range(len(rows))):
            return None, None
        if names == self._names:
            return rows, None
        if len(set(names)) != len(names) or len(names) != len(self._names):
            return None, None
        return rows, [names.index(name) for name in self._names]

    def _numbers(self, lists: Any, shape: tuple[int, int]) -> Any | None:
        """The numbers of lists one after the other; None if there is one that the column's type cannot hold."""
        import numpy

        found = numpy.fromiter(chain.from_iterable(lists), numpy.int64 if self._whole else numpy.float64)
        if not found.size:
            return None
        low, high = int(found.min()), int(found.max())
        if self._whole:
            limits = numpy.iinfo(self._dtype)
            if low < limits.min or high > limits.max:
                return None
        elif low < -_EXACT or high > _EXACT:
            # It may have been a whole number that is no double.
            return None
        return found.astype(self._dtype, copy=False).reshape(shape)
