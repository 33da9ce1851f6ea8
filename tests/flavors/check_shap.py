"""Explanations of SHAP, and what an explainer's model is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shap
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeRegressor

import flowmill
from flowmill.data.evaluation_dataset import convert_data_to_mlflow_dataset
from flowmill.errors import Invalid
from flowmill.evaluating.case import Case
from flowmill.evaluating.explainability import Options, _explain


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(0).normal(size=(12, 3)), columns=["a", "b", "c"])


@pytest.fixture
def line(table: pd.DataFrame) -> LinearRegression:
    return LinearRegression().fit(table, table["a"] * 2 + table["b"])


@pytest.mark.parametrize("as_array", [False, True])
def test_explanations_are_files_of_the_run(
    table: pd.DataFrame, line: LinearRegression, tmp_path: Path, as_array: bool
) -> None:
    features: Any = table.to_numpy() if as_array else table
    flowmill.set_tracking_uri(f"sqlite:///{tmp_path / 'store.db'}")
    with flowmill.start_run() as run:
        uri = flowmill.shap.log_explanation(line.predict, features)
    assert uri == f"{run.info.artifact_uri}/model_explanations_shap"
    folder = Path(flowmill.artifacts.download_artifacts(uri))
    assert sorted(file.name for file in folder.iterdir()) == [
        "base_values.npy",
        "shap_values.npy",
        "summary_bar_plot.png",
    ]
    values, base = np.load(folder / "shap_values.npy"), np.load(folder / "base_values.npy")
    np.testing.assert_allclose(values.sum(axis=1) + base, line.predict(table), atol=1e-6)
    assert (folder / "summary_bar_plot.png").read_bytes().startswith(b"\x89PNG")


def test_several_outputs_and_a_folder_of_one_s_own(table: pd.DataFrame, line: LinearRegression, tmp_path: Path) -> None:
    flowmill.set_tracking_uri(f"sqlite:///{tmp_path / 'store.db'}")

    def both(rows: Any) -> Any:
        found = line.predict(pd.DataFrame(rows, columns=list("abc")))
        return np.stack([found, -found], axis=1)

    uri = flowmill.shap.log_explanation(both, table, artifact_path="mine")
    flowmill.end_run()
    folder = Path(flowmill.artifacts.download_artifacts(uri))
    assert np.load(folder / "shap_values.npy").shape == (12, 3, 2)
    assert np.load(folder / "base_values.npy").shape == (2,)


def test_what_cannot_be_explained_is_told(table: pd.DataFrame, line: LinearRegression) -> None:
    for wrong, words in ((table.to_dict(), "expected a DataFrame"), (table.head(0), "has no rows")):
        with pytest.raises(flowmill.MlflowException, match=words):
            flowmill.shap.log_explanation(line.predict, wrong)
    assert flowmill.active_run() is None


def test_the_flavor_of_an_explainer_s_model(table: pd.DataFrame, line: LinearRegression) -> None:
    exact = shap.ExactExplainer(line.predict, table)
    assert flowmill.shap.get_underlying_model_flavor(exact.model) == "sklearn"
    assert flowmill.shap.get_underlying_model_flavor(object()) == "unknown"


def test_functions_have_mlflow_s_names() -> None:
    names = [getattr(flowmill.shap, name).__name__ for name in ("save_explainer", "log_explainer", "load_explainer")]
    assert names == ["save_explainer", "log_explainer", "load_explainer"]
    with pytest.raises(TypeError, match=r"save_explainer\(\) missing a required argument: 'path'"):
        flowmill.shap.save_explainer(object())


PICTURES = ["shap_beeswarm_plot", "shap_feature_importance_plot", "shap_summary_plot"]
"""The names that MLflow gives them."""


@pytest.fixture
def measured(table: pd.DataFrame, tmp_path: Path) -> pd.DataFrame:
    flowmill.set_tracking_uri(f"sqlite:///{tmp_path / 'store.db'}")
    return table.assign(t=table["a"] * 2 + table["b"])


def evaluate(model: Any, data: pd.DataFrame, kind: str = "regressor", **config: Any) -> Any:
    uri = flowmill.sklearn.log_model(model, name="model").model_uri if hasattr(model, "fit") else model
    return flowmill.evaluate(uri, data, targets="t", model_type=kind, evaluator_config=config)


def test_an_evaluation_explains_the_model(measured: pd.DataFrame, line: LinearRegression) -> None:
    with flowmill.start_run() as run:
        found = evaluate(line, measured, metric_prefix="val_")
    assert sorted(found.artifacts) == PICTURES and "val_mean_squared_error" in found.metrics
    stored = flowmill.MlflowClient().list_artifacts(run.info.run_id)
    files = [file.path for file in stored if file.path.endswith(".png")]
    assert files == [f"val_{name}.png" for name in PICTURES]
    for artifact in found.artifacts.values():
        assert artifact.data.startswith(b"\x89PNG") and len(artifact.data) > 5000


@pytest.mark.parametrize("algorithm", ["exact", "permutation", "partition", "kernel"])
@pytest.mark.parametrize("classes", [2, 3])
def test_classifiers_by_every_algorithm(measured: pd.DataFrame, algorithm: str, classes: int) -> None:
    data = measured.assign(t=np.arange(len(measured)) % classes)
    model = LogisticRegression().fit(data[["a", "b", "c"]], data["t"])
    found = evaluate(model, data, "classifier", explainability_algorithm=algorithm, explainability_nsamples=5)
    assert set(PICTURES) <= set(found.artifacts)


def test_a_function_a_tree_and_an_array_are_explained(measured: pd.DataFrame, line: LinearRegression) -> None:
    features = measured[["a", "b", "c"]]
    tree = DecisionTreeRegressor(max_depth=2).fit(features, measured["t"])
    for model in (line.predict, tree):
        assert sorted(evaluate(model, measured).artifacts) == PICTURES
    found = flowmill.evaluate(
        LinearRegression().fit(features.to_numpy(), measured["t"]).predict,
        features.to_numpy(),
        targets=measured["t"].to_numpy(),
        model_type="regressor",
    )
    assert sorted(found.artifacts) == PICTURES


def test_the_weights_are_those_of_the_model(measured: pd.DataFrame, line: LinearRegression) -> None:
    case = Case(convert_data_to_mlflow_dataset(measured, "t").to_evaluation_dataset(), {}, _Asked(line))
    for algorithm in (None, "exact", "kernel"):
        config = {"explainability_algorithm": algorithm} if algorithm else {}
        _, explained = _explain(case, "regressor", Options(config))
        centred = measured[["a", "b", "c"]] - measured[["a", "b", "c"]].mean()
        np.testing.assert_allclose(explained.values, centred * [2, 1, 0], atol=1e-6)
        assert explained.names[explained.shown[0]] == "c"


class _Asked:
    def __init__(self, model: Any) -> None:
        self.predict = model.predict


def test_what_is_not_explained_and_what_is_refused(
    measured: pd.DataFrame, line: LinearRegression, caplog: pytest.LogCaptureFixture
) -> None:
    features = ["a", "b", "c"]
    assert not evaluate(line, measured, log_model_explainability=False).artifacts
    with_text = measured.assign(word="x")
    assert not evaluate(lambda rows: line.predict(rows[features]), with_text).artifacts
    assert "not all of its features are numbers" in caplog.text

    def fails(rows: Any) -> Any:
        if len(rows) != len(measured):
            raise ValueError("not so many")
        return line.predict(rows)

    found = evaluate(fails, measured)
    assert not found.artifacts and found.metrics["mean_squared_error"] < 1e-9
    assert "SHAP could not explain the model: ValueError" in caplog.text
    for name, value in (
        ("explainability_algorithm", "guess"),
        ("explainability_nsamples", 0),
        ("explainability_kernel_link", "cube"),
    ):
        with pytest.raises(Invalid, match=f"{name} is {value!r}: expected"):
            evaluate(line.predict, measured, **{name: value})


def test_the_explainer_is_a_model_itself(measured: pd.DataFrame, line: LinearRegression) -> None:
    with flowmill.start_run():
        evaluate(line, measured, log_explainer=True)
    named = {model.name: model for model in flowmill.search_logged_models(output_format="list")}
    explainer = flowmill.shap.load_explainer(f"models:/{named['explainer'].model_id}")
    values = explainer(measured[["a", "b", "c"]]).values
    np.testing.assert_allclose(values.sum(axis=1), measured["t"] - measured["t"].mean(), atol=1e-6)
