"""Where the values that filters and sort keys name are in the tables."""

from __future__ import annotations

from collections.abc import Sequence

from flowmill.entities.run import ViewType
from flowmill.errors import Invalid
from flowmill.search.order import parse_order
from flowmill.search.parse import parse_filter
from flowmill.search.sql import Columns, Expression, Pairs, condition_of
from flowmill.search.subjects import EXPERIMENTS, LOGGED_MODELS, REGISTERED_MODELS, RUNS, Subject
from flowmill.store.sql.finding import EVERYTHING, Condition, SortKey
from flowmill.store.sql.transaction import Transaction

_MOST_SORT_KEYS = 10
_MODEL_METRICS = "logged_model_metrics"


def _attributes(table: str, **columns: str) -> dict[str, Expression]:
    return {name: Expression(f"{table}.{column}") for name, column in columns.items()}


def _dataset_column(column: str) -> Pairs:
    return Pairs("run_datasets JOIN datasets ON datasets.id = run_datasets.dataset", "run", f"datasets.{column}")


def _run_columns(tx: Transaction) -> Columns:
    # A run's place is computed from its ids, so it can be asked for only as that computation says it.
    root = tx.places.root.rstrip("/")
    artifact_uri = Expression(
        "(COALESCE(experiments.artifact_location, ? || CAST(runs.experiment_id AS TEXT)) || '/' || runs.run_id "
        "|| '/artifacts')",
        (f"{root}/",),
    )
    return Columns(
        id="runs.id",
        attributes={
            **_attributes(
                "runs",
                run_id="run_id",
                run_name="name",
                status="status",
                user_id="user_id",
                start_time="start_time",
                end_time="end_time",
            ),
            "artifact_uri": artifact_uri,
        },
        tags=Pairs("tags", "run", "value", "key"),
        params=Pairs("params", "run", "value", "key"),
        metrics=Pairs("latest_metrics", "run", "value", "key"),
        datasets={
            "name": _dataset_column("name"),
            "digest": _dataset_column("digest"),
            "context": Pairs("dataset_tags", "run", "value", where=Expression("key = ?", ("mlflow.data.context",))),
        },
    )


_EXPERIMENT_COLUMNS = Columns(
    id="experiments.id",
    attributes={
        "experiment_id": Expression("CAST(experiments.id AS TEXT)"),
        **_attributes("experiments", name="name", creation_time="created_at", last_update_time="updated_at"),
    },
    tags=Pairs("experiment_tags", "experiment", "value", "key"),
)

_REGISTERED_MODEL_COLUMNS = Columns(
    id="registered_models.id",
    attributes=_attributes(
        "registered_models", name="name", creation_timestamp="created_at", last_updated_timestamp="updated_at"
    ),
    tags=Pairs("registered_model_tags", "model", "value", "key"),
)

_VERSION_COLUMNS = Columns(
    id="model_versions.id",
    attributes={
        "name": Expression("registered_models.name"),
        **_attributes(
            "model_versions",
            version_number="version",
            run_id="run_id",
            source_path="source",
            creation_timestamp="created_at",
            last_updated_timestamp="updated_at",
        ),
    },
    tags=Pairs("model_version_tags", "version", "value", "key"),
)

_MODEL_STATUS = (
    "CASE logged_models.status WHEN 'LOGGED_MODEL_PENDING' THEN 'PENDING' WHEN 'LOGGED_MODEL_READY' THEN 'READY' "
    "WHEN 'LOGGED_MODEL_UPLOAD_FAILED' THEN 'FAILED' ELSE 'UNSPECIFIED' END"
)


def _model_columns(tx: Transaction) -> Columns:
    root = tx.places.root.rstrip("/")
    return Columns(
        id="logged_models.id",
        attributes={
            **_attributes(
                "logged_models",
                name="name",
                model_id="model_id",
                model_type="model_type",
                source_run_id="source_run_id",
                creation_timestamp="created_at",
                last_updated_timestamp="updated_at",
            ),
            "status": Expression(_MODEL_STATUS),
            "experiment_id": Expression("CAST(logged_models.experiment_id AS TEXT)"),
            "artifact_location": Expression(
                "(COALESCE(experiments.artifact_location, ? || CAST(logged_models.experiment_id AS TEXT)) "
                "|| '/models/' || logged_models.model_id || '/artifacts')",
                (f"{root}/",),
            ),
        },
        tags=Pairs("logged_model_tags", "model", "value", "key"),
        params=Pairs("logged_model_params", "model", "value", "key"),
        metrics=Pairs(_MODEL_METRICS, "model", "value", "key"),
    )


def columns_of(tx: Transaction, subject: Subject) -> Columns:
    """The tables of a subject."""
    if subject is RUNS:
        return _run_columns(tx)
    if subject is LOGGED_MODELS:
        return _model_columns(tx)
    if subject is EXPERIMENTS:
        return _EXPERIMENT_COLUMNS
    return _REGISTERED_MODEL_COLUMNS if subject is REGISTERED_MODELS else _VERSION_COLUMNS


def filter_condition(tx: Transaction, text: str, subject: Subject) -> Condition:
    """What a filter text selects; Invalid says where it is wrong."""
    term = parse_filter(text, subject)
    if term is None:
        return EVERYTHING
    found = condition_of(term, columns_of(tx, subject), tx.dialect)
    return Condition(found.sql, found.arguments)


def sort_keys(
    tx: Transaction, order_by: Sequence[str], subject: Subject, otherwise: Sequence[SortKey], last: SortKey
) -> list[SortKey]:
    """The sort keys of ``metrics.loss ASC`` texts, else those given; ``last`` is unique and breaks ties."""
    if len(order_by) > _MOST_SORT_KEYS:
        raise Invalid(f"order_by has {len(order_by)} entries; at most {_MOST_SORT_KEYS} are allowed.")
    if not order_by:
        return [*otherwise, last]
    columns = columns_of(tx, subject)
    keys: list[SortKey] = []
    for number, text in enumerate(order_by):
        asked = parse_order(text, subject)
        if asked.field.kind == "attribute":
            # The root of all places is the same in every row, so that it does not change their order.
            expression = columns.attributes[asked.field.key].sql.replace("? || ", "")
            keys.append(SortKey(expression, asked.ascending))
        else:
            name = f"sort_{number}"
            join = _join_of_values(columns.pairs(asked.field), name, columns.id)
            keys.append(SortKey(f"{name}.value", asked.ascending, join, (asked.field.key,)))
    return [*keys, *otherwise, last]


def _join_of_values(pairs: Pairs, name: str, owner: str) -> str:
    """Brings one value of each row in; where a key has a history, its latest."""
    if pairs.table != _MODEL_METRICS:
        return f"LEFT JOIN {pairs.table} {name} ON {name}.{pairs.owner} = {owner} AND {name}.{pairs.key} = ?"
    latest = (
        f"SELECT {pairs.owner}, value, ROW_NUMBER() OVER (PARTITION BY {pairs.owner} "
        f"ORDER BY step DESC, timestamp DESC) AS place FROM {pairs.table} WHERE {pairs.key} = ?"
    )
    return f"LEFT JOIN ({latest}) {name} ON {name}.{pairs.owner} = {owner} AND {name}.place = 1"


def view_condition(column: str, view: ViewType) -> Condition:
    """Selects active rows, deleted ones or all."""
    if view is ViewType.ALL:
        return EVERYTHING
    return Condition(f"{column} IS NULL" if view is ViewType.ACTIVE_ONLY else f"{column} IS NOT NULL")
