"""Logs to the stores of the package beside; prints one JSON object."""

import json
import sys
from pathlib import Path

import mlflow

folder = Path(sys.argv[1])
mlflow.set_tracking_uri(f"desk://{folder}/desk")
mlflow.set_experiment("on a desk")
client = mlflow.MlflowClient()
with mlflow.start_run(run_name="first") as run:
    mlflow.log_param("lr", 0.1)
    for step in range(3):
        mlflow.log_metric("loss", 1.0 / (step + 1), step=step)
    mlflow.log_metrics({"a": 1.0, "b": 2.0})
    mlflow.set_tag("colour", "blue")
    mlflow.log_text("hello", "words.txt")
run_id = run.info.run_id
try:
    with mlflow.start_run():
        raise KeyError("lost")
except KeyError:
    pass


def refusal(call):
    try:
        call()
    except Exception as error:
        return str(error)


done = client.get_run(run_id)
client.create_registered_model("churn")
made = client.create_model_version("churn", "models:/somewhere", None)
client.set_registered_model_alias("churn", "best", made.version)
trained = client.create_logged_model(done.info.experiment_id, "tree", run_id, params={"depth": "3"}, model_type="x")
client.create_logged_model(done.info.experiment_id, "ash", run_id)
ready = client.finalize_logged_model(trained.model_id, "READY")
found = client.search_logged_models([done.info.experiment_id], order_by=[{"field_name": "name", "ascending": False}])
seen = {
    "logged": (ready.name, str(ready.status), ready.params, ready.source_run_id == run_id),
    "models": [(each.name, str(each.status)) for each in found],
    "name": done.info.run_name,
    "status": done.info.status,
    "ended": done.info.end_time >= done.info.start_time,
    "metrics": done.data.metrics,
    "params": done.data.params,
    "colour": done.data.tags["colour"],
    "history": [(point.step, point.value) for point in client.get_metric_history(run_id, "loss")],
    "all": sorted(each.info.status for each in mlflow.search_runs(output_format="list")),
    "experiments": [each.name for each in mlflow.search_experiments()],
    "text": mlflow.artifacts.load_text(f"runs:/{run_id}/words.txt"),
    "best": client.get_model_version_by_alias("churn", "best").source,
    "missing": refusal(lambda: client.get_run("0" * 32)),
    "model": refusal(lambda: client.get_registered_model("nothing")),
    "fire": refusal(lambda: mlflow.search_runs(filter_string="boom", output_format="list")),
    "unable": refusal(lambda: client.delete_registered_model("churn")),
}
print(json.dumps(seen))
