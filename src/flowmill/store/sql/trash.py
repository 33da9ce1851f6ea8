"""The trash in the database: listing it, and freeing what is due in portions.

Rows go first, and in the same transaction their place is noted in ``condemned``; whoever sent the request
removes the files and says so. A crash in between leaves a note, never half a run that could be restored.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flowmill.entities.duration import parse_duration
from flowmill.entities.model import LoggedModel
from flowmill.entities.trash import NEVER, RETENTION_TAG, KeptItem, PurgeReport, TrashItem, TrashKind
from flowmill.errors import Invalid, NotFound
from flowmill.store.sql.branches import drop_branches
from flowmill.store.sql.experiments import active_experiment, experiment_number, experiment_row
from flowmill.store.sql.finding import find_sorted
from flowmill.store.sql.handler import handles
from flowmill.store.sql.metrics import drop_series
from flowmill.store.sql.models import load_models, model_row
from flowmill.store.sql.ordering import EVERYTHING, Condition, SortKey, among
from flowmill.store.sql.paging import check_page_size
from flowmill.store.sql.run_rows import run_row
from flowmill.store.sql.transaction import Row, Transaction
from flowmill.wire.trash import ListTrash, PurgeTrash, RestoreLoggedModel, TrashPage

_PORTION = 100
"""Runs, models or experiments that one transaction frees, so that other writers need not wait long."""
_MOST_LISTED = 1_000

_EVERYTHING_DELETED = """(
    SELECT 'experiment' AS kind, CAST(id AS TEXT) AS id, name, id AS experiment, deleted_at
    FROM experiments WHERE deleted_at IS NOT NULL
    UNION ALL SELECT 'run', run_id, name, experiment_id, deleted_at FROM runs WHERE deleted_at IS NOT NULL
    UNION ALL SELECT 'logged_model', model_id, name, experiment_id, deleted_at
    FROM logged_models WHERE deleted_at IS NOT NULL) deleted"""

_OF_A_RUN = (
    "params",
    "tags",
    "run_datasets",
    "dataset_tags",
    "run_models",
    "writers",
    "heartbeats",
    "ranks",
    "run_moves",
    "run_changes",
)
_OF_A_MODEL = ("logged_model_params", "logged_model_tags", "logged_model_metrics")

# What a registered version was made from must stay: its files are the version's.
_RUN_IS_REGISTERED = "SELECT 1 FROM model_versions v WHERE v.run_id = runs.run_id AND v.model_id IS NULL"
_MODEL_IS_REGISTERED = "SELECT 1 FROM model_versions v WHERE v.model_id = logged_models.model_id"


@handles(ListTrash)
def list_trash(tx: Transaction, ask: ListTrash) -> TrashPage:
    """A page of the trash."""
    size = check_page_size(ask.max_results, _MOST_LISTED)
    condition = EVERYTHING
    if ask.experiment_ids:
        condition = among(tx.dialect, "deleted.experiment", [experiment_number(each) for each in ask.experiment_ids])
    order = [
        SortKey("deleted.deleted_at", False, always=True),
        SortKey("deleted.kind", always=True, text=True),
        SortKey("deleted.id", always=True, text=True),
    ]
    columns = "deleted.kind, deleted.id, deleted.name, deleted.experiment, deleted.deleted_at"
    found = find_sorted(tx, columns, _EVERYTHING_DELETED, condition, order, size, ask.page_token)
    sources = _moved_from(tx, [row[1] for row in found.rows])
    items = [
        TrashItem(kind, id_, name, str(number), at, sources.get((kind, id_)))
        for kind, id_, name, number, at in found.rows
    ]
    return TrashPage(items, found.next_page_token)


def _moved_from(tx: Transaction, ids: Sequence[str]) -> dict[tuple[str, str], str]:
    """From which experiment runs were moved last, and the models that went with them."""
    runs = tx.all_in(
        "SELECT runs.run_id, m.from_experiment FROM runs JOIN run_moves m ON m.run = runs.id "
        "WHERE runs.run_id IN (...) ORDER BY m.id",
        ids,
    )
    models = tx.all_in(
        "SELECT l.model_id, m.from_experiment FROM logged_models l JOIN runs ON runs.run_id = l.source_run_id "
        "JOIN run_moves m ON m.run = runs.id WHERE l.home IS NOT NULL AND l.model_id IN (...) ORDER BY m.id",
        ids,
    )
    kinds: tuple[tuple[TrashKind, list[Row]], ...] = (("run", runs), ("logged_model", models))
    return {(kind, id_): str(source) for kind, rows in kinds for id_, source in rows}


@handles(RestoreLoggedModel)
def restore_logged_model(tx: Transaction, ask: RestoreLoggedModel) -> LoggedModel:
    """Take a logged model out of the trash."""
    row = model_row(tx, ask.model_id, also_deleted=True)
    active_experiment(tx, str(row[2]))
    tx.run("UPDATE logged_models SET deleted_at = NULL WHERE id = ?", (row[0],))
    return load_models(tx, [model_row(tx, ask.model_id)])[0]


@handles(PurgeTrash)
def purge_trash(tx: Transaction, ask: PurgeTrash) -> PurgeReport:
    """Free a portion of what is due, or say what would be freed."""
    due = _what_is_due(tx, ask)
    counts = {table: int(tx.value(f"SELECT COUNT(*) FROM {table} WHERE {c.sql}", c.arguments)) for table, c in due}
    if ask.dry_run:
        return PurgeReport(
            experiments=counts["experiments"],
            runs=counts["runs"],
            logged_models=counts["logged_models"],
            items=_items(tx, due, _MOST_LISTED),
            kept=_kept(tx, ask),
            places=[place for table, condition in due for place in _places(tx, table, condition, _MOST_LISTED)],
        )
    tx.run_in("DELETE FROM condemned WHERE place IN (...)", ask.freed)
    tx.run_many("UPDATE condemned SET tried_at = ? WHERE place = ?", [(tx.now(), place) for place in ask.failed])
    # Experiments come last: only when all in them is gone are they themselves due.
    table, condition = next((each for each in due if counts[each[0]]), due[-1])
    items = _items(tx, [(table, condition)], _PORTION)
    if not ask.keep_artifacts:
        tx.run_many(
            "INSERT INTO condemned (place) VALUES (?) ON CONFLICT DO NOTHING",
            [(place,) for place in _places(tx, table, condition, _PORTION)],
        )
    rows = tx.all(f"SELECT id FROM {table} WHERE {condition.sql} ORDER BY id LIMIT {_PORTION}", condition.arguments)
    ids = [row[0] for row in rows]
    _DROP[table](tx, ids)
    freed = {name: len(ids) if name == table else 0 for name in counts}
    left = sum(counts.values()) - len(ids)
    # When the last run of a named or deleted experiment has gone, the experiment becomes due.
    more = left > 0 or (len(ids) > 0 and table != "experiments")
    places = tx.all(f"SELECT place FROM condemned ORDER BY tried_at NULLS FIRST, place LIMIT {_MOST_LISTED}")
    return PurgeReport(
        experiments=freed["experiments"],
        runs=freed["runs"],
        logged_models=freed["logged_models"],
        items=items,
        kept=[] if more else _kept(tx, ask),
        places=[row[0] for row in places],
        more=more,
    )


def _what_is_due(tx: Transaction, ask: PurgeTrash) -> list[tuple[str, Condition]]:
    """Tables with what to free in each, in the order in which it must go."""
    runs, models, experiments = _selected(tx, ask)
    empty = Condition(
        "NOT EXISTS (SELECT 1 FROM runs r WHERE r.experiment_id = experiments.id) "
        "AND NOT EXISTS (SELECT 1 FROM logged_models m WHERE m.experiment_id = experiments.id)"
    )
    if ask.dry_run:  # as if all that goes were gone
        empty = Condition(
            "NOT EXISTS (SELECT 1 FROM runs WHERE runs.experiment_id = experiments.id "
            f"AND EXISTS ({_RUN_IS_REGISTERED})) "
            "AND NOT EXISTS (SELECT 1 FROM logged_models WHERE logged_models.experiment_id = experiments.id "
            f"AND EXISTS ({_MODEL_IS_REGISTERED}))"
        )
    return [
        ("logged_models", models & Condition(f"NOT EXISTS ({_MODEL_IS_REGISTERED})")),
        ("runs", runs & Condition(f"NOT EXISTS ({_RUN_IS_REGISTERED})")),
        ("experiments", experiments & empty),
    ]


def _selected(tx: Transaction, ask: PurgeTrash) -> tuple[Condition, Condition, Condition]:
    """Which runs, logged models and experiments the request means."""
    if ask.older_than < 0:
        raise Invalid(f"Invalid older_than {ask.older_than}: it is an age in ms, 0 or more.")
    named = len(ask.experiment_ids) + len(ask.run_ids) + len(ask.model_ids)
    if named > _MOST_LISTED:
        raise Invalid(f"The request names {named} things; name at most {_MOST_LISTED} at once.")
    if not named:
        return _old_enough(tx, ask, "experiment_id"), _old_enough(tx, ask, "experiment_id"), _old_enough(tx, ask, "id")
    experiments = _named(tx, ask, ask.experiment_ids, _named_experiment)
    runs = _named(tx, ask, ask.run_ids, _named_run)
    models = _named(tx, ask, ask.model_ids, _named_model)
    inside = among(tx.dialect, "experiment_id", experiments)
    return (
        _either(inside, among(tx.dialect, "id", runs)),
        _either(inside, among(tx.dialect, "id", models)),
        among(tx.dialect, "id", experiments),
    )


def _either(one: Condition, other: Condition) -> Condition:
    return Condition(f"({one.sql}) OR ({other.sql})", (*one.arguments, *other.arguments))


def _old_enough(tx: Transaction, ask: PurgeTrash, experiment: str) -> Condition:
    """Deleted long enough ago, by the experiment's own retention or the one asked for."""
    now = tx.now()
    own = _retentions(tx)
    choices = [Condition("deleted_at <= ?", (now - ask.older_than,))]
    if own:
        others = among(tx.dialect, experiment, list(own))
        choices[0] &= Condition(f"NOT ({others.sql})", others.arguments)
    for number, keep in own.items():
        if keep is not None:
            choices.append(Condition(f"{experiment} = ? AND deleted_at <= ?", (number, now - keep)))
    arguments = tuple(argument for choice in choices for argument in choice.arguments)
    return Condition(" OR ".join(f"({choice.sql})" for choice in choices), arguments)


def _retentions(tx: Transaction) -> dict[int, int | None]:
    """ms for each experiment that says how long its trash is kept; None is for ever."""
    found: dict[int, int | None] = {}
    for experiment, text in tx.all("SELECT experiment, value FROM experiment_tags WHERE key = ?", (RETENTION_TAG,)):
        try:
            found[experiment] = None if text.strip().lower() == NEVER else parse_duration(text)
        except Invalid:
            found[experiment] = None  # whoever wrote it wanted something kept
    return found


def _named(
    tx: Transaction, ask: PurgeTrash, ids: Sequence[str], find_one: Callable[[Transaction, str], tuple[int, int | None]]
) -> list[int]:
    """The keys of what ids name; Invalid for what is not in the trash, or not for long enough."""
    limit = tx.now() - ask.older_than
    found: list[int] = []
    for each in ids:
        try:
            key, deleted_at = find_one(tx, each)
        except NotFound:
            if ask.again:
                continue
            raise
        if deleted_at is None:
            raise Invalid(f"{each!r} is not in the trash; delete it first, then it can be freed for good.")
        if deleted_at > limit:
            raise Invalid(f"{each!r} was deleted later than the age asked for; leave the age out or wait.")
        found.append(key)
    return found


def _named_experiment(tx: Transaction, experiment_id: str) -> tuple[int, int | None]:
    row = experiment_row(tx, experiment_id)
    return row[0], row[5]


def _named_run(tx: Transaction, run_id: str) -> tuple[int, int | None]:
    row = run_row(tx, run_id)
    return row[0], row[8]


def _named_model(tx: Transaction, model_id: str) -> tuple[int, int | None]:
    row = model_row(tx, model_id, also_deleted=True)
    return row[0], row[10]


def _items(tx: Transaction, due: Sequence[tuple[str, Condition]], most: int) -> list[TrashItem]:
    found: list[TrashItem] = []
    for table, condition in due:
        id_, experiment = _ID[table], "id" if table == "experiments" else "experiment_id"
        rows = tx.all(
            f"SELECT {id_}, name, {experiment}, deleted_at FROM {table} WHERE {condition.sql} "
            f"ORDER BY id LIMIT {most - len(found)}",
            condition.arguments,
        )
        found += [
            TrashItem(_KIND[table], str(id_), name, str(number), deleted_at or 0)
            for id_, name, number, deleted_at in rows
        ]
    return found


def _places(tx: Transaction, table: str, condition: Condition, most: int) -> list[str]:
    """The folders that hold nothing but the files of these rows."""
    if table == "experiments":
        rows = tx.all(
            f"SELECT id FROM experiments WHERE ({condition.sql}) AND artifact_location IS NULL "
            "AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.home = experiments.id) "
            "AND NOT EXISTS (SELECT 1 FROM logged_models WHERE logged_models.home = experiments.id) "
            f"ORDER BY id LIMIT {most}",
            condition.arguments,
        )
        return [tx.places.of_experiment(row[0], None) for row in rows]
    of = tx.places.of_run if table == "runs" else tx.places.of_model
    rows = tx.all(
        f"SELECT experiment_id, (SELECT artifact_location FROM experiments e WHERE e.id = experiment_id), home, "
        f"home_location, {_ID[table]} "
        f"FROM {table} WHERE {condition.sql} ORDER BY id LIMIT {most}",
        condition.arguments,
    )
    return [of(*tx.places.home_of(*row[:4]), row[4]).removesuffix("/artifacts") for row in rows]


def _kept(tx: Transaction, ask: PurgeTrash) -> list[KeptItem]:
    """What would go, were no registered version made from it."""
    runs, models, _ = _selected(tx, ask)
    named = "SELECT {id}, n.name, v.version FROM {table} JOIN model_versions v ON {link} "
    named += "JOIN registered_models n ON n.id = v.model WHERE {table}.id IN (SELECT id FROM {table} WHERE {due}) "
    named += f"ORDER BY v.id LIMIT {_PORTION}"
    links = (
        ("runs", "v.run_id = runs.run_id AND v.model_id IS NULL", runs),
        ("logged_models", "v.model_id = logged_models.model_id", models),
    )
    return [
        KeptItem(_KIND[table], row[0], row[1], str(row[2]))
        for table, link, due in links
        for row in tx.all(named.format(id=f"{table}.{_ID[table]}", table=table, link=link, due=due.sql), due.arguments)
    ]


def _drop_runs(tx: Transaction, ids: Sequence[int]) -> None:
    drop_series(tx, ids)
    drop_branches(tx, ids)
    datasets = [row[0] for row in tx.all_in("SELECT DISTINCT dataset FROM run_datasets WHERE run IN (...)", ids)]
    for table in _OF_A_RUN:
        tx.run_in(f"DELETE FROM {table} WHERE run IN (...)", ids)
    unused = "NOT EXISTS (SELECT 1 FROM run_datasets used WHERE used.dataset = datasets.id)"
    tx.run_in(f"DELETE FROM datasets WHERE {unused} AND id IN (...)", datasets)
    tx.run_in("DELETE FROM runs WHERE id IN (...)", ids)
    # After the runs: whoever makes documents of them has done so by now, or finds no run.
    tx.run_in("DELETE FROM run_documents WHERE id IN (...)", ids)


def _drop_models(tx: Transaction, ids: Sequence[int]) -> None:
    for table in _OF_A_MODEL:
        tx.run_in(f"DELETE FROM {table} WHERE model IN (...)", ids)
    tx.run_in("DELETE FROM run_models WHERE model_id IN (SELECT model_id FROM logged_models WHERE id IN (...))", ids)
    tx.run_in("DELETE FROM logged_models WHERE id IN (...)", ids)


def _drop_experiments(tx: Transaction, ids: Sequence[int]) -> None:
    tx.run_in("DELETE FROM datasets WHERE experiment_id IN (...)", ids)
    tx.run_in("DELETE FROM experiment_tags WHERE experiment IN (...)", ids)
    tx.run_in("DELETE FROM experiments WHERE id IN (...)", ids)


_DROP = {"runs": _drop_runs, "logged_models": _drop_models, "experiments": _drop_experiments}
_ID = {"runs": "run_id", "logged_models": "model_id", "experiments": "id"}
_KIND: dict[str, TrashKind] = {"runs": "run", "logged_models": "logged_model", "experiments": "experiment"}
