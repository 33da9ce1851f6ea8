"""Datasets of pandas DataFrames."""

from __future__ import annotations

from typing import Any

from flowmill.data.code_dataset_source import source_from
from flowmill.data.dataset_source import DatasetSource
from flowmill.data.digest import compute_pandas_digest
from flowmill.data.frame_dataset import FrameDataset
from flowmill.data.schema import schema_or_none
from flowmill.errors import Invalid
from flowmill.models.infer import is_frame
from flowmill.models.schema import Schema


class PandasDataset(FrameDataset):
    """A pandas DataFrame; ``targets`` and ``predictions`` name columns of it."""

    def _check(self, df: Any) -> None:
        if not is_frame(df):
            raise Invalid(f"A pandas dataset is made from a pandas DataFrame, not from a {type(df).__name__}.")

    def _compute_digest(self) -> str:
        return compute_pandas_digest(self._df)

    def _as_pandas(self) -> Any:
        return self._df

    @property
    def profile(self) -> dict[str, int]:
        """How many rows and cells there are."""
        return {"num_rows": len(self._df), "num_elements": int(self._df.size)}

    @property
    def schema(self) -> Schema | None:
        """The columns; None for a frame without any."""
        return schema_or_none(self._df)


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
