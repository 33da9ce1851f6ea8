"""``python export_import.py FROM TO``: copy an experiment with mlflow-export-import and export a registered model.

FROM and TO are addresses of servers. The tool's commands run in this process, as they are; what both servers
say afterwards is printed as JSON. The tool cannot import a registered model into a server that keeps the
artifacts itself: it looks for the model's files on the machine that it runs on.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
from click.testing import CliRunner
from sklearn.linear_model import LinearRegression

SOURCE, TARGET = sys.argv[1:3]
X = np.arange(8.0).reshape(4, 2)


def tool(name: str, address: str, *options: str) -> None:
    """Run a command of the tool against a server."""
    os.environ["MLFLOW_TRACKING_URI"] = address
    mlflow.set_tracking_uri(address)
    (command,) = entry_points(group="console_scripts", name=name)
    done = CliRunner().invoke(command.load(), list(options))
    if done.exit_code or "Traceback" in done.output:
        raise SystemExit(f"{name} {' '.join(options)}: {done.output}\n{done.exception!r}")


def fill() -> None:
    """An experiment with two runs and a model of one version."""
    mlflow.set_tracking_uri(SOURCE)
    mlflow.set_experiment("to copy")
    mlflow.set_experiment_tag("owner", "ada")
    for name in ("one", "two"):
        with mlflow.start_run(run_name=name, tags={"kind": "copied"}):
            mlflow.log_params({"p": name, "long": "x" * 400})
            for step in range(5):
                mlflow.log_metric("loss", 1 / (step + 1), step=step, timestamp=1_700_000_000_000 + step)
            mlflow.log_input(mlflow.data.from_numpy(X, name="numbers"), context="training")
            mlflow.log_text("hello", "notes/hello.txt")
            if name == "one":
                model = LinearRegression().fit(X, X[:, 0])
                mlflow.sklearn.log_model(model, artifact_path="linear", registered_model_name="Copied")
    client = mlflow.MlflowClient()
    client.update_registered_model("Copied", "To be copied.")
    client.set_registered_model_tag("Copied", "task", "regression")
    client.set_model_version_tag("Copied", "1", "checked", "yes")
    client.set_registered_model_alias("Copied", "best", "1")
    client.transition_model_version_stage("Copied", "1", "Production")


def told(address: str, experiment: str) -> Any:
    """What a server says about an experiment and its runs."""
    mlflow.set_tracking_uri(address)
    client = mlflow.MlflowClient(address)
    kept = client.get_experiment_by_name(experiment)
    runs = client.search_runs([kept.experiment_id], order_by=["attributes.run_name"])
    return {
        "experiment": {key: value for key, value in kept.tags.items() if not key.startswith("mlflow")},
        "runs": [
            [
                run.info.run_name, run.info.status, run.data.params, run.data.metrics, run.data.tags["kind"],
                [[m.step, m.value, m.timestamp] for m in client.get_metric_history(run.info.run_id, "loss")],
                [each.dataset.digest for each in run.inputs.dataset_inputs],
                sorted(f.path for f in client.list_artifacts(run.info.run_id, "notes")),
            ]
            for run in runs
        ],
        "prediction": np.round(mlflow.sklearn.load_model(f"runs:/{runs[0].info.run_id}/linear").predict(X), 6).tolist(),
    }  # fmt: skip


def exported() -> Any:
    """What the tool wrote about the registered model."""
    model = json.loads(Path("model/model.json").read_text(encoding="utf-8"))["mlflow"]["registered_model"]
    return [
        model["name"], model["description"], model["tags"], model["aliases"],
        [[v["version"], v["current_stage"], v["tags"]] for v in model["versions"]],
    ]  # fmt: skip


fill()
tool("export-experiment", SOURCE, "--experiment", "to copy", "--output-dir", "experiment")
tool("export-model", SOURCE, "--model", "Copied", "--output-dir", "model")
tool("import-experiment", TARGET, "--experiment-name", "copied", "--input-dir", "experiment")
print(json.dumps({"source": told(SOURCE, "to copy"), "target": told(TARGET, "copied"), "model": exported()}))
