"""``evaluate``: measure a model, or predictions that are in the data, and log what is found to a run."""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flowmill.data.dataset import Dataset
from flowmill.data.evaluation_dataset import EvaluationDataset, convert_data_to_mlflow_dataset
from flowmill.entities.run import LoggedModelInput
from flowmill.errors import Invalid
from flowmill.evaluating.artifacts import EvaluationArtifact
from flowmill.evaluating.evaluator import evaluators_for
from flowmill.evaluating.result import EvaluationResult
from flowmill.evaluating.values import EvaluationMetric
from flowmill.inputs import log_input
from flowmill.models.predictions import ENVIRONMENT_MANAGERS, predict
from flowmill.models.pyfunc import load_model
from flowmill.models.pyfunc_model import PyFuncModel
from flowmill.session import active_run, start_run, tracking_client

DATASETS_TAG = "mlflow.datasets"
_TEXTS = ("question-answering", "text-summarization", "text")


def evaluate(
    model: str | PyFuncModel | Callable[..., Any] | None = None,
    data: Any = None,
    *,
    model_type: str | None = None,
    targets: Any = None,
    predictions: str | None = None,
    dataset_path: str | None = None,
    feature_names: list[str] | None = None,
    evaluators: str | Sequence[str] | None = None,
    evaluator_config: dict[str, Any] | None = None,
    extra_metrics: Sequence[EvaluationMetric] | None = None,
    custom_artifacts: Sequence[Callable[..., Any]] | None = None,
    env_manager: str = "local",
    model_config: Mapping[str, Any] | None = None,
    inference_params: Mapping[str, Any] | None = None,
    model_id: str | None = None,
    _called_from_genai_evaluate: bool = False,
) -> EvaluationResult:
    """Measure a model on data; metrics, plots and tables go to the active run, or to a new one that ends with it.

    ``model``: the URI of a model, one that ``pyfunc.load_model`` gave, a function of the features, or None if the
    data holds predictions already. ``data``: a DataFrame, array, list of rows or a dataset of ``flowmill.data``.
    ``targets``: the column of what the model should say, or an array of it beside rows without names.
    ``predictions``: the column of the predictions, in the data or in what the model gives. ``model_type``:
    ``classifier``, ``regressor``, ``retriever``, or None to measure ``extra_metrics`` alone.

    ``evaluator_config``: ``metric_prefix``, ``sample_weights``, ``pos_label``, ``average`` (weighted, macro, micro),
    ``label_list``, ``max_classes_for_multiclass_roc_pr``, ``retriever_k``, ``col_mapping``; where SHAP is installed,
    ``log_model_explainability`` (False for no explanations), ``log_explainer``, ``explainability_algorithm`` (exact,
    permutation, partition, kernel), ``explainability_nsamples`` (rows, 2000) and ``explainability_kernel_link``
    (identity, logit). ``extra_metrics``: see `make_metric`. ``custom_artifacts``: functions that give a dict of names
    and contents, called as metrics are, and with ``artifacts_dir``. ``env_manager``: ``uv`` or ``virtualenv`` asks the
    model in its own environment.
    ``model_id``: the logged model that predictions in the data are of.

    Raises Invalid for data and arguments that do not fit together, and what the model raises.
    """
    if data is None:
        raise Invalid("There is no data to measure on: pass data=….")
    if model_type in _TEXTS:
        raise Invalid(
            f"The metrics of model_type={model_type!r} are not here: pass extra_metrics, such as "
            "flowmill.metrics.exact_match(), and no model_type."
        )
    if inference_params:
        raise Invalid("inference_params are for endpoints of language models, which are not asked here.")
    chosen = evaluators_for(model_type, evaluators, evaluator_config)
    asked = _model(model, env_manager, model_config)
    dataset, rows = _data(data, targets, predictions if asked is None else None, dataset_path, feature_names)
    named = model_id or getattr(asked, "model_id", None)
    if model_type in ("classifier", "regressor") and not rows.has_targets:
        raise Invalid(f"A {model_type} is measured against what it should say: pass targets='<column>'.")
    metrics: dict[str, float] = {}
    artifacts: dict[str, EvaluationArtifact] = {}
    with _run() as run_id:
        prefix = next((own["metric_prefix"] for _, own in chosen if own.get("metric_prefix")), None)
        log_input(dataset, context=prefix, model=LoggedModelInput(named) if named else None)
        if asked is not None and named:
            _tag_dataset(run_id, rows, named)
        for evaluator, config in chosen:
            found = evaluator.evaluate(
                model_type=model_type,  # pyright: ignore[reportArgumentType]  # a plugin is only asked for its types
                dataset=rows,
                run_id=run_id,
                evaluator_config=config,
                model=asked,
                extra_metrics=extra_metrics,
                custom_artifacts=custom_artifacts,
                predictions=predictions,
                model_id=named,
            )
            if found is not None:  # pyright: ignore[reportUnnecessaryComparison]  # as plugins may do
                metrics |= found.metrics
                artifacts |= found.artifacts
    return EvaluationResult(metrics, artifacts, run_id)


@contextmanager
def _run() -> Generator[str]:
    """The id of the active run, else of a new one for this evaluation."""
    open_now = active_run()
    if open_now is not None:
        yield open_now.info.run_id
    else:
        with start_run() as run:
            yield run.info.run_id


class _Function:
    """A function of the features as a model."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        return self._function(data)


class _Elsewhere:
    """A model that is asked in an environment of its own."""

    def __init__(self, uri: str, env_manager: str) -> None:
        self._uri, self._env_manager = uri, env_manager

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        with tempfile.TemporaryDirectory(prefix="flowmill-evaluation-") as folder:
            file = Path(folder) / "answer.json"
            predict(self._uri, data, output_path=file, env_manager=self._env_manager)
            answer = json.loads(file.read_text(encoding="utf-8"))["predictions"]
        if answer and isinstance(answer[0], dict):
            import pandas

            return pandas.DataFrame(answer)
        return answer


def _model(model: Any, env_manager: str, config: Mapping[str, Any] | None) -> Any:
    """The model to ask, or None; Invalid if it is none."""
    if env_manager not in ENVIRONMENT_MANAGERS:
        raise Invalid(f"env_manager is {env_manager!r}: expected one of {', '.join(ENVIRONMENT_MANAGERS)}.")
    if env_manager != "local" and not isinstance(model, str):
        raise Invalid(f"With env_manager={env_manager!r}, model is the URI of a model, not a {type(model).__name__}.")
    if model is None or isinstance(model, PyFuncModel):
        return model
    if isinstance(model, str):
        if model.startswith("endpoints:"):
            raise Invalid(f"Endpoints such as {model!r} are not asked here: pass a function that asks it.")
        if env_manager != "local":
            return _Elsewhere(model, env_manager)
        return load_model(model, model_config=dict(config) if config else None)
    if callable(model):
        return _Function(model)
    raise Invalid(
        f"model is a {type(model).__name__}: expected a URI such as 'models:/name/1', what pyfunc.load_model gave, or "
        "a function such as model.predict."
    )


def _data(
    data: Any, targets: Any, predictions: str | None, path: str | None, feature_names: list[str] | None
) -> tuple[Dataset, EvaluationDataset]:
    """The dataset to note, and its rows to measure on."""
    if isinstance(data, Dataset):
        if targets is not None:
            raise Invalid("A dataset says itself what its targets are: pass targets when it is made, not here.")
        if predictions is not None and getattr(data, "predictions", None) not in (None, predictions):
            raise Invalid("A dataset says itself what its predictions are: pass predictions when it is made.")
        dataset: Any = data
    else:
        if targets is not None and hasattr(data, "columns") and not isinstance(targets, str | int | tuple):
            raise Invalid("With a DataFrame, targets is the name of a column: add the targets to the frame.")
        dataset = convert_data_to_mlflow_dataset(data, targets, predictions)
    make_rows = getattr(dataset, "to_evaluation_dataset", None)
    if not isinstance(dataset, Dataset) or make_rows is None:
        raise Invalid(
            f"data is a {type(data).__name__}: expected a DataFrame, an array, a list of rows, or a dataset such as "
            "flowmill.data.from_pandas(frame, targets='<column>')."
        )
    return dataset, make_rows(path=path, feature_names=feature_names)


def _tag_dataset(run_id: str, rows: EvaluationDataset, model_id: str) -> None:
    """Say in the run's tag which model was measured on which data, as MLflow does beside the inputs."""
    client = tracking_client()
    before = client.get_run(run_id).data.tags.get(DATASETS_TAG)
    entry = {**rows._metadata, "model": model_id}  # pyright: ignore[reportPrivateUsage]
    entries: list[Any] = json.loads(before) if before else []
    if entry not in entries:
        client.set_tag(run_id, DATASETS_TAG, json.dumps([*entries, entry], separators=(",", ":")))
