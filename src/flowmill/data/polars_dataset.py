"""Datasets of Polars DataFrames."""

from __future__ import annotations

import json
from typing import Any

from flowmill.data.code_dataset_source import source_from
from flowmill.data.dataset import PyFuncInputsOutputs
from flowmill.data.dataset_source import DatasetSource
from flowmill.data.foreign import library
from flowmill.data.frame_dataset import FrameDataset
from flowmill.data.schema import columns_form
from flowmill.errors import Invalid
from flowmill.models.datatypes import AnyType, Array, DataType, Object, Property, ValueType
from flowmill.models.schema import ColSpec, Schema

__all__ = [
    "CLOSE_MAP",
    "TYPE_MAP",
    "PolarsDataset",
    "from_polars",
    "hash_polars_df",
    "infer_colspec",
    "infer_dtype",
    "infer_schema",
]

_SAME = {
    "Binary": DataType.binary,
    "Boolean": DataType.boolean,
    "Datetime": DataType.datetime,
    "Float32": DataType.float,
    "Float64": DataType.double,
    "Int8": DataType.integer,
    "Int16": DataType.integer,
    "Int32": DataType.integer,
    "Int64": DataType.long,
    "String": DataType.string,
}
_CLOSE = {
    "Categorical": DataType.string,
    "Enum": DataType.string,
    "Date": DataType.datetime,
    "UInt8": DataType.integer,
    "UInt16": DataType.integer,
    "UInt32": DataType.long,
}


TYPE_MAP: dict[Any, DataType]
CLOSE_MAP: dict[Any, DataType]


def __getattr__(name: str) -> Any:
    """``TYPE_MAP`` and ``CLOSE_MAP`` by Polars' own types, made when they are asked for."""
    maps = {"TYPE_MAP": _SAME, "CLOSE_MAP": _CLOSE}
    if name not in maps:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    polars = library("polars", "A Polars dataset")
    return {getattr(polars, kind): type_ for kind, type_ in maps[name].items()}


class PolarsDataset(FrameDataset):
    """A Polars DataFrame; ``targets`` and ``predictions`` name columns of it."""

    def _check(self, df: Any) -> None:
        if not isinstance(df, library("polars", "A Polars dataset").DataFrame):
            raise Invalid(
                f"A Polars dataset is made from a polars.DataFrame, not from a {type(df).__name__}"
                + (": collect() it first." if hasattr(df, "collect") else ".")
            )

    def _compute_digest(self) -> str:
        return hash_polars_df(self._df)

    def _as_pandas(self) -> Any:
        return _pandas(self._df)

    def to_dict(self) -> dict[str, Any]:
        """Name, digest, source, and schema and profile as JSON texts."""
        return {**super().to_dict(), "schema": json.dumps(columns_form(self.schema))}

    @property
    def profile(self) -> dict[str, int]:
        """How many rows and cells there are."""
        return {"num_rows": self._df.height, "num_elements": self._df.height * self._df.width}

    @property
    def schema(self) -> Schema | None:
        """The columns; None for a frame without any."""
        return infer_schema(self._df) if self._df.width else None

    def to_pyfunc(self) -> PyFuncInputsOutputs:
        """The frame without its targets, and them, as pandas has them and each in a list, as MLflow has it."""
        found = super().to_pyfunc()
        return PyFuncInputsOutputs([found.inputs], None if found.outputs is None else [found.outputs])


def from_polars(
    df: Any,
    source: str | DatasetSource | None = None,
    targets: str | None = None,
    name: str | None = None,
    digest: str | None = None,
    predictions: str | None = None,
) -> PolarsDataset:
    """A dataset of a Polars DataFrame.

    ``source``: a path, an address or a `DatasetSource`; without one, the code that runs. ``targets``,
    ``predictions``: columns of the frame. ``digest``: computed if not given.
    """
    return PolarsDataset(df, source_from(source), targets, name, digest, predictions)


def hash_polars_df(df: Any) -> str:
    """The digest of a frame: the sum of Polars' hashes of its rows, so that their order does not count."""
    return str(df.hash_rows().sum())


def infer_schema(df: Any) -> Schema:
    """The schema of a frame's columns."""
    return Schema([infer_colspec(column) for column in df.get_columns()])


def infer_colspec(col: Any, *, allow_unknown: bool = True) -> ColSpec:
    """The column's type and name; it is required if it holds any value, as MLflow has it."""
    kind = infer_dtype(col.dtype, col.name, allow_unknown=allow_unknown)
    return ColSpec(kind, col.name, required=col.count() > 0)


def infer_dtype(dtype: Any, col_name: str, *, allow_unknown: bool) -> ValueType:
    """The type that a Polars type means; any if there is none and it may be unknown, else Invalid."""
    polars = library("polars", "A Polars dataset")
    name = str(dtype.base_type())
    known = _SAME.get(name) or _CLOSE.get(name)
    if known is not None:
        return known
    if isinstance(dtype, polars.List | polars.Array):
        items = infer_dtype(dtype.inner, f"{col_name}[]", allow_unknown=allow_unknown)
        return AnyType() if isinstance(items, AnyType) else Array(items)
    if isinstance(dtype, polars.Struct):
        return Object(
            [
                Property(field.name, infer_dtype(field.dtype, f"{col_name}.{field.name}", allow_unknown=allow_unknown))
                for field in dtype.fields
            ]
        )
    if allow_unknown:
        return AnyType()
    raise Invalid(f"Column {col_name!r} has the type {dtype}, which no schema has a word for.")


def _pandas(data: Any) -> Any:
    """The pandas form of a frame or column, column by column so that pyarrow is not needed."""
    pandas = library("pandas", "A Polars dataset as a model's input")
    if not hasattr(data, "get_columns"):
        return pandas.Series(_values(data), name=data.name)
    return pandas.DataFrame({column.name: _values(column) for column in data.get_columns()})


def _values(column: Any) -> Any:
    plain = column.dtype.is_numeric() or column.dtype.is_temporal() or str(column.dtype) == "Boolean"
    return column.to_numpy() if plain and column.null_count() == 0 else column.to_list()
