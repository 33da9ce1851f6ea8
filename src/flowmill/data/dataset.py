"""What all datasets share."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flowmill.data.dataset_source import DatasetSource
from flowmill.entities.dataset import Dataset as DatasetEntity
from flowmill.errors import Invalid

if TYPE_CHECKING:
    from flowmill.data.evaluation_dataset import EvaluationDataset

DEFAULT_NAME = "dataset"


class Dataset(ABC):
    """Data with a name, a digest of its content and the source that it came from.

    A subclass sets its data before it calls ``super().__init__``, and says how ``_compute_digest``, ``schema``
    and ``profile`` follow from it.
    """

    def __init__(self, source: DatasetSource, name: str | None = None, digest: str | None = None) -> None:
        for method in ("to_json", "_get_source_type"):
            if not hasattr(source, method):
                raise Invalid(f"The source of a dataset must be a DatasetSource, not {str(source)[:100]!r}.")
        self._name = name
        self._source = source
        # Computed now: later the data may have been changed.
        self._digest = digest or self._compute_digest()

    @abstractmethod
    def _compute_digest(self) -> str:
        """A short text that differs for different data."""

    @property
    def name(self) -> str:
        """The dataset's name, ``dataset`` if it was given none."""
        return self._name if self._name is not None else DEFAULT_NAME

    @property
    def digest(self) -> str:
        """A short text that differs for different data."""
        return self._digest

    @property
    def source(self) -> DatasetSource:
        """Where the data came from."""
        return self._source

    @property
    @abstractmethod
    def profile(self) -> Any | None:
        """Sizes and the like, as plain values; None if there are none."""

    @property
    @abstractmethod
    def schema(self) -> Any | None:
        """Columns or tensors; None if the data has no schema."""

    def to_dict(self) -> dict[str, Any]:
        """Name, digest and source; subclasses add schema and profile as JSON texts."""
        return {
            "name": self.name,
            "digest": self.digest,
            "source": self.source.to_json(),
            "source_type": self._get_source_type(),
        }

    def to_json(self) -> str:
        """`to_dict` as JSON text."""
        return json.dumps(self.to_dict())

    def _get_source_type(self) -> str:
        return self.source._get_source_type()  # pyright: ignore[reportPrivateUsage]  # plugins know it by this name

    def _to_mlflow_entity(self) -> DatasetEntity:
        """The dataset as a store keeps it."""
        form = self.to_dict()
        return DatasetEntity(
            name=form["name"],
            digest=form["digest"],
            source_type=form["source_type"],
            source=form["source"],
            schema=form.get("schema"),
            profile=form.get("profile"),
        )


def described(dataset: Dataset, schema: Any | None) -> dict[str, Any]:
    """`Dataset.to_dict` with the schema (its form as plain values, None without one) and the profile."""
    return {
        **Dataset.to_dict(dataset),
        "schema": None if schema is None else json.dumps(schema),
        "profile": json.dumps(dataset.profile),
    }


@dataclass
class PyFuncInputsOutputs:
    """Data as a model takes and gives it."""

    inputs: Any
    outputs: Any = None


class PyFuncConvertibleDatasetMixin(ABC):
    """Datasets that a model can be run and measured on."""

    @abstractmethod
    def to_pyfunc(self) -> PyFuncInputsOutputs:
        """The features, and the targets if there are any."""

    @abstractmethod
    def to_evaluation_dataset(
        self, path: str | None = None, feature_names: list[str] | None = None
    ) -> EvaluationDataset:
        """The data for ``evaluate``."""
