"""Requirements of a logged model are read, changed and found again; other things that its MLmodel file records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import flowmill
from flowmill.models import (
    Model,
    ModelConfig,
    Resource,
    ResourceType,
    infer_pip_requirements,
    update_model_requirements,
)
from flowmill.models.auth_policy import AuthPolicy, SystemAuthPolicy, UserAuthPolicy
from flowmill.models.environment import missing_here
from flowmill.models.model_config import running_with
from flowmill.models.requirements import get_model_requirements_files, load_serving_example
from flowmill.models.uri import get_model_version_from_model_uri


@pytest.fixture
def logged(tmp_path: Path, classifier: LogisticRegression, iris: tuple[np.ndarray, np.ndarray]) -> Any:
    flowmill.set_tracking_uri(f"sqlite:///{tmp_path / 'store.db'}")
    with flowmill.start_run():
        return flowmill.sklearn.log_model(
            classifier,
            name="iris",
            input_example=iris[0][:2],
            pip_requirements=["scikit-learn==1.9.1", "numpy"],
            registered_model_name="iris",
        )


def test_requirements_are_added_replaced_and_removed(logged: Any) -> None:
    update_model_requirements(logged.model_uri, "add", ["numpy>=2", "pandas==3.1.1"])
    files = get_model_requirements_files(logged.model_uri)
    lines = files.requirements.read_text().splitlines()
    assert lines == ["mlflow==3.17.2", "scikit-learn==1.9.1", "numpy>=2", "pandas==3.1.1"]
    assert all(f"- {line}" in files.conda.read_text() for line in lines)
    update_model_requirements(logged.model_uri, "remove", ["pandas", "absent", "NumPy"])
    assert files.requirements.read_text().splitlines() == ["mlflow==3.17.2", "scikit-learn==1.9.1"]


def test_bad_requirements_change_nothing(logged: Any) -> None:
    before = get_model_requirements_files(logged.model_uri).requirements.read_bytes()
    for arguments, words in [
        ((logged.model_uri, "add", ["fine", "!!", "a b"]), r"'!!' .*'a b'"),
        ((logged.model_uri, "change", ["fine"]), "expected add or remove"),
        ((logged.model_uri, "add", "fine"), "expected a list"),
        (("models:/iris/1", "add", ["fine"]), "a registered version stays as it is"),
    ]:
        with pytest.raises(flowmill.MlflowException, match=words) as caught:
            update_model_requirements(*arguments)
        assert caught.value.error_code == "INVALID_PARAMETER_VALUE"
    assert get_model_requirements_files(logged.model_uri).requirements.read_bytes() == before


def test_requirements_are_found_again_from_the_model(logged: Any) -> None:
    found = infer_pip_requirements(logged.model_uri, "sklearn")
    assert any(line.startswith("scikit-learn==") for line in found)
    assert infer_pip_requirements("models:/iris/9", "sklearn", fallback=["x"]) == ["x"]
    with pytest.raises(flowmill.MlflowException):
        infer_pip_requirements("models:/iris/9", "sklearn")


def test_what_is_missing_here_is_told_at_once(logged: Any, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("mlflow==3.17.2\nnumpy<1\nabsent-package==1\nabsent; python_version<'3'")
    first, second = missing_here(tmp_path)
    assert first.startswith("numpy<1 (found ")
    assert second == "absent-package==1 (found none)"


def test_the_serving_example_and_the_version_of_a_uri(logged: Any, tmp_path: Path) -> None:
    assert json.loads(load_serving_example(logged.model_uri))["inputs"][0] == [5.1, 3.5, 1.4, 0.2]
    assert get_model_version_from_model_uri("models:/iris/1").version == "1"
    with pytest.raises(flowmill.MlflowException, match="names no version"):
        get_model_version_from_model_uri("runs:/x/y")


class Index(Resource):
    """A resource of a platform of our own."""

    type = ResourceType.VECTOR_SEARCH_INDEX  # type: ignore[assignment]
    target_uri = "here"  # type: ignore[assignment]

    def to_dict(self) -> dict[str, list[dict[str, Any]]]:
        return {self.type.value: [{"name": "docs"}]}


def test_resources_and_policies_are_recorded(tmp_path: Path) -> None:
    form = {"api_version": "1", "here": {"vector_search_index": [{"name": "docs"}]}}
    flowmill.pyfunc.save_model(tmp_path / "a", python_model=len, resources=[Index()])
    assert Model.load(tmp_path / "a").resources == form
    (tmp_path / "r.yaml").write_text("api_version: '1'\nhere:\n  table:\n  - name: t\n")
    flowmill.pyfunc.save_model(tmp_path / "b", python_model=len, resources=str(tmp_path / "r.yaml"))
    assert Model.load(tmp_path / "b").resources == {"api_version": "1", "here": {"table": [{"name": "t"}]}}
    policy = AuthPolicy(UserAuthPolicy(["read"]), SystemAuthPolicy([Index()]))
    flowmill.pyfunc.save_model(tmp_path / "c", python_model=len, auth_policy=policy)
    assert Model.load(tmp_path / "c").auth_policy == {
        "user_auth_policy": {"api_scopes": ["read"]},
        "system_auth_policy": {"resources": form},
    }
    with pytest.raises(flowmill.MlflowException, match="both given"):
        flowmill.pyfunc.save_model(tmp_path / "d", python_model=len, auth_policy=policy, resources=[Index()])


SCRIPT = """
import flowmill
config = flowmill.models.ModelConfig(development_config={"word": "draft"})
class Model(flowmill.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return [config.get("word")]
flowmill.models.set_model(Model())
"""


def test_a_script_reads_its_settings(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    script = str(tmp_path / "script.py")
    flowmill.pyfunc.save_model(tmp_path / "m", python_model=script, model_config={"word": "logged", "more": 1})
    assert flowmill.pyfunc.load_model(str(tmp_path / "m")).predict([1]) == ["logged"]
    other = flowmill.pyfunc.load_model(str(tmp_path / "m"), model_config={"word": "asked"})
    assert other.predict([1]) == ["asked"]
    with pytest.raises(FileNotFoundError, match="development_config is for development alone"):
        flowmill.pyfunc.save_model(tmp_path / "n", python_model=script)
    assert not (tmp_path / "n").exists()


def test_settings_while_developing(tmp_path: Path) -> None:
    (tmp_path / "c.yml").write_text("a: 1\nb: {c: 2}\n")
    config = ModelConfig(development_config=str(tmp_path / "c.yml"))
    assert (config.get("a"), config.to_dict()) == (1, {"a": 1, "b": {"c": 2}})
    with pytest.raises(KeyError, match=r"no 'z': it has \['a', 'b'\]"):
        config.get("z")
    with running_with({"a": 2}):
        assert ModelConfig(development_config={"a": 1}).get("a") == 2
    with pytest.raises(FileNotFoundError, match="is no file"):
        ModelConfig(development_config="missing.yml")
    with pytest.raises(flowmill.MlflowException, match="expected a dict or the path"):
        ModelConfig(development_config=[1])  # type: ignore[arg-type]


class OwnFlavor:
    """A flavor that somebody wrote for MLflow."""

    @staticmethod
    def save_model(path: str, mlflow_model: Model, word: str) -> None:
        Path(path).mkdir()
        (Path(path) / "word.txt").write_text(word)
        flowmill.pyfunc.add_to_model(mlflow_model, loader_module="own_loader", data="word.txt", conda_env="conda.yaml")
        mlflow_model.add_flavor("own", data="word.txt")
        mlflow_model.save(str(Path(path) / "MLmodel"))


def test_a_flavor_of_ones_own_is_logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_loader.py").write_text(
        "from pathlib import Path\nclass M:\n    def __init__(self, w): self.w = w\n"
        "    def predict(self, data): return [self.w] * len(data)\n"
        "def _load_pyfunc(path): return M(Path(path).read_text())\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    flowmill.set_tracking_uri(f"sqlite:///{tmp_path / 'store.db'}")
    with flowmill.start_run():
        info = Model.log(artifact_path=None, flavor=OwnFlavor, name="own", word="hello", metadata={"a": 1})
    assert set(info.flavors) == {"own", "python_function"}
    assert info.metadata == {"a": 1}
    loaded = flowmill.pyfunc.load_model(info.model_uri, allow_pickle=True)
    assert loaded.predict([1, 2]) == ["hello", "hello"]
    with pytest.raises(flowmill.MlflowException, match="expected a module with save_model"):
        Model.log(flavor=object(), name="own")


def test_the_context_of_a_prediction() -> None:
    from flowmill.models.prediction_context import Context, get_prediction_context, set_prediction_context

    with set_prediction_context(Context(request_id="r")):
        found = get_prediction_context()
        assert found is not None
        found.update(is_evaluate=True)
        assert (found.request_id, found.is_evaluate) == ("r", True)
    assert get_prediction_context() is None
    with pytest.raises(AttributeError, match="no 'word'"):
        Context(word=1)
