"""Models cross between Flowmill and the real MLflow, 3.17 and 2.22, both ways, with the same answers and signatures."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import cloudpickle
import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import flowmill
from flowmill.models import Model, infer_signature
from flowmill.version import MLFLOW_VERSION
from tests.peer.environment import OLDER_VERSIONS, peer_python
from tests.peer.peer import Peer

pytestmark = pytest.mark.peer

cloudpickle.register_pickle_by_value(sys.modules[__name__])

FRAME = pd.DataFrame({"size": [1.0, 2.0, 3.0, 4.0], "kind": ["a", "b", "a", "b"]})
TARGET = [0, 1, 0, 1]

SAVE_THERE = """
import mlflow, numpy as np, pandas as pd
from mlflow.models import infer_signature
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.compose import make_column_transformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
X, y = load_iris(return_X_y=True)
frame = pd.DataFrame({"size": [1.0, 2.0, 3.0, 4.0], "kind": ["a", "b", "a", "b"]})
lr = LogisticRegression(max_iter=500).fit(X, y)
pipe = make_pipeline(make_column_transformer((OneHotEncoder(), ["kind"]), remainder="passthrough"),
                     LogisticRegression()).fit(frame, [0, 1, 0, 1])
forest = RandomForestClassifier(5, random_state=0).fit(X, y)
env = {"pip_requirements": ["scikit-learn"]}
mlflow.sklearn.save_model(lr, "arrays", signature=infer_signature(X, lr.predict(X)), input_example=X,
                          metadata={"a": 1})
mlflow.sklearn.save_model(pipe, "frame", input_example=frame, **env)
trusted = {} if mlflow.__version__ < "3" else {"skops_trusted_types": ["sklearn.tree._tree.Tree"]}
mlflow.sklearn.save_model(forest, "forest", **trusted, **env)
mlflow.sklearn.save_model(lr, "pickle", serialization_format="cloudpickle", pyfunc_predict_fn="predict_proba", **env)

class Ask(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        from pathlib import Path
        self.word = Path(context.artifacts["word"]).read_text()
    def predict(self, context, model_input, params=None):
        return [self.word, len(model_input), context.model_config, params]

class Hinted(mlflow.pyfunc.PythonModel):
    def predict(self, model_input: list[str]) -> list[str]:
        return [text + "!" for text in model_input]

def function(model_input):
    return model_input * 2

open("word.txt", "w").write("word")
open("script.py", "w").write(
    "import mlflow\\nmlflow.models.set_model(type('M', (mlflow.pyfunc.PythonModel,), "
    "{'predict': lambda self, context, model_input: len(model_input)})())\\n")
mlflow.pyfunc.save_model("class", python_model=Ask(), artifacts={"word": "word.txt"}, model_config={"k": 2},
                         signature=infer_signature(frame, [1], params={"t": 0.5}),
                         input_example=(frame, {"t": 0.7}), **env)
mlflow.pyfunc.save_model("hinted", python_model=Hinted(), **env)
mlflow.pyfunc.save_model("function", python_model=function, input_example=frame[["size"]], **env)
mlflow.pyfunc.save_model("script", python_model="script.py", **env)
import os
for method in ("lzma", "bzip2", "gzip"):
    os.environ["MLFLOW_LOG_MODEL_COMPRESSION"] = method
    mlflow.pyfunc.save_model(method, python_model=function, **env)
"""

ASK_THERE = """
import json, sys, mlflow, numpy as np, pandas as pd
answers = {}
for name, data in json.load(open("inputs.json")).items():
    model = mlflow.pyfunc.load_model(name)
    given = model.input_example if data is None else pd.DataFrame(data) if isinstance(data, dict) else data
    if isinstance(given, list) and given and isinstance(given[0], list):
        given = np.array(given)
    answer = model.predict(given)
    answers[name] = {
        "answer": answer.tolist() if hasattr(answer, "tolist") else
            answer.to_dict("list") if hasattr(answer, "to_dict") else answer,
        "signature": model.metadata.signature and model.metadata.signature.to_dict(),
        "example": type(model.input_example).__name__,
        "native": type(mlflow.sklearn.load_model(name)).__name__ if "sklearn" in model.metadata.flavors else None,
        "size": model.metadata.model_size_bytes,
    }
print(json.dumps(answers))
"""


def pipeline() -> object:
    steps = make_column_transformer((OneHotEncoder(), ["kind"]), remainder="passthrough")
    return make_pipeline(steps, LogisticRegression()).fit(FRAME, TARGET)


@pytest.fixture(scope="module")
def saved_by(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of models that the real MLflow of a version saved."""

    @cache
    def saved(version: str) -> Path:
        folder = tmp_path_factory.mktemp("theirs")
        Peer(peer_python(version)).run(SAVE_THERE, folder=folder, seconds=300)
        return folder

    return saved


@pytest.fixture(scope="module")
def theirs(saved_by: Callable[[str], Path]) -> Path:
    return saved_by(MLFLOW_VERSION)


class Ask(flowmill.pyfunc.PythonModel):
    def load_context(self, context):
        self.word = Path(context.artifacts["word"]).read_text()

    def predict(self, context, model_input, params=None):
        return [self.word, len(model_input), context.model_config, params]


class Hinted(flowmill.pyfunc.PythonModel):
    def predict(self, model_input: list[str]) -> list[str]:  # type: ignore[override]
        return [text + "!" for text in model_input]


def function(model_input):
    return model_input * 2


def save_ours(folder: Path, iris: tuple[np.ndarray, np.ndarray]) -> None:
    measures, kinds = iris
    lr = LogisticRegression(max_iter=500).fit(measures, kinds)
    forest = RandomForestClassifier(5, random_state=0).fit(measures, kinds)
    save = flowmill.sklearn.save_model
    signature = infer_signature(measures, lr.predict(measures))
    save(lr, folder / "arrays", signature=signature, input_example=measures, metadata={"a": 1})
    save(pipeline(), folder / "frame", input_example=FRAME)
    save(forest, folder / "forest")
    save(lr, folder / "pickle", serialization_format="cloudpickle", pyfunc_predict_fn="predict_proba")
    (folder / "word.txt").write_text("word")
    (folder / "script.py").write_text(
        "import mlflow\nmlflow.models.set_model(type('M', (mlflow.pyfunc.PythonModel,), "
        "{'predict': lambda self, context, model_input: len(model_input)})())\n"
    )
    flowmill.pyfunc.save_model(
        folder / "class",
        python_model=Ask(),
        artifacts={"word": str(folder / "word.txt")},
        model_config={"k": 2},
        signature=infer_signature(FRAME, [1], {"t": 0.5}),
        input_example=(FRAME, {"t": 0.7}),
    )
    flowmill.pyfunc.save_model(folder / "hinted", python_model=Hinted())
    flowmill.pyfunc.save_model(folder / "function", python_model=function, input_example=FRAME[["size"]])
    flowmill.pyfunc.save_model(folder / "script", python_model=str(folder / "script.py"))


INPUTS = {
    "arrays": None,
    "frame": None,
    "forest": [[5.0, 3.0, 1.0, 0.2], [6.0, 3.0, 5.0, 2.0]],
    "pickle": [[5.0, 3.0, 1.0, 0.2]],
    "class": None,
    "hinted": ["a", "b"],
    "function": None,
    "script": [[1.0, 2.0]],
}
SKOPS = ("arrays", "frame", "forest")
"""Those that are saved here as skops, which MLflow 2 does not know: it reads pickles of scikit-learn alone."""


@pytest.mark.parametrize("version", [MLFLOW_VERSION, OLDER_VERSIONS[0]])
def test_models_saved_here_work_there(version: str, tmp_path: Path, iris: tuple[np.ndarray, np.ndarray]) -> None:
    save_ours(tmp_path, iris)
    inputs = {name: data for name, data in INPUTS.items() if version == MLFLOW_VERSION or name not in SKOPS}
    (tmp_path / "inputs.json").write_text(json.dumps(inputs))
    said = Peer(peer_python(version)).run(ASK_THERE, folder=tmp_path, seconds=300)
    answers = json.loads(said.splitlines()[-1])
    for name, data in inputs.items():
        model = flowmill.pyfunc.load_model(str(tmp_path / name))
        given = model.input_example if data is None else np.array(data) if isinstance(data[0], list) else data
        ours = model.predict(given)
        ours = ours.to_dict("list") if isinstance(ours, pd.DataFrame) else ours
        there = answers[name]
        assert there["answer"] == (ours.tolist() if hasattr(ours, "tolist") else ours), name
        signature = model.metadata.signature
        assert there["signature"] == (signature.to_dict() if signature else None), name
        assert there["example"] == type(model.input_example).__name__, name
        assert there["size"] == model.metadata.model_size_bytes


@pytest.mark.parametrize("version", [MLFLOW_VERSION, OLDER_VERSIONS[0]])
@pytest.mark.parametrize("name", INPUTS)
def test_models_saved_there_work_here(
    name: str,
    version: str,
    saved_by: Callable[[str], Path],
    tmp_path: Path,
    iris: tuple[np.ndarray, np.ndarray],
) -> None:
    theirs = saved_by(version)
    save_ours(tmp_path, iris)
    mine = flowmill.pyfunc.load_model(str(tmp_path / name))
    model = flowmill.pyfunc.load_model(str(theirs / name), allow_pickle=True)
    data = INPUTS[name]
    given = model.input_example if data is None else np.array(data) if isinstance(data[0], list) else data
    assert type(given) is type(mine.input_example) or data is not None
    here, there = mine.predict(given), model.predict(given)
    if isinstance(here, pd.DataFrame):
        pd.testing.assert_frame_equal(here, there)
    else:
        assert np.array_equal(np.asarray(here, dtype=object), np.asarray(there, dtype=object))
    assert model.metadata.signature == mine.metadata.signature
    if "sklearn" in model.metadata.flavors:
        native = flowmill.sklearn.load_model(str(theirs / name), allow_pickle=True)
        assert type(native) is type(model.get_raw_model())


def of_the_model(content: bytes) -> bytes:
    """A file without the library of system metrics, which MLflow lists where it is installed and no model needs."""
    return re.sub(rb"[^\n]*psutil==[^\n]*\n", b"", content)


def test_the_files_are_the_same(theirs: Path, tmp_path: Path, iris: tuple[np.ndarray, np.ndarray]) -> None:
    save_ours(tmp_path, iris)
    seals = {"flowmill_seal.json"}
    for name in INPUTS:
        ours, peers = tmp_path / name, theirs / name
        here = {file.relative_to(ours).as_posix() for file in ours.rglob("*")}
        assert here - seals == {file.relative_to(peers).as_posix() for file in peers.rglob("*")}, name
        mlmodel = [yaml.safe_load((folder / "MLmodel").read_text()) for folder in (ours, peers)]
        for form in mlmodel:
            for key in ("model_uuid", "utc_time_created", "model_size_bytes"):
                assert form.pop(key)
            for entry in form["flavors"]["python_function"].get("artifacts", {}).values():
                entry["uri"] = Path(entry["uri"]).name
            code = form["flavors"]["python_function"]
            if "model_code_path" in code:
                code["model_code_path"] = Path(code["model_code_path"]).name
        assert mlmodel[0] == mlmodel[1], name
        for file in ("input_example.json", "serving_input_example.json", "python_env.yaml"):
            if (ours / file).exists():
                assert (ours / file).read_text() == (peers / file).read_text(), f"{name}/{file}"
    for file in ("MLmodel", "requirements.txt", "conda.yaml", "model.skops"):
        mine, peers_ = (of_the_model((folder / "arrays" / file).read_bytes()) for folder in (tmp_path, theirs))
        assert len(mine) == len(peers_) or file == "model.skops"
    mine, peers_ = ((folder / "arrays" / "requirements.txt").read_bytes() for folder in (tmp_path, theirs))
    assert mine == of_the_model(peers_)
    assert list(yaml.safe_load((tmp_path / "arrays/MLmodel").read_text())) == list(
        yaml.safe_load((theirs / "arrays/MLmodel").read_text())
    )


@pytest.mark.parametrize("method", ["lzma", "bzip2", "gzip"])
def test_packed_pickles_are_read(method: str, theirs: Path) -> None:
    model = flowmill.pyfunc.load_model(str(theirs / method), allow_pickle=True)
    assert model.predict(21) == 42


def test_their_models_work_in_environments_of_ours(
    theirs: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    flowmill.models.predict(
        str(theirs / "script"),
        input_data=[[1.0, 2.0]],
        env_manager="uv",
        extra_envs={"MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "true"},
    )
    assert json.loads(capfd.readouterr().out) == {"predictions": 1}
    with pytest.raises(flowmill.MlflowException, match="a Python script"):
        flowmill.models.predict(str(theirs / "script"), input_data=[[1.0]], env_manager="uv")


def test_a_strangers_forest_needs_the_word(theirs: Path) -> None:
    with pytest.raises(flowmill.MlflowException, match=r"sklearn\.tree\._tree\.Tree"):
        flowmill.sklearn.load_model(str(theirs / "forest"))
    assert Model.load(str(theirs / "forest")).flavors["sklearn"]["skops_trusted_types"] == ["sklearn.tree._tree.Tree"]


def test_the_scaler_can_be_asked_to_transform(tmp_path: Path) -> None:
    scaler = StandardScaler().fit(FRAME[["size"]])
    flowmill.sklearn.save_model(scaler, tmp_path / "m", pyfunc_predict_fn="transform")
    answer = flowmill.pyfunc.load_model(str(tmp_path / "m")).predict(FRAME[["size"]])
    assert np.array_equal(answer, scaler.transform(FRAME[["size"]]))
