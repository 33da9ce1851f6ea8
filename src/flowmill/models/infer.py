"""The schema of data: what `infer_signature` finds in arrays, frames, dicts, lists and single values.

Where MLflow finds a schema, this one is equal to it. Where MLflow gives up on the whole input because of one
column (a nullable integer column without a name, a duration, mixed objects), only that column becomes ``any``.
"""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import datetime
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from flowmill.errors import Invalid
from flowmill.models.datatypes import AnyType, Array, DataType, Map, Object, Property, ValueType
from flowmill.models.params import ParamSchema, ParamSpec
from flowmill.models.schema import ColSpec, Schema, TensorSpec
from flowmill.models.values import as_python, is_missing


def infer_schema(data: Any) -> Schema:
    """The schema of a model's input or output.

    A numpy array or sparse matrix is a tensor whose first axis may have any size; a dict of arrays is named
    tensors; a frame, series, dict, list or single value is columns.
    """
    if is_array(data) and data.ndim:
        return Schema([_tensor(data)])
    if is_sparse(data):
        return Schema([_tensor(data)])
    if is_frame(data):
        return _frame_schema(data)
    if is_series(data):
        kind, filled = column_type(data)
        if data.name is None:
            # A column without a name cannot be optional, so one with gaps can only be left unchecked.
            return Schema([ColSpec(kind if filled or kind in _FLOATS else AnyType())])
        return Schema([ColSpec(kind, data.name, filled)])
    if isinstance(data, Mapping) and data and all(isinstance(name, str) for name in data):
        if all(is_array(item) and item.ndim for item in data.values()):
            return Schema([_tensor(item, name) for name, item in data.items()])
        return Schema([_column(name, [item]) for name, item in data.items()])
    if isinstance(data, list):
        return _list_schema(data)
    return Schema([ColSpec(type_of_value(data))])


def is_array(data: Any) -> bool:
    """Whether it is a numpy array; numpy is not imported to find out."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(data, numpy.ndarray)


def is_frame(data: Any) -> bool:
    """Whether it is a pandas DataFrame; pandas is not imported to find out."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(data, pandas.DataFrame)


def is_series(data: Any) -> bool:
    """Whether it is a pandas Series; pandas is not imported to find out."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(data, pandas.Series)


def is_sparse(data: Any) -> bool:
    """Whether it is a SciPy matrix compressed by rows or columns; SciPy is not imported to find out."""
    sparse = sys.modules.get("scipy.sparse")
    return sparse is not None and sparse.issparse(data) and data.format in ("csr", "csc")


_FLOATS = (DataType.float, DataType.double)


def _tensor(data: Any, name: str | None = None) -> TensorSpec:
    import numpy

    dtype = data.dtype
    if dtype.kind in "US":
        dtype = numpy.dtype("str" if dtype.kind == "U" else "bytes")
    return TensorSpec(dtype, (-1, *data.shape[1:]), name)


def _frame_schema(frame: Any) -> Schema:
    if not len(frame.columns):
        raise Invalid("A frame without columns has no schema.")
    columns: list[ColSpec | TensorSpec] = []
    for position, name in enumerate(frame.columns):
        kind, filled = column_type(frame.iloc[:, position])
        columns.append(ColSpec(kind, as_python(name), filled))
    return Schema(columns)


def _list_schema(data: list[Any]) -> Schema:
    if not data:
        return Schema([ColSpec(DataType.string)])
    if all(isinstance(row, Mapping) and row for row in data):
        names = sorted({name for row in data for name in row})
        return Schema([_column(name, [row.get(name) for row in data]) for name in names])
    return Schema([ColSpec(merged_type(type_of_value(item) for item in data if not is_missing(item)))])


def _column(name: str, values: list[Any]) -> ColSpec:
    there = [item for item in values if not is_missing(item)]
    kind = merged_type(type_of_value(item) for item in there)
    if isinstance(kind, Array) and isinstance(kind.dtype, AnyType):
        kind = AnyType()
    return ColSpec(kind, name, len(there) == len(values))


def column_type(column: Any) -> tuple[ValueType, bool]:
    """The type of a pandas Series, and whether it has no gaps (None, NA, NaN, NaT)."""
    filled = not bool(column.isna().any())
    dtype = column.dtype
    if hasattr(dtype, "categories"):
        kind, _ = column_type(dtype.categories.to_series())
        return kind, filled
    if hasattr(dtype, "subtype") and dtype.__class__.__name__ == "SparseDtype":
        dtype = dtype.subtype
    if getattr(dtype, "kind", None) == "O" and not dtype.__class__.__name__.endswith("StringDtype"):
        return _object_column_type(column), filled
    if dtype.__class__.__name__ == "StringDtype":
        return DataType.string, filled
    kind = _kind_of_dtype(getattr(dtype, "numpy_dtype", dtype))
    if kind is None and getattr(dtype, "kind", None) == "u":
        # uint64 is a long as long as its values are.
        kind = DataType.long if not len(column) or int(column.max()) < 2**63 else None
    return kind or AnyType(), filled


def _object_column_type(column: Any) -> ValueType:
    there = column.dropna()
    kind = merged_type(type_of_value(item) for item in there)
    if kind is DataType.long and len(there) < len(column):
        # numpy has no missing integer: such a column turns into floats as soon as it leaves pandas.
        return DataType.double
    return kind


def _kind_of_dtype(dtype: Any) -> DataType | None:
    kind, size = getattr(dtype, "kind", ""), getattr(dtype, "itemsize", 0)
    if kind == "b":
        return DataType.boolean
    if kind in "iu" and kind:
        if size <= (4 if kind == "i" else 2):
            return DataType.integer
        return DataType.long if size <= (8 if kind == "i" else 4) else None
    if kind == "f":
        return DataType.float if size <= 4 else DataType.double if size == 8 else None
    return {"M": DataType.datetime, "U": DataType.string, "S": DataType.binary}.get(kind)


def type_of_value(value: Any) -> ValueType:
    """The type of one value; AnyType for one that no other type describes."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.generic):
        return _kind_of_dtype(value.dtype) or AnyType()
    if is_array(value):
        if not value.ndim:
            return type_of_value(value[()])
        kind: ValueType | None = _kind_of_dtype(value.dtype)
        if kind is None:
            return type_of_value(value.tolist())
        for _ in range(value.ndim):
            kind = Array(kind)
        return kind
    if isinstance(value, bool):
        return DataType.boolean
    if isinstance(value, int):
        return DataType.long if -(2**63) <= value < 2**63 else AnyType()
    for python, kind in _PYTHON_KINDS:
        if isinstance(value, python):
            return kind
    if isinstance(value, list):
        items = merged_type(type_of_value(item) for item in value if not is_missing(item))
        return Array(items) if not isinstance(items, AnyType) else AnyType()
    if isinstance(value, Mapping) and value and all(isinstance(name, str) for name in value):
        return Object([Property(name, type_of_value(item), item is not None) for name, item in value.items()])
    return AnyType()


_PYTHON_KINDS: list[tuple[type | tuple[type, ...], DataType]] = [
    (float, DataType.double),
    (str, DataType.string),
    ((bytes, bytearray), DataType.binary),
    (datetime.date, DataType.datetime),
]


def merged_type(kinds: Iterable[ValueType]) -> ValueType:
    """The one type that describes values of all these types; AnyType if there is none, or no value."""
    merged: ValueType | None = None
    for kind in kinds:
        merged = kind if merged is None else _merge(merged, kind)
    return AnyType() if merged is None else merged


_NUMBERS = [DataType.integer, DataType.long, DataType.float, DataType.double]


def _merge(one: ValueType, other: ValueType) -> ValueType:
    if one == other:
        return one
    if one in _NUMBERS and other in _NUMBERS:
        pair = {one, other}
        if pair == {DataType.integer, DataType.long}:
            return DataType.long
        return DataType.double
    if isinstance(one, Array) and isinstance(other, Array):
        items = _merge(one.dtype, other.dtype)
        return AnyType() if isinstance(items, AnyType) else Array(items)
    if isinstance(one, Object) and isinstance(other, Object):
        return _merge_objects(one, other)
    if isinstance(one, Map) and isinstance(other, Map):
        return Map(_merge(one.value_type, other.value_type))
    return AnyType()


def _merge_objects(one: Object, other: Object) -> Object:
    left = {member.name: member for member in one.properties}
    right = {member.name: member for member in other.properties}
    members: list[Property] = []
    for name in sorted(left.keys() | right.keys()):
        here, there = left.get(name), right.get(name)
        if here is None or there is None:
            only = here or there
            assert only is not None
            members.append(Property(name, only.dtype, required=False))
        else:
            required = here.required and there.required
            members.append(Property(name, _merge(here.dtype, there.dtype), required))
    return Object(members)


def infer_param_schema(params: dict[str, Any]) -> ParamSchema:
    """The schema of which these values are the defaults."""
    if not isinstance(params, dict):
        raise Invalid(f"params must be a dict of names and values, not {type(params).__name__}.")
    specs: list[ParamSpec] = []
    wrong: list[str] = []
    for name, given in params.items():
        try:
            specs.append(_param_spec(name, given))
        except Invalid as error:
            wrong.append(str(error))
    if wrong:
        raise Invalid(" ".join(wrong))
    return ParamSchema(specs)


def _param_spec(name: str, given: Any) -> ParamSpec:
    value = as_python(given)
    many = isinstance(value, list)
    samples = list(given) if many else [given]
    # An empty list says nothing of its items; text is what JSON brings most often.
    kind = merged_type(type_of_value(item) for item in samples) if samples else DataType.string
    if not isinstance(kind, DataType | Object):
        raise Invalid(
            f"Parameter {name!r} is {given!r}: expected a single value, a list of values of one type, or a dict."
        )
    return ParamSpec(name, kind, value, (-1,) if many else None)
