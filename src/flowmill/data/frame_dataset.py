"""What datasets of frames share, whichever library made the frame."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from flowmill.data.dataset import Dataset, PyFuncConvertibleDatasetMixin, PyFuncInputsOutputs, described
from flowmill.data.dataset_source import DatasetSource
from flowmill.data.schema import columns_form
from flowmill.errors import Invalid
from flowmill.models.schema import Schema

if TYPE_CHECKING:
    from flowmill.data.evaluation_dataset import EvaluationDataset


class FrameDataset(Dataset, PyFuncConvertibleDatasetMixin):
    """A frame; ``targets`` and ``predictions`` name columns of it."""

    def __init__(
        self,
        df: Any,
        source: DatasetSource,
        targets: str | None = None,
        name: str | None = None,
        digest: str | None = None,
        predictions: str | None = None,
    ) -> None:
        self._check(df)
        check_columns(list(df.columns), targets=targets, predictions=predictions)
        self._df = df
        self._targets = targets
        self._predictions = predictions
        super().__init__(source=source, name=name, digest=digest)

    @abstractmethod
    def _check(self, df: Any) -> None:
        """Invalid if it is no frame of the library."""

    @abstractmethod
    def _as_pandas(self) -> Any:
        """The rows that a model is run on, as a pandas DataFrame."""

    @property
    def df(self) -> Any:
        """The frame."""
        return self._df

    @property
    def targets(self) -> str | None:
        """The column of targets."""
        return self._targets

    @property
    def predictions(self) -> str | None:
        """The column of predictions."""
        return self._predictions

    @property
    @abstractmethod
    def schema(self) -> Schema | None:
        """The columns; None for a frame without any."""

    def to_dict(self) -> dict[str, Any]:
        """Name, digest, source, and schema and profile as JSON texts."""
        return described(self, columns_form(self.schema))

    def to_pyfunc(self) -> PyFuncInputsOutputs:
        """A pandas DataFrame without the targets, and them."""
        df = self._as_pandas()
        if self._targets is None:
            return PyFuncInputsOutputs(df)
        return PyFuncInputsOutputs(df.drop(columns=self._targets), df[self._targets])

    def to_evaluation_dataset(
        self, path: str | None = None, feature_names: list[str] | None = None
    ) -> EvaluationDataset:
        """The data for ``evaluate``, as a pandas DataFrame."""
        from flowmill.data.evaluation_dataset import EvaluationDataset

        return EvaluationDataset(
            data=self._as_pandas(),
            targets=self._targets,
            path=path,
            feature_names=feature_names,
            predictions=self._predictions,
            name=self.name,
            digest=self.digest,
        )


def check_columns(columns: list[Any], **named: str | None) -> None:
    """Invalid if one of the named columns is not there; the message lists those that are."""
    for what, column in named.items():
        if column is not None and column not in columns:
            shown = ", ".join(repr(each) for each in columns[:20]) + (", …" if len(columns) > 20 else "")
            raise Invalid(f"The dataset has no column {column!r} for its {what}; its columns are {shown or 'none'}.")
