"""Operations on experiments."""

from __future__ import annotations

import msgspec

from flowmill.entities.base import Entity
from flowmill.entities.experiment import Experiment, ExperimentTag
from flowmill.entities.run import ViewType
from flowmill.wire.operation import Request, operation
from flowmill.wire.permission import EDIT_EXPERIMENT, MANAGE_EXPERIMENT, READ_EXPERIMENT


def _default_page() -> int:
    return 1000


class ExperimentPage(Entity, frozen=True):
    """A page of experiments; without a token it is the last one."""

    experiments: list[Experiment] = []
    next_page_token: str | None = None


@operation("POST experiments/create", needs=EDIT_EXPERIMENT, answer="experiment_id")
class CreateExperiment(Request[str], frozen=True, kw_only=True):
    """Make an experiment; answers its id. AlreadyExists if an active one has the name."""

    name: str
    artifact_location: str = ""
    tags: list[ExperimentTag] = []


@operation("GET experiments/get", needs=READ_EXPERIMENT, answer="experiment")
class GetExperiment(Request[Experiment], frozen=True, kw_only=True):
    """The experiment with this id, deleted or not."""

    experiment_id: str


@operation("GET experiments/get-by-name", needs=READ_EXPERIMENT, answer="experiment")
class GetExperimentByName(Request[Experiment], frozen=True, kw_only=True):
    """The active experiment of this name."""

    experiment_name: str


# Clients from before MLflow 2.0 say list; tools that nobody changed since still do.
@operation("POST experiments/search", needs=READ_EXPERIMENT, also=("GET experiments/search", "GET experiments/list"))
class SearchExperiments(Request[ExperimentPage], frozen=True, kw_only=True):
    """Experiments that the filter matches, newest first unless ordered."""

    # From a factory, so that it is always sent: MLflow's server refuses a search without it.
    max_results: int = msgspec.field(default_factory=_default_page)
    page_token: str = ""
    filter: str = ""
    order_by: list[str] = []
    view_type: ViewType = ViewType.ACTIVE_ONLY


@operation("POST experiments/update", needs=EDIT_EXPERIMENT)
class UpdateExperiment(Request[None], frozen=True, kw_only=True):
    """Rename an experiment."""

    experiment_id: str
    new_name: str


@operation("POST experiments/delete", needs=MANAGE_EXPERIMENT)
class DeleteExperiment(Request[None], frozen=True, kw_only=True):
    """Move an experiment and its runs to the trash; its name is free at once."""

    experiment_id: str


@operation("POST experiments/restore", needs=MANAGE_EXPERIMENT)
class RestoreExperiment(Request[None], frozen=True, kw_only=True):
    """Take an experiment and the runs deleted with it out of the trash."""

    experiment_id: str


@operation("POST experiments/set-experiment-tag", needs=EDIT_EXPERIMENT)
class SetExperimentTag(Request[None], frozen=True, kw_only=True):
    """Set a tag of an experiment."""

    experiment_id: str
    key: str
    value: str = ""


@operation("POST experiments/delete-experiment-tag", needs=EDIT_EXPERIMENT)
class DeleteExperimentTag(Request[None], frozen=True, kw_only=True):
    """Remove a tag of an experiment; NotFound if it has none of that key."""

    experiment_id: str
    key: str
