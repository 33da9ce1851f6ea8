"""Data that Spark reads."""

from __future__ import annotations

from typing import Any

from flowmill.data.dataset_source import DatasetSource, exactly_one
from flowmill.data.foreign import library


class SparkDatasetSource(DatasetSource):
    """A path, a table or a query."""

    def __init__(self, path: str | None = None, table_name: str | None = None, sql: str | None = None) -> None:
        exactly_one("A Spark source", path=path, table_name=table_name, sql=sql)
        self._path = path
        self._table_name = table_name
        self._sql = sql

    @staticmethod
    def _get_source_type() -> str:
        return "spark"

    def load(self, **kwargs: Any) -> Any:
        """The Spark DataFrame, in the session that is active; ``kwargs`` are options of reading a path."""
        spark = spark_session()
        if self._path is not None:
            return spark.read.load(self._path, **kwargs)
        return spark.table(self._table_name) if self._table_name is not None else spark.sql(self._sql)

    def to_dict(self) -> dict[str, Any]:
        """What was given."""
        form = {"path": self._path, "table_name": self._table_name, "sql": self._sql}
        return {name: value for name, value in form.items() if value is not None}

    @classmethod
    def from_dict(cls, source_dict: dict[str, Any]) -> SparkDatasetSource:
        """The source of these values."""
        return cls(source_dict.get("path"), source_dict.get("table_name"), source_dict.get("sql"))


def spark_session() -> Any:
    """The active Spark session, or a new one."""
    return library("pyspark.sql", "A Spark dataset", "pyspark").SparkSession.builder.getOrCreate()
