"""Input against a schema: what can be converted without loss is, and one error lists all that cannot.

A frame never fails against the schema inferred from it. A column that already holds the right values keeps its
own dtype where pandas has several for one meaning (nullable integers, categories, times with a zone), because
that is what the model was trained on.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from flowmill.errors import Invalid
from flowmill.models.datatypes import AnyType, Array, DataType
from flowmill.models.infer import is_array, is_frame, is_series, is_sparse
from flowmill.models.schema import ColSpec, Schema, TensorSpec
from flowmill.models.values import INTEGER_RANGE, Mismatch, convert, describe, is_missing


def enforce_schema(data: Any, schema: Schema) -> Any:
    """The data as the schema wants it: a DataFrame for columns, an array or dict of arrays for tensors.

    Raises Invalid with one sentence that names every missing or unfitting column or tensor.
    """
    if schema.is_tensor_spec():
        return _enforce_tensors(data, schema)
    return _enforce_columns(data, schema)


def validate_schema(data: Any, expected_schema: Schema) -> None:
    """Invalid, naming everything that does not fit, unless the data fits the schema."""
    enforce_schema(data, expected_schema)


def _refuse(problems: list[str]) -> Invalid:
    return Invalid(f"The input does not fit the model's signature: {'; '.join(problems)}.")


def _enforce_tensors(data: Any, schema: Schema) -> Any:
    if schema.has_input_names():
        return _enforce_named_tensors(data, schema)
    spec = schema.inputs[0]
    assert isinstance(spec, TensorSpec)
    try:
        return _tensor(data, spec)
    except Mismatch as error:
        raise _refuse([f"expected a tensor of {error.expected}, found {error.found}"]) from None


def _enforce_named_tensors(data: Any, schema: Schema) -> dict[str, Any]:
    names = schema.input_names()
    if len(names) == 1 and not isinstance(data, Mapping) and not is_frame(data):
        data = {names[0]: data}
    if not isinstance(data, Mapping) and not is_frame(data):
        raise _refuse([f"expected a dict of the tensors {names}, found {type(data).__name__}"])
    problems: list[str] = []
    tensors: dict[str, Any] = {}
    for spec in schema.inputs:
        assert isinstance(spec, TensorSpec)
        if spec.name not in data:
            problems.append(f"tensor {spec.name!r} is missing")
            continue
        try:
            tensors[str(spec.name)] = _tensor(data[spec.name], spec)
        except Mismatch as error:
            problems.append(f"tensor {spec.name!r}: expected {error.expected}, found {error.found}")
    if problems:
        raise _refuse(problems)
    return tensors


def _tensor(data: Any, spec: TensorSpec) -> Any:
    import numpy

    expected = f"{spec.type} with shape {spec.shape}"
    if is_sparse(data):
        array = data
    elif is_array(data):
        array = data
    elif is_frame(data) or is_series(data):
        array = data.to_numpy()
        if array.dtype.kind == "O" and array.size and isinstance(array.flat[0], list | numpy.ndarray):
            array = numpy.array([list(cell) for cell in array.ravel()])
        elif array.ndim == 2 and len(spec.shape) == 1 and array.shape[1] == 1:
            array = array[:, 0]
    elif isinstance(data, list | tuple | int | float | bool | str | bytes):
        try:
            array = numpy.array(data)
        except ValueError:
            raise Mismatch(expected, "lists of different lengths") from None
        # Python's own numbers have no width: a list of them takes the one that the model wants.
        if array.dtype != spec.type and array.dtype.kind in "if" and spec.type.kind == "f":
            array = array.astype(spec.type)
    else:
        raise Mismatch(expected, type(data).__name__)
    if not is_sparse(array):
        array = _as_dtype(array, spec.type, expected)
    elif array.dtype != spec.type:
        converted = array.copy()
        converted.data = _as_dtype(array.data, spec.type, expected)
        array = converted
    if len(array.shape) != len(spec.shape) or any(
        wanted not in (-1, size) for size, wanted in zip(array.shape, spec.shape, strict=True)
    ):
        raise Mismatch(expected, f"shape {array.shape}")
    return array


def _as_dtype(array: Any, dtype: Any, expected: str) -> Any:
    import numpy

    if array.dtype == dtype or (array.dtype.kind == dtype.kind and dtype.kind in "US"):
        return array
    if dtype.kind == "O":
        return array.astype(object)
    found = f"{array.dtype}"
    try:
        converted = array.astype(dtype)
    except (TypeError, ValueError, OverflowError):
        raise Mismatch(expected, found) from None
    # Text that looks like a number, and a number that looks like a flag, are something else than they look.
    numbers = "iuf"
    same_kind = array.dtype.kind in numbers and dtype.kind in numbers or array.dtype.kind == dtype.kind
    if array.dtype.kind == "O":
        same_kind = (
            all(isinstance(item, int | float | numpy.number) for item in array.ravel()) and dtype.kind in numbers
        )
    if not same_kind:
        raise Mismatch(expected, found)
    if array.dtype.kind in "iuf" and not _lossless(array, converted):
        raise Mismatch(expected, f"{found} with values that {dtype} cannot hold")
    return converted


def _lossless(before: Any, after: Any) -> bool:
    import numpy

    with numpy.errstate(all="ignore"):
        if before.dtype.kind == "f" and after.dtype.kind in "iu" and not bool(numpy.isfinite(before).all()):
            return False
        back = after.astype(before.dtype)
    if before.dtype.kind == "f":
        return bool(((back == before) | (numpy.isnan(before) & numpy.isnan(back))).all())
    return bool((back == before).all())


def _enforce_columns(data: Any, schema: Schema) -> Any:
    frame = _as_frame(data, schema)
    specs = [spec for spec in schema.inputs if isinstance(spec, ColSpec)]
    if not schema.has_input_names():
        return _enforce_positions(frame, specs)
    problems: list[str] = []
    picked: list[Any] = []
    names: list[Any] = []
    by_position = list(frame.columns) == [spec.name for spec in specs]
    changed = not by_position
    for position, spec in enumerate(specs):
        name = spec.name if by_position or spec.name in frame.columns else _same_text(spec.name, frame)
        if name is None and not by_position:
            if spec.required:
                problems.append(f"column {spec.name!r} ({spec.type!r}) is missing")
            continue
        column = frame.iloc[:, position] if by_position else frame[name]
        try:
            picked.append(_column(column, spec))
            changed = changed or picked[-1] is not column
            names.append(spec.name)
        except Mismatch as error:
            problems.append(f"column {spec.name!r}: expected {error.expected}, found {error.found}")
    if problems:
        known = set(names) | {spec.name for spec in specs}
        extra = [name for name in frame.columns if name not in known]
        if extra and any("is missing" in problem for problem in problems):
            problems.append(f"columns that the signature does not know: {extra[:20]}")
        raise _refuse(problems)
    return _reassemble(frame, picked, names, by_position) if changed else frame


def _same_text(wanted: Any, frame: Any) -> Any:
    """The frame's column whose name reads the same: JSON turns the column 1 into "1"."""
    alike = [name for name in frame.columns if str(name) == str(wanted)]
    return alike[0] if len(alike) == 1 else None


def _enforce_positions(frame: Any, specs: list[ColSpec]) -> Any:
    if len(specs) == 1 and isinstance(specs[0].type, AnyType):
        return frame
    if len(frame.columns) != len(specs):
        raise _refuse([f"expected {len(specs)} columns, found {len(frame.columns)}"])
    problems: list[str] = []
    picked: list[Any] = []
    changed = False
    for position, spec in enumerate(specs):
        column = frame.iloc[:, position]
        try:
            picked.append(_column(column, spec))
            changed = changed or picked[-1] is not column
        except Mismatch as error:
            problems.append(f"column {position}: expected {error.expected}, found {error.found}")
    if problems:
        raise _refuse(problems)
    return _reassemble(frame, picked, list(frame.columns), True) if changed else frame


def _reassemble(frame: Any, picked: list[Any], names: list[Any], by_position: bool) -> Any:
    import pandas

    if not picked:
        return frame.iloc[:, :0]
    result = pandas.concat(picked, axis=1)
    result.columns = frame.columns if by_position else _labels(names)
    return result


def _labels(names: list[Any]) -> Any:
    import pandas

    if names and all(isinstance(name, tuple) for name in names):
        return pandas.MultiIndex.from_tuples(names)
    return pandas.Index(names)


def _as_frame(data: Any, schema: Schema) -> Any:
    if is_frame(data):
        return data
    if is_sparse(data):
        raise _refuse([f"expected columns, found a sparse matrix with shape {data.shape}: pass a DataFrame"])
    import pandas

    if is_series(data):
        return data.to_frame()
    if is_array(data):
        if data.ndim > 2:
            raise _refuse([f"expected columns, found an array with shape {data.shape}"])
        return pandas.DataFrame(data if data.ndim else [data.item()])
    if isinstance(data, Mapping):
        return _frame_of_dict(data, schema)
    if isinstance(data, list):
        if data and all(isinstance(row, Mapping) for row in data):
            return pandas.DataFrame(data)
        if _holds_lists(schema):
            return pandas.DataFrame({0: pandas.Series(data, dtype=object)})
        return pandas.DataFrame(data)
    return pandas.DataFrame([data])


def _holds_lists(schema: Schema) -> bool:
    return len(schema.inputs) == 1 and isinstance(schema.inputs[0].type, Array)


def _frame_of_dict(data: Mapping[str, Any], schema: Schema) -> Any:
    """One row if any value belongs into one cell, else a column for each key."""
    import pandas

    listed = {spec.name for spec in schema.inputs if isinstance(spec.type, Array)}
    anything = {spec.name for spec in schema.inputs if isinstance(spec.type, AnyType)}

    def fills_column(name: str, value: Any) -> bool:
        if is_array(value) or is_series(value):
            return name not in listed or value.dtype.kind == "O"
        if not isinstance(value, list | tuple):
            return False
        return name not in listed or bool(value) and isinstance(value[0], list | tuple)

    if any(not fills_column(name, value) for name, value in data.items() if name not in anything):
        return pandas.DataFrame([dict(data)])
    if data and all(name in anything for name in data):
        return pandas.DataFrame([dict(data)])
    try:
        return pandas.DataFrame({name: list(value) for name, value in data.items()})
    except ValueError:
        lengths = {name: len(value) for name, value in data.items()}
        raise _refuse([f"the columns have different lengths: {lengths}"]) from None


def _column(column: Any, spec: ColSpec) -> Any:
    kind = spec.type
    if isinstance(kind, AnyType):
        return column
    missing = column.isna()
    gaps = bool(missing.any())
    if not isinstance(kind, DataType):
        return _convert_cells(column, kind, missing)
    if hasattr(column.dtype, "categories"):
        # A category stays one; only its values are checked, each once.
        _column(column.dtype.categories.to_series(), ColSpec(kind))
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
    texts = [isinstance(value, str) for value in column]
    if not any(texts):
        return column if _kind(column.dtype) != "f" else column.astype("datetime64[ns]")
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
    if values.dtype == target or _kind(dtype) == "f" and values.dtype.itemsize < target.itemsize:
        return column if nullable or values.dtype == target or values.dtype.itemsize == 2 else column.astype(target)
    converted = values.astype(target)
    if not _lossless(values, converted):
        raise Mismatch(kind.name, f"{found} with values that {target} cannot hold")
    return column if nullable else column.astype(target)


def _numbers_of_objects(column: Any, kind: DataType) -> tuple[Any, str]:
    """A column of Python numbers as one of numpy's; anything else among them is a mismatch."""
    import numpy
    import pandas

    for row, value in enumerate(column):
        number = isinstance(value, int | float | numpy.number) and not isinstance(value, bool)
        if not number and not _is_gap(value):
            raise Mismatch(kind.name, f"{describe(value)} in row {row}")
    values = [None if _is_gap(value) and not isinstance(value, float) else value for value in column]
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
