"""scikit-learn models: what is saved how, and that the plain part of skops agrees with skops."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skops.io
from sklearn import cluster, decomposition, ensemble, gaussian_process, linear_model, naive_bayes, neighbors, svm, tree
from sklearn.compose import make_column_transformer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

import flowmill
from flowmill.errors import FlowmillError, Invalid
from flowmill.models.flavors import plain_skops
from flowmill.models.flavors.sklearn import is_sklearn_model

Arrays = tuple[np.ndarray, np.ndarray]

MODELS: dict[str, Any] = {
    "logistic": linear_model.LogisticRegression(max_iter=500),
    "ridge": linear_model.Ridge(),
    "sgd": linear_model.SGDClassifier(random_state=0),
    "bayes": naive_bayes.GaussianNB(),
    "svm": svm.SVC(),
    "neighbours": neighbors.KNeighborsClassifier(),
    "process": gaussian_process.GaussianProcessClassifier(random_state=0),
    "tree": tree.DecisionTreeClassifier(random_state=0),
    "forest": ensemble.RandomForestClassifier(5, random_state=0),
    "boosting": ensemble.GradientBoostingClassifier(n_estimators=3, random_state=0),
    "histogram boosting": ensemble.HistGradientBoostingClassifier(max_iter=3, random_state=0),
    "pipeline": make_pipeline(StandardScaler(), decomposition.PCA(2), linear_model.LogisticRegression()),
    "search": GridSearchCV(linear_model.LogisticRegression(max_iter=500), {"C": [0.1, 1.0]}, cv=3),
    "columns": make_pipeline(
        make_column_transformer((OneHotEncoder(handle_unknown="ignore"), [0]), remainder="passthrough"),
        linear_model.LogisticRegression(max_iter=500),
    ),
    "clusters": cluster.KMeans(3, n_init=1, random_state=0),
    "voting": ensemble.VotingClassifier([("a", naive_bayes.GaussianNB()), ("b", linear_model.RidgeClassifier())]),
}
PLAIN = ["logistic", "ridge", "bayes", "svm", "pipeline", "clusters"]


@pytest.fixture(params=MODELS)
def fitted(request: pytest.FixtureRequest, iris: Arrays) -> tuple[str, Any]:
    return request.param, MODELS[request.param].fit(*iris)


def test_every_model_comes_back(fitted: tuple[str, Any], iris: Arrays, tmp_path: Path) -> None:
    name, model = fitted
    flowmill.sklearn.save_model(model, tmp_path / "m")
    assert (tmp_path / "m" / "model.skops").exists(), name
    back = flowmill.sklearn.load_model(str(tmp_path / "m"))
    assert type(back) is type(model)
    assert np.array_equal(back.predict(iris[0]), model.predict(iris[0]))


def test_skops_reads_what_is_written_plainly(fitted: tuple[str, Any], iris: Arrays, tmp_path: Path) -> None:
    name, model = fitted
    ours, theirs = tmp_path / "ours.skops", tmp_path / "theirs.skops"
    skops.io.dump(model, theirs)
    try:
        plain_skops.dump(model, ours)
    except plain_skops.NotPlain:
        assert name not in PLAIN
        with pytest.raises(plain_skops.NotPlain):
            plain_skops.load(theirs)
        return
    assert skops.io.get_untrusted_types(file=ours) == skops.io.get_untrusted_types(file=theirs) == []
    assert normal(ours) == normal(theirs)
    for read in (skops.io.load, plain_skops.load):
        for file in (ours, theirs):
            assert np.array_equal(read(file).predict(iris[0]), model.predict(iris[0]))


def normal(file: Path) -> str:
    """The schema with object ids replaced by their order."""
    text = zipfile.ZipFile(file).read("schema.json").decode()
    seen: dict[int, int] = {}

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            node = {key: walk(item) for key, item in node.items()}
            if "__id__" in node:
                node["__id__"] = seen.setdefault(node["__id__"], len(seen))
            if "file" in node:
                node["file"] = ""
            return node
        return [walk(item) for item in node] if isinstance(node, list) else node

    return json.dumps(walk(json.loads(text)), sort_keys=True)


def node(loader: str, module: str, name: str, **more: Any) -> dict[str, Any]:
    return {"__loader__": loader, "__module__": module, "__class__": name, "__id__": 1, **more}


NOTHING = node("DictNode", "builtins", "dict", content={}, key_types=node("ListNode", "builtins", "list", content=[]))


@pytest.mark.parametrize(
    "schema",
    [
        node("ObjectNode", "os", "system", content=NOTHING),
        node("ObjectNode", "sklearn.tree._tree", "Tree", content=NOTHING),
        node("ObjectNode", "sklearn.utils._testing", "TempMemmap", content=NOTHING),
        node("ObjectNode", "sklearn.base", "BaseEstimator.__init__", content=NOTHING),
        node("ObjectNode", "sklearn.linear_model", "LogisticRegression", content=NOTHING),
        node("ObjectNode", "sklearn.tests.test_base", "MyEstimator", content=NOTHING),
        node("TypeNode", "builtins", "eval"),
        node("TypeNode", "numpy", "load"),
        node("FunctionNode", "os", "system"),
        node("MethodNode", "os", "system", content={}),
        node("OperatorFuncNode", "operator", "methodcaller", attrs=NOTHING),
        node("ConstructorFromReduceNode", "subprocess", "Popen", content=NOTHING),
        node("NdArrayNode", "numpy", "memmap", type="numpy", file="x.npy"),
        node("NdArrayNode", "numpy", "ndarray", type="numpy", file="missing.npy"),
        node("DictNode", "collections", "UserDict", content={}, key_types=NOTHING),
        node("ObjectNode", "lightgbm.basic", "Booster", content=NOTHING),
        node(
            "DefaultDictNode",
            "collections",
            "defaultdict",
            content={"main": NOTHING, "default_factory": node("TypeNode", "subprocess", "Popen")},
        ),
        node("ListNode", "builtins", "eval", content=[]),
        node("CachedNode", "builtins", "str"),
        {},
        [],
    ],
)
def test_nothing_else_is_made_from_a_file(schema: Any, tmp_path: Path) -> None:
    file = tmp_path / "hostile.skops"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("schema.json", json.dumps({**schema, "protocol": 2} if isinstance(schema, dict) else schema))
    with pytest.raises(plain_skops.NotPlain):
        plain_skops.load(file)


def test_arrays_are_never_unpickled(tmp_path: Path) -> None:
    file = tmp_path / "hostile.skops"
    np.save(tmp_path / "x.npy", np.array([object], dtype=object), allow_pickle=True)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("x.npy", (tmp_path / "x.npy").read_bytes())
        schema = node("NdArrayNode", "numpy", "ndarray", type="numpy", file="x.npy", protocol=2)
        archive.writestr("schema.json", json.dumps(schema))
    with pytest.raises(plain_skops.NotPlain):
        plain_skops.load(file)


def test_what_skops_cannot_hold_is_a_sealed_pickle(
    tmp_path: Path, iris: Arrays, caplog: pytest.LogCaptureFixture
) -> None:
    model = make_pipeline(FunctionTransformer(lambda x: x * 2), linear_model.LogisticRegression(max_iter=500)).fit(
        *iris
    )
    flowmill.sklearn.save_model(model, tmp_path / "m")
    assert sorted(file.name for file in (tmp_path / "m").glob("*seal*")) == ["flowmill_seal.json"]
    assert "saved as a pickle, sealed with your key" in caplog.text
    back = flowmill.sklearn.load_model(str(tmp_path / "m"))
    assert np.array_equal(back.predict(iris[0]), model.predict(iris[0]))
    assert "cloudpickle==" in (tmp_path / "m" / "requirements.txt").read_text()
    with pytest.raises(Invalid, match="skops cannot hold this Pipeline"):
        flowmill.sklearn.save_model(model, tmp_path / "n", serialization_format="skops")


def test_formats_can_be_chosen(tmp_path: Path, classifier: Any) -> None:
    for name in ("skops", "pickle", "cloudpickle"):
        flowmill.sklearn.save_model(classifier, tmp_path / name, serialization_format=name)
        flavor = flowmill.models.Model.load(str(tmp_path / name)).flavors["sklearn"]
        assert flavor["serialization_format"] == name
        assert flowmill.sklearn.load_model(str(tmp_path / name)).coef_.tolist() == classifier.coef_.tolist()
    with pytest.raises(Invalid, match="serialization_format is 'joblib': expected one of skops, pickle, cloudpickle"):
        flowmill.sklearn.save_model(classifier, tmp_path / "x", serialization_format="joblib")


def test_an_argument_that_nobody_knows_is_told(classifier: Any) -> None:
    with pytest.raises(TypeError, match=r"log_model\(\) got unexpected arguments: registered_name"):
        flowmill.sklearn.log_model(classifier, name="m", registered_name="m")


def test_requirements_name_what_the_model_uses(tmp_path: Path, classifier: Any) -> None:
    def lines(folder: str, **more: Any) -> list[str]:
        flowmill.sklearn.save_model(classifier, tmp_path / folder, **more)
        return (tmp_path / folder / "requirements.txt").read_text().splitlines()

    names = [line.partition("==")[0] for line in lines("found")]
    assert names[0] == "mlflow"
    assert {"numpy", "scikit-learn", "scipy", "skops"} <= set(names)
    assert {"numpy", "scikit-learn", "scipy", "skops", "mlflow", "pandas"} >= set(names)
    assert lines("extra", extra_pip_requirements=["rich>=1", "numpy<99"])[-2:] == ["rich>=1", "numpy<99"]
    assert lines("given", pip_requirements=["a", "b==1"]) == ["mlflow==3.17.2", "a", "b==1"]
    (tmp_path / "limits.txt").write_text("b<3\n")
    (tmp_path / "file.txt").write_text("# needed\na  # why\n-c limits.txt\n")
    assert lines("file", pip_requirements=str(tmp_path / "file.txt")) == ["mlflow==3.17.2", "a", "-c constraints.txt"]
    assert (tmp_path / "file" / "constraints.txt").read_text() == "b<3"
    conda = {"dependencies": ["python=3.11.2", {"pip": ["a"]}]}
    assert lines("conda", conda_env=conda) == ["mlflow==3.17.2", "a"]
    assert "python: 3.11.2" in (tmp_path / "conda" / "python_env.yaml").read_text()
    with pytest.raises(FlowmillError, match="cannot be read"):
        lines("missing", pip_requirements=str(tmp_path / "missing.txt"))


def test_the_first_model_is_saved_without_importing_half_of_scikit_learn(tmp_path: Path) -> None:
    code = f"""
import sys
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
import flowmill
flowmill.sklearn.save_model(LogisticRegression(max_iter=500).fit(*load_iris(return_X_y=True)), {str(tmp_path / "m")!r})
flowmill.sklearn.load_model({str(tmp_path / "m")!r})
assert not {{"skops.io", "uv", "sqlite3.dump", "pytest"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_estimators_are_recognised() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert is_sklearn_model(linear_model.Ridge())
        assert not is_sklearn_model(object())
