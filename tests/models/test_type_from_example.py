"""`TypeFromExample`: a model whose input is what its input example is, here and by the real MLflow."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

import flowmill as mlflow
from flowmill.types.type_hints import TypeFromExample
from tests.peer.peer import Peer

SCRIPT = """
import sys, json, mlflow
from mlflow.types.type_hints import TypeFromExample

class Told(mlflow.pyfunc.PythonModel):
    def predict(self, model_input: TypeFromExample):
        return [f"{type(model_input).__name__} {list(model_input)}"]

if sys.argv[1] == "save":
    mlflow.pyfunc.save_model(sys.argv[2], python_model=Told(), input_example=json.loads(sys.argv[3]))
else:
    print("ANSWER" + json.dumps(mlflow.pyfunc.load_model(sys.argv[2]).predict(json.loads(sys.argv[3]))))
"""
FRAME = pd.DataFrame({"a": [1]})
ROWS = [{"a": 1, "b": "x"}]


def make() -> Any:
    class Told(mlflow.pyfunc.PythonModel):
        def predict(self, model_input: TypeFromExample) -> Any:  # type: ignore[override,misc]
            return [f"{type(model_input).__name__} {list(model_input)}"]  # type: ignore[call-overload]

    return Told()


@pytest.mark.parametrize(
    ("example", "given", "answer"),
    [
        (["x"], ["a"], "list ['a']"),
        (["x"], pd.DataFrame({"q": ["a"]}), "list ['a']"),
        ([1, 2], [3], "list [3]"),
        (ROWS, [{"a": 2, "b": "y"}], "list [{'a': 2, 'b': 'y'}]"),
        (ROWS, pd.DataFrame({"a": [2], "b": ["y"]}), "list [{'a': 2, 'b': 'y'}]"),
        (FRAME, FRAME, "DataFrame ['a']"),
        (FRAME, [{"a": 1}], "DataFrame ['a']"),
    ],
)
def test_the_input_becomes_what_the_example_is(tmp_path: Path, example: Any, given: Any, answer: str) -> None:
    mlflow.pyfunc.save_model(tmp_path / "model", python_model=make(), input_example=example)
    said = yaml.safe_load((tmp_path / "model" / "MLmodel").read_text())
    assert (said["type_hint_from_example"], said["is_signature_from_type_hint"]) == (True, False)
    assert said["signature"]["outputs"] == '[{"type": "string", "required": true}]'
    model = mlflow.pyfunc.load_model(str(tmp_path / "model"))
    assert model.predict(given) == [answer]
    with pytest.raises(mlflow.MlflowException, match="does not fit"):
        model.predict([{"c": b"1"}])


def test_an_example_of_another_kind_and_none(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        mlflow.pyfunc.save_model(tmp_path / "dict", python_model=make(), input_example={"a": 1})
        mlflow.pyfunc.save_model(tmp_path / "none", python_model=make())
    assert "is of type dict" in caplog.text and "there is no input_example" in caplog.text
    assert yaml.safe_load((tmp_path / "dict" / "MLmodel").read_text())["type_hint_from_example"] is False
    assert mlflow.pyfunc.load_model(str(tmp_path / "none")).predict(["a"]) == ["list ['a']"]


@pytest.mark.peer
def test_both_ways_with_the_real_mlflow(peer: Peer, tmp_path: Path) -> None:
    mlflow.pyfunc.save_model(tmp_path / "ours", python_model=make(), input_example=ROWS)
    peer.run(SCRIPT, "save", str(tmp_path / "theirs"), json.dumps(ROWS), folder=tmp_path)
    answer = peer.run(SCRIPT, "load", str(tmp_path / "ours"), json.dumps(ROWS), folder=tmp_path)
    assert json.loads(answer.partition("ANSWER")[2]) == ["list [{'a': 1, 'b': 'x'}]"]
    model = mlflow.pyfunc.load_model(str(tmp_path / "theirs"), allow_pickle=True)
    assert model.predict(pd.DataFrame(ROWS)) == ["list [{'a': 1, 'b': 'x'}]"]
    files = [yaml.safe_load((tmp_path / name / "MLmodel").read_text()) for name in ("ours", "theirs")]
    for key in ("signature", "type_hint_from_example", "is_signature_from_type_hint", "saved_input_example_info"):
        assert files[0][key] == files[1][key], key
