"""Run with the real MLflow of any version: fill the store at MLFLOW_TRACKING_URI with one of everything.

What a version does not have (datasets before 2.4, aliases before 2.3, logged models before 3) is left out.
Prints the names of what it made as JSON.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import mlflow
from mlflow.entities import Metric, Param, RunTag
from mlflow.tracking import MlflowClient

client = MlflowClient()
made: dict[str, object] = {"version": mlflow.__version__}


def artifact(run_id: str, path: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / Path(path).name
        file.write_bytes(content)
        client.log_artifact(run_id, str(file), str(Path(path).parent) if "/" in path else None)


# An experiment with runs of every state.
churn = client.create_experiment("churn", tags={"team": "growth", "empty": ""}) if mlflow.__version__ > "1.1" else None
client.set_experiment_tag(churn, "mlflow.note.content", "Wer geht?\nÜber *Kündigungen*.")
full = client.create_run(churn, start_time=1_600_000_000_123, run_name="ganz ünïcode 🚀")
run_id = full.info.run_id
odd = [float("nan"), float("inf"), float("-inf"), -0.0, 5e-324, 0.1 + 0.2, 1e308, 12345678.9]
client.log_batch(
    run_id,
    [Metric("odd", value, 1_600_000_000_000 + step, step) for step, value in enumerate(odd)],
    [Param("rate", "0.1"), Param("layers/0/width", "64"), Param("text", "zwei\nZeilen: 'ja'")],
    [RunTag("note", "a\nb"), RunTag("mlflow.user", "ada"), RunTag("mlflow.source.name", "train.py")],
)
client.log_batch(run_id, [Metric("loss", 1 / (n + 1), 1_600_000_000_000 + n, n) for n in range(250)])
client.log_batch(run_id, [Metric("layer.0/norm x", float(n), 1_600_000_000_500, -n) for n in range(3)])
for value in (0.5, 0.5, 0.7):  # the same step again
    client.log_metric(run_id, "again", value, timestamp=1_600_000_000_777, step=3)
artifact(run_id, "notes.txt", "Grüße\n".encode())
artifact(run_id, "deep/er/blob.bin", bytes(range(256)) * 20)
artifact(run_id, "deep/empty.bin", b"")
client.set_terminated(run_id, "FINISHED", end_time=1_600_000_009_999)
child = client.create_run(
    churn, start_time=1_600_000_001_000, tags={"mlflow.parentRunId": run_id, "mlflow.user": "bob"}
)
client.log_param(child.info.run_id, "rate", "0.2")
client.log_metric(child.info.run_id, "loss", 0.25, timestamp=1_600_000_001_500, step=0)
client.set_terminated(child.info.run_id, "FAILED", end_time=1_600_000_002_000)
running = client.create_run(churn, start_time=1_600_000_003_000)
deleted_run = client.create_run(churn, start_time=1_600_000_004_000)
client.log_metric(deleted_run.info.run_id, "loss", 9.0, timestamp=1_600_000_004_500, step=1)
artifact(deleted_run.info.run_id, "kept.txt", b"still here")
client.delete_run(deleted_run.info.run_id)
made["runs"] = [run_id, child.info.run_id, running.info.run_id, deleted_run.info.run_id]

# The experiment that is always there, and one in the trash.
default = client.create_run("0", start_time=1_600_000_005_000)
client.log_metric(default.info.run_id, "loss", 3.0, timestamp=1, step=0)
gone = client.create_experiment("gone")
lost = client.create_run(gone, start_time=1_600_000_006_000)
client.log_param(lost.info.run_id, "p", "1")
client.delete_experiment(gone)
made["experiments"] = [churn, gone]

# What a run used.
if hasattr(client, "log_inputs"):
    from mlflow.entities import Dataset, DatasetInput, InputTag

    data = Dataset(
        "customers", "abc123", "http", '{"url": "http://example.org/a.csv"}', '{"columns": []}', '{"rows": 3}'
    )
    client.log_inputs(run_id, [DatasetInput(tags=[InputTag("mlflow.data.context", "training")], dataset=data)])
    other = Dataset("customers", "def456", "local", '{"uri": "b.csv"}')
    client.log_inputs(child.info.run_id, [DatasetInput(tags=[], dataset=other), DatasetInput(tags=[], dataset=data)])

# Logged models.
sources = [f"runs:/{run_id}/deep", f"runs:/{run_id}/deep", f"runs:/{child.info.run_id}/model"]
model_ids: list[str] = []
if hasattr(client, "create_logged_model"):
    from mlflow.entities import LoggedModelInput, LoggedModelOutput

    model = client.create_logged_model(churn, "forest", run_id, {"kind": "tree"}, {"depth": "4"}, "classifier")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "sub").mkdir()
        (Path(folder) / "MLmodel").write_text(f"flavors: {{}}\nmodel_id: {model.model_id}\n")
        (Path(folder) / "sub" / "weights.bin").write_bytes(b"\x00\x01weights")
        client.log_model_artifacts(model.model_id, folder)
    client.finalize_logged_model(model.model_id, "READY")
    client.log_outputs(run_id, [LoggedModelOutput(model.model_id, 7)])
    client.log_inputs(child.info.run_id, models=[LoggedModelInput(model.model_id)])
    client.log_metric(run_id, "auc", 0.75, timestamp=1_600_000_000_800, step=7, model_id=model.model_id,
                      dataset_name="customers", dataset_digest="abc123")  # fmt: skip
    client.log_metric(run_id, "auc", 0.5, timestamp=1_600_000_000_900, step=8, model_id=model.model_id)
    failed = client.create_logged_model(churn, "broken", run_id)
    client.finalize_logged_model(failed.model_id, "FAILED")
    removed = client.create_logged_model(churn, "removed", run_id)
    client.delete_logged_model(removed.model_id)
    model_ids = [model.model_id, failed.model_id]
    sources[1] = f"models:/{model.model_id}"
made["models"] = model_ids

# The registry. MLflow's file store has one from 2.0 on.
try:
    client.create_registered_model("churn-model", {"owner": "ada"}, "Who *leaves*")
    has_registry = True
except mlflow.exceptions.MlflowException as error:
    has_registry = False
    made["no registry"] = str(error)[:200]
if has_registry:
    place = client.get_run(run_id).info.artifact_uri
    for number, source in enumerate(sources):
        origin = f"{place}/deep" if source.startswith("runs:") else source
        extra = {"model_id": model_ids[0]} if source.startswith("models:") else {}
        client.create_model_version(
            "churn-model", origin, run_id, tags={"n": str(number)}, description=f"No {number}", await_creation_for=None,
            **extra,
        )  # fmt: skip
    client.delete_model_version("churn-model", "3")
    client.create_model_version("churn-model", f"{place}/deep", run_id, await_creation_for=None)  # 3 or 4
    client.transition_model_version_stage("churn-model", "1", "Production")
    client.transition_model_version_stage("churn-model", "2", "Staging")
    if hasattr(client, "set_registered_model_alias"):
        client.set_registered_model_alias("churn-model", "champion", "2")
        client.set_registered_model_alias("churn-model", "dev", "1")
    client.create_registered_model("no-versions")
    client.create_registered_model("Größe 2")

if "--traces" in sys.argv:

    @mlflow.trace
    def work(x: int) -> int:
        return x + 1

    mlflow.set_experiment("churn")
    work(1)
    work(2)
    mlflow.flush_trace_async_logging()
print(json.dumps(made))
