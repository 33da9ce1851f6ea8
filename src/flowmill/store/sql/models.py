"""Logged models in the database."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence

from flowmill.entities.metric import Metric
from flowmill.entities.model import (
    LoggedModel,
    LoggedModelData,
    LoggedModelInfo,
    LoggedModelParameter,
    LoggedModelRegistration,
    LoggedModelTag,
    UploadStatus,
)
from flowmill.entities.names import check_experiment_name, check_key, check_value
from flowmill.errors import Invalid, NotFound
from flowmill.store.sql.experiments import active_experiment
from flowmill.store.sql.handler import handles
from flowmill.store.sql.run_names import invent_run_name
from flowmill.store.sql.series import value_of
from flowmill.store.sql.tags import must_drop_tag, pairs_of, put_tags
from flowmill.store.sql.transaction import Row, Transaction
from flowmill.wire.models import (
    CreateLoggedModel,
    DeleteLoggedModel,
    DeleteLoggedModelTag,
    FinalizeLoggedModel,
    GetLoggedModel,
    LogLoggedModelParams,
    SetLoggedModelTags,
)

COLUMNS = (
    "logged_models.id, logged_models.model_id, logged_models.experiment_id, logged_models.name, "
    "logged_models.status, logged_models.status_message, logged_models.model_type, "
    "logged_models.source_run_id, logged_models.created_at, logged_models.updated_at, "
    "logged_models.deleted_at, experiments.artifact_location, logged_models.home, logged_models.home_location"
)
VERSIONS_TAG = "mlflow.modelVersions"

TABLES = "logged_models LEFT JOIN experiments ON experiments.id = logged_models.experiment_id"


@handles(CreateLoggedModel)
def create_logged_model(tx: Transaction, ask: CreateLoggedModel) -> LoggedModel:
    """Announce a model in an active experiment."""
    experiment, *_ = active_experiment(tx, ask.experiment_id)
    number = tx.new_id()
    name = ask.name or invent_run_name(number)
    check_experiment_name(name)
    if any(character in name for character in "/:.%\"'"):
        raise Invalid(f"Invalid model name {name!r}: it must not contain / : . % or quotes.")
    if ask.source_run_id and not tx.first("SELECT 1 FROM runs WHERE run_id = ?", (ask.source_run_id,)):
        raise NotFound(f"There is no run with id {ask.source_run_id[:60]!r}.")
    now = tx.now()
    model = tx.value(
        "INSERT INTO logged_models "
        "(model_id, experiment_id, name, status, model_type, source_run_id, created_at, updated_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (f"m-{number}", experiment, name, UploadStatus.PENDING, ask.model_type, ask.source_run_id, now, now),
    )
    _put_params(tx, model, ask.params)
    put_tags(tx, "logged_model_tags", "model", model, ask.tags)
    return load_models(tx, [model_row(tx, f"m-{number}")])[0]


@handles(GetLoggedModel)
def get_logged_model(tx: Transaction, ask: GetLoggedModel) -> LoggedModel:
    """The logged model with this id."""
    return load_models(tx, [model_row(tx, ask.model_id, also_deleted=ask.allow_deleted)])[0]


@handles(FinalizeLoggedModel)
def finalize_logged_model(tx: Transaction, ask: FinalizeLoggedModel) -> LoggedModel:
    """Say whether the model's files are complete."""
    if ask.status not in (UploadStatus.READY, UploadStatus.FAILED):
        raise Invalid(f"Invalid status {ask.status.name}: a model is finalized as READY or FAILED.")
    model = model_row(tx, ask.model_id)[0]
    tx.run("UPDATE logged_models SET status = ?, updated_at = ? WHERE id = ?", (ask.status, tx.now(), model))
    return load_models(tx, [model_row(tx, ask.model_id)])[0]


@handles(DeleteLoggedModel)
def delete_logged_model(tx: Transaction, ask: DeleteLoggedModel) -> None:
    """Move a model to the trash."""
    model = model_row(tx, ask.model_id)[0]
    tx.run("UPDATE logged_models SET deleted_at = ? WHERE id = ?", (tx.now(), model))


@handles(LogLoggedModelParams)
def log_logged_model_params(tx: Transaction, ask: LogLoggedModelParams) -> None:
    """Write parameters of a model."""
    _put_params(tx, model_row(tx, ask.model_id)[0], ask.params)


@handles(SetLoggedModelTags)
def set_logged_model_tags(tx: Transaction, ask: SetLoggedModelTags) -> None:
    """Set tags of a model."""
    put_tags(tx, "logged_model_tags", "model", model_row(tx, ask.model_id)[0], ask.tags)


@handles(DeleteLoggedModelTag)
def delete_logged_model_tag(tx: Transaction, ask: DeleteLoggedModelTag) -> None:
    """Remove a tag of a model."""
    model = model_row(tx, ask.model_id)[0]
    must_drop_tag(tx, "logged_model_tags", "model", model, ask.tag_key, f"Logged model {ask.model_id}")


def note_version(tx: Transaction, model_id: str, name: str, version: int) -> None:
    """Add a registered version to the tag in which MLflow's clients look for it."""
    model = model_row(tx, model_id)[0]
    kept = tx.value("SELECT value FROM logged_model_tags WHERE model = ? AND key = ?", (model, VERSIONS_TAG))
    try:
        noted = json.loads(kept or "[]")
    except (ValueError, RecursionError):
        noted = None
    if not isinstance(noted, list):  # a client wrote something of its own there
        return
    versions = [*noted, {"name": name, "version": version}]
    put_tags(tx, "logged_model_tags", "model", model, [LoggedModelTag(VERSIONS_TAG, json.dumps(versions))])


def model_row(tx: Transaction, model_id: str, *, also_deleted: bool = False) -> Row:
    """The row of `COLUMNS` of a logged model."""
    row = tx.first(f"SELECT {COLUMNS} FROM {TABLES} WHERE logged_models.model_id = ?", (model_id,))
    if row is None or (row[10] is not None and not also_deleted):
        raise NotFound(f"There is no logged model with id {model_id[:60]!r}.")
    return row


def made_in_run(tx: Transaction, run: int, name: str | None) -> str | None:
    """The id of the newest model called ``name`` among the outputs of a run, None if there is none."""
    return tx.value(
        "SELECT logged_models.model_id FROM run_models "
        "JOIN logged_models ON logged_models.model_id = run_models.model_id "
        "WHERE run_models.run = ? AND run_models.direction = 'output' AND logged_models.name = ? "
        "AND logged_models.deleted_at IS NULL ORDER BY logged_models.id DESC LIMIT 1",
        (run, name),
    )


def model_place(tx: Transaction, row: Row) -> str:
    """Where the files of a model are, from its row of `COLUMNS`."""
    return tx.places.of_model(*tx.places.home_of(row[2], *row[11:14]), row[1])


def load_models(tx: Transaction, rows: Sequence[Row]) -> list[LoggedModel]:
    """Whole models from rows of `COLUMNS`, in their order, in a fixed number of statements."""
    ids = [row[0] for row in rows]
    params = pairs_of(tx, "logged_model_params", "model", ids, LoggedModelParameter)
    tags = pairs_of(tx, "logged_model_tags", "model", ids, LoggedModelTag)
    metrics = _metrics_of_models(tx, rows)
    versions = _versions_of_models(tx, [row[1] for row in rows])
    return [
        LoggedModel(
            info=LoggedModelInfo(
                model_id=row[1],
                experiment_id=str(row[2]),
                name=row[3],
                creation_timestamp_ms=row[8],
                last_updated_timestamp_ms=row[9],
                artifact_uri=model_place(tx, row),
                status=UploadStatus(row[4]),
                model_type=row[6] or "",
                source_run_id=row[7] or "",
                status_message=row[5],
                tags=tags.get(row[0], []),
                registrations=versions.get(row[1], []),
            ),
            data=LoggedModelData(params.get(row[0], []), metrics.get(row[0], [])),
        )
        for row in rows
    ]


def _metrics_of_models(tx: Transaction, rows: Sequence[Row]) -> dict[int, list[Metric]]:
    """The latest value of each metric of each model on each dataset in each run."""
    names = {row[0]: row[1] for row in rows}
    latest: dict[tuple[int, str, str, str, str], Metric] = {}
    for model, key, run_id, step, time, bits, dataset, digest in tx.all_in(
        "SELECT model, key, run_id, step, timestamp, bits, dataset_name, dataset_digest FROM logged_model_metrics "
        "WHERE model IN (...) ORDER BY model, key, step, timestamp, run_id, bits",
        list(names),
    ):
        latest[model, key, run_id, dataset or "", digest or ""] = Metric(
            key, value_of(bits), time, step, names[model], dataset, digest, run_id
        )
    found: dict[int, list[Metric]] = defaultdict(list)
    for (model, *_), metric in latest.items():
        found[model].append(metric)
    return found


def _versions_of_models(tx: Transaction, model_ids: Sequence[str]) -> dict[str, list[LoggedModelRegistration]]:
    found: dict[str, list[LoggedModelRegistration]] = defaultdict(list)
    for model_id, name, version in tx.all_in(
        "SELECT v.model_id, m.name, v.version FROM model_versions v JOIN registered_models m ON m.id = v.model "
        "WHERE v.model_id IN (...) ORDER BY v.id",
        model_ids,
    ):
        found[model_id].append(LoggedModelRegistration(name, str(version)))
    return found


def _put_params(tx: Transaction, model: int, params: Sequence[LoggedModelParameter]) -> None:
    for param in params:
        check_key("param", param.key)
        check_value("param", param.key, param.value)
    tx.run_many(
        "INSERT INTO logged_model_params (model, key, value) VALUES (?, ?, ?) "
        "ON CONFLICT (model, key) DO UPDATE SET value = excluded.value",
        [(model, param.key, param.value) for param in params],
    )
