"""Data of Spark ML's trainings as datasets, examples and signatures."""

# The library is the user's: who checks types need not have it.
# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false

from __future__ import annotations

from typing import Any

from flowmill.autologging.data import EXAMPLE_ROWS
from flowmill.context import context_tags
from flowmill.data.code_dataset_source import CodeDatasetSource
from flowmill.data.spark_dataset import SparkDataset
from flowmill.models.signature import infer_signature

_READ = ("inputCol", "inputCols", "featuresCol", "userCol", "itemCol")
_WRITTEN = ("outputCol", "outputCols", "predictionCol", "probabilityCol", "rawPredictionCol")
_SCALARS = ("boolean", "byte", "short", "integer", "long", "float", "double", "string", "date", "timestamp")


class _Uncounted(SparkDataset):
    """One whose rows are not counted: Spark would compute them for that, and the training would wait."""

    @property
    def profile(self) -> dict[str, Any]:
        """That it is not known how many rows there are."""
        return {"approx_count": "unknown"}


def dataset_of(frame: Any) -> SparkDataset:
    """A dataset of a frame, made by the code that runs."""
    return _Uncounted(frame, CodeDatasetSource(context_tags()), name="dataset")


def example_of(model: Any, data: Any) -> Any:
    """The first rows of the columns that a model reads, as a pandas DataFrame; None if one of them holds no plain
    values, vectors for one, which neither a signature nor JSON has."""
    names = [name for name in _columns_read(model) if name in data.columns]
    kinds = {field.name: field.dataType.typeName() for field in data.schema.fields}
    if not names or any(kinds[name] not in _SCALARS for name in names):
        return None
    return data.select(*names).limit(EXAMPLE_ROWS).toPandas()


def signature_of(model: Any, example: Any) -> Any:
    """The signature of a model that was asked with the example."""
    from flowmill.models.flavors.spark import FLAVOR

    assert FLAVOR.predict is not None
    return infer_signature(example, FLAVOR.predict(model, {}, example, None))


def _columns_read(model: Any) -> list[str]:
    """Columns that the stages read and none before them has made, in the order of reading."""
    read: dict[str, None] = {}
    written: set[str] = set()
    for stage in _stages(model):
        read.update(dict.fromkeys(name for name in _named(stage, _READ) if name not in written))
        written.update(_named(stage, _WRITTEN))
    return [*read]


def _stages(model: Any) -> list[Any]:
    if hasattr(model, "bestModel"):
        return _stages(model.bestModel)
    if hasattr(model, "stages"):
        return [inner for stage in model.stages for inner in _stages(stage)]
    return [model]


def _named(stage: Any, params: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    for name in params:
        if stage.hasParam(name) and stage.isDefined(name):
            value = stage.getOrDefault(name)
            found += [value] if isinstance(value, str) else list(value)
    return found
