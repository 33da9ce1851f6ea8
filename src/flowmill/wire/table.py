"""Operations that the page's runs table asks: counted rows of chosen columns, and which columns there are."""

from __future__ import annotations

from flowmill.entities.base import Entity
from flowmill.entities.model import UploadStatus
from flowmill.entities.run import LifecycleStage, RunStatus, ViewType
from flowmill.wire.operation import Request, operation
from flowmill.wire.permission import READ_EXPERIMENT


class RowModel(Entity, frozen=True):
    """A model that the run made."""

    model_id: str
    name: str
    status: UploadStatus


class RowDataset(Entity, frozen=True):
    """A dataset that the run used, and for what."""

    name: str
    digest: str
    context: str | None = None


class RowVersion(Entity, frozen=True):
    """A registered version made from the run, or from a logged model among its outputs."""

    name: str
    version: str


class RunRow(Entity, frozen=True):
    """A run as one row; times are ms since the epoch, UTC.

    ``minimums`` and ``maximums`` are of a metric's whole history. ``children``: how many runs say that this one is
    their parent and are active; None unless it was asked for. ``lost``: RUNNING, but silent for too long. ``number``:
    which run of the store it is, counted from the first; its colour on the page follows from it.
    """

    run_id: str
    run_name: str
    experiment_id: str
    status: RunStatus
    user_id: str
    start_time: int
    lifecycle_stage: LifecycleStage
    artifact_uri: str
    metrics: dict[str, float]
    params: dict[str, str]
    tags: dict[str, str]
    models: list[RowModel]
    datasets: list[RowDataset]
    versions: list[RowVersion]
    end_time: int | None = None
    minimums: dict[str, float] = {}
    maximums: dict[str, float] = {}
    children: int | None = None
    lost: bool = False
    number: int = 0


class RunRows(Entity, frozen=True):
    """A page of rows, and how many runs match in all."""

    total: int
    rows: list[RunRow]
    next_page_token: str | None = None


class GroupNumber(Entity, frozen=True):
    """A metric over the runs of a group that have it. ``deviation`` is the sample's standard deviation, None of a
    single run; NaN counts for nothing."""

    runs: int
    mean: float
    minimum: float
    maximum: float
    deviation: float | None = None


class GroupText(Entity, frozen=True):
    """A parameter or tag over the runs of a group that have it: ``value`` if it is the same in all of them."""

    runs: int
    values: int
    value: str | None = None


class RunGroup(Entity, frozen=True):
    """Runs of equal values: ``values`` in the order of what was grouped by, None where the runs have none.

    ``numbers`` and ``texts`` are by column, as it was asked for.
    """

    values: list[str | None]
    runs: int
    numbers: dict[str, GroupNumber]
    texts: dict[str, GroupText]


class RunGroups(Entity, frozen=True):
    """The largest groups, how many groups there are and how many runs in all."""

    total: int
    runs: int
    groups: list[RunGroup]


class RunColumn(Entity, frozen=True):
    """A key, how many of the runs that were looked at have it and how many different values those hold."""

    key: str
    runs: int
    distinct: int


class RunColumns(Entity, frozen=True):
    """Every key of the experiments' active runs, in alphabetical order.

    ``sample``: of many runs, how many were looked at for the numbers of each key, the newest and the oldest;
    None if all. Then a key may also be one that only runs in the trash have.
    """

    metrics: list[RunColumn]
    params: list[RunColumn]
    tags: list[RunColumn]
    sample: int | None = None


@operation("POST flowmill/1/runs/rows", needs=READ_EXPERIMENT)
class GetRunRows(Request[RunRows], frozen=True, kw_only=True):
    """Rows of the runs that the filter matches; ``columns`` (``metrics.k``, ``params.k``, ``tags.k``, and
    ``minimum.k`` and ``maximum.k`` of a metric, and ``attributes.children``) chooses what they hold, None is every
    metric, parameter and tag; ``run_ids`` narrows to those runs, in any experiment. The filter and ``order_by`` take
    ``minimum.k`` and ``maximum.k`` too. ``roots`` leaves out runs whose parent is a run of the same experiment that
    is not deleted: those are reached through it.
    """

    experiment_ids: list[str] = []
    filter: str = ""
    order_by: list[str] = []
    run_view_type: ViewType = ViewType.ACTIVE_ONLY
    run_ids: list[str] | None = None
    columns: list[str] | None = None
    roots: bool = False
    max_results: int = 200
    page_token: str = ""


@operation("POST flowmill/1/runs/groups", needs=READ_EXPERIMENT)
class GetRunGroups(Request[RunGroups], frozen=True, kw_only=True):
    """The runs that the filter matches in groups of equal values of ``by``, the largest group first.

    ``by``: ``params.k``, ``tags.k``, ``attributes.status`` or ``attributes.user_id``; runs without a value are
    a group of their own. ``columns`` as in `GetRunRows`: what is summed up of each group.
    """

    experiment_ids: list[str] = []
    filter: str = ""
    run_view_type: ViewType = ViewType.ACTIVE_ONLY
    by: list[str]
    columns: list[str] = []
    max_results: int = 1000


@operation("POST flowmill/1/runs/columns", needs=READ_EXPERIMENT)
class GetRunColumns(Request[RunColumns], frozen=True, kw_only=True):
    """Which metrics, parameters and tags the active runs of these experiments have, or those of ``run_ids`` among
    their runs, active or not."""

    experiment_ids: list[str]
    run_ids: list[str] | None = None
