"""Stores of runs and of models as a plugin for MLflow, as anybody writes one; it knows nothing of Flowmill."""

import json
import time
import uuid
from pathlib import Path

from mlflow.entities import (
    Experiment,
    LoggedModel,
    LoggedModelStatus,
    Metric,
    Param,
    Run,
    RunData,
    RunInfo,
    RunStatus,
    RunTag,
)
from mlflow.entities.model_registry import ModelVersion, RegisteredModel
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST
from mlflow.store.entities import PagedList
from mlflow.store.model_registry.abstract_store import AbstractStore as AbstractRegistry
from mlflow.store.tracking.abstract_store import AbstractStore


class _File:
    """One JSON file below ``desk:///folder``."""

    def __init__(self, store_uri, name):
        self.path = Path(store_uri.partition("://")[2]) / name
        self.path.parent.mkdir(parents=True, exist_ok=True)

    def read(self):
        return json.loads(self.path.read_text()) if self.path.exists() else {}

    def write(self, content):
        self.path.write_text(json.dumps(content))


class Desk(AbstractStore):
    """Keeps runs in a file."""

    def __init__(self, store_uri=None, artifact_uri=None):
        super().__init__()
        self._file = _File(store_uri, "runs.json")
        self._models = _File(store_uri, "logged.json")
        self._artifacts = self._file.path.parent / "files"

    def create_experiment(self, name, artifact_location=None, tags=None):
        content = self._file.read()
        key = str(len(content) + 1)
        content[key] = {"name": name, "place": artifact_location or str(self._artifacts / key), "runs": {}}
        self._file.write(content)
        return key

    def get_experiment(self, experiment_id):
        found = self._file.read().get(str(experiment_id))
        if found is None:
            raise MlflowException(f"no experiment {experiment_id} on this desk", RESOURCE_DOES_NOT_EXIST)
        return Experiment(str(experiment_id), found["name"], found["place"], "active", [], 1, 1)

    def search_experiments(self, view_type=1, max_results=1000, filter_string=None, order_by=None, page_token=None):
        return PagedList([self.get_experiment(key) for key in self._file.read()], None)

    def create_run(self, experiment_id, user_id, start_time, tags, run_name):
        content = self._file.read()
        run_id = uuid.uuid4().hex
        content[experiment_id]["runs"][run_id] = {
            "name": run_name or "unnamed", "user": user_id, "start": start_time, "end": None, "status": "RUNNING",
            "tags": {tag.key: tag.value for tag in tags or []}, "params": {}, "metrics": [],
        }  # fmt: skip
        self._file.write(content)
        return self.get_run(run_id)

    def _found(self, run_id):
        content = self._file.read()
        for experiment_id, experiment in content.items():
            if run_id in experiment["runs"]:
                return content, experiment_id, experiment["runs"][run_id]
        raise MlflowException(f"no run {run_id} on this desk", RESOURCE_DOES_NOT_EXIST)

    def get_run(self, run_id):
        content, experiment_id, run = self._found(run_id)
        latest = {}
        for key, value, timestamp, step in run["metrics"]:
            latest[key] = Metric(key, value, timestamp, step)
        info = RunInfo(
            run_id=run_id, experiment_id=experiment_id, user_id=run["user"], status=run["status"],
            start_time=run["start"], end_time=run["end"], lifecycle_stage="active", run_name=run["name"],
            artifact_uri=f"{content[experiment_id]['place']}/{run_id}/artifacts",
        )  # fmt: skip
        params = [Param(*pair) for pair in run["params"].items()]
        return Run(info, RunData(list(latest.values()), params, [RunTag(*pair) for pair in run["tags"].items()]))

    def update_run_info(self, run_id, run_status, end_time, run_name):
        content, _, run = self._found(run_id)
        run["status"] = RunStatus.to_string(run_status)
        run["end"], run["name"] = end_time, run_name or run["name"]
        self._file.write(content)
        return self.get_run(run_id).info

    def log_batch(self, run_id, metrics, params, tags):
        content, _, run = self._found(run_id)
        run["metrics"] += [[point.key, point.value, point.timestamp, point.step] for point in metrics]
        run["params"].update({param.key: param.value for param in params})
        run["tags"].update({tag.key: tag.value for tag in tags})
        self._file.write(content)

    def get_metric_history(self, run_id, metric_key, max_results=None, page_token=None):
        return PagedList([Metric(*each) for each in self._found(run_id)[2]["metrics"] if each[0] == metric_key], None)

    def create_logged_model(
        self, experiment_id, name=None, source_run_id=None, tags=None, params=None, model_type=None
    ):
        content = self._models.read()
        model_id = f"m-{uuid.uuid4().hex}"
        content[model_id] = {
            "experiment": experiment_id, "name": name, "run": source_run_id, "type": model_type, "status": "PENDING",
            "params": {each.key: each.value for each in params or []},
        }  # fmt: skip
        self._models.write(content)
        return self.get_logged_model(model_id)

    def get_logged_model(self, model_id, allow_deleted=False):
        found = self._models.read()[model_id]
        return LoggedModel(
            experiment_id=found["experiment"], model_id=model_id, name=found["name"], creation_timestamp=1,
            last_updated_timestamp=1, model_type=found["type"], source_run_id=found["run"], params=found["params"],
            artifact_location=str(self._artifacts / "models" / model_id), status=LoggedModelStatus(found["status"]),
        )  # fmt: skip

    def finalize_logged_model(self, model_id, status):
        content = self._models.read()
        content[model_id]["status"] = str(status)
        self._models.write(content)
        return self.get_logged_model(model_id)

    def search_logged_models(
        self, experiment_ids, filter_string=None, datasets=None, max_results=None, order_by=None, page_token=None
    ):
        order = [(each["field_name"], each.get("ascending", True)) for each in order_by or []]
        found = [self.get_logged_model(key) for key, each in self._models.read().items()]
        named = sorted(found, key=lambda each: each.name, reverse=order == [("name", False)])
        return PagedList([each for each in named if each.experiment_id in experiment_ids], None)

    def _search_runs(self, experiment_ids, filter_string, run_view_type, max_results, order_by, page_token):
        if filter_string == "boom":
            raise OSError("the desk is on fire")
        content = self._file.read()
        return [self.get_run(run) for key in experiment_ids for run in content[key]["runs"]][:max_results], None


class Ledger(AbstractRegistry):
    """Keeps models in a file."""

    def __init__(self, store_uri=None, tracking_uri=None):
        super().__init__(store_uri, tracking_uri)
        self._file = _File(store_uri, "models.json")

    def create_registered_model(self, name, tags=None, description=None, deployment_job_id=None):
        content = self._file.read()
        content[name] = {"versions": [], "aliases": {}}
        self._file.write(content)
        return self.get_registered_model(name)

    def get_registered_model(self, name):
        if name not in self._file.read():
            raise MlflowException(f"no model {name} in this ledger", RESOURCE_DOES_NOT_EXIST)
        return RegisteredModel(name, 1, 1)

    def create_model_version(
        self,
        name,
        source,
        run_id=None,
        tags=None,
        run_link=None,
        description=None,
        local_model_path=None,
        model_id=None,
    ):
        content = self._file.read()
        content[name]["versions"].append({"source": source, "at": int(time.time() * 1000)})
        self._file.write(content)
        return self.get_model_version(name, str(len(content[name]["versions"])))

    def get_model_version(self, name, version):
        found = self._file.read()[name]["versions"][int(version) - 1]
        return ModelVersion(name, str(version), found["at"], source=found["source"])

    def set_registered_model_alias(self, name, alias, version):
        content = self._file.read()
        content[name]["aliases"][alias] = str(version)
        self._file.write(content)

    def get_model_version_by_alias(self, name, alias):
        return self.get_model_version(name, self._file.read()[name]["aliases"][alias])
