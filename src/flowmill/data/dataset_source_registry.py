"""The kinds of sources that are known: ours, those of plugins, and those that a program registers."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from importlib.metadata import entry_points
from typing import Any

from flowmill.data.dataset import Dataset
from flowmill.data.dataset_source import DatasetSource
from flowmill.entities.dataset import Dataset as DatasetEntity
from flowmill.entities.dataset import DatasetInput
from flowmill.errors import Invalid, NotFound
from flowmill.lazy import load

ENTRY_POINTS = "mlflow.dataset_source"

_OURS = (
    *(
        f"flowmill.data.artifact_dataset_sources:{name}ArtifactDatasetSource"
        for name in "Local S3 R2 B2 GCS AzureBlob FTP SFTP Hdfs Viewfs AzureDataLake".split()
    ),
    "flowmill.data.http_dataset_source:HTTPDatasetSource",
    "flowmill.data.huggingface_dataset_source:HuggingFaceDatasetSource",
    "flowmill.data.spark_dataset_source:SparkDatasetSource",
    "flowmill.data.delta_dataset_source:DeltaDatasetSource",
    "flowmill.data.code_dataset_source:CodeDatasetSource",
    "flowmill.data.uc_volume_dataset_source:UCVolumeDatasetSource",
)


class DatasetSourceRegistry:
    """Kinds of sources, the last registered ones asked first."""

    def __init__(self) -> None:
        self.sources: list[type[DatasetSource]] = []

    def register(self, source: type[DatasetSource]) -> None:
        """Know this kind of source."""
        self.sources.append(source)

    def register_entrypoints(self) -> None:
        """Know the kinds that plugins bring; one that cannot be loaded is warned about."""
        for entry_point in entry_points(group=ENTRY_POINTS):
            try:
                self.register(entry_point.load())
            except (AttributeError, ImportError) as error:
                warnings.warn(
                    f"The dataset source {entry_point.name!r} of a plugin could not be loaded: {error}", stacklevel=2
                )

    def resolve(self, raw_source: Any, candidate_sources: Sequence[type[DatasetSource]] | None = None) -> DatasetSource:
        """The source that a user meant by a path, an address or any other value; NotFound if there is none.

        ``candidate_sources``: only these kinds and their subclasses are considered.
        """
        among = tuple(candidate_sources) if candidate_sources is not None else (object,)
        fitting = [each for each in self.sources if issubclass(each, among) and _can_resolve(each, raw_source)]
        names = list(dict.fromkeys(each.__name__ for each in fitting))
        if len(names) > 1:
            warnings.warn(
                f"The dataset source {str(raw_source)[:100]!r} may be any of {', '.join(names)}; "
                f"it is taken for a {names[-1]}.",
                stacklevel=2,
            )
        for source in reversed(fitting):
            try:
                return source._resolve(raw_source)  # pyright: ignore[reportPrivateUsage]
            except Exception as error:  # a plugin may raise anything; another kind may still know it
                warnings.warn(f"{source.__name__} could not resolve {str(raw_source)[:100]!r}: {error}", stacklevel=2)
        raise NotFound(
            f"{str(raw_source)[:100]!r} is no source of a dataset: expected a path, an address such as s3://… or "
            "https://…, or a DatasetSource."
        )

    def get_source_from_json(self, source_json: str, source_type: str) -> DatasetSource:
        """The source of this kind and JSON text; NotFound if nobody knows the kind."""
        for source in reversed(self.sources):
            if source._get_source_type() == source_type:  # pyright: ignore[reportPrivateUsage]
                return source.from_json(source_json)
        raise NotFound(
            f"Datasets of the source type {source_type[:60]!r} are not known here: register_dataset_source() its class."
        )


def _can_resolve(source: type[DatasetSource], raw_source: Any) -> bool:
    try:
        return source._can_resolve(raw_source)  # pyright: ignore[reportPrivateUsage]
    except Exception as error:  # a plugin may raise anything, which must not keep others from their own
        warnings.warn(f"{source.__name__} could not say whether it is a source: {error}", stacklevel=3)
        return False


_registry: DatasetSourceRegistry | None = None


def _known() -> DatasetSourceRegistry:
    """The registry of this process; filled when it is first asked, since plugins may import much."""
    global _registry
    if _registry is None:
        _registry = DatasetSourceRegistry()
        for target in _OURS:
            _registry.register(load(target))
        _registry.register_entrypoints()
    return _registry


def register_dataset_source(source: type[DatasetSource]) -> None:
    """Let datasets come from this kind of source."""
    _known().register(source)


def get_registered_sources() -> list[type[DatasetSource]]:
    """The known kinds of sources."""
    return _known().sources


def resolve_dataset_source(
    raw_source: Any, candidate_sources: Sequence[type[DatasetSource]] | None = None
) -> DatasetSource:
    """The source that a path, an address or another value names; NotFound if there is none."""
    return _known().resolve(raw_source, candidate_sources)


def get_dataset_source_from_json(source_json: str, source_type: str) -> DatasetSource:
    """The source of this kind and JSON text."""
    return _known().get_source_from_json(source_json, source_type)


def get_source(dataset: Dataset | DatasetEntity | DatasetInput) -> DatasetSource:
    """Where a dataset came from, or one that a run has as its input."""
    if isinstance(dataset, Dataset):
        return dataset.source
    if isinstance(dataset, DatasetInput):
        dataset = dataset.dataset
    if isinstance(dataset, DatasetEntity):  # pyright: ignore[reportUnnecessaryIsInstance]  # users pass anything
        return get_dataset_source_from_json(dataset.source, dataset.source_type)
    raise Invalid(
        f"{str(dataset)[:100]!r} has no source: expected a dataset, or an input of a run "
        "(run.inputs.dataset_inputs[0])."
    )
