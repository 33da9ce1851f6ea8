"""The client: every operation by a friendly name, each a request that is sent to the store.

`Client` is MLflow's ``MlflowClient``: same names, same arguments.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

from flowmill.artifacts import ArtifactStore, FileInfo, open_artifacts
from flowmill.context import USER, user_name
from flowmill.entities.dataset import DatasetInput
from flowmill.entities.experiment import Experiment, ExperimentTag
from flowmill.entities.metric import Metric
from flowmill.entities.model import LoggedModel, LoggedModelParameter, LoggedModelStatus, LoggedModelTag
from flowmill.entities.registry import ModelVersion, ModelVersionTag, RegisteredModel, RegisteredModelTag
from flowmill.entities.run import (
    LoggedModelInput,
    LoggedModelOutput,
    Param,
    Run,
    RunStatus,
    RunTag,
    ViewType,
)
from flowmill.errors import Invalid, NotFound
from flowmill.logger import RunLogger
from flowmill.stores import default_registry_uri, default_tracking_uri, store_at
from flowmill.wire import experiments, metrics, models, registry, runs

T = TypeVar("T")

_MOST_EXPERIMENTS = 1000
_VIEWS = {1: ViewType.ACTIVE_ONLY, 2: ViewType.DELETED_ONLY, 3: ViewType.ALL}


class PagedList(list[T], Generic[T]):
    """A page of results; ``token`` asks for the next one and is None on the last."""

    def __init__(self, items: Iterable[T], token: str | None) -> None:
        super().__init__(items)
        self.token = token

    def to_list(self) -> list[T]:
        """The results as a plain list."""
        return list(self)


class Client:
    """Named operations on the store at ``tracking_uri`` and the registry at ``registry_uri``.

    Without URIs those of `flowmill.set_tracking_uri` and the environment hold, else the folder ``./mlruns``.
    """

    def __init__(self, tracking_uri: str | None = None, registry_uri: str | None = None) -> None:
        self.tracking_uri = tracking_uri or default_tracking_uri()
        self._registry_uri = registry_uri or (self.tracking_uri if tracking_uri else default_registry_uri())
        self._store = store_at(self.tracking_uri)
        self._registry = store_at(self._registry_uri)

    # Experiments

    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: Mapping[str, Any] | None = None
    ) -> str:
        """Make an experiment; its id. AlreadyExists if an active one has the name."""
        return self._store.send(
            experiments.CreateExperiment(
                name=name,
                artifact_location=str(artifact_location or ""),
                tags=[ExperimentTag(key, str(value)) for key, value in (tags or {}).items()],
            )
        )

    def get_experiment(self, experiment_id: str) -> Experiment:
        """The experiment with this id, deleted or not."""
        return self._store.send(experiments.GetExperiment(experiment_id=str(experiment_id)))

    def get_experiment_by_name(self, name: str) -> Experiment | None:
        """The active experiment of this name, None if there is none."""
        try:
            return self._store.send(experiments.GetExperimentByName(experiment_name=name))
        except NotFound:
            return None

    def search_experiments(
        self,
        view_type: ViewType | int = ViewType.ACTIVE_ONLY,
        max_results: int | None = _MOST_EXPERIMENTS,
        filter_string: str | None = None,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[Experiment]:
        """A page of experiments, newest first unless ordered."""
        page = self._store.send(
            experiments.SearchExperiments(
                view_type=_view(view_type),
                max_results=max_results or _MOST_EXPERIMENTS,
                filter=filter_string or "",
                order_by=order_by or [],
                page_token=page_token or "",
            )
        )
        return PagedList(page.experiments, page.next_page_token)

    def rename_experiment(self, experiment_id: str, new_name: str) -> None:
        """Give an experiment another name."""
        self._store.send(experiments.UpdateExperiment(experiment_id=str(experiment_id), new_name=new_name))

    def delete_experiment(self, experiment_id: str) -> None:
        """Move an experiment and its runs to the trash."""
        self._store.send(experiments.DeleteExperiment(experiment_id=str(experiment_id)))

    def restore_experiment(self, experiment_id: str) -> None:
        """Take an experiment and its runs out of the trash."""
        self._store.send(experiments.RestoreExperiment(experiment_id=str(experiment_id)))

    def set_experiment_tag(self, experiment_id: str, key: str, value: Any) -> None:
        """Set a tag of an experiment."""
        self._store.send(experiments.SetExperimentTag(experiment_id=str(experiment_id), key=key, value=str(value)))

    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        """Remove a tag of an experiment."""
        self._store.send(experiments.DeleteExperimentTag(experiment_id=str(experiment_id), key=key))

    # Runs

    def create_run(
        self,
        experiment_id: str,
        start_time: int | None = None,
        tags: Mapping[str, Any] | None = None,
        run_name: str | None = None,
    ) -> Run:
        """Open a run; ``start_time`` is ms since the epoch, UTC."""
        tags = tags or {}
        return self._store.send(
            runs.CreateRun(
                experiment_id=str(experiment_id),
                user_id=str(tags.get(USER) or user_name()),
                run_name=run_name or "",
                start_time=_now() if start_time is None else start_time,
                tags=[RunTag(key, str(value)) for key, value in tags.items()],
            )
        )

    def get_run(self, run_id: str) -> Run:
        """The run with this id, deleted or not."""
        return self._store.send(runs.GetRun(run_id=run_id))

    def get_parent_run(self, run_id: str) -> Run | None:
        """The run in which this one was started, None if there is none."""
        parent = self.get_run(run_id).data.tags.get("mlflow.parentRunId")
        return self.get_run(parent) if parent else None

    def search_runs(
        self,
        experiment_ids: Sequence[str],
        filter_string: str = "",
        run_view_type: ViewType | int = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[Run]:
        """A page of runs of these experiments that the filter matches, newest first unless ordered."""
        page = self._store.send(
            runs.SearchRuns(
                experiment_ids=[str(each) for each in _listed(experiment_ids)],
                filter=filter_string or "",
                run_view_type=_view(run_view_type),
                max_results=max_results,
                order_by=order_by or [],
                page_token=page_token or "",
            )
        )
        return PagedList(page.runs, page.next_page_token)

    def update_run(self, run_id: str, status: str | None = None, name: str | None = None) -> None:
        """Change a run's status or name."""
        self._store.send(runs.UpdateRun(run_id=run_id, status=RunStatus(status) if status else None, run_name=name))

    def set_terminated(self, run_id: str, status: str | None = None, end_time: int | None = None) -> None:
        """End a run, FINISHED unless said otherwise."""
        self._store.send(
            runs.UpdateRun(
                run_id=run_id,
                status=_final_status(status or "FINISHED"),
                end_time=_now() if end_time is None else end_time,
            )
        )

    def delete_run(self, run_id: str) -> None:
        """Move a run to the trash."""
        self._store.send(runs.DeleteRun(run_id=run_id))

    def restore_run(self, run_id: str) -> None:
        """Take a run out of the trash."""
        self._store.send(runs.RestoreRun(run_id=run_id))

    # Metrics, parameters and tags

    def log_metric(
        self,
        run_id: str,
        key: str,
        value: float,
        timestamp: int | None = None,
        step: int | None = None,
        synchronous: bool | None = None,
        dataset_name: str | None = None,
        dataset_digest: str | None = None,
        model_id: str | None = None,
    ) -> RunOperations | None:
        """One point; ``timestamp`` is ms since the epoch, UTC."""
        number = metric_value(key, value)
        point = Metric(
            key, number, _now() if timestamp is None else timestamp, step or 0, model_id, dataset_name, dataset_digest
        )
        return self.log_batch(run_id, metrics=[point], synchronous=synchronous)

    def log_param(self, run_id: str, key: str, value: Any, synchronous: bool | None = None) -> Any:
        """Write a parameter once; the value that was given."""
        operations = self.log_batch(run_id, params=[Param(key, str(value))], synchronous=synchronous)
        return value if operations is None else operations

    def set_tag(self, run_id: str, key: str, value: Any, synchronous: bool | None = None) -> RunOperations | None:
        """Set a tag of a run."""
        return self.log_batch(run_id, tags=[RunTag(key, str(value))], synchronous=synchronous)

    def delete_tag(self, run_id: str, key: str) -> None:
        """Remove a tag of a run."""
        self._store.send(runs.DeleteTag(run_id=run_id, key=key))

    def log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
        synchronous: bool | None = None,
    ) -> RunOperations | None:
        """Metrics, parameters and tags of any number."""
        RunLogger(self._store, run_id).log(metrics, params, tags)
        return RunOperations() if synchronous is False else None

    def get_metric_history(self, run_id: str, key: str) -> PagedList[Metric]:
        """Every point of a metric, oldest first."""
        history: list[Metric] = []
        token = ""
        while True:
            page = self._store.send(
                metrics.GetMetricHistory(run_id=run_id, metric_key=key, max_results=25_000, page_token=token)
            )
            history += page.metrics
            token = page.next_page_token or ""
            if not token:
                return PagedList(history, None)

    def log_inputs(
        self,
        run_id: str,
        datasets: Sequence[DatasetInput] | None = None,
        models: Sequence[LoggedModelInput] | None = None,
    ) -> None:
        """Record datasets and models that a run used."""
        self._store.send(runs.LogInputs(run_id=run_id, datasets=list(datasets or ()), models=list(models or ())))

    def log_outputs(self, run_id: str, models: Sequence[LoggedModelOutput]) -> None:
        """Record models that a run made."""
        self._store.send(runs.LogOutputs(run_id=run_id, models=list(models)))

    # Artifacts

    def artifacts_of_run(self, run_id: str) -> ArtifactStore:
        """The artifact store whose root is the run's."""
        return self.open_artifacts(self.get_run(run_id).info.artifact_uri)

    def open_artifacts(self, uri: str) -> ArtifactStore:
        """The artifact store at a URI that this client's store gave out."""
        return open_artifacts(uri, self.tracking_uri)

    def log_artifact(self, run_id: str, local_path: str | Path, artifact_path: str | None = None) -> None:
        """Store a local file, or a folder under its own name, in a folder of the run's artifacts."""
        source = Path(local_path)
        if not source.exists():
            raise Invalid(f"There is no file {str(local_path)!r} to log.")
        target = f"{artifact_path}/{source.name}" if artifact_path else source.name
        if source.is_dir():
            self.artifacts_of_run(run_id).put_tree(source, target)
        else:
            self.artifacts_of_run(run_id).put(target, source)

    def log_artifacts(self, run_id: str, local_dir: str | Path, artifact_path: str | None = None) -> None:
        """Store what is in a local folder in a folder of the run's artifacts."""
        folder = Path(local_dir)
        if not folder.is_dir():
            raise Invalid(f"{str(local_dir)!r} is not a folder; use log_artifact() for a file.")
        self.artifacts_of_run(run_id).put_tree(folder, artifact_path or "")

    def log_text(self, run_id: str, text: str, artifact_file: str) -> None:
        """Store a text as a file."""
        self.artifacts_of_run(run_id).put(artifact_file, text.encode())

    def log_dict(self, run_id: str, dictionary: Any, artifact_file: str) -> None:
        """Store a dict as a file: YAML if its name ends so, else JSON."""
        if artifact_file.endswith((".yml", ".yaml")):
            import yaml

            text = yaml.safe_dump(dictionary, default_flow_style=False, allow_unicode=True, sort_keys=False)
        else:
            text = json.dumps(dictionary, indent=2, default=str, ensure_ascii=False)
        self.log_text(run_id, text, artifact_file)

    def log_figure(
        self, run_id: str, figure: Any, artifact_file: str, *, save_kwargs: Mapping[str, Any] | None = None
    ) -> None:
        """Store a Matplotlib or Plotly figure as an image or as HTML."""
        suffix = Path(artifact_file).suffix
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / f"figure{suffix}"
            if hasattr(figure, "savefig"):
                figure.savefig(file, **(save_kwargs or {}))
            elif suffix == ".html" and hasattr(figure, "write_html"):
                figure.write_html(str(file), **(save_kwargs or {}))
            elif hasattr(figure, "write_image"):
                figure.write_image(str(file), **(save_kwargs or {}))
            else:
                raise Invalid(
                    f"Cannot store a {type(figure).__name__} as {artifact_file!r}: "
                    "expected a Matplotlib or Plotly figure."
                )
            self.artifacts_of_run(run_id).put(artifact_file, file)

    def list_artifacts(self, run_id: str, path: str | None = None) -> list[FileInfo]:
        """The files of a folder of the run's artifacts."""
        return self.artifacts_of_run(run_id).list(path or "")

    def download_artifacts(self, run_id: str, path: str, dst_path: str | None = None) -> str:
        """Fetch a file or folder of the run's artifacts; the local path of it."""
        destination = Path(dst_path) if dst_path else Path(tempfile.mkdtemp(prefix="flowmill-"))
        if dst_path and not destination.is_dir():
            raise Invalid(f"The folder {dst_path!r} does not exist; make it first.")
        return str(self.artifacts_of_run(run_id).get_tree(path, destination))

    # Logged models

    def create_logged_model(
        self,
        experiment_id: str,
        name: str | None = None,
        source_run_id: str | None = None,
        tags: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        model_type: str | None = None,
    ) -> LoggedModel:
        """Announce a model; it is PENDING until finalized."""
        return self._store.send(
            models.CreateLoggedModel(
                experiment_id=str(experiment_id),
                name=name or "",
                source_run_id=source_run_id or "",
                tags=[LoggedModelTag(key, str(value)) for key, value in (tags or {}).items()],
                params=[LoggedModelParameter(key, str(value)) for key, value in (params or {}).items()],
                model_type=model_type or "",
            )
        )

    def finalize_logged_model(self, model_id: str, status: LoggedModelStatus | str) -> LoggedModel:
        """Say that the model's files are complete (READY), or never will be (FAILED)."""
        return self._store.send(models.FinalizeLoggedModel(model_id=model_id, status=_model_status(status)))

    def get_logged_model(self, model_id: str) -> LoggedModel:
        """The logged model with this id."""
        return self._store.send(models.GetLoggedModel(model_id=model_id))

    def delete_logged_model(self, model_id: str) -> None:
        """Move a logged model to the trash."""
        self._store.send(models.DeleteLoggedModel(model_id=model_id))

    def search_logged_models(
        self,
        experiment_ids: Sequence[str],
        filter_string: str | None = None,
        datasets: Sequence[Mapping[str, str]] | None = None,
        max_results: int | None = None,
        order_by: Sequence[Mapping[str, Any]] | None = None,
        page_token: str | None = None,
    ) -> PagedList[LoggedModel]:
        """A page of logged models of these experiments, newest first unless ordered."""
        page = self._store.send(
            models.SearchLoggedModels(
                experiment_ids=[str(each) for each in _listed(experiment_ids)],
                filter=filter_string or "",
                datasets=[models.ModelDataset(**each) for each in datasets or ()],
                max_results=max_results or 100,
                order_by=[models.ModelOrder(**each) for each in order_by or ()],
                page_token=page_token or "",
            )
        )
        return PagedList(page.models, page.next_page_token)

    def log_model_params(self, model_id: str, params: Mapping[str, Any]) -> None:
        """Write parameters of a logged model."""
        pairs = [LoggedModelParameter(key, str(value)) for key, value in params.items()]
        self._store.send(models.LogLoggedModelParams(model_id=model_id, params=pairs))

    def set_logged_model_tags(self, model_id: str, tags: Mapping[str, Any]) -> None:
        """Set tags of a logged model."""
        pairs = [LoggedModelTag(key, str(value)) for key, value in tags.items()]
        self._store.send(models.SetLoggedModelTags(model_id=model_id, tags=pairs))

    def delete_logged_model_tag(self, model_id: str, key: str) -> None:
        """Remove a tag of a logged model."""
        self._store.send(models.DeleteLoggedModelTag(model_id=model_id, tag_key=key))

    # Registry

    def create_registered_model(
        self, name: str, tags: Mapping[str, Any] | None = None, description: str | None = None
    ) -> RegisteredModel:
        """Make a registered model. AlreadyExists if the name is taken."""
        pairs = [RegisteredModelTag(key, str(value)) for key, value in (tags or {}).items()]
        return self._registry.send(registry.CreateRegisteredModel(name=name, tags=pairs, description=description or ""))

    def get_registered_model(self, name: str) -> RegisteredModel:
        """The registered model of this name."""
        return self._registry.send(registry.GetRegisteredModel(name=name))

    def rename_registered_model(self, name: str, new_name: str) -> RegisteredModel:
        """Give a registered model another name."""
        return self._registry.send(registry.RenameRegisteredModel(name=name, new_name=new_name))

    def update_registered_model(self, name: str, description: str | None = None) -> RegisteredModel:
        """Change the description of a registered model."""
        return self._registry.send(registry.UpdateRegisteredModel(name=name, description=description or ""))

    def delete_registered_model(self, name: str) -> None:
        """Delete a registered model with its versions."""
        self._registry.send(registry.DeleteRegisteredModel(name=name))

    def search_registered_models(
        self,
        filter_string: str | None = None,
        max_results: int = 100,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[RegisteredModel]:
        """A page of registered models, by name unless ordered."""
        page = self._registry.send(
            registry.SearchRegisteredModels(
                filter=filter_string or "",
                max_results=max_results,
                order_by=order_by or [],
                page_token=page_token or "",
            )
        )
        return PagedList(page.registered_models, page.next_page_token)

    def set_registered_model_tag(self, name: str, key: str, value: Any) -> None:
        """Set a tag of a registered model."""
        self._registry.send(registry.SetRegisteredModelTag(name=name, key=key, value=str(value)))

    def delete_registered_model_tag(self, name: str, key: str) -> None:
        """Remove a tag of a registered model."""
        self._registry.send(registry.DeleteRegisteredModelTag(name=name, key=key))

    def set_registered_model_alias(self, name: str, alias: str, version: str | int) -> None:
        """Point an alias at a version."""
        self._registry.send(registry.SetAlias(name=name, alias=alias, version=str(version)))

    def delete_registered_model_alias(self, name: str, alias: str) -> None:
        """Remove an alias."""
        self._registry.send(registry.DeleteAlias(name=name, alias=alias))

    def get_model_version_by_alias(self, name: str, alias: str) -> ModelVersion:
        """The version that an alias points at."""
        return self._registry.send(registry.GetVersionByAlias(name=name, alias=alias))

    def get_latest_versions(self, name: str, stages: list[str] | None = None) -> list[ModelVersion]:
        """The newest version of each stage, or of the stages named."""
        return self._registry.send(registry.GetLatestVersions(name=name, stages=stages or [])).model_versions

    def create_model_version(
        self,
        name: str,
        source: str,
        run_id: str | None = None,
        tags: Mapping[str, Any] | None = None,
        run_link: str | None = None,
        description: str | None = None,
        await_creation_for: int = 300,
        model_id: str | None = None,
    ) -> ModelVersion:
        """Make the next version of a registered model; it is ready at once, so there is nothing to await."""
        return self._registry.send(
            registry.CreateModelVersion(
                name=name,
                source=source,
                run_id=run_id,
                tags=[ModelVersionTag(key, str(value)) for key, value in (tags or {}).items()],
                run_link=run_link or "",
                description=description or "",
                model_id=model_id,
            )
        )

    def copy_model_version(self, src_model_uri: str, dst_name: str) -> ModelVersion:
        """Make the next version of ``dst_name`` from ``models:/name/version``; the model is made if need be."""
        try:
            self.get_registered_model(dst_name)
        except NotFound:
            self.create_registered_model(dst_name)
        return self.create_model_version(dst_name, src_model_uri)

    def get_model_version(self, name: str, version: str | int) -> ModelVersion:
        """One version of a registered model."""
        return self._registry.send(registry.GetModelVersion(name=name, version=str(version)))

    def get_model_version_download_uri(self, name: str, version: str | int) -> str:
        """Where the files of a version are."""
        return self._registry.send(registry.GetVersionDownloadUri(name=name, version=str(version)))

    def get_model_version_stages(self, name: str, version: str | int) -> list[str]:
        """The stages that a version can be in."""
        return ["None", "Staging", "Production", "Archived"]

    def search_model_versions(
        self,
        filter_string: str | None = None,
        max_results: int = 10_000,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[ModelVersion]:
        """A page of versions, last changed first unless ordered."""
        page = self._registry.send(
            registry.SearchModelVersions(
                filter=filter_string or "",
                max_results=max_results,
                order_by=order_by or [],
                page_token=page_token or "",
            )
        )
        return PagedList(page.model_versions, page.next_page_token)

    def update_model_version(self, name: str, version: str | int, description: str | None = None) -> ModelVersion:
        """Change the description of a version."""
        return self._registry.send(
            registry.UpdateModelVersion(name=name, version=str(version), description=description or "")
        )

    def transition_model_version_stage(
        self, name: str, version: str | int, stage: str, archive_existing_versions: bool = False
    ) -> ModelVersion:
        """Move a version to a stage."""
        return self._registry.send(
            registry.TransitionStage(
                name=name,
                version=str(version),
                stage=stage,
                archive_existing_versions=archive_existing_versions,
            )
        )

    def delete_model_version(self, name: str, version: str | int) -> None:
        """Delete a version."""
        self._registry.send(registry.DeleteModelVersion(name=name, version=str(version)))

    def set_model_version_tag(
        self,
        name: str,
        version: str | int | None = None,
        key: str | None = None,
        value: Any = None,
        stage: str | None = None,
    ) -> None:
        """Set a tag of a version, named by number or by its stage."""
        number = self._version_number(name, version, stage)
        self._registry.send(registry.SetModelVersionTag(name=name, version=number, key=key or "", value=str(value)))

    def delete_model_version_tag(
        self, name: str, version: str | int | None = None, key: str | None = None, stage: str | None = None
    ) -> None:
        """Remove a tag of a version, named by number or by its stage."""
        number = self._version_number(name, version, stage)
        self._registry.send(registry.DeleteModelVersionTag(name=name, version=number, key=key or ""))

    def _version_number(self, name: str, version: str | int | None, stage: str | None) -> str:
        if (version is None) == (stage is None):
            raise Invalid("Give either version or stage to say which version is meant.")
        if version is not None:
            return str(version)
        latest = self.get_latest_versions(name, [str(stage)])
        if not latest:
            raise NotFound(f"Registered model {name!r} has no version in stage {stage!r}.")
        return latest[0].version


class RunOperations:
    """What ``synchronous=False`` returns: the operations are done, so waiting for them takes no time."""

    def wait(self) -> None:
        """Return when all is stored."""


def metric_value(key: str, value: Any) -> float:
    """A number, numpy scalar or one-element tensor as a float; Invalid for anything else."""
    if isinstance(value, bool | int | float):
        return float(value)
    item: Callable[[], Any] | None = getattr(value, "item", None)
    try:
        if item is not None and not isinstance(value, str | bytes):
            return float(item())
        if hasattr(value, "__float__"):
            return float(value)
    except (TypeError, ValueError, RuntimeError):
        pass
    raise Invalid(
        f"Metric {key!r} must be a number, got {type(value).__name__} {str(value)[:60]!r}; "
        "log text as a param or a tag."
    )


def _now() -> int:
    return time.time_ns() // 1_000_000


def _view(view: ViewType | int) -> ViewType:
    return _VIEWS[view] if isinstance(view, int) else ViewType(view)


def _listed(ids: Sequence[str] | str) -> Sequence[str]:
    return [ids] if isinstance(ids, str | int) else ids


def _model_status(status: LoggedModelStatus | str) -> LoggedModelStatus:
    try:
        return LoggedModelStatus.from_name(str(status))
    except ValueError:
        raise Invalid(f"Invalid status {status!r}: a model is finalized as READY or FAILED.") from None


def _final_status(status: str) -> RunStatus:
    try:
        return RunStatus(status)
    except ValueError:
        raise Invalid(f"Invalid run status {status!r}: expected one of {', '.join(RunStatus)}.") from None
