"""The scoring protocol from Python, under MLflow's names, as the real one answered."""

from __future__ import annotations

import importlib
import io
import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import flowmill
from flowmill.errors import FlowmillError, Invalid, Unavailable
from flowmill.models.pyfunc import load_model
from flowmill.serving.functions import predictions_to_json
from flowmill.testing.server import running
from tests.peer.server import free_port
from tests.serving.record import KINDS

ROW = {"a": 1.5, "b": "x", "n": 1}


@pytest.fixture
def scoring_server() -> Any:
    """The module by MLflow's name."""
    flowmill.install_as_mlflow()
    return importlib.import_module("mlflow.pyfunc.scoring_server")


def test_functions(scoring_server: Any, models: Path) -> None:
    def written(write: Callable[..., None], *arguments: Any) -> str:
        output = io.StringIO()
        write(arguments[0], output, *arguments[1:])
        return output.getvalue()

    s = scoring_server
    assert written(s.predictions_to_json, pd.DataFrame({"a": [1, 2]})) == '{"predictions": [{"a": 1}, {"a": 2}]}'
    assert written(s.predictions_to_json, np.array([1.5]), {"m": 1}) == '{"predictions": [1.5], "m": 1}'
    with pytest.raises(Invalid):
        written(s.predictions_to_json, [1], {"predictions": 1})
    assert written(s.unwrapped_predictions_to_json, {"x": 1}) == '{"x": 1}'
    assert s.infer_and_parse_data({"inputs": [1, 2]}).tolist() == [1, 2]
    assert s.infer_and_parse_data({"dataframe_records": [ROW], "params": {}}).to_dict(orient="records") == [ROW]
    assert s.parse_csv_input(io.StringIO("a,b\n1,x\n")).to_dict(orient="records") == [{"a": 1, "b": "x"}]
    file = io.BytesIO()
    pd.DataFrame([ROW]).to_parquet(file)
    assert s.parse_parquet_input(io.BytesIO(file.getvalue())).to_dict(orient="records") == [ROW]
    assert s.CONTENT_TYPES == [s.CONTENT_TYPE_CSV, s.CONTENT_TYPE_JSON, s.CONTENT_TYPE_PARQUET]
    assert {s.DF_RECORDS, s.DF_SPLIT, s.INPUTS, s.INSTANCES} == s.SUPPORTED_FORMATS and s.SERVING_PARAMS_KEY == "params"

    model = load_model(str(models / "echo plain"))
    response, status, kind = s.invocations('{"prompt": "x"}', "application/json", model, None)
    assert (response, status, kind) == ('{"prompt": "str: x"}', 200, "application/json")
    for content_type, body in (("text/csv", "a\n1\n"), ("application/json; charset=utf-8", '{"inputs": [1]}')):
        assert s.invocations(body, content_type, model, None).status == 200
    assert s.invocations("{", "application/xml", model, None).status == 415
    with pytest.raises(Invalid):
        s.invocations("{", "application/json", model, None)
    command, environment = s.get_cmd("models:/a b/1", 5001, "0.0.0.0", 30, 3)
    assert shlex.split(command)[:5] == [sys.executable, "-m", "flowmill", "models", "serve"]
    assert shlex.split(command)[7:11] == ["--model-uri", "models:/a b/1", "--port", "5001"]
    assert environment["PATH"]


def test_a_client(scoring_server: Any, models: Path, tmp_path: Path) -> None:
    client_of = importlib.import_module("mlflow.pyfunc.scoring_server.client").ScoringServerClient
    with running(scoring_server.init(load_model(str(models / "table")))) as address:
        host, port = address.removeprefix("http://").split(":")
        client = client_of(host, int(port))
        client.wait_server_ready(timeout=5)
        assert client.ping() is None and client.get_version() == "3.17.2"
        answer = client.invoke(pd.DataFrame([ROW]), params={"scale": 3.0})
        assert answer["predictions"][0]["scale"] == 3.0
        assert answer.get_predictions().loc[0, "b"] == "x" and answer.get_predictions("ndarray").shape == (1,)
        assert answer.to_json(str(tmp_path / "answer.json")) is None and answer.to_json() == (
            tmp_path / "answer.json"
        ).read_text(encoding="utf-8")
        with pytest.raises(FlowmillError, match="column 'a'") as refused:
            client.invoke(pd.DataFrame([{"n": 1}]))
        assert refused.value.error_code == "INVALID_PARAMETER_VALUE"
    nobody = client_of("127.0.0.1", free_port())
    with pytest.raises(Unavailable, match="no scoring server"):
        nobody.wait_server_ready(timeout=0.1)


def test_configured_by_the_environment(scoring_server: Any, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load = scoring_server.load_model_with_mlflow_config
    assert load(str(models / "table")).model_config == {}
    monkeypatch.setenv(scoring_server.SERVING_MODEL_CONFIG, '{"a": 1}')
    assert load(str(models / "table")).model_config == {"a": 1}
    monkeypatch.setenv(scoring_server.SERVING_MODEL_CONFIG, "{")
    with pytest.raises(Invalid, match="no JSON"):
        load(str(models / "table"))


def test_a_server_without_a_port(models: Path) -> None:
    flowmill.install_as_mlflow()
    client_module = importlib.import_module("mlflow.pyfunc.scoring_server.client")
    command = [sys.executable, "-m", "flowmill.serving.by_lines", str(models / "echo kinds")]
    kinds = load_model(str(models / "echo kinds"))
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as process:
        client = client_module.StdinScoringServerClient(process)
        client.wait_server_ready()
        with pytest.raises(Invalid, match="does not fit the model's signature"):
            client.invoke(pd.DataFrame({"x": ["a"]}))
        example = pd.DataFrame([{**KINDS, "bytes": b"abc"}]).astype({"integer": "int32", "float": "float32"})
        example["day"] = pd.to_datetime(example["day"])
        text = io.StringIO()
        predictions_to_json(kinds.predict(example), text)
        assert client.invoke(example)["predictions"] == json.loads(text.getvalue())["predictions"]
        process.kill()
        process.wait()
        with pytest.raises(Unavailable, match="ended with"):
            client.invoke(example)
    without = subprocess.run([*command[:3], str(models / "none")], input="", capture_output=True, text=True)
    assert without.returncode == 1 and without.stderr.startswith("Error: ")
