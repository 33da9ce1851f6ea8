"""Bringing runs into another experiment: rows change, and no file is touched.

A run remembers the experiment that it was begun in as its home, together with the location of its own that this one
may have had: its files stay there, whatever becomes of the experiment.
"""

from __future__ import annotations

from collections.abc import Sequence

from flowmill.entities.move import Move
from flowmill.errors import Invalid
from flowmill.store.sql.experiments import active_experiment
from flowmill.store.sql.handler import handles
from flowmill.store.sql.nested import named_runs, with_descendants
from flowmill.store.sql.run_rows import run_row
from flowmill.store.sql.schema import KINDS_OF_COLUMNS
from flowmill.store.sql.transaction import Transaction
from flowmill.wire.moves import ListMoves, MoveList, MoveRuns


@handles(MoveRuns)
def move_runs(tx: Transaction, ask: MoveRuns) -> MoveList:
    """Move runs, what lies below them and the models that they logged."""
    target: int = active_experiment(tx, ask.experiment_id)[0]
    named = named_runs(tx, ask.run_ids, "moved")
    for run_id, _, _, deleted_at in named:
        if deleted_at is not None:
            raise Invalid(f"Run {run_id} is deleted; restore it before you move it. None was moved.")
    going = [row for row in with_descendants(tx, named) if row[2] != target]
    if not going:
        return MoveList()
    now, who = tx.now(), tx.caller.name
    tx.run_many(
        "INSERT INTO run_moves (run, from_experiment, to_experiment, user_name, at) VALUES (?, ?, ?, ?, ?)",
        [(run, source, target, who, now) for _, run, source, _ in going],
    )
    runs = [row[1] for row in going]
    _rehouse(tx, "runs", runs, target)
    _take_datasets(tx, runs, target)
    for table, kind in KINDS_OF_COLUMNS.items():
        tx.run_many(
            "INSERT INTO run_columns (experiment_id, kind, key) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [(target, kind, key) for (key,) in tx.all_in(f"SELECT DISTINCT key FROM {table} WHERE run IN (...)", runs)],
        )
    # A model that was logged into another experiment than its run was meant to be there.
    models = tx.all_in(
        "SELECT id, source_run_id, experiment_id FROM logged_models WHERE source_run_id IN (...)",
        [row[0] for row in going],
    )
    sources = {row[0]: row[2] for row in going}
    _rehouse(tx, "logged_models", [id_ for id_, run_id, source in models if source == sources[run_id]], target)
    tx.kept.forget()
    return MoveList([Move(run_id, str(source), str(target), now, who) for run_id, _, source, _ in going])


@handles(ListMoves)
def list_moves(tx: Transaction, ask: ListMoves) -> MoveList:
    """The moves of a run, the last first."""
    rows = tx.all(
        "SELECT from_experiment, to_experiment, at, user_name FROM run_moves WHERE run = ? ORDER BY id DESC",
        (run_row(tx, ask.run_id)[0],),
    )
    return MoveList([Move(ask.run_id, str(source), str(target), at, who) for source, target, at, who in rows])


def _rehouse(tx: Transaction, table: str, ids: Sequence[int], target: int) -> None:
    """Change the experiment; what comes home again needs no other home."""
    tx.run_in(
        f"UPDATE {table} SET home_location = (SELECT artifact_location FROM experiments e "
        f"WHERE e.id = {table}.experiment_id), home = experiment_id WHERE home IS NULL AND id IN (...)",
        ids,
    )
    tx.run_many(f"UPDATE {table} SET experiment_id = ? WHERE id = ?", [(target, id_) for id_ in ids])
    tx.run_in(f"UPDATE {table} SET home = NULL, home_location = NULL WHERE home = experiment_id AND id IN (...)", ids)


def _take_datasets(tx: Transaction, runs: Sequence[int], target: int) -> None:
    """Let runs use the same datasets of the experiment that they are in now."""
    used = tx.all_in(
        "SELECT DISTINCT d.id, d.name, d.digest FROM run_datasets u JOIN datasets d ON d.id = u.dataset "
        "WHERE u.run IN (...)",
        runs,
    )
    tx.run_many(
        "INSERT INTO datasets (experiment_id, name, digest, source_type, source, schema, profile) "
        "SELECT CAST(? AS BIGINT), name, digest, source_type, source, schema, profile FROM datasets WHERE id = ? "
        "ON CONFLICT DO NOTHING",
        [(target, old) for old, _, _ in used],
    )
    there = {
        (name, digest): id_
        for id_, name, digest in tx.all_in(
            "SELECT id, name, digest FROM datasets WHERE experiment_id = ? AND name IN (...)",
            sorted({name for _, name, _ in used}),
            (target,),
        )
    }
    changes = [(there[name, digest], old) for old, name, digest in used if there[name, digest] != old]
    for table in ("run_datasets", "dataset_tags"):
        rows = tx.all_in(f"SELECT run, dataset FROM {table} WHERE run IN (...)", runs)
        held = set(rows)
        tx.run_many(
            f"UPDATE {table} SET dataset = ? WHERE run = ? AND dataset = ?",
            [(new, run, old) for new, old in changes for run, dataset in held if dataset == old],
        )
