"""Sample data that touches every table, and everything read back from a store as plain JSON."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from flowmill.entities.dataset import Dataset, DatasetInput, InputTag
from flowmill.entities.experiment import ExperimentTag
from flowmill.entities.metric import Metric
from flowmill.entities.model import LoggedModelParameter, LoggedModelTag, UploadStatus
from flowmill.entities.registry import ModelVersionTag, RegisteredModelTag
from flowmill.entities.run import LoggedModelInput, LoggedModelOutput, Param, RunStatus, RunTag, ViewType
from flowmill.store.base import AnyRequest, Store
from flowmill.wire.codec import encode_answer
from flowmill.wire.contract import OPERATIONS
from flowmill.wire.experiments import CreateExperiment, DeleteExperiment, GetExperiment, SearchExperiments
from flowmill.wire.metrics import GetMetricHistory
from flowmill.wire.models import (
    CreateLoggedModel,
    DeleteLoggedModel,
    FinalizeLoggedModel,
    GetLoggedModel,
)
from flowmill.wire.registry import (
    CreateModelVersion,
    CreateRegisteredModel,
    GetModelVersion,
    GetRegisteredModel,
    GetVersionByAlias,
    SetAlias,
    TransitionStage,
)
from flowmill.wire.runs import (
    CreateRun,
    DeleteRun,
    GetRun,
    LogBatch,
    LogInputs,
    LogModel,
    LogOutputs,
    SearchRuns,
    UpdateRun,
)

NAN, INF = float("nan"), float("inf")


def write_sample(store: Store) -> list[AnyRequest]:
    """Write a bit of everything; the requests that read it back."""
    send = store.send
    vision = send(CreateExperiment(name="vision", tags=[ExperimentTag("team", "vision é")]))
    trash = send(CreateExperiment(name="in the trash", artifact_location="mlflow-artifacts:/elsewhere"))
    empty = send(CreateExperiment(name="empty"))
    runs = [
        send(CreateRun(experiment_id=vision, user_id="ada", run_name=f"run {n}", start_time=10**12 + n)).info.run_id
        for n in range(6)
    ]
    lost = send(CreateRun(experiment_id=trash, user_id="bob", start_time=5)).info.run_id
    for number, run_id in enumerate(runs[:5]):
        points = [Metric("loss", 1 / (step + 1 + number), 10**12 + step, step) for step in range(300)]
        send(LogBatch(run_id=run_id, metrics=points))
        send(
            LogBatch(
                run_id=run_id,
                params=[Param("lr", f"1e-{number}"), Param("läng", "x" * 7000), Param("empty", "")],
                tags=[RunTag("k", f"v{number}"), RunTag("mlflow.note.content", "line\nline 'quoted' \\ %")],
            )
        )
    # Values that are easily lost: not finite, negative zero, denormals, extremes of int64, a step logged again.
    odd = [NAN, INF, -INF, -0.0, 5e-324, 1.7976931348623157e308, 0.1]
    send(
        LogBatch(
            run_id=runs[0],
            metrics=[
                *(Metric("odd", value, 10 + step, step) for step, value in enumerate(odd)),
                Metric("odd", 2.5, 99, 3),
                Metric("edge", 1.0, -(2**63), -(2**63)),
                Metric("edge", 2.0, 2**63 - 1, 2**63 - 1),
                *(Metric(f"many/{n}", float(n), 1, 0) for n in range(40)),
            ],
        )
    )
    model = send(
        CreateLoggedModel(
            experiment_id=vision,
            name="tree",
            model_type="classifier",
            source_run_id=runs[0],
            params=[LoggedModelParameter("depth", "3")],
            tags=[LoggedModelTag("stage", "trial")],
        )
    ).model_id
    dropped = send(CreateLoggedModel(experiment_id=vision, name="dropped")).model_id
    send(FinalizeLoggedModel(model_id=model, status=UploadStatus.READY))
    send(DeleteLoggedModel(model_id=dropped))
    data = Dataset("iris", "d1", "local", '{"uri": "iris.csv"}', '{"columns": []}', '{"rows": 150}')
    send(
        LogInputs(
            run_id=runs[1],
            datasets=[DatasetInput(data, [InputTag("mlflow.data.context", "training")])],
            models=[LoggedModelInput(model)],
        )
    )
    send(LogOutputs(run_id=runs[0], models=[LoggedModelOutput(model, 7)]))
    measured = [Metric("accuracy", 0.5 + n / 10, n, n, model, "iris", "d1") for n in range(3)]
    send(LogBatch(run_id=runs[0], metrics=[*measured, Metric("accuracy", NAN, 9, 9, model)]))
    send(LogModel(run_id=runs[2], model_json=json.dumps({"artifact_path": "m", "flavors": {}, "run_id": runs[2]})))
    send(UpdateRun(run_id=runs[0], status=RunStatus.FINISHED, end_time=10**12 + 5000))
    send(UpdateRun(run_id=runs[1], status=RunStatus.FAILED, end_time=10**12 + 6000, run_name="renamed"))
    send(DeleteRun(run_id=runs[5]))
    send(CreateRegisteredModel(name="churn", description="who leaves", tags=[RegisteredModelTag("owner", "ada")]))
    send(CreateRegisteredModel(name="no version yet"))
    send(
        CreateModelVersion(
            name="churn", source=f"models:/{model}", tags=[ModelVersionTag("ok", "yes")], description="first"
        )
    )
    send(CreateModelVersion(name="churn", source=f"runs:/{runs[1]}/model", run_link="http://example.org/run"))
    send(CreateModelVersion(name="churn", source="models:/churn/1"))
    send(TransitionStage(name="churn", version="2", stage="Production"))
    for alias, version in (("champion", "1"), ("next", "2"), ("champion", "3")):
        send(SetAlias(name="churn", alias=alias, version=version))
    send(DeleteExperiment(experiment_id=trash))

    everything: list[AnyRequest] = [GetExperiment(experiment_id=each) for each in ("0", vision, trash, empty)]
    everything += [GetRun(run_id=each) for each in (*runs, lost)]
    everything += [GetMetricHistory(run_id=runs[0], metric_key=key) for key in ("loss", "odd", "edge", "accuracy")]
    everything += [GetMetricHistory(run_id=run_id, metric_key="loss") for run_id in runs[1:]]
    everything += [GetLoggedModel(model_id=model), GetLoggedModel(model_id=dropped, allow_deleted=True)]
    everything += [GetRegisteredModel(name=name) for name in ("churn", "no version yet")]
    everything += [GetModelVersion(name="churn", version=version) for version in ("1", "2", "3")]
    everything += [GetVersionByAlias(name="churn", alias=alias) for alias in ("champion", "next")]
    everything += [SearchExperiments(view_type=ViewType.ALL)]
    everything += [SearchRuns(experiment_ids=[vision, trash], run_view_type=ViewType.ALL)]
    everything += [SearchRuns(experiment_ids=[vision], filter="metrics.loss < 0.01 AND tags.k = 'v1'")]
    return everything


def recorded(store: Store, requests: list[AnyRequest]) -> list[dict[str, Any]]:
    """Each request as JSON with its answer."""
    return [
        {"operation": type(ask).__name__, "fields": msgspec.to_builtins(ask), "answer": answer_of(store, ask)}
        for ask in requests
    ]


def answer_of(store: Store, ask: AnyRequest) -> Any:
    """What a store answers, as the JSON of the wire."""
    return json.loads(encode_answer(OPERATIONS[type(ask)], store.send(ask)))


def request_of(record: dict[str, Any]) -> AnyRequest:
    """The request of a record."""
    kinds = {kind.__name__: kind for kind in OPERATIONS}
    return msgspec.convert(record["fields"], kinds[record["operation"]])


def lost_of(record: Any, now: Any, place: str = "") -> list[str]:
    """Where a record says something that is not there now. What is there in addition is no loss."""
    if isinstance(record, dict) and isinstance(now, dict):
        return [
            problem
            for key, value in record.items()
            for problem in (
                lost_of(value, now[key], f"{place}/{key}") if key in now else [f"{place}/{key} is missing: {value!r}"]
            )
        ]
    if isinstance(record, list) and isinstance(now, list):
        if len(record) != len(now):
            return [f"{place} has {len(now)} items, recorded were {len(record)}"]
        return [problem for n, (one, other) in enumerate(zip(record, now, strict=True))
                for problem in lost_of(one, other, f"{place}/{n}")]  # fmt: skip
    return [] if record == now and type(record) is type(now) else [f"{place} is {now!r}, recorded was {record!r}"]
