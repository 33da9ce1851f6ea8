"""Measuring a model and logging what was found, as a user does it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import flowmill as mlflow
from flowmill.metrics import MetricValue
from flowmill.models import make_metric
from tests.evaluating.conftest import Trained

COUNTS = {"true_negatives", "false_positives", "false_negatives", "true_positives", "example_count"}
SHARES = {"accuracy_score", "recall_score", "precision_score", "f1_score"}
CHANCES = {"log_loss", "roc_auc", "precision_recall_auc"}
CURVES = {"roc_curve_plot", "precision_recall_curve_plot", "lift_curve_plot", "calibration_curve_plot"}


def test_a_logged_classifier(binary: Trained) -> None:
    with mlflow.start_run() as run:
        info = mlflow.sklearn.log_model(binary.model, name="model")
        result = mlflow.models.evaluate(info.model_uri, binary.data, targets="y", model_type="classifier")
        assert mlflow.active_run() is not None

    assert result.run_id == run.info.run_id
    assert set(result.metrics) == {"score"} | COUNTS | SHARES | CHANCES
    assert result.metrics["accuracy_score"] == result.metrics["score"] == 0.95
    assert set(result.artifacts) == {"confusion_matrix"} | CURVES
    assert result.artifacts["roc_curve_plot"].content.size > (100, 100)
    stored = mlflow.get_run(run.info.run_id)
    assert stored.data.metrics == result.metrics
    assert [each.model_id for each in stored.inputs.model_inputs] == [info.model_id]
    (dataset,) = [each.dataset for each in stored.inputs.dataset_inputs]
    (noted,) = json.loads(stored.data.tags["mlflow.datasets"])
    assert (noted["name"], noted["model"]) == ("dataset", info.model_id)
    metrics = mlflow.get_logged_model(info.model_id).metrics
    assert {each.key: each.value for each in metrics or []} == result.metrics
    assert {each.dataset_digest for each in metrics or []} == {dataset.digest}
    assert {each.path for each in mlflow.MlflowClient().list_artifacts(run.info.run_id)} == {
        f"{name}.png" for name in result.artifacts
    }


def test_many_classes_have_a_table_of_each(multiclass: Trained) -> None:
    info = mlflow.sklearn.log_model(multiclass.model, name="model")
    result = mlflow.evaluate(info.model_uri, multiclass.data, targets="y", model_type="classifier")
    assert set(result.metrics) == {"score", "example_count", "log_loss", "roc_auc"} | SHARES
    assert set(result.artifacts) == {"confusion_matrix", "per_class_metrics"} | CURVES - {"lift_curve_plot"}
    table = result.artifacts["per_class_metrics"].content
    assert table["positive_class"].tolist() == ["ash", "elm", "fir", "oak"]
    assert table["true_positives"].sum() / len(multiclass.data) == pytest.approx(result.metrics["accuracy_score"])


def test_classes_that_no_row_is_of_are_no_obstacle(multiclass: Trained) -> None:
    info = mlflow.sklearn.log_model(multiclass.model, name="model")
    some = multiclass.data[multiclass.data["y"].isin(["ash", "elm"])]
    result = mlflow.evaluate(info.model_uri, some, targets="y", model_type="classifier")
    assert result.metrics["example_count"] == len(some)
    assert "roc_curve_plot" in result.artifacts


def test_a_function_and_predictions_in_the_data_say_the_same(regression: Trained) -> None:
    called = mlflow.evaluate(regression.model.predict, regression.data, targets="y", model_type="regressor")
    written = mlflow.evaluate(data=regression.answers, targets="y", predictions="said", model_type="regressor")
    dataset = mlflow.data.from_pandas(regression.answers, targets="y", predictions="said", name="answers")
    noted = mlflow.evaluate(data=dataset, model_type="regressor")
    assert called.metrics == written.metrics == noted.metrics
    assert set(called.metrics) == {
        "example_count",
        "max_error",
        "mean_absolute_error",
        "mean_absolute_percentage_error",
        "mean_on_target",
        "mean_squared_error",
        "r2_score",
        "root_mean_squared_error",
        "sum_on_target",
    }
    assert called.run_id != written.run_id
    assert mlflow.get_run(str(called.run_id)).info.status == "FINISHED"
    assert mlflow.active_run() is None


def test_the_column_of_a_table_that_the_model_gives(binary: Trained) -> None:
    def table(features: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"said": binary.model.predict(features), "sure": 0.5})

    result = mlflow.evaluate(table, binary.data, targets="y", predictions="said", model_type="classifier")
    assert result.metrics["accuracy_score"] == 0.95
    with pytest.raises(mlflow.MlflowException, match="pass predictions='<column>'"):
        mlflow.evaluate(table, binary.data, targets="y", model_type="classifier")


def test_a_model_in_an_environment_of_its_own(
    regression: Trained, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOWMILL_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "caches"))
    info = mlflow.sklearn.log_model(regression.model, name="model", input_example=regression.features.head(2))
    asked: dict[str, Any] = {"data": regression.data, "targets": "y", "model_type": "regressor"}
    there = mlflow.evaluate(info.model_uri, **asked, env_manager="uv")
    here = mlflow.evaluate(regression.model.predict, **asked)
    assert there.metrics == pytest.approx(here.metrics)
    with pytest.raises(mlflow.MlflowException, match="is the URI of a model"):
        mlflow.evaluate(regression.model.predict, **asked, env_manager="uv")


def test_prefix_weights_and_the_class_that_is_looked_for(binary: Trained) -> None:
    words = binary.answers.replace({0: "no", 1: "yes"})
    result = mlflow.evaluate(
        data=words,
        targets="y",
        predictions="said",
        model_type="classifier",
        evaluator_config={"metric_prefix": "val_", "pos_label": "no", "sample_weights": np.linspace(0.1, 1, 200)},
    )
    assert result.metrics["val_true_positives"] == (words["y"].eq("no") & words["said"].eq("no")).sum()
    assert result.metrics["val_accuracy_score"] == pytest.approx(0.9510278666)
    stored = mlflow.get_run(str(result.run_id))
    assert [tag.value for tag in stored.inputs.dataset_inputs[0].tags] == ["val_"]
    assert result.artifacts["confusion_matrix"].uri.endswith("/val_confusion_matrix.png")


def test_metrics_and_artifacts_of_ones_own(binary: Trained) -> None:
    calls: list[str] = []

    def squared(predictions: pd.Series, targets: pd.Series) -> float:
        calls.append("squared")
        return float(((predictions - targets) ** 2).mean())

    def twice(doubled: MetricValue) -> float:
        return 2 * (doubled.aggregate_results or {})["doubled"]

    def doubled(metrics: dict[str, MetricValue]) -> float:
        return 2 * (metrics["accuracy_score"].aggregate_results or {})["accuracy_score"]

    def rows(predictions: pd.Series, f0: pd.Series, weight: float) -> MetricValue:
        return MetricValue(scores=list(f0 * weight), justifications=["because"] * len(f0))

    def early(eval_df: pd.DataFrame, _builtin_metrics: dict[str, float]) -> float:
        return float((eval_df["prediction"] == eval_df["target"]).mean() - _builtin_metrics["accuracy_score"])

    def files(eval_df: pd.DataFrame, builtin_metrics: dict[str, Any], artifacts_dir: str) -> dict[str, Any]:
        (Path(artifacts_dir) / "words.txt").write_text("well done")
        return {
            "table": eval_df.head(3),
            "numbers": np.arange(3),
            "facts": {"a": [1]},
            "words": f"{artifacts_dir}/words.txt",
            "thing": object(),
        }

    metrics = [
        make_metric(eval_fn=function, greater_is_better=True) for function in (squared, twice, doubled, rows, early)
    ]
    result = mlflow.evaluate(
        binary.model.predict,
        binary.data,
        targets="y",
        model_type="classifier",
        extra_metrics=[*metrics, mlflow.metrics.exact_match()],
        custom_artifacts=[files],
        evaluator_config={"col_mapping": {"weight": 2.0}},
    )
    assert calls == ["squared"]
    found = result.metrics
    assert (found["squared"], found["doubled"], found["twice"], found["early"]) == (0.05, 1.9, 3.8, 0.0)
    assert found["exact_match/v1"] == 0.95
    assert found["rows/mean"] == pytest.approx(2 * binary.data["f0"].mean())
    table = result.tables["eval_results_table"]
    assert list(table.columns)[-3:] == ["outputs", "rows/score", "rows/justification"]
    assert result.artifacts["table"].content.shape == (3, 2)
    assert result.artifacts["numbers"].content.tolist() == [0, 1, 2]
    assert result.artifacts["facts"].content == {"a": [1]}
    assert result.artifacts["words"].content == "well done"
    assert "thing" not in result.artifacts
    assert mlflow.load_table("eval_results_table.json", [str(result.run_id)]).equals(table)


def test_what_was_found_is_kept_when_a_metric_of_ones_own_fails(binary: Trained) -> None:
    def broken(predictions: pd.Series) -> float:
        raise ValueError("no luck")

    with mlflow.start_run() as run, pytest.raises(mlflow.MlflowException, match=r"'broken'.*ValueError: no luck"):
        mlflow.evaluate(
            data=binary.answers,
            targets="y",
            predictions="said",
            model_type="classifier",
            extra_metrics=[make_metric(eval_fn=broken, greater_is_better=True)],
        )
    assert mlflow.get_run(run.info.run_id).data.metrics["accuracy_score"] == 0.95


def test_seconds_a_row() -> None:
    asked: list[int] = []

    def model(rows: pd.DataFrame) -> list[int]:
        asked.append(len(rows))
        return [1] * len(rows)

    data = pd.DataFrame({"a": [1, 2, 3]})
    result = mlflow.evaluate(model, data, extra_metrics=[mlflow.metrics.latency()])
    assert asked == [1, 1, 1]
    assert set(result.metrics) == {"latency/mean", "latency/variance", "latency/p90"}
    assert list(result.tables["eval_results_table"].columns) == ["a", "outputs", "latency"]


def test_rankings_of_documents() -> None:
    data = pd.DataFrame({"q": ["a", "b"], "right": [["x", "y"], ["z"]], "found": [["x", "q"], ["z", "w"]]})
    result = mlflow.evaluate(
        data=data, targets="right", predictions="found", model_type="retriever", evaluator_config={"retriever_k": 1}
    )
    assert result.metrics["precision_at_1/mean"] == 1
    assert result.metrics["recall_at_1/mean"] == 0.75
    assert result.metrics["ndcg_at_1/mean"] == 1


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no data": ({"data": None}, "no data"),
    "no predictions": ({"predictions": None}, "neither a model nor a column of predictions"),
    "a column that is not there": ({"targets": "nope"}, "no column 'nope' for its targets"),
    "no targets": ({"targets": None}, "pass targets"),
    "an unknown type": ({"model_type": "nonsense"}, "the types are classifier, regressor"),
    "an unknown evaluator": ({"evaluators": "nonsense"}, "the evaluators are default, classifier, regressor"),
    "texts": ({"model_type": "question-answering"}, "extra_metrics"),
    "a thing that is no model": ({"model": 5}, "model is a int"),
    "nothing to measure": ({"model_type": None}, "pass model_type or extra_metrics"),
    "a metric without brackets": ({"extra_metrics": mlflow.metrics.mae()}, "put it in brackets"),
    "a function that is no metric": ({"extra_metrics": [len]}, r"extra_metrics\[0\].*make_metric"),
    "a configuration that is none": ({"evaluator_config": 5}, "is a dict"),
    "weights of another length": ({"evaluator_config": {"sample_weights": [1]}}, "one for each of the rows"),
    "a class that is not there": ({"evaluator_config": {"pos_label": 7}}, r"expected one of the classes \[0, 1\]"),
    "a list without names": (
        {"evaluators": ["classifier"], "evaluator_config": {"pos_label": 1}},
        "a dict of a dict for each name",
    ),
}


@pytest.mark.parametrize("what", sorted(BAD))
def test_bad_arguments_say_what_to_do(what: str, binary: Trained) -> None:
    change, said = BAD[what]
    good: dict[str, Any] = {
        "data": binary.answers,
        "targets": "y",
        "predictions": "said",
        "model_type": "classifier",
    }
    with pytest.raises(mlflow.MlflowException, match=said) as error:
        mlflow.evaluate(**{**good, **change})
    assert error.value.error_code == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        ("said", [0.0, np.nan, 1.0], "1 of 3 predictions are missing"),
        ("said", [0.1, 0.9, 1.0], "0.1 is none"),
        ("said", ["no", "yes", "no"], "expected the same classes"),
        ("y", [1, 1, 1], "there is only"),
    ],
)
def test_answers_that_are_no_classes(column: str, values: list[Any], said: str) -> None:
    data = pd.DataFrame({"y": [0, 1, 0], "said": [1, 1, 1]}).assign(**{column: values})
    with pytest.raises(mlflow.MlflowException, match=said):
        mlflow.evaluate(data=data, targets="y", predictions="said", model_type="classifier")


def test_a_model_that_fails_fails_the_run(binary: Trained) -> None:
    def model(rows: Any) -> Any:
        raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        mlflow.evaluate(model, binary.data, targets="y", model_type="classifier")
    assert mlflow.search_runs(output_format="list")[0].info.status == "FAILED"
    with pytest.raises(mlflow.MlflowException, match="2 predictions for 200 rows"):
        mlflow.evaluate(lambda _: [0, 1], binary.data, targets="y", model_type="classifier")
