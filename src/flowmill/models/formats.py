"""Input and answers of a scoring server: bytes to tables and back, as MLflow's protocol has them.

JSON input has one of the keys ``dataframe_split``, ``dataframe_records``, ``instances`` or ``inputs``, and
``params`` beside it if the model takes any.
"""

from __future__ import annotations

import io
import json
from typing import Any

from flowmill.errors import Invalid
from flowmill.models.datatypes import DataType
from flowmill.models.example import frame_of, plain
from flowmill.models.infer import is_array, is_frame, is_series
from flowmill.models.schema import Schema

DATA_KEYS = ("dataframe_split", "dataframe_records", "instances", "inputs")


def read_json(text: str | bytes, schema: Schema | None) -> tuple[Any, dict[str, Any] | None]:
    """The input and the parameters of a JSON request; the schema says which numbers are which."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"The input is no JSON ({error}).") from None
    if not isinstance(body, dict):
        raise Invalid(f"The input is a JSON {type(body).__name__}: expected an object with one of {_listed()}.")
    keys = [key for key in DATA_KEYS if key in body]
    if len(keys) != 1:
        raise Invalid(f"The input has the keys {sorted(body)}: expected exactly one of {_listed()}.")
    params = body.get("params")
    if params is not None and not isinstance(params, dict):
        raise Invalid(f"params is {params!r}: expected an object of names and values.")
    key, data = keys[0], body[keys[0]]
    if key == "dataframe_split":
        if not isinstance(data, dict) or not isinstance(data.get("data"), list):
            raise Invalid('dataframe_split must be an object with "data" and "columns".')
        return _frame(data, schema), params
    if key == "dataframe_records":
        if not isinstance(data, list):
            raise Invalid("dataframe_records must be a list of objects.")
        return _frame(data, schema), params
    return _of_tensors(data, key, schema), params


def _listed() -> str:
    return ", ".join(f'"{key}"' for key in DATA_KEYS)


def _frame(body: Any, schema: Schema | None) -> Any:
    try:
        return frame_of(body, schema)
    except (ValueError, TypeError) as error:
        raise Invalid(f"The input is no table ({error}).") from None


def _of_tensors(data: Any, key: str, schema: Schema | None) -> Any:
    """``instances`` has an item a row, ``inputs`` a value a tensor; what becomes of them is up to the schema."""
    if schema is None:
        return data
    if not schema.is_tensor_spec():
        if isinstance(data, list) and data and all(isinstance(row, dict) for row in data):
            return _frame(data, schema)
        return _with_bytes(data, schema)
    import numpy

    if schema.has_input_names():
        if key == "instances" and isinstance(data, list) and all(isinstance(row, dict) for row in data):
            names = {name for row in data for name in row}
            data = {name: [row.get(name) for row in data] for name in names}
        if isinstance(data, dict):
            kinds = schema.input_types_dict()
            return {name: _array(value, kinds.get(name), numpy) for name, value in data.items()}
        if len(schema.inputs) != 1:
            raise Invalid(f"The input must be an object of the tensors {schema.input_names()}.")
    return _array(data, schema.inputs[0].type, numpy)


def _array(value: Any, dtype: Any, numpy: Any) -> Any:
    try:
        return numpy.array(value, dtype=dtype)
    except (ValueError, TypeError, OverflowError):
        # Left as it is: the check against the signature says what is wrong with it.
        return value


def _with_bytes(data: Any, schema: Schema) -> Any:
    if len(schema.inputs) == 1 and schema.inputs[0].type is DataType.binary and isinstance(data, str):
        import base64

        return base64.b64decode(data)
    return data


def read_csv(text: str | bytes, schema: Schema | None) -> Any:
    """The table of a CSV request with a header line."""
    import pandas

    kinds = schema.input_types_dict() if schema and schema.has_input_names() and not schema.is_tensor_spec() else {}
    texts = {name: str for name, kind in kinds.items() if kind is DataType.string}
    try:
        frame = pandas.read_csv(io.BytesIO(text.encode() if isinstance(text, str) else text), dtype=texts)
    except (ValueError, pandas.errors.ParserError) as error:
        raise Invalid(f"The input is no CSV table ({error}).") from None
    return (
        frame_of({"columns": list(frame.columns), "data": frame.to_numpy(dtype=object).tolist()}, schema)
        if kinds
        else frame
    )


def write_answer(answer: Any) -> str:
    """The JSON of a prediction: ``{"predictions": …}``; frames and series as lists of rows."""
    return json.dumps({"predictions": _rows(answer)})


def _rows(answer: Any) -> Any:
    if is_series(answer):
        answer = answer.to_frame(0 if answer.name is None else answer.name)
    if is_frame(answer):
        names = [str(name) for name in answer.columns]
        columns = [[_cell(value) for value in answer.iloc[:, place]] for place in range(len(names))]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    if is_array(answer) and answer.dtype.kind == "f":
        return answer.tolist()
    return plain(answer)


def _cell(value: Any) -> Any:
    return float(value) if isinstance(value, float) else plain(value)
