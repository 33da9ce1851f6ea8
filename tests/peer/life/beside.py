"""What clients do beside the calls that a person writes: autologging, background logging, system metrics, commands."""

from __future__ import annotations

import json
import os
import re
import time
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
from mlflow.entities import Metric, Param, RunTag
from notebook import Missing, Notebook


def autologging(book: Notebook) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    client = mlflow.MlflowClient()
    chosen = book.name_experiment(mlflow.set_experiment("autologging").experiment_id, "autologging")
    x = np.linspace(-1, 1, 40).reshape(20, 2)
    y = (x.sum(axis=1) > 0).astype(int)

    def told(run: Any) -> Any:
        metrics = {key: round(value, 3) for key, value in run.data.metrics.items()}
        tags = {key: value for key, value in run.data.tags.items() if key != "mlflow.log-model.history"}
        files = sorted(f.path for f in client.list_artifacts(run.info.run_id))
        return [run.info.status, run.data.params, metrics, tags, files]

    def one_model() -> Any:
        if not hasattr(mlflow.sklearn, "autolog"):
            raise Missing("autolog")
        mlflow.sklearn.autolog(log_input_examples=False, silent=True)
        LogisticRegression(max_iter=20).fit(x, y)
        mlflow.sklearn.autolog(disable=True)
        run = client.search_runs([chosen])[0]
        model = mlflow.sklearn.load_model(f"runs:/{run.info.run_id}/model")
        return [*told(run), len(run.inputs.dataset_inputs), type(model).__name__]

    def grid_search() -> Any:
        if not hasattr(mlflow.sklearn, "autolog"):
            raise Missing("autolog")
        mlflow.sklearn.autolog(log_models=False, silent=True, log_datasets=False)
        with mlflow.start_run(run_name="grid") as parent:
            GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2).fit(x, y)
        mlflow.sklearn.autolog(disable=True)
        children = client.search_runs(
            [chosen], f"tags.mlflow.parentRunId = '{parent.info.run_id}'", order_by=["params.C"]
        )
        return [told(client.get_run(parent.info.run_id)), [[run.data.params["C"], run.info.status] for run in children]]

    book.live("autologging", [one_model, grid_search])


def background(book: Notebook) -> None:
    client = mlflow.MlflowClient()
    chosen = book.name_experiment(mlflow.set_experiment("background").experiment_id, "background")

    def calls_that_return_at_once() -> Any:
        with mlflow.start_run(run_name="async") as run:
            sent = [mlflow.log_metric("loss", float(step), step=step, synchronous=False) for step in range(50)]
            sent.append(mlflow.log_params({"a": 1, "b": 2}, synchronous=False))
            sent.append(mlflow.log_param("c", 3, synchronous=False))
            sent.append(mlflow.set_tags({"t": "u"}, synchronous=False))
            sent.append(
                client.log_batch(
                    run.info.run_id, [Metric("m", 1.0, 5, 0)], [Param("d", "4")], [RunTag("v", "w")], synchronous=False
                )
            )
            for operation in sent:
                operation.wait()
        run = client.get_run(run.info.run_id)
        own = {key: value for key, value in run.data.tags.items() if not key.startswith("mlflow.")}
        return [run.data.metrics, run.data.params, own, len(client.get_metric_history(run.info.run_id, "loss"))]

    def switched_on() -> Any:
        if not hasattr(mlflow, "flush_async_logging"):
            raise Missing("flush_async_logging")
        mlflow.config.enable_async_logging()
        with mlflow.start_run(run_name="switched") as run:
            for step in range(20):
                mlflow.log_metrics({"a": step, "b": -step}, step=step)
        mlflow.flush_async_logging()
        mlflow.config.enable_async_logging(False)
        return [client.get_run(run.info.run_id).data.metrics, len(client.get_metric_history(run.info.run_id, "b"))]

    def system_metrics() -> Any:
        if not hasattr(mlflow, "set_system_metrics_sampling_interval"):
            raise Missing("set_system_metrics_sampling_interval")
        mlflow.set_system_metrics_sampling_interval(0.1)
        mlflow.set_system_metrics_samples_before_logging(1)
        with mlflow.start_run(run_name="system", log_system_metrics=True) as run:
            time.sleep(0.8)
        keys = client.get_run(run.info.run_id).data.metrics
        wanted = [
            "system/cpu_utilization_percentage",
            "system/system_memory_usage_megabytes",
            "system/disk_usage_percentage",
        ]
        return [[key in keys for key in wanted], len(client.get_metric_history(run.info.run_id, wanted[0])) > 0]

    def many_threads() -> Any:
        from concurrent.futures import ThreadPoolExecutor

        run = client.create_run(chosen, run_name="threads").info.run_id
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda i: client.log_metric(run, f"m{i % 4}", float(i), step=i), range(80)))
            list(pool.map(lambda i: client.set_tag(run, f"t{i}", str(i)), range(40)))
        data = client.get_run(run).data
        return [data.metrics, sorted(k for k in data.tags if k[0] == "t"), len(client.get_metric_history(run, "m0"))]

    book.live("background", [calls_that_return_at_once, switched_on, system_metrics, many_threads])


def commands(book: Notebook, address: str) -> None:
    """The ``mlflow`` command of this version, in this process: its start would cost seconds each time."""
    from click.testing import CliRunner

    os.environ["MLFLOW_TRACKING_URI"] = address
    command = next(iter(entry_points(group="console_scripts", name="mlflow"))).load()
    client = mlflow.MlflowClient()
    words: dict[str, str] = {}

    def must_have(group: str) -> None:
        if group not in command.list_commands(None):
            raise Missing(f"the command {group}")

    def say(*line: str) -> Any:
        done = CliRunner().invoke(command, [words.get(word, word) for word in line])
        printed = "\n".join(re.sub(r"[\s|─│-]+", " ", row).strip() for row in done.output.splitlines())
        printed = re.sub(r"\d{4} \d\d \d\d \d\d:\d\d:\d\d UTC", "<date>", printed)
        if "E" in words:
            printed = re.sub(rf"(?<![\w/:.-]){re.escape(words['E'])}(?![\w/:.])", "<by command>", printed)
        printed = re.sub(r"artifacts:/\d+", "artifacts:/<experiment>", printed)
        return [done.exit_code, [row for row in printed.splitlines() if row]]

    def experiments() -> Any:
        must_have("experiments")
        created = CliRunner().invoke(command, ["experiments", "create", "--experiment-name", "by command"])
        words["E"] = book.name_experiment(client.get_experiment_by_name("by command").experiment_id, "by command")
        words["RUN"] = book.name(
            client.create_run(words["E"], run_name="told", start_time=1_700_000_000_000).info.run_id, "told"
        )
        client.log_metric(words["RUN"], "m", 0.5, timestamp=1_700_000_000_000)
        client.log_param(words["RUN"], "p", "q")
        client.set_terminated(words["RUN"], end_time=1_700_000_001_000)
        return [
            [created.exit_code, re.sub(r"\d+", "<id>", created.output.strip().splitlines()[-1])],
            say("experiments", "rename", "--experiment-id", "E", "--new-name", "renamed"),
            [row for row in say("experiments", "search", "--view", "active_only")[1] if "renamed" in row],
            say("experiments", "delete", "--experiment-id", "E"),
            [row for row in say("experiments", "search", "--view", "deleted_only")[1] if "renamed" in row],
            say("experiments", "restore", "--experiment-id", "E"),
            say("experiments", "csv", "--experiment-id", "E", "--filename", "runs.csv")[0],
            sorted(Path("runs.csv").read_text(encoding="utf-8").splitlines()[0].split(",")),
            client.get_experiment(words["E"]),
        ]  # fmt: skip

    def runs() -> Any:
        must_have("runs")
        described = json.loads(CliRunner().invoke(command, ["runs", "describe", "--run-id", words["RUN"]]).stdout)
        return [
            described, say("runs", "list", "--experiment-id", "E")[0], [row for row in say("runs", "list", "--experiment-id", "E")[1] if "told" in row],
            say("runs", "delete", "--run-id", "RUN"), client.get_run(words["RUN"]).info.lifecycle_stage,
            say("runs", "restore", "--run-id", "RUN"), client.get_run(words["RUN"]).info.lifecycle_stage,
            say("runs", "describe", "--run-id", "0" * 32)[0],
        ]  # fmt: skip

    def artifacts() -> Any:
        must_have("artifacts")
        Path("by command/deep").mkdir(parents=True)
        Path("by command/deep/a.txt").write_text("a")
        Path("by command/b.txt").write_text("b")
        listing = CliRunner()
        return [
            say("artifacts", "log-artifact", "--local-file", "by command/b.txt", "--run-id", "RUN")[0],
            say("artifacts", "log-artifacts", "--local-dir", "by command", "--run-id", "RUN", "--artifact-path", "all")[0],
            json.loads(listing.invoke(command, ["artifacts", "list", "--run-id", words["RUN"]]).stdout),
            json.loads(listing.invoke(command, ["artifacts", "list", "--run-id", words["RUN"], "--artifact-path", "all"]).stdout),
            say("artifacts", "download", "--run-id", "RUN", "--artifact-path", "all/deep", "--dst-path", "fetched")[0],
            say("artifacts", "download", "--artifact-uri", f"runs:/{words['RUN']}/b.txt", "--dst-path", "fetched")[0],
            sorted(str(p) for p in Path("fetched").rglob("*")),
        ]  # fmt: skip

    book.live("commands", [experiments, runs, artifacts])
