"""Trainings of XGBoost, LightGBM and statsmodels that log themselves; names are those that MLflow was seen to log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import lightgbm
import pytest
import statsmodels.api as statsmodels
import xgboost
from sklearn.datasets import load_diabetes, load_iris

import flowmill as mlflow
from flowmill.autologging import configuration
from flowmill.entities import Run

FRAME, CLASSES = load_iris(return_X_y=True, as_frame=True)
ARRAY, NUMBERS = load_diabetes(return_X_y=True)


@pytest.fixture(autouse=True)
def off_again() -> Iterator[None]:
    """Whatever a test turns on is off after it."""
    yield
    configuration._chosen.clear()


def only_run() -> Run:
    (run,) = mlflow.search_runs(output_format="list")
    return run


def history(run: Run, key: str) -> list[tuple[int, float]]:
    return [(point.step, point.value) for point in mlflow.MlflowClient().get_metric_history(run.info.run_id, key)]


def files(run: Run) -> set[str]:
    return {file.path for file in mlflow.MlflowClient().list_artifacts(run.info.run_id)}


def datasets(run: Run) -> list[tuple[str, str]]:
    return [(each.dataset.name, each.tags[0].value) for each in run.inputs.dataset_inputs]


def test_rounds_of_xgboost() -> None:
    mlflow.xgboost.autolog(log_models=False, silent=True)
    train, check = xgboost.DMatrix(FRAME, CLASSES), xgboost.DMatrix(FRAME[100:], CLASSES[100:])
    seen: dict[str, Any] = {}
    xgboost.train(
        {"objective": "multi:softprob", "num_class": 3, "max_depth": 2},
        train,
        num_boost_round=4,
        evals=[(train, "train"), (check, "val")],
        evals_result=seen,
        verbose_eval=False,
    )
    run = only_run()
    assert run.data.params == {
        "objective": "multi:softprob",
        "num_class": "3",
        "max_depth": "2",
        "num_boost_round": "4",
        "verbose_eval": "False",
        "maximize": "None",
        "early_stopping_rounds": "None",
        "custom_metric": "None",
    }
    for data in ("train", "val"):
        assert history(run, f"{data}-mlogloss") == list(enumerate(seen[data]["mlogloss"]))
    assert run.data.tags["mlflow.autologging"] == "xgboost"
    assert files(run) == {"feature_importance_weight.json", "feature_importance_weight.png"}
    assert sorted(datasets(run)) == [("dataset", "train"), ("train", "eval"), ("val", "eval")]
    weights = mlflow.artifacts.load_dict(f"runs:/{run.info.run_id}/feature_importance_weight.json")
    assert set(weights) <= set(FRAME.columns)


def test_an_early_stop_of_xgboost() -> None:
    mlflow.xgboost.autolog(log_models=False, silent=True, importance_types=["gain"])
    train, check = xgboost.DMatrix(ARRAY[:300], NUMBERS[:300]), xgboost.DMatrix(ARRAY[300:], NUMBERS[300:])
    model = xgboost.train({"eta": 1}, train, 50, evals=[(check, "val")], early_stopping_rounds=2, verbose_eval=False)
    run = only_run()
    points = history(run, "val-rmse")
    assert run.data.metrics["best_iteration"] == model.best_iteration
    assert run.data.metrics["stopped_iteration"] == points[-1][0] - 1 == model.best_iteration + 2
    assert points[-1][1] == points[model.best_iteration][1] == min(value for _, value in points)
    assert "feature_importance_gain.json" in files(run)


def test_classes_of_xgboost_for_sklearn() -> None:
    mlflow.autolog(log_models=False, silent=True)
    model = xgboost.XGBClassifier(n_estimators=3, eval_metric="merror")
    model.fit(FRAME, CLASSES, eval_set=[(FRAME, CLASSES)], verbose=False)
    run = only_run()
    assert run.data.params["num_boost_round"] == "3"
    assert len(history(run, "validation_0-merror")) == 3
    assert model.predict(FRAME).shape == (150,)


def test_rounds_of_lightgbm() -> None:
    mlflow.lightgbm.autolog(log_models=False, silent=True)
    train = lightgbm.Dataset(FRAME, CLASSES, free_raw_data=False)
    check = lightgbm.Dataset(FRAME[100:], CLASSES[100:], reference=train, free_raw_data=False)
    seen: dict[str, Any] = {}
    lightgbm.train(
        {"objective": "multiclass", "num_class": 3, "verbose": -1, "metric": ["multi_logloss"]},
        train,
        num_boost_round=4,
        valid_sets=[train, check],
        valid_names=["train", "val"],
        callbacks=[lightgbm.record_evaluation(seen)],
    )
    run = only_run()
    assert run.data.params == {
        "objective": "multiclass",
        "num_class": "3",
        "verbose": "-1",
        "metric": "['multi_logloss']",
        "num_boost_round": "4",
        "keep_training_booster": "False",
    }
    for data in ("train", "val"):
        assert history(run, f"{data}-multi_logloss") == list(enumerate(seen[data]["multi_logloss"]))
    kinds = {f"feature_importance_{kind}.{end}" for kind in ("split", "gain") for end in ("json", "png")}
    assert files(run) == kinds
    assert sorted(datasets(run)) == [("dataset", "train"), ("train", "eval"), ("val", "eval")]


def test_an_early_stop_of_lightgbm() -> None:
    mlflow.lightgbm.autolog(log_models=False, silent=True)
    train = lightgbm.Dataset(ARRAY[:300], NUMBERS[:300])
    check = lightgbm.Dataset(ARRAY[300:], NUMBERS[300:], reference=train)
    model = lightgbm.train(
        {"learning_rate": 1, "verbose": -1, "metric": "l2"},
        train,
        50,
        valid_sets=[check],
        valid_names=["val"],
        callbacks=[lightgbm.early_stopping(2, verbose=False)],
    )
    run = only_run()
    points = history(run, "val-l2")
    assert run.data.metrics["best_iteration"] == model.best_iteration
    assert run.data.metrics["stopped_iteration"] == len(points) - 1 == model.best_iteration + 2
    assert points[-1][1] == min(value for _, value in points)


def test_classes_of_lightgbm_for_sklearn() -> None:
    mlflow.autolog(log_models=False, silent=True)
    lightgbm.LGBMRegressor(n_estimators=3, verbose=-1).fit(ARRAY, NUMBERS)
    run = only_run()
    assert (run.data.params["num_boost_round"], run.data.params["objective"]) == ("3", "regression")
    assert datasets(run) == [("dataset", "train")]


def test_models_are_logged_with_their_flavors() -> None:
    mlflow.autolog(silent=True, log_input_examples=True)
    with mlflow.start_run() as first:
        lightgbm.train({"verbose": -1}, lightgbm.Dataset(ARRAY, NUMBERS), 2)
    with mlflow.start_run() as second:
        statsmodels.OLS(NUMBERS, ARRAY).fit()
    for each, flavor in ((first, "lightgbm"), (second, "statsmodels")):
        outputs = mlflow.get_run(each.info.run_id).outputs
        assert outputs is not None
        (output,) = outputs.model_outputs
        model = mlflow.pyfunc.load_model(f"models:/{output.model_id}")
        assert flavor in model.metadata.flavors
        assert (model.metadata.signature is None) == (flavor == "statsmodels")
        assert len(model.predict(ARRAY)) == len(NUMBERS)


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_a_training_that_fails_fails_as_without_it(library: str) -> None:
    getattr(mlflow, library).autolog(silent=True)
    train, data = (
        (xgboost.train, xgboost.DMatrix(ARRAY, NUMBERS))
        if library == "xgboost"
        else (lightgbm.train, lightgbm.Dataset(ARRAY, NUMBERS))
    )
    with pytest.raises(Exception, match="nonsense"):
        train({"objective": "nonsense", "verbose": -1}, data, 2)
    assert only_run().info.status == "FAILED"


def test_results_of_statsmodels() -> None:
    mlflow.statsmodels.autolog(log_models=False, silent=True)
    result = statsmodels.OLS(NUMBERS, statsmodels.add_constant(ARRAY)).fit()
    run = only_run()
    assert run.data.params == {"method": "pinv", "cov_type": "nonrobust", "cov_kwds": "None", "use_t": "None"}
    assert run.data.metrics["rsquared"] == result.rsquared
    assert set(run.data.metrics) == set(
        "aic bic centered_tss condition_number df_model df_resid ess f_pvalue fvalue llf mse_model mse_resid mse_total "
        "rsquared rsquared_adj scale ssr uncentered_tss".split()
    )
    assert "OLS Regression Results" in mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/model_summary.txt")


def test_one_fit_of_statsmodels_is_one_run() -> None:
    mlflow.autolog(log_models=False, silent=True)
    statsmodels.GLM(NUMBERS, statsmodels.add_constant(ARRAY)).fit(maxiter=7)
    assert only_run().data.params["maxiter"] == "7"
