"""Explanations of SHAP, and what an explainer's model is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shap
from sklearn.linear_model import LinearRegression

import flowmill


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
