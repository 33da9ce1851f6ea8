"""Models: logged, loaded, described, and their registry."""

from __future__ import annotations

import inspect
from typing import Any

import mlflow
import numpy as np
from mlflow.models import infer_signature
from notebook import Missing, Notebook, refused
from sklearn.linear_model import LinearRegression

X = np.arange(12.0).reshape(6, 2)
Y = X @ [2.0, -1.0] + 0.5


class AddsN(mlflow.pyfunc.PythonModel):
    """Adds a number to every cell."""

    def __init__(self, n: int) -> None:
        self.n = n

    def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
        return model_input + self.n


def place_of(name: str) -> dict[str, str]:
    """How this version's `log_model` is told where a model goes."""
    return (
        {"name": name} if "name" in inspect.signature(mlflow.sklearn.log_model).parameters else {"artifact_path": name}
    )


def models(book: Notebook) -> None:
    client = mlflow.MlflowClient()
    chosen = book.name_experiment(mlflow.set_experiment("models").experiment_id, "models")
    found: dict[str, Any] = {}

    def remember(info: Any, word: str) -> None:
        found[word] = info
        if getattr(info, "model_id", None):
            book.name(info.model_id, f"{word} model")

    def log_sklearn() -> Any:
        model = LinearRegression().fit(X, Y)
        with mlflow.start_run(run_name="linear") as run:
            book.name(run.info.run_id, "linear")
            mlflow.log_params({"alpha": 1})
            mlflow.log_metric("r2", 1.0)
            info = mlflow.sklearn.log_model(
                model, **place_of("linear"), signature=infer_signature(X, Y), input_example=X[:2],
                registered_model_name="Linear", metadata={"made by": "ada"},
            )  # fmt: skip
        remember(info, "linear")
        run = client.get_run(run.info.run_id)
        return [
            run.data.params,
            run.data.metrics,
            sorted(info.flavors),
            info.signature.to_dict(),
            info.metadata,
            info.registered_model_version,
        ]

    def log_pyfunc() -> Any:
        with mlflow.start_run(run_name="adds") as run:
            book.name(run.info.run_id, "adds")
            info = mlflow.pyfunc.log_model(**place_of("adds"), python_model=AddsN(5), pip_requirements=["cloudpickle"])
        remember(info, "adds")
        return [sorted(info.flavors), mlflow.register_model(info.model_uri, "Adds", tags={"k": "v"})]

    def load() -> Any:
        run = found["linear"].run_id
        uris = [found["linear"].model_uri, f"runs:/{run}/linear", "models:/Linear/1", "models:/Linear/latest"]
        predictions = {
            uri: [round(v, 6) for v in mlflow.sklearn.load_model(uri).predict(X[:3]).tolist()] for uri in uris
        }
        by_pyfunc = mlflow.pyfunc.load_model(uris[0])
        return [
            predictions, by_pyfunc.predict(X[:1]).round(6).tolist(), by_pyfunc.metadata.get_input_schema().to_dict(),
            refused(by_pyfunc.predict, np.array([["a", "b"]])), np.asarray(by_pyfunc.input_example).tolist(),
        ]  # fmt: skip

    def load_pyfunc() -> Any:
        import pandas as pd

        model = mlflow.pyfunc.load_model("models:/Adds/1")
        return model.predict(pd.DataFrame({"a": [1, 2]})).to_dict(orient="list")

    def model_info() -> Any:
        info = mlflow.models.get_model_info(f"runs:/{found['linear'].run_id}/linear")
        files = client.list_artifacts(found["linear"].run_id, "linear")
        return [
            sorted(info.flavors),
            info.signature.to_dict(),
            info.artifact_path,
            sorted(f.path for f in files),
            [f.path for f in client.list_artifacts(found["linear"].run_id)],
        ]

    def outputs() -> Any:
        run = client.get_run(found["linear"].run_id)
        if not hasattr(run, "outputs") or not hasattr(client, "get_logged_model"):
            raise Missing("outputs")
        return [run.outputs, sorted(run.data.tags)]

    def logged_models() -> Any:
        if not hasattr(client, "get_logged_model"):
            raise Missing("get_logged_model")
        model_id = found["linear"].model_id
        with mlflow.start_run(run_name="measures") as run:
            book.name(run.info.run_id, "measures")
            mlflow.log_metric("rmse", 0.25, step=3, timestamp=1_700_000_000_000, model_id=model_id)
        client.set_logged_model_tags(model_id, {"stage": "candidate", "n": 1})
        client.delete_logged_model_tag(model_id, "n")
        model = client.get_logged_model(model_id)
        versions = [tag for tag in model.tags if not tag.startswith("mlflow.")]
        metrics = sorted(((m.key, m.value, m.step, m.model_id, m.run_id) for m in model.metrics), key=str)
        return [
            model.name, model.model_type, str(model.status), model.status_message, model.artifact_location,
            model.source_run_id, model.experiment_id == chosen, model.params, versions, metrics, model.model_uri,
        ]  # fmt: skip

    def external_life() -> Any:
        if not hasattr(mlflow, "initialize_logged_model"):
            raise Missing("initialize_logged_model")
        with mlflow.start_run(run_name="outside") as run:
            book.name(run.info.run_id, "outside")
            begun = mlflow.initialize_logged_model("outside", params={"a": 1}, tags={"t": "u"}, model_type="agent")
        book.name(begun.model_id, "outside model")
        mlflow.log_model_params({"b": "2"}, begun.model_id)
        ready = mlflow.finalize_logged_model(begun.model_id, "READY")
        failed = mlflow.initialize_logged_model("fails")
        book.name(failed.model_id, "failed model")
        mlflow.finalize_logged_model(failed.model_id, "FAILED")
        by_client = client.create_logged_model(chosen, name="by client", params={"p": "q"})
        book.name(by_client.model_id, "by client model")
        return [
            begun, ready.status, client.get_logged_model(begun.model_id), client.get_logged_model(failed.model_id).status,
            by_client, refused(client.get_logged_model, "m-" + "0" * 32), refused(client.create_logged_model, chosen, name="a/b"),
        ]  # fmt: skip

    def search_logged_models() -> Any:
        if not hasattr(client, "search_logged_models"):
            raise Missing("search_logged_models")
        texts = [
            "name = 'linear'", "name LIKE 'out%'", "params.a = '1'", "tags.t = 'u'", "tags.stage = 'candidate' and metrics.rmse < 1",
            "metrics.rmse > 1", "model_type = 'agent'", "status = 'READY'", "source_run_id = 'x'", "creation_timestamp > 1", "name >> 1", "nonsense = 1",
        ]  # fmt: skip
        found = {
            text: refused(
                lambda text=text: sorted(m.name for m in client.search_logged_models([chosen], filter_string=text))
            )
            for text in texts
        }
        page = client.search_logged_models(
            [chosen], max_results=2, order_by=[{"field_name": "creation_timestamp", "ascending": True}]
        )
        rest = client.search_logged_models(
            [chosen],
            max_results=20,
            order_by=[{"field_name": "creation_timestamp", "ascending": True}],
            page_token=page.token,
        )
        ordered = client.search_logged_models([chosen], order_by=[{"field_name": "metrics.rmse", "ascending": False}])
        rows = mlflow.search_logged_models([chosen], filter_string="name = 'linear'")
        return [
            found,
            [m.name for m in page],
            [m.name for m in rest],
            bool(rest.token),
            ordered[0].name,
            sorted(rows.columns),
            len(rows),
        ]

    def delete_logged_model() -> Any:
        if not hasattr(client, "delete_logged_model"):
            raise Missing("delete_logged_model")
        model = client.create_logged_model(chosen, name="to delete")
        client.delete_logged_model(model.model_id)
        return [
            refused(lambda: client.get_logged_model(model.model_id).name),
            [m.name for m in client.search_logged_models([chosen], filter_string="name = 'to delete'")],
            refused(client.delete_logged_model, model.model_id), refused(client.set_logged_model_tags, model.model_id, {"a": "b"}),
        ]  # fmt: skip

    book.live(
        "models",
        [log_sklearn, log_pyfunc, load, load_pyfunc, model_info, outputs, logged_models, external_life, search_logged_models, delete_logged_model],
    )  # fmt: skip


def registry(book: Notebook) -> None:
    client = mlflow.MlflowClient()
    run = client.search_runs([client.get_experiment_by_name("models").experiment_id], "attributes.run_name = 'linear'")[
        0
    ].info.run_id

    def create() -> Any:
        created = client.create_registered_model("Birds", tags={"kind": "small", "n": 1}, description="All birds.")
        for name in ("Bees", "bats", "With spaces & ünï"):
            client.create_registered_model(name)
        return [created, client.get_registered_model("Birds"), client.get_registered_model("With spaces & ünï")]

    def versions() -> Any:
        source = f"runs:/{run}/linear"
        made = [
            client.create_model_version("Birds", source, run, tags={"i": str(i)}, description=f"v{i}")
            for i in (1, 2, 3)
        ]
        made.append(mlflow.register_model(source, "Birds"))
        return [
            made,
            client.get_model_version("Birds", "2"),
            [v.version for v in client.get_registered_model("Birds").latest_versions],
        ]

    def update() -> Any:
        client.update_registered_model("Birds", "Other birds.")
        client.update_model_version("Birds", "1", "The first.")
        client.set_registered_model_tag("Birds", "kind", "big")
        client.set_model_version_tag("Birds", "1", "checked", "yes")
        client.set_model_version_tag("Birds", "1", "drop", "me")
        client.delete_model_version_tag("Birds", "1", "drop")
        client.delete_registered_model_tag("Birds", "n")
        return [
            client.get_registered_model("Birds").tags,
            client.get_model_version("Birds", 1),
            client.get_registered_model("Birds").description,
        ]

    def aliases() -> Any:
        client.set_registered_model_alias("Birds", "champion", "1")
        client.set_registered_model_alias("Birds", "champion", 2)
        client.set_registered_model_alias("Birds", "Old_one-1", "1")
        by_alias = client.get_model_version_by_alias("Birds", "champion")
        everywhere = [client.get_registered_model("Birds").aliases, client.get_model_version("Birds", "2").aliases]
        client.delete_registered_model_alias("Birds", "Old_one-1")
        loaded = type(mlflow.sklearn.load_model("models:/Birds@champion")).__name__
        return [by_alias.version, everywhere, client.get_registered_model("Birds").aliases, loaded]

    def stages() -> Any:
        moved = client.transition_model_version_stage("Birds", "1", "Staging")
        client.transition_model_version_stage("Birds", "2", "production")
        client.transition_model_version_stage("Birds", "3", "Production", archive_existing_versions=True)
        return [
            moved.current_stage, [[v.version, v.current_stage] for v in client.search_model_versions("name = 'Birds'", order_by=["version_number ASC"])],
            sorted((v.version, v.current_stage) for v in client.get_latest_versions("Birds")),
            [v.version for v in client.get_latest_versions("Birds", ["Production"])],
            client.get_model_version_stages("Birds", "1"), type(mlflow.sklearn.load_model("models:/Birds/Staging")).__name__,
            refused(client.transition_model_version_stage, "Birds", "1", "Attic"),
        ]  # fmt: skip

    def search_models() -> Any:
        texts = [
            "name = 'Birds'",
            "name LIKE 'B%'",
            "name ILIKE 'b%'",
            "tags.kind = 'big'",
            "tags.kind != 'small'",
            "name != 'Birds'",
            "nonsense = 1",
            "name >> 'a'",
            "",
        ]
        first = client.search_registered_models(max_results=2, order_by=["name ASC"])
        second = client.search_registered_models(max_results=2, order_by=["name ASC"], page_token=first.token)
        return [
            {t: refused(lambda t=t: [m.name for m in client.search_registered_models(t)]) for t in texts},
            {str(o): refused(lambda o=o: [m.name for m in client.search_registered_models(order_by=o)]) for o in (["name DESC"], ["last_updated_timestamp DESC"], ["nonsense"])},
            [[m.name for m in first], bool(first.token), [m.name for m in second]],
            [m.name for m in mlflow.search_registered_models(filter_string="name LIKE 'B%'")],
        ]  # fmt: skip

    def search_versions() -> Any:
        texts = [
            "name = 'Birds'", f"run_id = '{run}'", "name LIKE 'B%'", "tags.i = '2'", "version_number = 2", "version_number > 1 and name = 'Birds'",
            "name = 'nobody'", "source_path LIKE '%linear%'", "current_stage = 'Staging'", "run_id IN ('a', 'b')", "nonsense = 1", "",
        ]  # fmt: skip
        first = client.search_model_versions("name = 'Birds'", max_results=2, order_by=["version_number DESC"])
        second = client.search_model_versions(
            "name = 'Birds'", max_results=2, order_by=["version_number DESC"], page_token=first.token
        )
        return [
            {
                t: refused(lambda t=t: sorted([v.name, int(v.version)] for v in client.search_model_versions(t)))
                for t in texts
            },
            [[v.version for v in first], [v.version for v in second]],
            sorted(v.version for v in mlflow.search_model_versions(filter_string="name = 'Birds'")),
        ]

    def copy() -> Any:
        copied = client.copy_model_version("models:/Birds/2", "Copied birds")
        again = client.copy_model_version("models:/Birds@champion", "Copied birds")
        return [copied, again.version, type(mlflow.sklearn.load_model("models:/Copied birds/1")).__name__]

    def places() -> Any:
        return [
            client.get_model_version_download_uri("Birds", "1"),
            sorted(f.path for f in mlflow.artifacts.list_artifacts("models:/Birds/1")),
        ]

    def rename() -> Any:
        client.rename_registered_model("Birds", "Better birds")
        return [
            client.get_registered_model("Better birds").aliases,
            client.get_model_version("Better birds", "1").name,
            refused(client.get_registered_model, "Birds"),
        ]

    def delete() -> Any:
        client.delete_model_version("Better birds", "2")
        after = [
            client.get_registered_model("Better birds").aliases,
            sorted(int(v.version) for v in client.search_model_versions("name = 'Better birds'")),
        ]
        made = client.create_model_version("Better birds", f"runs:/{run}/linear", run).version
        client.delete_registered_model("Copied birds")
        client.delete_registered_model("bats")
        return [
            after,
            made,
            refused(client.get_registered_model, "bats"),
            list(client.search_model_versions("name = 'Copied birds'")),
        ]

    def refusals() -> Any:
        return {
            "taken": refused(client.create_registered_model, "Bees"),
            "empty name": refused(client.create_registered_model, ""),
            "slash": refused(lambda: client.create_registered_model("a/b").name),
            "unknown": refused(client.get_registered_model, "nobody"),
            "unknown version": refused(client.get_model_version, "Better birds", "99"),
            "version of nobody": refused(client.create_model_version, "nobody", f"runs:/{run}/linear", run),
            "no number": refused(client.get_model_version, "Better birds", "one"),
            "unknown alias": refused(client.get_model_version_by_alias, "Better birds", "nobody"),
            "alias of nobody": refused(client.set_registered_model_alias, "nobody", "a", "1"),
            "alias to nothing": refused(client.set_registered_model_alias, "Better birds", "a", "99"),
            "latest as alias": refused(client.set_registered_model_alias, "Better birds", "latest", "1"),
            "number as alias": refused(client.set_registered_model_alias, "Better birds", "v1", "1"),
            "rename to taken": refused(client.rename_registered_model, "Better birds", "Bees"),
            "rename nobody": refused(client.rename_registered_model, "nobody", "x"),
            "delete nobody": refused(client.delete_registered_model, "nobody"),
            "delete no version": refused(client.delete_model_version, "Better birds", "99"),
            "tag of nobody": refused(client.set_registered_model_tag, "nobody", "a", "b"),
            "load nobody": refused(mlflow.pyfunc.load_model, "models:/nobody/1"),
            "load no alias": refused(mlflow.pyfunc.load_model, "models:/Better birds@nobody"),
            "too many": refused(client.search_registered_models, max_results=100_000),
            "local file": refused(client.create_model_version, "Bees", "/etc"),
            "way out": refused(client.create_model_version, "Bees", "mlflow-artifacts:/../../etc"),
        }

    book.live(
        "registry",
        [create, versions, update, aliases, stages, search_models, search_versions, copy, places, rename, delete, refusals],
    )  # fmt: skip
