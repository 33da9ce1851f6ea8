"""Bringing what a source holds into a Flowmill store: repeatable, resumable, verified.

What is sent, in this order: experiments, and of each its logged models and its runs, then the registry. A thing is
*finished* when its files are there and it was read back; only then its fingerprint is noted at the destination.
An import that was cut off begins again with what is not finished; what is there already is found to be the same.
"""

from __future__ import annotations

import itertools
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from flowmill.artifacts import ArtifactStore
from flowmill.artifacts.open import open_artifacts
from flowmill.entities.digest import (
    digest_of,
    digest_of_columns,
    digest_of_model,
    digest_of_registered,
    digest_of_run,
    digest_of_version,
)
from flowmill.entities.experiment import Experiment
from flowmill.entities.points import Points
from flowmill.entities.registry import ModelVersion
from flowmill.entities.run import Run
from flowmill.errors import FlowmillError, Invalid, NotFound, TooLarge
from flowmill.store.base import Store
from flowmill.transfer.lineage import LOOSE_MODELS, is_loose, loose_model, of_loose_model, owner_of, with_lineage
from flowmill.transfer.report import Progress, Report
from flowmill.transfer.selection import EVERYTHING, Selection
from flowmill.transfer.source import LARGEST_FLOAT, FoundModel, FoundRegistered, Source
from flowmill.transfer.stores import StoreSource
from flowmill.transfer.trees import Copied, File, copy_tree, files_of, in_parallel
from flowmill.wire.branches import ImportBranch, ListBranches
from flowmill.wire.models import GetLoggedModel
from flowmill.wire.registry import GetModelVersion
from flowmill.wire.runs import GetRun
from flowmill.wire.transfer import (
    DigestRuns,
    FinishImport,
    GetImported,
    Imported,
    ImportExperiment,
    ImportLoggedModels,
    ImportPoints,
    ImportRegisteredModel,
    ImportRuns,
    Outcome,
    Placed,
    RunDigest,
    TransferKind,
    WholeModel,
    WholeRun,
)

_RUNS_AT_ONCE = 200
_POINTS_AT_ONCE = 100_000
_VERSIONS_AT_ONCE = 200
_NOTHING_STORED: list[File] = []


@dataclass(frozen=True)
class Target:
    """A Flowmill store to write to; ``uri`` and ``headers`` reach the files of a server."""

    store: Store
    uri: str
    name: str
    headers: dict[str, str] | None = None
    is_flowmill: bool = True

    def files(self, uri: str) -> ArtifactStore:
        """The artifact store at a place that the destination gave out."""
        return open_artifacts(uri, self.uri, self.headers)


@dataclass
class _Pending:
    """A run or model on its way: what it is, its files, and where they were found."""

    origin: str
    artifact_uri: str
    whole: Any
    digest: str
    files: list[File]
    store: ArtifactStore | None
    problem: str = ""
    points: int = 0

    @property
    def fingerprint(self) -> str:
        """Stands for all that the source says of it; empty while its files cannot be had."""
        if self.problem:
            return ""
        files = [[file.path, file.size, file.changed] for file in self.files]
        return digest_of([self.digest, files])


class Importer:
    """One import from a source into a destination; without a destination it only counts (``--dry-run``).

    ``infinity``: take ±1.7976931348623157e308 for ±infinity, as which MLflow's databases and servers keep it.
    """

    def __init__(
        self,
        source: Source,
        target: Target | None,
        report: Report,
        *,
        selection: Selection = EVERYTHING,
        infinity: bool = False,
        progress: Progress | None = None,
    ) -> None:
        self._source = source
        self._target = target
        self._report = report
        self._selection = selection
        self._infinity = infinity and source.hides_infinity
        self._progress = progress or Progress()
        self._largest_floats = 0
        self._without_files = 0

    def run(self) -> Report:
        """Bring everything; the report."""
        start = time.monotonic()
        report = self._report
        survey = self._source.survey()
        report.left_out = dict(survey.left_out) if self._selection is EVERYTHING else {}
        self._all_runs = survey.things.get("runs")
        try:
            for experiment in self._source.experiments():
                wanted = self._selection.experiments
                if wanted is None or experiment.experiment_id in wanted:
                    self._experiment(experiment)
            for found in self._source.registered_models(self._selection.registered_models):
                self._attempt("registered models", found.model.name, lambda found=found: self._registered(found))
        finally:
            self._progress.end()
        report.problems += self._source.problems
        report.notes += self._source.notes()
        if self._largest_floats and self._source.hides_infinity:
            report.notes.append(_about_infinity(self._largest_floats, self._infinity))
        report.seconds = time.monotonic() - start
        return report

    # -- experiments ------------------------------------------------------------------------------------------

    def _experiment(self, experiment: Experiment) -> None:
        number = experiment.experiment_id
        here = self._attempt("experiments", experiment.name, lambda: self._place_experiment(experiment))
        if here is None:
            return
        self._all_models(here, self._source.logged_models(number, self._selection.logged_models.get(number)))
        runs: list[WholeRun] = []
        points = 0
        for whole in self._source.runs(number, self._selection.runs.get(number)):
            runs.append(whole)
            points += sum(len(column) for column in whole.points)
            if len(runs) >= _RUNS_AT_ONCE or points >= _POINTS_AT_ONCE:
                self._runs(here, runs)
                runs, points = [], 0
            self._tell(experiment.name)
        if runs:
            self._runs(here, runs)
        if number not in self._selection.logged_models:
            self._all_models(here, self._source.late_models(number))

    def _all_models(self, here: str, found: Iterator[FoundModel]) -> None:
        while models := list(itertools.islice(found, _RUNS_AT_ONCE)):
            self._models(here, models)

    def _place_experiment(self, experiment: Experiment) -> str:
        """The experiment's number at the destination."""
        # Its number and the moment of its birth name an experiment whichever way it is read; stores of old
        # versions do not know the moment.
        origin = f"{experiment.experiment_id}@{experiment.creation_time or experiment.name}"
        if experiment.experiment_id == "0":
            origin = "0"
        fingerprint = digest_of(
            [experiment.name, experiment.lifecycle_stage, experiment.last_update_time, sorted(experiment.tags.items())]
        )
        if self._target is None:
            self._report.things["experiments"]["new"] += 1
            return experiment.experiment_id
        known = self._known(TransferKind.EXPERIMENT, [origin]).get(origin)
        if known is not None and known.fingerprint == fingerprint:
            self._report.things["experiments"]["unchanged"] += 1
            return known.id
        placed = self._target.store.send(
            ImportExperiment(experiment=experiment, origin=origin, fingerprint=fingerprint)
        )
        self._report.things["experiments"][placed.outcome] += 1
        if placed.outcome is Outcome.NEW and placed.id != experiment.experiment_id:
            self._report.notes.append(
                f"Experiment {experiment.name!r} is {placed.id} here: its id {experiment.experiment_id} was taken."
            )
        return placed.id

    # -- runs -------------------------------------------------------------------------------------------------

    def _runs(self, experiment_id: str, wholes: Sequence[WholeRun]) -> None:
        pending = [self._pending_run(whole) for whole in wholes]
        self._with_files(pending)
        self._count(pending)
        if self._target is None:
            return
        changed = self._changed(TransferKind.RUN, "runs", pending)
        if not changed:
            return
        placed = self._send_runs(experiment_id, changed)
        self._finish(TransferKind.RUN, "runs", changed, placed, self._verify_runs)

    def _pending_run(self, whole: WholeRun) -> _Pending:
        for column in whole.points:
            self._largest_floats += column.count_of(LARGEST_FLOAT) + column.count_of(-LARGEST_FLOAT)
        if self._infinity:
            whole = msgspec.structs.replace(whole, points=[_infinite(column) for column in whole.points])
        by_key: dict[str, list[Points]] = defaultdict(list)
        for column in whole.points:
            by_key[column.key].append(column)
        series: dict[str, str] = {}
        count = 0
        for key, columns in by_key.items():
            different, series[key] = digest_of_columns(columns)
            count += different
        info = whole.run.info
        return _Pending(
            info.run_id, info.artifact_uri, whole, digest_of_run(_as_stored(whole.run), series), [], None, points=count
        )

    def _send_runs(self, experiment_id: str, pending: Sequence[_Pending]) -> list[Placed]:
        """Send runs, many at once; if that is refused, one by one, so that only the wrong ones stay away."""
        assert self._target is not None
        small = [self._small(each) for each in pending]
        try:
            placed = self._target.store.send(ImportRuns(experiment_id=experiment_id, runs=small)).placed
        except (Invalid, TooLarge) as error:
            if len(pending) == 1:
                pending[0].problem = f"Run {pending[0].origin} was refused: {error.message}"
                return [Placed(pending[0].origin, pending[0].origin, Outcome.ELSEWHERE)]
            return [placed for each in pending for placed in self._send_runs(experiment_id, [each])]
        for each, answer in zip(pending, placed, strict=True):
            if answer.outcome in (Outcome.NEW, Outcome.UPDATED, Outcome.JOINED):
                self._send_points(each)
                self._send_branches(each)
        return placed

    def _small(self, pending: _Pending) -> WholeRun:
        """The run without its metrics when they are many; these go after it in pieces. Never with a fingerprint:
        a run is finished when it was read back."""
        whole: WholeRun = pending.whole
        many = sum(len(column) for column in whole.points) > _POINTS_AT_ONCE
        run = _as_stored(whole.run)
        return WholeRun(run, [] if many else whole.points, ranks=whole.ranks)

    def _send_points(self, pending: _Pending) -> None:
        assert self._target is not None
        whole: WholeRun = pending.whole
        if sum(len(column) for column in whole.points) <= _POINTS_AT_ONCE:
            return
        waiting: list[Points] = []
        count = 0
        for column in whole.points:
            waiting.append(column)
            count += len(column)
            if count >= _POINTS_AT_ONCE:
                self._target.store.send(ImportPoints(run_id=pending.origin, points=waiting))
                waiting, count = [], 0
                self._tell(f"{whole.run.info.run_name}, {column.key}")
        if waiting:
            self._target.store.send(ImportPoints(run_id=pending.origin, points=waiting))

    def _send_branches(self, pending: _Pending) -> None:
        """Bring what the run hides, too."""
        assert self._target is not None
        wanted: dict[str, int] = {}
        for branch, columns in self._source.branches(pending.origin):
            wanted[branch.branch_id] = branch.points
            for column in columns:
                self._target.store.send(ImportBranch(run_id=pending.origin, branch=branch, points=[column]))
                self._tell(f"{pending.whole.run.info.run_name}, hidden {column.key}")
        if wanted:
            there = {
                branch.branch_id: branch.points
                for branch in self._target.store.send(ListBranches(run_id=pending.origin)).branches
            }
            if any(there.get(branch_id, 0) < points for branch_id, points in wanted.items()):
                pending.problem = f"What run {pending.origin} hides is not all there; run the command again."

    def _verify_runs(self, pending: Sequence[_Pending], outcomes: dict[str, Outcome]) -> None:
        """Compare what the destination holds with what was read."""
        assert self._target is not None
        held: dict[str, RunDigest] = {
            digest.run_id: digest
            for digest in self._target.store.send(DigestRuns(run_ids=[each.origin for each in pending])).runs
        }
        for each in pending:
            there = held.get(each.origin)
            if there is None:
                each.problem = f"Run {each.origin} is not there after it was sent; run the command again."
            elif outcomes[each.origin] is Outcome.JOINED:
                each.problem = self._lacking(each)
                if not each.problem:
                    self._report.verified_runs += 1
                    self._report.verified_points += each.points
            elif there.digest != each.digest and not self._is_more(each, there):
                each.problem = (
                    f"Run {each.origin} is not the same there: {there.params} params, {there.tags} tags and "
                    f"{there.points} points, of {len(each.whole.run.data.param_list)}, "
                    f"{len(each.whole.run.data.tag_list)} and {each.points}."
                )
            else:
                self._report.verified_runs += 1
                self._report.verified_points += each.points

    def _lacking(self, pending: _Pending) -> str:
        """Which metric of a run that was taken in by another part of it is not all there; empty if all are."""
        assert self._target is not None
        reader = StoreSource(self._target.store, self._target.uri, self._target.name, flowmill=True)
        wanted: dict[str, set[tuple[int, int, str]]] = defaultdict(set)
        for column in pending.whole.points:
            wanted[column.key] |= {(time_, step, repr(value)) for time_, step, value in column.rows()}
        for key, points in wanted.items():
            there = {
                (time_, step, repr(value))
                for column in reader.history(pending.origin, key)
                for time_, step, value in column.rows()
            }
            if not points <= there:
                return f"Metric {key!r} of run {pending.origin} is not all there; run the command again."
        return ""

    def _is_more(self, pending: _Pending, there: RunDigest) -> bool:
        """Whether the destination's run holds the source's and more, logged since an earlier import."""
        assert self._target is not None
        run = self._target.store.send(GetRun(run_id=pending.origin))
        wanted = pending.whole.run
        return (
            wanted.data.params.items() <= run.data.params.items()
            and wanted.data.tags.items() <= run.data.tags.items()
            and there.points >= pending.points
            and (there.tags, there.params) != (len(wanted.data.tag_list), len(wanted.data.param_list))
        )

    # -- logged models ----------------------------------------------------------------------------------------

    def _models(self, experiment_id: str, found: Sequence[FoundModel]) -> None:
        pending = [
            _Pending(each.model.model_id, each.model.info.artifact_uri, each, digest_of_model(each.model), [], None)
            for each in found
        ]
        self._with_files(pending)
        self._count(pending)
        if self._target is None:
            return
        changed = self._changed(TransferKind.LOGGED_MODEL, "logged models", pending)
        if changed:
            placed = self._send_models(experiment_id, changed)
            self._finish(TransferKind.LOGGED_MODEL, "logged models", changed, placed, self._verify_models)

    def _send_models(self, experiment_id: str, pending: Sequence[_Pending]) -> list[Placed]:
        assert self._target is not None
        wholes = [WholeModel(each.whole.model, each.whole.deleted) for each in pending]
        try:
            return self._target.store.send(ImportLoggedModels(experiment_id=experiment_id, models=wholes)).placed
        except (Invalid, TooLarge) as error:
            if len(pending) == 1:
                pending[0].problem = f"Logged model {pending[0].origin} was refused: {error.message}"
                return [Placed(pending[0].origin, pending[0].origin, Outcome.ELSEWHERE)]
            return [placed for each in pending for placed in self._send_models(experiment_id, [each])]

    def _verify_models(self, pending: Sequence[_Pending], outcomes: dict[str, Outcome]) -> None:
        assert self._target is not None
        for each in pending:
            model = self._target.store.send(GetLoggedModel(model_id=each.origin, allow_deleted=True))
            if outcomes[each.origin] is Outcome.NEW and digest_of_model(model) != each.digest:
                each.problem = f"Logged model {each.origin} is not the same there; run the command again."

    # -- what runs and logged models have in common ----------------------------------------------------------

    def _with_files(self, pending: Sequence[_Pending]) -> None:
        """Find the files of each."""

        def find(each: _Pending) -> None:
            try:
                each.store = self._source.open_files(each.artifact_uri, owner_of(each.whole))
                each.files = files_of(each.store) if each.store else _NOTHING_STORED
            except (FlowmillError, OSError) as error:
                each.problem = str(error)

        in_parallel(find, list(pending))

    def _count(self, pending: Sequence[_Pending]) -> None:
        """Count what there is, for a report of what would be done."""
        if self._target is not None:
            return
        kind = "runs" if isinstance(pending[0].whole, WholeRun) else "logged models"
        for each in pending:
            self._report.things[kind]["new"] += 1
            self._report.points += each.points
            self._report.files += len(each.files)
            self._report.bytes += sum(file.size for file in each.files)
            if isinstance(each.whole, WholeRun):
                self._report.params += len(each.whole.run.data.param_list)
                self._report.tags += len(each.whole.run.data.tag_list)
            if each.problem:
                self._no_files(each)

    def _changed(self, kind: TransferKind, words: str, pending: Sequence[_Pending]) -> list[_Pending]:
        """Those that the destination does not have as they are now."""
        known = self._known(kind, [each.origin for each in pending])
        changed = [
            each
            for each in pending
            if each.origin not in known or not each.fingerprint or known[each.origin].fingerprint != each.fingerprint
        ]
        self._report.things[words]["unchanged"] += len(pending) - len(changed)
        return changed

    def _finish(
        self,
        kind: TransferKind,
        words: str,
        pending: Sequence[_Pending],
        placed: Sequence[Placed],
        verify: Callable[[Sequence[_Pending], dict[str, Outcome]], None],
    ) -> None:
        """Copy files, read everything back, and note what is finished."""
        assert self._target is not None
        outcomes = {each.origin: each.outcome for each in placed}
        places = {each.origin: each.artifact_uri for each in placed}
        brought: list[_Pending] = []
        for each in pending:
            outcome = outcomes[each.origin]
            if outcome is Outcome.ELSEWHERE:
                self._report.things[words]["failed"] += 1
                self._report.problems.append(
                    each.problem or f"{each.origin} is in another experiment here, so it was left as it is."
                )
                continue
            self._report.things[words][outcome] += 1
            if outcome is not Outcome.KEPT:
                brought.append(each)
        lacking = [each for each in brought if each.problem]
        for each in lacking:
            self._no_files(each)
        with_files = [each for each in brought if each.files]
        target = self._target

        def copy(each: _Pending) -> Copied:
            assert each.store is not None
            return copy_tree(each.files, each.store, target.files(places[each.origin]))

        for each, done in zip(with_files, in_parallel(copy, with_files), strict=True):
            self._report.files += done.files
            self._report.bytes += done.bytes
            self._report.verified_files += done.verified
            if done.problems:
                each.problem = f"Of the files of {each.origin}: " + "; ".join(done.problems[:5])
                self._report.problems.append(each.problem)
        told = {id(each) for each in brought if each.problem}
        if brought:
            verify(brought, outcomes)
        for each in brought:
            if each.problem and id(each) not in told:
                self._report.problems.append(each.problem)
            self._report.points += each.points
            if isinstance(each.whole, WholeRun):
                self._report.params += len(each.whole.run.data.param_list)
                self._report.tags += len(each.whole.run.data.tag_list)
        finished = [Imported(each.origin, each.origin, each.fingerprint) for each in brought if not each.problem]
        if finished:
            self._target.store.send(FinishImport(kind=kind, imported=finished))

    def _no_files(self, each: _Pending) -> None:
        """Tell of files that cannot be had; a run without them is better than no run."""
        self._without_files += 1
        self._report.problems.append(f"Without its files: {each.problem}")

    # -- the registry -----------------------------------------------------------------------------------------

    def _registered(self, found: FoundRegistered) -> None:
        model = found.model
        wanted = self._selection.versions.get(model.name)
        versions = [
            self._with_its_files(with_lineage(v)) for v in found.versions if wanted is None or v.version in wanted
        ]
        if not self._selection.aliases:
            model = msgspec.structs.replace(model, alias_list=[])
        fingerprints = [digest_of_version(version) for version in versions]
        fingerprint = digest_of([digest_of_registered(model), found.last_version, *fingerprints])
        if self._target is None:
            self._report.things["registered models"]["new"] += 1
            self._report.things["model versions"]["new"] += len(versions)
            return
        known = self._known(TransferKind.REGISTERED_MODEL, [model.name]).get(model.name)
        if known is not None and known.fingerprint == fingerprint:
            self._report.things["registered models"]["unchanged"] += 1
            self._report.things["model versions"]["unchanged"] += len(versions)
            return
        outcomes = self._send_versions(model, versions, fingerprints, found.last_version, fingerprint)
        self._report.things["registered models"]["new" if known is None else "updated"] += 1
        for version, placed in zip(versions, outcomes, strict=True):
            self._report.things["model versions"][placed.outcome] += 1
            if placed.id != version.version:
                self._report.notes.append(
                    f"Version {version.version} of {model.name!r} is version {placed.id} here: its number was taken."
                )

    def _with_its_files(self, version: ModelVersion) -> ModelVersion:
        """The version; one that belongs to no run becomes that of a logged model, which brings its files."""
        if not is_loose(version):
            return version
        try:
            files = self._source.open_files(version.source or "", "")
        except (FlowmillError, OSError) as error:
            self._report.problems.append(
                f"Version {version.version} of {version.name!r} belongs to no run, and its files did not come: {error}"
            )
            return version
        if files is None:
            return version
        self._models(LOOSE_MODELS, [loose_model(version)])
        return of_loose_model(version)

    def _send_versions(
        self, model: Any, versions: list[ModelVersion], fingerprints: list[str], last: int, fingerprint: str
    ) -> list[Placed]:
        """Versions in groups; the model's own fingerprint comes with the last one, when all are there."""
        assert self._target is not None
        placed: list[Placed] = []
        for start in range(0, max(len(versions), 1), _VERSIONS_AT_ONCE):
            part = slice(start, start + _VERSIONS_AT_ONCE)
            is_last = start + _VERSIONS_AT_ONCE >= len(versions)
            placed += self._target.store.send(
                ImportRegisteredModel(
                    model=model,
                    versions=versions[part],
                    last_version=last,
                    fingerprint=fingerprint if is_last else "",
                    fingerprints=fingerprints[part],
                )
            ).placed
        for version, expected, there in zip(versions, fingerprints, placed, strict=True):
            held = self._target.store.send(GetModelVersion(name=model.name, version=there.id))
            if there.outcome is Outcome.NEW and digest_of_version(held) != expected:
                self._report.problems.append(
                    f"Version {version.version} of {model.name!r} is not the same there; run the command again."
                )
        return placed

    # -- small things -----------------------------------------------------------------------------------------

    def _known(self, kind: TransferKind, origins: list[str]) -> dict[str, Imported]:
        assert self._target is not None
        answer = self._target.store.send(GetImported(kind=kind, origins=origins))
        return {each.origin: each for each in answer.imported}

    def _attempt(self, kind: str, name: str, action: Callable[[], Any]) -> Any:
        """The result; None after a refusal, which is told. A destination that is away ends the import."""
        try:
            return action()
        except (Invalid, NotFound, TooLarge) as error:
            self._report.things[kind]["failed"] += 1
            self._report.problems.append(f"{name!r} ({kind}) was refused: {error.message}")
            return None

    def _tell(self, where: str) -> None:
        done = sum(self._report.things["runs"].values())
        of = f" of {self._all_runs:,}" if self._all_runs is not None else ""
        self._progress.tell(f"{where}: {done:,}{of} runs, {self._report.points:,} points, {self._report.files:,} files")


def _as_stored(run: Run) -> Run:
    """The run as a database keeps it: one value for each key, no absent text."""
    data = run.data
    params = {pair.key: pair for pair in data.param_list}
    tags = {pair.key: pair for pair in data.tag_list}
    info = run.info
    return msgspec.structs.replace(
        run,
        info=msgspec.structs.replace(
            info, run_name=info.run_name or "", user_id=info.user_id or "", start_time=info.start_time or 0
        ),
        data=msgspec.structs.replace(
            data, metric_list=[], param_list=list(params.values()), tag_list=list(tags.values())
        ),
    )


def _infinite(column: Points) -> Points:
    def value_of(value: float) -> float:
        return float("inf") * (1 if value > 0 else -1) if abs(value) == LARGEST_FLOAT else value

    return Points.of(column.key, ((time, step, value_of(value)) for time, step, value in column.rows()))


def _about_infinity(count: int, restored: bool) -> str:
    spelled = "±1.7976931348623157e308, as which MLflow's databases and servers keep infinity"
    if restored:
        return f"{count:,} points held {spelled}; they are infinite here."
    return f"{count:,} points hold {spelled}; they were taken as they are. --infinity makes them infinite."
