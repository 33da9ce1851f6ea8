"""Data in a Delta table."""

from __future__ import annotations

from typing import Any

from flowmill.data.dataset_source import DatasetSource, exactly_one
from flowmill.data.spark_dataset_source import spark_session

DATABRICKS_HIVE_METASTORE_NAME = "hive_metastore"
DATABRICKS_LOCAL_METASTORE_NAMES = [DATABRICKS_HIVE_METASTORE_NAME, "spark_catalog"]
DATABRICKS_SAMPLES_CATALOG_NAME = "samples"


class DeltaDatasetSource(DatasetSource):
    """A Delta table by path or name, at a version if one is given."""

    def __init__(
        self,
        path: str | None = None,
        delta_table_name: str | None = None,
        delta_table_version: int | None = None,
        delta_table_id: str | None = None,
    ) -> None:
        exactly_one("A Delta source", path=path, delta_table_name=delta_table_name)
        self._path = path
        self._delta_table_name = delta_table_name
        self._delta_table_version = delta_table_version
        self._delta_table_id = delta_table_id

    @staticmethod
    def _get_source_type() -> str:
        return "delta_table"

    @property
    def path(self) -> str | None:
        """The table's folder."""
        return self._path

    @property
    def delta_table_name(self) -> str | None:
        """The table's name."""
        return self._delta_table_name

    @property
    def delta_table_id(self) -> str | None:
        """The table's id in a catalog."""
        return self._delta_table_id

    @property
    def delta_table_version(self) -> int | None:
        """The version of the table, None for the newest."""
        return self._delta_table_version

    def load(self, **kwargs: Any) -> Any:
        """The Spark DataFrame of the table, read with the session that is active."""
        reader = spark_session().read.format("delta")
        if self._delta_table_version is not None:
            reader = reader.option("versionAsOf", self._delta_table_version)
        if self._path is not None:
            return reader.load(path=self._path, **kwargs)
        return reader.table(self._delta_table_name)

    def to_dict(self) -> dict[str, Any]:
        """What was given. The word ``is_databricks_uc_table`` is there for readers of MLflow's."""
        form: dict[str, Any] = {
            "path": self._path,
            "delta_table_name": self._delta_table_name,
            "delta_table_version": self._delta_table_version,
        }
        if self._in_catalog():
            form |= {"is_databricks_uc_table": True, "delta_table_id": self._delta_table_id}
        return {name: value for name, value in form.items() if value is not None}

    def _in_catalog(self) -> bool:
        if self._delta_table_name is None:
            return False
        catalog = self._delta_table_name.partition(".")[0]
        return catalog not in (*DATABRICKS_LOCAL_METASTORE_NAMES, DATABRICKS_SAMPLES_CATALOG_NAME)

    @classmethod
    def from_dict(cls, source_dict: dict[str, Any]) -> DeltaDatasetSource:
        """The source of these values."""
        return cls(
            source_dict.get("path"),
            source_dict.get("delta_table_name"),
            source_dict.get("delta_table_version"),
            source_dict.get("delta_table_id"),
        )
