"""Read a whole store through MLflow's client, of whichever make, and print it as JSON.

Run with the real MLflow against its store, and with Flowmill against what was made of it: the two prints must
be equal, but for the places of files, of which the content is compared.
"""

from __future__ import annotations

import hashlib
import json
import struct
import sys
import tempfile
from pathlib import Path
from typing import Any

import mlflow
from mlflow.entities import ViewType
from mlflow.tracking import MlflowClient

client = MlflowClient()
MADE_BY_DOWNLOADING = "registered_model_meta"


def bits(value: float) -> str:
    """A float64 to the bit; one NaN is as good as another."""
    return "nan" if value != value else struct.pack(">d", value).hex()


def pages(search: Any, **arguments: Any) -> list[Any]:
    found = list(page := search(**arguments))
    while page.token:
        found += (page := search(page_token=page.token, **arguments))
    return found


def files(run_id: str) -> dict[str, Any]:
    """(size, hash) of each artifact of a run by path."""
    seen: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        try:
            top = Path(client.download_artifacts(run_id, "", folder))
        except Exception:  # MLflow has no folder before the first file
            return seen
        for file in sorted(top.rglob("*")):
            if file.is_file():
                seen[file.relative_to(top).as_posix()] = digest(file)
    return seen


def digest(file: Path) -> list[Any]:
    return [file.stat().st_size, hashlib.sha256(file.read_bytes()).hexdigest()]


def view(run: Any) -> dict[str, Any]:
    info = run.info
    seen: dict[str, Any] = {
        "experiment_id": info.experiment_id,
        "status": str(info.status),
        "stage": str(info.lifecycle_stage),
        "start": info.start_time,
        "end": info.end_time,
        "user": info.user_id,
        "name": getattr(info, "run_name", ""),
        "params": dict(run.data.params),
        "tags": dict(run.data.tags),
        "latest": {key: bits(value) for key, value in run.data.metrics.items()},
        "history": {
            # MLflow's file store shows a point that was logged twice twice, its databases once.
            key: sorted({(p.timestamp, p.step, bits(p.value)) for p in client.get_metric_history(info.run_id, key)})
            for key in sorted(run.data.metrics)
        },
        "files": files(info.run_id) if str(info.lifecycle_stage) == "active" or "--all-files" in sys.argv else None,
    }
    seen["datasets"], seen["uses"] = [], []
    if inputs := getattr(run, "inputs", None):
        seen["datasets"] = sorted(
            [each.dataset.name, each.dataset.digest, each.dataset.source_type, each.dataset.source,
             each.dataset.schema or None, each.dataset.profile or None, sorted([t.key, t.value] for t in each.tags)]
            for each in inputs.dataset_inputs
        )  # fmt: skip
        seen["uses"] = sorted(each.model_id for each in getattr(inputs, "model_inputs", None) or [])
    outputs = getattr(run, "outputs", None)
    seen["makes"] = sorted([each.model_id, each.step] for each in outputs.model_outputs) if outputs else []
    return seen


def model_view(model: Any) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        try:
            top = Path(mlflow.artifacts.download_artifacts(f"models:/{model.model_id}", dst_path=folder))
            held = {
                p.relative_to(top).as_posix(): digest(p)
                for p in sorted(top.rglob("*"))
                if p.is_file() and p.name != MADE_BY_DOWNLOADING
            }
        except Exception:
            held = {}
    return {
        "experiment_id": model.experiment_id, "name": model.name, "status": str(model.status).split(".")[-1],
        "type": model.model_type or "", "run": model.source_run_id or "", "created": model.creation_timestamp,
        "updated": model.last_updated_timestamp, "params": dict(model.params), "tags": dict(model.tags),
        "metrics": sorted(
            [m.key, bits(m.value), m.timestamp, m.step, m.run_id, m.dataset_name or "", m.dataset_digest or ""]
            for m in model.metrics or []
        ),
        "files": held,
    }  # fmt: skip


def version_view(version: Any) -> dict[str, Any]:
    return {
        "number": str(version.version), "stage": version.current_stage, "description": version.description or "",
        "created": version.creation_timestamp, "updated": version.last_updated_timestamp,
        "run": version.run_id or "", "model": getattr(version, "model_id", None) or "", "status": str(version.status),
        "tags": dict(version.tags), "user": version.user_id or "",
        "aliases": sorted(getattr(version, "aliases", []) or []), "link": version.run_link or "",
    }  # fmt: skip


seen: dict[str, Any] = {"experiments": {}, "runs": {}, "models": {}, "registry": {}}
search = getattr(client, "search_experiments", None) or client.list_experiments
for experiment in pages(search, view_type=ViewType.ALL):
    number = experiment.experiment_id
    seen["experiments"][number] = {
        "name": experiment.name, "stage": str(experiment.lifecycle_stage), "tags": dict(experiment.tags),
        "created": experiment.creation_time if number != "0" else None,
    }  # fmt: skip
    for run in pages(client.search_runs, experiment_ids=[number], run_view_type=ViewType.ALL):
        seen["runs"][run.info.run_id] = view(client.get_run(run.info.run_id))
    if hasattr(client, "search_logged_models"):
        for model in pages(client.search_logged_models, experiment_ids=[number]):
            seen["models"][model.model_id] = model_view(client.get_logged_model(model.model_id))
try:
    for found in pages(client.search_registered_models):
        model = client.get_registered_model(found.name)
        versions = pages(client.search_model_versions, filter_string=f"name = '{model.name}'")
        seen["registry"][model.name] = {
            "description": model.description or "", "tags": dict(model.tags), "created": model.creation_timestamp,
            "updated": model.last_updated_timestamp,
            "aliases": {key: str(value) for key, value in dict(getattr(model, "aliases", None) or {}).items()},
            "versions": [
                version_view(client.get_model_version(model.name, v.version))
                for v in sorted(versions, key=lambda v: int(v.version))
            ],
        }  # fmt: skip
except Exception as error:
    if "not supported" not in str(error):  # MLflow 1 has no registry in files
        raise
print(json.dumps(seen, sort_keys=True))
