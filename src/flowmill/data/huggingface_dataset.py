"""Datasets of Hugging Face."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flowmill.data.code_dataset_source import source_from
from flowmill.data.dataset import Dataset, PyFuncConvertibleDatasetMixin, PyFuncInputsOutputs, described
from flowmill.data.dataset_source import DatasetSource
from flowmill.data.digest import MAX_ROWS, compute_pandas_digest
from flowmill.data.foreign import library
from flowmill.data.frame_dataset import check_columns
from flowmill.data.huggingface_dataset_source import HuggingFaceDatasetSource
from flowmill.data.schema import columns_form, schema_or_none
from flowmill.errors import Invalid
from flowmill.models.schema import Schema

if TYPE_CHECKING:
    from flowmill.data.evaluation_dataset import EvaluationDataset


class HuggingFaceDataset(Dataset, PyFuncConvertibleDatasetMixin):
    """A ``datasets.Dataset``; ``targets`` names a column of it. Digest and schema follow from its first rows."""

    def __init__(
        self,
        ds: Any,
        source: DatasetSource,
        targets: str | None = None,
        name: str | None = None,
        digest: str | None = None,
    ) -> None:
        if not isinstance(ds, library("datasets", "A Hugging Face dataset").Dataset):
            raise Invalid(
                f"A Hugging Face dataset is made from a datasets.Dataset, not from a {type(ds).__name__}: "
                "choose a split of a DatasetDict, such as ds['train']."
            )
        check_columns(ds.column_names, targets=targets)
        self._ds = ds
        self._targets = targets
        super().__init__(source=source, name=name, digest=digest)

    def _first_rows(self) -> Any:
        return self._ds.select(range(min(len(self._ds), MAX_ROWS))).to_pandas()

    def _compute_digest(self) -> str:
        return compute_pandas_digest(self._first_rows())

    def to_dict(self) -> dict[str, Any]:
        """Name, digest, source, and schema and profile as JSON texts."""
        return described(self, columns_form(self.schema))

    @property
    def ds(self) -> Any:
        """The ``datasets.Dataset``."""
        return self._ds

    @property
    def targets(self) -> str | None:
        """The column of targets."""
        return self._targets

    @property
    def profile(self) -> dict[str, int | None]:
        """How many rows there are, and bytes where they are known: in memory, and with what was downloaded."""
        return {
            "num_rows": self._ds.num_rows,
            "dataset_size": self._ds.dataset_size,
            "size_in_bytes": self._ds.size_in_bytes,
        }

    @property
    def schema(self) -> Schema | None:
        """The columns."""
        return schema_or_none(self._first_rows())

    def to_pyfunc(self) -> PyFuncInputsOutputs:
        """A pandas DataFrame without the targets, and them."""
        df = self._ds.to_pandas()
        if self._targets is None:
            return PyFuncInputsOutputs(df)
        return PyFuncInputsOutputs(df.drop(columns=self._targets), df[self._targets])

    def to_evaluation_dataset(
        self, path: str | None = None, feature_names: list[str] | None = None
    ) -> EvaluationDataset:
        """The data for ``evaluate``, as a pandas DataFrame."""
        from flowmill.data.evaluation_dataset import EvaluationDataset

        return EvaluationDataset(
            data=self._ds.to_pandas(),
            targets=self._targets,
            path=path,
            feature_names=feature_names,
            name=self.name,
            digest=self.digest,
        )


def from_huggingface(
    ds: Any,
    path: str | None = None,
    targets: str | None = None,
    data_dir: str | None = None,
    data_files: str | Sequence[str] | Mapping[str, str | Sequence[str]] | None = None,
    revision: Any = None,
    name: str | None = None,
    digest: str | None = None,
    trust_remote_code: bool | None = None,
    source: str | DatasetSource | None = None,
) -> HuggingFaceDataset:
    """A dataset of a ``datasets.Dataset``.

    ``path``, ``data_dir``, ``data_files``, ``revision``: as ``datasets.load_dataset`` took them, so that the source
    can be loaded again. ``source``: another one instead. Without either it is the code that runs.
    """
    if source is None and path is not None:
        source = HuggingFaceDatasetSource(
            path,
            config_name=getattr(ds, "config_name", None),
            data_dir=data_dir,
            data_files=data_files,
            split=getattr(ds, "split", None),
            revision=revision,
            trust_remote_code=trust_remote_code,
        )
    return HuggingFaceDataset(ds, source_from(source), targets, name, digest)
