"""The store that an import writes to: things are sent to it in portions, and what it holds is read back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from flowmill.artifacts import ArtifactStore
from flowmill.artifacts.open import open_artifacts
from flowmill.entities.digest import digest_of, digest_of_model, digest_of_version
from flowmill.entities.points import Points
from flowmill.entities.registry import ModelVersion
from flowmill.entities.run import Run
from flowmill.errors import Invalid, TooLarge
from flowmill.store.base import Store
from flowmill.transfer.report import Report
from flowmill.transfer.source import Source
from flowmill.transfer.stores import StoreSource
from flowmill.transfer.trees import File
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

POINTS_AT_ONCE = 100_000
_VERSIONS_AT_ONCE = 200


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
class Pending:
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


class Sender:
    """Sends what is pending to a target, and reads back what it holds.

    What was refused or is not the same there becomes the ``problem`` of what is pending; ``tell`` hears where it is.
    """

    def __init__(self, target: Target, source: Source, report: Report, tell: Callable[[str], None]) -> None:
        self._target = target
        self._store = target.store
        self._source = source
        self._report = report
        self._tell = tell

    def known(self, kind: TransferKind, origins: list[str]) -> dict[str, Imported]:
        """Which of these came with an earlier import, and as what."""
        answer = self._store.send(GetImported(kind=kind, origins=origins))
        return {each.origin: each for each in answer.imported}

    def experiment(self, whole: ImportExperiment) -> Placed:
        """Make the experiment, or find it; where it is."""
        return self._store.send(whole)

    def files(self, uri: str) -> ArtifactStore:
        """The artifact store at a place that the target gave out."""
        return self._target.files(uri)

    def finish(self, kind: TransferKind, pending: Sequence[Pending]) -> None:
        """Note what was read back and found to be the same: the next import leaves it alone until it changes."""
        self._store.send(
            FinishImport(kind=kind, imported=[Imported(each.origin, each.origin, each.fingerprint) for each in pending])
        )

    # -- runs -------------------------------------------------------------------------------------------------

    def send_runs(self, experiment_id: str, pending: Sequence[Pending]) -> list[Placed]:
        """Send runs, many at once; if that is refused, one by one, so that only the wrong ones stay away."""
        small = [self._small(each) for each in pending]
        try:
            placed = self._store.send(ImportRuns(experiment_id=experiment_id, runs=small)).placed
        except (Invalid, TooLarge) as error:
            if len(pending) == 1:
                pending[0].problem = f"Run {pending[0].origin} was refused: {error.message}"
                return [Placed(pending[0].origin, pending[0].origin, Outcome.ELSEWHERE)]
            return [placed for each in pending for placed in self.send_runs(experiment_id, [each])]
        for each, answer in zip(pending, placed, strict=True):
            if answer.outcome in (Outcome.NEW, Outcome.UPDATED, Outcome.JOINED):
                self._send_points(each)
                self._send_branches(each)
        return placed

    def _small(self, pending: Pending) -> WholeRun:
        """The run without its metrics when they are many; these go after it in pieces. Never with a fingerprint:
        a run is finished when it was read back."""
        whole: WholeRun = pending.whole
        many = sum(len(column) for column in whole.points) > POINTS_AT_ONCE
        run = as_stored(whole.run)
        return WholeRun(run, [] if many else whole.points, ranks=whole.ranks)

    def _send_points(self, pending: Pending) -> None:
        whole: WholeRun = pending.whole
        if sum(len(column) for column in whole.points) <= POINTS_AT_ONCE:
            return
        waiting: list[Points] = []
        count = 0
        for column in whole.points:
            waiting.append(column)
            count += len(column)
            if count >= POINTS_AT_ONCE:
                self._store.send(ImportPoints(run_id=pending.origin, points=waiting))
                waiting, count = [], 0
                self._tell(f"{whole.run.info.run_name}, {column.key}")
        if waiting:
            self._store.send(ImportPoints(run_id=pending.origin, points=waiting))

    def _send_branches(self, pending: Pending) -> None:
        """Bring what the run hides, too."""
        wanted: dict[str, int] = {}
        for branch, columns in self._source.branches(pending.origin):
            wanted[branch.branch_id] = branch.points
            for column in columns:
                self._store.send(ImportBranch(run_id=pending.origin, branch=branch, points=[column]))
                self._tell(f"{pending.whole.run.info.run_name}, hidden {column.key}")
        if wanted:
            there = {
                branch.branch_id: branch.points
                for branch in self._store.send(ListBranches(run_id=pending.origin)).branches
            }
            if any(there.get(branch_id, 0) < points for branch_id, points in wanted.items()):
                pending.problem = f"What run {pending.origin} hides is not all there; run the command again."

    def verify_runs(self, pending: Sequence[Pending], outcomes: dict[str, Outcome]) -> None:
        """Compare what the destination holds with what was read."""
        held: dict[str, RunDigest] = {
            digest.run_id: digest
            for digest in self._store.send(DigestRuns(run_ids=[each.origin for each in pending])).runs
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

    def _lacking(self, pending: Pending) -> str:
        """Which metric of a run that was taken in by another part of it is not all there; empty if all are."""
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

    def _is_more(self, pending: Pending, there: RunDigest) -> bool:
        """Whether the destination's run holds the source's and more, logged since an earlier import."""
        run = self._store.send(GetRun(run_id=pending.origin))
        wanted = pending.whole.run
        return (
            wanted.data.params.items() <= run.data.params.items()
            and wanted.data.tags.items() <= run.data.tags.items()
            and there.points >= pending.points
            and (there.tags, there.params) != (len(wanted.data.tag_list), len(wanted.data.param_list))
        )

    # -- logged models ----------------------------------------------------------------------------------------

    def send_models(self, experiment_id: str, pending: Sequence[Pending]) -> list[Placed]:
        wholes = [WholeModel(each.whole.model, each.whole.deleted) for each in pending]
        try:
            return self._store.send(ImportLoggedModels(experiment_id=experiment_id, models=wholes)).placed
        except (Invalid, TooLarge) as error:
            if len(pending) == 1:
                pending[0].problem = f"Logged model {pending[0].origin} was refused: {error.message}"
                return [Placed(pending[0].origin, pending[0].origin, Outcome.ELSEWHERE)]
            return [placed for each in pending for placed in self.send_models(experiment_id, [each])]

    def verify_models(self, pending: Sequence[Pending], outcomes: dict[str, Outcome]) -> None:
        for each in pending:
            model = self._store.send(GetLoggedModel(model_id=each.origin, allow_deleted=True))
            if outcomes[each.origin] is Outcome.NEW and digest_of_model(model) != each.digest:
                each.problem = f"Logged model {each.origin} is not the same there; run the command again."

    # -- the registry -----------------------------------------------------------------------------------------

    def send_versions(
        self, model: Any, versions: list[ModelVersion], fingerprints: list[str], last: int, fingerprint: str
    ) -> list[Placed]:
        """Versions in groups; the model's own fingerprint comes with the last one, when all are there."""
        placed: list[Placed] = []
        for start in range(0, max(len(versions), 1), _VERSIONS_AT_ONCE):
            part = slice(start, start + _VERSIONS_AT_ONCE)
            is_last = start + _VERSIONS_AT_ONCE >= len(versions)
            placed += self._store.send(
                ImportRegisteredModel(
                    model=model,
                    versions=versions[part],
                    last_version=last,
                    fingerprint=fingerprint if is_last else "",
                    fingerprints=fingerprints[part],
                )
            ).placed
        for version, expected, there in zip(versions, fingerprints, placed, strict=True):
            held = self._store.send(GetModelVersion(name=model.name, version=there.id))
            if there.outcome is Outcome.NEW and digest_of_version(held) != expected:
                self._report.problems.append(
                    f"Version {version.version} of {model.name!r} is not the same there; run the command again."
                )
        return placed


def as_stored(run: Run) -> Run:
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
