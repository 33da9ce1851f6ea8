"""Entities made, shown, told as messages and taken back, whichever MLflow this is; prints one JSON object."""

import inspect
import json
import warnings

warnings.simplefilter("ignore")

from mlflow.entities import (  # noqa: E402
    Dataset,
    DatasetInput,
    Experiment,
    ExperimentTag,
    FileInfo,
    InputTag,
    LoggedModel,
    LoggedModelInput,
    LoggedModelOutput,
    LoggedModelParameter,
    LoggedModelStatus,
    LoggedModelTag,
    Metric,
    Param,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunOutputs,
    RunTag,
    SourceType,
    ViewType,
    Webhook,
    WebhookEvent,
    WebhookStatus,
    WebhookTestResult,
)
from mlflow.entities.model_registry import (  # noqa: E402
    ModelVersion,
    ModelVersionDeploymentJobState,
    ModelVersionTag,
    RegisteredModel,
    RegisteredModelAlias,
    RegisteredModelDeploymentJobState,
    RegisteredModelTag,
)
from mlflow.exceptions import MlflowException  # noqa: E402

metric, param, tag = Metric("k", 1.5, 2, 3), Param("a", "b"), RunTag("t", "v")
info = RunInfo("r", "0", "u", "RUNNING", 1, None, "active", "file:///x", "name")
data = RunData([metric], [param], [tag])
used = DatasetInput(Dataset("n", "d", "st", "s", schema="{}"), [InputTag("a", "b")])
run = Run(
    run_info=info,
    run_data=data,
    run_inputs=RunInputs([used], [LoggedModelInput("m-1")]),
    run_outputs=RunOutputs([LoggedModelOutput("m-1", 3)]),
)
version = ModelVersion(
    "n", "1", 1, 2, "d", "u", "None", "s", "r", "READY", tags=[ModelVersionTag("a", "b")], run_link="l", aliases=["x"]
)
made = {
    "metric": metric,
    "metric of a dataset": Metric("k", -0.5, 2, 3, dataset_name="n", dataset_digest="d", model_id="m-1", run_id="r"),
    "param": param,
    "run tag": tag,
    "experiment tag": ExperimentTag("a", "b"),
    "run info": info,
    "run info by name": RunInfo(
        run_id="r",
        experiment_id="0",
        user_id="u",
        status="FINISHED",
        start_time=1,
        end_time=2,
        lifecycle_stage="deleted",
        artifact_uri="x",
        run_name="n",
    ),
    "run data": data,
    "no run data": RunData(),
    "dataset": used.dataset,
    "dataset input": used,
    "run": run,
    "run inputs": run.inputs,
    "run outputs": run.outputs,
    "experiment": Experiment("0", "n", "l", "active", [ExperimentTag("a", "b")], 1, 2),
    "experiment by name": Experiment(
        experiment_id="0",
        name="n",
        artifact_location="l",
        lifecycle_stage="deleted",
        creation_time=1,
        last_update_time=2,
    ),
    "model": LoggedModel("0", "m-1", "n", "l", 1, 2, "t", "r", LoggedModelStatus.PENDING, "s", {"a": "b"}, {"p": "1"}),
    "model input": LoggedModelInput("m-1"),
    "model output": LoggedModelOutput("m-1", 3),
    "model tag": LoggedModelTag("a", "b"),
    "model parameter": LoggedModelParameter("a", "b"),
    "version": version,
    "version tag": ModelVersionTag("a", "b"),
    "alias": RegisteredModelAlias("x", "1"),
    "registered": RegisteredModel(
        "n", 1, 2, "d", [version], [RegisteredModelTag("a", "b")], [RegisteredModelAlias("x", "1")], "j", "CONNECTED"
    ),
    "job": ModelVersionDeploymentJobState("j", "r", "CONNECTED", "RUNNING", "t"),
    "file": FileInfo("p", False, 3),
    "folder": FileInfo("p", True, None),
    "webhook": Webhook("1", "n", "https://a", [WebhookEvent("model_version", "created")], 1, 2, "d"),
    "webhook test": WebhookTestResult(True, 200, "b"),
    "event": WebhookEvent("model_version_tag", "set"),
}


def told(ask):
    try:
        return ask()
    except MlflowException:
        return "MlflowException"
    except Exception as error:
        return type(error).__name__


def of(value):
    message = value.to_proto()
    back = type(value).from_proto(message)
    return {
        "shown": repr(value),
        "fields": told(lambda: {name: json.dumps(each, default=repr) for name, each in dict(value).items()}),
        "message": sorted(str(message).splitlines()),
        "set": told(lambda: [name for name in ("run_id", "end_time", "tags", "key") if message.HasField(name)]),
        "back": repr(back),
        "same": back == value or repr(back) == repr(value),
        "dictionary": told(lambda: repr(type(value).from_dictionary(dict(value)))),
    }


found = {name: of(value) for name, value in made.items()}
found["parameters"] = {
    kind.__name__: list(inspect.signature(kind).parameters)
    for kind in (Run, RunData, RunInfo, Experiment, LoggedModel, ModelVersion, RegisteredModel, Metric, FileInfo)
}
found["words"] = {
    "views": [ViewType.to_string(ViewType.from_proto(ViewType.to_proto(number))) for number in (1, 2, 3)],
    "model": [[each.name, each.to_proto()] for each in map(LoggedModelStatus.from_proto, range(4))],
    "webhook": [[each.name, each.to_proto()] for each in map(WebhookStatus.from_proto, (1, 2))],
    "sources": SourceType.SOURCETYPE_TO_STRING,
    "jobs": [
        [state, RegisteredModelDeploymentJobState.to_string(state)]
        for state in RegisteredModelDeploymentJobState.all_states()
    ],
}
message = run.to_proto()
message.info.run_name = "other"
message.data.tags.add(key="new", value="v")
again = Run.from_proto(message)
found["changed"] = [again.info.run_name, again.data.tags, message.info.status, len(message.data.metrics)]
found["wrong"] = [told(lambda: Run(info)), told(lambda: Run(None, data)), told(lambda: LoggedModel("0"))]
print(json.dumps(found))
