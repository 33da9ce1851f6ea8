"""What the story leaves out: datasets and tables, as `story.py` is run and recorded."""

from __future__ import annotations

import json
import sys
import urllib.request
from typing import Any

import mlflow
import numpy as np

ADDRESS = sys.argv[1]
SEEN: dict[str, Any] = {}


def mark(name: str) -> None:
    """Name what follows, where a recorder listens."""
    if "--recorded" in sys.argv:
        with urllib.request.urlopen(f"{ADDRESS}/recorder/label/{name}"):
            pass


mlflow.set_tracking_uri(ADDRESS)
client = mlflow.MlflowClient()
numbers = np.arange(12.0).reshape(4, 3)

mark("datasets")
with mlflow.start_run(run_name="with data") as run:
    training = mlflow.data.from_numpy(numbers, targets=numbers[:, 0], name="numbers")
    mlflow.log_input(training, context="training")
    mlflow.log_input(mlflow.data.from_numpy(numbers[:2], name="few"), context="testing")
    mlflow.log_metric("accuracy", 0.5, dataset=training)
SEEN["datasets"] = [
    [found.dataset.name, found.dataset.source_type, [[tag.key, tag.value] for tag in found.tags]]
    for found in client.get_run(run.info.run_id).inputs.dataset_inputs
]
mark("search-by-dataset")
SEEN["by_dataset"] = [r.info.run_name for r in client.search_runs(["0"], "dataset.name = 'few'")]
SEEN["by_context"] = [r.info.run_name for r in client.search_runs(["0"], "dataset.context = 'training'")]
SEEN["by_neither"] = len(client.search_runs(["0"], "dataset.name = 'nobody'"))

mark("tables")
with mlflow.start_run(run_id=run.info.run_id):
    mlflow.log_table({"x": [1, 2], "y": ["a", "b"]}, artifact_file="table.json")
    mlflow.log_table({"x": [3], "y": ["c"]}, artifact_file="table.json")
SEEN["table"] = mlflow.load_table("table.json", run_ids=[run.info.run_id]).to_dict(orient="list")

print(json.dumps(SEEN))
