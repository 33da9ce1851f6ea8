"""Input and answers of a scoring server: bytes to tables and back, as MLflow's protocol has them.

JSON input has one of the keys ``dataframe_split``, ``dataframe_records``, ``instances`` or ``inputs``, and
``params`` beside it if the model takes any.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Annotated, Any, cast

import msgspec

from flowmill.errors import Invalid, TooLarge
from flowmill.models.datatypes import DataType
from flowmill.models.enforce import as_frame
from flowmill.models.example import CHAT_KEYS, frame_of, plain, with_types
from flowmill.models.infer import is_array, is_frame, is_series
from flowmill.models.schema import Schema

DATA_KEYS = ("dataframe_split", "dataframe_records", "instances", "inputs")


def read_json(text: str | bytes, schema: Schema | None) -> tuple[Any, dict[str, Any] | None]:
    """The input and the parameters of a JSON request; the schema says which numbers are which."""
    return input_of(object_of(text), schema)


def object_of(text: str | bytes) -> dict[str, Any]:
    """The object that a JSON request is; Invalid if it is anything else."""
    try:
        body = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # The slower reader knows NaN and infinities, and says where a mistake is.
        try:
            body = json.loads(text)
            _require_whole_texts(text, body)
        except (ValueError, RecursionError) as error:
            raise Invalid(f"The input is no JSON ({error}).") from None
    if not isinstance(body, dict):
        raise Invalid(f"The input is a JSON {type(body).__name__}: expected an object with one of {_listed()}.")
    return cast("dict[str, Any]", body)


def has_more_rows(text: bytes, most: int) -> bool:
    """Whether a JSON request is a table of more rows than that, found without making its values; false for whatever
    cannot be read so, which reading it whole will tell.
    """
    rows = Annotated[list[msgspec.Raw], msgspec.Meta(max_length=most)]
    split = msgspec.defstruct("Split", [("data", rows, [])])
    body = msgspec.defstruct(
        "Body", [("dataframe_split", split | None, None), ("dataframe_records", rows, []), ("instances", rows, [])]
    )
    try:
        msgspec.json.decode(text, type=body)
    except msgspec.ValidationError as error:
        return "of length <=" in str(error)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    return False


def check_rows(rows: int, most: int, *, more: bool = False) -> None:
    """TooLarge for more rows than are accepted, which is any number if ``most`` is 0; ``more``: there may be more."""
    if most and rows > most:
        found = f"more than {most:,} rows, which" if more else f"{rows:,} rows; at most {most:,}"
        raise TooLarge(f"The input has {found} are accepted{' at most' if more else ''}.")


def _require_whole_texts(text: str | bytes, body: Any) -> None:
    """ValueError for half of a character (a lone ``\\ud800``), which no table and no answer can hold."""
    if (b"\\ud" if isinstance(text, bytes) else "\\ud") in text.lower():  # type: ignore[operator] -- of one kind both
        json.dumps(body, ensure_ascii=False).encode()


def is_chat(body: Mapping[str, Any]) -> bool:
    """Whether a request is one of a language model, whose answer is the whole body."""
    return any(key in body for key in CHAT_KEYS)


def input_of(body: dict[str, Any], schema: Schema | None) -> tuple[Any, dict[str, Any] | None]:
    """The input and the parameters in the object of a request."""
    if is_chat(body):
        return body, None
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
    except Exception as error:  # pandas raises whatever it stumbles upon in lists of the wrong shape
        raise Invalid(f"The input is no table ({error}).") from None


def _of_tensors(data: Any, key: str, schema: Schema | None) -> Any:
    """``instances`` has an item a row, ``inputs`` a value a tensor; what becomes of them is up to the schema."""
    if schema is None:
        return _unchecked(data, key)
    if not schema.is_tensor_spec():
        if isinstance(data, dict) and schema.has_input_names():
            return with_types(as_frame(data, schema), schema)
        if data and _are_objects(data):
            return _frame(data, schema)
        return _with_bytes(data, schema)
    import numpy

    if schema.has_input_names():
        if key == "instances" and _are_objects(data):
            data = _by_name(data)
        if isinstance(data, dict):
            kinds = schema.input_types_dict()
            return {name: _array(value, kinds.get(name), numpy) for name, value in data.items()}
        if len(schema.inputs) != 1:
            return data  # the check against the signature says what is wrong with it
    return _array(data, schema.inputs[0].type, numpy)


def _unchecked(data: Any, key: str) -> Any:
    """For a model without a signature: arrays of whatever is there, as MLflow makes them."""
    import numpy

    try:
        if _are_objects(data):
            if key == "instances":
                return {name: numpy.array(values) for name, values in _by_name(data).items()}
            return [{name: numpy.array(value) for name, value in item.items()} for item in data]
        if isinstance(data, dict):
            return {name: numpy.array(value) for name, value in data.items()}
        return numpy.array(data)
    except (ValueError, TypeError, OverflowError) as error:
        raise Invalid(f"The input is no array ({error}).") from None


def _are_objects(data: Any) -> bool:
    return isinstance(data, list) and all(isinstance(row, dict) for row in cast("list[Any]", data))


def _by_name(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row[name] for row in rows if name in row] for name in names}


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


def read_csv(text: str | bytes, schema: Schema | None, most_rows: int = 0) -> Any:
    """The table of a CSV request with a header line; of one with more rows than ``most_rows`` no more are read."""
    import pandas

    kinds = schema.input_types_dict() if schema and schema.has_input_names() and not schema.is_tensor_spec() else {}
    texts = {name: str for name, kind in kinds.items() if kind is DataType.string}
    try:
        stream = io.BytesIO(text.encode() if isinstance(text, str) else text)
        frame = pandas.read_csv(stream, dtype=texts, nrows=most_rows + 1 if most_rows else None)
    except (ValueError, pandas.errors.ParserError) as error:
        raise Invalid(f"The input is no CSV table ({error}).") from None
    check_rows(len(frame), most_rows, more=True)
    for name, kind in kinds.items():
        if kind in _NUMBERS and name in frame and frame[name].dtype.kind not in "iufb":
            frame[name] = _numbers_where_they_are(frame[name])
    return with_types(frame, schema)


_NUMBERS = (DataType.integer, DataType.long, DataType.float, DataType.double)


def _numbers_where_they_are(column: Any) -> Any:
    """A column that became text because of one cell: so the check against the signature names that cell."""
    import pandas

    numbers: Any = pandas.to_numeric(column, errors="coerce")
    return column.astype(object).where(numbers.isna(), numbers)


def read_parquet(content: bytes, schema: Schema | None, most: int, most_rows: int = 0) -> Any:
    """The table in a Parquet file; ``most``: bytes that it may have when unpacked; ``most_rows``: as it says itself."""
    arrow = _arrow("Parquet")
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(arrow.BufferReader(content))
        about = file.metadata
        groups = sum(about.row_group(number).total_byte_size for number in range(about.num_row_groups))
        # A page may say one value a billion times, so what counts is what the table is when it is unpacked.
        _check_size(max(groups, about.num_rows * about.num_columns * 8), most)
        check_rows(about.num_rows, most_rows)
        return with_types(file.read().to_pandas(), schema)
    except (arrow.ArrowException, OSError, ValueError) as error:
        raise Invalid(f"The input is no Parquet file ({error}).") from None


def read_arrow(content: bytes, schema: Schema | None, most: int, most_rows: int = 0) -> Any:
    """The table in a stream of Arrow record batches, of which none is read after the bytes that it may have when
    unpacked (``most``) or the rows."""
    arrow = _arrow("Arrow")
    from pyarrow import ipc

    batches: list[Any] = []
    size = rows = 0
    try:
        with ipc.open_stream(content) as stream:
            for batch in stream:
                size += batch.nbytes
                rows += batch.num_rows
                _check_size(size, most)
                check_rows(rows, most_rows, more=True)
                batches.append(batch)
            table = arrow.Table.from_batches(batches, stream.schema)
        return with_types(table.to_pandas(), schema)
    except (arrow.ArrowException, OSError, ValueError) as error:
        raise Invalid(f"The input is no stream of Arrow record batches ({error}).") from None


def _arrow(what: str) -> Any:
    try:
        import pyarrow
    except ImportError:
        raise Invalid(f"{what} is not read here, because pyarrow is not installed: send JSON, or install it.") from None
    return pyarrow


def _check_size(size: int, most: int) -> None:
    if size > most:
        raise TooLarge(f"The table has {size:,} bytes when unpacked; at most {most:,} are accepted.")


def write_answer(answer: Any) -> str:
    """The JSON of a prediction: ``{"predictions": …}``; frames and series as lists of rows."""
    if is_array(answer) and answer.dtype.kind in "iu":
        return f'{{"predictions": {_whole_numbers(answer)}}}'
    return _dumps({"predictions": rows_of(answer)})


def write_chat(answer: Any) -> str:
    """The JSON of a language model's answer, as it is."""
    return _dumps(rows_of(answer))


def _whole_numbers(answer: Any) -> str:
    # The same text as that of `_dumps`, in a third of its time: whole numbers have but one spelling.
    return msgspec.json.encode(answer.tolist()).replace(b",", b", ").decode()


def _dumps(body: Any) -> str:
    return json.dumps(body)


def rows_of(answer: Any) -> Any:
    """A prediction as JSON has it: a list with an item a row for frames, series, arrays and lists."""
    if is_series(answer):
        answer = answer.to_frame(0 if answer.name is None else answer.name)
    if is_frame(answer):
        names = [str(name) for name in answer.columns]
        columns = [_cells(answer.iloc[:, place]) for place in range(len(names))]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    if is_array(answer) and answer.dtype.kind == "f":
        return answer.tolist()
    return plain(answer)


def _cells(column: Any) -> list[Any]:
    kind = getattr(column.dtype, "kind", "O")
    if kind in "iubf" and not hasattr(column.dtype, "numpy_dtype"):
        return column.tolist()
    # A time that is missing is the text NaT in a table, as with MLflow, and null in an array.
    return [str(value) if kind == "M" and value != value else _cell(value) for value in column]


def _cell(value: Any) -> Any:
    return float(value) if isinstance(value, float) else plain(value)
