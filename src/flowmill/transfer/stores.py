"""Any store that speaks the wire: a Flowmill folder, database or server, and an MLflow server."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import msgspec

from flowmill.artifacts import ArtifactStore
from flowmill.entities.branch import Branch
from flowmill.entities.experiment import Experiment
from flowmill.entities.points import Points
from flowmill.entities.rank import RunRank
from flowmill.entities.registry import ModelVersion
from flowmill.entities.run import SIZE_TAG, Run, ViewType
from flowmill.errors import FlowmillError, Invalid, NoSuchEndpoint, NotFound
from flowmill.settings import Settings
from flowmill.store.base import Store
from flowmill.store.open import scheme_of
from flowmill.transfer.places import SourcePlaces
from flowmill.transfer.source import PROMPT_TAG, FoundModel, FoundRegistered, Survey
from flowmill.wire.branches import GetBranchColumns, ListBranches
from flowmill.wire.experiments import GetExperiment, SearchExperiments
from flowmill.wire.life import ListRanks
from flowmill.wire.metrics import GetMetricColumns, GetMetricHistory
from flowmill.wire.models import GetLoggedModel, SearchLoggedModels
from flowmill.wire.registry import (
    GetModelVersion,
    GetRegisteredModel,
    GetVersionDownloadUri,
    SearchModelVersions,
    SearchRegisteredModels,
)
from flowmill.wire.runs import GetRun, SearchRuns
from flowmill.wire.transfer import WholeRun
from flowmill.wire.trash import ListTrash

T = TypeVar("T")

_PAGE = 200
_PAGE_OF_POINTS = 25_000
_PAGE_OF_HIDDEN = 100_000
_AT_ONCE = 8


class StoreSource:
    """A store behind `Store.send`, at a URI. ``flowmill``: it is one of ours, which keeps more and answers faster."""

    def __init__(self, store: Store, uri: str, name: str, *, flowmill: bool, moved: tuple[str, ...] = ()) -> None:
        self.name = name
        self.hides_infinity = not flowmill
        self.problems: list[str] = []
        self.store = store
        self.uri = uri
        self.is_flowmill = flowmill
        remote = scheme_of(uri) in ("http", "https")
        self._headers = Settings.from_environment().http_credentials(uri) if remote else None
        self._places = SourcePlaces(tracking_uri=uri if remote else None, headers=self._headers, moved=moved)
        self._paged_history = True
        self._has_models = False
        self._shown: set[str] = set()
        """Logged models that were listed."""
        self._named: dict[str, set[str]] = defaultdict(set)
        """Logged models that runs used and made, by the runs' experiment."""
        self._threads = ThreadPoolExecutor(_AT_ONCE, "flowmill-history") if remote else None

    def survey(self) -> Survey:
        """A server does not count: experiments and registered models are listed, runs are not."""
        registered = 0
        prompts = 0
        for model in self._registered():
            if _is_prompt(model.tags):
                prompts += 1
            else:
                registered += 1
        things = {"experiments": sum(1 for _ in self.experiments()), "registered models": registered}
        return Survey(things, {"prompts": prompts} if prompts else {})

    def experiments(self) -> Iterator[Experiment]:
        """By creation."""
        found: list[Experiment] = []
        token = ""
        while True:
            page = self.store.send(SearchExperiments(view_type=ViewType.ALL, page_token=token))
            found += page.experiments
            token = page.next_page_token or ""
            if not token:
                break
        yield from sorted(found, key=lambda experiment: (experiment.creation_time, experiment.experiment_id))

    def experiment(self, experiment_id: str) -> Experiment:
        """One of them."""
        return self.store.send(GetExperiment(experiment_id=experiment_id))

    def runs(self, experiment_id: str, only: frozenset[str] | None = None) -> Iterator[WholeRun]:
        """By start."""
        for run in self._runs(experiment_id, only):
            self._named[experiment_id] |= {each.model_id for each in run.inputs.model_inputs}
            self._named[experiment_id] |= {each.model_id for each in (run.outputs.model_outputs if run.outputs else [])}
            yield WholeRun(run, self._points(run), ranks=self._ranks(run))

    def _ranks(self, run: Run) -> list[RunRank]:
        if not self.is_flowmill or SIZE_TAG not in run.data.tags:
            return []
        try:
            return self.store.send(ListRanks(run_id=run.info.run_id)).ranks
        except NoSuchEndpoint:
            return []  # an older server

    def branches(self, run_id: str) -> Iterator[tuple[Branch, Iterator[Points]]]:
        """Hidden first first, as they came to be."""
        if self.is_flowmill:
            try:
                found = self.store.send(ListBranches(run_id=run_id)).branches
            except NoSuchEndpoint:
                return  # an older server
            for branch in reversed(found):
                yield branch, self._hidden(branch)

    def _hidden(self, branch: Branch) -> Iterator[Points]:
        for key in branch.keys:
            ask = GetBranchColumns(
                run_id=branch.run_id, branch_id=branch.branch_id, metric_key=key, max_results=_PAGE_OF_HIDDEN
            )
            while True:
                page = self.store.send(ask)
                yield Points(key, page.timestamps, page.steps, page.values)
                if not page.next_page_token:
                    break
                ask = msgspec.structs.replace(ask, page_token=page.next_page_token)

    def logged_models(self, experiment_id: str, only: frozenset[str] | None = None) -> Iterator[FoundModel]:
        """By id; those in the trash last, where the server lists them."""
        if only is not None:
            for model_id in sorted(only):
                if found := self._model(model_id):
                    yield found
                else:
                    self.problems.append(f"Logged model {model_id} is not there; left out.")
            return
        token = ""
        while True:
            try:
                page = self.store.send(
                    SearchLoggedModels(experiment_ids=[experiment_id], max_results=50, page_token=token)
                )
            except NoSuchEndpoint:
                return  # MLflow before 3 has none
            self._has_models = True
            for model in sorted(page.models, key=lambda model: model.model_id):
                self._shown.add(model.model_id)
                yield FoundModel(self.store.send(GetLoggedModel(model_id=model.model_id)))
            token = page.next_page_token or ""
            if not token:
                break
        if self.is_flowmill:
            yield from self._trash(experiment_id)

    def late_models(self, experiment_id: str) -> Iterator[FoundModel]:
        """Those in the trash of MLflow's servers, which list none, but answer who has read an id in a run."""
        for model_id in sorted(self._named[experiment_id] - self._shown):
            found = self._model(model_id)
            if found and found.model.experiment_id == experiment_id:
                yield found

    def registered_models(self, only: frozenset[str] | None = None) -> Iterator[FoundRegistered]:
        """By name."""
        for model in self._registered():
            if _is_prompt(model.tags) or (only is not None and model.name not in only):
                continue
            whole = self.store.send(GetRegisteredModel(name=model.name))
            versions = sorted(self._versions(model.name), key=lambda version: int(version.version))
            last = max((int(version.version) for version in versions), default=0)
            yield FoundRegistered(whole, versions, last)

    def open_files(self, uri: str, owner: str) -> ArtifactStore | None:
        """Through the server, or at the place itself."""
        if self.is_flowmill and scheme_of(uri) in ("", "file", "mlflow-artifacts"):
            from flowmill.artifacts import open_artifacts

            return open_artifacts(uri, self.uri, self._headers)
        return self._places.open(uri, owner)

    def notes(self) -> list[str]:
        """What to know of places, and what a server does not tell."""
        unseen = ["Traces, evaluations and prompts were not taken; a server does not count them."]
        if self._has_models:
            unseen.append(
                "Of deleted logged models those came that a run names; MLflow's servers do not list them. The folder "
                "or database behind the server has all."
            )
        return [*self._places.notes(), *([] if self.is_flowmill else unseen)]

    def close(self) -> None:
        """Close the store's connections."""
        if self._threads:
            self._threads.shutdown()
        self.store.close()

    def _model(self, model_id: str) -> FoundModel | None:
        try:
            return FoundModel(self.store.send(GetLoggedModel(model_id=model_id)))
        except NotFound:
            pass
        try:
            return FoundModel(self.store.send(GetLoggedModel(model_id=model_id, allow_deleted=True)), deleted=True)
        except NotFound:
            return None

    def _trash(self, experiment_id: str) -> Iterator[FoundModel]:
        token = ""
        while True:
            try:
                page = self.store.send(ListTrash(experiment_ids=[experiment_id], page_token=token))
            except NoSuchEndpoint:
                return  # an older server
            for item in page.items:
                if item.kind == "logged_model" and item.id not in self._shown and (found := self._model(item.id)):
                    self._shown.add(item.id)
                    yield found
            token = page.next_page_token or ""
            if not token:
                return

    def _runs(self, experiment_id: str, only: frozenset[str] | None) -> Iterator[Run]:
        if only is not None:
            for run_id in sorted(only):
                yield self.store.send(GetRun(run_id=run_id))
            return
        token = ""
        while True:
            page = self.store.send(
                SearchRuns(
                    experiment_ids=[experiment_id],
                    run_view_type=ViewType.ALL,
                    max_results=_PAGE,
                    order_by=["attributes.start_time ASC"],
                    page_token=token,
                )
            )
            if self.is_flowmill:
                yield from page.runs
            else:  # a page of MLflow's lacks the models that runs used and made
                yield from self._each(lambda run: self.store.send(GetRun(run_id=run.info.run_id)), page.runs)
            token = page.next_page_token or ""
            if not token:
                return

    def _points(self, run: Run) -> list[Points]:
        keys = [metric.key for metric in run.data.metric_list]
        return [
            points
            for found in self._each(lambda key: list(self._history(run.info.run_id, key)), keys)
            for points in found
        ]

    def _history(self, run_id: str, key: str) -> Iterator[Points]:
        if self.is_flowmill:
            yield from self.history(run_id, key)
            return
        token = ""
        while True:
            ask = GetMetricHistory(run_id=run_id, metric_key=key)
            if self._paged_history:
                ask = GetMetricHistory(run_id=run_id, metric_key=key, page_token=token, max_results=_PAGE_OF_POINTS)
            try:
                page = self.store.send(ask)
            except FlowmillError:
                if not self._paged_history or token:
                    raise
                self._paged_history = False  # older servers, and those over files, send a history only whole
                continue
            yield Points.of(key, ((point.timestamp, point.step, point.value) for point in page.metrics))
            token = page.next_page_token or ""
            if not token:
                return

    def history(self, run_id: str, key: str) -> Iterator[Points]:
        """Every point of a metric of a Flowmill store, a page at a time."""
        ask = GetMetricColumns(run_id=run_id, metric_key=key)
        while True:
            page = self.store.send(ask)
            yield Points(key, page.timestamps, page.steps, page.values)
            if not page.next_page_token:
                return
            ask = msgspec.structs.replace(ask, page_token=page.next_page_token)

    def _each(self, function: Callable[[Any], T], items: list[Any]) -> Iterator[T]:
        return self._threads.map(function, items) if self._threads else map(function, items)

    def _registered(self) -> Iterator[Any]:
        token = ""
        while True:
            try:
                page = self.store.send(SearchRegisteredModels(max_results=100, page_token=token))
            except NoSuchEndpoint:
                return
            except Invalid as error:
                self.problems.append(f"The registry cannot be read: {error.message}")  # MLflow 1 over files has none
                return
            yield from page.registered_models
            token = page.next_page_token or ""
            if not token:
                return

    def _versions(self, name: str) -> Iterator[ModelVersion]:
        token = ""
        quoted = name.replace("'", "''")
        while True:
            page = self.store.send(SearchModelVersions(filter=f"name = '{quoted}'", max_results=1000, page_token=token))
            for version in page.model_versions:
                whole = self.store.send(GetModelVersion(name=name, version=version.version))
                if (whole.source or "").startswith("models:/") and not whole.model_id:
                    place = self.store.send(GetVersionDownloadUri(name=name, version=version.version))
                    whole = _with_source(whole, place)
                yield whole
            token = page.next_page_token or ""
            if not token:
                return


def _with_source(version: ModelVersion, source: str) -> ModelVersion:
    return msgspec.structs.replace(version, source=source)


def _is_prompt(tags: dict[str, str]) -> bool:
    return tags.get(PROMPT_TAG, "").lower() == "true"
