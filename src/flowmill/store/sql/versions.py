"""Versions of registered models in the database."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Sequence

from flowmill.entities.base import as_dict
from flowmill.entities.registry import ModelVersion, ModelVersionStatus, ModelVersionTag
from flowmill.entities.registry_event import VersionOrigin
from flowmill.entities.webhook import WebhookAction, WebhookEntity
from flowmill.errors import Invalid, NotFound
from flowmill.store.sql.handler import handles
from flowmill.store.sql.models import made_in_run, model_place, model_row, note_version
from flowmill.store.sql.outbox import announce, announce_tag
from flowmill.store.sql.registry_events import ALIAS, DESCRIPTION, STAGE, TAG, VERSION, Change, note
from flowmill.store.sql.run_rows import info_of, run_row
from flowmill.store.sql.tags import last_of_each_key, pairs_of, put_tags
from flowmill.store.sql.transaction import Row, Transaction
from flowmill.wire.registry import (
    CreateModelVersion,
    DeleteModelVersion,
    DeleteModelVersionTag,
    GetModelVersion,
    GetVersionDownloadUri,
    SetModelVersionTag,
    TransitionStage,
    UpdateModelVersion,
)

COLUMNS = (
    "model_versions.id, model_versions.model, registered_models.name, model_versions.version, "
    "model_versions.description, model_versions.user_id, model_versions.stage, model_versions.source, "
    "model_versions.run_id, model_versions.model_id, model_versions.run_link, model_versions.status, "
    "model_versions.status_message, model_versions.created_at, model_versions.updated_at, model_versions.origin"
)
TABLES = "model_versions JOIN registered_models ON registered_models.id = model_versions.model"

STAGES = ("None", "Staging", "Production", "Archived")

_LOGGED_MODEL = re.compile(r"models:/(m-[0-9a-zA-Z]+)")
_VERSION = re.compile(r"models:/([^/]+)/(\d+)")
_RUN_PATH = re.compile(r"runs:/([^/]+)(?:/(.+))?")


@handles(CreateModelVersion)
def create_model_version(tx: Transaction, ask: CreateModelVersion) -> ModelVersion:
    """Make the next version; its number is never used twice, even after a deletion."""
    model = model_key(tx, ask.name, lock=True)
    origin, run_id, model_id = _origin(tx, ask)
    # A copy says which version it was made from; its files are where those of that version are.
    source = ask.source if _VERSION.fullmatch(ask.source) else origin
    now = tx.now()
    version = tx.value(
        "UPDATE registered_models SET last_version = last_version + 1, updated_at = ? WHERE id = ? "
        "RETURNING last_version",
        (now, model),
    )
    created = tx.value(
        "INSERT INTO model_versions (model, version, description, user_id, stage, source, origin, run_id, model_id, "
        "run_link, status, created_at, updated_at) VALUES (?, ?, ?, ?, 'None', ?, ?, ?, ?, ?, 'READY', ?, ?) "
        "RETURNING id",
        (
            model,
            version,
            ask.description,
            tx.caller.name or None,
            source,
            None if source == origin else origin,
            run_id,
            model_id,
            ask.run_link,
            now,
            now,
        ),
    )
    tags = last_of_each_key(ask.tags)
    put_tags(tx, "model_version_tags", "version", created, tags)
    if model_id:
        note_version(tx, model_id, ask.name, version)
    made_from = VersionOrigin(origin, run_id, model_id, ask.run_link or None)
    described = [Change(DESCRIPTION, version, after=ask.description)] if ask.description else []
    tagged = [Change(TAG, version, tag.key, after=tag.value) for tag in tags]
    made = Change(VERSION, version, after=str(version), origin=made_from)
    note(tx, model, ask.name, [made, *described, *tagged], now)
    data = {
        "name": ask.name,
        "version": str(version),
        "source": source,
        "run_id": run_id,
        "tags": as_dict(tags),
        "description": ask.description or None,
    }
    announce(tx, model, WebhookEntity.MODEL_VERSION, WebhookAction.CREATED, data)
    return load_versions(tx, [version_row(tx, ask.name, str(version))])[0]


@handles(GetModelVersion)
def get_model_version(tx: Transaction, ask: GetModelVersion) -> ModelVersion:
    """One version."""
    return load_versions(tx, [version_row(tx, ask.name, ask.version)])[0]


@handles(GetVersionDownloadUri)
def get_version_download_uri(tx: Transaction, ask: GetVersionDownloadUri) -> str:
    """Where the files of a version are: follows from the ids of what it was made from."""
    row = version_row(tx, ask.name, ask.version)
    source, model_id = row[15] or row[7], row[9]
    if model_id:
        return model_place(tx, model_row(tx, model_id, also_deleted=True))
    if in_run := _RUN_PATH.fullmatch(source):
        place = info_of(tx, run_row(tx, in_run[1])).artifact_uri
        return f"{place}/{in_run[2]}" if in_run[2] else place
    return source


@handles(UpdateModelVersion)
def update_model_version(tx: Transaction, ask: UpdateModelVersion) -> ModelVersion:
    """Change the description."""
    row, now = version_row(tx, ask.name, ask.version, lock=True), tx.now()
    tx.run("UPDATE model_versions SET description = ?, updated_at = ? WHERE id = ?", (ask.description, now, row[0]))
    change = Change(DESCRIPTION, row[3], before=row[4] or None, after=ask.description or None)
    note(tx, row[1], ask.name, [change], now)
    return get_model_version(tx, GetModelVersion(name=ask.name, version=ask.version))


@handles(TransitionStage)
def transition_stage(tx: Transaction, ask: TransitionStage) -> ModelVersion:
    """Move a version to a stage."""
    stage = check_stage(ask.stage)
    row = version_row(tx, ask.name, ask.version, lock=True)
    now = tx.now()
    archived: list[Row] = []
    if ask.archive_existing_versions:
        if stage not in ("Staging", "Production"):
            raise Invalid("archive_existing_versions goes with the stages Staging and Production only.")
        archived = tx.all(
            "UPDATE model_versions SET stage = 'Archived', updated_at = ? WHERE model = ? AND stage = ? AND id <> ? "
            "RETURNING version",
            (now, row[1], stage, row[0]),
        )
    tx.run("UPDATE model_versions SET stage = ?, updated_at = ? WHERE id = ?", (stage, now, row[0]))
    tx.run("UPDATE registered_models SET updated_at = ? WHERE id = ?", (now, row[1]))
    replaced = [Change(STAGE, number, before=stage, after="Archived") for (number,) in sorted(archived)]
    note(tx, row[1], ask.name, [*replaced, Change(STAGE, row[3], before=row[6], after=stage)], now)
    return get_model_version(tx, GetModelVersion(name=ask.name, version=ask.version))


@handles(DeleteModelVersion)
def delete_model_version(tx: Transaction, ask: DeleteModelVersion) -> None:
    """Delete a version with its tags and the aliases that point at it; the logged model and the history stay."""
    row, now = version_row(tx, ask.name, ask.version, lock=True), tx.now()
    pointed = tx.all("DELETE FROM model_aliases WHERE model = ? AND version = ? RETURNING alias", (row[1], row[3]))
    tx.run("DELETE FROM model_version_tags WHERE version = ?", (row[0],))
    tx.run("DELETE FROM model_versions WHERE id = ?", (row[0],))
    tx.run("UPDATE registered_models SET updated_at = ? WHERE id = ?", (now, row[1]))
    number = str(row[3])
    ended = [Change(ALIAS, row[3], alias, before=number) for (alias,) in sorted(pointed)]
    gone = Change(VERSION, row[3], before=number, origin=origin_of(row))
    note(tx, row[1], ask.name, [*ended, gone], now)
    for change in ended:
        data = {"name": ask.name, "alias": change.key}
        announce(tx, row[1], WebhookEntity.MODEL_VERSION_ALIAS, WebhookAction.DELETED, data)


@handles(SetModelVersionTag)
def set_model_version_tag(tx: Transaction, ask: SetModelVersionTag) -> None:
    """Set a tag."""
    row = version_row(tx, ask.name, ask.version, lock=True)
    before = tx.value("SELECT value FROM model_version_tags WHERE version = ? AND key = ?", (row[0], ask.key))
    put_tags(tx, "model_version_tags", "version", row[0], [ModelVersionTag(ask.key, ask.value)])
    note(tx, row[1], ask.name, [Change(TAG, row[3], ask.key, before, ask.value)], tx.now())
    announce_tag(tx, row[1], ask.name, row[3], ask.key, ask.value)


@handles(DeleteModelVersionTag)
def delete_model_version_tag(tx: Transaction, ask: DeleteModelVersionTag) -> None:
    """Remove a tag; without one nothing happens, as MLflow has it."""
    row = version_row(tx, ask.name, ask.version, lock=True)
    gone = tx.value("DELETE FROM model_version_tags WHERE version = ? AND key = ? RETURNING value", (row[0], ask.key))
    if gone is not None:
        note(tx, row[1], ask.name, [Change(TAG, row[3], ask.key, before=gone)], tx.now())
        announce_tag(tx, row[1], ask.name, row[3], ask.key, None)


def model_key(tx: Transaction, name: str, *, lock: bool = False) -> int:
    """The integer key of a registered model; ``lock`` makes those who change it take turns."""
    row = tx.first(f"SELECT id FROM registered_models WHERE name = ?{tx.dialect.for_update if lock else ''}", (name,))
    if row is None:
        raise NotFound(f"There is no registered model named {name[:200]!r}{_similar_name(tx, name)}.")
    return row[0]


def check_stage(stage: str) -> str:
    """The stage as it is spelled, whatever the case; Invalid if there is no such stage."""
    known = next((each for each in STAGES if each.lower() == stage.lower()), None)
    if known is None:
        raise Invalid(f"Invalid stage {stage[:60]!r}: it must be one of {', '.join(STAGES)}.")
    return known


def no_alias(tx: Transaction, name: str, alias: str) -> Invalid:
    """What to say of an alias that does not exist; NotFound if the model does not either."""
    model = model_key(tx, name)
    known = [row[0] for row in tx.all("SELECT alias FROM model_aliases WHERE model = ? ORDER BY alias", (model,))]
    hint = f"its aliases are {', '.join(known)}" if known else "it has no alias yet"
    # MLflow answers 400 here, not 404.
    return Invalid(f"Registered model {name!r} has no alias {alias[:200]!r}; {hint}.")


def origin_of(row: Row) -> VersionOrigin:
    """What the version in a row of `COLUMNS` was made from."""
    return VersionOrigin(row[15] or row[7], row[8], row[9], row[10] or None)


def version_row(tx: Transaction, name: str, version: str, *, lock: bool = False) -> Row:
    """The row of `COLUMNS` of a version; ``lock`` makes those who change the model take turns."""
    if not (version.isascii() and version.isdigit() and len(version) < 19):
        raise Invalid(f"Invalid version {version[:60]!r} of model {name!r}: it must be a whole number such as 1.")
    row = tx.first(
        f"SELECT {COLUMNS} FROM {TABLES} WHERE registered_models.name = ? AND model_versions.version = ?"
        f"{tx.dialect.for_update if lock else ''}",
        (name, int(version)),
    )
    if row is None:
        last = tx.value("SELECT last_version FROM registered_models WHERE id = ?", (model_key(tx, name),))
        hint = f"its newest version is {last}" if last else "it has no version yet"
        raise NotFound(f"Registered model {name!r} has no version {version}; {hint}.")
    return row


def latest_versions(tx: Transaction, models: Sequence[int]) -> list[Row]:
    """Rows of `COLUMNS`: the newest version of each stage of each model."""
    return tx.all_in(
        f"SELECT {COLUMNS} FROM {TABLES} JOIN (SELECT model, stage, MAX(version) AS newest FROM model_versions "
        "WHERE model IN (...) GROUP BY model, stage) latest ON latest.model = model_versions.model "
        "AND latest.newest = model_versions.version ORDER BY model_versions.model, model_versions.version",
        models,
    )


def load_versions(tx: Transaction, rows: Sequence[Row], *, aliased: bool = True) -> list[ModelVersion]:
    """Versions from rows of `COLUMNS`, in their order, in a fixed number of statements.

    In lists of versions MLflow leaves their aliases out, and tools that write such lists to files need that:
    ``aliased=False``.
    """
    tags = pairs_of(tx, "model_version_tags", "version", [row[0] for row in rows], ModelVersionTag)
    aliases: dict[tuple[int, int], list[str]] = defaultdict(list)
    for model, alias, version in tx.all_in(
        "SELECT model, alias, version FROM model_aliases WHERE model IN (...) ORDER BY alias",
        list({row[1] for row in rows}) if aliased else [],
    ):
        aliases[model, version].append(alias)
    return [
        ModelVersion(
            name=row[2],
            version=str(row[3]),
            description=row[4],
            user_id=row[5],
            current_stage=row[6],
            source=row[7],
            run_id=row[8],
            model_id=row[9],
            run_link=row[10] or "",
            status=ModelVersionStatus(row[11]),
            status_message=row[12],
            creation_timestamp=row[13],
            last_updated_timestamp=row[14],
            tag_list=tags.get(row[0], []),
            aliases=aliases.get((row[1], row[3]), []),
        )
        for row in rows
    ]


def _origin(tx: Transaction, ask: CreateModelVersion) -> tuple[str, str | None, str | None]:
    """(source, run id, logged model id) of a version to be made; only what exists or is allowed passes."""
    if copied := _VERSION.fullmatch(ask.source):
        row = version_row(tx, copied[1], copied[2])
        return row[15] or row[7], ask.run_id or row[8], row[9]
    named = _LOGGED_MODEL.fullmatch(ask.source)
    model_id = ask.model_id or (named[1] if named else None)
    if model_id:
        if named and named[1] != model_id:
            raise Invalid(f"source {ask.source!r} and model_id {model_id!r} name different models.")
        row = model_row(tx, model_id)
        return ask.source, ask.run_id or row[7] or None, model_id
    if in_run := _RUN_PATH.fullmatch(ask.source):
        run = run_row(tx, in_run[1])
        if any(part in ("", ".", "..") for part in (in_run[2] or "x").split("/")):
            raise Invalid(f"Invalid source {ask.source!r}: the path must not have empty, . or .. parts.")
        # The files of a logged model are in a place of its own, not below the run.
        return ask.source, ask.run_id or in_run[1], made_in_run(tx, run[0], in_run[2])
    if ask.source.startswith(("models:", "runs:")):
        raise Invalid(
            f"Invalid source {ask.source[:200]!r}: expected models:/<model id>, models:/<name>/<version> "
            "or runs:/<run id>/<path>."
        )
    return tx.places.accept(ask.source), ask.run_id, None


def _similar_name(tx: Transaction, name: str) -> str:
    known = [row[0] for row in tx.all("SELECT name FROM registered_models ORDER BY updated_at DESC LIMIT 1000")]
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]!r}" if close else ""
