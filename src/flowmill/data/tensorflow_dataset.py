"""Datasets of TensorFlow: tensors, or a ``tf.data.Dataset``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flowmill.data.code_dataset_source import source_from
from flowmill.data.dataset import Dataset, PyFuncConvertibleDatasetMixin, PyFuncInputsOutputs, described
from flowmill.data.dataset_source import DatasetSource
from flowmill.data.digest import MAX_ROWS, compute_numpy_digest, get_normalized_md5_digest, hashed_values
from flowmill.data.foreign import library
from flowmill.data.schema import TensorDatasetSchema, tensors_or_none
from flowmill.errors import Invalid

if TYPE_CHECKING:
    from flowmill.data.evaluation_dataset import EvaluationDataset


class TensorFlowDataset(Dataset, PyFuncConvertibleDatasetMixin):
    """Features and perhaps targets: both tensors, or both a ``tf.data.Dataset``, which is read once for the digest."""

    def __init__(
        self,
        features: Any,
        source: DatasetSource,
        targets: Any = None,
        name: str | None = None,
        digest: str | None = None,
    ) -> None:
        tensorflow = library("tensorflow", "A TensorFlow dataset")
        self._streams = isinstance(features, tensorflow.data.Dataset)
        if not self._streams and not tensorflow.is_tensor(features):
            raise Invalid(f"The features are a tf.data.Dataset or a tensor, not a {type(features).__name__}.")
        alike = isinstance(targets, tensorflow.data.Dataset) if self._streams else tensorflow.is_tensor(targets)
        if targets is not None and not alike:
            raise Invalid(
                f"The targets must be a {'tf.data.Dataset' if self._streams else 'tensor'} as the features are, "
                f"not a {type(targets).__name__}."
            )
        self._features = features
        self._targets = targets
        super().__init__(source=source, name=name, digest=digest)

    def _compute_digest(self) -> str:
        if self._streams:
            return get_normalized_md5_digest([*_of_elements(self._features), *_of_elements(self._targets)])
        return compute_numpy_digest(*self._arrays())

    def _arrays(self) -> tuple[Any, Any]:
        return _array(self._features), None if self._targets is None else _array(self._targets)

    def to_dict(self) -> dict[str, Any]:
        """Name, digest, source, and schema and profile as JSON texts."""
        schema = self.schema
        return described(self, None if schema is None else schema.to_dict())

    @property
    def data(self) -> Any:
        """The features."""
        return self._features

    @property
    def targets(self) -> Any:
        """The targets; None without."""
        return self._targets

    @property
    def profile(self) -> dict[str, int]:
        """How many values a tensor has, or elements a ``tf.data.Dataset``: -1 without end, -2 if it does not say."""
        found = {"features_cardinality": self._cardinality(self._features)}
        if self._targets is not None:
            found["targets_cardinality"] = self._cardinality(self._targets)
        return found

    def _cardinality(self, data: Any) -> int:
        if self._streams:
            return int(data.cardinality().numpy())
        return int(library("tensorflow", "A TensorFlow dataset").size(data).numpy())

    @property
    def schema(self) -> TensorDatasetSchema | None:
        """The tensors; of a ``tf.data.Dataset`` those of its first element."""
        if not self._streams:
            return tensors_or_none(*self._arrays())
        return tensors_or_none(_first(self._features), None if self._targets is None else _first(self._targets))

    def to_pyfunc(self) -> PyFuncInputsOutputs:
        """Features and targets."""
        return PyFuncInputsOutputs(self._features, self._targets)

    def to_evaluation_dataset(
        self, path: str | None = None, feature_names: list[str] | None = None
    ) -> EvaluationDataset:
        """The data for ``evaluate``; tensors only."""
        from flowmill.data.evaluation_dataset import EvaluationDataset

        if self._streams:
            raise Invalid("Only tensors can be evaluated on, not a tf.data.Dataset: make one tensor of its elements.")
        features, targets = self._arrays()
        return EvaluationDataset(
            data=features, targets=targets, path=path, feature_names=feature_names, name=self.name, digest=self.digest
        )


def from_tensorflow(
    features: Any,
    source: str | DatasetSource | None = None,
    targets: Any = None,
    name: str | None = None,
    digest: str | None = None,
) -> TensorFlowDataset:
    """A dataset of tensors, or of a ``tf.data.Dataset``.

    ``source``: a path, an address or a `DatasetSource`; without one, the code that runs. ``digest``: computed if
    not given, for which a ``tf.data.Dataset`` is read from beginning to end.
    """
    return TensorFlowDataset(features, source_from(source), targets, name, digest)


def _array(tensor: Any) -> Any:
    import numpy

    return numpy.asarray(tensor.numpy())


def _first(dataset: Any) -> Any:
    return next(iter(dataset.as_numpy_iterator()), None)


def _of_elements(dataset: Any) -> Iterable[Any]:
    """A hash an element; within one, tensors stand in the order of `tf.nest`: by key, then by position."""
    import numpy

    if dataset is None:
        return
    flatten = library("tensorflow", "A TensorFlow dataset").nest.flatten
    for element in dataset.as_numpy_iterator():
        values = [numpy.asarray(each).flatten() for each in flatten(element)]
        yield hashed_values(numpy.concatenate(values)[:MAX_ROWS])
