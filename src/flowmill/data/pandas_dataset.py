"""Datasets of pandas DataFrames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flowmill.data.code_dataset_source import source_from
from flowmill.data.dataset import Dataset, PyFuncConvertibleDatasetMixin, PyFuncInputsOutputs, described
from flowmill.data.dataset_source import DatasetSource
from flowmill.data.digest import compute_pandas_digest
from flowmill.data.schema import columns_form, schema_or_none
from flowmill.errors import Invalid
from flowmill.models.infer import is_frame
from flowmill.models.schema import Schema

if TYPE_CHECKING:
    from flowmill.data.evaluation_dataset import EvaluationDataset


class PandasDataset(Dataset, PyFuncConvertibleDatasetMixin):
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
        if not is_frame(df):
            raise Invalid(f"A pandas dataset is made from a pandas DataFrame, not from a {type(df).__name__}.")
        check_columns(list(df.columns), targets=targets, predictions=predictions)
        self._df = df
        self._targets = targets
        self._predictions = predictions
        super().__init__(source=source, name=name, digest=digest)

    def _compute_digest(self) -> str:
        return compute_pandas_digest(self._df)

    def to_dict(self) -> dict[str, Any]:
        """Name, digest, source, and schema and profile as JSON texts."""
        return described(self, columns_form(self.schema))

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
    def profile(self) -> dict[str, int]:
        """How many rows and cells there are."""
        return {"num_rows": len(self._df), "num_elements": int(self._df.size)}

    @property
    def schema(self) -> Schema | None:
        """The columns; None for a frame without any."""
        return schema_or_none(self._df)

    def to_pyfunc(self) -> PyFuncInputsOutputs:
        """The frame without its targets, and them."""
        if self._targets is None:
            return PyFuncInputsOutputs(self._df)
        return PyFuncInputsOutputs(self._df.drop(columns=self._targets), self._df[self._targets])

    def to_evaluation_dataset(
        self, path: str | None = None, feature_names: list[str] | None = None
    ) -> EvaluationDataset:
        """The data for ``evaluate``."""
        from flowmill.data.evaluation_dataset import EvaluationDataset

        return EvaluationDataset(
            data=self._df,
            targets=self._targets,
            path=path,
            feature_names=feature_names,
            predictions=self._predictions,
            name=self.name,
            digest=self.digest,
        )


def from_pandas(
    df: Any,
    source: str | DatasetSource | None = None,
    targets: str | None = None,
    name: str | None = None,
    digest: str | None = None,
    predictions: str | None = None,
) -> PandasDataset:
    """A dataset of a DataFrame.

    ``source``: a path, an address or a `DatasetSource`; without one, the code that runs. ``targets``,
    ``predictions``: columns of the frame. ``digest``: computed if not given.
    """
    return PandasDataset(df, source_from(source), targets, name, digest, predictions)


def check_columns(columns: list[Any], **named: str | None) -> None:
    """Invalid if one of the named columns is not there; the message lists those that are."""
    for what, column in named.items():
        if column is not None and column not in columns:
            shown = ", ".join(repr(each) for each in columns[:20]) + (", …" if len(columns) > 20 else "")
            raise Invalid(f"The dataset has no column {column!r} for its {what}; its columns are {shown or 'none'}.")
