"""``python rest_client.py http://127.0.0.1:5000``: a life with mlflow-rest-client, which has no MLflow in it."""

from __future__ import annotations

import json
import sys
from typing import Any

from mlflow_rest_client import MLflowRESTClient

client = MLflowRESTClient(sys.argv[1])
SEEN: dict[str, Any] = {}

experiment = client.create_experiment("by REST")
SEEN["experiment"] = [experiment.name, client.get_experiment_by_name("by REST").id == experiment.id]
client.set_experiment_tag(experiment.id, "team", "blue")
client.rename_experiment(experiment.id, "by REST alone")
SEEN["renamed"] = client.get_experiment(experiment.id).name
SEEN["got or created"] = client.get_or_create_experiment("by REST alone").id == experiment.id

run = client.create_run(experiment.id, start_time=1_700_000_000_000, tags={"kind": "first"})
client.log_run_parameter(run.id, "depth", "3")
client.log_run_parameters(run.id, {"rate": "0.1", "name": "ünï"})
client.log_run_metric(run.id, "loss", 0.5, step=1, timestamp=1_700_000_000_001)
client.log_run_metrics(run.id, {"loss": 0.25, "acc": 0.9})
client.log_run_batch(run.id, params={"batch": "yes"}, metrics={"f1": 0.7}, tags={"more": "tags"})
client.set_run_tags(run.id, {"a": "b", "c": "d"})
client.delete_run_tag(run.id, "c")
client.finish_run(run.id)
got = client.get_run(run.id)
SEEN["run"] = [
    str(got.status.value),
    {p.key: p.value for p in got.params},
    sorted(m.key for m in got.metrics),
    {t.key: t.value for t in got.tags if not t.key.startswith("mlflow.")},
]
SEEN["history"] = [[m.step, m.value] for m in client.list_run_metric_history_iterator(run.id, "loss")][:1]
SEEN["files"] = [f.path for f in client.list_run_artifacts_iterator(run.id)]
failed = client.create_run(experiment.id)
client.fail_run(failed.id)
found = client.search_runs_iterator([experiment.id], query="metrics.acc > 0.5", order_by=["start_time DESC"])
SEEN["search"] = [r.id == run.id for r in found]
client.delete_run(failed.id)
SEEN["after deletion"] = len(list(client.search_runs_iterator([experiment.id])))
client.restore_run(failed.id)

model = client.create_model("REST model", tags={"a": "b"})
client.set_model_description("REST model", "Made by REST.")
version = client.create_model_version("REST model", f"runs:/{run.id.hex}/model", run.id, tags={"v": "1"})
SEEN["version"] = [model.name, version.version, str(version.stage.value)]
client.test_model_version("REST model", 1)
client.promote_model_version("REST model", 1)
SEEN["stage"] = str(client.get_model_version("REST model", 1).stage.value)
client.set_model_version_description("REST model", 1, "One.")
client.set_model_tag("REST model", "k", "v")
client.delete_model_tag("REST model", "a")
SEEN["model"] = [
    {t.key: t.value for t in client.get_model("REST model").tags},
    client.get_model("REST model").description,
]
SEEN["models"] = [m.name for m in client.search_models_iterator("name LIKE 'REST%'")]
SEEN["versions"] = [v.version for v in client.search_model_versions_iterator("name='REST model'")]
SEEN["url"] = client.get_model_version_download_url("REST model", 1).endswith("/model")
client.rename_model("REST model", "REST model 2")
client.delete_model_version("REST model 2", 1)
client.delete_model("REST model 2")
client.delete_experiment(experiment.id)
client.restore_experiment(experiment.id)

print(json.dumps(SEEN, ensure_ascii=False))
