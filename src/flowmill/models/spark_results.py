"""What a model answers as a column of Spark: which type it has, and the values as that type."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from flowmill.errors import Invalid
from flowmill.models.datatypes import Array, DataType, Object
from flowmill.models.infer import is_frame, is_series
from flowmill.models.schema import ColSpec, Schema, TensorSpec
from flowmill.models.signature import ModelSignature

_NAMES = {
    DataType.boolean: "boolean",
    DataType.integer: "int",
    DataType.long: "bigint",
    DataType.float: "float",
    DataType.double: "double",
    DataType.string: "string",
    DataType.binary: "binary",
    DataType.datetime: "timestamp",
}
_OF_KIND = {"b": "boolean", "U": "string", "S": "binary", "O": "string"}


def pyspark(module: str) -> Any:
    """A module of Spark; Invalid says how to get it."""
    try:
        return importlib.import_module(f"pyspark.{module}")
    except ImportError as error:
        raise Invalid(f"A model as a function of Spark needs pyspark ({error}): run pip install pyspark.") from None


def parsed_type(given: Any) -> Any:
    """Spark's type of this name, or the type itself."""
    types = pyspark("sql.types")
    if isinstance(given, types.DataType):
        return given
    if not isinstance(given, str):
        raise Invalid(f"result_type is {given!r}: expected a Spark type or its name, such as 'double'.")
    return types._parse_datatype_string("bigint" if given == "long" else given)


def inferred_type(signature: ModelSignature | None) -> Any:
    """The Spark type of what a signature says the model answers; double if it says nothing."""
    outputs = signature.outputs if signature else None
    return parsed_type(_name_of(outputs) if outputs else "double")


def _name_of(outputs: Schema) -> str:
    specs = outputs.inputs
    if len(specs) == 1:
        return _spec(specs[0])
    fields = [f"`{spec.name if spec.name is not None else place}`: {_spec(spec)}" for place, spec in enumerate(specs)]
    return f"struct<{', '.join(fields)}>"


def _spec(spec: ColSpec | TensorSpec) -> str:
    if isinstance(spec, ColSpec):
        return _value(spec.type)
    kind, size = spec.type.kind, spec.type.itemsize
    name = _OF_KIND.get(kind) or {"i": "int", "u": "int", "f": "float"}.get(kind, "string")
    if size > 4 and kind in "iu":
        name = "bigint"
    elif size > 4 and kind == "f":
        name = "double"
    for _ in spec.shape[1:]:
        name = f"array<{name}>"
    return name


def _value(kind: Any) -> str:
    if isinstance(kind, DataType):
        return _NAMES[kind]
    if isinstance(kind, Array):
        return f"array<{_value(kind.dtype)}>"
    if isinstance(kind, Object):
        return f"struct<{', '.join(f'`{each.name}`: {_value(each.dtype)}' for each in kind.properties)}>"
    return "string"


def as_column(answer: Any, kind: Any, rows: int) -> Any:
    """A model's answer for ``rows`` rows as a pandas Series of this Spark type, or a frame for a struct."""
    types = pyspark("sql.types")
    frame = _frame(answer, rows)
    if isinstance(kind, types.StructType):
        return _struct(frame, kind)
    if isinstance(kind, types.ArrayType):
        return _array(frame, answer, kind)
    return _scalar(frame, kind)


def _frame(answer: Any, rows: int) -> Any:
    import numpy
    import pandas

    if is_series(answer):
        answer = answer.to_frame()
    if not is_frame(answer):
        if isinstance(answer, dict) or (isinstance(answer, list) and answer and isinstance(answer[0], dict)):
            answer = pandas.DataFrame(answer)
        elif isinstance(answer, list | tuple) or (isinstance(answer, numpy.ndarray) and answer.ndim != 2):
            answer = pandas.DataFrame({0: pandas.Series(list(answer) if numpy.ndim(answer) else [answer])})
        elif isinstance(answer, numpy.ndarray):
            answer = pandas.DataFrame(answer)
        else:
            answer = pandas.DataFrame({0: [answer]})
    if len(answer) != rows:
        raise Invalid(f"The model answered {len(answer)} rows for {rows}: a column of Spark needs one for each.")
    return answer.reset_index(drop=True)


def _struct(frame: Any, kind: Any) -> Any:
    import pandas

    names = [str(name) for name in frame.columns]
    missing = [field.name for field in kind.fields if field.name not in names]
    if missing and len(names) == len(kind.fields) and all(name.isdigit() for name in names):
        names, missing = [field.name for field in kind.fields], []  # an array: its columns have places, no names
    if missing:
        raise Invalid(f"The model's answer has no columns {missing}, which result_type names; it has {names}.")
    columns = {field.name: _converted(frame.iloc[:, names.index(field.name)], field.dataType) for field in kind.fields}
    return pandas.DataFrame(columns)


def _array(frame: Any, answer: Any, kind: Any) -> Any:
    import numpy
    import pandas

    item = kind.elementType
    if len(frame.columns) == 1 and len(frame) and isinstance(frame.iloc[0, 0], list | tuple | numpy.ndarray):
        cells = [_items(cell, item) for cell in frame.iloc[:, 0]]
    else:
        columns = [_converted(frame[name], item) for name in frame.columns if _fits(frame[name], item)]
        if not columns:
            raise _no_column(frame, item)
        cells = [list(row) for row in zip(*columns, strict=True)]
    return pandas.Series(cells, dtype=object)


def _items(cell: Any, kind: Any) -> list[Any]:
    import numpy
    import pandas

    if kind.typeName() == "array":
        return [_items(item, kind.elementType) for item in cell]
    return _converted(pandas.Series(numpy.asarray(cell).tolist()), kind).tolist()


def _scalar(frame: Any, kind: Any) -> Any:
    """The leftmost column that can be of this type, as MLflow picks it."""
    for name in frame.columns:
        if _fits(frame[name], kind):
            return _converted(frame[name], kind)
    raise _no_column(frame, kind)


def _no_column(frame: Any, kind: Any) -> Invalid:
    found = {str(name): str(dtype) for name, dtype in zip(frame.columns, frame.dtypes, strict=True)}
    return Invalid(
        f"The model's answer has no column of the type {kind.simpleString()}; it has {found}: pass another result_type."
    )


def _fits(column: Any, kind: Any) -> bool:
    fits: dict[str, Callable[[Any], bool]] = {
        "int": lambda dtype: dtype.kind in "iu" and dtype.itemsize <= 4,
        "bigint": lambda dtype: dtype.kind in "iu",
        "float": lambda dtype: dtype.kind in "iuf",
        "double": lambda dtype: dtype.kind in "iuf",
        "boolean": lambda dtype: dtype.kind == "b",
    }
    check = fits.get(kind.simpleString())
    if check is None:
        return True
    if column.dtype.kind == "O":  # Python's own values
        column = column.infer_objects()
    if kind.simpleString() == "int" and column.dtype.kind in "iu" and len(column):
        return int(column.min()) >= -(2**31) and int(column.max()) < 2**31
    return check(column.dtype)


def _converted(column: Any, kind: Any) -> Any:
    dtypes = {"int": "int32", "bigint": "int64", "float": "float32", "double": "float64", "boolean": "bool"}
    name = kind.simpleString()
    if name in dtypes:
        # Gaps of a nullable column stay gaps.
        return column.astype(dtypes[name]) if not column.isna().any() or name in ("float", "double") else column
    if name == "string":
        return column.map(_text)
    return column


def _text(value: Any) -> str | None:
    return None if value is None or value != value else str(value)
