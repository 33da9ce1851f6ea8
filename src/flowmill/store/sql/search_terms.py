"""Where the values that filters and sort keys name are in the tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowmill.entities.run import RunStatus
from flowmill.errors import Invalid
from flowmill.search.expression import Expression
from flowmill.search.order import SortBy, parse_order
from flowmill.search.sql import Columns, Pairs, Things
from flowmill.search.subjects import Subject
from flowmill.store.sql.ordering import ByValue, Condition, SortKey, distinct_keys
from flowmill.store.sql.transaction import Transaction

_MOST_SORT_KEYS = 10
_MODEL_METRICS = "logged_model_metrics"


def _attributes(table: str, **columns: str) -> dict[str, Expression]:
    return {name: Expression(f"{table}.{column}") for name, column in columns.items()}


def _dataset_column(column: str) -> Pairs:
    tables = "run_datasets JOIN datasets ON datasets.id = run_datasets.dataset"
    return Pairs(tables, "run", f"datasets.{column}", indexed=True, many=True)


def _indexed(table: str, owner: str) -> Pairs:
    return Pairs(table, owner, "value", "key", indexed=True)


def _extreme(column: str) -> Pairs:
    """A history of NaN alone has none."""
    return Pairs("latest_metrics", "run", column, "key", where=Expression(f"{column} IS NOT NULL"))


def _home(table: str) -> str:
    """Where an experiment's files are, of what was made in it; its two arguments are the root with a slash."""
    here = f"COALESCE(experiments.artifact_location, ? || CAST({table}.experiment_id AS TEXT))"
    there = f"COALESCE({table}.home_location, ? || CAST({table}.home AS TEXT))"
    return f"CASE WHEN {table}.home IS NULL THEN {here} ELSE {there} END"


_USED_DATASETS = Things(
    tables="run_datasets CROSS JOIN datasets",
    here="run_datasets.run = runs.id AND datasets.id = run_datasets.dataset",
    columns={
        **_attributes("datasets", name="name", digest="digest"),
        "context": Expression(
            "(SELECT said.value FROM dataset_tags said WHERE said.run = run_datasets.run "
            "AND said.dataset = run_datasets.dataset AND said.key = 'mlflow.data.context')"
        ),
    },
    lookup=(
        "SELECT DISTINCT run_datasets.run AS id FROM datasets CROSS JOIN run_datasets "
        "WHERE run_datasets.dataset = datasets.id AND {test}"
    ),
    indexed={"name": True, "digest": True},
)
# SQLite joins in the order that a CROSS JOIN has: from a run to its versions, and from a name to the runs.
_NAMED_VERSIONS = "registered_models CROSS JOIN model_versions WHERE model_versions.model = registered_models.id"
_MADE_VERSIONS = Things(
    tables=(
        "(SELECT v.model, v.version FROM model_versions v WHERE v.run_id = runs.run_id UNION ALL "
        "SELECT v.model, v.version FROM run_models made CROSS JOIN model_versions v "
        "WHERE made.run = runs.id AND made.direction = 'output' AND v.model_id = made.model_id) AS model_versions "
        "CROSS JOIN registered_models"
    ),
    here="registered_models.id = model_versions.model",
    columns={
        **_attributes("registered_models", name="name"),
        **_attributes("model_versions", version_number="version"),
    },
    lookup=(
        f"SELECT id FROM (WITH sought AS (SELECT run_id, model_id FROM {_NAMED_VERSIONS} AND {{test}}) "
        "SELECT id FROM runs WHERE run_id IN (SELECT run_id FROM sought) UNION "
        "SELECT run FROM run_models WHERE model_id IN (SELECT model_id FROM sought) AND direction = 'output') AS made"
    ),
    indexed={"name": False},
    few=True,
)


_MEASURED_DATASETS = Things(
    tables=_MODEL_METRICS,
    here=f"{_MODEL_METRICS}.model = logged_models.id",
    columns=_attributes(_MODEL_METRICS, name="dataset_name", digest="dataset_digest"),
    lookup=f"SELECT DISTINCT model AS id FROM {_MODEL_METRICS} WHERE {{test}}",
    indexed={},
)


def run_columns(tx: Transaction, within: Condition) -> Columns:
    """Where the values of runs are; ``within`` selects those of the experiments that are searched."""
    statuses = f"runs.status IN ({', '.join(repr(each.value) for each in RunStatus)})"
    # A run's place is computed from its ids, so it can be asked for only as that computation says it.
    root = tx.places.root.rstrip("/")
    artifact_uri = Expression(
        f"({_home('runs')} || '/' || runs.run_id || '/artifacts')",
        (f"{root}/", f"{root}/"),
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
        tags=_indexed("tags", "run"),
        params=_indexed("params", "run"),
        metrics=_indexed("latest_metrics", "run"),
        minimum=_extreme("minimum"),
        maximum=_extreme("maximum"),
        datasets={
            "name": _dataset_column("name"),
            "digest": _dataset_column("digest"),
            "context": Pairs(
                "dataset_tags",
                "run",
                "value",
                where=Expression("key = ?", ("mlflow.data.context",)),
                indexed=True,
                many=True,
            ),
        },
        things={"dataset": _USED_DATASETS, "version": _MADE_VERSIONS},
        lookups={
            "run_id": Expression("SELECT id FROM runs WHERE {test}"),
            "run_name": Expression(f"SELECT id FROM runs WHERE {within.sql} AND {{test}}", within.arguments),
            "status": Expression(f"SELECT id FROM runs WHERE {within.sql} AND {{test}}", within.arguments),
            "user_id": Expression(
                f"SELECT id FROM runs WHERE {within.sql} AND {statuses} AND {{test}}", within.arguments
            ),
        },
    )


EXPERIMENT_COLUMNS = Columns(
    id="experiments.id",
    attributes={
        "experiment_id": Expression("CAST(experiments.id AS TEXT)"),
        **_attributes("experiments", name="name", creation_time="created_at", last_update_time="updated_at"),
    },
    tags=Pairs("experiment_tags", "experiment", "value", "key"),
)

REGISTERED_MODEL_COLUMNS = Columns(
    id="registered_models.id",
    attributes=_attributes(
        "registered_models", name="name", creation_timestamp="created_at", last_updated_timestamp="updated_at"
    ),
    tags=Pairs("registered_model_tags", "model", "value", "key"),
)

VERSION_COLUMNS = Columns(
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
    tags=_indexed("model_version_tags", "version"),
)

_MODEL_STATUS = (
    "CASE logged_models.status WHEN 'LOGGED_MODEL_PENDING' THEN 'PENDING' WHEN 'LOGGED_MODEL_READY' THEN 'READY' "
    "WHEN 'LOGGED_MODEL_UPLOAD_FAILED' THEN 'FAILED' ELSE 'UNSPECIFIED' END"
)


def on_datasets(datasets: Sequence[tuple[str | None, str | None]]) -> Expression | None:
    """Selects metrics of logged models that were measured on one of these datasets, by name, digest or both."""
    choices: list[str] = []
    arguments: list[str] = []
    for dataset in datasets:
        named = zip(("dataset_name", "dataset_digest"), dataset, strict=True)
        tests = [(f"{column} = ?", value) for column, value in named if value is not None]
        choices.append(" AND ".join(test for test, _ in tests))
        arguments += [value for _, value in tests]
    return Expression(f"({' OR '.join(choices)})", tuple(arguments)) if choices else None


def model_columns(tx: Transaction, datasets: Sequence[tuple[str | None, str | None]] = ()) -> Columns:
    """Where the values of logged models are; of the metrics those on ``datasets``, if there are any."""
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
                f"({_home('logged_models')} || '/models/' || logged_models.model_id || '/artifacts')",
                (f"{root}/", f"{root}/"),
            ),
        },
        tags=_indexed("logged_model_tags", "model"),
        params=_indexed("logged_model_params", "model"),
        things={"dataset": _MEASURED_DATASETS},
        metrics=Pairs(_MODEL_METRICS, "model", "value", "key", where=on_datasets(datasets), indexed=True, many=True),
    )


def sort_keys(
    order_by: Sequence[str],
    subject: Subject,
    columns: Columns | Sequence[Columns],
    otherwise: Sequence[SortKey],
    last: SortKey,
) -> tuple[SortKey, ...]:
    """The sort keys of ``metrics.loss ASC`` texts, then those given; ``last`` is unique and breaks ties.

    ``columns``: where the values are, or that for each text.
    """
    if len(order_by) > _MOST_SORT_KEYS:
        raise Invalid(f"order_by has {len(order_by)} entries; at most {_MOST_SORT_KEYS} are allowed.")
    never_absent = {key.expression for key in (*otherwise, last) if key.always}
    keys: list[SortKey] = []
    for number, text in enumerate(order_by):
        asked = parse_order(text, subject)
        places = columns if isinstance(columns, Columns) else columns[number]
        if asked.field.kind == "attribute":
            # The root of all places is the same in every row, so that it does not change their order.
            expression = places.attributes[asked.field.key].sql.replace("? || ", "")
            text = subject.sortable[asked.field.key].type == "text"
            keys.append(SortKey(expression, asked.ascending, always=expression in never_absent, text=text))
        else:
            keys.append(_by_value(places.pairs(asked.field), asked, f"sort_{number}", places.id))
    return distinct_keys([*keys, *otherwise, last])


def _by_value(pairs: Pairs, asked: SortBy, name: str, owner: str) -> SortKey:
    key = asked.field.key
    value = ByValue(pairs, key, name) if pairs.indexed and not pairs.many else None
    join, arguments = _join_of_values(pairs, name, owner, key)
    return SortKey(
        f"{name}.{pairs.value}",
        asked.ascending,
        join,
        arguments,
        text=asked.field.kind in ("param", "tag"),
        value=value,
    )


def _join_of_values(pairs: Pairs, name: str, owner: str, key: str) -> tuple[str, tuple[Any, ...]]:
    """Brings one value of each row in; where a key has a history, its latest by time, as MLflow has it."""
    if not pairs.many:
        return f"LEFT JOIN {pairs.table} {name} ON {name}.{pairs.owner} = {owner} AND {name}.{pairs.key} = ?", (key,)
    chosen = "" if pairs.where is None else f" AND {pairs.where.sql}"
    latest = (
        f"SELECT {pairs.owner}, value, ROW_NUMBER() OVER (PARTITION BY {pairs.owner} "
        f"ORDER BY timestamp DESC, step DESC, bits DESC) AS place FROM {pairs.table} WHERE {pairs.key} = ?{chosen}"
    )
    join = f"LEFT JOIN ({latest}) {name} ON {name}.{pairs.owner} = {owner} AND {name}.place = 1"
    return join, (key, *(pairs.where.arguments if pairs.where else ()))
