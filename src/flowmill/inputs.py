"""``log_input``: note which datasets and models the active run uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flowmill.data.dataset import Dataset
from flowmill.entities.dataset import DatasetInput, InputTag
from flowmill.entities.run import LoggedModelInput
from flowmill.errors import Invalid
from flowmill.session import ensure_run, tracking_client

CONTEXT_TAG = "mlflow.data.context"


def log_input(
    dataset: Dataset | None = None,
    context: str | None = None,
    tags: Mapping[str, Any] | None = None,
    model: LoggedModelInput | None = None,
) -> None:
    """Note a dataset, a model or both as what the active run uses.

    ``context``: what for, such as ``training``. ``tags``: further words about this use of the dataset.
    """
    inputs = [_input(dataset, context, tags)] if dataset is not None else []
    _log(inputs, [model] if model is not None else [])


def log_inputs(
    datasets: Sequence[Dataset | None] | None = None,
    contexts: Sequence[str | None] | None = None,
    tags_list: Sequence[Mapping[str, Any] | None] | None = None,
    models: Sequence[LoggedModelInput | None] | None = None,
) -> None:
    """Note several datasets and models as what the active run uses.

    ``contexts`` and ``tags_list`` are as long as ``datasets`` or left out; None in them stands for nothing.
    """
    given = list(datasets or ())
    uses: list[Sequence[Any]] = []
    for what, values in (("contexts", contexts), ("tags_list", tags_list)):
        if values is not None and (isinstance(values, str) or len(values) != len(given)):
            raise Invalid(f"log_inputs() was given {len(given)} datasets, so {what} must be a list as long as that.")
        uses.append(values or [None] * len(given))
    inputs = [
        _input(dataset, context, tags)
        for dataset, context, tags in zip(given, *uses, strict=True)
        if dataset is not None
    ]
    _log(inputs, [model for model in models or () if model is not None])


def _input(dataset: Any, context: Any, tags: Any) -> DatasetInput:
    if not hasattr(dataset, "_to_mlflow_entity"):
        raise Invalid(f"{type(dataset).__name__} is no dataset: make one, such as flowmill.data.from_pandas(frame).")
    if context is not None and not isinstance(context, str):
        raise Invalid(f"The context of a dataset is a text such as 'training', not {context!r}.")
    pairs = {str(key): str(value) for key, value in (tags or {}).items()}
    if context is not None:
        pairs = {**pairs, CONTEXT_TAG: context}
    return DatasetInput(dataset._to_mlflow_entity(), [InputTag(key, value) for key, value in pairs.items()])


def _log(datasets: list[DatasetInput], models: list[LoggedModelInput]) -> None:
    wrong: Any = next((model for model in models if not hasattr(model, "model_id")), None)
    if wrong is not None:
        raise Invalid(f"{str(wrong)[:60]!r} is no input model: expected LoggedModelInput(model_id=…).")
    run_id = ensure_run().info.run_id
    if datasets or models:
        tracking_client().log_inputs(run_id, datasets, models)
