"""Schema versions: each step is a function that commits together with the record that it ran.

To change the schema, append a function to `STEPS`; never edit one that was released. A step must leave a
schema that the previous release can still work with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flowmill.errors import Invalid
from flowmill.store.sql.schema import (
    BASES,
    BRANCHES,
    CHANGES,
    FINDING_INDEXES,
    IMPORTS,
    KINDS_OF_COLUMNS,
    LIFE,
    MADE_MODELS,
    MOVES,
    RANKS,
    REGISTRY_EVENTS,
    RUN_COLUMNS,
    RUN_DOCUMENTS,
    SERIES,
    TABLES,
    TEXTS_IN_ORDER,
    TRASH,
    WEBHOOKS,
)
from flowmill.store.sql.transaction import Transaction

Step = Callable[[Transaction], None]


def create_tables(tx: Transaction) -> None:
    """Make every table, and the experiment that runs without one belong to."""
    run_all(tx, TABLES)
    now = tx.now()
    tx.run("INSERT INTO experiments (id, name, created_at, updated_at) VALUES (0, 'Default', ?, ?)", (now, now))


def add_trash(tx: Transaction) -> None:
    """Indexes over what is deleted, and the places whose files still have to go."""
    run_all(tx, TRASH)


def add_chunks(tx: Transaction) -> None:
    """Let long series lie in chunks. Tails stay as they are until they are written to."""
    run_all(tx, SERIES)


def remember_imports(tx: Transaction) -> None:
    """Add what is known of things that an import brought."""
    run_all(tx, IMPORTS)


def add_registry_events(tx: Transaction) -> None:
    """Give the registry a history, beginning with what is there."""
    from flowmill.store.sql.registry_events import seed_events  # needed once in the life of an older database

    run_all(tx, REGISTRY_EVENTS)
    seed_events(tx)


def add_webhooks(tx: Transaction) -> None:
    """Make the tables of webhooks and of what is on its way to them."""
    run_all(tx, WEBHOOKS)


def index_values(tx: Transaction) -> None:
    """Let searches look values up, and keep which columns an experiment has.

    On 100,000 runs of 35 values it takes seconds. Triggers keep the columns, because processes of the
    previous release write beside this one.
    """
    for table, column in TEXTS_IN_ORDER:
        if alter := tx.dialect.order_by_code_point(table, column):
            tx.run(alter)
    tx.run("DROP INDEX runs_by_start")
    run_all(tx, [*FINDING_INDEXES.values(), RUN_COLUMNS])
    for table, kind in KINDS_OF_COLUMNS.items():
        tx.run(
            f"INSERT INTO run_columns (experiment_id, kind, key) SELECT DISTINCT r.experiment_id, '{kind}', d.key "
            f"FROM {table} d JOIN runs r ON r.id = d.run"
        )
        for statement in tx.dialect.column_triggers(table, kind):
            tx.run(statement)


def add_heartbeats(tx: Transaction) -> None:
    """When runs were last heard of."""
    run_all(tx, LIFE)


def keep_documents(tx: Transaction) -> None:
    """Let ended runs have a document. Those that are there get theirs once they are shown."""
    run_all(tx, [RUN_DOCUMENTS])
    for table in KINDS_OF_COLUMNS:
        for statement in tx.dialect.document_triggers(table):
            tx.run(statement)


def add_branches(tx: Transaction) -> None:
    """Let runs hide what is later than a step."""
    run_all(tx, BRANCHES)


def add_ranks(tx: Transaction) -> None:
    """Keep which processes have a run open together."""
    run_all(tx, RANKS)


def add_bases(tx: Transaction) -> None:
    """Let branches know which other one they begin in: the first that was hidden after them from an earlier step."""
    run_all(tx, BASES)
    tx.run(
        "UPDATE branches SET base = COALESCE((SELECT later.branch_id FROM branches later "
        "WHERE later.run = branches.run AND later.id > branches.id AND later.step < branches.step "
        "ORDER BY later.id LIMIT 1), '')"
    )


def let_runs_move(tx: Transaction) -> None:
    """Let runs and logged models remember where their files are when they are moved, and keep who moved which."""
    run_all(tx, MOVES)


def keep_changes(tx: Transaction) -> None:
    """Let runs have a log of what is changed of them; what was changed before is not known."""
    run_all(tx, CHANGES)


def index_made_models(tx: Transaction) -> None:
    """Let the runs of a model be looked up."""
    run_all(tx, MADE_MODELS)


STEPS: tuple[Step, ...] = (
    create_tables,
    add_trash,
    add_chunks,
    remember_imports,
    add_registry_events,
    add_webhooks,
    index_values,
    add_heartbeats,
    keep_documents,
    add_branches,
    add_ranks,
    add_bases,
    let_runs_move,
    keep_changes,
    index_made_models,
)


def run_all(tx: Transaction, statements: Sequence[str]) -> None:
    """Run statements of `flowmill.store.sql.schema` in the database's own words."""
    for statement in statements:
        tx.run(tx.dialect.schema(statement))


def migrate(tx: Transaction) -> int:
    """Bring the database to this release's schema; the number of steps that it had taken before.

    The caller holds the database's write lock.
    """
    tx.run(
        "CREATE TABLE IF NOT EXISTS schema_steps "
        "(step BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)"
    )
    done = applied_steps(tx)
    for number in range(done, len(STEPS)):
        step = STEPS[number]
        step(tx)
        tx.run(
            "INSERT INTO schema_steps (step, name, applied_at) VALUES (?, ?, ?)",
            (number, step.__name__, tx.now()),
        )
    return done


def applied_steps(tx: Transaction) -> int:
    """How many steps this database has taken; Invalid if a newer release took some that we do not know."""
    done = int(tx.value("SELECT COUNT(*) FROM schema_steps"))
    if done > len(STEPS):
        raise Invalid(
            f"This database was written by a newer Flowmill (schema step {done}, this release knows {len(STEPS)}): "
            "upgrade Flowmill to open it."
        )
    return done
