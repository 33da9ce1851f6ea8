"""Results in a folder, thresholds, metrics as values, and evaluators of other packages."""

from __future__ import annotations

import importlib
import json
import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import flowmill as mlflow
from flowmill.metrics import MetricValue
from flowmill.models import EvaluationResult, MetricThreshold, make_metric
from tests.evaluating.conftest import Trained


def test_a_result_goes_into_a_folder_and_comes_back(binary: Trained, tmp_path: Path) -> None:
    result = mlflow.evaluate(
        data=binary.answers,
        targets="y",
        predictions="said",
        model_type="classifier",
        custom_artifacts=[lambda predictions: {"first": predictions.head(3).to_frame(), "array": np.arange(2)}],
    )
    result.save(tmp_path / "kept")
    again = EvaluationResult.load(tmp_path / "kept")
    assert again.metrics == result.metrics
    assert again.artifacts.keys() == result.artifacts.keys()
    assert again.artifacts["first"].content.equals(result.artifacts["first"].content)
    assert again.artifacts["array"].content.tolist() == [0, 1]
    assert again.artifacts["confusion_matrix"].content.size == result.artifacts["confusion_matrix"].content.size
    fetched = type(result.artifacts["array"])(result.artifacts["array"].uri)
    assert fetched.content.tolist() == [0, 1]
    with pytest.raises(mlflow.MlflowException, match="not empty"):
        result.save(tmp_path / "kept")
    with pytest.raises(mlflow.MlflowException, match="no whole evaluation result"):
        EvaluationResult.load(tmp_path)


class Trap:
    def __reduce__(self) -> Any:
        return Path.touch, (Path("sprung"),)


@pytest.mark.parametrize("name", ["trap.pickle", "trap.npy"])
def test_no_pickle_of_a_result_is_read(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kept" / "artifacts").mkdir(parents=True)
    file = tmp_path / "kept" / "artifacts" / name
    if name.endswith(".npy"):
        np.save(file, np.array([Trap()], dtype=object), allow_pickle=True)
    else:
        file.write_bytes(pickle.dumps(Trap()))
    kind = "Numpy" if name.endswith(".npy") else "Pickle"
    metadata = {
        "trap": {"uri": f"/x/{name}", "class_name": f"mlflow.models.evaluation.artifacts.{kind}EvaluationArtifact"}
    }
    (tmp_path / "kept" / "artifacts_metadata.json").write_text(json.dumps(metadata))
    (tmp_path / "kept" / "metrics.json").write_text("{}")
    result = EvaluationResult.load(tmp_path / "kept")
    with pytest.raises((mlflow.MlflowException, ValueError), match=r"pickle|Object arrays"):
        _ = result.artifacts["trap"].content
    assert not Path("sprung").exists()


@pytest.mark.parametrize("uri", ["/x/..", "", "x/"])
def test_a_file_of_a_result_lies_in_its_folder(uri: str, tmp_path: Path) -> None:
    (tmp_path / "artifacts").mkdir()
    (tmp_path / "metrics.json").write_text("{}")
    metadata = {"a": {"uri": uri, "class_name": "TextEvaluationArtifact"}}
    (tmp_path / "artifacts_metadata.json").write_text(json.dumps(metadata))
    with pytest.raises(mlflow.MlflowException):
        EvaluationResult.load(tmp_path)


def _check(wanted: MetricThreshold, value: float, base: float | None = None) -> str | None:
    """What is missed, if anything is."""
    baseline = None if base is None else EvaluationResult({"m": base}, {})
    try:
        mlflow.validate_evaluation_results({"m": wanted}, EvaluationResult({"m": value}, {}), baseline)
    except mlflow.MlflowException as error:
        assert type(error).__name__ == "ModelValidationFailedException"
        return error.message
    return None


@pytest.mark.parametrize(
    ("wanted", "value", "base", "missed"),
    [
        ({"threshold": 0.9, "greater_is_better": True}, 0.9, None, None),
        ({"threshold": 0.9, "greater_is_better": True}, 0.89, None, "value threshold"),
        ({"threshold": 0.9, "greater_is_better": True}, float("nan"), None, "value threshold"),
        ({"threshold": 0.1, "greater_is_better": False}, 0.2, None, "value threshold"),
        ({"min_absolute_change": 0.1, "greater_is_better": True}, 0.75, 0.5, None),
        ({"min_absolute_change": 0.1, "greater_is_better": False}, 0.75, 0.5, "minimum absolute"),
        ({"min_relative_change": 0.5, "greater_is_better": True}, 0.75, 0.5, None),
        ({"min_relative_change": 0.5, "greater_is_better": True}, 0.7, 0.5, "minimum relative"),
        ({"min_relative_change": 0.5, "greater_is_better": True}, -0.5, -1.0, None),
        ({"min_relative_change": 0.5, "greater_is_better": True}, 0.1, 0.0, None),
        ({"min_relative_change": 0.5, "greater_is_better": True}, 0.0, 0.0, "not better"),
        ({"min_relative_change": 0.5, "greater_is_better": True}, 1.0, None, "missing from the evaluation result"),
    ],
)
def test_thresholds(wanted: dict[str, Any], value: float, base: float | None, missed: str | None) -> None:
    found = _check(MetricThreshold(**wanted), value, base)
    assert found is None if missed is None else missed in str(found)


def test_every_missed_threshold_is_named() -> None:
    wanted = {name: MetricThreshold(threshold=1, greater_is_better=True) for name in ("a", "b", "c")}
    with pytest.raises(mlflow.MlflowException) as error:
        mlflow.validate_evaluation_results(wanted, EvaluationResult({"a": 0.5, "b": 2}, {}))
    assert [line.split()[1] for line in error.value.message.splitlines()] == ["a", "validation"]
    with pytest.raises(mlflow.MlflowException, match="is a dict of names"):
        mlflow.validate_evaluation_results({"a": 5}, EvaluationResult({}, {}))  # type: ignore[dict-item]


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"threshold": 1},
        {"greater_is_better": True},
        {"threshold": "x", "greater_is_better": True},
        {"min_absolute_change": -1, "greater_is_better": True},
        {"min_relative_change": 2, "greater_is_better": True},
    ],
)
def test_thresholds_that_are_none(wanted: dict[str, Any]) -> None:
    with pytest.raises(mlflow.MlflowException, match=r"expected|must say|needs") as error:
        MetricThreshold(**wanted)
    assert type(error.value).__name__ == "MetricThresholdClassException"


def test_metrics_as_values() -> None:
    right, said = pd.Series([0, 1, 1, 0]), pd.Series([0, 1, 0, 0])
    found = {
        name: getattr(mlflow.metrics, name)()(predictions=said, targets=right).aggregate_results
        for name in "mae mse rmse r2_score max_error recall_score precision_score exact_match".split()
    }
    assert found["mae"] == {"mean_absolute_error": 0.25}
    assert found["rmse"] == {"root_mean_squared_error": 0.5}
    assert found["recall_score"] == {"recall_score": 0.5}
    assert found["exact_match"] == {"exact_match": 0.75}
    assert MetricValue(scores=[1, 2, 3]).aggregate_results == pytest.approx({"mean": 2, "variance": 2 / 3, "p90": 2.8})
    assert MetricValue(scores=["good"]).aggregate_results is None
    metric = make_metric(eval_fn=len, greater_is_better=True, version="v2")
    assert str(metric) == "EvaluationMetric(name=len, greater_is_better=True, long_name=len, version=v2)"
    with pytest.raises(mlflow.MlflowException, match="pass name="):
        make_metric(eval_fn=lambda predictions: 1, greater_is_better=True)
    with pytest.raises(mlflow.MlflowException, match="at least 1"):
        mlflow.metrics.precision_at_k(0)


def test_evaluators_of_other_packages(binary: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site"
    (site / "fairness-1.dist-info").mkdir(parents=True)
    (site / "fairness-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: fairness\nVersion: 1\n")
    (site / "fairness-1.dist-info" / "entry_points.txt").write_text(
        "[mlflow.model_evaluator]\nfairness = fairness:Fairness\n"
    )
    (site / "fairness.py").write_text(
        "from mlflow.models.evaluation import EvaluationResult, ModelEvaluator\n"
        "class Fairness(ModelEvaluator):\n"
        "    @classmethod\n"
        "    def can_evaluate(cls, *, model_type, evaluator_config, **kwargs):\n"
        "        return model_type == 'classifier'\n"
        "    def evaluate(self, *, model_type, dataset, run_id, evaluator_config, model=None, **kwargs):\n"
        "        share = evaluator_config.get('share', 1)\n"
        "        return EvaluationResult({'fairness': float(len(dataset.labels_data)) * share}, {}, run_id)\n"
    )
    mlflow.install_as_mlflow()
    monkeypatch.syspath_prepend(site)
    importlib.invalidate_caches()
    assert mlflow.models.list_evaluators() == ["default", "classifier", "regressor", "shap", "fairness"]
    asked: dict[str, Any] = {
        "data": binary.answers,
        "targets": "y",
        "predictions": "said",
        "model_type": "classifier",
    }
    both = mlflow.evaluate(**asked)
    assert (both.metrics["fairness"], both.metrics["accuracy_score"]) == (200, 0.95)
    one = mlflow.evaluate(**asked, evaluators="fairness", evaluator_config={"share": 0.5})
    assert one.metrics == {"fairness": 100}
    named = mlflow.evaluate(
        **asked,
        evaluators=["fairness", "default"],
        evaluator_config={"fairness": {"share": 2}, "default": {"metric_prefix": "x_"}},
    )
    assert (named.metrics["fairness"], named.metrics["x_accuracy_score"]) == (400, 0.95)
    sys.modules.pop("fairness", None)
