"""One column of a frame, converted without loss to the type that a schema gives it."""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import sys
from typing import Any

from flowmill.models.datatypes import AnyType, DataType
from flowmill.models.schema import ColSpec
from flowmill.models.values import INTEGER_RANGE, Mismatch, convert, describe, is_decimal, is_missing


def convert_column(column: Any, spec: ColSpec) -> Any:
    """The column as its spec wants it, the very same one if nothing needs to change; Mismatch if it cannot be."""
    kind = spec.type
    if isinstance(kind, AnyType):
        return column
    missing = column.isna()
    gaps = bool(missing.any())
    if not isinstance(kind, DataType):
        if gaps and spec.required:
            raise Mismatch(f"{kind!r} in every row", f"no value in {int(missing.sum())} of {len(column)} rows")
        return _convert_cells(column, kind, missing)
    if not len(column) and _kind(column.dtype) not in _KINDS[kind] and not hasattr(column.dtype, "categories"):
        return column.astype(kind.to_numpy() if kind is not DataType.datetime else "datetime64[ns]")
    if hasattr(column.dtype, "categories"):
        # A category stays one; only its values are checked, each once.
        convert_column(column.dtype.categories.to_series(), ColSpec(kind))
    elif kind in (DataType.string, DataType.binary):
        _check_texts(column, kind)
    elif kind is DataType.datetime:
        column = _moments(column, missing)
    elif kind is DataType.boolean:
        _check_booleans(column)
    else:
        column = _numbers(column, kind, spec.required)
    if gaps and spec.required and kind in (DataType.boolean, DataType.integer, DataType.long):
        raise Mismatch(f"{kind!r} in every row", f"no value in {int(missing.sum())} of {len(column)} rows")
    return column


_KINDS = {
    DataType.boolean: "b",
    DataType.integer: "iu",
    DataType.long: "iu",
    DataType.float: "f",
    DataType.double: "f",
    DataType.string: "OUT",
    DataType.binary: "OS",
    DataType.datetime: "M",
}
"""Kinds of dtypes that an empty column of a type may keep."""


def _convert_cells(column: Any, kind: Any, missing: Any) -> Any:
    import pandas

    cells = list(column)
    converted = [
        None if is_missing(cell) or (empty and not isinstance(cell, list | dict)) else convert(cell, kind)
        for cell, empty in zip(cells, missing, strict=True)
    ]
    if all(before is after for before, after in zip(cells, converted, strict=True)):
        return column
    return pandas.Series(converted, index=column.index, name=column.name, dtype=object)


def _first_wrong(column: Any, kinds: Any) -> str | None:
    for row, value in enumerate(column):
        if not isinstance(value, kinds) and not _is_gap(value):
            return f"{describe(value)} in row {row}"
    return None


def _is_gap(value: Any) -> bool:
    return is_missing(value) or (isinstance(value, float) and value != value)


def _check_texts(column: Any, kind: DataType) -> None:
    if column.dtype.__class__.__name__ == "StringDtype" and kind is DataType.string:
        return
    wrong = _first_wrong(column, str if kind is DataType.string else bytes | bytearray)
    if wrong:
        raise Mismatch(kind.name, wrong)


def _check_booleans(column: Any) -> None:
    if _kind(column.dtype) == "b":
        return
    import numpy

    wrong = _first_wrong(column, bool | numpy.bool_)
    if wrong:
        raise Mismatch("boolean", wrong)


def _moments(column: Any, missing: Any) -> Any:
    if _kind(column.dtype) == "M":
        return column
    import datetime

    import pandas

    wrong = _first_wrong(column, str | datetime.date)
    if wrong:
        raise Mismatch("datetime", wrong)
    if not any(isinstance(value, str) for value in column):
        try:
            return pandas.to_datetime(column)
        except (ValueError, TypeError, OverflowError):  # of several zones, or before the years that pandas knows
            return column
    try:
        return pandas.to_datetime(column, format="ISO8601")
    except (ValueError, TypeError):
        row = next(place for place, value in enumerate(column) if isinstance(value, str) and not _parses(value))
        raise Mismatch("datetime in ISO 8601", f"{describe(column.iloc[row])} in row {row}") from None


def _parses(text: str) -> bool:
    import pandas

    try:
        pandas.to_datetime([text], format="ISO8601")
    except (ValueError, TypeError):
        return False
    return True


def _numbers(column: Any, kind: DataType, required: bool) -> Any:
    dtype, found = column.dtype, str(column.dtype)
    if dtype.__class__.__name__ == "SparseDtype":
        return column
    if _kind(dtype) == "O":
        column, found = _numbers_of_objects(column, kind)
        dtype = column.dtype
    if _kind(dtype) not in ("i", "u", "f"):
        wrong = _first_wrong(column, int | float) if len(column) else None
        if not len(column):
            return column.astype(kind.to_numpy())
        raise Mismatch(kind.name, wrong or found)
    nullable = not isinstance(dtype, _numpy_dtype())
    filled = column.dropna() if nullable or _kind(dtype) == "f" else column
    values = filled.to_numpy(dtype=getattr(dtype, "numpy_dtype", None))
    if kind in (DataType.integer, DataType.long):
        return _integers(column, values, kind, nullable, required, found)
    target = kind.to_numpy()
    if values.dtype == target or (_kind(dtype) == "f" and values.dtype.itemsize < target.itemsize):
        return column if nullable or values.dtype == target or values.dtype.itemsize == 2 else column.astype(target)
    converted = values.astype(target)
    if not is_lossless(values, converted):
        raise Mismatch(kind.name, f"{found} with values that {target} cannot hold")
    if nullable and values.dtype.kind == "f":
        return column
    # Whole numbers with gaps are of no dtype that a model of floats knows.
    return column.astype("Float64").astype(target) if nullable else column.astype(target)


def _numbers_of_objects(column: Any, kind: DataType) -> tuple[Any, str]:
    """A column of Python numbers as one of numpy's; anything else among them is a mismatch."""
    import numpy
    import pandas

    for row, value in enumerate(column):
        number = (isinstance(value, int | float | numpy.number) and not isinstance(value, bool)) or is_decimal(value)
        if not number and not _is_gap(value):
            raise Mismatch(kind.name, f"{describe(value)} in row {row}")
    exact = [float(value) if is_decimal(value) else value for value in column]
    values = [None if _is_gap(value) and not isinstance(value, float) else value for value in exact]
    whole = all(value is None or isinstance(value, int | numpy.integer) for value in values)
    dtype: Any = "float64"
    if whole and kind in (DataType.integer, DataType.long):
        dtype = "Int64" if None in values else "int64"
    try:
        return pandas.Series(values, index=column.index, name=column.name, dtype=dtype), "numbers"
    except (OverflowError, TypeError, ValueError):
        raise Mismatch(kind.name, "numbers out of its range") from None


def _integers(column: Any, values: Any, kind: DataType, nullable: bool, required: bool, found: str) -> Any:
    import numpy

    low, high = INTEGER_RANGE[kind.name]
    if values.dtype.kind == "f":
        broken = ~(numpy.isfinite(values) & (values == numpy.floor(values)))
        if broken.any():
            raise Mismatch(kind.name, f"{float(values[broken][0])!r} ({found})")
        # 2.0**63 itself is one too many, though it compares equal to the limit as a float.
        fits = bool(((values >= float(low)) & (values < float(high + 1))).all())
    else:
        fits = not len(values) or (int(values.min()) >= low and int(values.max()) <= high)
    if not fits:
        raise Mismatch(kind.name, f"values out of its range ({found})")
    gaps = len(values) < len(column)
    target = kind.to_numpy()
    if gaps:
        return column if nullable and values.dtype.kind != "f" else column.astype(target.name.capitalize())
    if (
        values.dtype.kind != "f"
        and values.dtype.itemsize <= target.itemsize
        and (nullable or values.dtype.itemsize < target.itemsize or values.dtype == target)
    ):
        # int8 in an integer column, or Int64 without gaps: the same numbers, as the model has seen them.
        return column
    return column.astype(target)


def _kind(dtype: Any) -> str:
    return str(getattr(dtype, "kind", "O"))


def _numpy_dtype() -> type:
    return sys.modules["numpy"].dtype


def is_lossless(before: Any, after: Any) -> bool:
    """Whether an array of numbers is the same before and after its conversion; NaN is the same as NaN."""
    import numpy

    with numpy.errstate(all="ignore"):
        if before.dtype.kind == "f" and after.dtype.kind in "iu" and not bool(numpy.isfinite(before).all()):
            return False
        back = after.astype(before.dtype)
    if before.dtype.kind == "f":
        return bool(((back == before) | (numpy.isnan(before) & numpy.isnan(back))).all())
    return bool((back == before).all())
