"""Models in a tracking store: logged, registered, found again by every name they have."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import flowmill
from flowmill.errors import FlowmillError, NotFound
from flowmill.models import ModelInfo, infer_signature
from flowmill.pyfunc import PythonModel


@pytest.fixture(params=["folder", "server"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A fresh tracking store, near and far."""
    before = flowmill.get_tracking_uri()
    uri = str(tmp_path / "tracking") if request.param == "folder" else request.getfixturevalue("server")
    flowmill.set_tracking_uri(uri)
    yield uri
    flowmill.set_tracking_uri(before)


def log(classifier: LogisticRegression, measures: np.ndarray, **more: Any) -> ModelInfo:
    return flowmill.sklearn.log_model(
        sk_model=classifier,
        name="iris_model",
        signature=infer_signature(measures, classifier.predict(measures)),
        input_example=measures,
        **more,
    )


@pytest.mark.parametrize("ends", ["/1", "/latest", "@best", "/None", ""])
def test_a_file_of_a_model(
    store: str, classifier: LogisticRegression, iris: tuple[np.ndarray, np.ndarray], ends: str, tmp_path: Path
) -> None:
    with flowmill.start_run():
        info = log(classifier, iris[0], registered_model_name="flowers")
    flowmill.MlflowClient().set_registered_model_alias("flowers", "best", "1")
    uri = f"models:/flowers{ends}" if ends else info.model_uri
    whole = Path(flowmill.artifacts.download_artifacts(uri, dst_path=tmp_path))
    assert (whole / "MLmodel").is_file()
    for name in ("MLmodel", "requirements.txt"):
        file = Path(flowmill.artifacts.download_artifacts(f"{uri}/{name}", dst_path=tmp_path / "one"))
        assert file.read_bytes() == (whole / name).read_bytes()
    assert "flavors" in flowmill.artifacts.load_text(f"{uri}/MLmodel")
    with pytest.raises(NotFound):
        flowmill.artifacts.download_artifacts(f"{uri}/nope")


def test_a_model_by_all_its_names(
    store: str, classifier: LogisticRegression, iris: tuple[np.ndarray, np.ndarray]
) -> None:
    measures, _ = iris
    client = flowmill.MlflowClient()
    with flowmill.start_run() as run:
        info = log(classifier, measures, registered_model_name="flowers", params={"C": 1}, tags={"team": "a"})
    assert info.model_uri == f"models:/{info.model_id}"
    assert info.run_id == run.info.run_id
    assert info.registered_model_version == 1
    assert (info.name, info.params, info.tags["team"]) == ("iris_model", {"C": "1"}, "a")
    assert info.signature == infer_signature(measures, classifier.predict(measures))
    assert "sklearn" in info.flavors
    logged = client.get_logged_model(info.model_id)
    assert logged.status == "READY"
    assert logged.source_run_id == run.info.run_id
    outputs = client.get_run(run.info.run_id).outputs
    assert outputs is not None
    assert [output.model_id for output in outputs.model_outputs] == [info.model_id]
    client.set_registered_model_alias("flowers", "best", "1")
    names = [
        info.model_uri,
        f"runs:/{run.info.run_id}/iris_model",
        "models:/flowers/1",
        "models:/flowers/latest",
        "models:/flowers@best",
    ]
    for name in names:
        model = flowmill.pyfunc.load_model(name)
        assert np.array_equal(model.predict(measures), classifier.predict(measures))
        assert np.array_equal(model.input_example, measures)
        assert model.model_id == info.model_id
        assert f"run_id: {run.info.run_id}" in repr(model)
        assert type(flowmill.sklearn.load_model(name)) is LogisticRegression
        assert flowmill.models.get_model_info(name).model_id == info.model_id
        requirements = Path(flowmill.pyfunc.get_model_dependencies(name)).read_text()
        assert requirements.startswith("mlflow==3.")
        assert "scikit-learn==" in requirements


def test_the_newest_model_of_a_name_wins(
    store: str, classifier: LogisticRegression, iris: tuple[np.ndarray, np.ndarray]
) -> None:
    with flowmill.start_run() as run:
        log(classifier, iris[0])
        second = log(classifier, iris[0])
    assert flowmill.pyfunc.load_model(f"runs:/{run.info.run_id}/iris_model").model_id == second.model_id


def test_a_model_without_a_run(store: str, classifier: LogisticRegression) -> None:
    info = flowmill.sklearn.log_model(classifier, name="alone", registered_model_name="alone")
    assert info.run_id == ""
    assert flowmill.sklearn.load_model("models:/alone/1").coef_.tolist() == classifier.coef_.tolist()


def test_a_model_of_mlflow_2_lies_among_the_runs_artifacts(
    store: str, classifier: LogisticRegression, tmp_path: Path
) -> None:
    flowmill.sklearn.save_model(classifier, tmp_path / "old")
    with flowmill.start_run() as run:
        flowmill.log_artifacts(str(tmp_path / "old"), "deep/model")
    model = flowmill.pyfunc.load_model(f"runs:/{run.info.run_id}/deep/model")
    assert type(model.get_raw_model()) is LogisticRegression
    version = flowmill.register_model(f"runs:/{run.info.run_id}/deep/model", "old")
    assert type(flowmill.sklearn.load_model(f"models:/old/{version.version}")) is LogisticRegression


def test_a_python_model_keeps_its_artifacts(store: str, tmp_path: Path) -> None:
    class Lazy(PythonModel):
        def load_context(self, context: Any) -> None:
            self.file = context.artifacts["words"]

        def predict(self, context: Any, model_input: Any) -> Any:
            return [Path(self.file).read_text()]

    (tmp_path / "words.txt").write_text("late")
    info = flowmill.pyfunc.log_model(name="lazy", python_model=Lazy(), artifacts={"words": str(tmp_path / "words.txt")})
    assert flowmill.pyfunc.load_model(info.model_uri).predict([1]) == ["late"]


def test_downloads_are_kept_where_asked(store: str, classifier: LogisticRegression, tmp_path: Path) -> None:
    info = flowmill.sklearn.log_model(classifier, name="m")
    flowmill.sklearn.load_model(info.model_uri, dst_path=str(tmp_path / "kept"))
    assert list((tmp_path / "kept").rglob("MLmodel"))


def test_a_model_that_cannot_be_written_is_failed(store: str) -> None:
    with pytest.raises(FlowmillError):
        flowmill.pyfunc.log_model(name="broken", python_model=lambda a, b: a)
    (logged,) = flowmill.search_logged_models(experiment_ids=["0"], output_format="list")
    assert logged.status == "FAILED"
    with pytest.raises(FlowmillError, match="is FAILED, not READY"):
        flowmill.pyfunc.load_model(logged.model_uri)


def test_what_does_not_exist_is_named(
    store: str, classifier: LogisticRegression, iris: tuple[np.ndarray, np.ndarray]
) -> None:
    with flowmill.start_run() as run:
        log(classifier, iris[0], registered_model_name="flowers")
    run_id = run.info.run_id
    for uri, names in {
        "models:/nope/1": "nope",
        "models:/flowers/99": "99",
        "models:/flowers@nope": "nope",
        "models:/flowers": "models:/flowers/latest",
        "models:/flowers/Production": "'Production'",
        "models:/": "names no model",
        f"models:/m-{'0' * 32}": "m-000",
        "runs:/abc/m": "abc",
        f"runs:/{run_id}/nope": "its models are ['iris_model']",
        f"runs:/{run_id}": "names no model of a run",
        "./nope": "nope",
    }.items():
        with pytest.raises(FlowmillError) as caught:
            flowmill.pyfunc.load_model(uri)
        assert names in str(caught.value), uri
        assert "\n" not in str(caught.value)
    with pytest.raises(NotFound, match=r"load it with flowmill\.sklearn\.load_model or flowmill\.pyfunc\.load_model"):
        flowmill.models.get_model_info("models:/flowers/1")
        flowmill.models.Model.load("models:/flowers/1").flavor("keras")
    with pytest.raises(FlowmillError, match="holds '/'"):
        flowmill.sklearn.log_model(classifier, name="a/b")


def test_set_signature_of_a_logged_model(store: str, classifier: LogisticRegression) -> None:
    info = flowmill.sklearn.log_model(classifier, name="m")
    signature = infer_signature(np.zeros((1, 4)), np.array([0]))
    flowmill.models.set_signature(info.model_uri, signature)
    assert flowmill.models.get_model_info(info.model_uri).signature == signature


def test_the_first_model_of_a_process_imports_what_it_needs_alone(tmp_path: Path) -> None:
    code = """
import gc, sys
import flowmill
from sklearn.linear_model import LinearRegression

gc.set_threshold(1, 1, 1)
collected = []
gc.callbacks.append(lambda phase, about: collected.append(phase))
log_model = flowmill.sklearn.log_model
gc.callbacks.clear()
print(len(collected) < 100, gc.isenabled())
gc.set_threshold(700, 10, 10)
with flowmill.start_run():
    log_model(LinearRegression().fit([[1.0], [2.0]], [1.0, 2.0]), name="m", input_example=[[1.0]])
own = {"flowmill.models.environment", "flowmill.models.lock", "flowmill.models.conda", "flowmill.models.own_wheel"}
print(sorted({*own, "pickletools", "flowmill.models.uv"} & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["True True", "[]"]
