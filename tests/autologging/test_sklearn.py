"""Trainings of scikit-learn that log themselves; names and numbers are those that MLflow was seen to log."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
import pandas
import pytest
import sklearn.metrics
from sklearn.cluster import KMeans
from sklearn.datasets import load_diabetes, load_iris
from sklearn.decomposition import PCA
from sklearn.ensemble import BaggingClassifier, VotingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, cross_val_score, train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

import flowmill as mlflow
from flowmill.autologging import configuration
from flowmill.entities import Run
from flowmill.errors import Invalid

FRAME, CLASSES = load_iris(return_X_y=True, as_frame=True)
ARRAY, NUMBERS = load_diabetes(return_X_y=True)
OF_CLASSIFIERS = {"training_precision_score", "training_recall_score", "training_f1_score", "training_accuracy_score"}


@pytest.fixture(autouse=True)
def off_again() -> Iterator[None]:
    """Whatever a test turns on is off after it."""
    yield
    configuration._chosen.clear()


def runs() -> list[Run]:
    return mlflow.search_runs(output_format="list", order_by=["start_time"])


def only_run() -> Run:
    (run,) = runs()
    return run


def files(run: Run) -> set[str]:
    return {file.path for file in mlflow.MlflowClient().list_artifacts(run.info.run_id)}


def test_a_classifier_logs_itself() -> None:
    mlflow.sklearn.autolog(silent=True)
    model = LogisticRegression(max_iter=300).fit(FRAME, CLASSES)
    run = only_run()
    assert run.info.status == "FINISHED"
    assert mlflow.active_run() is None
    assert run.data.params == {key: str(value) for key, value in model.get_params().items()}
    expected = {
        "training_precision_score": 0.9738,
        "training_recall_score": 0.9733,
        "training_f1_score": 0.9733,
        "training_accuracy_score": 0.9733,
        "training_log_loss": 0.1196,
        "training_roc_auc": 0.9983,
        "training_score": 0.9733,
    }
    # How far the solver goes differs a little between processors.
    assert run.data.metrics == pytest.approx(expected, abs=5e-4)
    assert run.data.tags["mlflow.autologging"] == "sklearn"
    assert run.data.tags["estimator_name"] == "LogisticRegression"
    assert run.data.tags["estimator_class"] == "sklearn.linear_model._logistic.LogisticRegression"
    assert files(run) >= {"estimator.html", "training_confusion_matrix.png"}
    (used,) = run.inputs.dataset_inputs
    assert (used.dataset.name, used.dataset.source_type) == ("dataset", "code")
    assert [(tag.key, tag.value) for tag in used.tags] == [("mlflow.data.context", "train")]
    assert run.outputs is not None
    (output,) = run.outputs.model_outputs
    logged = mlflow.get_logged_model(output.model_id)
    assert (logged.name, logged.params) == ("model", run.data.params)
    assert logged.metrics is not None
    assert {metric.key: metric.value for metric in logged.metrics} == run.data.metrics
    assert {metric.dataset_digest for metric in logged.metrics} == {used.dataset.digest}
    loaded = mlflow.pyfunc.load_model(f"models:/{output.model_id}")
    assert loaded.metadata.signature is not None
    assert list(loaded.predict(FRAME)) == list(model.predict(FRAME))


def test_a_regressor_on_arrays() -> None:
    mlflow.sklearn.autolog(log_models=False, silent=True)
    LinearRegression().fit(X=ARRAY, y=NUMBERS)
    run = only_run()
    assert {key: round(value, 4) for key, value in run.data.metrics.items()} == {
        "training_mean_squared_error": 2859.6963,
        "training_mean_absolute_error": 43.2775,
        "training_r2_score": 0.5177,
        "training_root_mean_squared_error": 53.4761,
        "training_score": 0.5177,
    }
    assert files(run) == {"estimator.html"}
    assert not run.outputs or not run.outputs.model_outputs
    (used,) = run.inputs.dataset_inputs
    assert json.loads(used.dataset.profile or "")["features_shape"] == [442, 10]


def test_estimators_of_other_kinds() -> None:
    mlflow.sklearn.autolog(log_models=False, log_datasets=False, silent=True)
    StandardScaler().fit_transform(FRAME)
    assert not runs()  # prepares data, trains nothing
    found = {}
    for estimator, act in [
        (KMeans(3, n_init=1), lambda each: each.fit_predict(FRAME)),
        (PCA(2), lambda each: each.fit_transform(FRAME)),
        (LinearSVC(), lambda each: each.fit(FRAME, CLASSES)),
        (make_pipeline(StandardScaler(), LogisticRegression()), lambda each: each.fit(FRAME, CLASSES)),
        (
            VotingClassifier([("a", LogisticRegression(max_iter=300)), ("b", GaussianNB())]),
            lambda each: each.fit(FRAME, CLASSES),
        ),
    ]:
        act(estimator)
        found[type(estimator).__name__] = mlflow.last_active_run()
    assert len(runs()) == len(found)
    assert all(not run.inputs.dataset_inputs for run in runs())
    assert found["KMeans"].data.metrics == found["PCA"].data.metrics == {}
    assert set(found["LinearSVC"].data.metrics) == OF_CLASSIFIERS | {"training_score"}
    assert found["Pipeline"].data.params["logisticregression__C"] == "1.0"
    assert found["VotingClassifier"].data.params["b__var_smoothing"] == "1e-09"
    assert set(found["VotingClassifier"].data.metrics) == OF_CLASSIFIERS | {"training_score"}


def test_two_classes_have_curves_and_a_positive_one() -> None:
    mlflow.sklearn.autolog(log_models=False, silent=True, pos_label=1)
    some = CLASSES > 0
    model = LogisticRegression(C=0.01).fit(FRAME[some], CLASSES[some])
    run = only_run()
    expected = sklearn.metrics.precision_score(CLASSES[some], model.predict(FRAME[some]), pos_label=1)
    assert run.data.metrics["training_precision_score"] == expected
    assert files(run) >= {"training_roc_curve.png", "training_precision_recall_curve.png"}


def test_weights_count() -> None:
    mlflow.sklearn.autolog(log_models=False, silent=True)
    weights = numpy.where(CLASSES == 0, 10.0, 1.0)
    model = LogisticRegression(max_iter=300).fit(FRAME, CLASSES, sample_weight=weights)
    run = only_run()
    assert run.data.metrics["training_score"] == model.score(FRAME, CLASSES, weights)
    assert "training_roc_auc" not in run.data.metrics  # pairs of classes cannot be weighted


def test_a_search_logs_its_best_candidates() -> None:
    mlflow.sklearn.autolog(silent=True, max_tuning_runs=2)
    search = GridSearchCV(LogisticRegression(max_iter=300), {"C": [0.1, 1, 10]}, cv=3).fit(FRAME, CLASSES)
    (parent,) = [run for run in runs() if "mlflow.parentRunId" not in run.data.tags]
    children = [run for run in runs() if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
    assert len(runs()) == 3 and sorted(run.data.params["C"] for run in children) == ["1", "10"]
    assert parent.data.params["best_C"] == str(search.best_params_["C"])
    assert parent.data.params["cv"] == "3" and "estimator__C" not in parent.data.params
    assert parent.data.metrics["best_cv_score"] == search.best_score_
    assert "cv_results.csv" in files(parent)
    measured = {f"{of}_{what}" for of in ("mean", "std") for what in ("fit_time", "score_time", "test_score")}
    for child in children:
        assert set(child.data.metrics) == measured | {"rank_test_score"}
        assert child.data.tags["estimator_name"] == "LogisticRegression"
        assert child.data.params["max_iter"] == "300"
        assert child.info.status == "FINISHED"
    assert parent.outputs is not None
    models = [mlflow.get_logged_model(each.model_id) for each in parent.outputs.model_outputs]
    assert sorted(model.name for model in models) == ["best_estimator", "model"]
    best = next(model for model in models if model.name == "best_estimator")
    assert best.params is not None and best.params["C"] == str(search.best_params_["C"])
    assert {metric.key for metric in best.metrics or ()} == measured | {"rank_test_score"}


@pytest.mark.parametrize(("most", "children"), [(None, 7), (0, 0)])
def test_how_many_candidates(most: int | None, children: int) -> None:
    mlflow.sklearn.autolog(log_models=False, log_datasets=False, silent=True, max_tuning_runs=most)
    RandomizedSearchCV(
        GaussianNB(),
        {"var_smoothing": numpy.logspace(-9, -3, 7)},
        n_iter=7,
        cv=2,
        scoring=["accuracy", "f1_macro"],
        refit="f1_macro",
    ).fit(FRAME, CLASSES)
    assert len(runs()) == children + 1
    with pytest.raises(Invalid, match="max_tuning_runs is -1"):
        mlflow.sklearn.autolog(max_tuning_runs=-1)


def test_what_is_measured_afterwards() -> None:
    mlflow.sklearn.autolog(log_models=False, silent=True)
    X_train, X_test, y_train, y_test = train_test_split(FRAME, CLASSES, random_state=0)
    model = LogisticRegression(max_iter=300).fit(X_train, y_train)
    predicted = model.predict(X_test)
    accuracy = sklearn.metrics.accuracy_score(y_test, predicted)
    sklearn.metrics.accuracy_score(y_test, predicted)
    sklearn.metrics.f1_score(y_true=y_test, y_pred=model.predict(X_test), average="macro")
    sklearn.metrics.accuracy_score(y_test, predicted.copy())  # nobody knows what that is
    sklearn.metrics.confusion_matrix(y_test, predicted)
    score = model.score(X_test, y_test)
    other = Ridge()
    other.coef_, other.intercept_ = numpy.zeros(4), 0.0
    sklearn.metrics.r2_score(y_test, other.predict(X_test.to_numpy()))  # of a model that was not trained here
    run = only_run()
    measured = {key: value for key, value in run.data.metrics.items() if not key.startswith("training_")}
    assert measured == {
        "accuracy_score_X_test": accuracy,
        "accuracy_score-2_X_test": accuracy,
        "f1_score_X_test": pytest.approx(0.9717, abs=1e-4),
        "LogisticRegression_score_X_test": score,
    }
    calls = mlflow.artifacts.load_dict(f"runs:/{run.info.run_id}/metric_info.json")
    assert calls == {
        "accuracy_score_X_test": "accuracy_score(y_true=y_test, y_pred=predicted)",
        "accuracy_score-2_X_test": "accuracy_score(y_true=y_test, y_pred=predicted)",
        "f1_score_X_test": "f1_score(y_true=y_test, y_pred=<ndarray>, average='macro')",
        "LogisticRegression_score_X_test": "LogisticRegression.score(X=X_test, y=y_test)",
    }
    contexts = [[tag.value for tag in each.tags] for each in run.inputs.dataset_inputs]
    assert sorted(contexts) == [["eval"], ["train"]]


def test_nothing_is_measured_afterwards_if_nobody_wants_it() -> None:
    mlflow.sklearn.autolog(log_models=False, silent=True, log_post_training_metrics=False)
    model = LogisticRegression(max_iter=300).fit(FRAME, CLASSES)
    sklearn.metrics.accuracy_score(CLASSES, model.predict(FRAME))
    model.score(FRAME, CLASSES)
    assert all(key.startswith("training_") for key in only_run().data.metrics)


def test_each_fold_of_a_cross_validation_has_a_run() -> None:
    mlflow.sklearn.autolog(log_models=False, log_datasets=False, silent=True)
    scores = cross_val_score(LogisticRegression(max_iter=300), FRAME, CLASSES, cv=3)
    logged = [run.data.metrics["LogisticRegression_score_X_test"] for run in runs()]
    assert sorted(logged) == sorted(scores)


def test_a_run_that_is_open_is_logged_to_and_stays_open() -> None:
    mlflow.sklearn.autolog(log_models=False, log_datasets=False, silent=True)
    with mlflow.start_run() as run:
        LinearRegression().fit(ARRAY, NUMBERS)
        assert mlflow.active_run() is run
    assert only_run().info.run_id == run.info.run_id
    assert "training_r2_score" in only_run().data.metrics
    assert "mlflow.autologging" not in only_run().data.tags


def test_exclusive_leaves_it_alone() -> None:
    mlflow.sklearn.autolog(exclusive=True, silent=True)
    with mlflow.start_run():
        LinearRegression().fit(ARRAY, NUMBERS)
    assert not only_run().data.metrics


def test_off_and_on_again() -> None:
    mlflow.sklearn.autolog(log_models=False, silent=True)
    mlflow.sklearn.autolog(disable=True)
    LinearRegression().fit(ARRAY, NUMBERS)
    assert not runs()
    mlflow.autolog(log_models=False, silent=True)  # the integration's own word counts for more
    LinearRegression().fit(ARRAY, NUMBERS)
    assert not runs()
    mlflow.sklearn.autolog(log_models=False, silent=True)
    LinearRegression().fit(ARRAY, NUMBERS)
    assert len(runs()) == 1


def test_all_integrations_at_once() -> None:
    mlflow.autolog(exclude_flavors=["sklearn"])
    LinearRegression().fit(ARRAY, NUMBERS)
    assert not runs()
    mlflow.autolog(log_models=False, silent=True, extra_tags={"team": "bees"})
    LinearRegression().fit(ARRAY, NUMBERS)
    assert only_run().data.tags["team"] == "bees"
    with pytest.raises(Invalid, match="exclude_flavors holds 7"):
        mlflow.autolog(exclude_flavors=[7])  # type: ignore[list-item]


def test_a_training_that_fails_fails_as_without_it() -> None:
    mlflow.sklearn.autolog(silent=True)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        LogisticRegression().fit(FRAME, CLASSES[:3])
    run = only_run()
    assert run.info.status == "FAILED"
    assert run.data.params["C"] == "1.0"
    assert mlflow.active_run() is None


def test_what_fails_in_the_logging_is_said_once_and_hurts_nobody(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    mlflow.sklearn.autolog(log_models=False)

    def full(*args: Any, **kwargs: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("flowmill.autologging.sklearn.dataset_of", full)
    monkeypatch.setattr("flowmill.autologging.sklearn.training_metrics", full)
    for _ in range(2):
        model = LinearRegression().fit(ARRAY, NUMBERS)
        assert model.predict(ARRAY).shape == NUMBERS.shape
    assert [run.data.params["fit_intercept"] for run in runs()] == ["True", "True"]
    assert sum("the disk is full" in record.getMessage() for record in caplog.records) == 1
    monkeypatch.setattr("flowmill.session.start_run", full)
    LinearRegression().fit(ARRAY, NUMBERS)
    assert len(runs()) == 2


def test_fits_of_threads_and_pools(monkeypatch: pytest.MonkeyPatch) -> None:
    mlflow.sklearn.autolog(log_models=False, log_datasets=False, silent=True)
    from joblib import parallel_backend

    with parallel_backend("threading", n_jobs=2):
        BaggingClassifier(GaussianNB(), n_estimators=4, n_jobs=2).fit(FRAME, CLASSES)
    assert len(runs()) == 1  # the pool works for one fit
    threads = [threading.Thread(target=lambda: GaussianNB().fit(FRAME, CLASSES)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(runs()) == 4


def test_names_and_signatures_stay() -> None:
    mlflow.sklearn.autolog(silent=True)
    import inspect
    import pickle

    assert LogisticRegression.fit.__name__ == "fit"
    assert list(inspect.signature(LogisticRegression.fit).parameters) == ["self", "X", "y", "sample_weight"]
    search = GridSearchCV(PCA(), {"n_components": [1]})
    assert not hasattr(search, "predict")  # PCA cannot
    assert isinstance(pickle.loads(pickle.dumps(LinearRegression())), LinearRegression)  # noqa: S301


def test_turning_it_on_imports_nothing_and_waits_for_the_library(folder: Path) -> None:
    script = f"""
import sys
import flowmill as mlflow
mlflow.set_tracking_uri({str(folder)!r})
mlflow.autolog(log_models=False, silent=True)
assert not {{"sklearn", "numpy", "pandas"}} & set(sys.modules)
import numpy
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
data = numpy.arange(20.0).reshape(10, 2)
model = LinearRegression().fit(data, data[:, 0])
r2_score(data[:, 0], model.predict(data))
print(*mlflow.last_active_run().data.metrics)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert {"training_r2_score", "r2_score_data"} <= set(done.stdout.split()), done.stderr


def test_a_script_may_import_everything_first(folder: Path) -> None:
    script = f"""
import numpy
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error as mse
import flowmill as mlflow
mlflow.set_tracking_uri({str(folder)!r})
mlflow.autolog(log_models=False, silent=True)
data = numpy.arange(20.0).reshape(10, 2)
mse(data[:, 0], LinearRegression().fit(data, data[:, 0]).predict(data))
print(*mlflow.last_active_run().data.metrics)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert {"training_r2_score", "mean_squared_error_data"} <= set(done.stdout.split()), done.stderr


def test_a_registered_name_an_example_and_a_format() -> None:
    mlflow.sklearn.autolog(
        silent=True, registered_model_name="lines", log_input_examples=True, serialization_format="cloudpickle"
    )
    LinearRegression().fit(pandas.DataFrame(ARRAY[:, :3], columns=["a", "b", "c"]), NUMBERS)
    model = mlflow.pyfunc.load_model("models:/lines/1")
    assert model.metadata.flavors["sklearn"]["serialization_format"] == "cloudpickle"
    assert list(model.input_example.columns) == ["a", "b", "c"]
