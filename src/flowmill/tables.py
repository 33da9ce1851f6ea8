"""Tables as artifacts: a JSON file (``{"columns": […], "data": [[…], …]}``) or Parquet, to which rows are added.

A table may be a dict of columns, a dict of single values (one row), or a pandas DataFrame. JSON needs neither
pandas nor numpy; rows that are there already are carried over byte by byte, so that appending never changes them.
"""

from __future__ import annotations

import math
import sys
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import msgspec

from flowmill.errors import Invalid
from flowmill.images import encoded, is_image, thumbnail, to_pil

FORMATS = (".json", ".parquet")
IMAGE_FOLDER = "table_images"
_NULL = b"null"
_MOST_NESTED = 100

StoreFile = Callable[[str, bytes], None]


class _Stored(msgspec.Struct):
    """A JSON table; the rows stay as they are written."""

    columns: list[Any]
    data: list[msgspec.Raw]


class Table:
    """Columns of equal length, in order."""

    def __init__(self, columns: Mapping[Any, list[Any]]) -> None:
        self.columns = dict(columns)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))


def check_table_name(artifact_file: str) -> None:
    """Refuse a file whose ending is no format of tables."""
    if not artifact_file.endswith(FORMATS):
        raise Invalid(f"Cannot log a table as {artifact_file!r}: its name must end with '.json' or '.parquet'.")


def table_of(data: Any) -> Table:
    """What the user gave, as columns. Invalid for what is neither a dict nor a DataFrame."""
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(data, pandas.DataFrame):
        return Table({_name(name): data.iloc[:, at].tolist() for at, name in enumerate(data.columns)})
    if not isinstance(data, Mapping):
        raise Invalid(f"A table is a dict of columns or a pandas DataFrame, not a {type(data).__name__}.")
    columns = {_name(name): _column(values) for name, values in data.items()}
    lengths = {len(values) for values in columns.values() if values is not None}
    if len(lengths) == 1 and None not in columns.values():
        return Table({name: values or [] for name, values in columns.items()})
    # Single values, or lists of several lengths: one row, as MLflow has it.
    return Table({_name(name): [values] for name, values in data.items()})


def _name(name: Any) -> Any:
    return name if isinstance(name, int) and not isinstance(name, bool) else str(name)


def _column(values: Any) -> list[Any] | None:
    """The values of a column, None for a single value."""
    if isinstance(values, str | bytes | Mapping) or is_image(values):
        return None
    tolist = getattr(values, "tolist", None)
    if tolist is not None and getattr(values, "ndim", 1):
        return list(tolist())
    return list(values) if isinstance(values, Iterable) else None


def with_stored_images(table: Table, artifact_file: str, store_file: StoreFile) -> Table:
    """The table with its pictures stored as files of their own and named in their cells as MLflow's page expects."""
    columns = dict(table.columns)
    folder = f"{IMAGE_FOLDER}/{artifact_file.rpartition('.')[0]}"
    for name, values in columns.items():
        pictures = [is_image(value) for value in values]
        if not any(pictures):
            continue
        if not all(pictures):
            raise Invalid(f"Column {name!r} mixes images with other values; make all of its cells images.")
        columns[name] = [_stored_image(value, folder, store_file) for value in values]
    return Table(columns)


def _stored_image(image: Any, folder: str, store_file: StoreFile) -> dict[str, str]:
    picture = to_pil(image)
    stem = f"{folder}/{uuid.uuid4()}"
    store_file(f"{stem}.png", encoded(picture, "image.png"))
    store_file(f"{stem}.webp", thumbnail(picture))
    return {"type": "image", "filepath": f"{stem}.png", "compressed_filepath": f"{stem}.webp"}


def appended(stored: bytes | None, table: Table, artifact_file: str) -> bytes:
    """The file with the rows of ``table`` after those of ``stored``; a column that only one has is null for the
    other."""
    if artifact_file.endswith(".parquet"):
        return _appended_parquet(stored, table)
    return _appended_json(stored, table, artifact_file)


def _appended_json(stored: bytes | None, table: Table, artifact_file: str) -> bytes:
    rows = [msgspec.Raw(b"[" + b",".join(row) + b"]") for row in _json_rows(table)]
    if stored is None:
        return msgspec.json.encode(_Stored(list(table.columns), rows))
    try:
        there = msgspec.json.decode(stored, type=_Stored)
    except msgspec.MsgspecError as error:
        raise Invalid(
            f"The artifact {artifact_file!r} is no table, so no rows can be added to it: {error}; choose another name."
        ) from None
    new = [name for name in table.columns if name not in there.columns]
    old = there.data
    if new:
        nulls = b",".join([_NULL] * len(new))
        old = [msgspec.Raw(_widened(bytes(row), nulls)) for row in old]
    columns = [*there.columns, *new]
    if columns != list(table.columns):
        order = {name: at for at, name in enumerate(table.columns)}
        picks = [order.get(name) for name in columns]
        rows = [
            msgspec.Raw(b"[" + b",".join(_NULL if at is None else row[at] for at in picks) + b"]")
            for row in _json_rows(table)
        ]
    return msgspec.json.encode(_Stored(columns, [*old, *rows]))


def _widened(row: bytes, nulls: bytes) -> bytes:
    kept = row.rstrip()[:-1].rstrip()
    return kept + (b"," if kept != b"[" else b"") + nulls + b"]"


def _json_rows(table: Table) -> list[tuple[bytes, ...]]:
    columns = [[msgspec.json.encode(_plain(value)) for value in values] for values in table.columns.values()]
    return list(zip(*columns, strict=True))


def _plain(value: Any, depth: int = 0) -> Any:
    """A cell as JSON has it: no NaN, times as ISO 8601 with milliseconds, arrays as lists, the rest as text."""
    kind = type(value)
    if kind in (str, bool) or value is None:
        return value
    if kind is int:
        return value if value.bit_length() < 64 else msgspec.Raw(str(value).encode())
    if depth > _MOST_NESTED:
        raise Invalid(f"A cell of the table is nested more than {_MOST_NESTED} levels deep.")
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, datetime | date):
        return _time(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each, depth + 1) for each in value]
    tolist = getattr(value, "tolist", None)  # numpy's arrays and scalars, torch's tensors
    if callable(tolist) and type(converted := tolist()) is not kind:
        return _plain(converted, depth + 1)
    pandas = sys.modules.get("pandas")
    if pandas is not None and value is pandas.NA:
        return None
    return value if isinstance(value, int | str) else str(value)


def _time(value: date) -> str | None:
    if not isinstance(value, datetime):
        return f"{value.isoformat()}T00:00:00.000"
    if value != value:  # pandas.NaT is a datetime that has no date
        return None
    if value.tzinfo is None:
        return value.isoformat(timespec="milliseconds")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _appended_parquet(stored: bytes | None, table: Table) -> bytes:
    pandas = require_pandas("A Parquet table")
    frame = pandas.DataFrame(table.columns)
    if stored is not None:
        frame = pandas.concat([pandas.read_parquet(BytesIO(stored)), frame], ignore_index=True)
    frame.columns = frame.columns.map(str)
    file = BytesIO()
    _speaking_of_parquet(lambda: frame.to_parquet(file, index=False))
    return file.getvalue()


def read_table(data: bytes, artifact_file: str) -> Any:
    """The DataFrame of a table's file."""
    pandas = require_pandas("Reading a table")
    if artifact_file.endswith(".parquet"):
        return _speaking_of_parquet(lambda: pandas.read_parquet(BytesIO(data)))
    try:
        table = msgspec.json.decode(data)
        return pandas.DataFrame(table["data"], columns=table["columns"])
    except (msgspec.MsgspecError, KeyError, TypeError, ValueError) as error:
        raise Invalid(f"The artifact {artifact_file!r} is no table: {error}.") from None


def _speaking_of_parquet(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except ImportError:
        raise Invalid("Parquet tables need pyarrow: pip install pyarrow, or name a .json file.") from None


def require_pandas(what: str) -> Any:
    """The module pandas, which ``what`` cannot do without."""
    try:
        import pandas
    except ImportError:
        raise Invalid(f"{what} needs pandas: pip install pandas.") from None
    return pandas
