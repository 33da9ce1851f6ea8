"""Runs and models as pandas DataFrames, a row each, with MLflow's column names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flowmill.entities.model import LoggedModel
from flowmill.entities.run import Run
from flowmill.errors import Invalid


def runs_frame(runs: Sequence[Run]) -> Any:
    """Columns run_id, experiment_id, status, artifact_uri, start_time, end_time (UTC), metrics.*, params.*, tags.*."""
    pandas = _pandas("search_runs()")
    columns: dict[str, list[Any]] = {
        "run_id": [run.info.run_id for run in runs],
        "experiment_id": [run.info.experiment_id for run in runs],
        "status": [run.info.status.value for run in runs],
        "artifact_uri": [run.info.artifact_uri for run in runs],
        # A time that no calendar has, as of a client that counts nanoseconds, must not hide the other runs: it is NaT.
        "start_time": pandas.to_datetime([run.info.start_time for run in runs], unit="ms", utc=True, errors="coerce"),
        "end_time": pandas.to_datetime([run.info.end_time for run in runs], unit="ms", utc=True, errors="coerce"),
    }
    columns |= _spread("metrics", runs, lambda run: run.data.metric_list, float("nan"))
    columns |= _spread("params", runs, lambda run: run.data.param_list, None)
    columns |= _spread("tags", runs, lambda run: run.data.tag_list, None)
    return pandas.DataFrame(columns)


def models_frame(models: Sequence[LoggedModel]) -> Any:
    """A column for each attribute; params, tags and metrics stay dicts and lists."""
    pandas = _pandas("search_logged_models()")
    names = (
        "experiment_id model_id name artifact_location creation_timestamp last_updated_timestamp status "
        "status_message model_type source_run_id tags params metrics"
    ).split()
    return pandas.DataFrame({name: [getattr(model, name) for model in models] for name in names})


def _spread(
    prefix: str, runs: Sequence[Run], pairs_of: Callable[[Run], Sequence[Any]], missing: Any
) -> dict[str, list[Any]]:
    """One column a key over runs that may lack it; cell by cell, without a dict for each run."""
    columns: dict[str, list[Any]] = {}
    count = len(runs)
    for index, run in enumerate(runs):
        for pair in pairs_of(run):
            try:
                columns[pair.key][index] = pair.value
            except KeyError:
                columns[pair.key] = [missing] * count
                columns[pair.key][index] = pair.value
    return {f"{prefix}.{key}": columns[key] for key in sorted(columns)}


def _pandas(what: str) -> Any:
    try:
        import pandas
    except ImportError:
        raise Invalid(f"{what} needs pandas for a DataFrame: install it, or pass output_format='list'.") from None
    return pandas
