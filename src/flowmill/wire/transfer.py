"""Operations that take whole things with their ids, as importing and copying do.

Each may be repeated: what is there already stays as it is. A *fingerprint* is a text of the importer's own that
stands for the state of the source; it is kept with what was imported, so that the next import can leave alone
what has not changed since. A thing without one was begun and not finished.
"""

from __future__ import annotations

from enum import StrEnum

from flowmill.entities.base import Entity
from flowmill.entities.experiment import Experiment
from flowmill.entities.model import LoggedModel
from flowmill.entities.points import Points
from flowmill.entities.rank import RunRank
from flowmill.entities.registry import ModelVersion, RegisteredModel
from flowmill.entities.run import Run
from flowmill.wire.operation import Request, operation
from flowmill.wire.permission import MANAGE_EXPERIMENT, MANAGE_MODEL, READ_EXPERIMENT


class TransferKind(StrEnum):
    """What was imported."""

    EXPERIMENT = "experiment"
    RUN = "run"
    LOGGED_MODEL = "logged_model"
    REGISTERED_MODEL = "registered_model"
    VERSION = "version"


class Outcome(StrEnum):
    """What became of a thing that was sent.

    ``NEW``: it was not there; ``UPDATED``: an earlier import had brought it; ``KEPT``: it was there, not by an
    import, and stays as it is; ``JOINED``: something of the same name was there and took it in; ``ELSEWHERE``:
    its id belongs to something in another experiment, and nothing was done.
    """

    NEW = "new"
    UPDATED = "updated"
    KEPT = "kept"
    JOINED = "joined"
    ELSEWHERE = "elsewhere"


class Imported(Entity, frozen=True):
    """Something that an import brought: ``origin`` names it at its source, ``id`` here."""

    origin: str
    id: str
    fingerprint: str = ""


class ImportedList(Entity, frozen=True):
    """Those of the origins asked for that were imported."""

    imported: list[Imported] = []


class Placed(Entity, frozen=True):
    """What became of one thing, its id here, and where its files go."""

    origin: str
    id: str
    outcome: Outcome
    artifact_uri: str = ""


class PlacedList(Entity, frozen=True):
    """The same of several, in the order in which they were sent."""

    placed: list[Placed]


class WholeRun(Entity, frozen=True):
    """A run with points of its metrics; the latest values in ``run`` do not count. ``ranks``: of many processes.

    With a ``fingerprint`` it is finished by this; without one, more points or files are to come.
    """

    run: Run
    points: list[Points] = []
    fingerprint: str = ""
    ranks: list[RunRank] = []


class WholeModel(Entity, frozen=True):
    """A logged model; with a ``fingerprint`` it is finished by this, without one files are to come."""

    model: LoggedModel
    deleted: bool = False
    fingerprint: str = ""


class RunDigest(Entity, frozen=True):
    """What a run holds: how many parameters, tags and points, and the digest of all (`entities.digest`)."""

    run_id: str
    params: int
    tags: int
    points: int
    digest: str


class RunDigests(Entity, frozen=True):
    """Digests of the runs asked for, those that exist."""

    runs: list[RunDigest] = []


@operation("POST flowmill/1/transfer/imported", needs=READ_EXPERIMENT)
class GetImported(Request[ImportedList], frozen=True, kw_only=True):
    """Which of these origins were imported, under which id and fingerprint."""

    kind: TransferKind
    origins: list[str]


@operation("POST flowmill/1/transfer/experiment", needs=MANAGE_EXPERIMENT, answer="experiment")
class ImportExperiment(Request[Placed], frozen=True, kw_only=True):
    """Bring an experiment, under its id if that is free; one of the same name that is there takes it in."""

    experiment: Experiment
    origin: str
    fingerprint: str = ""


@operation("POST flowmill/1/transfer/runs", needs=MANAGE_EXPERIMENT)
class ImportRuns(Request[PlacedList], frozen=True, kw_only=True):
    """Bring runs under their ids into an experiment: all of them or, on an error, none."""

    experiment_id: str
    runs: list[WholeRun]


@operation("POST flowmill/1/transfer/points", needs=MANAGE_EXPERIMENT)
class ImportPoints(Request[None], frozen=True, kw_only=True):
    """Add points to the metrics of an imported run; a point that is there stays single."""

    run_id: str
    points: list[Points]


@operation("POST flowmill/1/transfer/logged-models", needs=MANAGE_EXPERIMENT)
class ImportLoggedModels(Request[PlacedList], frozen=True, kw_only=True):
    """Bring logged models under their ids into an experiment, with every point in their metrics."""

    experiment_id: str
    models: list[WholeModel]


@operation("POST flowmill/1/transfer/registered-model", needs=MANAGE_MODEL)
class ImportRegisteredModel(Request[PlacedList], frozen=True, kw_only=True):
    """Bring a registered model with versions; answers the versions, under their numbers where those are free.

    ``last_version``: the highest number ever given at the source, which is not given again.
    ``fingerprint`` is that of the model, ``fingerprints`` those of its versions.
    """

    model: RegisteredModel
    versions: list[ModelVersion] = []
    last_version: int = 0
    fingerprint: str = ""
    fingerprints: list[str] = []


@operation("POST flowmill/1/transfer/finish", needs=MANAGE_EXPERIMENT)
class FinishImport(Request[None], frozen=True, kw_only=True):
    """Note that imported things are complete, files included, with the fingerprints of their sources."""

    kind: TransferKind
    imported: list[Imported]


@operation("POST flowmill/1/transfer/digests", needs=READ_EXPERIMENT)
class DigestRuns(Request[RunDigests], frozen=True, kw_only=True):
    """What runs hold, counted and as digests, so that a copy can be compared without being sent back."""

    run_ids: list[str]
