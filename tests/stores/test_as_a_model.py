"""Any sequence of operations: what is logged is what is read, in SQLite, in PostgreSQL and over HTTP alike.

The machine sends each operation to every store, whose clocks and ids count alike, so that they must answer the same to
the letter; and it keeps in plain dicts what a user would expect.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from flowmill.artifacts.local import LocalArtifacts
from flowmill.entities.metric import Metric
from flowmill.entities.run import Param, RunStatus, RunTag, ViewType
from flowmill.errors import FlowmillError, Invalid, NotFound
from flowmill.server.app import App
from flowmill.server.chores import Chores
from flowmill.store.base import AnyRequest, Store
from flowmill.store.rest import RestStore
from flowmill.store.sql.engine import SqlStore
from flowmill.store.sql.postgres import PostgresDatabase
from flowmill.store.sql.series import bits_of, value_of
from flowmill.store.sql.sqlite import SqliteDatabase
from flowmill.testing.memory import counting_clock, counting_ids
from flowmill.testing.server import running
from flowmill.wire.codec import encode_answer
from flowmill.wire.contract import OPERATIONS
from flowmill.wire.experiments import CreateExperiment, DeleteExperiment, GetExperiment, RestoreExperiment
from flowmill.wire.metrics import GetMetricHistory, LogMetric
from flowmill.wire.registry import (
    CreateModelVersion,
    CreateRegisteredModel,
    DeleteModelVersion,
    GetRegisteredModel,
    GetVersionByAlias,
    SetAlias,
    SetModelVersionTag,
)
from flowmill.wire.runs import (
    CreateRun,
    DeleteRun,
    DeleteTag,
    GetRun,
    LogBatch,
    LogParam,
    RestoreRun,
    SearchRuns,
    SetTag,
    UpdateRun,
)
from tests.databases.postgres import new_schema
from tests.stores.conftest import PLACES

KEYS = st.sampled_from(["a", "b/c", "läng", "x y"])
TEXTS = st.sampled_from(["", "1", "0.1", "é😀", "it's", "%_\\", "line\nline"])
VALUES = st.floats(allow_nan=False) | st.just(math.nan)  # on the wire there is one NaN
NUMBERS = st.integers(-3, 3) | st.sampled_from([2**63 - 1, -(2**63), 2**53 + 1])
POINTS = st.builds(Metric, KEYS, VALUES, NUMBERS, NUMBERS)
ALIASES = st.sampled_from(["champion", "next"])
_names = itertools.count()


@dataclass
class ExpectedRun:
    """What a user expects of a run."""

    experiment: str
    status: str = "RUNNING"
    params: dict[str, str] = field(default_factory=dict[str, str])
    tags: dict[str, str] = field(default_factory=dict[str, str])
    points: dict[str, set[tuple[int, int, int]]] = field(default_factory=dict[str, "set[tuple[int, int, int]]"])
    deleted: bool = False


@dataclass
class ExpectedModel:
    """What a user expects of a registered model."""

    last: int = 0
    versions: dict[str, dict[str, str]] = field(default_factory=dict[str, "dict[str, str]"])
    aliases: dict[str, str] = field(default_factory=dict[str, str])


class Tracking(RuleBasedStateMachine):
    """Runs, their values, the trash and the registry."""

    stores: ClassVar[dict[str, Store]]

    def __init__(self) -> None:
        super().__init__()
        self.runs: dict[str, ExpectedRun] = {}
        self.experiments: dict[str, bool] = {}
        self.models: dict[str, ExpectedModel] = {}
        for _ in range(2):
            self.experiments[self.send(CreateExperiment(name=f"e{next(_names)}"))] = False

    def send(self, ask: AnyRequest, refused: type[FlowmillError] | None = None) -> Any:
        """The answer, which is the same in every store; or None where every store refuses alike."""
        answers: dict[str, Any] = {}
        for name, store in self.stores.items():
            try:
                result = store.send(ask)
            except FlowmillError as error:
                assert refused is not None and isinstance(error, refused), f"{name}: {ask} -> {error!r}"
                answers[name] = error.message
            else:
                assert refused is None, f"{name} took {ask}"
                answers[name] = json.loads(encode_answer(OPERATIONS[type(ask)], result))
        first, *others = answers.items()
        for name, answer in others:
            assert answer == first[1], f"{ask}: {first[0]} and {name} differ"
        return None if refused else result

    def run_of(self, number: int) -> tuple[str, ExpectedRun]:
        """One of the runs."""
        run_id = list(self.runs)[number % len(self.runs)]
        return run_id, self.runs[run_id]

    @rule(number=st.integers(0, 1), tags=st.dictionaries(KEYS, TEXTS, max_size=2))
    def create_run(self, number: int, tags: dict[str, str]) -> None:
        experiment = list(self.experiments)[number]
        ask = CreateRun(experiment_id=experiment, run_name="r", tags=[RunTag(*pair) for pair in tags.items()])
        run = self.send(ask, Invalid if self.experiments[experiment] else None)
        if run is not None:
            self.runs[run.info.run_id] = ExpectedRun(experiment, tags={**tags, "mlflow.runName": "r"})

    @precondition(lambda self: self.runs)
    @rule(number=st.integers(0, 9), points=st.lists(POINTS, min_size=1, max_size=6), twice=st.booleans())
    def log_points(self, number: int, points: list[Metric], twice: bool) -> None:
        run_id, run = self.run_of(number)
        for _ in range(1 + twice):
            self.send(LogBatch(run_id=run_id, metrics=points), Invalid if run.deleted else None)
        if not run.deleted:
            for point in points:
                run.points.setdefault(point.key, set()).add((point.timestamp, point.step, bits_of(point.value)))

    @precondition(lambda self: self.runs)
    @rule(number=st.integers(0, 9), key=KEYS, value=VALUES, step=NUMBERS)
    def log_point(self, number: int, key: str, value: float, step: int) -> None:
        run_id, run = self.run_of(number)
        ask = LogMetric(run_id=run_id, key=key, value=value, timestamp=5, step=step)
        self.send(ask, Invalid if run.deleted else None)
        if not run.deleted:
            run.points.setdefault(key, set()).add((5, step, bits_of(value)))

    @precondition(lambda self: self.runs)
    @rule(number=st.integers(0, 9), key=KEYS, value=TEXTS, batch=st.booleans())
    def log_param(self, number: int, key: str, value: str, batch: bool) -> None:
        run_id, run = self.run_of(number)
        changed = run.params.get(key, value) != value
        ask: AnyRequest = LogParam(run_id=run_id, key=key, value=value)
        if batch:
            ask = LogBatch(run_id=run_id, params=[Param(key, value)], tags=[RunTag("batch", value)])
        self.send(ask, Invalid if run.deleted or changed else None)
        if not (run.deleted or changed):
            run.params[key] = value
            run.tags |= {"batch": value} if batch else {}

    @precondition(lambda self: self.runs)
    @rule(number=st.integers(0, 9), key=KEYS, value=st.none() | TEXTS)
    def set_or_drop_tag(self, number: int, key: str, value: str | None) -> None:
        run_id, run = self.run_of(number)
        if value is None:
            refused = Invalid if run.deleted else None if key in run.tags else NotFound
            self.send(DeleteTag(run_id=run_id, key=key), refused)
            if refused is None:
                del run.tags[key]
        else:
            self.send(SetTag(run_id=run_id, key=key, value=value), Invalid if run.deleted else None)
            if not run.deleted:
                run.tags[key] = value

    @precondition(lambda self: self.runs)
    @rule(number=st.integers(0, 9), status=st.sampled_from(RunStatus))
    def end_run(self, number: int, status: RunStatus) -> None:
        run_id, run = self.run_of(number)
        self.send(UpdateRun(run_id=run_id, status=status, end_time=7), Invalid if run.deleted else None)
        run.status = run.status if run.deleted else status

    @precondition(lambda self: self.runs)
    @rule(number=st.integers(0, 9))
    def trash_or_restore_run(self, number: int) -> None:
        run_id, run = self.run_of(number)
        if run.deleted:
            gone = self.experiments[run.experiment]
            self.send(RestoreRun(run_id=run_id), Invalid if gone else None)
            run.deleted = gone
        else:
            self.send(DeleteRun(run_id=run_id))
            run.deleted = True

    @rule(number=st.integers(0, 1))
    def trash_or_restore_experiment(self, number: int) -> None:
        experiment = list(self.experiments)[number]
        deleted = self.experiments[experiment]
        before = {run_id: run for run_id, run in self.runs.items() if run.experiment == experiment}
        self.send(
            RestoreExperiment(experiment_id=experiment) if deleted else DeleteExperiment(experiment_id=experiment)
        )
        self.experiments[experiment] = not deleted
        for run_id, run in before.items():
            if deleted:  # those that went with it come back
                run.deleted = self.send(GetRun(run_id=run_id)).info.lifecycle_stage == "deleted"
            else:
                run.deleted = True

    @rule()
    def create_model(self) -> None:
        name = f"m{next(_names)}"
        self.send(CreateRegisteredModel(name=name))
        self.models[name] = ExpectedModel()

    @precondition(lambda self: self.models and self.runs)
    @rule(number=st.integers(0, 9))
    def create_version(self, number: int) -> None:
        name = list(self.models)[number % len(self.models)]
        run_id, _ = self.run_of(number)
        version = self.send(CreateModelVersion(name=name, source=f"runs:/{run_id}/m"))
        model = self.models[name]
        model.last += 1
        model.versions[str(model.last)] = {}
        assert version.version == str(model.last)

    @precondition(lambda self: self.models)
    @rule(number=st.integers(0, 9), version=st.integers(1, 3).map(str), alias=ALIASES, value=TEXTS)
    def mark_version(self, number: int, version: str, alias: str, value: str) -> None:
        name = list(self.models)[number % len(self.models)]
        model = self.models[name]
        refused = None if version in model.versions else NotFound
        self.send(SetAlias(name=name, alias=alias, version=version), refused)
        self.send(SetModelVersionTag(name=name, version=version, key="k", value=value), refused)
        if refused is None:
            model.aliases[alias] = version
            model.versions[version]["k"] = value

    @precondition(lambda self: self.models)
    @rule(number=st.integers(0, 9), version=st.integers(1, 3).map(str))
    def delete_version(self, number: int, version: str) -> None:
        name = list(self.models)[number % len(self.models)]
        model = self.models[name]
        self.send(DeleteModelVersion(name=name, version=version), None if version in model.versions else NotFound)
        if model.versions.pop(version, None) is not None:
            model.aliases = {alias: each for alias, each in model.aliases.items() if each != version}

    def teardown(self) -> None:
        """Everything is as expected."""
        for run_id, expected in self.runs.items():
            run = self.send(GetRun(run_id=run_id))
            assert (run.info.status, run.info.lifecycle_stage) == (
                expected.status,
                "deleted" if expected.deleted else "active",
            )
            assert (run.data.params, run.data.tags) == (expected.params, expected.tags)
            latest: dict[str, int] = {}
            for key, points in expected.points.items():
                history = self.send(GetMetricHistory(run_id=run_id, metric_key=key)).metrics
                assert [(m.timestamp, m.step) for m in history] == sorted((time, step) for time, step, _ in points)
                assert {(m.timestamp, m.step, bits_of(m.value)) for m in history} == points
                latest[key] = max((step, time) for time, step, _ in points)
            assert {metric.key: (metric.step, metric.timestamp) for metric in run.data.metric_list} == latest
            for metric in run.data.metric_list:
                assert (metric.timestamp, metric.step, bits_of(metric.value)) in expected.points[metric.key]
                same = [point for point in expected.points[metric.key] if point[:2] == (metric.timestamp, metric.step)]
                assert math.isnan(metric.value) == all(math.isnan(value_of(bits)) for *_, bits in same)
        for view, deleted in ((ViewType.ACTIVE_ONLY, False), (ViewType.DELETED_ONLY, True)):
            found = self.send(SearchRuns(experiment_ids=list(self.experiments), run_view_type=view)).runs
            wanted = {run_id for run_id, run in self.runs.items() if run.deleted is deleted}
            assert {run.info.run_id for run in found} == wanted
        for experiment, deleted in self.experiments.items():
            stage = self.send(GetExperiment(experiment_id=experiment)).lifecycle_stage
            assert stage == ("deleted" if deleted else "active")
        for name, model in self.models.items():
            assert self.send(GetRegisteredModel(name=name)).aliases == model.aliases
            for alias, version in model.aliases.items():
                assert self.send(GetVersionByAlias(name=name, alias=alias)).tags == model.versions[version]


@pytest.fixture
def every_store(tmp_path: Path, oldest_postgres: Any) -> Iterator[dict[str, Store]]:
    """One store of each kind, whose clocks and ids count alike."""

    def sql(database: Any) -> SqlStore:
        return SqlStore(database, PLACES, clock=counting_clock(), new_id=counting_ids())

    sqlite, postgres = sql(SqliteDatabase(None)), sql(PostgresDatabase(new_schema(oldest_postgres.uri)))
    app = App(sql(SqliteDatabase(tmp_path / "f.db")), LocalArtifacts(tmp_path / "artifacts"))
    app.chores = Chores([])  # they would ask the clock whenever they come round
    with running(app) as address:
        rest = RestStore(address)
        yield {"sqlite": sqlite, "postgres": postgres, "rest": rest}
        for store in (rest, sqlite, postgres):
            store.close()


def test_any_sequence_of_operations(every_store: dict[str, Store]) -> None:
    Tracking.stores = every_store
    run_state_machine_as_test(
        Tracking,
        settings=settings(
            max_examples=12,
            phases=[Phase.generate],
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
