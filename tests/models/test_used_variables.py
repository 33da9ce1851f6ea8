"""The names of environment variables that a model reads stand in its folder, and never a value."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import flowmill as mlflow
from flowmill.models.used_variables import ENV_VAR_FILE_HEADER, ENV_VAR_FILE_NAME, is_key


def reader(*names: str) -> mlflow.pyfunc.PythonModel:
    """A model that reads variables whose names its pickle does not hold whole."""

    class Reader(mlflow.pyfunc.PythonModel):
        def __init__(self) -> None:
            self.names = [list(name) for name in names]

        def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
            for name in self.names:
                os.environ.get("".join(name))
            return model_input

    return Reader()


def read(folder: Path) -> list[str]:
    file = folder / ENV_VAR_FILE_NAME
    assert file.is_file() == (mlflow.models.Model.load(folder).env_vars is not None)
    if not file.is_file():
        return []
    text = file.read_text()
    assert text.startswith(ENV_VAR_FILE_HEADER) and "hidden value" not in text
    names = text.removeprefix(ENV_VAR_FILE_HEADER).split()
    assert mlflow.models.Model.load(folder).env_vars == names
    return names


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("A_API_KEY", "B_TOKEN", "C_API_KEY", "PLAIN_ONE", "MLFLOW_TRACKING_TOKEN"):
        monkeypatch.setenv(name, "hidden value")


def test_what_is_read_while_the_model_answers(tmp_path: Path) -> None:
    model = reader("A_API_KEY", "B_TOKEN", "PLAIN_ONE", "MLFLOW_TRACKING_TOKEN", "MISSING_API_KEY")
    mlflow.pyfunc.save_model(tmp_path / "m", python_model=model, input_example=["a"])
    assert read(tmp_path / "m") == ["A_API_KEY", "B_TOKEN"]
    assert type(os.environ).__getitem__.__qualname__ == "_Environ.__getitem__"


def test_what_the_code_names(tmp_path: Path) -> None:
    class Named(mlflow.pyfunc.PythonModel):
        def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
            return os.environ["C_API_KEY"]

    mlflow.pyfunc.save_model(tmp_path / "m", python_model=Named())
    assert read(tmp_path / "m") == ["C_API_KEY"]
    script = tmp_path / "script.py"
    script.write_text(
        "import os, flowmill\nkey = os.environ['B_TOKEN']\nflowmill.models.set_model(lambda model_input: 1)\n"
    )
    mlflow.pyfunc.save_model(tmp_path / "s", python_model=script)
    assert read(tmp_path / "s") == ["B_TOKEN"]


def test_a_logged_model_tells_them_and_can_be_told_not_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mlflow.set_tracking_uri(str(tmp_path / "runs"))
    info = mlflow.pyfunc.log_model(name="m", python_model=reader("A_API_KEY"), input_example=["a"])
    assert info.env_vars == ["A_API_KEY"]
    monkeypatch.setenv("MLFLOW_RECORD_ENV_VARS_IN_MODEL_LOGGING", "false")
    assert mlflow.pyfunc.log_model(name="m", python_model=reader("A_API_KEY"), input_example=["a"]).env_vars is None


def test_which_names_look_like_keys() -> None:
    assert all(map(is_key, ("OPENAI_API_KEY", "HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "DATABRICKS_HOST")))
    assert not any(map(is_key, ("PATH", "HOME", "MLFLOW_TRACKING_PASSWORD", "KEYBOARD", "FLOWMILL_API_KEY")))
