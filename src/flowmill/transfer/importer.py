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
from typing import Any

import msgspec

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
from flowmill.errors import FlowmillError, Invalid, NotFound, TooLarge
from flowmill.transfer.lineage import LOOSE_MODELS, is_loose, loose_model, of_loose_model, owner_of, with_lineage
from flowmill.transfer.report import Progress, Report
from flowmill.transfer.selection import EVERYTHING, Selection
from flowmill.transfer.sender import POINTS_AT_ONCE, Pending, Sender, Target, as_stored
from flowmill.transfer.source import LARGEST_FLOAT, FoundModel, FoundRegistered, Source
from flowmill.transfer.trees import Copied, File, copy_tree, files_of, in_parallel
from flowmill.wire.transfer import (
    ImportExperiment,
    Outcome,
    Placed,
    TransferKind,
    WholeRun,
)

_RUNS_AT_ONCE = 200
_NOTHING_STORED: list[File] = []


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
        self._sender = None if target is None else Sender(target, source, report, self._tell)
        self._report = report
        self._selection = selection
        self._infinity = infinity and source.hides_infinity
        self._progress = progress or Progress()
        self._largest_floats = 0

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
            if len(runs) >= _RUNS_AT_ONCE or points >= POINTS_AT_ONCE:
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
        sender = self._sender
        if sender is None:
            self._report.things["experiments"]["new"] += 1
            return experiment.experiment_id
        known = sender.known(TransferKind.EXPERIMENT, [origin]).get(origin)
        if known is not None and known.fingerprint == fingerprint:
            self._report.things["experiments"]["unchanged"] += 1
            return known.id
        placed = sender.experiment(ImportExperiment(experiment=experiment, origin=origin, fingerprint=fingerprint))
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
        if (sender := self._sender) is None:
            return
        changed = self._changed(sender, TransferKind.RUN, "runs", pending)
        if not changed:
            return
        placed = sender.send_runs(experiment_id, changed)
        self._finish(sender, TransferKind.RUN, "runs", changed, placed, sender.verify_runs)

    def _pending_run(self, whole: WholeRun) -> Pending:
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
        return Pending(
            info.run_id, info.artifact_uri, whole, digest_of_run(as_stored(whole.run), series), [], None, points=count
        )

    # -- logged models ----------------------------------------------------------------------------------------

    def _models(self, experiment_id: str, found: Sequence[FoundModel]) -> None:
        pending = [
            Pending(each.model.model_id, each.model.info.artifact_uri, each, digest_of_model(each.model), [], None)
            for each in found
        ]
        self._with_files(pending)
        self._count(pending)
        if (sender := self._sender) is None:
            return
        changed = self._changed(sender, TransferKind.LOGGED_MODEL, "logged models", pending)
        if changed:
            placed = sender.send_models(experiment_id, changed)
            self._finish(sender, TransferKind.LOGGED_MODEL, "logged models", changed, placed, sender.verify_models)

    # -- what runs and logged models have in common ----------------------------------------------------------

    def _with_files(self, pending: Sequence[Pending]) -> None:
        """Find the files of each."""

        def find(each: Pending) -> None:
            try:
                each.store = self._source.open_files(each.artifact_uri, owner_of(each.whole))
                each.files = files_of(each.store) if each.store else _NOTHING_STORED
            except (FlowmillError, OSError) as error:
                each.problem = str(error)

        in_parallel(find, list(pending))

    def _count(self, pending: Sequence[Pending]) -> None:
        """Count what there is, for a report of what would be done."""
        if self._sender is not None:
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

    def _changed(self, sender: Sender, kind: TransferKind, words: str, pending: Sequence[Pending]) -> list[Pending]:
        """Those that the destination does not have as they are now."""
        known = sender.known(kind, [each.origin for each in pending])
        changed = [
            each
            for each in pending
            if each.origin not in known or not each.fingerprint or known[each.origin].fingerprint != each.fingerprint
        ]
        self._report.things[words]["unchanged"] += len(pending) - len(changed)
        return changed

    def _finish(
        self,
        sender: Sender,
        kind: TransferKind,
        words: str,
        pending: Sequence[Pending],
        placed: Sequence[Placed],
        verify: Callable[[Sequence[Pending], dict[str, Outcome]], None],
    ) -> None:
        """Copy files, read everything back, and note what is finished."""
        outcomes = {each.origin: each.outcome for each in placed}
        places = {each.origin: each.artifact_uri for each in placed}
        brought: list[Pending] = []
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

        def copy(each: Pending) -> Copied:
            assert each.store is not None
            return copy_tree(each.files, each.store, sender.files(places[each.origin]))

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
        if finished := [each for each in brought if not each.problem]:
            sender.finish(kind, finished)

    def _no_files(self, each: Pending) -> None:
        """Tell of files that cannot be had; a run without them is better than no run."""
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
        sender = self._sender
        if sender is None:
            self._report.things["registered models"]["new"] += 1
            self._report.things["model versions"]["new"] += len(versions)
            return
        known = sender.known(TransferKind.REGISTERED_MODEL, [model.name]).get(model.name)
        if known is not None and known.fingerprint == fingerprint:
            self._report.things["registered models"]["unchanged"] += 1
            self._report.things["model versions"]["unchanged"] += len(versions)
            return
        outcomes = sender.send_versions(model, versions, fingerprints, found.last_version, fingerprint)
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

    # -- small things -----------------------------------------------------------------------------------------

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


def _infinite(column: Points) -> Points:
    def value_of(value: float) -> float:
        return float("inf") * (1 if value > 0 else -1) if abs(value) == LARGEST_FLOAT else value

    return Points.of(column.key, ((time, step, value_of(value)) for time, step, value in column.rows()))


def _about_infinity(count: int, restored: bool) -> str:
    spelled = "±1.7976931348623157e308, as which MLflow's databases and servers keep infinity"
    if restored:
        return f"{count:,} points held {spelled}; they are infinite here."
    return f"{count:,} points hold {spelled}; they were taken as they are. --infinity makes them infinite."
