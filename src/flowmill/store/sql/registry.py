"""Registered models in the database, with their tags and aliases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from flowmill.entities.base import as_dict
from flowmill.entities.names import check_alias, check_model_name
from flowmill.entities.registry import ModelVersion, RegisteredModel, RegisteredModelAlias, RegisteredModelTag
from flowmill.entities.webhook import WebhookAction, WebhookEntity
from flowmill.errors import AlreadyExists, NotFound
from flowmill.store.sql import versions
from flowmill.store.sql.handler import handles
from flowmill.store.sql.outbox import announce, announce_tag
from flowmill.store.sql.registry_events import ALIAS, DESCRIPTION, MODEL, NAME, TAG, Change, note
from flowmill.store.sql.tags import last_of_each_key, pairs_of, put_tags
from flowmill.store.sql.transaction import Row, Transaction
from flowmill.store.sql.versions import (
    check_stage,
    latest_versions,
    load_versions,
    model_key,
    no_alias,
    version_row,
)
from flowmill.wire.registry import (
    CreateRegisteredModel,
    DeleteAlias,
    DeleteRegisteredModel,
    DeleteRegisteredModelTag,
    GetLatestVersions,
    GetRegisteredModel,
    GetVersionByAlias,
    ModelVersionPage,
    RenameRegisteredModel,
    SetAlias,
    SetRegisteredModelTag,
    UpdateRegisteredModel,
)

COLUMNS = (
    "registered_models.id, registered_models.name, registered_models.description, "
    "registered_models.created_at, registered_models.updated_at"
)


@handles(CreateRegisteredModel)
def create_registered_model(tx: Transaction, ask: CreateRegisteredModel) -> RegisteredModel:
    """Make a registered model."""
    check_model_name(ask.name)
    now = tx.now()
    model = tx.value(
        "INSERT INTO registered_models (name, description, last_version, created_at, updated_at) "
        "VALUES (?, ?, 0, ?, ?) ON CONFLICT DO NOTHING RETURNING id",
        (ask.name, ask.description, now, now),
    )
    if model is None:
        raise AlreadyExists(f"A registered model named {ask.name!r} exists already; add a version to it instead.")
    tags = last_of_each_key(ask.tags)
    put_tags(tx, "registered_model_tags", "model", model, tags)
    described = [Change(DESCRIPTION, after=ask.description)] if ask.description else []
    tagged = [Change(TAG, key=tag.key, after=tag.value) for tag in tags]
    note(tx, model, ask.name, [Change(MODEL, after=ask.name), *described, *tagged], now)
    announce(
        tx,
        model,
        WebhookEntity.REGISTERED_MODEL,
        WebhookAction.CREATED,
        {"name": ask.name, "tags": as_dict(tags), "description": ask.description},
    )
    return _load(tx, ask.name)


@handles(GetRegisteredModel)
def get_registered_model(tx: Transaction, ask: GetRegisteredModel) -> RegisteredModel:
    """The registered model of this name."""
    return _load(tx, ask.name)


@handles(UpdateRegisteredModel)
def update_registered_model(tx: Transaction, ask: UpdateRegisteredModel) -> RegisteredModel:
    """Change the description."""
    model, now = model_key(tx, ask.name, lock=True), tx.now()
    before = tx.value("SELECT description FROM registered_models WHERE id = ?", (model,))
    tx.run("UPDATE registered_models SET description = ?, updated_at = ? WHERE id = ?", (ask.description, now, model))
    note(tx, model, ask.name, [Change(DESCRIPTION, before=before or None, after=ask.description or None)], now)
    return _load(tx, ask.name)


@handles(RenameRegisteredModel)
def rename_registered_model(tx: Transaction, ask: RenameRegisteredModel) -> RegisteredModel:
    """Give a registered model another name."""
    check_model_name(ask.new_name)
    model = model_key(tx, ask.name, lock=True)
    if ask.new_name != ask.name and tx.first("SELECT 1 FROM registered_models WHERE name = ?", (ask.new_name,)):
        raise AlreadyExists(f"A registered model named {ask.new_name!r} exists already; choose another name.")
    now = tx.now()
    tx.run("UPDATE registered_models SET name = ?, updated_at = ? WHERE id = ?", (ask.new_name, now, model))
    tx.run("UPDATE model_versions SET updated_at = ? WHERE model = ?", (now, model))
    note(tx, model, ask.new_name, [Change(NAME, before=ask.name, after=ask.new_name)], now)
    return _load(tx, ask.new_name)


@handles(DeleteRegisteredModel)
def delete_registered_model(tx: Transaction, ask: DeleteRegisteredModel) -> None:
    """Delete a registered model and all that belongs to it; the logged models stay, and so does the history."""
    model, now = model_key(tx, ask.name, lock=True), tx.now()
    pointed = tx.all("SELECT alias, version FROM model_aliases WHERE model = ? ORDER BY alias", (model,))
    tx.run("DELETE FROM model_version_tags WHERE version IN (SELECT id FROM model_versions WHERE model = ?)", (model,))
    for table in ("model_versions", "model_aliases", "registered_model_tags"):
        tx.run(f"DELETE FROM {table} WHERE model = ?", (model,))
    tx.run("DELETE FROM registered_models WHERE id = ?", (model,))
    ended = [Change(ALIAS, version, alias, before=str(version)) for alias, version in pointed]
    note(tx, model, ask.name, [*ended, Change(MODEL, before=ask.name)], now)


@handles(SetRegisteredModelTag)
def set_registered_model_tag(tx: Transaction, ask: SetRegisteredModelTag) -> None:
    """Set a tag."""
    model = model_key(tx, ask.name, lock=True)
    before = tx.value("SELECT value FROM registered_model_tags WHERE model = ? AND key = ?", (model, ask.key))
    put_tags(tx, "registered_model_tags", "model", model, [RegisteredModelTag(ask.key, ask.value)])
    note(tx, model, ask.name, [Change(TAG, key=ask.key, before=before, after=ask.value)], tx.now())
    announce_tag(tx, model, ask.name, None, ask.key, ask.value)


@handles(DeleteRegisteredModelTag)
def delete_registered_model_tag(tx: Transaction, ask: DeleteRegisteredModelTag) -> None:
    """Remove a tag; without one nothing happens, as MLflow has it."""
    model = model_key(tx, ask.name, lock=True)
    gone = tx.value("DELETE FROM registered_model_tags WHERE model = ? AND key = ? RETURNING value", (model, ask.key))
    if gone is not None:
        note(tx, model, ask.name, [Change(TAG, key=ask.key, before=gone)], tx.now())
        announce_tag(tx, model, ask.name, None, ask.key, None)


@handles(SetAlias)
def set_alias(tx: Transaction, ask: SetAlias) -> None:
    """Point an alias at a version."""
    check_alias(ask.alias)
    row = version_row(tx, ask.name, ask.version, lock=True)
    before = tx.value("SELECT version FROM model_aliases WHERE model = ? AND alias = ?", (row[1], ask.alias))
    tx.run(
        "INSERT INTO model_aliases (model, alias, version) VALUES (?, ?, ?) "
        "ON CONFLICT (model, alias) DO UPDATE SET version = excluded.version",
        (row[1], ask.alias, row[3]),
    )
    was = None if before is None else str(before)
    note(tx, row[1], ask.name, [Change(ALIAS, row[3], ask.alias, was, str(row[3]))], tx.now())
    data = {"name": ask.name, "alias": ask.alias, "version": str(row[3])}
    announce(tx, row[1], WebhookEntity.MODEL_VERSION_ALIAS, WebhookAction.CREATED, data)


@handles(DeleteAlias)
def delete_alias(tx: Transaction, ask: DeleteAlias) -> None:
    """Remove an alias; without one nothing happens, as MLflow has it."""
    model = model_key(tx, ask.name, lock=True)
    version = tx.value("DELETE FROM model_aliases WHERE model = ? AND alias = ? RETURNING version", (model, ask.alias))
    if version is not None:
        note(tx, model, ask.name, [Change(ALIAS, version, ask.alias, before=str(version))], tx.now())
        data = {"name": ask.name, "alias": ask.alias}
        announce(tx, model, WebhookEntity.MODEL_VERSION_ALIAS, WebhookAction.DELETED, data)


@handles(GetVersionByAlias)
def get_version_by_alias(tx: Transaction, ask: GetVersionByAlias) -> ModelVersion:
    """The version that an alias points at."""
    row = tx.first(
        f"SELECT {versions.COLUMNS} FROM {versions.TABLES} JOIN model_aliases "
        "ON model_aliases.model = model_versions.model AND model_aliases.version = model_versions.version "
        "WHERE registered_models.name = ? AND model_aliases.alias = ?",
        (ask.name, ask.alias),
    )
    if row is None:
        raise no_alias(tx, ask.name, ask.alias)
    return load_versions(tx, [row])[0]


@handles(GetLatestVersions)
def get_latest_versions(tx: Transaction, ask: GetLatestVersions) -> ModelVersionPage:
    """The newest version of each stage, or of the stages named."""
    stages = {check_stage(stage) for stage in ask.stages}
    rows = latest_versions(tx, [model_key(tx, ask.name)])
    return ModelVersionPage(load_versions(tx, [row for row in rows if not stages or row[6] in stages]))


def load_registered_models(tx: Transaction, rows: Sequence[Row]) -> list[RegisteredModel]:
    """Whole registered models from rows of `COLUMNS`, in their order, in a fixed number of statements."""
    ids = [row[0] for row in rows]
    tags = pairs_of(tx, "registered_model_tags", "model", ids, RegisteredModelTag)
    aliases: dict[int, list[RegisteredModelAlias]] = defaultdict(list)
    for model, alias, version in tx.all_in(
        "SELECT model, alias, version FROM model_aliases WHERE model IN (...) ORDER BY alias", ids
    ):
        aliases[model].append(RegisteredModelAlias(alias, str(version)))
    latest: dict[str, list[ModelVersion]] = defaultdict(list)
    for version in load_versions(tx, latest_versions(tx, ids), aliased=False):
        latest[version.name].append(version)
    return [
        RegisteredModel(
            name=name,
            creation_timestamp=created_at,
            last_updated_timestamp=updated_at,
            description=description,
            latest_versions=latest.get(name, []),
            tag_list=tags.get(model, []),
            alias_list=aliases.get(model, []),
        )
        for model, name, description, created_at, updated_at in rows
    ]


def _load(tx: Transaction, name: str) -> RegisteredModel:
    row = tx.first(f"SELECT {COLUMNS} FROM registered_models WHERE name = ?", (name,))
    if row is None:
        model_key(tx, name)  # raises the error
        raise NotFound(name)
    return load_registered_models(tx, [row])[0]
