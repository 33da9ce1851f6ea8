"""Runs in the database, with their parameters, tags, inputs and outputs."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Sequence

import msgspec

from flowmill.entities.base import Entity
from flowmill.entities.dataset import Dataset, DatasetInput, InputTag
from flowmill.entities.run import (
    LifecycleStage,
    LoggedModelInput,
    LoggedModelOutput,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunOutputs,
    RunStatus,
    RunTag,
)
from flowmill.errors import AlreadyExists, Invalid, NotFound
from flowmill.store.sql.changes import (
    LIFECYCLE,
    NAME,
    RUN_NAME_TAG,
    STATUS,
    Change,
    close_changes,
    note_changes,
    tag_changed,
)
from flowmill.store.sql.documents import data_of_runs, write_documents
from flowmill.store.sql.experiments import active_experiment
from flowmill.store.sql.handler import answers, handles
from flowmill.store.sql.life import lost_runs
from flowmill.store.sql.run_names import invent_run_name
from flowmill.store.sql.run_rows import active_run, as_active, ended, info_of, run_row, running
from flowmill.store.sql.tags import forget_end, must_drop_tag, put_tags
from flowmill.store.sql.transaction import Row, Transaction
from flowmill.wire.runs import (
    CreateRun,
    DeleteRun,
    DeleteTag,
    GetRun,
    LogInputs,
    LogModel,
    LogOutputs,
    RestoreRun,
    UpdateRun,
)

MODEL_HISTORY_TAG = "mlflow.log-model.history"

_NO_INPUTS, _NO_OUTPUTS = RunInputs(), RunOutputs()
json_of = msgspec.json.Encoder().encode
_decode_data = msgspec.json.Decoder(RunData, strict=False).decode
_RUN_ID = re.compile("[0-9a-f]{32}")


@handles(CreateRun)
def create_run(tx: Transaction, ask: CreateRun) -> Run:
    """Open a run in an active experiment."""
    experiment, *_ = active_experiment(tx, ask.experiment_id)
    tags = {tag.key: tag for tag in ask.tags}
    tagged_name = tags[RUN_NAME_TAG].value if RUN_NAME_TAG in tags else ""
    if ask.run_name and tagged_name and ask.run_name != tagged_name:
        raise Invalid(f"The run is named twice: run_name={ask.run_name!r} and tag {RUN_NAME_TAG}={tagged_name!r}.")
    run_id = ask.run_id or tx.new_id()
    if ask.run_id:
        if not _RUN_ID.fullmatch(ask.run_id):
            raise Invalid(f"Invalid run_id {ask.run_id[:60]!r}: it must be 32 hexadecimal digits in lower case.")
        known = tx.value("SELECT COALESCE(home, experiment_id) FROM runs WHERE run_id = ?", (run_id,))
        if known is not None and known != experiment:
            raise AlreadyExists(f"A run with id {run_id} exists already, in experiment {known}.")
        if known is not None:  # asked before, and the answer was lost; it may have been moved since
            return get_run(tx, GetRun(run_id=run_id))
    name = ask.run_name or tagged_name or invent_run_name(run_id)
    tags[RUN_NAME_TAG] = RunTag(RUN_NAME_TAG, name)
    start_time = tx.now() if ask.start_time is None else ask.start_time
    run = tx.value(
        "INSERT INTO runs (run_id, experiment_id, name, user_id, status, start_time) "
        "VALUES (?, ?, ?, ?, 'RUNNING', ?) RETURNING id",
        (run_id, experiment, name, ask.user_id, start_time),
    )
    put_tags(tx, "tags", "run", run, list(tags.values()))
    kept = [tags[key] for key in sorted(tags)]
    return Run(info=info_of(tx, run_row(tx, run_id)), data=RunData(tag_list=kept))


@handles(GetRun)
def get_run(tx: Transaction, ask: GetRun) -> Run:
    """The run with this id, deleted or not."""
    return load_runs(tx, [run_row(tx, ask.run_id)])[0]


@answers(GetRun)
def run_as_json(tx: Transaction, ask: GetRun) -> bytes:
    """The same as JSON."""
    return json_of({"run": ready_runs(tx, [run_row(tx, ask.run_id)])[0]})


@handles(UpdateRun)
def update_run(tx: Transaction, ask: UpdateRun) -> RunInfo:
    """Change status, end time or name of an active run."""
    run, name, status = known = as_active(tx, ask.run_id)
    if ask.run_name:
        put_tags(tx, "tags", "run", run, [RunTag(RUN_NAME_TAG, ask.run_name)])
    tx.run(
        "UPDATE runs SET status = COALESCE(?, status), end_time = COALESCE(?, end_time), name = COALESCE(?, name) "
        "WHERE id = ?",
        (ask.status, ask.end_time, ask.run_name or None, run),
    )
    if ask.status == RunStatus.RUNNING:
        forget_end(tx, run)
    changes = [Change(run, NAME, "", name, ask.run_name or name, tx.caller.name, known.going_on)]
    if not known.going_on:
        changes.append(Change(run, STATUS, "", status, str(ask.status or status), tx.caller.name))
        if ask.status == RunStatus.RUNNING:
            close_changes(tx, run)
    note_changes(tx, changes)
    info = info_of(tx, run_row(tx, ask.run_id))
    if RunStatus.is_terminated(info.status):
        write_documents(tx, [run])
    return info


@handles(DeleteRun)
def delete_run(tx: Transaction, ask: DeleteRun) -> None:
    """Move a run to the trash."""
    run = active_run(tx, ask.run_id)
    tx.run("UPDATE runs SET deleted_at = ? WHERE id = ?", (tx.now(), run))
    note_changes(tx, [_to_stage(tx, run, LifecycleStage.DELETED, LifecycleStage.ACTIVE)])
    tx.kept.forget()


@handles(RestoreRun)
def restore_run(tx: Transaction, ask: RestoreRun) -> None:
    """Take a run out of the trash."""
    row = run_row(tx, ask.run_id)
    active_experiment(tx, str(row[2]))
    if tx.run("UPDATE runs SET deleted_at = NULL WHERE id = ? AND deleted_at IS NOT NULL", (row[0],)):
        note_changes(tx, [_to_stage(tx, row[0], LifecycleStage.ACTIVE, LifecycleStage.DELETED)])
    tx.kept.forget()


def _to_stage(tx: Transaction, run: int, now: LifecycleStage, before: LifecycleStage) -> Change:
    return Change(run, LIFECYCLE, "", str(before), str(now), tx.caller.name)


@handles(DeleteTag)
def delete_tag(tx: Transaction, ask: DeleteTag) -> None:
    """Remove a tag of an active run."""
    run = as_active(tx, ask.run_id)
    value = tx.value("SELECT value FROM tags WHERE run = ? AND key = ?", (run.key, ask.key))
    must_drop_tag(tx, "tags", "run", run.key, ask.key, f"Run {ask.run_id}")
    change = tag_changed(run.key, ask.key, value, None, tx.caller.name, going_on=run.going_on)
    note_changes(tx, [change] if change else [])


@handles(LogInputs)
def log_inputs(tx: Transaction, ask: LogInputs) -> None:
    """Record what an active run used; recording it again changes nothing."""
    run = active_run(tx, ask.run_id)
    put_datasets(tx, run, run_row(tx, ask.run_id)[2], ask.datasets)
    _link_models(tx, run, "input", [(model.model_id, 0) for model in ask.models])


def put_datasets(tx: Transaction, run: int, experiment: int, datasets: Sequence[DatasetInput]) -> None:
    """Record the datasets that a run used; recording one again changes nothing but its tags."""
    for used in datasets:
        data = used.dataset
        tx.run(
            "INSERT INTO datasets (experiment_id, name, digest, source_type, source, schema, profile) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (experiment, data.name, data.digest, data.source_type, data.source, data.schema, data.profile),
        )
        dataset = tx.value(
            "SELECT id FROM datasets WHERE experiment_id = ? AND name = ? AND digest = ?",
            (experiment, data.name, data.digest),
        )
        tx.run("INSERT INTO run_datasets (run, dataset) VALUES (?, ?) ON CONFLICT DO NOTHING", (run, dataset))
        tx.run_many(
            "INSERT INTO dataset_tags (run, dataset, key, value) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (run, dataset, key) DO UPDATE SET value = excluded.value",
            [(run, dataset, tag.key, tag.value) for tag in used.tags],
        )


@handles(LogOutputs)
def log_outputs(tx: Transaction, ask: LogOutputs) -> None:
    """Record models that an active run made; recording one again changes nothing."""
    run = active_run(tx, ask.run_id)
    _link_models(tx, run, "output", [(model.model_id, model.step) for model in ask.models])


@handles(LogModel)
def log_model(tx: Transaction, ask: LogModel) -> None:
    """Append an MLmodel to the tag in which MLflow 2 keeps the run's models."""
    run = active_run(tx, ask.run_id)
    try:
        model = json.loads(ask.model_json)
    except (ValueError, RecursionError):
        raise Invalid("Invalid value for parameter 'model_json' of LogModel: it is not JSON.") from None
    if not isinstance(model, dict) or not {"artifact_path", "flavors", "run_id"} <= model.keys():
        raise Invalid(
            "Invalid value for parameter 'model_json' of LogModel: it needs artifact_path, flavors and run_id."
        )
    kept = tx.value("SELECT value FROM tags WHERE run = ? AND key = ?", (run, MODEL_HISTORY_TAG))
    history = [*_history(kept), model]
    put_tags(tx, "tags", "run", run, [RunTag(MODEL_HISTORY_TAG, json.dumps(history))])


def _history(kept: str | None) -> list[object]:
    """The models in the tag; anything else that somebody wrote there is replaced."""
    try:
        models = json.loads(kept or "[]")
    except (ValueError, RecursionError):
        return []
    return models if isinstance(models, list) else []


def load_runs(tx: Transaction, rows: Sequence[Row]) -> list[Run]:
    """Whole runs from rows of `COLUMNS`, in their order, in a fixed number of statements."""
    return [
        Run(info=run.info, data=_decode_data(run.data), inputs=run.inputs, outputs=run.outputs)
        for run in ready_runs(tx, rows)
    ]


class ReadyRun(Entity, frozen=True):
    """A `Run`, ready to be sent: numbers in it that JSON has no word for are spelled."""

    info: RunInfo
    data: msgspec.Raw
    inputs: RunInputs
    outputs: RunOutputs | None = None


def ready_runs(tx: Transaction, rows: Sequence[Row]) -> list[ReadyRun]:
    """The same as JSON for the most part."""
    ids = [row[0] for row in rows]
    data = data_of_runs(tx, ids, ended(rows))
    datasets = datasets_of_runs(tx, ids)
    models = _models_of_runs(tx, ids)
    lost = lost_runs(tx, running(rows))
    ready: list[ReadyRun] = []
    for row in rows:
        key = row[0]
        used, made = models.get((key, "input")), models.get((key, "output"))
        inputs, outputs = _NO_INPUTS, _NO_OUTPUTS  # most runs have none: one value for all of them
        if used or key in datasets:
            inputs = RunInputs(datasets.get(key, []), [LoggedModelInput(model) for model, _ in used or ()])
        if made:
            outputs = RunOutputs([LoggedModelOutput(*each) for each in made])
        ready.append(ReadyRun(info_of(tx, row, lost=key in lost), msgspec.Raw(data[key]), inputs, outputs))
    return ready


def datasets_of_runs(tx: Transaction, ids: Sequence[int]) -> dict[int, list[DatasetInput]]:
    """The datasets that each run used."""
    tags: dict[tuple[int, int], list[InputTag]] = defaultdict(list)
    for run, dataset, key, value in tx.all_in(
        "SELECT run, dataset, key, value FROM dataset_tags WHERE run IN (...) ORDER BY key", ids
    ):
        tags[run, dataset].append(InputTag(key, value))
    found: dict[int, list[DatasetInput]] = defaultdict(list)
    for run, dataset, *values in tx.all_in(
        "SELECT used.run, used.dataset, d.name, d.digest, d.source_type, d.source, d.schema, d.profile "
        "FROM run_datasets used JOIN datasets d ON d.id = used.dataset WHERE used.run IN (...) ORDER BY d.id",
        ids,
    ):
        found[run].append(DatasetInput(Dataset(*values), tags.get((run, dataset), [])))
    return found


def _models_of_runs(tx: Transaction, ids: Sequence[int]) -> dict[tuple[int, str], list[tuple[str, int]]]:
    found: dict[tuple[int, str], list[tuple[str, int]]] = defaultdict(list)
    for run, direction, model_id, step in tx.all_in(
        "SELECT m.run, m.direction, m.model_id, m.step FROM run_models m "
        "JOIN logged_models l ON l.model_id = m.model_id WHERE m.run IN (...) ORDER BY m.step, l.id",
        ids,
    ):
        found[run, direction].append((model_id, step))
    return found


def _link_models(tx: Transaction, run: int, direction: str, models: Sequence[tuple[str, int]]) -> None:
    if not models:
        return
    known = {
        row[0]
        for row in tx.all_in("SELECT model_id FROM logged_models WHERE model_id IN (...)", [m for m, _ in models])
    }
    for model_id, _ in models:
        if model_id not in known:
            raise NotFound(f"There is no logged model with id {model_id[:60]!r}.")
    tx.run_many(
        "INSERT INTO run_models (run, direction, model_id, step) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [(run, direction, model_id, step) for model_id, step in models],
    )
