"""Experiments in the database."""

from __future__ import annotations

from flowmill.entities.experiment import Experiment, ExperimentTag
from flowmill.entities.names import check_experiment_name
from flowmill.entities.run import LifecycleStage
from flowmill.errors import AlreadyExists, Invalid, NotFound
from flowmill.store.sql.handler import handles
from flowmill.store.sql.tags import must_drop_tag, pairs_of, put_tags
from flowmill.store.sql.transaction import Row, Transaction
from flowmill.wire.experiments import (
    CreateExperiment,
    DeleteExperiment,
    DeleteExperimentTag,
    GetExperiment,
    GetExperimentByName,
    RestoreExperiment,
    SetExperimentTag,
    UpdateExperiment,
)

COLUMNS = "id, name, artifact_location, created_at, updated_at, deleted_at"


@handles(CreateExperiment)
def create_experiment(tx: Transaction, ask: CreateExperiment) -> str:
    """Make an experiment and answer its id."""
    check_experiment_name(ask.name)
    location = tx.places.accept(ask.artifact_location) if ask.artifact_location else None
    now = tx.now()
    experiment = tx.value(
        "INSERT INTO experiments (name, artifact_location, created_at, updated_at) VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING RETURNING id",
        (ask.name, location, now, now),
    )
    if experiment is None:
        raise AlreadyExists(f"An experiment named {ask.name!r} exists already; choose another name or use that one.")
    put_tags(tx, "experiment_tags", "experiment", experiment, ask.tags)
    return str(experiment)


@handles(GetExperiment)
def get_experiment(tx: Transaction, ask: GetExperiment) -> Experiment:
    """The experiment with this id."""
    return load_experiments(tx, [experiment_row(tx, ask.experiment_id)])[0]


@handles(GetExperimentByName)
def get_experiment_by_name(tx: Transaction, ask: GetExperimentByName) -> Experiment:
    """The active experiment of this name: a deleted one no longer holds it."""
    row = tx.first(f"SELECT {COLUMNS} FROM experiments WHERE name = ? AND deleted_at IS NULL", (ask.experiment_name,))
    if row is None:
        raise NotFound(f"No experiment is named {ask.experiment_name!r}.")
    return load_experiments(tx, [row])[0]


@handles(UpdateExperiment)
def update_experiment(tx: Transaction, ask: UpdateExperiment) -> None:
    """Rename an active experiment."""
    check_experiment_name(ask.new_name)
    experiment = active_experiment(tx, ask.experiment_id)[0]
    _refuse_taken_name(tx, ask.new_name, experiment)
    tx.run("UPDATE experiments SET name = ?, updated_at = ? WHERE id = ?", (ask.new_name, tx.now(), experiment))


@handles(DeleteExperiment)
def delete_experiment(tx: Transaction, ask: DeleteExperiment) -> None:
    """Move an experiment to the trash, and with the same time its active runs."""
    experiment = experiment_row(tx, ask.experiment_id)
    if experiment[0] == 0:
        raise Invalid("The experiment 'Default' cannot be deleted: runs without an experiment belong to it.")
    if experiment[5] is not None:
        raise NotFound(f"Experiment {ask.experiment_id} is deleted already.")
    now = tx.now()
    tx.run("UPDATE experiments SET deleted_at = ?, updated_at = ? WHERE id = ?", (now, now, experiment[0]))
    tx.run("UPDATE runs SET deleted_at = ? WHERE experiment_id = ? AND deleted_at IS NULL", (now, experiment[0]))
    tx.kept.forget()


@handles(RestoreExperiment)
def restore_experiment(tx: Transaction, ask: RestoreExperiment) -> None:
    """Take an experiment out of the trash, and the runs that went with it."""
    experiment, name, *_, deleted_at = experiment_row(tx, ask.experiment_id)
    if deleted_at is None:
        raise NotFound(f"Experiment {ask.experiment_id} is not deleted.")
    _refuse_taken_name(tx, name, experiment)
    tx.run("UPDATE experiments SET deleted_at = NULL, updated_at = ? WHERE id = ?", (tx.now(), experiment))
    tx.run("UPDATE runs SET deleted_at = NULL WHERE experiment_id = ? AND deleted_at = ?", (experiment, deleted_at))
    tx.kept.forget()


@handles(SetExperimentTag)
def set_experiment_tag(tx: Transaction, ask: SetExperimentTag) -> None:
    """Set a tag of an active experiment."""
    experiment = active_experiment(tx, ask.experiment_id)[0]
    put_tags(tx, "experiment_tags", "experiment", experiment, [ExperimentTag(ask.key, ask.value)])


@handles(DeleteExperimentTag)
def delete_experiment_tag(tx: Transaction, ask: DeleteExperimentTag) -> None:
    """Remove a tag of an active experiment."""
    experiment = active_experiment(tx, ask.experiment_id)[0]
    must_drop_tag(tx, "experiment_tags", "experiment", experiment, ask.key, f"Experiment {ask.experiment_id}")


def experiment_row(tx: Transaction, experiment_id: str) -> Row:
    """The row of an experiment, deleted or not."""
    number = experiment_number(experiment_id)
    row = tx.first(f"SELECT {COLUMNS} FROM experiments WHERE id = ?", (number,))
    if row is None:
        raise NotFound(f"There is no experiment with id {experiment_id!r}; list them with search_experiments().")
    return row


def active_experiment(tx: Transaction, experiment_id: str) -> Row:
    """The row of an experiment; Invalid if it is deleted."""
    row = experiment_row(tx, experiment_id)
    if row[5] is not None:
        raise Invalid(f"Experiment {experiment_id} ({row[1]!r}) is deleted; restore it first.")
    return row


def experiment_number(experiment_id: str) -> int:
    """The integer of an experiment id."""
    if not (experiment_id.isascii() and experiment_id.isdigit() and len(experiment_id) < 19):
        raise Invalid(f"Invalid experiment_id {experiment_id[:60]!r}: it must be a whole number.")
    return int(experiment_id)


def load_experiments(tx: Transaction, rows: list[Row]) -> list[Experiment]:
    """Experiments from rows of `COLUMNS`, with their tags."""
    tags = pairs_of(tx, "experiment_tags", "experiment", [row[0] for row in rows], ExperimentTag)
    return [
        Experiment(
            experiment_id=str(id_),
            name=name,
            artifact_location=tx.places.of_experiment(id_, location),
            lifecycle_stage=LifecycleStage.ACTIVE if deleted_at is None else LifecycleStage.DELETED,
            last_update_time=updated_at,
            creation_time=created_at,
            tag_list=tags.get(id_, []),
        )
        for id_, name, location, created_at, updated_at, deleted_at in rows
    ]


def _refuse_taken_name(tx: Transaction, name: str, but: int) -> None:
    if tx.first("SELECT 1 FROM experiments WHERE name = ? AND deleted_at IS NULL AND id <> ?", (name, but)):
        raise AlreadyExists(f"An experiment named {name!r} exists already; choose another name or rename that one.")
