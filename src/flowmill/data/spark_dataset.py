"""Datasets of Spark DataFrames."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from flowmill.artifacts.open import local_path
from flowmill.data.code_dataset_source import source_from
from flowmill.data.dataset_source import DatasetSource, exactly_one
from flowmill.data.delta_dataset_source import DeltaDatasetSource
from flowmill.data.digest import get_normalized_md5_digest
from flowmill.data.frame_dataset import FrameDataset
from flowmill.data.spark_dataset_source import SparkDatasetSource, spark_session
from flowmill.errors import Invalid
from flowmill.models.datatypes import AnyType, Array, DataType, Map, Object, Property, SparkMLVector, ValueType
from flowmill.models.schema import ColSpec, Schema

_PATIENCE_MS = 1000
_CONFIDENCE = 0.9


class SparkDataset(FrameDataset):
    """A Spark DataFrame; ``targets`` and ``predictions`` name columns of it. Nothing of it is read for the digest, and
    a model is run on its first rows."""

    def _check(self, df: Any) -> None:
        if not is_spark_frame(df):
            raise Invalid(f"A Spark dataset is made from a pyspark DataFrame, not from a {type(df).__name__}.")

    def _compute_digest(self) -> str:
        """From the plan, as Spark hashes it: two frames made the same way have one digest."""
        import numpy

        return get_normalized_md5_digest([numpy.int64(self._df.semanticHash())])

    def _as_pandas(self) -> Any:
        return first_rows(self._df)

    @property
    def profile(self) -> dict[str, Any]:
        """About how many rows there are, as far as Spark counts in a second; ``unknown`` where it cannot say."""
        try:
            count = self._df.rdd.countApprox(timeout=_PATIENCE_MS, confidence=_CONFIDENCE)
        except Exception:  # Spark Connect has no RDDs, and a job may fail in as many ways as Spark has
            count = "unknown"
        return {"approx_count": count}

    @property
    def schema(self) -> Schema | None:
        """The columns; None for a frame without any."""
        fields = self._df.schema.fields
        if not fields:
            return None
        return Schema([ColSpec(_type_of(field.dataType), field.name) for field in fields])


def is_spark_frame(data: Any) -> bool:
    """Whether it is a Spark DataFrame; pyspark is not imported to find out."""
    return any(
        each.__name__ == "DataFrame" and each.__module__.startswith("pyspark.sql") for each in type(data).__mro__
    )


def first_rows(df: Any) -> Any:
    """At most 10,000 rows as a pandas DataFrame."""
    return df.limit(10_000).toPandas()


_SCALARS = {
    "boolean": DataType.boolean,
    "byte": DataType.integer,
    "short": DataType.integer,
    "integer": DataType.integer,
    "long": DataType.long,
    "float": DataType.float,
    "double": DataType.double,
    "string": DataType.string,
    "binary": DataType.binary,
    "date": DataType.datetime,
    "timestamp": DataType.datetime,
    "timestamp_ntz": DataType.datetime,
}


def _type_of(dtype: Any) -> ValueType:
    if type(dtype).__name__ == "VectorUDT":
        return SparkMLVector()
    name = dtype.typeName()
    if name == "array":
        items = _type_of(dtype.elementType)
        return AnyType() if isinstance(items, AnyType) else Array(items)
    if name == "map":
        return Map(_type_of(dtype.valueType))
    if name == "struct":
        return Object([Property(each.name, _type_of(each.dataType), not each.nullable) for each in dtype.fields])
    return _SCALARS.get(name) or AnyType()


def from_spark(
    df: Any,
    path: str | None = None,
    table_name: str | None = None,
    version: str | None = None,
    sql: str | None = None,
    targets: str | None = None,
    name: str | None = None,
    digest: str | None = None,
    predictions: str | None = None,
) -> SparkDataset:
    """A dataset of a Spark DataFrame.

    ``path``, ``table_name`` or ``sql``: where it can be loaded from again; without one, the code that runs.
    ``version``: of the Delta table at ``path`` or called ``table_name``.
    """
    given = [each for each in (path, table_name, sql) if each is not None]
    if len(given) > 1:
        raise Invalid(f"Give at most one of path, table_name and sql, not {' and '.join(map(repr, given))}.")
    if sql is not None and version is not None:
        raise Invalid("version goes with path or table_name: a query has no version.")
    source: DatasetSource | None = None
    delta = (path is not None and _is_delta_path(path)) or (table_name is not None and _is_delta_table(table_name))
    if delta:
        source = DeltaDatasetSource(path, table_name, None if version is None else _number(version))
    elif given:
        if version is not None:
            raise Invalid(f"version {version!r} was given, but {given[0]!r} is no Delta table.")
        source = SparkDatasetSource(path, table_name, sql)
    return SparkDataset(df, source_from(source), targets, name, digest, predictions)


def load_delta(
    path: str | None = None,
    table_name: str | None = None,
    version: str | None = None,
    targets: str | None = None,
    name: str | None = None,
    digest: str | None = None,
) -> SparkDataset:
    """A dataset of a Delta table at ``version``, else at its newest one, which the source then says."""
    exactly_one("load_delta()", path=path, table_name=table_name)
    number = _number(version) if version is not None else _newest_version(path, table_name)
    source = DeltaDatasetSource(path, table_name, number)
    return SparkDataset(source.load(), source, targets, name, digest)


def _number(version: Any) -> int:
    try:
        return int(version)
    except (TypeError, ValueError):
        raise Invalid(f"{version!r} is no version of a Delta table: expected a number.") from None


def _is_delta_path(path: str) -> bool:
    folder = local_path(path)
    if folder is not None and (Path(folder) / "_delta_log").is_dir():
        return True
    with contextlib.suppress(Exception):  # without Delta in Spark nothing is a Delta table
        return spark_session().sql(f"DESCRIBE DETAIL delta.`{path}`").first()["format"] == "delta"
    return False


def _is_delta_table(name: str) -> bool:
    with contextlib.suppress(Exception):
        return spark_session().sql(f"DESCRIBE DETAIL {name}").first()["format"] == "delta"
    return False


def _newest_version(path: str | None, table_name: str | None) -> int | None:
    what = table_name if path is None else f"delta.`{path}`"
    with contextlib.suppress(Exception):
        return int(spark_session().sql(f"DESCRIBE HISTORY {what} LIMIT 1").first()["version"])
    return None
