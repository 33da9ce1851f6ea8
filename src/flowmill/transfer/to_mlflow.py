"""Copying to a server of MLflow, which gives ids of its own: each copy says in a tag what it was made from.

``flowmill.copied_from`` holds the id at the source, ``flowmill.copied_state`` the fingerprint of a copy that is
complete. So a copy is found again, and one that was cut off is finished.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from flowmill.artifacts import ArtifactStore, open_artifacts
from flowmill.entities.digest import digest_of, digest_of_points, digest_of_run
from flowmill.entities.experiment import Experiment, ExperimentTag
from flowmill.entities.metric import Metric
from flowmill.entities.model import LoggedModel, LoggedModelTag, UploadStatus
from flowmill.entities.points import Point
from flowmill.entities.registry import ModelVersion
from flowmill.entities.run import LoggedModelInput, LoggedModelOutput, Run, RunTag, ViewType
from flowmill.errors import AlreadyExists, FlowmillError, Invalid, NoSuchEndpoint, NotFound, TooLarge
from flowmill.transfer.lineage import LOOSE_MODELS, is_loose, loose_model, of_loose_model, owner_of, with_lineage
from flowmill.transfer.report import Progress, Report
from flowmill.transfer.selection import Selection
from flowmill.transfer.sender import Target
from flowmill.transfer.source import LARGEST_FLOAT, FoundModel, FoundRegistered, Source
from flowmill.transfer.stores import StoreSource
from flowmill.transfer.trees import File, copy_tree, files_of
from flowmill.wire.experiments import CreateExperiment, GetExperimentByName
from flowmill.wire.models import CreateLoggedModel, FinalizeLoggedModel, SearchLoggedModels, SetLoggedModelTags
from flowmill.wire.registry import (
    CreateModelVersion,
    CreateRegisteredModel,
    SearchModelVersions,
    SetAlias,
    SetModelVersionTag,
    TransitionStage,
)
from flowmill.wire.runs import CreateRun, GetRun, LogBatch, LogInputs, LogOutputs, SearchRuns, SetTag, UpdateRun
from flowmill.wire.transfer import WholeRun

COPIED_FROM = "flowmill.copied_from"
COPIED_STATE = "flowmill.copied_state"

_POINTS_AT_ONCE = 500
_PAIRS_AT_ONCE = 90


class MlflowCopier:
    """One copy from a source to a server of MLflow."""

    def __init__(self, source: Source, target: Target, report: Report, selection: Selection) -> None:
        self._source = source
        self._target = target
        self._report = report
        self._selection = selection
        self._runs: dict[str, Run] = {}
        self._models: dict[str, LoggedModel] = {}
        self._deleted = 0
        self._hidden = 0
        self._progress = Progress()

    def run(self) -> Report:
        """Copy what was selected; the report."""
        start = time.monotonic()
        try:
            for experiment in self._source.experiments():
                wanted = self._selection.experiments
                if wanted is None or experiment.experiment_id in wanted:
                    self._experiment(experiment)
            for found in self._source.registered_models(self._selection.registered_models):
                self._registered(found)
        finally:
            self._progress.end()
        self._report.problems += self._source.problems
        self._report.notes += self._source.notes()
        if self._deleted:
            self._report.notes.append(f"{self._deleted:,} deleted things were not copied: restore them first.")
        if self._hidden:
            self._report.notes.append(
                "What runs hide went into files of theirs below hidden_points: a server of MLflow cannot hide points."
            )
        self._report.seconds = time.monotonic() - start
        return self._report

    def _experiment(self, experiment: Experiment) -> None:
        if experiment.lifecycle_stage == "deleted":
            self._deleted += 1
            return
        number = experiment.experiment_id
        here = self._place_experiment(experiment)
        links: list[WholeRun] = []
        for whole in self._source.runs(number, self._selection.runs.get(number)):
            if whole.run.info.lifecycle_stage == "deleted":
                self._deleted += 1
                continue
            self._each("runs", whole.run.info.run_id, lambda whole=whole: self._run(here, whole))
            links.append(WholeRun(whole.run))
            self._progress.tell(f"{experiment.name}: {len(links):,} runs")
        for found in self._source.logged_models(number, self._selection.logged_models.get(number)):
            if found.deleted:
                self._deleted += 1
            else:
                self._each("logged models", found.model.model_id, lambda found=found: self._model(here, found))
        for whole in links:
            self._link(whole.run)

    def _place_experiment(self, experiment: Experiment) -> str:
        store = self._target.store
        try:
            there = store.send(GetExperimentByName(experiment_name=experiment.name))
            self._report.things["experiments"]["joined"] += 1
            return there.experiment_id
        except NotFound:
            tags = [*experiment.tag_list, ExperimentTag(COPIED_FROM, experiment.experiment_id)]
            self._report.things["experiments"]["new"] += 1
            return store.send(CreateExperiment(name=experiment.name, tags=tags))

    # -- runs -------------------------------------------------------------------------------------------------

    def _run(self, experiment_id: str, whole: WholeRun) -> None:
        source = whole.run
        files, origin = self._files(source.info.artifact_uri, source.info.run_id)
        rows: dict[str, list[Point]] = {}
        for column in whole.points:
            rows.setdefault(column.key, []).extend(column.rows())
        series = {key: digest_of_points(points)[1] for key, points in rows.items()}
        state = digest_of([digest_of_run(source, series), [[file.path, file.size] for file in files]])
        there = self._copy_of_run(experiment_id, source.info.run_id)
        if there is not None and there.data.tags.get(COPIED_STATE) == state:
            self._runs[source.info.run_id] = there
            self._report.things["runs"]["unchanged"] += 1
            return
        tags = [*source.data.tag_list, RunTag(COPIED_FROM, source.info.run_id)]
        store = self._target.store
        outcome = "updated"
        if there is None:
            outcome = "new"
            there = store.send(
                CreateRun(
                    experiment_id=experiment_id, user_id=source.info.user_id, run_name=source.info.run_name,
                    start_time=source.info.start_time, tags=[RunTag(COPIED_FROM, source.info.run_id)],
                )
            )  # fmt: skip
        run_id = there.info.run_id
        self._runs[source.info.run_id] = there
        for part in _parts(tags, _PAIRS_AT_ONCE):
            store.send(LogBatch(run_id=run_id, tags=part))
        for part in _parts(source.data.param_list, _PAIRS_AT_ONCE):
            store.send(LogBatch(run_id=run_id, params=part))
        metrics = [Metric(key, value, time, step) for key, points in rows.items() for time, step, value in points]
        for part in _parts(metrics, _POINTS_AT_ONCE):
            store.send(LogBatch(run_id=run_id, metrics=part))
        if source.inputs.dataset_inputs:
            store.send(LogInputs(run_id=run_id, datasets=source.inputs.dataset_inputs))
        self._copy_files(files, origin, there.info.artifact_uri, f"run {source.info.run_id}")
        self._write_hidden(source.info.run_id, there.info.artifact_uri)
        store.send(
            UpdateRun(
                run_id=run_id, status=source.info.status, end_time=source.info.end_time, run_name=source.info.run_name
            )
        )
        problem = self._difference(run_id, source, rows)
        if problem:
            raise Invalid(problem)
        store.send(SetTag(run_id=run_id, key=COPIED_STATE, value=state))
        self._report.things["runs"][outcome] += 1
        self._report.verified_runs += 1
        self._report.params += len(source.data.param_list)
        self._report.tags += len(source.data.tag_list)
        self._report.points += len(metrics)
        self._report.verified_points += len(metrics)

    def _write_hidden(self, run_id: str, uri: str) -> None:
        """What a run hides becomes a file of it: a server of MLflow would show it."""
        for branch, columns in self._source.branches(run_id):
            rows = (
                f"{column.key},{step},{time_},{value!r}\n" for column in columns for time_, step, value in column.rows()
            )
            name = f"hidden_points/after_step_{branch.step}_{branch.branch_id[:8]}.csv"
            open_artifacts(uri, self._target.uri, self._target.headers).put(
                name, "".join(["metric,step,timestamp,value\n", *rows]).encode()
            )
            self._hidden += 1

    def _difference(self, run_id: str, source: Run, rows: dict[str, list[Point]]) -> str | None:
        """What of a run is not there after it was sent, None if all of it is."""
        reader = StoreSource(self._target.store, self._target.uri, self._target.name, flowmill=False)
        (there,) = reader.runs("", frozenset({run_id}))
        found: dict[str, list[Point]] = {}
        for column in there.points:
            found.setdefault(column.key, []).extend(column.rows())
        for key, points in rows.items():
            if not _as_mlflow_keeps(points) <= _as_mlflow_keeps(found.get(key, [])):
                return f"metric {key!r} is not the same there"
        if not source.data.params.items() <= there.run.data.params.items():
            return "its params are not the same there"
        if not source.data.tags.items() <= there.run.data.tags.items():
            return "its tags are not the same there"
        return None

    def _copy_of_run(self, experiment_id: str, origin: str) -> Run | None:
        page = self._target.store.send(
            SearchRuns(
                experiment_ids=[experiment_id], filter=f"tags.`{COPIED_FROM}` = '{origin}'", max_results=1,
                run_view_type=ViewType.ACTIVE_ONLY,
            )
        )  # fmt: skip
        return page.runs[0] if page.runs else None

    def _link(self, source: Run) -> None:
        """Record which copied models a copied run used and made."""
        run = self._runs.get(source.info.run_id)
        if run is None:
            return
        used = [LoggedModelInput(self._models[m.model_id].model_id) for m in source.inputs.model_inputs
                if m.model_id in self._models]  # fmt: skip
        made = [
            LoggedModelOutput(self._models[each.model_id].model_id, each.step)
            for each in (source.outputs.model_outputs if source.outputs else [])
            if each.model_id in self._models
        ]
        if not used and not made:
            return
        whole = self._target.store.send(GetRun(run_id=run.info.run_id))
        there = {m.model_id for m in whole.inputs.model_inputs}
        there |= {m.model_id for m in (whole.outputs.model_outputs if whole.outputs else [])}
        if new := [each for each in used if each.model_id not in there]:
            self._target.store.send(LogInputs(run_id=run.info.run_id, models=new))
        if fresh := [each for each in made if each.model_id not in there]:
            self._target.store.send(LogOutputs(run_id=run.info.run_id, models=fresh))

    # -- logged models ----------------------------------------------------------------------------------------

    def _model(self, experiment_id: str, found: FoundModel) -> None:
        source = found.model
        store = self._target.store
        try:
            page = store.send(
                SearchLoggedModels(
                    experiment_ids=[experiment_id], filter=f"tags.`{COPIED_FROM}` = '{source.model_id}'", max_results=1
                )
            )
        except NoSuchEndpoint:
            raise Invalid("the server is older than MLflow 3 and keeps no logged models") from None
        files, origin = self._files(source.artifact_location, owner_of(found))
        state = digest_of([source.model_id, [[file.path, file.size] for file in files], source.status])
        there = page.models[0] if page.models else None
        if there is not None and there.tags.get(COPIED_STATE) == state:
            self._models[source.model_id] = there
            self._report.things["logged models"]["unchanged"] += 1
            return
        run = self._runs.get(source.info.source_run_id)
        outcome = "updated" if there else "new"
        if there is None:
            there = store.send(
                CreateLoggedModel(
                    experiment_id=experiment_id, name=source.name, model_type=source.model_type,
                    source_run_id=run.info.run_id if run else "", params=source.data.params,
                    tags=[*source.info.tags, LoggedModelTag(COPIED_FROM, source.model_id)],
                )
            )  # fmt: skip
        self._models[source.model_id] = there
        self._copy_files(files, origin, there.artifact_location, f"logged model {source.model_id}")
        for metric in source.metrics:
            if of := self._runs.get(metric.run_id or ""):
                copied = Metric(
                    metric.key, metric.value, metric.timestamp, metric.step, there.model_id, metric.dataset_name,
                    metric.dataset_digest,
                )  # fmt: skip
                store.send(LogBatch(run_id=of.info.run_id, metrics=[copied]))
        if source.info.status in (UploadStatus.READY, UploadStatus.FAILED):
            store.send(FinalizeLoggedModel(model_id=there.model_id, status=source.info.status))
        store.send(SetLoggedModelTags(model_id=there.model_id, tags=[LoggedModelTag(COPIED_STATE, state)]))
        self._report.things["logged models"][outcome] += 1

    # -- the registry -----------------------------------------------------------------------------------------

    def _registered(self, found: FoundRegistered) -> None:
        model = found.model
        store = self._target.store
        try:
            store.send(CreateRegisteredModel(name=model.name, tags=model.tag_list, description=model.description or ""))
            self._report.things["registered models"]["new"] += 1
        except AlreadyExists:
            self._report.things["registered models"]["joined"] += 1
        quoted = model.name.replace("'", "''")
        page = store.send(SearchModelVersions(filter=f"name = '{quoted}'", max_results=1000))
        there = {v.tags[COPIED_FROM]: v for v in page.model_versions if COPIED_FROM in v.tags}
        wanted = self._selection.versions.get(model.name)
        for version in found.versions:
            if wanted is not None and version.version not in wanted:
                continue
            name = f"{model.name}/{version.version}"
            self._each("model versions", name, lambda v=version: self._version(found, with_lineage(v), there))

    def _version(self, found: FoundRegistered, version: ModelVersion, there: dict[str, ModelVersion]) -> None:
        origin = f"{version.name}/{version.version}@{version.creation_timestamp}"
        if origin in there:
            self._report.things["model versions"]["unchanged"] += 1
            return
        if is_loose(version):
            self._model(LOOSE_MODELS, loose_model(version))
            version = of_loose_model(version)
        source, run_id, model_id = self._place_of(version)
        store = self._target.store
        made = store.send(
            CreateModelVersion(
                name=version.name, source=source, run_id=run_id, model_id=model_id, description=version.description,
                tags=version.tag_list, run_link=version.run_link,
            )
        )  # fmt: skip
        if version.current_stage not in ("None", ""):
            store.send(TransitionStage(name=made.name, version=made.version, stage=version.current_stage))
        if self._selection.aliases:
            for alias, number in found.model.aliases.items():
                if number == version.version:
                    store.send(SetAlias(name=made.name, alias=alias, version=made.version))
        # The tag comes last: a version with it is complete.
        store.send(SetModelVersionTag(name=made.name, version=made.version, key=COPIED_FROM, value=origin))
        there[origin] = made
        self._report.things["model versions"]["new"] += 1
        if made.version != version.version:
            self._report.notes.append(f"Version {version.version} of {version.name!r} is version {made.version} there.")

    def _place_of(self, version: ModelVersion) -> tuple[str, str | None, str | None]:
        """(source, run id, model id) of a version at the destination."""
        run = self._runs.get(version.run_id or "")
        run_id = run.info.run_id if run else None
        source = version.source or ""
        if version.model_id and version.model_id in self._models:
            model = self._models[version.model_id]
            return f"models:/{model.model_id}", run_id, model.model_id
        if run and source.startswith(f"runs:/{version.run_id}"):
            return run.info.artifact_uri + source.removeprefix(f"runs:/{version.run_id}"), run_id, None
        raise Invalid(f"its files at {source!r} belong to no run or model that was copied")

    # -- small things -----------------------------------------------------------------------------------------

    def _files(self, uri: str, owner: str) -> tuple[list[File], ArtifactStore | None]:
        store = self._source.open_files(uri, owner)
        return (files_of(store) if store else []), store

    def _copy_files(self, files: list[File], origin: ArtifactStore | None, uri: str, whose: str) -> None:
        if origin is None or not files:
            return
        done = copy_tree(files, origin, open_artifacts(uri, self._target.uri, self._target.headers))
        self._report.files += done.files
        self._report.bytes += done.bytes
        self._report.verified_files += done.verified
        if done.problems:
            raise Invalid(f"of the files of {whose}: {'; '.join(done.problems[:5])}")

    def _each(self, kind: str, name: str, action: Any) -> None:
        try:
            action()
        except (Invalid, NotFound, TooLarge, AlreadyExists) as error:
            self._told(kind, name, error)

    def _told(self, kind: str, name: str, error: FlowmillError) -> None:
        self._report.things[kind]["failed"] += 1
        self._report.problems.append(f"{name} ({kind}): {error.message}")


def _parts(items: Sequence[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(items), size):
        yield list(items[start : start + size])


def _as_mlflow_keeps(points: Sequence[Point]) -> set[tuple[int, int, str]]:
    """Points as MLflow's databases give them back: infinity is their largest number, and zero has no sign."""
    found: set[tuple[int, int, str]] = set()
    for time_, step, value in points:
        kept = max(-LARGEST_FLOAT, min(LARGEST_FLOAT, value)) if value == value else value
        found.add((time_, step, repr(kept + 0.0)))
    return found
