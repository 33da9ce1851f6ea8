"""Operations on runs, their parameters and tags."""

from __future__ import annotations

import msgspec

from flowmill.entities.base import Entity, Int64
from flowmill.entities.dataset import DatasetInput
from flowmill.entities.metric import Metric
from flowmill.entities.run import (
    LoggedModelInput,
    LoggedModelOutput,
    Param,
    Run,
    RunInfo,
    RunStatus,
    RunTag,
    ViewType,
)
from flowmill.wire.operation import Request, operation
from flowmill.wire.permission import EDIT_EXPERIMENT, READ_EXPERIMENT


def _default_experiment() -> str:
    return "0"


class RunPage(Entity, frozen=True):
    """A page of runs; without a token it is the last one."""

    runs: list[Run] = []
    next_page_token: str | None = None

    def numbers(self) -> list[float]:
        """Every number that JSON may have no word for, as they follow one another in it."""
        return [metric.value for run in self.runs for metric in run.data.metric_list]


@operation("POST runs/create", needs=EDIT_EXPERIMENT, answer="run")
class CreateRun(Request[Run], frozen=True, kw_only=True):
    """Open a run. Without a name it gets one of its own; ``start_time`` is ms since the epoch.

    Flowmill's own ``run_id`` (32 hexadecimal digits) lets the client choose the id, so that asking again after an
    answer that was lost opens no second run.
    """

    # From a factory, so that it is always sent: MLflow's server takes a missing one for an empty one.
    experiment_id: str = msgspec.field(default_factory=_default_experiment)
    user_id: str = ""
    run_name: str = ""
    start_time: Int64 | None = None
    tags: list[RunTag] = []
    run_id: str = ""


@operation("GET runs/get", needs=READ_EXPERIMENT, answer="run")
class GetRun(Request[Run], frozen=True, kw_only=True):
    """The run with this id, deleted or not."""

    run_id: str


@operation("POST runs/search", needs=READ_EXPERIMENT)
class SearchRuns(Request[RunPage], frozen=True, kw_only=True):
    """Whole runs that the filter matches, newest first unless ordered."""

    experiment_ids: list[str] = []
    filter: str = ""
    run_view_type: ViewType = ViewType.ACTIVE_ONLY
    max_results: int = 1000
    order_by: list[str] = []
    page_token: str = ""


@operation("POST runs/update", needs=EDIT_EXPERIMENT, answer="run_info")
class UpdateRun(Request[RunInfo], frozen=True, kw_only=True):
    """Change a run's status, end time (ms since the epoch) or name."""

    run_id: str
    status: RunStatus | None = None
    end_time: Int64 | None = None
    run_name: str | None = None


@operation("POST runs/delete", needs=EDIT_EXPERIMENT)
class DeleteRun(Request[None], frozen=True, kw_only=True):
    """Move a run to the trash."""

    run_id: str


@operation("POST runs/restore", needs=EDIT_EXPERIMENT)
class RestoreRun(Request[None], frozen=True, kw_only=True):
    """Take a run out of the trash."""

    run_id: str


class RunIds(Entity, frozen=True):
    """Ids of runs."""

    run_ids: list[str] = []


@operation("POST flowmill/1/runs/delete", needs=EDIT_EXPERIMENT)
class DeleteRuns(Request[RunIds], frozen=True, kw_only=True):
    """Move up to 1,000 runs to the trash and, with ``below``, what lies below them in their experiments.

    All of them or, on an error, none. The answer names those that were moved, so that it can be undone; a run that is
    in the trash already is not among them.
    """

    run_ids: list[str]
    below: bool = True


@operation("POST flowmill/1/runs/restore", needs=EDIT_EXPERIMENT)
class RestoreRuns(Request[RunIds], frozen=True, kw_only=True):
    """Take up to 1,000 runs out of the trash and, with ``below``, what was deleted together with them below them.

    All of them or, on an error, none. The answer names those that are back; an active run is not among them.
    """

    run_ids: list[str]
    below: bool = True


@operation("POST runs/log-parameter", needs=EDIT_EXPERIMENT)
class LogParam(Request[None], frozen=True, kw_only=True):
    """Write a parameter once; Invalid if it has another value already."""

    run_id: str
    key: str
    value: str = ""


@operation("POST runs/set-tag", needs=EDIT_EXPERIMENT)
class SetTag(Request[None], frozen=True, kw_only=True):
    """Set a tag of a run."""

    run_id: str
    key: str
    value: str = ""


@operation("POST runs/delete-tag", needs=EDIT_EXPERIMENT)
class DeleteTag(Request[None], frozen=True, kw_only=True):
    """Remove a tag of a run; NotFound if it has none of that key."""

    run_id: str
    key: str


@operation("POST runs/log-batch", needs=EDIT_EXPERIMENT)
class LogBatch(Request[None], frozen=True, kw_only=True):
    """Metrics, parameters and tags at once: all of them or, on an error, none.

    Flowmill's own ``writer`` and ``seq`` make a batch count once however often it is sent: a writer numbers its
    batches of a run upwards and sends them in that order; one whose number is not higher than the last that was
    applied is answered and not applied again.
    """

    run_id: str
    metrics: list[Metric] = []
    params: list[Param] = []
    tags: list[RunTag] = []
    writer: str | None = None
    seq: Int64 | None = None


@operation("POST runs/log-inputs", needs=EDIT_EXPERIMENT)
class LogInputs(Request[None], frozen=True, kw_only=True):
    """Record datasets and models that a run used."""

    run_id: str
    datasets: list[DatasetInput] = []
    models: list[LoggedModelInput] = []


@operation("POST runs/outputs", needs=EDIT_EXPERIMENT)
class LogOutputs(Request[None], frozen=True, kw_only=True):
    """Record models that a run made."""

    run_id: str
    models: list[LoggedModelOutput] = []


@operation("POST runs/log-model", needs=EDIT_EXPERIMENT)
class LogModel(Request[None], frozen=True, kw_only=True):
    """Append an MLmodel (as JSON) to the run's history of logged models, the MLflow 2 way."""

    run_id: str
    model_json: str
