"""Input against a schema: what can be converted without loss is, and one error lists all that cannot.

A frame never fails against the schema inferred from it. A column that already holds the right values keeps its
own dtype where pandas has several for one meaning (nullable integers, categories, times with a zone), because
that is what the model was trained on.
"""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowmill.errors import Invalid
from flowmill.models.columns import convert_column, is_lossless
from flowmill.models.datatypes import AnyType, Array, DataType
from flowmill.models.infer import is_array, is_frame, is_series, is_sparse
from flowmill.models.schema import ColSpec, Schema, TensorSpec
from flowmill.models.values import Mismatch


class DoesNotFit(Invalid):
    """An input that a model's signature refuses."""


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


def _refuse(problems: list[str]) -> DoesNotFit:
    return DoesNotFit(f"The input does not fit the model's signature: {'; '.join(problems)}.")


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
    if is_sparse(data) or is_array(data):
        array = data
    elif is_frame(data) or is_series(data):
        array = data.to_numpy()
        if array.dtype.kind == "O" and array.size and isinstance(array.flat[0], list | numpy.ndarray):
            try:
                array = numpy.array([list(cell) for cell in array.ravel()])
            except (TypeError, ValueError):
                raise Mismatch(expected, "cells that are not all lists of one length") from None
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
        converted: Any = array.copy()
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
    same_kind = (array.dtype.kind in numbers and dtype.kind in numbers) or array.dtype.kind == dtype.kind
    if array.dtype.kind == "O":
        same_kind = (
            all(isinstance(item, int | float | numpy.number) for item in array.ravel()) and dtype.kind in numbers
        )
    if not same_kind:
        raise Mismatch(expected, found)
    if array.dtype.kind in "iuf" and not is_lossless(array, converted):
        raise Mismatch(expected, f"{found} with values that {dtype} cannot hold")
    return converted


_EXACT: dict[Any, str] = {
    DataType.boolean: "bool",
    DataType.integer: "int32",
    DataType.long: "int64",
    DataType.float: "float32",
    DataType.double: "float64",
}
"""Names of the dtypes whose values are all as the schema has them, so that none needs to be looked at."""


def _enforce_columns(data: Any, schema: Schema) -> Any:
    frame = as_frame(data, schema)
    specs = [spec for spec in schema.inputs if isinstance(spec, ColSpec)]
    if not schema.has_input_names():
        return _enforce_positions(frame, specs)
    problems: list[str] = []
    picked: list[Any] = []
    names: list[Any] = []
    by_position = frame.columns.tolist() == [spec.name for spec in specs]
    if by_position and all(
        _EXACT.get(spec.type) == dtype.name for spec, dtype in zip(specs, frame.dtypes, strict=True)
    ):
        return frame
    changed = not by_position
    if not by_position and not frame.columns.is_unique:
        titles = list(frame.columns)
        wanted = dict.fromkeys(spec.name for spec in specs)
        problems += [
            f"column {name!r} is there {titles.count(name)} times" for name in wanted if titles.count(name) > 1
        ]
        if problems:
            raise _refuse(problems)
    for position, spec in enumerate(specs):
        name = spec.name if by_position or spec.name in frame.columns else _same_text(spec.name, frame)
        if name is None and not by_position:
            if spec.required:
                problems.append(f"column {spec.name!r} ({spec.type!r}) is missing")
            continue
        column = frame.iloc[:, position] if by_position else frame[name]
        try:
            picked.append(convert_column(column, spec))
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
            picked.append(convert_column(column, spec))
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


def as_frame(data: Any, schema: Schema) -> Any:
    """Columns of whatever holds them; DoesNotFit if they cannot be columns."""
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
        lengths = {len(row) for row in data if isinstance(row, list)}
        if len(lengths) > 1:  # pandas would fill the shorter ones up
            raise _refuse([f"the rows have different lengths: {sorted(lengths)[:20]}"])
        try:
            return pandas.DataFrame(data)
        except (TypeError, ValueError, AttributeError):
            raise _refuse(["expected columns, found a list of unlike rows"]) from None
    return pandas.DataFrame([data])


def _holds_lists(schema: Schema) -> bool:
    return len(schema.inputs) == 1 and isinstance(schema.inputs[0].type, Array)


def _frame_of_dict(data: Mapping[str, Any], schema: Schema) -> Any:
    """One row if any value belongs into one cell, else a column for each key."""
    import pandas

    listed = {spec.name for spec in schema.inputs if isinstance(spec.type, Array)}
    anything = {spec.name for spec in schema.inputs if isinstance(spec.type, AnyType)}

    def fillsconvert_column(name: str, value: Any) -> bool:
        if is_array(value) or is_series(value):
            return name not in listed or value.dtype.kind == "O"
        if not isinstance(value, list | tuple):
            return False
        return name not in listed or (bool(value) and isinstance(value[0], list | tuple))

    if any(not fillsconvert_column(name, value) for name, value in data.items() if name not in anything):
        return pandas.DataFrame([dict(data)])
    if data and all(name in anything for name in data):
        return pandas.DataFrame([dict(data)])
    try:
        return pandas.DataFrame({name: list(value) for name, value in data.items()})
    except ValueError:
        lengths = {name: len(value) for name, value in data.items()}
        raise _refuse([f"the columns have different lengths: {lengths}"]) from None
