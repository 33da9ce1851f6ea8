"""Input examples: a sample of the input, saved with the model and given back as the kind that it was.

A model folder holds it twice: ``input_example.json`` as given, and ``serving_input_example.json`` as a scoring
server takes it.
"""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import base64
import datetime
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowmill.errors import Invalid
from flowmill.models.datatypes import DataType
from flowmill.models.folder import read_text
from flowmill.models.infer import is_array, is_frame, is_series, is_sparse
from flowmill.models.schema import Schema, TensorSpec
from flowmill.models.values import is_missing

CHAT_KEYS = ("messages", "prompt", "input")
"""What a request to a language model has one of; its other keys are for the model, too."""

EXAMPLE_FILENAME = "input_example.json"
SERVING_INPUT_FILENAME = "serving_input_example.json"
ModelInputExample = dict[str, Any] | list[Any] | tuple[Any, ...] | str | bytes | Any
"""What an example can be: also a DataFrame, an array or a sparse matrix, alone or in a tuple with params."""


class InputExample:
    """An example ready to be saved; ``data`` and ``params`` are what was given, taken apart."""

    def __init__(self, given: Any) -> None:
        self.data, self.params = split_params(given)
        _check_kind(self.data)
        self.info: dict[str, Any] = {"artifact_path": EXAMPLE_FILENAME}
        body = self._describe()
        if self.params is not None:
            self.info["params"] = "true"
            body = {"inputs": body, "params": plain(self.params)}
        self.text = dumps(body)
        self.serving_text = _serving_example(self.data, self.params)
        self.info["serving_input_path"] = SERVING_INPUT_FILENAME

    def _describe(self) -> Any:
        """The JSON body; notes in ``info`` what it takes to read it back."""
        data = self.data
        if is_frame(data):
            body = _split_frame(data)
            self.info["type"] = "dataframe"
            self.info["pandas_orient"] = "split" if "columns" in body else "values"
            return body
        if is_sparse(data):
            self.info["type"] = f"sparse_matrix_{data.format}"
            return {
                "data": data.data.tolist(),
                "indices": data.indices.tolist(),
                "indptr": data.indptr.tolist(),
                "shape": list(data.shape),
            }
        arrays = isinstance(data, Mapping) and data and all(is_array(item) for item in data.values())
        self.info["type"] = "ndarray" if is_array(data) or arrays else "json_object"
        return plain(data)

    def save(self, folder: Path) -> None:
        """Write both files into the model folder."""
        (folder / EXAMPLE_FILENAME).write_text(self.text, encoding="utf-8")
        (folder / SERVING_INPUT_FILENAME).write_text(self.serving_text, encoding="utf-8")


def split_params(given: Any) -> tuple[Any, dict[str, Any] | None]:
    """The data and the parameters of an example: a tuple (data, dict) brings parameters along."""
    if isinstance(given, tuple) and len(given) == 2 and isinstance(given[1], dict):
        return given[0], given[1]
    return given, None


def _check_kind(data: Any) -> None:
    scalars = str | bytes | bool | int | float | datetime.date
    known = is_frame(data) or is_array(data) or is_sparse(data) or isinstance(data, Mapping | list | scalars)
    if is_series(data) or not (known or hasattr(data, "item") or hasattr(data, "model_dump")):
        hint = ": pass .to_frame()" if is_series(data) else ""
        raise Invalid(
            f"An input example cannot be a {type(data).__name__}{hint}; expected a DataFrame, numpy array, csr or csc "
            "matrix, dict, list, single value, or a tuple (data, params)."
        )


def serving_text(data: Any, params: dict[str, Any] | None = None) -> str:
    """The JSON that a scoring server takes for this input: frames as ``dataframe_split``, all else as ``inputs``."""
    if is_frame(data):
        body: dict[str, Any] = {"dataframe_split": _split_frame(data)}
    else:
        body = {"inputs": plain(data.toarray() if is_sparse(data) else data)}
    if params:
        body["params"] = plain(params)
    return dumps(body, indent=2)


def convert_input_example_to_serving_input(input_example: Any) -> str | None:
    """The JSON that a scoring server takes for an input example; None for None."""
    if input_example is None:
        return None
    return _serving_example(*split_params(input_example))


def _serving_example(data: Any, params: dict[str, Any] | None) -> str:
    """The request that an example stands for; one that speaks to a language model is one already."""
    if isinstance(data, dict) and not params and any(key in data for key in CHAT_KEYS):
        return dumps(plain(data), indent=2)
    return serving_text(data, params)


def dumps(value: Any, indent: int | None = None) -> str:
    """JSON as MLflow writes it: NaN and infinities by name, characters as they are."""
    return json.dumps(value, indent=indent, ensure_ascii=False)


def plain(value: Any) -> Any:
    """A value as JSON can hold it: arrays as lists, times in ISO 8601, bytes in base64, gaps as null."""
    if type(value) in (str, bool, int, float):
        return value
    if is_missing(value):
        return None
    if is_array(value):
        if value.dtype.kind in "MOS":
            return [plain(item) for item in value] if value.ndim else plain(value.item())
        return _without_nan(value.tolist()) if value.dtype.kind == "f" else value.tolist()
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(item) for item in value]
    if isinstance(value, bytes | bytearray):
        return base64.encodebytes(bytes(value)).decode("ascii")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if is_frame(value):
        return value.to_dict(orient="records")
    if is_series(value):
        return [plain(item) for item in value]
    if hasattr(value, "dtype") and getattr(value.dtype, "kind", "") == "M":
        return str(value) if value == value else None
    if hasattr(value, "item"):
        return plain(value.item())
    if hasattr(value, "model_dump"):
        return value.model_dump()
    raise Invalid(f"{value!r} ({type(value).__name__}) cannot be written as JSON: pass plain Python values.")


def _without_nan(value: Any) -> Any:
    """Lists with None for NaN: the reader knows from the dtype which gaps are NaN."""
    if isinstance(value, list):
        return [_without_nan(item) for item in value]
    return None if value != value else value


def _split_frame(frame: Any) -> dict[str, Any]:
    import pandas

    columns = [frame.iloc[:, place] for place in range(len(frame.columns))]
    cells = [[_cell(value) for value in column] for column in columns]
    rows = [list(row) for row in zip(*cells, strict=True)] if cells else [[] for _ in range(len(frame))]
    if isinstance(frame.columns, pandas.RangeIndex):
        return {"data": rows}
    return {"columns": [plain(name) for name in frame.columns], "data": rows}


def _cell(value: Any) -> Any:
    if isinstance(value, float) or value is None:
        return float(value) if value is not None else None
    if hasattr(value, "isoformat"):
        return None if is_missing(value) else value.isoformat()
    return plain(value)


def load_data(folder: Path, info: dict[str, Any], schema: Schema | None) -> Any:
    """The saved example, as an array, frame, matrix or plain value, whatever was given; Invalid if it is none."""
    body = _read(folder, info)
    try:
        return _data_of(body["inputs"] if info.get("params") else body, info.get("type"), schema)
    except (TypeError, ValueError, KeyError, AttributeError, IndexError) as error:
        raise Invalid(
            f"The input example {info.get('artifact_path')!r} is not of the type {info.get('type')!r} that the "
            f"MLmodel file states ({type(error).__name__}: {error}): restore the file."
        ) from None


def _data_of(body: Any, kind: object, schema: Schema | None) -> Any:
    if kind == "dataframe":
        return frame_of(body, schema)
    if kind == "ndarray":
        return _arrays_of(body, schema)
    if isinstance(kind, str) and kind.startswith("sparse_matrix_"):
        return _matrix_of(body, kind)
    return body


def load_params(folder: Path, info: dict[str, Any]) -> dict[str, Any] | None:
    """The parameters saved with the example."""
    if not info.get("params"):
        return None
    body = _read(folder, info)
    params = body.get("params") if isinstance(body, dict) else None
    if not isinstance(params, dict):
        raise Invalid(f"The input example {info.get('artifact_path')!r} has no params, as the MLmodel file states.")
    return params


def load_serving_text(folder: Path, info: dict[str, Any]) -> str | None:
    """The JSON text for a scoring server; None in models from before it was saved."""
    relative = info.get("serving_input_path")
    if relative is None:
        return None
    return read_text(folder, relative, "serving input example")


def _read(folder: Path, info: dict[str, Any]) -> Any:
    try:
        return json.loads(read_text(folder, info.get("artifact_path"), "input example"))
    except (ValueError, RecursionError) as error:
        raise Invalid(
            f"The model's input example {info.get('artifact_path')!r} is no JSON ({error}): restore the file."
        ) from None


def frame_of(body: Any, schema: Schema | None) -> Any:
    """A DataFrame from its ``split`` or ``values`` form, with dtypes from the schema where it names them."""
    import pandas

    if isinstance(body, list):
        frame = pandas.DataFrame(body)
    else:
        columns = body.get("columns")
        if columns and all(isinstance(name, list) for name in columns):
            columns = pandas.MultiIndex.from_tuples([tuple(name) for name in columns])
        rows = body["data"]
        lengths = {len(row) for row in rows if isinstance(row, list)}
        if len(lengths) > 1:  # pandas would fill the shorter ones up
            raise ValueError(f"the rows have different lengths: {sorted(lengths)[:20]}")
        frame = pandas.DataFrame(rows, columns=columns, index=body.get("index"))
    return with_types(frame, schema)


def with_types(frame: Any, schema: Schema | None) -> Any:
    """The frame with dtypes from the schema where it names them and nothing is lost; the frame itself is changed."""
    if schema is None or schema.is_tensor_spec() or not schema.has_input_names():
        return frame
    kinds = schema.input_types_dict()
    restored = {
        place: _restore(frame.iloc[:, place], kinds[name]) for place, name in enumerate(frame.columns) if name in kinds
    }
    for place, column in restored.items():
        frame.isetitem(place, column)
    return frame


def _restore(column: Any, kind: Any) -> Any:
    """What JSON could not say: times, bytes, the width of numbers, integers with gaps, flags as 0 and 1."""
    import pandas

    gaps = bool(column.isna().any())
    try:
        if kind is DataType.datetime:
            return pandas.to_datetime(column, format="ISO8601")
        if kind is DataType.binary:
            return column.map(_decoded)
        if kind in (DataType.integer, DataType.long):
            whole = column.astype(kind.to_numpy().name.capitalize() if gaps else kind.to_numpy())
            # 1.5 is no integer, and 2**40 none of 32 bits: what is lost here nobody would miss before it hurts.
            return column if _is_changed(column, whole) else whole
        if kind in (DataType.float, DataType.double):
            return column.astype(kind.to_numpy())
        if kind is DataType.boolean and gaps:
            return column.astype("boolean")
        if kind is DataType.boolean and column.dtype.kind == "i" and column.isin((0, 1)).all():
            return column.astype("bool")
    except (ValueError, TypeError, OverflowError):
        return column  # an example by hand may not fit its schema; `predict` says how
    return column


def _is_changed(before: Any, after: Any) -> bool:
    if getattr(before.dtype, "kind", "O") != "O":
        return not bool((before == after).all())
    return any(
        not isinstance(old, str) and old != new
        for old, new in zip(before, after, strict=True)
        if not (is_missing(old) or old != old)
    )


def _decoded(cell: Any) -> Any:
    return base64.b64decode(cell) if isinstance(cell, str) else cell


def _arrays_of(body: Any, schema: Schema | None) -> Any:
    import numpy

    tensors = [spec for spec in schema.inputs if isinstance(spec, TensorSpec)] if schema else []
    if isinstance(body, dict):
        kinds = {spec.name: spec.type for spec in tensors}
        return {name: _array(item, kinds.get(name), numpy) for name, item in body.items()}
    return _array(body, tensors[0].type if len(tensors) == 1 else None, numpy)


def _array(body: Any, dtype: Any, numpy: Any) -> Any:
    if dtype is not None and dtype.kind == "S":
        return numpy.array([base64.b64decode(text) for text in body])
    array = numpy.array(body, dtype=dtype)
    if dtype is None and array.dtype.kind == "O":
        return numpy.array(body, dtype=float)
    return array


def _matrix_of(body: dict[str, Any], kind: str) -> Any:
    from scipy import sparse

    make = sparse.csr_matrix if kind.endswith("csr") else sparse.csc_matrix
    return make((body["data"], body["indices"], body["indptr"]), shape=tuple(body["shape"]))
