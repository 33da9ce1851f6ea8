"""Operations on the hidden branches of runs."""

from __future__ import annotations

from flowmill.entities.base import Entity, Int64
from flowmill.entities.branch import Branch
from flowmill.entities.metric import MetricColumns
from flowmill.entities.points import Points
from flowmill.wire.operation import Request, operation
from flowmill.wire.permission import EDIT_EXPERIMENT, MANAGE_EXPERIMENT, READ_EXPERIMENT


class BranchList(Entity, frozen=True):
    """Branches, those hidden last first."""

    branches: list[Branch] = []


@operation("POST flowmill/1/runs/rewind", needs=EDIT_EXPERIMENT)
class RewindRun(Request[BranchList], frozen=True, kw_only=True):
    """Hide the points of a run later than ``step``, as a branch that is kept; none if there is nothing to hide.

    Metrics of the machine (``system/…``) stay: their steps count samples. ``once``: a text that many processes may
    send, of which only the first to arrive hides anything.
    """

    run_id: str
    step: Int64
    once: str = ""


@operation("GET flowmill/1/runs/branches", needs=READ_EXPERIMENT)
class ListBranches(Request[BranchList], frozen=True, kw_only=True):
    """The hidden branches of a run."""

    run_id: str


@operation("GET flowmill/1/runs/branches/columns", needs=READ_EXPERIMENT, dense=True)
class GetBranchColumns(Request[MetricColumns], frozen=True, kw_only=True):
    """The hidden points of a metric as columns, oldest first, in pages of up to a million points."""

    run_id: str
    branch_id: str
    metric_key: str
    page_token: str = ""
    max_results: int = 250_000


@operation("POST flowmill/1/runs/branches/restore", needs=EDIT_EXPERIMENT)
class RestoreBranch(Request[BranchList], frozen=True, kw_only=True):
    """Bring a hidden branch back: points later than its step that the run has now are hidden in its place.

    A branch that begins in another one brings that back first. The answer is the branches of what is hidden instead,
    hidden last first.
    """

    run_id: str
    branch_id: str


@operation("POST flowmill/1/transfer/branch", needs=MANAGE_EXPERIMENT)
class ImportBranch(Request[None], frozen=True, kw_only=True):
    """Bring a hidden branch of an imported run under its id, or more points of it.

    Those of its points that the run shows, brought by an import from before they were hidden, are hidden here too.
    """

    run_id: str
    branch: Branch
    points: list[Points]
