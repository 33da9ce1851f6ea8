"""Operations on registered models, their versions, tags and aliases."""

from __future__ import annotations

from flowmill.entities.base import Entity
from flowmill.entities.registry import ModelVersion, ModelVersionTag, RegisteredModel, RegisteredModelTag
from flowmill.wire.operation import Request, operation
from flowmill.wire.permission import EDIT_MODEL, MANAGE_MODEL, READ_MODEL


class RegisteredModelPage(Entity, frozen=True):
    """A page of registered models; without a token it is the last one."""

    registered_models: list[RegisteredModel] = []
    next_page_token: str | None = None


class ModelVersionPage(Entity, frozen=True):
    """A page of versions; without a token it is the last one."""

    model_versions: list[ModelVersion] = []
    next_page_token: str | None = None


@operation("POST registered-models/create", needs=EDIT_MODEL, answer="registered_model")
class CreateRegisteredModel(Request[RegisteredModel], frozen=True, kw_only=True):
    """Make a registered model. AlreadyExists if the name is taken."""

    name: str
    tags: list[RegisteredModelTag] = []
    description: str = ""


@operation("GET registered-models/get", needs=READ_MODEL, answer="registered_model")
class GetRegisteredModel(Request[RegisteredModel], frozen=True, kw_only=True):
    """The registered model of this name."""

    name: str


@operation("GET registered-models/search", needs=READ_MODEL, also=("GET registered-models/list",))
class SearchRegisteredModels(Request[RegisteredModelPage], frozen=True, kw_only=True):
    """Registered models that the filter matches, by name unless ordered."""

    filter: str = ""
    max_results: int = 100
    order_by: list[str] = []
    page_token: str = ""


@operation("PATCH registered-models/update", needs=EDIT_MODEL, answer="registered_model")
class UpdateRegisteredModel(Request[RegisteredModel], frozen=True, kw_only=True):
    """Change the description."""

    name: str
    description: str = ""


@operation("POST registered-models/rename", needs=MANAGE_MODEL, answer="registered_model")
class RenameRegisteredModel(Request[RegisteredModel], frozen=True, kw_only=True):
    """Give a registered model another name. AlreadyExists if that is taken."""

    name: str
    new_name: str


@operation("DELETE registered-models/delete", needs=MANAGE_MODEL)
class DeleteRegisteredModel(Request[None], frozen=True, kw_only=True):
    """Delete a registered model with its versions, tags and aliases."""

    name: str


@operation("POST registered-models/set-tag", needs=EDIT_MODEL)
class SetRegisteredModelTag(Request[None], frozen=True, kw_only=True):
    """Set a tag of a registered model."""

    name: str
    key: str
    value: str = ""


@operation("DELETE registered-models/delete-tag", needs=EDIT_MODEL)
class DeleteRegisteredModelTag(Request[None], frozen=True, kw_only=True):
    """Remove a tag of a registered model."""

    name: str
    key: str


@operation("POST registered-models/alias", needs=EDIT_MODEL)
class SetAlias(Request[None], frozen=True, kw_only=True):
    """Point an alias at a version; it leaves the one that it pointed at."""

    name: str
    alias: str
    version: str


@operation("DELETE registered-models/alias", needs=EDIT_MODEL)
class DeleteAlias(Request[None], frozen=True, kw_only=True):
    """Remove an alias."""

    name: str
    alias: str


@operation("GET registered-models/alias", needs=READ_MODEL, answer="model_version")
class GetVersionByAlias(Request[ModelVersion], frozen=True, kw_only=True):
    """The version that an alias points at."""

    name: str
    alias: str


@operation(
    "POST registered-models/get-latest-versions",
    needs=READ_MODEL,
    also=("GET registered-models/get-latest-versions",),
)
class GetLatestVersions(Request[ModelVersionPage], frozen=True, kw_only=True):
    """The newest version of each stage, or of the stages named."""

    name: str
    stages: list[str] = []


@operation("POST model-versions/create", needs=EDIT_MODEL, answer="model_version")
class CreateModelVersion(Request[ModelVersion], frozen=True, kw_only=True):
    """Make the next version of a registered model from the files at ``source``."""

    name: str
    source: str
    run_id: str | None = None
    tags: list[ModelVersionTag] = []
    run_link: str = ""
    description: str = ""
    model_id: str | None = None


@operation("GET model-versions/get", needs=READ_MODEL, answer="model_version")
class GetModelVersion(Request[ModelVersion], frozen=True, kw_only=True):
    """One version of a registered model."""

    name: str
    version: str


@operation("GET model-versions/search", needs=READ_MODEL)
class SearchModelVersions(Request[ModelVersionPage], frozen=True, kw_only=True):
    """Versions that the filter matches, newest first unless ordered."""

    filter: str = ""
    max_results: int = 10_000
    order_by: list[str] = []
    page_token: str = ""


@operation("GET model-versions/get-download-uri", needs=READ_MODEL, answer="artifact_uri")
class GetVersionDownloadUri(Request[str], frozen=True, kw_only=True):
    """Where the files of a version are."""

    name: str
    version: str


@operation("PATCH model-versions/update", needs=EDIT_MODEL, answer="model_version")
class UpdateModelVersion(Request[ModelVersion], frozen=True, kw_only=True):
    """Change the description of a version."""

    name: str
    version: str
    description: str = ""


@operation("POST model-versions/transition-stage", needs=EDIT_MODEL, answer="model_version")
class TransitionStage(Request[ModelVersion], frozen=True, kw_only=True):
    """Move a version to None, Staging, Production or Archived (MLflow's older way; prefer aliases)."""

    name: str
    version: str
    stage: str
    archive_existing_versions: bool = False


@operation("DELETE model-versions/delete", needs=MANAGE_MODEL)
class DeleteModelVersion(Request[None], frozen=True, kw_only=True):
    """Delete a version with its tags and the aliases that point at it; its number is never used again."""

    name: str
    version: str


@operation("POST model-versions/set-tag", needs=EDIT_MODEL)
class SetModelVersionTag(Request[None], frozen=True, kw_only=True):
    """Set a tag of a version."""

    name: str
    version: str
    key: str
    value: str = ""


@operation("DELETE model-versions/delete-tag", needs=EDIT_MODEL)
class DeleteModelVersionTag(Request[None], frozen=True, kw_only=True):
    """Remove a tag of a version."""

    name: str
    version: str
    key: str
