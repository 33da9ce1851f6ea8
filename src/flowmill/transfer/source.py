"""What can be read from: one protocol, a file for each kind of store.

A reader yields plain values in a stable order and never writes. Ids, names and times are those of the source;
``artifact_uri`` is where the source says that files are. What it cannot read it tells in ``problems`` and goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from flowmill.artifacts import ArtifactStore
from flowmill.entities.branch import Branch
from flowmill.entities.experiment import Experiment
from flowmill.entities.model import LoggedModel
from flowmill.entities.points import Points
from flowmill.entities.registry import ModelVersion, RegisteredModel
from flowmill.wire.transfer import WholeRun

POINTS_AT_ONCE = 50_000
"""Readers hand over a history in columns of at most so many points."""

LARGEST_FLOAT = 1.7976931348623157e308
"""The number as which MLflow's databases and servers keep infinity: nobody can tell the two apart again."""

PROMPT_TAG = "mlflow.prompt.is_prompt"
"""Tag of a registered model that is no model but a prompt."""


@dataclass(frozen=True)
class FoundModel:
    """A logged model, with every point of its metrics, and whether it is in the trash."""

    model: LoggedModel
    deleted: bool = False


@dataclass(frozen=True)
class FoundRegistered:
    """A registered model with its versions; ``last_version`` is the highest number it ever gave."""

    model: RegisteredModel
    versions: list[ModelVersion] = field(default_factory=list[ModelVersion])
    last_version: int = 0


@dataclass(frozen=True)
class Survey:
    """What there is, counted without reading it: things to take by kind, and what cannot be taken."""

    things: dict[str, int]
    left_out: dict[str, int] = field(default_factory=dict[str, int])


class Source(Protocol):
    """A store to read from."""

    name: str
    """How people call it, without a password."""
    hides_infinity: bool
    """Whether `LARGEST_FLOAT` may have been an infinity."""
    problems: list[str]
    """What could not be read so far, a sentence each."""

    def survey(self) -> Survey:
        """What there is."""
        ...

    def experiments(self) -> Iterator[Experiment]:
        """All experiments, deleted ones too."""
        ...

    def runs(self, experiment_id: str, only: frozenset[str] | None = None) -> Iterator[WholeRun]:
        """The runs of an experiment with their whole histories, deleted ones too; ``only`` names some by id."""
        ...

    def branches(self, run_id: str) -> Iterator[tuple[Branch, Iterator[Points]]]:
        """What a run hides, with its points; only a Flowmill store has any."""
        ...

    def logged_models(self, experiment_id: str, only: frozenset[str] | None = None) -> Iterator[FoundModel]:
        """The logged models of an experiment."""
        ...

    def late_models(self, experiment_id: str) -> Iterator[FoundModel]:
        """Logged models that only reading the experiment's runs told of; asked for after them."""
        ...

    def registered_models(self, only: frozenset[str] | None = None) -> Iterator[FoundRegistered]:
        """The registered models with their versions; prompts are none."""
        ...

    def open_files(self, uri: str, owner: str) -> ArtifactStore | None:
        """The files at an ``artifact_uri``; None where nothing was stored. ``owner``: id of the run or logged model,
        empty for a model that belongs to neither.

        Raises FlowmillError when they are somewhere that cannot be reached.
        """
        ...

    def notes(self) -> list[str]:
        """What to know after all was read, a sentence each."""
        ...

    def close(self) -> None:
        """Give back connections."""
        ...
