"""The fluent functions: the active run, experiment and client are filled in, the client does the rest."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

from flowmill.client.base import PagedList, RunOperations, or_environment
from flowmill.client.values import metric_value, now, whole_number
from flowmill.context import context_tags
from flowmill.entities.experiment import Experiment
from flowmill.entities.metric import Metric
from flowmill.entities.model import LoggedModel
from flowmill.entities.registry import ModelVersion, RegisteredModel
from flowmill.entities.run import LoggedModelOutput, Param, Run, RunTag, ViewType
from flowmill.errors import Invalid, NotFound
from flowmill.frames import models_frame, runs_frame
from flowmill.session import (
    active_run,
    ensure_run,
    last_model_id,
    logging_target,
    model_that_is_active,
    set_last_model,
    tracking_client,
)
from flowmill.session import experiment_id as current_experiment_id
from flowmill.settings import ASYNC_LOGGING, logs_async

T = TypeVar("T")

Output = Literal["pandas", "list"]


def log_metric(
    key: str,
    value: float,
    step: int | None = None,
    synchronous: bool | None = None,
    timestamp: int | None = None,
    run_id: str | None = None,
    model_id: str | None = None,
    dataset: Any = None,
) -> RunOperations | None:
    """Log one value of a metric. ``timestamp``: ms since the epoch, now if not given."""
    pairs = ((key, value if type(value) is float else metric_value(key, value)),)
    return _log_points(pairs, step, synchronous, run_id, timestamp, model_id, dataset)


def log_metrics(
    metrics: Mapping[str, float],
    step: int | None = None,
    synchronous: bool | None = None,
    run_id: str | None = None,
    timestamp: int | None = None,
    model_id: str | None = None,
    dataset: Any = None,
) -> RunOperations | None:
    """Log values of several metrics at one step."""
    pairs = [(key, value if type(value) is float else metric_value(key, value)) for key, value in metrics.items()]
    return _log_points(pairs, step, synchronous, run_id, timestamp, model_id, dataset)


def _log_points(
    pairs: Sequence[tuple[str, float]],
    step: int | None,
    synchronous: bool | None,
    run_id: str | None,
    timestamp: int | None,
    model_id: str | None,
    dataset: Any,
) -> RunOperations | None:
    time_ms = now() if timestamp is None else whole_number("timestamp", timestamp)
    at_step = step if type(step) is int else whole_number("step", step or 0)
    client, run, rank = logging_target(run_id)
    model_id = model_id or model_that_is_active()
    if rank is not None:
        pairs = [(rank.labelled(key), value) for key, value in pairs]
    if synchronous is None and model_id is None and dataset is None and not logs_async():
        client.log_points(run, [(key, value, time_ms, at_step) for key, value in pairs])
        return None
    name, digest = (dataset.name, dataset.digest) if dataset is not None else (None, None)
    points = [Metric(key, value, time_ms, at_step, model_id, name, digest) for key, value in pairs]
    return client.log_batch(run, metrics=points, synchronous=or_environment(synchronous))


def log_param(key: str, value: Any, synchronous: bool | None = None) -> Any:
    """Log a parameter; the value that was given. A parameter is written once."""
    client, run, _ = logging_target()
    return client.log_param(run, key, value, synchronous)


def log_params(
    params: Mapping[str, Any], synchronous: bool | None = None, run_id: str | None = None
) -> RunOperations | None:
    """Log several parameters."""
    client, run, _ = logging_target(run_id)
    pairs = [Param(key, str(value)) for key, value in params.items()]
    return client.log_batch(run, params=pairs, synchronous=or_environment(synchronous))


def set_tag(key: str, value: Any, synchronous: bool | None = None) -> RunOperations | None:
    """Set a tag of the active run."""
    client, run, _ = logging_target()
    return client.set_tag(run, key, value, synchronous)


def set_tags(tags: Mapping[str, Any], synchronous: bool | None = None) -> RunOperations | None:
    """Set several tags of the active run."""
    client, run, _ = logging_target()
    pairs = [RunTag(key, str(value)) for key, value in tags.items()]
    return client.log_batch(run, tags=pairs, synchronous=or_environment(synchronous))


def delete_tag(key: str) -> None:
    """Remove a tag of the active run."""
    tracking_client().delete_tag(_run_id(), key)


def log_artifact(local_path: str | Path, artifact_path: str | None = None, run_id: str | None = None) -> None:
    """Store a local file in a folder of the run's artifacts."""
    tracking_client().log_artifact(_run_id(run_id), local_path, artifact_path)


def log_artifacts(local_dir: str | Path, artifact_path: str | None = None, run_id: str | None = None) -> None:
    """Store what is in a local folder in a folder of the run's artifacts."""
    tracking_client().log_artifacts(_run_id(run_id), local_dir, artifact_path)


def log_text(text: str, artifact_file: str, run_id: str | None = None) -> None:
    """Store a text as a file."""
    tracking_client().log_text(_run_id(run_id), text, artifact_file)


def log_dict(dictionary: Any, artifact_file: str, run_id: str | None = None) -> None:
    """Store a dict as a JSON or YAML file."""
    tracking_client().log_dict(_run_id(run_id), dictionary, artifact_file)


def log_figure(figure: Any, artifact_file: str, *, save_kwargs: Mapping[str, Any] | None = None) -> None:
    """Store a Matplotlib or Plotly figure."""
    tracking_client().log_figure(_run_id(), figure, artifact_file, save_kwargs=save_kwargs)


def enable_async_logging(enable: bool = True) -> None:
    """Let every call that logs return a `RunOperations` to wait for, as ``synchronous=False`` does for one.

    No call waits for a server either way.
    """
    os.environ[ASYNC_LOGGING] = "true" if enable else "false"


def flush_async_logging() -> None:
    """Return when all that this process has logged is stored, or its store turns out to be away."""
    tracking_client().flush()


def get_artifact_uri(artifact_path: str | None = None) -> str:
    """Where the active run's artifacts are, or a file of them."""
    root = ensure_run().info.artifact_uri
    return f"{root}/{artifact_path}" if artifact_path else root


def get_run(run_id: str) -> Run:
    """The run with this id."""
    return tracking_client().get_run(run_id)


def get_parent_run(run_id: str) -> Run | None:
    """The run in which this one was started, None if there is none."""
    return tracking_client().get_parent_run(run_id)


def delete_run(run_id: str) -> None:
    """Move a run to the trash."""
    tracking_client().delete_run(run_id)


def restore_run(run_id: str) -> None:
    """Take a run out of the trash."""
    tracking_client().restore_run(run_id)


def create_experiment(name: str, artifact_location: str | None = None, tags: Mapping[str, Any] | None = None) -> str:
    """Make an experiment; its id."""
    return tracking_client().create_experiment(name, artifact_location, tags)


def get_experiment(experiment_id: str) -> Experiment:
    """The experiment with this id."""
    return tracking_client().get_experiment(experiment_id)


def get_experiment_by_name(name: str) -> Experiment | None:
    """The active experiment of this name, None if there is none."""
    return tracking_client().get_experiment_by_name(name)


def search_experiments(
    view_type: ViewType | int = ViewType.ACTIVE_ONLY,
    max_results: int | None = None,
    filter_string: str | None = None,
    order_by: list[str] | None = None,
) -> list[Experiment]:
    """All experiments that the filter matches, newest first unless ordered."""
    return _all_pages(
        lambda size, token: tracking_client().search_experiments(view_type, size, filter_string, order_by, token),
        max_results,
        1000,
    )


def delete_experiment(experiment_id: str) -> None:
    """Move an experiment and its runs to the trash."""
    tracking_client().delete_experiment(experiment_id)


def restore_experiment(experiment_id: str) -> None:
    """Take an experiment and its runs out of the trash."""
    tracking_client().restore_experiment(experiment_id)


def set_experiment_tag(key: str, value: Any) -> None:
    """Set a tag of the current experiment."""
    tracking_client().set_experiment_tag(current_experiment_id(), key, value)


def set_experiment_tags(tags: Mapping[str, Any]) -> None:
    """Set several tags of the current experiment."""
    for key, value in tags.items():
        set_experiment_tag(key, value)


def delete_experiment_tag(key: str) -> None:
    """Remove a tag of the current experiment."""
    tracking_client().delete_experiment_tag(current_experiment_id(), key)


def search_runs(
    experiment_ids: Sequence[str] | None = None,
    filter_string: str = "",
    run_view_type: ViewType | int = ViewType.ACTIVE_ONLY,
    max_results: int = 100_000,
    order_by: list[str] | None = None,
    output_format: Output = "pandas",
    search_all_experiments: bool = False,
    experiment_names: Sequence[str] | None = None,
) -> Any:
    """Runs that the filter matches, as a pandas DataFrame (a row a run) or a list of runs."""
    client = tracking_client()
    ids = _experiments_named("search_runs", experiment_ids, experiment_names, search_all_experiments)
    runs: list[Run] = _all_pages(
        lambda size, token: client.search_runs(ids, filter_string, run_view_type, size, order_by, token),
        max_results,
        5000,
    )
    return _formatted(runs, output_format, runs_frame)


def search_metrics(
    experiment_ids: Sequence[str] | None = None,
    filter_string: str = "",
    keys: Sequence[str] | None = None,
    run_view_type: ViewType | int = ViewType.ACTIVE_ONLY,
    output_format: Literal["pandas", "polars", "arrow", "table"] = "pandas",
    search_all_experiments: bool = False,
    experiment_names: Sequence[str] | None = None,
) -> Any:
    """Every point of the metrics of the runs that the filter matches, a row a point: tens of millions in seconds.

    Columns: ``run_id``, ``key``, ``step``, ``timestamp`` (ms since the epoch, UTC) and ``value``. ``keys``: only these
    metrics. ``output_format``: a DataFrame of pandas or Polars, a table of pyarrow, or a `MetricTable`.
    """
    if output_format not in ("pandas", "polars", "arrow", "table"):  # said before anything is read
        raise Invalid(f"Invalid output_format {output_format!r}: expected 'pandas', 'polars', 'arrow' or 'table'.")
    ids = _experiments_named("search_metrics", experiment_ids, experiment_names, search_all_experiments)
    table = tracking_client().search_metrics(ids, filter_string, keys, run_view_type)
    return table if output_format == "table" else getattr(table, f"to_{output_format}")()


def _experiments_named(
    what: str, experiment_ids: Sequence[str] | None, experiment_names: Sequence[str] | None, every: bool
) -> Sequence[str]:
    """The ids of the experiments that a search is about, the current one if none is named."""
    if experiment_ids and experiment_names:
        raise Invalid(f"Give either experiment_ids or experiment_names to {what}(), not both.")
    if every and not experiment_ids and not experiment_names:
        return [each.experiment_id for each in search_experiments()]
    if experiment_names:
        found = [tracking_client().get_experiment_by_name(name) for name in experiment_names]
        return [each.experiment_id for each in found if each is not None]
    return experiment_ids or [current_experiment_id()]


def register_model(
    model_uri: str,
    name: str,
    await_registration_for: int | None = 300,
    *,
    tags: Mapping[str, Any] | None = None,
    env_pack: Any = None,
) -> ModelVersion:
    """Make the next version of ``name`` from a model; the registered model is made if it is not there.

    ``model_uri``: ``models:/<model id>``, ``runs:/<run id>/<path>`` or a place.
    """
    from flowmill.models.register import register

    if env_pack is not None:
        raise Invalid(f"env_pack {str(env_pack)[:60]!r} packs an environment for Databricks: leave it out.")
    return register(tracking_client(), model_uri, name, tags=tags)


def search_registered_models(
    max_results: int | None = None, filter_string: str | None = None, order_by: list[str] | None = None
) -> list[RegisteredModel]:
    """All registered models that the filter matches, by name unless ordered."""
    return _all_pages(
        lambda size, token: tracking_client().search_registered_models(filter_string, size, order_by, token),
        max_results,
        100,
    )


def search_model_versions(
    max_results: int | None = None, filter_string: str | None = None, order_by: list[str] | None = None
) -> list[ModelVersion]:
    """All versions that the filter matches, last changed first unless ordered."""
    return _all_pages(
        lambda size, token: tracking_client().search_model_versions(filter_string, size, order_by, token),
        max_results,
        1000,
    )


def set_model_version_tag(name: str, version: str | None = None, key: str | None = None, value: Any = None) -> None:
    """Set a tag of a version."""
    tracking_client().set_model_version_tag(name, version, key, value)


def initialize_logged_model(
    name: str | None = None,
    source_run_id: str | None = None,
    tags: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
    model_type: str | None = None,
    experiment_id: str | None = None,
) -> LoggedModel:
    """Announce a model whose files come later; it is PENDING until `finalize_logged_model`."""
    run = active_run()
    made = tracking_client().create_logged_model(
        experiment_id or current_experiment_id(),
        name,
        source_run_id or (run.info.run_id if run else None),
        {**context_tags(), **(tags or {})},
        params,
        model_type,
    )
    set_last_model(made.model_id)
    return made


def finalize_logged_model(model_id: str, status: str) -> LoggedModel:
    """Say that a model's files are complete (READY), or never will be (FAILED)."""
    return tracking_client().finalize_logged_model(model_id, status)


def get_logged_model(model_id: str) -> LoggedModel:
    """The logged model with this id."""
    return tracking_client().get_logged_model(model_id)


def last_logged_model() -> LoggedModel | None:
    """The model that was logged or announced last in this process."""
    model_id = last_model_id()
    return tracking_client().get_logged_model(model_id) if model_id else None


def search_logged_models(
    experiment_ids: Sequence[str] | None = None,
    filter_string: str | None = None,
    datasets: Sequence[Mapping[str, str]] | None = None,
    max_results: int | None = None,
    order_by: Sequence[Mapping[str, Any]] | None = None,
    output_format: Output = "pandas",
) -> Any:
    """Logged models that the filter matches, as a pandas DataFrame or a list."""
    ids = experiment_ids or [current_experiment_id()]
    models: list[LoggedModel] = _all_pages(
        lambda size, token: tracking_client().search_logged_models(ids, filter_string, datasets, size, order_by, token),
        max_results,
        100,
    )
    return _formatted(models, output_format, models_frame)


def log_model_params(params: Mapping[str, Any], model_id: str | None = None) -> None:
    """Write parameters of a logged model, the last one if none is named."""
    chosen = model_id or last_model_id()
    if chosen is None:
        raise NotFound("No model was logged in this process yet: pass model_id to log_model_params().")
    tracking_client().log_model_params(chosen, params)


def set_logged_model_tags(model_id: str, tags: Mapping[str, Any]) -> None:
    """Set tags of a logged model."""
    tracking_client().set_logged_model_tags(model_id, tags)


def delete_logged_model_tag(model_id: str, key: str) -> None:
    """Remove a tag of a logged model."""
    tracking_client().delete_logged_model_tag(model_id, key)


def log_outputs(models: Sequence[LoggedModelOutput] | None = None) -> None:
    """Record models that the active run made."""
    tracking_client().log_outputs(_run_id(), models or ())


def _run_id(run_id: str | None = None) -> str:
    return run_id or ensure_run().info.run_id


def _all_pages(ask: Callable[[int, str | None], PagedList[T]], most: int | None, page: int) -> list[T]:
    found: list[T] = []
    token: str | None = None
    while most is None or len(found) < most:
        part = ask(page if most is None else min(page, most - len(found)), token)
        found += part
        token = part.token
        if not token:
            break
    return found


def _formatted(items: list[Any], output_format: str, frame: Any) -> Any:
    if output_format == "list":
        return items
    if output_format == "pandas":
        return frame(items)
    raise Invalid(f"Invalid output_format {output_format!r}: expected 'pandas' or 'list'.")
