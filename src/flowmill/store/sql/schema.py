"""The tables, in the words of both databases.

``$ID`` is an integer key that the database counts up; ``$BYTES`` a text of bytes; ``$CLUSTERED`` ends a table
whose rows lie in the order of its key. Times are ms since the epoch, UTC; ``deleted_at`` is NULL for what is in use.

No row holds a place of the machine: where files are follows from ids (see `flowmill.store.sql.places`),
unless somebody chose an experiment's artifact location.
"""

from __future__ import annotations

TABLES = (
    """CREATE TABLE experiments (
        id $ID, name TEXT NOT NULL, artifact_location TEXT,
        created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, deleted_at BIGINT)""",
    # Only names in use are unique: a deleted name is free at once.
    "CREATE UNIQUE INDEX experiments_by_name ON experiments (name) WHERE deleted_at IS NULL",
    """CREATE TABLE experiment_tags (
        experiment BIGINT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
        PRIMARY KEY (experiment, key)) $CLUSTERED""",
    """CREATE TABLE runs (
        id $ID, run_id TEXT NOT NULL UNIQUE, experiment_id BIGINT NOT NULL, name TEXT NOT NULL,
        user_id TEXT NOT NULL, status TEXT NOT NULL, start_time BIGINT NOT NULL, end_time BIGINT,
        deleted_at BIGINT)""",
    # Counting and paging what is in use read this index alone, in its order.
    "CREATE INDEX runs_by_start ON runs (experiment_id, deleted_at, start_time, id)",
    # A run's rows lie together: showing reads them in one place, a filter's term looks one of them up.
    """CREATE TABLE params (
        run BIGINT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (run, key)) $CLUSTERED""",
    """CREATE TABLE tags (
        run BIGINT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (run, key)) $CLUSTERED""",
    # One row a series: its latest point and its extremes. ``value`` is NULL for NaN, which databases cannot
    # order; ``bits`` is the float64 as an int64, exact for NaN, infinities and -0.0.
    """CREATE TABLE latest_metrics (
        id $ID, run BIGINT NOT NULL, key TEXT NOT NULL, value DOUBLE PRECISION, bits BIGINT NOT NULL,
        step BIGINT NOT NULL, timestamp BIGINT NOT NULL,
        minimum DOUBLE PRECISION, maximum DOUBLE PRECISION, UNIQUE (run, key))""",
    # The hot tail of a series. All four columns are the key: the same point logged twice is one point.
    """CREATE TABLE points (
        series BIGINT NOT NULL, step BIGINT NOT NULL, timestamp BIGINT NOT NULL, bits BIGINT NOT NULL,
        PRIMARY KEY (series, step, timestamp, bits)) $CLUSTERED""",
    """CREATE TABLE datasets (
        id $ID, experiment_id BIGINT NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL,
        source_type TEXT NOT NULL, source TEXT NOT NULL, schema TEXT, profile TEXT,
        UNIQUE (experiment_id, name, digest))""",
    """CREATE TABLE run_datasets (
        run BIGINT NOT NULL, dataset BIGINT NOT NULL, PRIMARY KEY (run, dataset)) $CLUSTERED""",
    """CREATE TABLE dataset_tags (
        run BIGINT NOT NULL, dataset BIGINT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
        PRIMARY KEY (run, dataset, key)) $CLUSTERED""",
    """CREATE TABLE logged_models (
        id $ID, model_id TEXT NOT NULL UNIQUE, experiment_id BIGINT NOT NULL, name TEXT NOT NULL,
        status TEXT NOT NULL, status_message TEXT, model_type TEXT, source_run_id TEXT,
        created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, deleted_at BIGINT)""",
    "CREATE INDEX logged_models_by_experiment ON logged_models (experiment_id, created_at, id)",
    """CREATE TABLE logged_model_params (
        model BIGINT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (model, key)) $CLUSTERED""",
    """CREATE TABLE logged_model_tags (
        model BIGINT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (model, key)) $CLUSTERED""",
    """CREATE TABLE logged_model_metrics (
        model BIGINT NOT NULL, key TEXT NOT NULL, run_id TEXT NOT NULL, step BIGINT NOT NULL,
        timestamp BIGINT NOT NULL, bits BIGINT NOT NULL, value DOUBLE PRECISION,
        dataset_name TEXT, dataset_digest TEXT, PRIMARY KEY (model, key, run_id, step, timestamp, bits))
        $CLUSTERED""",
    """CREATE TABLE run_models (
        run BIGINT NOT NULL, model_id TEXT NOT NULL, direction TEXT NOT NULL, step BIGINT NOT NULL,
        PRIMARY KEY (run, direction, model_id)) $CLUSTERED""",
    """CREATE TABLE registered_models (
        id $ID, name TEXT NOT NULL UNIQUE, description TEXT NOT NULL, last_version BIGINT NOT NULL,
        created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL)""",
    """CREATE TABLE registered_model_tags (
        model BIGINT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (model, key)) $CLUSTERED""",
    """CREATE TABLE model_versions (
        id $ID, model BIGINT NOT NULL, version BIGINT NOT NULL, description TEXT NOT NULL, user_id TEXT,
        stage TEXT NOT NULL, source TEXT NOT NULL, run_id TEXT, model_id TEXT, run_link TEXT,
        status TEXT NOT NULL, status_message TEXT, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,
        UNIQUE (model, version))""",
    "CREATE INDEX model_versions_by_run ON model_versions (run_id)",
    "CREATE INDEX model_versions_by_model_id ON model_versions (model_id)",
    """CREATE TABLE model_version_tags (
        version BIGINT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (version, key))
        $CLUSTERED""",
    """CREATE TABLE model_aliases (
        model BIGINT NOT NULL, alias TEXT NOT NULL, version BIGINT NOT NULL, PRIMARY KEY (model, alias))
        $CLUSTERED""",
)

FINDING_INDEXES = {
    # Counting and paging read one of these two alone, in its order. (Through an index that begins with deleted_at,
    # PostgreSQL does not see that what is NULL is in order.)
    "runs_in_use": "CREATE INDEX runs_in_use ON runs (experiment_id, start_time, id) WHERE deleted_at IS NULL",
    "runs_deleted": "CREATE INDEX runs_deleted ON runs (experiment_id, start_time, id) WHERE deleted_at IS NOT NULL",
    # A filter's term or a sort key reads one of these alone: which runs have this key, with what value. Text is
    # cut where the database must (see `Dialect.indexed_text`).
    "latest_metrics_by_value": "CREATE INDEX latest_metrics_by_value ON latest_metrics (key, value, run)",
    "params_by_value": "CREATE INDEX params_by_value ON params (key, $TEXT(value), run)",
    "tags_by_value": "CREATE INDEX tags_by_value ON tags (key, $TEXT(value), run)",
    "runs_by_name": "CREATE INDEX runs_by_name ON runs (experiment_id, $TEXT(name))",
    # Also for a user's runs: there are few statuses, so that naming all of them costs a look-up each.
    "runs_by_status": "CREATE INDEX runs_by_status ON runs (experiment_id, status, $TEXT(user_id))",
    "run_datasets_by_dataset": "CREATE INDEX run_datasets_by_dataset ON run_datasets (dataset, run)",
    "datasets_by_name": "CREATE INDEX datasets_by_name ON datasets ($TEXT(name))",
    "datasets_by_digest": "CREATE INDEX datasets_by_digest ON datasets ($TEXT(digest))",
    "dataset_tags_by_value": "CREATE INDEX dataset_tags_by_value ON dataset_tags (key, $TEXT(value), run)",
    "logged_model_metrics_by_value": (
        "CREATE INDEX logged_model_metrics_by_value ON logged_model_metrics (key, value, model)"
    ),
    "logged_model_params_by_value": (
        "CREATE INDEX logged_model_params_by_value ON logged_model_params (key, $TEXT(value), model)"
    ),
    "logged_model_tags_by_value": (
        "CREATE INDEX logged_model_tags_by_value ON logged_model_tags (key, $TEXT(value), model)"
    ),
    "model_version_tags_by_value": (
        "CREATE INDEX model_version_tags_by_value ON model_version_tags (key, $TEXT(value), version)"
    ),
}
"""By name, so that a bulk load can drop them and make them again."""

TEXTS_IN_ORDER = (
    ("params", "value"),
    ("tags", "value"),
    ("runs", "name"),
    ("runs", "user_id"),
    ("runs", "status"),
    ("datasets", "name"),
    ("datasets", "digest"),
    ("dataset_tags", "value"),
    ("logged_models", "name"),
    ("logged_model_params", "value"),
    ("logged_model_tags", "value"),
    ("model_version_tags", "value"),
    ("registered_model_tags", "value"),
    ("registered_models", "name"),
    ("experiments", "name"),
    ("experiment_tags", "value"),
)
"""Columns that are sorted by and looked up by their beginning: in the order of code points in every database."""

RUN_COLUMNS = """CREATE TABLE run_columns (
    experiment_id BIGINT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (experiment_id, kind, key))
    $CLUSTERED"""
"""Which keys the runs of an experiment have; only ever added to."""
KINDS_OF_COLUMNS = {"latest_metrics": "metric", "params": "param", "tags": "tag"}
"""By the table that holds their values."""
TRASH = (
    # Finding what is due reads these alone, however much is in use.
    "CREATE INDEX runs_in_trash ON runs (deleted_at, id) WHERE deleted_at IS NOT NULL",
    "CREATE INDEX logged_models_in_trash ON logged_models (deleted_at, id) WHERE deleted_at IS NOT NULL",
    # Places whose rows are gone and whose files still have to go: written with the deletion, so that a crash
    # between the two leaves nothing behind.
    "CREATE TABLE condemned (place TEXT NOT NULL PRIMARY KEY, tried_at BIGINT)",
)

SERIES = (
    # How many points of a series lie in its tail and in its chunks. A tail is NULL until it was counted: one from
    # before there were chunks may be of any length.
    "ALTER TABLE latest_metrics ADD COLUMN tail BIGINT",
    "ALTER TABLE latest_metrics ADD COLUMN chunked BIGINT NOT NULL DEFAULT 0",
    # The nodes of `flowmill.store.sql.pyramid`. (last_time, last_step, last_bits) is a node's place in the order of
    # the history; minimum, maximum and total (a sum) are of values that are numbers; data is NULL above level 0.
    """CREATE TABLE chunks (
        id $ID, series BIGINT NOT NULL, level BIGINT NOT NULL, parent BIGINT NOT NULL, count BIGINT NOT NULL,
        first_time BIGINT NOT NULL, last_time BIGINT NOT NULL, last_step BIGINT NOT NULL, last_bits BIGINT NOT NULL,
        low_step BIGINT NOT NULL, high_step BIGINT NOT NULL,
        minimum DOUBLE PRECISION, maximum DOUBLE PRECISION, total DOUBLE PRECISION, sketch $BYTES, data $BYTES)""",
    "CREATE INDEX chunks_in_order ON chunks (series, level, last_time, last_step, last_bits)",
    "CREATE INDEX chunks_below ON chunks (parent, series)",
    # The last batch of each writer that was applied: a batch sent again is known by its number.
    """CREATE TABLE writers (
        run BIGINT NOT NULL, writer TEXT NOT NULL, seq BIGINT NOT NULL, PRIMARY KEY (run, writer)) $CLUSTERED""",
)

IMPORTS = (
    # Under which id a thing of another store is here, and its fingerprint when it was last brought; empty while
    # that is not finished. ``joined`` is 1 where something that was here took it in.
    """CREATE TABLE imported (
        kind TEXT NOT NULL, origin TEXT NOT NULL, id TEXT NOT NULL, fingerprint TEXT NOT NULL,
        joined BIGINT NOT NULL, imported_at BIGINT NOT NULL, PRIMARY KEY (kind, origin)) $CLUSTERED""",
)

REGISTRY_EVENTS = (
    # No row is changed or removed: what was deleted keeps its history. ``name`` is the model's after the change,
    # ``origin`` JSON of what a version was made from.
    """CREATE TABLE registry_events (
        id $ID, model BIGINT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, version BIGINT, key TEXT,
        before TEXT, after TEXT, origin TEXT, user_name TEXT NOT NULL, at BIGINT NOT NULL)""",
    "CREATE INDEX registry_events_by_model ON registry_events (model, id)",
    "CREATE INDEX registry_events_by_name ON registry_events (name, id)",
    # NULL where ``source`` itself says where the files are; a copy's ``source`` names the version it was made from.
    "ALTER TABLE model_versions ADD COLUMN origin TEXT",
)

WEBHOOKS = (
    # ``secret`` is encrypted, NULL without one.
    """CREATE TABLE webhooks (
        id $ID, webhook_id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, description TEXT, url TEXT NOT NULL,
        secret TEXT, status TEXT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL)""",
    """CREATE TABLE webhook_events (
        entity TEXT NOT NULL, action TEXT NOT NULL, webhook BIGINT NOT NULL,
        PRIMARY KEY (entity, action, webhook)) $CLUSTERED""",
    # The outbox and the log in one: a row is written with the change it tells of, tried when it is due, and
    # kept for a while. ``due_at`` is NULL once it is not to be tried any more; ``payload`` is the body as it is
    # sent, the same each time.
    """CREATE TABLE webhook_deliveries (
        id $ID, delivery_id TEXT NOT NULL UNIQUE, webhook BIGINT NOT NULL, event TEXT NOT NULL,
        payload TEXT NOT NULL, state TEXT NOT NULL, tries BIGINT NOT NULL, created_at BIGINT NOT NULL,
        due_at BIGINT, tried_at BIGINT, status BIGINT, error TEXT)""",
    "CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook, id)",
)

LIFE = (
    # One row a run that says that it lives; runs of clients that do not are in no row.
    """CREATE TABLE heartbeats (
        run BIGINT NOT NULL PRIMARY KEY, heard_at BIGINT NOT NULL, every BIGINT NOT NULL) $CLUSTERED""",
)

RUN_DOCUMENTS = "CREATE TABLE run_documents (id $ID, document $BYTES NOT NULL)"
"""By the run's id; see `flowmill.store.sql.documents`."""


BRANCHES = (
    # Points later than ``step`` that a run hides: series whose ``run`` is minus the number of their branch. ``once``
    # names the call that hid them, so that of many processes which send the same one does it.
    """CREATE TABLE branches (
        id $ID, branch_id TEXT NOT NULL UNIQUE, run BIGINT NOT NULL, step BIGINT NOT NULL, created_at BIGINT NOT NULL,
        once TEXT NOT NULL, UNIQUE (run, once))""",
)

BASES = (
    # The ``branch_id`` of the branch that the points before ``step`` lie in, empty while the run shows them.
    "ALTER TABLE branches ADD COLUMN base TEXT NOT NULL DEFAULT ''",
)

RANKS = (
    # The processes that have a run open together, of the job that did so last.
    """CREATE TABLE ranks (
        run BIGINT NOT NULL, rank BIGINT NOT NULL, job TEXT NOT NULL, size BIGINT NOT NULL, host TEXT NOT NULL,
        opened_at BIGINT NOT NULL, status TEXT NOT NULL, ended_at BIGINT, how TEXT NOT NULL, signal TEXT NOT NULL,
        PRIMARY KEY (run, rank)) $CLUSTERED""",
)

MOVES = (
    # Where the files of a run or a logged model are that was brought into another experiment: the one that it was made
    # in, and the location of its own that this one had. NULL for what was never moved.
    "ALTER TABLE runs ADD COLUMN home BIGINT",
    "ALTER TABLE runs ADD COLUMN home_location TEXT",
    "ALTER TABLE logged_models ADD COLUMN home BIGINT",
    "ALTER TABLE logged_models ADD COLUMN home_location TEXT",
    # An experiment's folder is freed only when nobody has files in it.
    "CREATE INDEX runs_by_home ON runs (home) WHERE home IS NOT NULL",
    "CREATE INDEX logged_models_by_home ON logged_models (home) WHERE home IS NOT NULL",
    """CREATE TABLE run_moves (
        id $ID, run BIGINT NOT NULL, from_experiment BIGINT NOT NULL, to_experiment BIGINT NOT NULL,
        user_name TEXT NOT NULL, at BIGINT NOT NULL)""",
    "CREATE INDEX run_moves_by_run ON run_moves (run, id)",
)

CHANGES = (
    # What was changed of runs. ``going_on`` is 1 while the run was open, when a thing that one caller changes again is
    # the same row, and NULL later, which is unlike any other NULL.
    """CREATE TABLE run_changes (
        id $ID, run BIGINT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, before TEXT, after TEXT,
        user_name TEXT NOT NULL, at BIGINT NOT NULL, going_on BIGINT, UNIQUE (run, kind, key, user_name, going_on))""",
)

MADE_MODELS = (
    # From a model to the runs that made or used it.
    "CREATE INDEX run_models_by_model ON run_models (model_id, direction, run)",
)


def statements() -> list[str]:
    """Every statement of every step."""
    return [
        *TABLES, *TRASH, *SERIES, *IMPORTS, *REGISTRY_EVENTS, *WEBHOOKS, *FINDING_INDEXES.values(), RUN_COLUMNS,
        *LIFE, RUN_DOCUMENTS, *BRANCHES, *RANKS, *BASES, *MOVES, *CHANGES, *MADE_MODELS,
    ]  # fmt: skip
