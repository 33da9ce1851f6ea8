"""Stores that other packages bring through MLflow's entry points, behind the seam of our own.

A plugin gives an object with the methods of MLflow's ``AbstractStore``. What it has no method for is not there, as on a
server of MLflow; the client knows what to do then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from msgspec import to_builtins as as_builtins

from flowmill.entities.experiment import ExperimentTag
from flowmill.entities.metric import Metric
from flowmill.entities.model import LoggedModelStatus
from flowmill.entities.registry import ModelVersionTag, RegisteredModelTag
from flowmill.entities.run import Param, RunStatus, RunTag
from flowmill.errors import FlowmillError, NoSuchEndpoint, NotFound, Unavailable
from flowmill.plugins import REGISTRY_STORE, TRACKING_STORE, plugins
from flowmill.wire import experiments, metrics, models, registry, runs
from flowmill.wire.operation import Request

T = TypeVar("T")

_CarryOut = Callable[[Any, Any], Any]


class PluginStore:
    """The stores of runs and of models that plugins have for the scheme of an address; each is made when it is asked.

    ``shown``: the address as it may be shown.
    """

    def __init__(self, uri: str, scheme: str, shown: str) -> None:
        self._uri, self._scheme, self._shown = uri, scheme, shown
        self._stores: dict[str, Any] = {}

    def send(self, request: Request[T]) -> T:
        """Call the plugin's method. What it raises that is no error of ours is told as Unavailable."""
        group = REGISTRY_STORE if type(request) in _OF_REGISTRY else TRACKING_STORE
        carry_out = _OF_REGISTRY.get(type(request)) or _OF_TRACKING.get(type(request))
        store = self._store(group) if carry_out is not None else None
        if carry_out is None or store is None:
            raise NoSuchEndpoint(f"The plugin for {self._shown} does not know {type(request).__name__}.")
        try:
            return cast("T", carry_out(store, request))
        except FlowmillError:
            raise
        except Exception as error:  # a plugin may raise whatever it likes
            if isinstance(error, NotImplementedError) or getattr(error, "obj", None) is store:
                what = type(request).__name__
                raise NoSuchEndpoint(f"The plugin for {self._shown} cannot carry out {what}.") from error
            raise Unavailable(f"The plugin for {self._shown} failed ({type(error).__name__}: {error}).") from error

    def close(self) -> None:
        """Nothing of a plugin's is open between two calls."""

    def _store(self, group: str) -> Any:
        if group not in self._stores:
            make = plugins(group).get(self._scheme)
            arguments = {"artifact_uri": None} if group == TRACKING_STORE else {}
            self._stores[group] = make(store_uri=self._uri, **arguments) if make is not None else None
        return self._stores[group]


def has_plugin(scheme: str) -> bool:
    """Whether a package that is installed has a store for this scheme."""
    return scheme in plugins(TRACKING_STORE) or scheme in plugins(REGISTRY_STORE)


def _token(page: Any) -> str | None:
    return getattr(page, "token", None) or None


def _experiment_by_name(store: Any, ask: experiments.GetExperimentByName) -> Any:
    found = store.get_experiment_by_name(ask.experiment_name)
    if found is None:
        raise NotFound(f"There is no experiment {ask.experiment_name!r}.")
    return found


def _experiments(store: Any, ask: experiments.SearchExperiments) -> experiments.ExperimentPage:
    page = store.search_experiments(
        view_type=ask.view_type, max_results=ask.max_results, filter_string=ask.filter,
        order_by=ask.order_by, page_token=ask.page_token or None,
    )  # fmt: skip
    return experiments.ExperimentPage(experiments=list(page), next_page_token=_token(page))


def _runs(store: Any, ask: runs.SearchRuns) -> runs.RunPage:
    page = store.search_runs(
        ask.experiment_ids, ask.filter, ask.run_view_type, max_results=ask.max_results,
        order_by=ask.order_by, page_token=ask.page_token or None,
    )  # fmt: skip
    return runs.RunPage(runs=list(page), next_page_token=_token(page))


def _update_run(store: Any, ask: runs.UpdateRun) -> Any:
    before = store.get_run(ask.run_id).info
    status = RunStatus(before.status) if ask.status is None else ask.status
    return store.update_run_info(
        ask.run_id, status, before.end_time if ask.end_time is None else ask.end_time, ask.run_name
    )


def _log_metric(store: Any, ask: metrics.LogMetric) -> None:
    point = Metric(ask.key, ask.value, ask.timestamp, ask.step, ask.model_id, ask.dataset_name, ask.dataset_digest)
    store.log_batch(ask.run_id, metrics=[point], params=[], tags=[])


def _history(store: Any, ask: metrics.GetMetricHistory) -> metrics.MetricPage:
    page = store.get_metric_history(
        ask.run_id, ask.metric_key, max_results=ask.max_results, page_token=ask.page_token or None
    )
    return metrics.MetricPage(metrics=list(page), next_page_token=_token(page))


def _finalize(store: Any, ask: models.FinalizeLoggedModel) -> Any:
    return store.finalize_logged_model(ask.model_id, LoggedModelStatus[ask.status.name])


def _models(store: Any, ask: models.SearchLoggedModels) -> models.LoggedModelPage:
    page = store.search_logged_models(
        ask.experiment_ids, ask.filter or None, [as_builtins(each) for each in ask.datasets] or None,
        ask.max_results, [as_builtins(each) for each in ask.order_by] or None, ask.page_token or None,
    )  # fmt: skip
    return models.LoggedModelPage(models=list(page), next_page_token=_token(page))


_OF_TRACKING: Mapping[type[Any], _CarryOut] = {
    experiments.CreateExperiment: lambda store, ask: store.create_experiment(
        ask.name, ask.artifact_location or None, ask.tags
    ),
    experiments.GetExperiment: lambda store, ask: store.get_experiment(ask.experiment_id),
    experiments.GetExperimentByName: _experiment_by_name,
    experiments.SearchExperiments: _experiments,
    experiments.UpdateExperiment: lambda store, ask: store.rename_experiment(ask.experiment_id, ask.new_name),
    experiments.DeleteExperiment: lambda store, ask: store.delete_experiment(ask.experiment_id),
    experiments.RestoreExperiment: lambda store, ask: store.restore_experiment(ask.experiment_id),
    experiments.SetExperimentTag: lambda store, ask: store.set_experiment_tag(
        ask.experiment_id, ExperimentTag(ask.key, ask.value)
    ),
    runs.CreateRun: lambda store, ask: store.create_run(
        ask.experiment_id, ask.user_id, ask.start_time, ask.tags, ask.run_name or None
    ),
    runs.GetRun: lambda store, ask: store.get_run(ask.run_id),
    runs.SearchRuns: _runs,
    runs.UpdateRun: _update_run,
    runs.DeleteRun: lambda store, ask: store.delete_run(ask.run_id),
    runs.RestoreRun: lambda store, ask: store.restore_run(ask.run_id),
    runs.LogBatch: lambda store, ask: store.log_batch(
        ask.run_id, metrics=ask.metrics, params=ask.params, tags=ask.tags
    ),
    runs.LogParam: lambda store, ask: store.log_batch(
        ask.run_id, metrics=[], params=[Param(ask.key, ask.value)], tags=[]
    ),
    runs.SetTag: lambda store, ask: store.log_batch(
        ask.run_id, metrics=[], params=[], tags=[RunTag(ask.key, ask.value)]
    ),
    runs.DeleteTag: lambda store, ask: store.delete_tag(ask.run_id, ask.key),
    runs.LogInputs: lambda store, ask: store.log_inputs(ask.run_id, ask.datasets, ask.models),
    runs.LogOutputs: lambda store, ask: store.log_outputs(ask.run_id, ask.models),
    metrics.LogMetric: _log_metric,
    metrics.GetMetricHistory: _history,
    models.CreateLoggedModel: lambda store, ask: store.create_logged_model(
        ask.experiment_id, ask.name or None, ask.source_run_id or None, ask.tags, ask.params, ask.model_type or None
    ),
    models.GetLoggedModel: lambda store, ask: store.get_logged_model(ask.model_id),
    models.FinalizeLoggedModel: _finalize,
    models.SearchLoggedModels: _models,
    models.DeleteLoggedModel: lambda store, ask: store.delete_logged_model(ask.model_id),
    models.LogLoggedModelParams: lambda store, ask: store.log_logged_model_params(ask.model_id, ask.params),
    models.SetLoggedModelTags: lambda store, ask: store.set_logged_model_tags(ask.model_id, ask.tags),
    models.DeleteLoggedModelTag: lambda store, ask: store.delete_logged_model_tag(ask.model_id, ask.tag_key),
}


def _registered(store: Any, ask: registry.SearchRegisteredModels) -> registry.RegisteredModelPage:
    page = store.search_registered_models(ask.filter, ask.max_results, ask.order_by, ask.page_token or None)
    return registry.RegisteredModelPage(registered_models=list(page), next_page_token=_token(page))


def _versions(store: Any, ask: registry.SearchModelVersions) -> registry.ModelVersionPage:
    page = store.search_model_versions(ask.filter, ask.max_results, ask.order_by, ask.page_token or None)
    return registry.ModelVersionPage(model_versions=list(page), next_page_token=_token(page))


_OF_REGISTRY: Mapping[type[Any], _CarryOut] = {
    registry.CreateRegisteredModel: lambda store, ask: store.create_registered_model(
        ask.name, ask.tags, ask.description or None
    ),
    registry.GetRegisteredModel: lambda store, ask: store.get_registered_model(ask.name),
    registry.SearchRegisteredModels: _registered,
    registry.UpdateRegisteredModel: lambda store, ask: store.update_registered_model(ask.name, ask.description),
    registry.RenameRegisteredModel: lambda store, ask: store.rename_registered_model(ask.name, ask.new_name),
    registry.DeleteRegisteredModel: lambda store, ask: store.delete_registered_model(ask.name),
    registry.SetRegisteredModelTag: lambda store, ask: store.set_registered_model_tag(
        ask.name, RegisteredModelTag(ask.key, ask.value)
    ),
    registry.DeleteRegisteredModelTag: lambda store, ask: store.delete_registered_model_tag(ask.name, ask.key),
    registry.SetAlias: lambda store, ask: store.set_registered_model_alias(ask.name, ask.alias, ask.version),
    registry.DeleteAlias: lambda store, ask: store.delete_registered_model_alias(ask.name, ask.alias),
    registry.GetVersionByAlias: lambda store, ask: store.get_model_version_by_alias(ask.name, ask.alias),
    registry.GetLatestVersions: lambda store, ask: registry.ModelVersionPage(
        model_versions=list(store.get_latest_versions(ask.name, ask.stages or None))
    ),
    registry.CreateModelVersion: lambda store, ask: store.create_model_version(
        ask.name,
        ask.source,
        ask.run_id,
        ask.tags,
        ask.run_link or None,
        ask.description or None,
        model_id=ask.model_id,
    ),
    registry.GetModelVersion: lambda store, ask: store.get_model_version(ask.name, ask.version),
    registry.SearchModelVersions: _versions,
    registry.GetVersionDownloadUri: lambda store, ask: store.get_model_version_download_uri(ask.name, ask.version),
    registry.UpdateModelVersion: lambda store, ask: store.update_model_version(ask.name, ask.version, ask.description),
    registry.TransitionStage: lambda store, ask: store.transition_model_version_stage(
        ask.name, ask.version, ask.stage, ask.archive_existing_versions
    ),
    registry.DeleteModelVersion: lambda store, ask: store.delete_model_version(ask.name, ask.version),
    registry.SetModelVersionTag: lambda store, ask: store.set_model_version_tag(
        ask.name, ask.version, ModelVersionTag(ask.key, ask.value)
    ),
    registry.DeleteModelVersionTag: lambda store, ask: store.delete_model_version_tag(ask.name, ask.version, ask.key),
}
