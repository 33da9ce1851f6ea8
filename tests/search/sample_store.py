"""Any records as runs of a real store, to be searched through the planner, and gone again afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest

from flowmill.entities.run import ViewType
from flowmill.search.match import Record
from flowmill.search.tree import Term
from flowmill.store.sql import finding
from flowmill.store.sql.engine import Database
from flowmill.store.sql.finding import Search, count, find
from flowmill.store.sql.places import Places
from flowmill.store.sql.searches import search_of_runs
from flowmill.store.sql.series import bits_of, sortable
from flowmill.store.sql.transaction import Transaction

ROOT = "root:"


@dataclass(frozen=True)
class Patience:
    """What the planner takes for small, rare and long; each choice makes other plans run."""

    small: int
    probed: int
    walk: int = 1

    def apply(self, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(finding, "_SMALL", self.small)
        patch.setattr(finding, "_FEWEST_PROBED", self.probed)
        patch.setattr(finding, "_MOST_PROBED", self.probed)
        patch.setattr(finding, "_RARE", 0)
        patch.setattr(finding, "_WALK", self.walk)


PATIENCE = [Patience(2_000, 2_000), Patience(0, 0), Patience(0, 1), Patience(0, 2, 2), Patience(0, 100)]


class _Undo(Exception):
    pass


@dataclass(frozen=True)
class SampleRuns:
    """Records written as runs 1, 2, … of experiment 0, in a transaction that is undone."""

    tx: Transaction

    def search(self, term: Term | None, order_by: Sequence[str] = (), experiments: Sequence[str] = ("0",)) -> Search:
        made = search_of_runs(self.tx, "", order_by, ViewType.ACTIVE_ONLY, experiments)
        return replace(made, term=term, rows="runs.id")

    def found(self, term: Term | None, order_by: Sequence[str] = (), size: int = 50) -> list[int]:
        """The numbers of the runs that the filter selects, of all pages in their order."""
        numbers: list[int] = []
        token = ""
        while True:
            page = find(self.tx, self.search(term, order_by), size, token)
            numbers += [row[0] for row in page.rows]
            token = page.next_page_token or ""
            if not token:
                return numbers

    def counted(self, term: Term) -> int:
        return count(self.tx, self.search(term))


@contextmanager
def sample_runs(database: Database, records: Sequence[Record]) -> Iterator[SampleRuns]:
    """The records as runs; their ids and places must be those of `as_runs`."""
    try:
        with database.writing() as connection:
            tx = Transaction(connection, database.dialect, Places(ROOT, str), lambda: 0, str)
            for number, record in enumerate(records, 1):
                _add(tx, number, record)
            yield SampleRuns(tx)
            raise _Undo
    except _Undo:
        pass


def as_runs(records: Sequence[Record]) -> list[Record]:
    """The records with what a store decides: ids that differ, places that follow from them, and versions of which
    each was made from one run only."""
    made: list[Record] = []
    taken: list[Mapping[str, str | int]] = []
    for number, record in enumerate(records, 1):
        run_id = f"{record.attributes['run_id']}{number}"
        own = {"run_id": run_id, "artifact_uri": f"{ROOT}/0/{run_id}/artifacts"}
        versions = [version for version in record.versions if version not in taken]
        taken += versions
        made.append(replace(record, attributes={**record.attributes, **own}, versions=versions))
    return made


def _add(tx: Transaction, number: int, record: Record) -> None:
    names = ("run_id", "run_name", "status", "user_id", "start_time", "end_time")
    tx.run(
        "INSERT INTO runs (id, experiment_id, run_id, name, status, user_id, start_time, end_time) "
        "VALUES (?, 0, ?, ?, ?, ?, ?, ?)",
        (number, *(record.attributes.get(name) for name in names)),
    )
    for table, values in (("params", record.params), ("tags", record.tags)):
        tx.run_many(
            f"INSERT INTO {table} (run, key, value) VALUES (?, ?, ?)",
            [(number, key, value) for key, value in values.items()],
        )
    tx.run_many(
        "INSERT INTO latest_metrics (run, key, value, bits, step, timestamp) VALUES (?, ?, ?, ?, 0, 0)",
        [(number, key, sortable(value), bits_of(value)) for key, value in record.metrics.items()],
    )
    for dataset in record.datasets:
        named = (dataset["name"], dataset["digest"])
        tx.run(
            "INSERT INTO datasets (experiment_id, name, digest, source_type, source) VALUES (0, ?, ?, '', '') "
            "ON CONFLICT DO NOTHING",
            named,
        )
        key = tx.value("SELECT id FROM datasets WHERE experiment_id = 0 AND name = ? AND digest = ?", named)
        tx.run("INSERT INTO run_datasets (run, dataset) VALUES (?, ?) ON CONFLICT DO NOTHING", (number, key))
        if "context" in dataset:
            tx.run(
                "INSERT INTO dataset_tags (run, dataset, key, value) VALUES (?, ?, 'mlflow.data.context', ?) "
                "ON CONFLICT (run, dataset, key) DO UPDATE SET value = excluded.value",
                (number, key, dataset["context"]),
            )
    for version in record.versions:
        tx.run(
            "INSERT INTO registered_models (name, description, last_version, created_at, updated_at) "
            "VALUES (?, '', 0, 0, 0) ON CONFLICT DO NOTHING",
            (version["name"],),
        )
        tx.run(
            "INSERT INTO model_versions (model, version, description, stage, source, run_id, status, created_at, "
            "updated_at) SELECT id, ?, '', '', '', ?, '', 0, 0 FROM registered_models WHERE name = ?",
            (version["version_number"], record.attributes["run_id"], version["name"]),
        )
