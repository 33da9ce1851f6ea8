"""Training data of foreign kinds as datasets and examples; a library that is not loaded has made none of it."""

from __future__ import annotations

import sys
from typing import Any

from flowmill.context import context_tags
from flowmill.data import from_numpy, from_pandas
from flowmill.data.code_dataset_source import CodeDatasetSource
from flowmill.data.dataset import Dataset

EXAMPLE_ROWS = 5


def dataset_of(features: Any, targets: Any = None, name: str = "dataset") -> Dataset | None:
    """A dataset of a frame or arrays, made by the code that runs; None of what is neither."""
    pandas, numpy = sys.modules.get("pandas"), sys.modules.get("numpy")
    if pandas is not None and isinstance(features, pandas.DataFrame):
        return from_pandas(features, source=CodeDatasetSource(context_tags()), name=name)
    if numpy is None or hasattr(features, "toarray"):  # a sparse matrix need not fit into memory
        return None
    if isinstance(features, list):
        features = numpy.asarray(features)
    if not isinstance(features, numpy.ndarray) or features.dtype == object:
        return None
    labels = None if targets is None else numpy.asarray(targets)
    return from_numpy(features, source=CodeDatasetSource(context_tags()), targets=labels, name=name)


def example_of(features: Any) -> Any:
    """The first rows of what a model was trained on; None if it has none to show."""
    if features is None or hasattr(features, "toarray"):
        return None
    if hasattr(features, "iloc"):
        return features.iloc[:EXAMPLE_ROWS]
    if hasattr(features, "ndim") or isinstance(features, list):
        return sys.modules["numpy"].asarray(features[:EXAMPLE_ROWS])
    return None
