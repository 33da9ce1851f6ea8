"""MLflow's own database, SQLite or PostgreSQL, schemas of MLflow 1.x to 3.x.

Schemas are told apart by the tables and columns that exist; what a schema does not have was not kept by it.
Nothing is written, and MLflow may go on working meanwhile: all is read in one transaction.
"""

from __future__ import annotations

import itertools
import re
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import unquote

from flowmill.artifacts import ArtifactStore
from flowmill.entities.branch import Branch
from flowmill.entities.dataset import Dataset, DatasetInput, InputTag
from flowmill.entities.experiment import Experiment, ExperimentTag
from flowmill.entities.metric import Metric
from flowmill.entities.model import (
    LoggedModel,
    LoggedModelData,
    LoggedModelInfo,
    LoggedModelParameter,
    LoggedModelTag,
    UploadStatus,
)
from flowmill.entities.points import Points
from flowmill.entities.registry import (
    ModelVersion,
    ModelVersionStatus,
    ModelVersionTag,
    RegisteredModel,
    RegisteredModelAlias,
    RegisteredModelTag,
)
from flowmill.entities.run import (
    LifecycleStage,
    LoggedModelInput,
    LoggedModelOutput,
    Param,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunOutputs,
    RunStatus,
    RunTag,
)
from flowmill.errors import Invalid, Unavailable
from flowmill.store.open import describe
from flowmill.transfer.places import SourcePlaces
from flowmill.transfer.source import POINTS_AT_ONCE, PROMPT_TAG, FoundModel, FoundRegistered, Survey
from flowmill.wire.transfer import WholeRun

Row = tuple[Any, ...]
P = TypeVar("P")

_RUNS_AT_ONCE = 200
_DELETED_VERSION = "Deleted_Internal"
_MODEL_STATUS = {1: UploadStatus.PENDING, 2: UploadStatus.READY, 3: UploadStatus.FAILED}
_LOGGED_MODEL = re.compile(r"models:/(m-[0-9a-zA-Z]+)")

_LEFT_OUT = {
    "traces": "trace_info",
    "assessments": "assessments",
    "scorers": "scorers",
    "evaluation datasets": "evaluation_datasets",
    "webhooks": "webhooks",
    "gateway endpoints": "endpoints",
    "issues": "issues",
    "labelling queues": "review_queues",
    "MCP servers": "mcp_servers",
}
"""What is not taken, with the table that counts it."""


class Reading(Protocol):
    """One read transaction of a foreign database. SQL has ``?`` for arguments."""

    def rows(self, sql: str, arguments: Sequence[Any] = ()) -> Iterator[Row]:
        """The rows of a query, as they come."""
        ...

    def columns(self) -> dict[str, set[str]]:
        """The columns of each table."""
        ...

    def close(self) -> None:
        """End the transaction and the connection."""
        ...


class SqliteReading:
    """A SQLite file, opened for reading only."""

    def __init__(self, path: Path) -> None:
        try:
            self._connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
            self._connection.execute("BEGIN")
            self._connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        except sqlite3.Error as error:
            raise Unavailable(f"Cannot read {path}: {error}.") from None

    def rows(self, sql: str, arguments: Sequence[Any] = ()) -> Iterator[Row]:
        return iter(self._connection.execute(sql, arguments))

    def columns(self) -> dict[str, set[str]]:
        tables = [row[0] for row in self.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: {row[1] for row in self.rows(f'PRAGMA table_info("{table}")')} for table in tables}

    def close(self) -> None:
        self._connection.close()


class PostgresReading:
    """A PostgreSQL database, in one read-only transaction that sees it at one moment."""

    def __init__(self, uri: str) -> None:
        try:
            import psycopg
        except ImportError:
            raise Invalid("PostgreSQL needs psycopg: run `pip install 'flowmill[server]'` and try again.") from None
        try:
            self._connection = psycopg.connect(plain_postgres_uri(uri))
            self._connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        except psycopg.Error as error:
            said = str(error).strip().splitlines() or [type(error).__name__]
            raise Unavailable(f"Cannot read {describe(uri)}: {said[0]}.") from None
        self._numbers = itertools.count()

    def rows(self, sql: str, arguments: Sequence[Any] = ()) -> Iterator[Row]:
        # A named cursor, so that a long history comes in pieces and not at once.
        with self._connection.cursor(f"flowmill_{next(self._numbers)}") as cursor:
            cursor.itersize = 5000
            cursor.execute(sql.replace("%", "%%").replace("?", "%s"), arguments)  # type: ignore[arg-type]
            yield from cursor

    def columns(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for table, column in self.rows(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = ANY(current_schemas(false))"
        ):
            found[table].add(column)
        return dict(found)

    def close(self) -> None:
        self._connection.close()


def plain_postgres_uri(uri: str) -> str:
    """The URI without SQLAlchemy's driver: ``postgresql+psycopg2://…`` is ``postgresql://…``."""
    scheme, _, rest = uri.partition("://")
    return f"{scheme.partition('+')[0]}://{rest}"


def sqlite_path(uri: str) -> Path:
    """The file of ``sqlite:///relative.db``, ``sqlite:////absolute.db`` or of a plain path."""
    if uri.startswith("sqlite"):
        return Path(unquote(uri.partition(":///")[2]))
    return Path(uri).expanduser()


def is_mlflow_schema(columns: dict[str, set[str]]) -> bool:
    """Whether these are MLflow's tables: others use alembic too, and Flowmill has tables of the same names."""
    return "run_uuid" in columns.get("runs", ()) and "experiment_id" in columns.get("experiments", ())


class DatabaseSource:
    """The database that MLflow's tracking store and registry write."""

    def __init__(
        self, reading: Reading, name: str, *, beside: Sequence[Path] = (), moved: tuple[str, ...] = ()
    ) -> None:
        self.name = name
        self.hides_infinity = True
        self.problems: list[str] = []
        self._reading = reading
        self._columns = reading.columns()
        self._places = SourcePlaces(beside=beside, moved=moved)
        if not is_mlflow_schema(self._columns):
            raise Invalid(f"{name} holds no tables of MLflow.")

    def survey(self) -> Survey:
        """Counted by the database."""
        things = {
            "experiments": self._count("experiments"),
            "runs": self._count("runs"),
            "logged models": self._count("logged_models"),
            "registered models": self._count("registered_models") - self._prompts(),
            "model versions": self._count("model_versions", f"current_stage <> '{_DELETED_VERSION}'"),
        }
        left_out = {what: self._count(table) for what, table in _LEFT_OUT.items()}
        left_out["prompts"] = self._prompts()
        return Survey(things, {what: count for what, count in left_out.items() if count})

    def experiments(self) -> Iterator[Experiment]:
        """By number."""
        tags = self._pairs("experiment_tags", "experiment_id", "key", "value", ExperimentTag)
        optional = self._optional("experiments", ("creation_time", "last_update_time", "workspace"))
        for number, name, place, stage, created, updated, workspace in list(
            self._rows(
                f"SELECT experiment_id, name, artifact_location, lifecycle_stage, {optional} "
                "FROM experiments ORDER BY experiment_id"
            )
        ):
            yield Experiment(
                experiment_id=str(number),
                name=_in_workspace(name, workspace, "/"),
                artifact_location=place or "",
                lifecycle_stage=LifecycleStage(stage or "active"),
                last_update_time=updated or created or 0,
                creation_time=created or 0,
                tag_list=tags(number),
            )

    def runs(self, experiment_id: str, only: frozenset[str] | None = None) -> Iterator[WholeRun]:
        """By id."""
        after = ""
        columns = self._optional("runs", ("name", "user_id", "end_time", "source_name"))
        while True:
            rows = list(
                self._rows(
                    f"SELECT run_uuid, status, start_time, lifecycle_stage, artifact_uri, {columns} FROM runs "
                    f"WHERE experiment_id = ? AND run_uuid > ? ORDER BY run_uuid LIMIT {_RUNS_AT_ONCE}",
                    (int(experiment_id), after),
                )
            )
            if not rows:
                return
            after = rows[-1][0]
            wanted = [row for row in rows if only is None or row[0] in only]
            if wanted:
                yield from self._runs_of(experiment_id, wanted)

    def branches(self, run_id: str) -> Iterator[tuple[Branch, Iterator[Points]]]:
        """MLflow hides nothing."""
        return iter(())

    def logged_models(self, experiment_id: str, only: frozenset[str] | None = None) -> Iterator[FoundModel]:
        """By id."""
        if "logged_models" not in self._columns:
            return
        rows = list(
            self._rows(
                "SELECT model_id, name, artifact_location, creation_timestamp_ms, last_updated_timestamp_ms, status, "
                "lifecycle_stage, model_type, source_run_id, status_message FROM logged_models "
                "WHERE experiment_id = ? ORDER BY model_id",
                (int(experiment_id),),
            )
        )
        for start in range(0, len(rows), _RUNS_AT_ONCE):
            part = [row for row in rows[start : start + _RUNS_AT_ONCE] if only is None or row[0] in only]
            yield from self._models_of(experiment_id, part)

    def late_models(self, experiment_id: str) -> Iterator[FoundModel]:
        """None: all are listed."""
        return iter(())

    def registered_models(self, only: frozenset[str] | None = None) -> Iterator[FoundRegistered]:
        """By name."""
        if "registered_models" not in self._columns:
            return
        workspace = self._optional("registered_models", ("workspace",))
        prompts = {
            row[0]
            for row in self._rows(
                "SELECT name FROM registered_model_tags WHERE key = ? AND lower(value) = 'true'", (PROMPT_TAG,)
            )
        }
        for name, created, updated, description, space in list(
            self._rows(
                f"SELECT name, creation_time, last_updated_time, description, {workspace} "
                "FROM registered_models ORDER BY name"
            )
        ):
            shown = _in_workspace(name, space, ".")
            if name in prompts or (only is not None and shown not in only):
                continue
            yield self._registered(name, shown, space, (created or 0, updated or created or 0), description or "")

    def open_files(self, uri: str, owner: str) -> ArtifactStore | None:
        """Where the database says, relative places beside it."""
        return self._places.open(uri, owner)

    def notes(self) -> list[str]:
        """What to know of places."""
        return self._places.notes()

    def close(self) -> None:
        """Close the connection."""
        self._reading.close()

    def _runs_of(self, experiment_id: str, rows: Sequence[Row]) -> Iterator[WholeRun]:
        ids = [row[0] for row in rows]
        params = self._pairs("params", "run_uuid", "key", "value", Param, ids)
        tags = self._pairs("tags", "run_uuid", "key", "value", RunTag, ids)
        inputs, models_in, models_out = self._links(ids)
        points = self._points(ids)
        for run_id, status, start, stage, place, name, user, end, _ in rows:
            own_tags = tags(run_id)
            named = name or next((tag.value for tag in own_tags if tag.key == "mlflow.runName"), "")
            info = RunInfo(
                run_id=run_id,
                run_uuid=run_id,
                run_name=named,
                experiment_id=experiment_id,
                user_id=user or "",
                status=RunStatus(status or "FINISHED"),
                start_time=start or 0,
                artifact_uri=place or "",
                lifecycle_stage=LifecycleStage(stage or "active"),
                end_time=end,
            )
            run = Run(
                info=info,
                data=RunData(param_list=params(run_id), tag_list=own_tags),
                inputs=RunInputs(inputs.get(run_id, []), models_in.get(run_id, [])),
                outputs=RunOutputs(models_out.get(run_id, [])),
            )
            yield WholeRun(run, points(run_id))

    def _points(self, ids: Sequence[str]) -> Callable[[str], list[Points]]:
        """The histories of runs, to be asked for in the order of ``ids``: they are read as they are asked for."""
        marks = ",".join("?" * len(ids))
        optional = self._optional("metrics", ("step", "is_nan"))
        rows = self._rows(
            f"SELECT run_uuid, key, timestamp, value, {optional} FROM metrics WHERE run_uuid IN ({marks}) "
            "ORDER BY run_uuid, key",
            ids,
        )
        series = itertools.groupby(rows, key=lambda row: (row[0], row[1]))

        def columns() -> Iterator[tuple[str, Points]]:
            for (run_id, key), found in series:
                while part := list(itertools.islice(found, POINTS_AT_ONCE)):
                    points = [
                        (time, step or 0, float("nan") if nan else value) for _, _, time, value, step, nan in part
                    ]
                    yield run_id, Points.of(key, points)

        by_run = itertools.groupby(columns(), key=lambda pair: pair[0])
        # The first run that was not asked for yet, with its columns.
        waiting: list[tuple[str, Iterator[tuple[str, Points]]]] = []

        def of(run_id: str) -> list[Points]:
            following = waiting.pop() if waiting else next(by_run, None)
            if following is None:
                return []
            if following[0] != run_id:  # this run has no metrics
                waiting.append(following)
                return []
            return [points for _, points in following[1]]

        return of

    def _links(
        self, ids: Sequence[str]
    ) -> tuple[dict[str, list[DatasetInput]], dict[str, list[LoggedModelInput]], dict[str, list[LoggedModelOutput]]]:
        used: dict[str, list[DatasetInput]] = defaultdict(list)
        models_in: dict[str, list[LoggedModelInput]] = defaultdict(list)
        models_out: dict[str, list[LoggedModelOutput]] = defaultdict(list)
        if "inputs" not in self._columns:
            return used, models_in, models_out
        marks = ",".join("?" * len(ids))
        tags: dict[str, list[InputTag]] = defaultdict(list)
        for uuid, name, value in self._rows(
            "SELECT t.input_uuid, t.name, t.value FROM input_tags t JOIN inputs i ON i.input_uuid = t.input_uuid "
            f"WHERE i.destination_id IN ({marks}) ORDER BY t.name",
            ids,
        ):
            tags[uuid].append(InputTag(name, value or ""))
        for run_id, uuid, *values in self._rows(
            "SELECT i.destination_id, i.input_uuid, d.name, d.digest, d.dataset_source_type, d.dataset_source, "
            "d.dataset_schema, d.dataset_profile FROM inputs i JOIN datasets d ON d.dataset_uuid = i.source_id "
            f"WHERE i.source_type = 'DATASET' AND i.destination_type = 'RUN' AND i.destination_id IN ({marks}) "
            "ORDER BY i.destination_id, d.name, d.digest",
            ids,
        ):
            used[run_id].append(DatasetInput(Dataset(*values), tags.get(uuid, [])))
        step = self._optional("inputs", ("step",))
        for run_id, kind, model_id, at in self._rows(
            f"SELECT source_id, source_type, destination_id, {step} FROM inputs "
            f"WHERE source_type IN ('RUN_INPUT', 'RUN_OUTPUT') AND source_id IN ({marks}) "
            "ORDER BY source_id, destination_id",
            ids,
        ):
            if kind == "RUN_INPUT":
                models_in[run_id].append(LoggedModelInput(model_id))
            else:
                models_out[run_id].append(LoggedModelOutput(model_id, at or 0))
        return used, models_in, models_out

    def _models_of(self, experiment_id: str, rows: Sequence[Row]) -> Iterator[FoundModel]:
        ids = [row[0] for row in rows]
        if not ids:
            return
        params = self._pairs("logged_model_params", "model_id", "param_key", "param_value", LoggedModelParameter, ids)
        tags = self._pairs("logged_model_tags", "model_id", "tag_key", "tag_value", LoggedModelTag, ids)
        metrics: dict[str, list[Metric]] = defaultdict(list)
        for model_id, key, value, time, step, dataset, digest, run_id in self._rows(
            "SELECT model_id, metric_name, metric_value, metric_timestamp_ms, metric_step, dataset_name, "
            f"dataset_digest, run_id FROM logged_model_metrics WHERE model_id IN ({','.join('?' * len(ids))}) "
            "ORDER BY model_id, metric_name, metric_step, metric_timestamp_ms",
            ids,
        ):
            number = float("nan") if value is None else value
            metrics[model_id].append(Metric(key, number, time, step, model_id, dataset, digest, run_id))
        for model_id, name, place, created, updated, status, stage, kind, run_id, message in rows:
            info = LoggedModelInfo(
                model_id=model_id,
                experiment_id=experiment_id,
                name=name or model_id,
                creation_timestamp_ms=created or 0,
                last_updated_timestamp_ms=updated or 0,
                artifact_uri=place or "",
                status=_MODEL_STATUS.get(status, UploadStatus.UNSPECIFIED),
                model_type=kind or "",
                source_run_id=run_id or "",
                status_message=message,
                tags=tags(model_id),
            )
            data = LoggedModelData(params(model_id), metrics.get(model_id, []))
            yield FoundModel(LoggedModel(info=info, data=data), stage == "deleted")

    def _registered(
        self, name: str, shown: str, space: str | None, times: tuple[int, int], description: str
    ) -> FoundRegistered:
        where, arguments = "name = ?", [name]
        if space is not None:
            where, arguments = "name = ? AND workspace = ?", [name, space]
        tags = [
            RegisteredModelTag(*row)
            for row in self._rows(
                f"SELECT key, COALESCE(value, '') FROM registered_model_tags WHERE {where} ORDER BY key", arguments
            )
        ]
        aliases: list[RegisteredModelAlias] = []
        if "registered_model_aliases" in self._columns:
            aliases = [
                RegisteredModelAlias(alias, str(version))
                for alias, version in self._rows(
                    f"SELECT alias, version FROM registered_model_aliases WHERE {where} ORDER BY alias", arguments
                )
            ]
        version_tags: dict[int, list[ModelVersionTag]] = defaultdict(list)
        for version, key, value in self._rows(
            f"SELECT version, key, value FROM model_version_tags WHERE {where} ORDER BY version, key", arguments
        ):
            version_tags[version].append(ModelVersionTag(key, value or ""))
        optional = self._optional("model_versions", ("user_id", "run_link", "status_message", "storage_location"))
        versions: list[ModelVersion] = []
        last = 0
        for row in self._rows(
            "SELECT version, creation_time, last_updated_time, current_stage, description, source, run_id, status, "
            f"{optional} FROM model_versions WHERE {where} ORDER BY version",
            arguments,
        ):
            last = max(last, row[0])
            if row[3] != _DELETED_VERSION:
                versions.append(self._version(shown, row, version_tags.get(row[0], [])))
        model = RegisteredModel(
            name=shown,
            creation_timestamp=times[0],
            last_updated_timestamp=times[1],
            description=description,
            tag_list=tags,
            alias_list=aliases,
        )
        return FoundRegistered(model, versions, last)

    def _version(self, name: str, row: Row, tags: list[ModelVersionTag]) -> ModelVersion:
        number, created, updated, stage, description, source, run_id, status, user, link, message, stored = row
        logged = _LOGGED_MODEL.match(source or "")
        if source and source.startswith("models:/") and not logged:
            source = stored or source  # a copy of another version
        return ModelVersion(
            name=name,
            version=str(number),
            creation_timestamp=created or 0,
            last_updated_timestamp=updated or created or 0,
            current_stage=stage or "None",
            description=description or "",
            user_id=user,
            source=source or "",
            run_id=run_id or None,
            run_link=link or "",
            model_id=logged[1] if logged else None,
            status=ModelVersionStatus(status or "READY"),
            status_message=message,
            tag_list=tags,
        )

    def _pairs(
        self,
        table: str,
        owner: str,
        key: str,
        value: str,
        make: Callable[[str, str], P],
        ids: Sequence[str] | None = None,
    ) -> Callable[[Any], list[P]]:
        """The tags or parameters of each owner; of all owners without ``ids``."""
        found: dict[Any, list[P]] = defaultdict(list)
        if table in self._columns:
            where = "" if ids is None else f" WHERE {owner} IN ({','.join('?' * len(ids))})"
            for whose, name, text in self._rows(
                f"SELECT {owner}, {key}, {value} FROM {table}{where} ORDER BY {owner}, {key}", ids or ()
            ):
                found[whose].append(make(name, text or ""))
        return lambda whose: found.get(whose, [])

    def _optional(self, table: str, names: Sequence[str]) -> str:
        """These columns, NULL for those that this schema does not have."""
        there = self._columns.get(table, set())
        return ", ".join(name if name in there else f"NULL AS {name}" for name in names)

    def _count(self, table: str, where: str = "1 = 1") -> int:
        if table not in self._columns:
            return 0
        return int(next(self._rows(f"SELECT COUNT(*) FROM {table} WHERE {where}"))[0])

    def _prompts(self) -> int:
        return self._count("registered_model_tags", f"key = '{PROMPT_TAG}' AND lower(value) = 'true'")

    def _rows(self, sql: str, arguments: Sequence[Any] = ()) -> Iterator[Row]:
        return self._reading.rows(sql, arguments)


def _in_workspace(name: str, workspace: str | None, joint: str) -> str:
    """A name that is unique over all workspaces, which MLflow has from 3.10 on; the first one adds nothing."""
    return name if workspace in (None, "default") else f"{workspace}{joint}{name}"
