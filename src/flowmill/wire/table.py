"""Operations that the page's runs table asks: counted rows of chosen columns, and which columns there are."""

from __future__ import annotations

from flowmill.entities.base import Entity
from flowmill.entities.model import UploadStatus
from flowmill.entities.run import LifecycleStage, RunStatus, ViewType
from flowmill.wire.operation import Request, operation
from flowmill.wire.permission import OPEN_SERVER, READ_EXPERIMENT


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
    """A registered version made from the run."""

    name: str
    version: str


class RunRow(Entity, frozen=True):
    """A run as one row; times are ms since the epoch, UTC."""

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


class RunRows(Entity, frozen=True):
    """A page of rows, and how many runs match in all."""

    total: int
    rows: list[RunRow]
    next_page_token: str | None = None


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


class ServerInfo(Entity, frozen=True):
    """What the server is; ``store`` names the database's kind."""

    version: str
    mlflow_version: str
    store: str


@operation("POST flowmill/1/runs/rows", needs=READ_EXPERIMENT)
class GetRunRows(Request[RunRows], frozen=True, kw_only=True):
    """Rows of the runs that the filter matches; ``columns`` (``metrics.k``, ``params.k``, ``tags.k``)
    chooses what they hold, None is everything; ``run_ids`` narrows to those runs, in any experiment.
    """

    experiment_ids: list[str] = []
    filter: str = ""
    order_by: list[str] = []
    run_view_type: ViewType = ViewType.ACTIVE_ONLY
    run_ids: list[str] | None = None
    columns: list[str] | None = None
    max_results: int = 200
    page_token: str = ""


@operation("POST flowmill/1/runs/columns", needs=READ_EXPERIMENT)
class GetRunColumns(Request[RunColumns], frozen=True, kw_only=True):
    """Which metrics, parameters and tags the active runs of these experiments have."""

    experiment_ids: list[str]


@operation("GET flowmill/1/server", needs=OPEN_SERVER)
class GetServerInfo(Request[ServerInfo], frozen=True, kw_only=True):
    """The server's versions and kind of store."""
