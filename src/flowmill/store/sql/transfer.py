"""Whole things with their ids, written as importing and copying bring them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from flowmill.entities.digest import digest_of_columns, digest_of_run
from flowmill.entities.experiment import Experiment
from flowmill.entities.model import LoggedModelTag
from flowmill.entities.names import (
    check_alias,
    check_experiment_name,
    check_key,
    check_model_name,
    check_text,
    check_value,
)
from flowmill.entities.points import Point, Points
from flowmill.entities.registry import ModelVersion
from flowmill.entities.run import (
    END_TAGS,
    JOB_TAG,
    LifecycleStage,
    LoggedModelInput,
    LoggedModelOutput,
    Param,
    Run,
    RunInputs,
    RunOutputs,
)
from flowmill.errors import Invalid
from flowmill.store.sql.batches import append_points
from flowmill.store.sql.experiments import experiment_row
from flowmill.store.sql.handler import handles
from flowmill.store.sql.metrics import get_metric_columns
from flowmill.store.sql.places import Places
from flowmill.store.sql.ranks import merge_ranks, put_ranks
from flowmill.store.sql.registry_events import note_differences, state_of
from flowmill.store.sql.run_rows import COLUMNS as RUN_COLUMNS
from flowmill.store.sql.run_rows import TABLES as RUN_TABLES
from flowmill.store.sql.run_rows import run_row
from flowmill.store.sql.runs import load_runs, put_datasets
from flowmill.store.sql.series import bits_of, sortable
from flowmill.store.sql.tags import Pair, put_tags
from flowmill.store.sql.transaction import Row, Transaction
from flowmill.wire.metrics import GetMetricColumns
from flowmill.wire.transfer import (
    DigestRuns,
    FinishImport,
    GetImported,
    Imported,
    ImportedList,
    ImportExperiment,
    ImportLoggedModels,
    ImportPoints,
    ImportRegisteredModel,
    ImportRuns,
    Outcome,
    Placed,
    PlacedList,
    RunDigest,
    RunDigests,
    TransferKind,
    WholeModel,
    WholeRun,
)

_STAGES = ("None", "Staging", "Production", "Archived")


@handles(GetImported)
def get_imported(tx: Transaction, ask: GetImported) -> ImportedList:
    """Those of the origins that were imported."""
    rows = tx.all_in(
        "SELECT origin, id, fingerprint FROM imported WHERE kind = ? AND origin IN (...)", ask.origins, (ask.kind,)
    )
    return ImportedList([Imported(*row) for row in rows])


@handles(FinishImport)
def finish_import(tx: Transaction, ask: FinishImport) -> None:
    """Note the fingerprints of what is complete."""
    for each in ask.imported:
        tx.run(
            "UPDATE imported SET fingerprint = ? WHERE kind = ? AND origin = ?",
            (each.fingerprint, ask.kind, each.origin),
        )


@handles(ImportExperiment)
def import_experiment(tx: Transaction, ask: ImportExperiment) -> Placed:
    """Bring an experiment, or let the one of its name take it in."""
    source = ask.experiment
    check_experiment_name(source.name)
    deleted_at = (source.last_update_time or tx.now()) if _is_deleted(source.lifecycle_stage) else None
    known = _known(tx, TransferKind.EXPERIMENT, [ask.origin]).get(ask.origin)
    number, joined = (int(known[0]), bool(known[1])) if known else (None, False)
    if number is not None and tx.first("SELECT 1 FROM experiments WHERE id = ?", (number,)) is None:
        number = None  # swept away for good since then
    if number is not None:
        outcome = Outcome.UPDATED
        if not joined:
            _refresh_experiment(tx, number, source, deleted_at)
    else:
        number = _that_takes_in(tx, source)
        joined = number is not None
        outcome = Outcome.JOINED if joined else Outcome.NEW
        if number is None:
            number = _insert_experiment(tx, source, deleted_at)
    if joined:
        _put_missing(tx, "experiment_tags", "experiment", number, source.tag_list)
    else:
        put_tags(tx, "experiment_tags", "experiment", number, source.tag_list)
    _remember(tx, TransferKind.EXPERIMENT, [(ask.origin, str(number), ask.fingerprint)], joined=joined)
    return Placed(ask.origin, str(number), outcome)


@handles(ImportRuns)
def import_runs(tx: Transaction, ask: ImportRuns) -> PlacedList:
    """Bring runs into an experiment."""
    experiment = experiment_row(tx, ask.experiment_id)
    ids = [whole.run.info.run_id for whole in ask.runs]
    there = {
        row[0]: row[1:]
        for row in tx.all_in("SELECT run_id, id, COALESCE(home, experiment_id) FROM runs WHERE run_id IN (...)", ids)
    }
    known = _known(tx, TransferKind.RUN, ids)
    jobs = _jobs(tx, [row[0] for row in there.values()])
    placed: list[Placed] = []
    brought: list[tuple[int, WholeRun]] = []
    for whole in ask.runs:
        run_id = whole.run.info.run_id
        _check_id("run_id", run_id)
        outcome = _outcome(there.get(run_id), experiment[0], run_id in known)
        job = whole.run.data.tags.get(JOB_TAG)
        if job is not None and outcome in (Outcome.UPDATED, Outcome.KEPT) and jobs.get(there[run_id][0]) == job:
            # Another rank of the same training has been here: both are parts of one run.
            outcome = Outcome.JOINED
            key = there[run_id][0]
            _join_run(tx, key, whole)
            _append(tx, [(key, column) for column in whole.points])
            _remember(tx, TransferKind.RUN, [(run_id, run_id, whole.fingerprint)], joined=True)
        elif outcome in (Outcome.NEW, Outcome.UPDATED):
            key = there[run_id][0] if run_id in there else None
            brought.append((_put_run(tx, key, experiment, whole.run), whole))
            put_ranks(tx, brought[-1][0], whole.ranks)
            there[run_id] = (brought[-1][0], experiment[0])
        placed.append(Placed(run_id, run_id, outcome, _place_of_run(tx.places, experiment, run_id)))
    _put_contents(tx, brought)
    _append(tx, [(key, column) for key, whole in brought for column in whole.points])
    _remember(
        tx,
        TransferKind.RUN,
        [(whole.run.info.run_id, whole.run.info.run_id, whole.fingerprint) for _, whole in brought],
    )
    return PlacedList(placed)


@handles(ImportPoints)
def import_points(tx: Transaction, ask: ImportPoints) -> None:
    """Add points to an imported run, deleted or not."""
    run_row(tx, ask.run_id)  # raises if there is none
    key = tx.value(f"SELECT id FROM runs WHERE run_id = ?{tx.dialect.for_update}", (ask.run_id,))
    if ask.run_id not in _known(tx, TransferKind.RUN, [ask.run_id]):
        raise Invalid(f"Run {ask.run_id} was not imported; log to it with runs/log-batch instead.")
    _append(tx, [(key, column) for column in ask.points])


@handles(ImportLoggedModels)
def import_logged_models(tx: Transaction, ask: ImportLoggedModels) -> PlacedList:
    """Bring logged models into an experiment."""
    experiment = experiment_row(tx, ask.experiment_id)
    ids = [whole.model.model_id for whole in ask.models]
    there = {
        row[0]: row[1:]
        for row in tx.all_in(
            "SELECT model_id, id, COALESCE(home, experiment_id) FROM logged_models WHERE model_id IN (...)", ids
        )
    }
    known = _known(tx, TransferKind.LOGGED_MODEL, ids)
    placed: list[Placed] = []
    brought: list[WholeModel] = []
    for whole in ask.models:
        model_id = whole.model.model_id
        _check_id("model_id", model_id)
        outcome = _outcome(there.get(model_id), experiment[0], model_id in known)
        if outcome in (Outcome.NEW, Outcome.UPDATED):
            _put_model(tx, there[model_id][0] if model_id in there else None, experiment[0], whole)
            brought.append(whole)
        place = tx.places.of_model(experiment[0], experiment[2], model_id)
        placed.append(Placed(model_id, model_id, outcome, place))
    _remember(
        tx,
        TransferKind.LOGGED_MODEL,
        [(whole.model.model_id, whole.model.model_id, whole.fingerprint) for whole in brought],
    )
    return PlacedList(placed)


@handles(ImportRegisteredModel)
def import_registered_model(tx: Transaction, ask: ImportRegisteredModel) -> PlacedList:
    """Bring a registered model with versions."""
    source = ask.model
    check_model_name(source.name)
    check_text(f"description of {source.name!r}", source.description or "")
    row = tx.first(f"SELECT id FROM registered_models WHERE name = ?{tx.dialect.for_update}", (source.name,))
    known = _known(tx, TransferKind.REGISTERED_MODEL, [source.name]).get(source.name)
    joined = bool(known[1]) if known and row else row is not None
    times = (source.creation_timestamp, source.last_updated_timestamp)
    before = state_of(tx, row[0]) if row else None
    if row is None:
        model = tx.value(
            "INSERT INTO registered_models (name, description, last_version, created_at, updated_at) "
            "VALUES (?, ?, 0, ?, ?) RETURNING id",
            (source.name, source.description or "", *times),
        )
    else:
        model = row[0]
    if joined:
        _put_missing(tx, "registered_model_tags", "model", model, source.tag_list)
    else:
        put_tags(tx, "registered_model_tags", "model", model, source.tag_list)
    placed = _put_versions(tx, model, ask)
    _put_aliases(tx, model, ask, placed, replace=not joined)
    highest = max((int(each.id) for each in placed if each.outcome is not Outcome.ELSEWHERE), default=0)
    tx.run(
        "UPDATE registered_models SET last_version = CASE WHEN last_version < ? THEN ? ELSE last_version END "
        "WHERE id = ?",
        (*[max(highest, 0 if joined else ask.last_version)] * 2, model),
    )
    if not joined:
        tx.run(
            "UPDATE registered_models SET description = ?, created_at = ?, updated_at = ? WHERE id = ?",
            (source.description or "", *times, model),
        )
    note_differences(tx, model, before)
    _remember(tx, TransferKind.REGISTERED_MODEL, [(source.name, source.name, ask.fingerprint)], joined=joined)
    return PlacedList(placed)


@handles(DigestRuns)
def digest_runs(tx: Transaction, ask: DigestRuns) -> RunDigests:
    """What runs hold."""
    rows = tx.all_in(f"SELECT {RUN_COLUMNS} FROM {RUN_TABLES} WHERE runs.run_id IN (...)", ask.run_ids)
    links: dict[int, list[tuple[str, str, int]]] = {}
    for run, *link in tx.all_in(
        "SELECT run, direction, model_id, step FROM run_models WHERE run IN (...)", [row[0] for row in rows]
    ):
        links.setdefault(run, []).append((link[0], link[1], link[2]))
    return RunDigests(
        [_digest_of(tx, run, links.get(row[0], [])) for row, run in zip(rows, load_runs(tx, rows), strict=True)]
    )


def version_origin(version: ModelVersion) -> str:
    """What names a version wherever it is read: its number alone would not, since numbers may be mapped."""
    return f"{version.name}/{version.version}@{version.creation_timestamp}"


def _digest_of(tx: Transaction, run: Run, links: Sequence[tuple[str, str, int]]) -> RunDigest:
    series: dict[str, str] = {}
    count = 0
    for metric in run.data.metric_list:
        points, series[metric.key] = digest_of_columns(list(_history(tx, run.info.run_id, metric.key)))
        count += points
    # A link counts although its model may not be here.
    linked = Run(
        info=run.info,
        data=run.data,
        inputs=RunInputs(run.inputs.dataset_inputs, [LoggedModelInput(m) for way, m, _ in links if way == "input"]),
        outputs=RunOutputs([LoggedModelOutput(m, step) for way, m, step in links if way == "output"]),
    )
    data = run.data
    return RunDigest(run.info.run_id, len(data.param_list), len(data.tag_list), count, digest_of_run(linked, series))


def _history(tx: Transaction, run_id: str, key: str) -> Iterator[Points]:
    """Every point of a metric, a million at a time."""
    ask = GetMetricColumns(run_id=run_id, metric_key=key, max_results=1_000_000)
    while True:
        page = get_metric_columns(tx, ask)
        yield Points(key, page.timestamps, page.steps, page.values)
        if not page.next_page_token:
            return
        ask = msgspec.structs.replace(ask, page_token=page.next_page_token)


def _that_takes_in(tx: Transaction, source: Experiment) -> int | None:
    """The experiment here that stands for the source's: the default one, or an active one of the same name."""
    if source.experiment_id == "0":
        return 0
    if _is_deleted(source.lifecycle_stage):
        return None
    return tx.value("SELECT id FROM experiments WHERE name = ? AND deleted_at IS NULL", (source.name,))


def _insert_experiment(tx: Transaction, source: Experiment, deleted_at: int | None) -> int:
    text = source.experiment_id
    own = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
    if own is not None and tx.first("SELECT 1 FROM experiments WHERE id = ?", (own,)):
        own = None
    created = source.creation_time or tx.now()
    values = (source.name, created, source.last_update_time or created, deleted_at)
    if own is None:
        return tx.value(
            "INSERT INTO experiments (name, created_at, updated_at, deleted_at) VALUES (?, ?, ?, ?) RETURNING id",
            values,
        )
    tx.run(
        "INSERT INTO experiments (name, created_at, updated_at, deleted_at, id) VALUES (?, ?, ?, ?, ?)", (*values, own)
    )
    for statement in tx.dialect.count_on("experiments"):
        tx.run(statement)
    return own


def _refresh_experiment(tx: Transaction, number: int, source: Experiment, deleted_at: int | None) -> None:
    taken = deleted_at is None and tx.first(
        "SELECT 1 FROM experiments WHERE name = ? AND deleted_at IS NULL AND id <> ?", (source.name, number)
    )
    if not taken:
        tx.run(
            "UPDATE experiments SET name = ?, updated_at = ?, deleted_at = ? WHERE id = ?",
            (source.name, source.last_update_time or tx.now(), deleted_at, number),
        )


def _put_run(tx: Transaction, key: int | None, experiment: Row, run: Run) -> int:
    info = run.info
    for what, text in (("name", info.run_name), ("user", info.user_id)):
        check_text(f"{what} of run {info.run_id}", text or "")
    deleted_at = None
    if _is_deleted(info.lifecycle_stage):
        # Restoring an experiment brings back the runs that were deleted with it, which have its very time.
        deleted_at = experiment[5] or tx.now()
    values = (info.run_name or "", info.user_id or "", info.status, info.start_time or 0, info.end_time, deleted_at)
    if key is not None:
        tx.run(
            "UPDATE runs SET name = ?, user_id = ?, status = ?, start_time = ?, end_time = ?, deleted_at = ? "
            "WHERE id = ?",
            (*values, key),
        )
        return key
    return tx.value(
        "INSERT INTO runs (name, user_id, status, start_time, end_time, deleted_at, run_id, experiment_id) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (*values, info.run_id, experiment[0]),
    )


def _jobs(tx: Transaction, runs: Sequence[int]) -> dict[int, str]:
    """The job of each run that many processes open together."""
    return dict(tx.all_in("SELECT run, value FROM tags WHERE key = ? AND run IN (...)", runs, (JOB_TAG,)))


def _join_run(tx: Transaction, key: int, whole: WholeRun) -> None:
    """Add to a run what it does not have; how it ended follows from the ranks of both parts."""
    run = whole.run
    run_row(tx, run.info.run_id)
    tx.run(f"SELECT id FROM runs WHERE id = ?{tx.dialect.for_update}", (key,))
    _put_missing(tx, "params", "run", key, run.data.param_list)
    _put_missing(tx, "tags", "run", key, [tag for tag in run.data.tag_list if tag.key not in END_TAGS])
    merge_ranks(tx, key, whole.ranks, [tag for tag in run.data.tag_list if tag.key in END_TAGS])
    tx.run("DELETE FROM run_documents WHERE id = ?", (key,))


def _put_contents(tx: Transaction, brought: Sequence[tuple[int, WholeRun]]) -> None:
    """Parameters, tags, datasets and links of many runs, in few statements."""
    params: list[tuple[int, str, str]] = []
    tags: list[tuple[int, str, str]] = []
    links: list[tuple[int, str, str, int]] = []
    for key, whole in brought:
        run = whole.run
        params += _checked(key, "param", run.data.param_list)
        tags += _checked(key, "tag", run.data.tag_list)
        if run.inputs.dataset_inputs:  # it may have been moved since it was last imported
            here = tx.value("SELECT experiment_id FROM runs WHERE id = ?", (key,))
            put_datasets(tx, key, here, run.inputs.dataset_inputs)
        links += [(key, "input", used.model_id, 0) for used in run.inputs.model_inputs]
        if run.outputs:
            links += [(key, "output", made.model_id, made.step) for made in run.outputs.model_outputs]
    for table, rows in (("params", params), ("tags", tags)):
        if rows:
            tx.run_many(
                f"INSERT INTO {table} (run, key, value) VALUES (?, ?, ?) "
                "ON CONFLICT (run, key) DO UPDATE SET value = excluded.value",
                rows,
            )
    if links:
        tx.run_many(
            "INSERT INTO run_models (run, direction, model_id, step) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            links,
        )


def _checked(owner: int, kind: str, pairs: Iterable[Param | Pair]) -> list[tuple[int, str, str]]:
    rows: list[tuple[int, str, str]] = []
    for pair in pairs:
        check_key(kind, pair.key)
        check_value(kind, pair.key, pair.value)
        rows.append((owner, pair.key, pair.value))
    return rows


def _append(tx: Transaction, columns: Iterable[tuple[int, Points]]) -> None:
    """Append columns to metrics of runs by their integer keys."""
    points: dict[tuple[int, str], list[Point]] = defaultdict(list)
    for run, column in columns:
        points[run, column.key] += column.rows()
    append_points(tx, points)


def _put_model(tx: Transaction, key: int | None, experiment: int, whole: WholeModel) -> None:
    info, data = whole.model.info, whole.model.data
    check_experiment_name(info.name)
    check_text(f"type of model {info.model_id}", info.model_type or "")
    deleted_at = (info.last_updated_timestamp_ms or tx.now()) if whole.deleted else None
    values = (
        info.name, info.status, info.status_message, info.model_type or "", info.source_run_id or "",
        info.creation_timestamp_ms, info.last_updated_timestamp_ms, deleted_at,
    )  # fmt: skip
    if key is None:
        key = int(
            tx.value(
                "INSERT INTO logged_models (name, status, status_message, model_type, source_run_id, created_at, "
                "updated_at, deleted_at, model_id, experiment_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
                (*values, info.model_id, experiment),
            )
        )
    else:
        tx.run(
            "UPDATE logged_models SET name = ?, status = ?, status_message = ?, model_type = ?, source_run_id = ?, "
            "created_at = ?, updated_at = ?, deleted_at = ? WHERE id = ?",
            (*values, key),
        )
    rows = _checked(key, "param", data.params)
    if rows:
        tx.run_many(
            "INSERT INTO logged_model_params (model, key, value) VALUES (?, ?, ?) "
            "ON CONFLICT (model, key) DO UPDATE SET value = excluded.value",
            rows,
        )
    put_tags(tx, "logged_model_tags", "model", key, [LoggedModelTag(tag.key, tag.value) for tag in info.tags])
    metrics = [
        (key, each.key, each.run_id or info.source_run_id or "", each.step, each.timestamp, bits_of(each.value),
         sortable(each.value), each.dataset_name, each.dataset_digest)
        for each in data.metrics
    ]  # fmt: skip
    for metric in data.metrics:
        check_key("metric", metric.key)
    if metrics:
        tx.run_many(
            "INSERT INTO logged_model_metrics (model, key, run_id, step, timestamp, bits, value, dataset_name, "
            "dataset_digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            metrics,
        )


def _put_versions(tx: Transaction, model: int, ask: ImportRegisteredModel) -> list[Placed]:
    known = _known(tx, TransferKind.VERSION, [version_origin(version) for version in ask.versions])
    taken = {
        row[0]: row[1:]
        for row in tx.all("SELECT version, id, created_at, run_id FROM model_versions WHERE model = ?", (model,))
    }
    last = max([*taken, tx.value("SELECT last_version FROM registered_models WHERE id = ?", (model,))])
    placed: list[Placed] = []
    fingerprints = ask.fingerprints or [""] * len(ask.versions)
    if len(fingerprints) != len(ask.versions):
        raise Invalid(f"{len(ask.versions)} versions came with {len(fingerprints)} fingerprints: send one each.")
    for version, fingerprint in zip(ask.versions, fingerprints, strict=True):
        origin = version_origin(version)
        if not (version.version.isascii() and version.version.isdigit() and 0 < len(version.version) < 19):
            raise Invalid(f"Invalid version {version.version[:60]!r} of {version.name!r}: it must be a whole number.")
        number = int(version.version)
        if origin in known and int(known[origin][0]) in taken:
            number = int(known[origin][0])
            _put_version(tx, model, taken[number][0], number, version)
            placed.append(Placed(origin, str(number), Outcome.UPDATED))
        elif number in taken and taken[number][1:] == (version.creation_timestamp, version.run_id or None):
            placed.append(Placed(origin, str(number), Outcome.KEPT))  # the same one, which came from here
            continue
        else:
            if number in taken or number == 0:
                number = last + 1
            created = _put_version(tx, model, None, number, version)
            taken[number] = (created, version.creation_timestamp, version.run_id)
            last = max(last, number)
            placed.append(Placed(origin, str(number), Outcome.NEW))
        _remember(tx, TransferKind.VERSION, [(origin, str(number), fingerprint)])
    return placed


def _put_version(tx: Transaction, model: int, key: int | None, number: int, version: ModelVersion) -> int:
    if version.current_stage not in _STAGES:
        raise Invalid(f"Invalid stage {version.current_stage!r}: it must be one of {', '.join(_STAGES)}.")
    for what, text in (
        ("description", version.description), ("source", version.source), ("user", version.user_id),
        ("run link", version.run_link), ("status message", version.status_message),
    ):  # fmt: skip
        check_text(f"{what} of version {version.version}", text or "")
    source = version.source or ""
    if ".." in source.split("/"):
        raise Invalid(f"Invalid source {source[:200]!r} of version {version.version}: a .. part is not allowed.")
    if source.startswith("mlflow-artifacts:"):
        source = tx.places.accept(source)
    values = (
        version.description or "", version.user_id, version.current_stage, source, version.run_id or None,
        version.model_id or None, version.run_link or "", version.status, version.status_message,
        version.creation_timestamp, version.last_updated_timestamp,
    )  # fmt: skip
    if key is None:
        key = int(
            tx.value(
                "INSERT INTO model_versions (description, user_id, stage, source, run_id, model_id, run_link, status, "
                "status_message, created_at, updated_at, model, version) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
                (*values, model, number),
            )
        )
    else:
        tx.run(
            "UPDATE model_versions SET description = ?, user_id = ?, stage = ?, source = ?, run_id = ?, model_id = ?, "
            "run_link = ?, status = ?, status_message = ?, created_at = ?, updated_at = ? WHERE id = ?",
            (*values, key),
        )
    put_tags(tx, "model_version_tags", "version", key, version.tag_list)
    return key


def _put_aliases(
    tx: Transaction, model: int, ask: ImportRegisteredModel, placed: Sequence[Placed], *, replace: bool
) -> None:
    """Point aliases at the versions that came; one that is there and not of an import stays where it points."""
    here = {version.version: each.id for version, each in zip(ask.versions, placed, strict=True)}
    conflict = "DO UPDATE SET version = excluded.version" if replace else "DO NOTHING"
    for alias in ask.model.alias_list:
        if alias.version in here:
            check_alias(alias.alias)
            tx.run(
                "INSERT INTO model_aliases (model, alias, version) VALUES (?, ?, ?) "
                f"ON CONFLICT (model, alias) {conflict}",
                (model, alias.alias, int(here[alias.version])),
            )


def _outcome(there: Row | None, experiment: int, imported: bool) -> Outcome:
    if there is None:
        return Outcome.NEW
    if there[1] != experiment:
        return Outcome.ELSEWHERE
    return Outcome.UPDATED if imported else Outcome.KEPT


def _known(tx: Transaction, kind: TransferKind, origins: Sequence[str]) -> dict[str, tuple[str, int]]:
    """(id, joined) of what was imported, by origin."""
    rows = tx.all_in("SELECT origin, id, joined FROM imported WHERE kind = ? AND origin IN (...)", origins, (kind,))
    return {origin: (id_, joined) for origin, id_, joined in rows}


def _remember(
    tx: Transaction, kind: TransferKind, imported: Sequence[tuple[str, str, str]], *, joined: bool = False
) -> None:
    if not imported:
        return
    for origin, _, _ in imported:
        if not origin or len(origin) > 2000:
            raise Invalid(f"Invalid origin {origin[:60]!r}…: it must have 1 to 2,000 characters.")
        check_text("origin", origin)
    tx.run_many(
        "INSERT INTO imported (kind, origin, id, fingerprint, joined, imported_at) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (kind, origin) DO UPDATE SET id = excluded.id, fingerprint = excluded.fingerprint, "
        "joined = excluded.joined, imported_at = excluded.imported_at",
        [(kind, origin, id_, fingerprint, int(joined), tx.now()) for origin, id_, fingerprint in imported],
    )


def _put_missing(tx: Transaction, table: str, owner_column: str, owner: int, tags: Sequence[Pair]) -> None:
    """Add tags that are not there; those that are stay."""
    rows = _checked(owner, "tag", tags)
    if rows:
        tx.run_many(f"INSERT INTO {table} ({owner_column}, key, value) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", rows)


def _place_of_run(places: Places, experiment: Row, run_id: str) -> str:
    return places.of_run(experiment[0], experiment[2], run_id)


def _is_deleted(stage: str) -> bool:
    return stage == LifecycleStage.DELETED


def _check_id(what: str, text: str) -> None:
    """Refuse an id that could not be a part of a path and of an address."""
    if not (text.isascii() and 0 < len(text) <= 64 and all(c.isalnum() or c in "-_" for c in text)):
        raise Invalid(f"Invalid {what} {text[:80]!r}: use letters, digits, - and _, at most 64.")
