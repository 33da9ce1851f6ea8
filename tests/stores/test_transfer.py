"""Whole things come with their ids, twice is once, and what was there stays."""

from __future__ import annotations

import math

import msgspec
import pytest

from flowmill.entities.dataset import Dataset, DatasetInput, InputTag
from flowmill.entities.digest import digest_of_columns, digest_of_points, digest_of_run
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
from flowmill.errors import Invalid, NotFound
from flowmill.store.base import Store
from flowmill.wire.experiments import CreateExperiment, DeleteExperiment, GetExperiment, RestoreExperiment
from flowmill.wire.metrics import GetMetricHistory
from flowmill.wire.models import GetLoggedModel
from flowmill.wire.registry import (
    CreateModelVersion,
    CreateRegisteredModel,
    GetModelVersion,
    GetRegisteredModel,
    GetVersionDownloadUri,
)
from flowmill.wire.runs import CreateRun, GetRun, SetTag
from flowmill.wire.transfer import (
    DigestRuns,
    FinishImport,
    GetImported,
    Imported,
    ImportExperiment,
    ImportLoggedModels,
    ImportPoints,
    ImportRegisteredModel,
    ImportRuns,
    Outcome,
    Placed,
    TransferKind,
    WholeModel,
    WholeRun,
)

RUN, MODEL = "a" * 32, "m-" + "b" * 32
ODD = [
    (1, 0, math.nan), (2, 1, math.inf), (3, 2, -math.inf), (4, 3, -0.0), (5, 4, 5e-324), (6, 5, 0.1 + 0.2),
    (7, -6, 1e308),
]  # fmt: skip


def experiment(number: str = "41", name: str = "churn", *, deleted: bool = False) -> Experiment:
    stage = LifecycleStage.DELETED if deleted else LifecycleStage.ACTIVE
    return Experiment(
        experiment_id=number,
        name=name,
        artifact_location="/elsewhere",
        lifecycle_stage=stage,
        last_update_time=1_600_000_000_500,
        creation_time=1_600_000_000_000,
        tag_list=[ExperimentTag("a", "1")],
    )


def whole_run(run_id: str = RUN, *, stage: LifecycleStage = LifecycleStage.ACTIVE) -> Run:
    info = RunInfo(
        run_id=run_id,
        run_uuid=run_id,
        run_name="Ünï",
        experiment_id="41",
        user_id="ada",
        status=RunStatus.FAILED,
        start_time=1_600_000_000_001,
        artifact_uri="s3://x",
        lifecycle_stage=stage,
        end_time=1_600_000_000_009,
    )
    data = RunData([], [Param("rate", "0.1"), Param("deep/er", "x\ny")], [RunTag("mlflow.runName", "Ünï")])
    used = DatasetInput(Dataset("d", "1", "http", "{}", None, "{}"), [InputTag("mlflow.data.context", "training")])
    return Run(info, data, RunInputs([used], [LoggedModelInput(MODEL)]), RunOutputs([LoggedModelOutput(MODEL, 7)]))


def place(store: Store, source: Experiment, origin: str = "41@x") -> Placed:
    return store.send(ImportExperiment(experiment=source, origin=origin, fingerprint="f"))


def test_an_experiment_keeps_its_id_times_and_tags(store: Store) -> None:
    assert place(store, experiment()) == Placed("41@x", "41", Outcome.NEW)
    there = store.send(GetExperiment(experiment_id="41"))
    assert (there.name, there.creation_time, there.last_update_time) == ("churn", 1_600_000_000_000, 1_600_000_000_500)
    assert there.tags == {"a": "1"}
    assert place(store, experiment()).outcome is Outcome.UPDATED
    known = store.send(GetImported(kind=TransferKind.EXPERIMENT, origins=["41@x", "nothing"])).imported
    assert known == [Imported("41@x", "41", "f")]
    # An id that was given is not given again.
    assert int(store.send(CreateExperiment(name="next"))) > 41


def test_an_experiment_whose_id_or_name_is_taken(store: Store) -> None:
    taken = store.send(CreateExperiment(name="mine"))
    other = place(store, experiment(taken, "theirs"), "o1")
    assert other.outcome is Outcome.NEW and other.id != taken
    assert place(store, experiment(taken, "theirs"), "o1").id == other.id
    joined = place(store, experiment("77", "mine"), "o2")
    assert (joined.outcome, joined.id) == (Outcome.JOINED, taken)
    assert store.send(GetExperiment(experiment_id=taken)).tags == {"a": "1"}
    assert place(store, experiment("0", "Default"), "0") == Placed("0", "0", Outcome.JOINED)


def test_what_was_in_the_trash_stays_there_and_comes_back_together(store: Store) -> None:
    place(store, experiment("41", "gone", deleted=True))
    assert store.send(GetExperiment(experiment_id="41")).lifecycle_stage == "deleted"
    gone = WholeRun(whole_run(stage=LifecycleStage.DELETED))
    store.send(ImportRuns(experiment_id="41", runs=[gone]))
    assert store.send(GetRun(run_id=RUN)).info.lifecycle_stage == "deleted"
    store.send(RestoreExperiment(experiment_id="41"))
    assert store.send(GetRun(run_id=RUN)).info.lifecycle_stage == "active"
    store.send(DeleteExperiment(experiment_id="41"))


def test_a_run_comes_whole_and_twice_is_once(store: Store) -> None:
    place(store, experiment())
    whole = WholeRun(whole_run(), [Points.of("odd", ODD), Points.of("odd", ODD[:2]), Points.of("a/b", [(1, 2, 3.0)])])
    model = LoggedModel(info=LoggedModelInfo(MODEL, "41", "m", 1, 2, "s3://y", UploadStatus.READY))
    store.send(ImportLoggedModels(experiment_id="41", models=[WholeModel(model)]))
    for outcome in (Outcome.NEW, Outcome.UPDATED):
        (placed,) = store.send(ImportRuns(experiment_id="41", runs=[whole])).placed
        assert (placed.id, placed.outcome) == (RUN, outcome)
        assert placed.artifact_uri.endswith(f"/41/{RUN}/artifacts")
    there = store.send(GetRun(run_id=RUN))
    source = whole.run
    assert msgspec.structs.replace(there.info, artifact_uri="s3://x") == source.info
    assert there.data.params == source.data.params
    assert (there.data.tags, there.inputs, there.outputs) == (source.data.tags, source.inputs, source.outputs)
    points = store.send(GetMetricHistory(run_id=RUN, metric_key="odd")).metrics
    assert digest_of_points((p.timestamp, p.step, p.value) for p in points) == digest_of_points(ODD)
    series = {"odd": digest_of_points(ODD)[1], "a/b": digest_of_points([(1, 2, 3.0)])[1]}
    (digest,) = store.send(DigestRuns(run_ids=[RUN, "f" * 32])).runs
    assert (digest.params, digest.tags, digest.points) == (2, 1, len(ODD) + 1)
    assert digest.digest == digest_of_run(source, series)


def test_a_long_history_comes_in_pieces(store: Store) -> None:
    place(store, experiment())
    store.send(ImportRuns(experiment_id="41", runs=[WholeRun(whole_run())]))
    rows = [(1_000 + n, n, n / 7) for n in range(5_000)]
    for start in (0, 2_000, 2_000, 4_000):  # one of them twice, as after a cut connection
        store.send(ImportPoints(run_id=RUN, points=[Points.of("loss", rows[start : start + 2_000])]))
    (digest,) = store.send(DigestRuns(run_ids=[RUN])).runs
    assert digest.points == 5_000
    assert store.send(GetRun(run_id=RUN)).data.metrics == {"loss": 4_999 / 7}
    known = GetImported(kind=TransferKind.RUN, origins=[RUN])
    assert store.send(known).imported == [Imported(RUN, RUN, "")]
    store.send(FinishImport(kind=TransferKind.RUN, imported=[Imported(RUN, RUN, "done")]))
    assert store.send(known).imported == [Imported(RUN, RUN, "done")]


def test_what_was_not_imported_is_not_touched(store: Store) -> None:
    place(store, experiment())
    own = store.send(CreateRun(experiment_id="41", run_name="own")).info.run_id
    store.send(SetTag(run_id=own, key="k", value="mine"))
    (placed,) = store.send(ImportRuns(experiment_id="41", runs=[WholeRun(whole_run(own))])).placed
    assert placed.outcome is Outcome.KEPT
    assert store.send(GetRun(run_id=own)).info.run_name == "own"
    (placed,) = store.send(ImportRuns(experiment_id="0", runs=[WholeRun(whole_run(own))])).placed
    assert placed.outcome is Outcome.ELSEWHERE
    with pytest.raises(Invalid, match="was not imported"):
        store.send(ImportPoints(run_id=own, points=[]))


@pytest.mark.parametrize(
    ("run", "points", "says"),
    [
        (whole_run("../../etc"), [], "Invalid run_id"),
        (whole_run(), [Points("k", b"1234", b"", b"")], "three columns of 8 bytes"),
        (whole_run(), [Points.of("../k", [(1, 1, 1.0)])], "Invalid metric name"),
        (msgspec.structs.replace(whole_run(), data=RunData([], [Param("a//b", "")])), [], "Invalid param name"),
    ],
)
def test_bad_runs_are_refused_and_none_of_the_others_is_written(
    store: Store, run: Run, points: list[Points], says: str
) -> None:
    place(store, experiment())
    with pytest.raises(Invalid, match=says):
        store.send(ImportRuns(experiment_id="41", runs=[WholeRun(whole_run("c" * 32)), WholeRun(run, points)]))
    with pytest.raises(NotFound):
        store.send(GetRun(run_id="c" * 32))
    with pytest.raises(NotFound):
        store.send(ImportRuns(experiment_id="99", runs=[]))


def test_a_logged_model_comes_whole(store: Store) -> None:
    place(store, experiment())
    info = LoggedModelInfo(
        MODEL, "41", "forest", 1_600_000_000_000, 1_600_000_000_001, "s3://y", UploadStatus.FAILED, "classifier", RUN,
        "no space", [LoggedModelTag("kind", "tree")],
    )  # fmt: skip
    metrics = [Metric("auc", 0.5, 9, 8, MODEL, "d", "1", RUN), Metric("nan", math.nan, 9, 8, MODEL, None, None, RUN)]
    source = LoggedModel(info=info, data=LoggedModelData([LoggedModelParameter("depth", "4")], metrics))
    for outcome in (Outcome.NEW, Outcome.UPDATED):
        (placed,) = store.send(ImportLoggedModels(experiment_id="41", models=[WholeModel(source, deleted=True)])).placed
        assert placed.outcome is outcome
    with pytest.raises(NotFound):
        store.send(GetLoggedModel(model_id=MODEL))
    there = store.send(GetLoggedModel(model_id=MODEL, allow_deleted=True))
    assert msgspec.structs.replace(there.info, artifact_uri="s3://y") == info
    assert there.params == {"depth": "4"}
    assert [repr(metric) for metric in there.metrics] == [repr(metric) for metric in metrics]


def test_a_digest_is_the_same_with_numpy_and_without() -> None:
    rows = [
        *ODD,
        (3, 2, 0.0),
        (3, 2, -0.0),
        *((n // 3, -n % 7, [n / 7, math.nan, -math.inf][n % 3]) for n in range(20_000)),
    ]
    columns = [Points.of("k", rows), Points.of("k", rows[100:300])]
    assert digest_of_columns(columns) == digest_of_points(rows)
    assert digest_of_columns(columns[:1]) == digest_of_points(reversed(rows))
    assert digest_of_points(rows) != digest_of_points([(3, 2, 1e-9), *rows])


def version(number: str, **changes: object) -> ModelVersion:
    made = ModelVersion(
        name="m",
        version=number,
        creation_timestamp=10 + int(number),
        last_updated_timestamp=20,
        current_stage="Staging",
        description="d",
        user_id="ada",
        source=f"runs:/{RUN}/model",
        run_id=RUN,
        status=ModelVersionStatus.READY,
        tag_list=[ModelVersionTag("n", number)],
    )
    return msgspec.structs.replace(made, **changes)


def test_a_registered_model_keeps_numbers_and_never_gives_one_again(store: Store) -> None:
    place(store, experiment())
    store.send(ImportRuns(experiment_id="41", runs=[WholeRun(whole_run())]))
    model = RegisteredModel("m", 5, 6, "text", [], [RegisteredModelTag("o", "a")], [RegisteredModelAlias("dev", "3")])
    ask = ImportRegisteredModel(model=model, versions=[version("1"), version("3")], last_version=5)
    placed = store.send(ask).placed
    assert [(each.id, each.outcome) for each in placed] == [("1", Outcome.NEW), ("3", Outcome.NEW)]
    assert [each.outcome for each in store.send(ask).placed] == [Outcome.UPDATED] * 2
    there = store.send(GetRegisteredModel(name="m"))
    assert (there.description, there.tags, there.aliases) == ("text", {"o": "a"}, {"dev": "3"})
    assert (there.creation_timestamp, there.last_updated_timestamp) == (5, 6)
    assert store.send(GetModelVersion(name="m", version="3")) == version("3", aliases=["dev"])
    uri = store.send(GetVersionDownloadUri(name="m", version="3"))
    assert uri.endswith(f"/41/{RUN}/artifacts/model")
    assert store.send(CreateModelVersion(name="m", source=f"runs:/{RUN}/model")).version == "6"


def test_versions_go_beside_those_that_are_there(store: Store) -> None:
    place(store, experiment())
    store.send(ImportRuns(experiment_id="41", runs=[WholeRun(whole_run())]))
    store.send(CreateRegisteredModel(name="m", description="mine"))
    own = store.send(CreateModelVersion(name="m", source=f"runs:/{RUN}/model"))
    model = RegisteredModel("m", 5, 6, "theirs", [], [], [RegisteredModelAlias("dev", "1")])
    ask = ImportRegisteredModel(model=model, versions=[version("1"), version("7")], last_version=9)
    for outcome in (Outcome.NEW, Outcome.UPDATED):
        placed = store.send(ask).placed
        assert [(each.id, each.outcome) for each in placed] == [("2", outcome), ("7", outcome)]
    (back,) = store.send(ImportRegisteredModel(model=RegisteredModel("m", 5, 6), versions=[own])).placed
    assert (back.id, back.outcome) == ("1", Outcome.KEPT)  # it came from here
    there = store.send(GetRegisteredModel(name="m"))
    assert (there.description, there.aliases) == ("mine", {"dev": "2"})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"version": "one"}, "must be a whole number"),
        ({"current_stage": "Nowhere"}, "Invalid stage"),
        ({"source": "mlflow-artifacts:/../x"}, "not allowed"),
        ({"description": "\x00"}, "NUL"),
    ],
)
def test_bad_versions_are_refused(store: Store, change: dict[str, str], says: str) -> None:
    model = RegisteredModel("m", 5, 6)
    with pytest.raises(Invalid, match=says):
        store.send(ImportRegisteredModel(model=model, versions=[version("1", **change)]))
    with pytest.raises(NotFound):
        store.send(GetRegisteredModel(name="m"))
