"""Versions of registered models in the database."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Sequence

from flowmill.entities.registry import ModelVersion, ModelVersionStatus, ModelVersionTag
from flowmill.errors import Invalid, NotFound
from flowmill.store.sql.handler import handles
from flowmill.store.sql.models import made_in_run, model_place, model_row, note_version
from flowmill.store.sql.run_rows import info_of, run_row
from flowmill.store.sql.tags import drop_tag, pairs_of, put_tags
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
    "model_versions.status_message, model_versions.created_at, model_versions.updated_at"
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
    source, run_id, model_id = _origin(tx, ask)
    now = tx.now()
    version = tx.value(
        "UPDATE registered_models SET last_version = last_version + 1, updated_at = ? WHERE id = ? "
        "RETURNING last_version",
        (now, model),
    )
    created = tx.value(
        "INSERT INTO model_versions (model, version, description, stage, source, run_id, model_id, run_link, status, "
        "created_at, updated_at) VALUES (?, ?, ?, 'None', ?, ?, ?, ?, 'READY', ?, ?) RETURNING id",
        (model, version, ask.description, source, run_id, model_id, ask.run_link, now, now),
    )
    put_tags(tx, "model_version_tags", "version", created, ask.tags)
    if model_id:
        note_version(tx, model_id, ask.name, version)
    return load_versions(tx, [version_row(tx, ask.name, str(version))])[0]


@handles(GetModelVersion)
def get_model_version(tx: Transaction, ask: GetModelVersion) -> ModelVersion:
    """One version."""
    return load_versions(tx, [version_row(tx, ask.name, ask.version)])[0]


@handles(GetVersionDownloadUri)
def get_version_download_uri(tx: Transaction, ask: GetVersionDownloadUri) -> str:
    """Where the files of a version are: follows from the ids of what it was made from."""
    row = version_row(tx, ask.name, ask.version)
    source, model_id = row[7], row[9]
    if model_id:
        return model_place(tx, model_row(tx, model_id, also_deleted=True))
    if in_run := _RUN_PATH.fullmatch(source):
        place = info_of(tx, run_row(tx, in_run[1])).artifact_uri
        return f"{place}/{in_run[2]}" if in_run[2] else place
    return source


@handles(UpdateModelVersion)
def update_model_version(tx: Transaction, ask: UpdateModelVersion) -> ModelVersion:
    """Change the description."""
    row = version_row(tx, ask.name, ask.version)
    tx.run(
        "UPDATE model_versions SET description = ?, updated_at = ? WHERE id = ?",
        (ask.description, tx.now(), row[0]),
    )
    return get_model_version(tx, GetModelVersion(name=ask.name, version=ask.version))


@handles(TransitionStage)
def transition_stage(tx: Transaction, ask: TransitionStage) -> ModelVersion:
    """Move a version to a stage."""
    stage = next((known for known in STAGES if known.lower() == ask.stage.lower()), None)
    if stage is None:
        raise Invalid(f"Invalid stage {ask.stage!r}: it must be one of {', '.join(STAGES)}.")
    row = version_row(tx, ask.name, ask.version)
    now = tx.now()
    if ask.archive_existing_versions:
        if stage not in ("Staging", "Production"):
            raise Invalid("archive_existing_versions goes with the stages Staging and Production only.")
        tx.run(
            "UPDATE model_versions SET stage = 'Archived', updated_at = ? WHERE model = ? AND stage = ? AND id <> ?",
            (now, row[1], stage, row[0]),
        )
    tx.run("UPDATE model_versions SET stage = ?, updated_at = ? WHERE id = ?", (stage, now, row[0]))
    tx.run("UPDATE registered_models SET updated_at = ? WHERE id = ?", (now, row[1]))
    return get_model_version(tx, GetModelVersion(name=ask.name, version=ask.version))


@handles(DeleteModelVersion)
def delete_model_version(tx: Transaction, ask: DeleteModelVersion) -> None:
    """Delete a version with its tags and the aliases that point at it; the logged model stays."""
    row = version_row(tx, ask.name, ask.version)
    tx.run("DELETE FROM model_aliases WHERE model = ? AND version = ?", (row[1], row[3]))
    tx.run("DELETE FROM model_version_tags WHERE version = ?", (row[0],))
    tx.run("DELETE FROM model_versions WHERE id = ?", (row[0],))
    tx.run("UPDATE registered_models SET updated_at = ? WHERE id = ?", (tx.now(), row[1]))


@handles(SetModelVersionTag)
def set_model_version_tag(tx: Transaction, ask: SetModelVersionTag) -> None:
    """Set a tag."""
    row = version_row(tx, ask.name, ask.version)
    put_tags(tx, "model_version_tags", "version", row[0], [ModelVersionTag(ask.key, ask.value)])


@handles(DeleteModelVersionTag)
def delete_model_version_tag(tx: Transaction, ask: DeleteModelVersionTag) -> None:
    """Remove a tag; without one nothing happens, as MLflow has it."""
    drop_tag(tx, "model_version_tags", "version", version_row(tx, ask.name, ask.version)[0], ask.key)


def model_key(tx: Transaction, name: str, *, lock: bool = False) -> int:
    """The integer key of a registered model; ``lock`` makes those who count its versions take turns."""
    row = tx.first(f"SELECT id FROM registered_models WHERE name = ?{tx.dialect.for_update if lock else ''}", (name,))
    if row is None:
        raise NotFound(f"There is no registered model named {name[:200]!r}{_similar_name(tx, name)}.")
    return row[0]


def version_row(tx: Transaction, name: str, version: str) -> Row:
    """The row of `COLUMNS` of a version."""
    if not (version.isascii() and version.isdigit() and len(version) < 19):
        raise Invalid(f"Invalid version {version[:60]!r} of model {name!r}: it must be a whole number such as 1.")
    row = tx.first(
        f"SELECT {COLUMNS} FROM {TABLES} WHERE registered_models.name = ? AND model_versions.version = ?",
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
        return row[7], ask.run_id or row[8], row[9]
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
