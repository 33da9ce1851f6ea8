"""Operations on logged models."""

from __future__ import annotations

from flowmill.entities.base import Entity
from flowmill.entities.model import LoggedModel, LoggedModelParameter, LoggedModelTag, UploadStatus
from flowmill.wire.operation import Request, operation
from flowmill.wire.permission import EDIT_EXPERIMENT, READ_EXPERIMENT
from flowmill.wire.table import GroupNumber, RunColumns


class LoggedModelPage(Entity, frozen=True):
    """A page of logged models; without a token it is the last one."""

    models: list[LoggedModel] = []
    next_page_token: str | None = None


class ModelOrder(Entity, frozen=True):
    """One sort key of a search for logged models; a dataset narrows which metric is meant."""

    field_name: str
    ascending: bool = True
    dataset_name: str | None = None
    dataset_digest: str | None = None


class ModelDataset(Entity, frozen=True):
    """A dataset that metrics in a filter were measured on."""

    dataset_name: str
    dataset_digest: str | None = None


class ModelGroup(Entity, frozen=True):
    """Logged models of an equal value, None for those that have none; ``numbers``: their metrics, by key."""

    value: str | None
    models: int
    numbers: dict[str, GroupNumber]


class ModelGroups(Entity, frozen=True):
    """The largest groups, how many groups there are and how many models in all."""

    total: int
    models: int
    groups: list[ModelGroup]


@operation("POST logged-models", needs=EDIT_EXPERIMENT, answer="model")
class CreateLoggedModel(Request[LoggedModel], frozen=True, kw_only=True):
    """Announce a model; it is PENDING until finalized."""

    experiment_id: str
    name: str = ""
    model_type: str = ""
    source_run_id: str = ""
    params: list[LoggedModelParameter] = []
    tags: list[LoggedModelTag] = []


@operation("GET logged-models/{model_id}", needs=READ_EXPERIMENT, answer="model")
class GetLoggedModel(Request[LoggedModel], frozen=True, kw_only=True):
    """The logged model with this id."""

    model_id: str
    allow_deleted: bool = False


@operation("PATCH logged-models/{model_id}", needs=EDIT_EXPERIMENT, answer="model")
class FinalizeLoggedModel(Request[LoggedModel], frozen=True, kw_only=True):
    """Say that the model's files are complete (READY) or that they never will be (UPLOAD_FAILED)."""

    model_id: str
    status: UploadStatus


@operation("DELETE logged-models/{model_id}", needs=EDIT_EXPERIMENT)
class DeleteLoggedModel(Request[None], frozen=True, kw_only=True):
    """Move a logged model to the trash."""

    model_id: str


@operation("POST logged-models/search", needs=READ_EXPERIMENT)
class SearchLoggedModels(Request[LoggedModelPage], frozen=True, kw_only=True):
    """Logged models that the filter matches, newest first unless ordered."""

    experiment_ids: list[str]
    filter: str = ""
    datasets: list[ModelDataset] = []
    max_results: int = 50
    order_by: list[ModelOrder] = []
    page_token: str = ""


@operation("POST flowmill/1/logged-models/groups", needs=READ_EXPERIMENT)
class GetModelGroups(Request[ModelGroups], frozen=True, kw_only=True):
    """The logged models that the filter matches in groups of an equal value of ``by``, the largest group first.

    ``by``: ``params.k``, ``tags.k``, ``attributes.status``, ``attributes.model_type``, ``attributes.source_run_id`` or
    ``datasets.name``; empty says only how many there are. By dataset a model is in the group of each that it was
    measured on. ``metrics``: of these the last value of each model is summed up, by dataset that on the dataset.
    """

    experiment_ids: list[str]
    filter: str = ""
    by: str = ""
    metrics: list[str] = []
    max_results: int = 1000


@operation("POST flowmill/1/logged-models/columns", needs=READ_EXPERIMENT)
class GetModelColumns(Request[RunColumns], frozen=True, kw_only=True):
    """Which metrics, parameters and tags the logged models of these experiments have; the numbers are of models.

    Of many models the numbers are those of the newest, whose number is then ``sample``: 0 for what only others have.
    """

    experiment_ids: list[str]


@operation("POST logged-models/{model_id}/params", needs=EDIT_EXPERIMENT)
class LogLoggedModelParams(Request[None], frozen=True, kw_only=True):
    """Write parameters of a logged model."""

    model_id: str
    params: list[LoggedModelParameter] = []


@operation("PATCH logged-models/{model_id}/tags", needs=EDIT_EXPERIMENT)
class SetLoggedModelTags(Request[None], frozen=True, kw_only=True):
    """Set tags of a logged model."""

    model_id: str
    tags: list[LoggedModelTag] = []


@operation("DELETE logged-models/{model_id}/tags/{tag_key}", needs=EDIT_EXPERIMENT)
class DeleteLoggedModelTag(Request[None], frozen=True, kw_only=True):
    """Remove a tag of a logged model; NotFound if it has none of that key."""

    model_id: str
    tag_key: str
