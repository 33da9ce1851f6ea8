"""Experiments, runs and what is logged to them."""

from __future__ import annotations

from typing import Any

import mlflow
from mlflow.entities import Metric, Param, RunTag, ViewType
from notebook import Missing, Notebook, refused

THEN = 1_700_000_000_000
"""A time in the past, ms since the epoch."""


def experiments(book: Notebook) -> None:
    client = mlflow.MlflowClient()
    ids: dict[str, str] = {}

    def create() -> Any:
        for name, tags in (("birds", {"owner": "ada"}), ("bees", None), ("Bee hives", {"owner": "bob", "k": ""})):
            ids[name] = book.name_experiment(client.create_experiment(name, tags=tags), name)
        return [client.get_experiment(ids[name]) for name in ids]

    def get_by_name() -> Any:
        return [client.get_experiment_by_name("bees"), client.get_experiment_by_name("nobody")]

    def fluent() -> Any:
        chosen = mlflow.set_experiment("by set_experiment")
        book.name_experiment(chosen.experiment_id, "by set_experiment")
        mlflow.set_experiment_tag("color", "red")
        mlflow.set_experiment_tags({"a": 1, "b": 2.5})
        return [mlflow.get_experiment(chosen.experiment_id), mlflow.get_experiment_by_name("by set_experiment")]

    def search() -> Any:
        filters = [
            "name = 'bees'", "name != 'bees'", "name LIKE 'B%'", "name ILIKE 'b%'", "tags.owner = 'ada'",
            "tags.owner != 'ada'", "tags.`owner` LIKE '%b' AND name ILIKE 'bee%'", "creation_time > 0",
            "last_update_time > 1", "attribute.name = 'birds'", "name = 'none'", "name > 'a'", "color = 'red'", "",
        ]  # fmt: skip
        return {
            text: refused(lambda text=text: sorted(e.name for e in client.search_experiments(filter_string=text)))
            for text in filters
        }

    def search_in_order() -> Any:
        orders = [
            ["name"], ["name DESC"], ["name ASC"], ["creation_time ASC", "name DESC"], ["last_update_time DESC"],
            ["experiment_id"], ["nonsense"], ["name SIDEWAYS"],
        ]  # fmt: skip
        return {
            str(order): refused(lambda order=order: [e.name for e in client.search_experiments(order_by=order)])
            for order in orders
        }

    def search_in_pages() -> Any:
        first = client.search_experiments(max_results=2, order_by=["name"])
        second = client.search_experiments(max_results=2, order_by=["name"], page_token=first.token)
        last = client.search_experiments(max_results=2, order_by=["name"], page_token=second.token)
        pages = [[[e.name for e in page], bool(page.token)] for page in (first, second, last)]
        return [pages, [e.name for e in mlflow.search_experiments(max_results=3, order_by=["name"])]]

    def rename() -> Any:
        client.rename_experiment(ids["birds"], "all birds")
        return [client.get_experiment(ids["birds"]), client.get_experiment_by_name("birds")]

    def tags() -> Any:
        client.set_experiment_tag(ids["bees"], "note", "first")
        client.set_experiment_tag(ids["bees"], "note", "second, ünïcode 🐝")
        client.set_experiment_tag(ids["bees"], "number", 7)
        before = client.get_experiment(ids["bees"]).tags
        if hasattr(client, "delete_experiment_tag"):
            client.delete_experiment_tag(ids["bees"], "number")
        return [before, client.get_experiment(ids["bees"]).tags]

    def delete_and_restore() -> Any:
        client.delete_experiment(ids["bees"])
        deleted = client.get_experiment(ids["bees"])
        views = {
            view: sorted(e.name for e in client.search_experiments(view_type=number))
            for view, number in (
                ("active", ViewType.ACTIVE_ONLY),
                ("deleted", ViewType.DELETED_ONLY),
                ("all", ViewType.ALL),
            )
        }
        inside = refused(client.create_run, ids["bees"])
        client.restore_experiment(ids["bees"])
        return [deleted, views, inside, client.get_experiment(ids["bees"])]

    def refusals() -> Any:
        return {
            "name taken": refused(client.create_experiment, "bees"),
            "empty name": refused(client.create_experiment, ""),
            "unknown": refused(client.get_experiment, "987654321"),
            "unknown deleted": refused(client.delete_experiment, "987654321"),
            "unknown restored": refused(client.restore_experiment, "987654321"),
            "active restored": refused(client.restore_experiment, ids["bees"]),
            "renamed to a taken one": refused(client.rename_experiment, ids["bees"], "Bee hives"),
            "too many": refused(client.search_experiments, max_results=50_001),
            "too few": refused(client.search_experiments, max_results=-1),
            "bad token": refused(client.search_experiments, page_token="nonsense"),
        }

    book.live(
        "experiments",
        [create, get_by_name, fluent, search, search_in_order, search_in_pages, rename, tags, delete_and_restore, refusals],
    )  # fmt: skip


def runs(book: Notebook) -> None:
    client = mlflow.MlflowClient()
    chosen = book.name_experiment(mlflow.set_experiment("runs").experiment_id, "runs")
    ids: dict[str, str] = {}

    def remember(run: Any, word: str) -> Any:
        ids[word] = book.name(run.info.run_id, word)
        return run

    def create_by_client() -> Any:
        run = remember(
            client.create_run(chosen, start_time=THEN, tags={"a": "b", "n": "1"}, run_name="by client"), "by client"
        )
        return [run, client.get_run(run.info.run_id)]

    def create_without_a_name() -> Any:
        run = remember(client.create_run(chosen), "nameless")
        return [run.info, client.get_run(run.info.run_id).data.tags]

    def fluent_run() -> Any:
        with mlflow.start_run(run_name="fluent", tags={"team": "blue"}, description="Says *much*.") as run:
            remember(run, "fluent")
            mlflow.log_param("depth", 3)
            mlflow.log_params({"rate": 0.1, "name": "x" * 500, "none": None, "list": [1, 2]})
            mlflow.log_metric("loss", 1.0, step=0, timestamp=THEN)
            mlflow.log_metric("loss", 0.5, step=1, timestamp=THEN + 1)
            mlflow.log_metrics({"acc": 0.9, "f1": 0.8}, step=1, timestamp=THEN + 1)
            mlflow.set_tag("phase", "train")
            mlflow.set_tags({"x": 1, "y": True})
            during = client.get_run(run.info.run_id).info
        return [during, client.get_run(run.info.run_id), mlflow.get_run(run.info.run_id).info.status]

    def nested_runs() -> Any:
        with mlflow.start_run(run_name="parent") as parent:
            remember(parent, "parent")
            for fold in range(2):
                with mlflow.start_run(run_name=f"child {fold}", nested=True) as child:
                    remember(child, f"child {fold}")
                    mlflow.log_metric("score", fold)
        with mlflow.start_run(run_name="adopted", parent_run_id=parent.info.run_id) as adopted:
            remember(adopted, "adopted")
        found = client.search_runs(
            [chosen], f"tags.mlflow.parentRunId = '{parent.info.run_id}'", order_by=["attributes.run_name"]
        )
        return [
            [run.info.run_name for run in found],
            client.get_parent_run(child.info.run_id).info.run_name,
            client.get_parent_run(parent.info.run_id),
            mlflow.get_parent_run(adopted.info.run_id).info.run_name,
            client.get_run(child.info.run_id).data.tags,
        ]

    def failed_run() -> Any:
        try:
            with mlflow.start_run(run_name="fails") as run:
                remember(run, "fails")
                raise ValueError("as planned")
        except ValueError:
            pass
        return client.get_run(run.info.run_id).info.status

    def continued_run() -> Any:
        with mlflow.start_run(run_id=ids["fluent"]):
            mlflow.log_metric("loss", 0.25, step=2, timestamp=THEN + 2)
            mlflow.log_param("depth", 3)
            status = client.get_run(ids["fluent"]).info.status
        return [status, client.get_run(ids["fluent"]).info.status, client.get_run(ids["fluent"]).data.metrics]

    def clash_of_params() -> Any:
        run = ids["by client"]
        client.log_param(run, "once", "1")
        client.log_param(run, "once", "1")
        return {
            "one": refused(client.log_param, run, "once", "2"),
            "batch": refused(client.log_batch, run, params=[Param("twice", "1"), Param("once", "3")]),
            "in one batch": refused(client.log_batch, run, params=[Param("again", "1"), Param("again", "2")]),
            "after": client.get_run(run).data.params,
        }

    def batch_at_its_limits() -> Any:
        run = remember(client.create_run(chosen, run_name="batch", start_time=THEN), "batch").info.run_id
        client.log_batch(
            run,
            metrics=[Metric(f"m{i:03}", i / 7, THEN + i, i) for i in range(800)],
            params=[Param(f"p{i:02}", str(i)) for i in range(100)],
            tags=[RunTag(f"t{i:02}", str(i)) for i in range(100)],
        )
        client.log_batch(run, metrics=[Metric("many", float(i), THEN + i, i) for i in range(1000)])
        data = client.get_run(run).data
        return {
            "counts": [len(data.metrics), len(data.params), len([tag for tag in data.tags if tag[0] == "t"])],
            "some": [data.metrics["m799"], data.params["p99"], data.tags["t99"], data.metrics["many"]],
            "empty": refused(client.log_batch, run),
            "long param": refused(client.log_param, run, "long", "x" * 6000),
            "long tag": refused(client.set_tag, run, "long", "y" * 5000),
            "kept": [len(client.get_run(run).data.params["long"]), len(client.get_run(run).data.tags["long"])],
        }

    def values() -> Any:
        run = remember(client.create_run(chosen, run_name="values", start_time=THEN), "values").info.run_id
        for name, value in {
            "nan": float("nan"), "above all": float("inf"), "below all": float("-inf"), "tiny": 5e-324,
            "huge": 1.7e308, "third": 1 / 3, "whole": 3, "yes": True, "minus/zero": -0.0, "a.b-c_d e:f": 1.5,
        }.items():  # fmt: skip
            client.log_metric(run, name, value, timestamp=THEN, step=-1)
        client.log_metric(run, "far", 1.0, timestamp=THEN, step=2**40)
        history = client.get_metric_history(run, "far")
        return [client.get_run(run).data.metrics, history]

    def metric_history() -> Any:
        run = ids["values"]
        for time, step, value in ((5, 2, 0.5), (4, 1, 0.4), (6, 1, 0.6), (5, 2, 0.7), (5, 2, 0.7), (9, 0, 0.9)):
            client.log_metric(run, "order", value, timestamp=THEN + time, step=step)
        history = client.get_metric_history(run, "order")
        return [
            [[point.timestamp - THEN, point.step, point.value] for point in history],
            client.get_run(run).data.metrics["order"],
            list(client.get_metric_history(run, "never logged")),
            len(client.get_metric_history(ids["batch"], "many")),
        ]

    def tags() -> Any:
        run = ids["by client"]
        client.set_tag(run, "a", "changed")
        client.set_tag(run, "empty", "")
        client.set_tag(run, "mlflow.note.content", "A **note**\nof two lines")
        client.set_tag(run, "key with spaces/and.more-_", "ünïcode ✓")
        before = client.get_run(run).data.tags
        client.delete_tag(run, "empty")
        return [before, client.get_run(run).data.tags, refused(client.delete_tag, run, "empty")]

    def update() -> Any:
        run = ids["by client"]
        client.update_run(run, name="another name")
        named = client.get_run(run)
        client.update_run(run, status="SCHEDULED")
        scheduled = client.get_run(run).info.status
        client.set_terminated(run, "KILLED", end_time=THEN + 500)
        return [named.info.run_name, named.data.tags["mlflow.runName"], scheduled, client.get_run(run).info]

    def delete_and_restore() -> Any:
        run = ids["fails"]
        client.delete_run(run)
        deleted = client.get_run(run).info.lifecycle_stage
        views = {
            view: sorted(
                r.info.run_name
                for r in client.search_runs([chosen], run_view_type=number)
                if r.info.run_name in ("fails", "fluent")
            )
            for view, number in (
                ("active", ViewType.ACTIVE_ONLY),
                ("deleted", ViewType.DELETED_ONLY),
                ("all", ViewType.ALL),
            )
        }
        refusals = {
            "metric": refused(client.log_metric, run, "m", 1.0),
            "param": refused(client.log_param, run, "p", 1),
            "tag": refused(client.set_tag, run, "t", 1),
            "again": refused(client.delete_run, run),
            "rename": refused(client.update_run, run, name="x"),
        }
        client.restore_run(run)
        return [deleted, views, refusals, client.get_run(run).info, refused(client.restore_run, run)]

    def refusals() -> Any:
        run = ids["by client"]
        nobody = "0" * 32
        return {
            "unknown run": refused(client.get_run, nobody),
            "unknown metric": refused(client.log_metric, nobody, "m", 1.0),
            "unknown param": refused(client.log_param, nobody, "p", "1"),
            "unknown tag": refused(client.set_tag, nobody, "t", "1"),
            "unknown update": refused(client.update_run, nobody, status="FINISHED"),
            "unknown deleted": refused(client.delete_run, nobody),
            "unknown experiment": refused(client.create_run, "987654321"),
            "text as metric": refused(client.log_metric, run, "m", "much"),
            "no key": refused(client.log_metric, run, "", 1.0),
            "strange key": refused(client.log_metric, run, "a\\b*", 1.0),
            "path out": refused(client.log_param, run, "../up", "1"),
            "long key": refused(client.log_param, run, "k" * 251, "1"),
            "bad status": refused(client.update_run, run, status="DANCING"),
        }

    book.live(
        "runs",
        [create_by_client, create_without_a_name, fluent_run, nested_runs, failed_run, continued_run, clash_of_params,
         batch_at_its_limits, values, metric_history, tags, update, delete_and_restore, refusals],
    )  # fmt: skip


def search(book: Notebook) -> None:
    client = mlflow.MlflowClient()
    chosen = book.name_experiment(mlflow.set_experiment("search").experiment_id, "search")
    for index, name in enumerate(("ant", "Bee", "cat", "dog", "emu", "fly")):
        run = client.create_run(chosen, start_time=THEN + index, run_name=name)
        book.name(run.info.run_id, name)
        client.log_batch(
            run.info.run_id,
            metrics=[Metric("legs", (6, 6, 4, 4, 2, 6)[index], THEN, 0), Metric("avg/size", index * 1.5, THEN, 0)],
            params=[Param("wings", str(name in ("Bee", "emu", "fly"))), Param("rate", f"{index / 10}")],
            tags=[RunTag("kind", "insect" if name in ("ant", "Bee", "fly") else "Other"), RunTag("my tag", "it's")],
        )
        if index < 4:
            client.log_metric(run.info.run_id, "speed", float(4 - index))
        if index < 5:
            client.set_terminated(run.info.run_id, "FINISHED" if index % 2 else "FAILED", end_time=THEN + 100 + index)

    def filters() -> Any:
        texts = [
            "metrics.legs = 6", "metrics.legs != 6", "metrics.legs > 2 and metrics.legs < 6", "metric.legs >= 4",
            "metrics.`avg/size` <= 3", 'metrics."avg/size" > 3', "metrics.speed > 0", "metrics.speed != 4",
            "params.wings = 'True'", 'params.wings = "True"', "parameters.wings != 'True'", "param.rate = '0.1'",
            "params.rate LIKE '0.%'", "params.rate ILIKE '0.3'", "tags.kind = 'insect'", "tags.kind != 'insect'",
            "tags.kind LIKE 'in%'", "tags.kind ILIKE 'OTHER'", "tag.kind = 'Other' AND metrics.legs = 4",
            "tags.`my tag` = \"it's\"", "attributes.status = 'FAILED'", "status != 'FAILED'", "status = 'RUNNING'",
            "attributes.run_name = 'cat'", "run_name LIKE '%e%'", "attributes.`run name` = 'dog'", "Name = 'dog'",
            "tags.mlflow.runName = 'dog'", f"attributes.start_time > {THEN + 3}", f"start_time <= {THEN}",
            f"end_time > {THEN + 102}", "attributes.user_id = 'ada'", "attributes.artifact_uri LIKE '%artifacts'",
            "run_name IN ('ant', 'emu')", "attributes.run_id LIKE '%'", "attributes.lifecycle_stage = 'active'",
            "metrics.legs = '6'", "params.rate = 0.1", "metrics.legs > 1 OR metrics.legs < 9", "legs = 6", "metrics.legs >> 1",
            "params.rate > '0.2'", "metrics.legs LIKE '6'", "tags.kind IN ('insect')", "nonsense.legs = 1", "params.rate =",
            "metrics.unknown = 1", "tags.kind = 'insect' and", "params.wings = 'tr%'", "tags.kind IS NULL", "tags.kind IS NOT NULL",
            "tags.nobody IS NULL", "params.nobody IS NULL AND metrics.legs = 2", "()", "   ",
        ]  # fmt: skip
        return {
            text: refused(lambda text=text: sorted(r.info.run_name for r in client.search_runs([chosen], text)))
            for text in texts
        }

    def orders() -> Any:
        orders = [
            [], ["metrics.legs"], ["metrics.legs DESC", "attributes.run_name"], ["metrics.`avg/size` DESC"], ["params.rate DESC"],
            ["tags.kind", "start_time DESC"], ["attributes.start_time"], ["end_time DESC"], ["status", "start_time"],
            ["metrics.speed"], ["metrics.speed DESC", "start_time"], ["Created DESC"], ["run_name DESC"], ["metrics.nobody", "start_time"],
            ["legs"], ["metrics.legs UP"], ["nonsense.legs"],
        ]  # fmt: skip
        return {
            str(order): refused(
                lambda order=order: [r.info.run_name for r in client.search_runs([chosen], order_by=order)]
            )
            for order in orders
        }

    def pages() -> Any:
        found, token = [], None
        while True:
            page = client.search_runs([chosen], max_results=4, order_by=["start_time"], page_token=token)
            found.append([[run.info.run_name for run in page], bool(page.token)])
            token = page.token
            if not token:
                return found

    def frame() -> Any:
        rows = mlflow.search_runs(experiment_names=["search"], order_by=["start_time"])
        columns = [
            "run_id",
            "experiment_id",
            "status",
            "artifact_uri",
            "metrics.legs",
            "metrics.speed",
            "params.wings",
            "tags.kind",
        ]
        texts = [[str(value) for value in row] for row in rows[columns].head(2).to_numpy()]
        return [
            sorted(rows.columns),
            [[*row[:1], row[2], *row[4:]] for row in texts],
            {c: str(rows[c].dtype).replace("object", "str") for c in columns[2:]},
        ]

    def empty_frame() -> Any:
        rows = mlflow.search_runs([chosen], filter_string="metrics.legs = 77")
        return [list(rows.shape)[0], sorted(rows.columns)]

    def lists_and_all_experiments() -> Any:
        few = mlflow.search_runs([chosen], output_format="list", max_results=2, order_by=["start_time DESC"])
        everywhere = mlflow.search_runs(
            search_all_experiments=True, filter_string="metrics.legs = 2", output_format="list"
        )
        return [[run.info.run_name for run in few], [run.info.run_name for run in everywhere]]

    def refusals() -> Any:
        return {
            "too many": refused(client.search_runs, [chosen], max_results=50_001),
            "none": refused(lambda: len(client.search_runs([chosen], max_results=0))),
            "bad token": refused(client.search_runs, [chosen], page_token="nonsense"),
            "unknown experiment": refused(lambda: list(client.search_runs(["987654321"]))),
            "no experiment": refused(lambda: list(client.search_runs([]))),
        }

    book.live("search", [filters, orders, pages, frame, empty_frame, lists_and_all_experiments, refusals])


def datasets(book: Notebook) -> None:
    client = mlflow.MlflowClient()
    chosen = book.name_experiment(mlflow.set_experiment("datasets").experiment_id, "datasets")

    def log_input() -> Any:
        if not hasattr(mlflow, "log_input"):
            raise Missing("log_input")
        import numpy as np
        import pandas as pd

        numbers = np.arange(12.0).reshape(4, 3)
        table = pd.DataFrame({"x": [1, 2, 3], "y": ["a", "b", "c"]})
        with mlflow.start_run(run_name="with data") as run:
            training = mlflow.data.from_numpy(numbers, targets=numbers[:, 0], name="numbers")
            mlflow.log_input(training, context="training")
            mlflow.log_input(
                mlflow.data.from_pandas(table, source="https://example.org/t.csv", name="table", targets="y"),
                context="testing",
                tags={"split": "a"},
            )
            mlflow.log_input(training, context="training")
        return client.get_run(run.info.run_id).inputs.dataset_inputs

    def search_by_dataset() -> Any:
        texts = [
            "dataset.name = 'table'", "datasets.name LIKE 'num%'", "dataset.context = 'testing'", "dataset.name = 'nobody'",
            "dataset.digest = 'x'", "dataset.name = 'table' AND dataset.context = 'training'", "dataset.size = 1",
        ]  # fmt: skip
        return {
            text: refused(lambda text=text: [r.info.run_name for r in client.search_runs([chosen], text)])
            for text in texts
        }

    book.live("datasets", [log_input, search_by_dataset])
