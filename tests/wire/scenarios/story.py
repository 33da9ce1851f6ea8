"""The story of a first week with MLflow, as a client script: ``python story.py http://127.0.0.1:5000``.

It is run by the real MLflow client, through the recording proxy to make the golden files and straight at
Flowmill's server to prove that an unmodified client is content. It prints what it read back, as JSON, so
that two servers can be compared.
"""

from __future__ import annotations

import json
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException
from mlflow.models import infer_signature
from mlflow.tracking import MlflowClient
from sklearn import datasets
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split

ADDRESS = sys.argv[1]
SEEN: dict[str, Any] = {}


def mark(name: str) -> None:
    """Name what follows, where a recorder listens."""
    if "--recorded" in sys.argv:
        with urllib.request.urlopen(f"{ADDRESS}/recorder/label/{name}"):
            pass


X, y = datasets.load_iris(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=42)


def log_run(max_iter: int, place: dict[str, str], register: bool) -> Any:
    """One run of the story; `place` is artifact_path= or name=."""
    params = {"solver": "lbfgs", "max_iter": max_iter, "random_state": 8888}
    lr = LogisticRegression(**params)
    lr.fit(X_train, y_train)
    accuracy = accuracy_score(y_test, lr.predict(X_test))
    with mlflow.start_run() as run:
        mlflow.log_params(params)
        mlflow.log_metric("accuracy", accuracy)
        mlflow.set_tag("Training Info", "Basic LR model for iris data")
        signature = infer_signature(X_train, lr.predict(X_train))
        model_info = mlflow.sklearn.log_model(
            sk_model=lr,
            signature=signature,
            input_example=X_train,
            registered_model_name="tracking-quickstart" if register else None,
            **place,
        )
    return run, model_info


mark("set-experiment")
mlflow.set_tracking_uri(uri=ADDRESS)
mlflow.set_experiment("MLFLOW Quickstart")

mark("first-run")
first, first_model = log_run(1000, {"artifact_path": "iris_model"}, register=True)

mark("second-run")
mlflow.set_experiment("MLFLOW Quickstart")
second, second_model = log_run(5, {"name": "iris_model"}, register=True)

mark("unregistered-run")
third, third_model = log_run(50, {"artifact_path": "iris_model"}, register=False)

mark("load-by-run")
loaded = mlflow.pyfunc.load_model(f"runs:/{third.info.run_id}/iris_model")
SEEN["input_example_shape"] = list(np.asarray(loaded.input_example).shape)
mark("load-by-model-uri")
loaded = mlflow.pyfunc.load_model(third_model.model_uri)
SEEN["predictions"] = [int(value) for value in loaded.predict(X_test)]
mark("get-model-info")
SEEN["model_info_flavors"] = sorted(mlflow.models.get_model_info(third_model.model_uri).flavors)

client = MlflowClient()
mark("register-by-client")
version = mlflow.register_model(f"runs:/{third.info.run_id}/iris_model", "tracking-quickstart")
SEEN["third_version"] = int(version.version)
mark("registry-edits")
client.update_registered_model("tracking-quickstart", description="The first model.")
client.set_registered_model_tag("tracking-quickstart", "task", "classification")
client.set_model_version_tag("tracking-quickstart", "3", "validated", "yes")
client.update_model_version("tracking-quickstart", "3", description="Fifty iterations.")
client.set_registered_model_alias("tracking-quickstart", "champion", "3")
client.set_registered_model_alias("tracking-quickstart", "previous", "1")
client.set_registered_model_alias("tracking-quickstart", "previous", "2")
mark("registry-reads")
model = client.get_registered_model("tracking-quickstart")
SEEN["registered_model"] = {
    "description": model.description,
    "tags": dict(model.tags),
    "aliases": dict(model.aliases),
    "latest": [int(v.version) for v in model.latest_versions],
}
by_alias = client.get_model_version_by_alias("tracking-quickstart", "champion")
SEEN["champion"] = [int(by_alias.version), dict(by_alias.tags), list(by_alias.aliases), by_alias.status]
mark("load-latest")
SEEN["latest_class"] = type(mlflow.sklearn.load_model("models:/tracking-quickstart/latest")).__name__
mark("load-version")
mlflow.sklearn.load_model("models:/tracking-quickstart/3")
mark("load-alias")
mlflow.sklearn.load_model("models:/tracking-quickstart@champion")

mark("search-runs")
runs = client.search_runs([first.info.experiment_id], order_by=["metrics.accuracy DESC", "start_time ASC"])
SEEN["runs_by_accuracy"] = [run.data.params["max_iter"] for run in runs]
frame = mlflow.search_runs(filter_string="params.max_iter = '5'")
SEEN["frame_columns"] = sorted(frame.columns)
SEEN["frame_rows"] = len(frame)
page = client.search_runs([first.info.experiment_id], max_results=2)
SEEN["page"] = [len(page), bool(page.token)]
rest = client.search_runs([first.info.experiment_id], max_results=2, page_token=page.token)
SEEN["rest"] = [len(rest), bool(rest.token)]
tagged = client.search_runs([first.info.experiment_id], "tags.`Training Info` LIKE 'Basic%' and metrics.accuracy > 0.5")
SEEN["tagged"] = len(tagged)

mark("get-run")
got = client.get_run(first.info.run_id)
SEEN["run"] = {
    "params": dict(got.data.params),
    "metrics": sorted(got.data.metrics),
    "own_tags": {k: v for k, v in got.data.tags.items() if not k.startswith("mlflow.")},
    "mlflow_tags": sorted(k for k in got.data.tags if k.startswith("mlflow.")),
    "status": got.info.status,
    "stage": got.info.lifecycle_stage,
    "models": len(got.outputs.model_outputs),
}

mark("metric-series")
with mlflow.start_run(run_name="curves") as curves:
    for step in range(3):
        mlflow.log_metric("loss", 1.0 / (step + 1), step=step)
    mlflow.log_metrics({"loss": 0.2, "accuracy": 0.5}, step=3)
mark("log-batch")
run_id = curves.info.run_id
client.log_batch(
    run_id,
    metrics=[Metric("loss", 0.1, 1700000000000, 4), Metric("loss", 0.05, 1700000000001, 5)]
    + [Metric(f"layer.{i}/norm", float(i), 1700000000000, 0) for i in range(3)],
    params=[Param("epochs", "6"), Param("optimizer", "sgd")],
    tags=[RunTag("team", "blue"), RunTag("note", "")],
)
mark("special-values")
client.log_metric(run_id, "not-a-number", float("nan"), timestamp=1700000000000)
client.log_metric(run_id, "above-all", float("inf"), timestamp=1700000000000)
client.log_metric(run_id, "below-all", float("-inf"), timestamp=1700000000000)
client.log_metric(run_id, "minus-zero", -0.0, timestamp=1700000000000)
client.log_metric(run_id, "tiny", 5e-324, timestamp=1700000000000)
client.log_metric(run_id, "whole", 3, timestamp=1700000000000, step=-2)
mark("get-history")
SEEN["loss"] = [[m.step, m.value] for m in client.get_metric_history(run_id, "loss")]
SEEN["nan"] = [repr(m.value) for m in client.get_metric_history(run_id, "not-a-number")]
SEEN["inf"] = [repr(m.value) for m in client.get_metric_history(run_id, "above-all")]
SEEN["empty_history"] = len(client.get_metric_history(run_id, "never-logged"))
SEEN["latest"] = {k: repr(v) for k, v in sorted(client.get_run(run_id).data.metrics.items())}

mark("async-logging")
with mlflow.start_run(run_name="async") as quick:
    sent = [mlflow.log_metric("loss", float(step), step=step, synchronous=False) for step in range(5)]
    sent.append(mlflow.log_params({"a": 1, "b": 2}, synchronous=False))
    for operation in sent:
        operation.wait()
SEEN["async"] = [
    len(client.get_metric_history(quick.info.run_id, "loss")),
    client.get_run(quick.info.run_id).data.params,
]

mark("nested-runs")
with mlflow.start_run(run_name="parent") as parent, mlflow.start_run(run_name="child", nested=True) as child:
    mlflow.log_param("fold", 1)
SEEN["child_of"] = client.get_run(child.info.run_id).data.tags["mlflow.parentRunId"] == parent.info.run_id

mark("failed-run")
try:
    with mlflow.start_run(run_name="fails") as failing:
        raise ValueError("as planned")
except ValueError:
    SEEN["failed"] = client.get_run(failing.info.run_id).info.status

mark("tags")
client.set_tag(run_id, "team", "green")
client.delete_tag(run_id, "note")
SEEN["team"] = client.get_run(run_id).data.tags["team"]
mark("rename-run")
client.update_run(run_id, name="loss curves")
client.set_terminated(run_id, "KILLED")
SEEN["renamed"] = [client.get_run(run_id).info.run_name, client.get_run(run_id).info.status]

mark("artifacts")
with tempfile.TemporaryDirectory() as folder, mlflow.start_run(run_id=run_id):
    (Path(folder) / "notes.txt").write_text("hello\n", encoding="utf-8")
    (Path(folder) / "empty.bin").write_bytes(b"")
    mlflow.log_artifact(f"{folder}/notes.txt")
    mlflow.log_artifact(f"{folder}/notes.txt", artifact_path="deep/er")
    mlflow.log_artifacts(folder, artifact_path="folder")
    mlflow.log_text("# Title", "texts/read me.md")
    mlflow.log_dict({"a": [1, 2]}, "config.json")
    mlflow.log_dict({"a": [1, 2]}, "config.yaml")
mark("artifacts-read")
SEEN["artifacts"] = [[f.path, f.is_dir, f.file_size] for f in client.list_artifacts(run_id)]
SEEN["artifacts_deep"] = [[f.path, f.is_dir, f.file_size] for f in client.list_artifacts(run_id, "folder")]
SEEN["text"] = mlflow.artifacts.load_text(f"runs:/{run_id}/texts/read me.md")
with tempfile.TemporaryDirectory() as folder:
    tree = Path(mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="folder", dst_path=folder))
    SEEN["downloaded"] = sorted(p.name for p in tree.iterdir())
SEEN["model_artifacts"] = sorted(f.path for f in client.list_artifacts(third.info.run_id, "iris_model"))

mark("logged-models")
SEEN["logged_models"] = sorted(m.name for m in mlflow.search_logged_models(output_format="list"))
logged = mlflow.get_logged_model(third_model.model_id)
SEEN["logged_model"] = [
    logged.name,
    str(logged.status),
    logged.source_run_id == third.info.run_id,
    dict(logged.params),
]
mlflow.set_logged_model_tags(third_model.model_id, {"stage": "candidate"})
mlflow.delete_logged_model_tag(third_model.model_id, "stage")
with mlflow.start_run(run_id=run_id):
    mlflow.log_metric("accuracy", 0.75, step=9, model_id=third_model.model_id)
SEEN["model_metrics"] = [[m.key, m.value] for m in mlflow.get_logged_model(third_model.model_id).metrics]

mark("experiments")
experiment_id = client.create_experiment("second experiment", tags={"owner": "me"})
client.set_experiment_tag(experiment_id, "team", "blue")
client.rename_experiment(experiment_id, "renamed experiment")
SEEN["experiment"] = [client.get_experiment(experiment_id).name, client.get_experiment(experiment_id).tags]
SEEN["experiment_by_name"] = client.get_experiment_by_name("renamed experiment").experiment_id == experiment_id
SEEN["no_experiment"] = client.get_experiment_by_name("nowhere") is None
SEEN["experiments"] = [e.name for e in client.search_experiments(order_by=["name ASC"])]
SEEN["experiments_filtered"] = [e.name for e in client.search_experiments(filter_string="name LIKE 'MLFLOW%'")]
mark("experiments-delete")
client.delete_experiment(experiment_id)
SEEN["experiments_deleted"] = [
    e.name for e in client.search_experiments(view_type=mlflow.entities.ViewType.DELETED_ONLY)
]
client.restore_experiment(experiment_id)
mark("runs-delete")
client.delete_run(run_id)
SEEN["deleted_stage"] = client.get_run(run_id).info.lifecycle_stage
SEEN["deleted_runs"] = len(
    client.search_runs([first.info.experiment_id], run_view_type=mlflow.entities.ViewType.DELETED_ONLY)
)
client.restore_run(run_id)

mark("registry-search")
SEEN["versions"] = [int(v.version) for v in client.search_model_versions("name = 'tracking-quickstart'")]
SEEN["versions_of_run"] = len(client.search_model_versions(f"run_id = '{third.info.run_id}'"))
SEEN["models"] = [m.name for m in client.search_registered_models()]
SEEN["latest_versions"] = [int(v.version) for v in client.get_latest_versions("tracking-quickstart")]
mark("registry-uri")
client.get_model_version_download_uri("tracking-quickstart", "3")
mark("registry-delete")
client.delete_registered_model_alias("tracking-quickstart", "previous")
client.delete_model_version_tag("tracking-quickstart", "3", "validated")
client.delete_registered_model_tag("tracking-quickstart", "task")
client.transition_model_version_stage("tracking-quickstart", "1", "Archived")
client.delete_model_version("tracking-quickstart", "1")
client.rename_registered_model("tracking-quickstart", "iris")
SEEN["after_rename"] = [int(v.version) for v in client.search_model_versions("name = 'iris'")]
client.create_registered_model("another", tags={"a": "b"}, description="A second one.")
client.delete_registered_model("another")

mark("errors")


def refused(name: str, call: Any, *arguments: Any, **named: Any) -> None:
    """Write down the error code of a call that must fail."""
    try:
        call(*arguments, **named)
    except MlflowException as error:
        SEEN[f"error_{name}"] = error.error_code
    else:
        SEEN[f"error_{name}"] = "none"


refused("unknown_run", client.get_run, "0" * 32)
refused("unknown_experiment", client.get_experiment, "987654")
refused("second_param_value", client.log_param, run_id, "epochs", "7")
refused("duplicate_experiment", client.create_experiment, "MLFLOW Quickstart")
refused("unknown_model", mlflow.sklearn.load_model, "models:/nobody/1")
refused("unknown_version", client.get_model_version, "iris", "77")
refused("unknown_alias", client.get_model_version_by_alias, "iris", "nobody")
refused("bad_filter", client.search_runs, [first.info.experiment_id], "metrics.accuracy >> 1")

print(json.dumps(SEEN))
