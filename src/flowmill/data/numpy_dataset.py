"""Datasets of NumPy arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flowmill.data.code_dataset_source import source_from
from flowmill.data.dataset import Dataset, PyFuncConvertibleDatasetMixin, PyFuncInputsOutputs, described
from flowmill.data.dataset_source import DatasetSource
from flowmill.data.digest import compute_numpy_digest
from flowmill.data.schema import TensorDatasetSchema, tensors_or_none
from flowmill.errors import Invalid
from flowmill.models.infer import is_array

if TYPE_CHECKING:
    from flowmill.data.evaluation_dataset import EvaluationDataset


class NumpyDataset(Dataset, PyFuncConvertibleDatasetMixin):
    """Features and perhaps targets, each one array or a dict of named arrays."""

    def __init__(
        self,
        features: Any,
        source: DatasetSource,
        targets: Any = None,
        name: str | None = None,
        digest: str | None = None,
    ) -> None:
        _check("features", features)
        if targets is not None:
            _check("targets", targets)
        self._features = features
        self._targets = targets
        super().__init__(source=source, name=name, digest=digest)

    def _compute_digest(self) -> str:
        return compute_numpy_digest(self._features, self._targets)

    def to_dict(self) -> dict[str, Any]:
        """Name, digest, source, and schema and profile as JSON texts."""
        schema = self.schema
        return described(self, None if schema is None else schema.to_dict())

    @property
    def features(self) -> Any:
        """The array, or arrays by name."""
        return self._features

    @property
    def targets(self) -> Any:
        """The array, or arrays by name; None without targets."""
        return self._targets

    @property
    def profile(self) -> dict[str, Any]:
        """Shape, number of values and bytes of features and targets."""
        found = _sizes("features", self._features)
        return found if self._targets is None else {**found, **_sizes("targets", self._targets)}

    @property
    def schema(self) -> TensorDatasetSchema | None:
        """The tensors; None for arrays that have no schema, such as one without dimensions."""
        return tensors_or_none(self._features, self._targets)

    def to_pyfunc(self) -> PyFuncInputsOutputs:
        """Features and targets."""
        return PyFuncInputsOutputs(self._features, self._targets)

    def to_evaluation_dataset(
        self, path: str | None = None, feature_names: list[str] | None = None
    ) -> EvaluationDataset:
        """The data for ``evaluate``; the features must be one array of rows."""
        from flowmill.data.evaluation_dataset import EvaluationDataset

        return EvaluationDataset(
            data=self._features,
            targets=self._targets,
            path=path,
            feature_names=feature_names,
            name=self.name,
            digest=self.digest,
        )


def from_numpy(
    features: Any,
    source: str | DatasetSource | None = None,
    targets: Any = None,
    name: str | None = None,
    digest: str | None = None,
) -> NumpyDataset:
    """A dataset of arrays.

    ``features``, ``targets``: an array, or a dict of named ones. ``source``: a path, an address or a
    `DatasetSource`; without one, the code that runs. ``digest``: computed if not given.
    """
    return NumpyDataset(features, source_from(source), targets, name, digest)


def _check(what: str, data: Any) -> None:
    arrays = data.values() if isinstance(data, Mapping) else [data]
    for array in arrays:
        if not is_array(array):
            raise Invalid(
                f"The {what} of a NumPy dataset are an array or a dict of arrays, not a {type(array).__name__}: "
                "convert them with numpy.asarray(…), a sparse matrix with .toarray(), or use from_pandas()."
            )


def _sizes(what: str, data: Any) -> dict[str, Any]:
    def each(attribute: str) -> Any:
        if isinstance(data, Mapping):
            return {key: getattr(array, attribute) for key, array in data.items()}
        return getattr(data, attribute)

    return {f"{what}_{attribute}": each(attribute) for attribute in ("shape", "size", "nbytes")}
