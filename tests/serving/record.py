"""Records the answers of the real MLflow's scoring server: ``python -m tests.serving.record``."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.peer.environment import peer_python, peer_settings
from tests.peer.server import free_port, server_process

RECORDED = Path(__file__).with_name("recorded.json")

MODELS = '''
import sys
import mlflow, numpy as np, pandas as pd
from mlflow.models import infer_signature
from mlflow.types import ParamSchema, ParamSpec

columns = pd.DataFrame({"a": [1.5, 2.5], "b": ["x", "y"], "n": [1, 2]})

class Table(mlflow.pyfunc.PythonModel):
    """Answers with its input and a column of each difficult kind."""
    def predict(self, context, model_input, params=None):
        if (model_input["a"] < 0).any():
            raise RuntimeError("a secret in /etc/somewhere")
        frame = model_input.copy()
        frame["nan"] = np.nan
        frame["day"] = pd.Timestamp("2024-02-29T12:30:00")
        frame["flag"] = np.bool_(True)
        frame["list"] = [[np.int32(1), 2.5]] * len(frame)
        frame["none"] = None
        if params:
            frame["scale"] = params["scale"]
        return frame

class Kinds(mlflow.pyfunc.PythonModel):
    """Answers in the kind that it is asked for; it has no signature."""
    def predict(self, context, model_input, params=None):
        kind = str(list(model_input)[0])
        return {
            "float32": np.array([0.1, 1 / 3], dtype="float32"),
            "nan": np.array([np.nan, np.inf, 1.0]),
            "matrix": np.arange(6).reshape(2, 3),
            "dates": np.array(["2024-01-02", "NaT"], dtype="datetime64[D]"),
            "timestamps": pd.Series(pd.to_datetime(["2024-01-02", None])),
            "text": "hello",
            "number": 3,
            "none": None,
            "dict": {"x": np.float64(1.5), "y": np.arange(2), "z": [np.int64(3)]},
            "nested": [{"a": [1, {"b": None}]}],
            "series": pd.Series([1, 2], name="s"),
            "bytes": [b"abc"],
            "objects": np.array(["a", None, 1.5], dtype=object),
        }.get(kind, str(type(model_input).__name__))

mlflow.pyfunc.save_model(sys.argv[1] + "/table", python_model=Table(), pip_requirements=["cloudpickle"],
    signature=infer_signature(columns, params={"scale": 2.0}))
mlflow.pyfunc.save_model(sys.argv[1] + "/kinds", python_model=Kinds(), pip_requirements=["cloudpickle"])
'''

SPLIT = {"columns": ["a", "b", "n"], "data": [[1.5, "x", 1], [2.5, "y", 2]]}
RECORDS = [{"a": 1.5, "b": "x", "n": 1}, {"a": 2.5, "b": "y", "n": 2}]
JSON = "application/json"

ASKED: dict[str, list[tuple[str, str, str | None, str]]] = {
    "table": [
        ("split", "/invocations", JSON, json.dumps({"dataframe_split": SPLIT})),
        ("records", "/invocations", JSON, json.dumps({"dataframe_records": RECORDS})),
        ("params", "/invocations", JSON, json.dumps({"dataframe_records": RECORDS, "params": {"scale": 3.5}})),
        ("inputs by column", "/invocations", JSON, json.dumps({"inputs": {"a": [1.5], "b": ["x"], "n": [1]}})),
        ("instances", "/invocations", JSON, json.dumps({"instances": RECORDS})),
        ("charset", "/invocations", JSON + "; charset=utf-8", json.dumps({"dataframe_split": SPLIT})),
        ("other charset", "/invocations", JSON + "; charset=latin-1", json.dumps({"dataframe_split": SPLIT})),
        ("csv", "/invocations", "text/csv", "a,b,n\n1.5,x,1\n"),
        ("bad csv", "/invocations", "text/csv", "a,b\n1,2,3\n1,2,3,4,5\n"),
        ("empty csv", "/invocations", "text/csv", ""),
        ("other type", "/invocations", "application/xml", "<a/>"),
        ("no type", "/invocations", None, json.dumps({"dataframe_split": SPLIT})),
        ("no json", "/invocations", JSON, "{"),
        ("empty", "/invocations", JSON, ""),
        ("a list", "/invocations", JSON, "[1]"),
        ("no key", "/invocations", JSON, '{"data": [1]}'),
        ("two keys", "/invocations", JSON, '{"inputs": [1], "instances": [1]}'),
        ("missing column", "/invocations", JSON, json.dumps({"dataframe_records": [{"a": 1.5}]})),
        ("wrong type", "/invocations", JSON, json.dumps({"dataframe_records": [{"a": "z", "b": "x", "n": 1.5}]})),
        ("bad params", "/invocations", JSON, json.dumps({"dataframe_records": RECORDS, "params": {"scale": "x"}})),
        ("unknown params", "/invocations", JSON, json.dumps({"dataframe_records": RECORDS, "params": {"other": 1}})),
        ("params no object", "/invocations", JSON, json.dumps({"dataframe_records": RECORDS, "params": [1]})),
        ("records no list", "/invocations", JSON, '{"dataframe_records": {"a": 1}}'),
        ("split no object", "/invocations", JSON, '{"dataframe_split": [1]}'),
        ("model fails", "/invocations", JSON, json.dumps({"dataframe_records": [{"a": -1.0, "b": "x", "n": 1}]})),
        ("ping", "GET /ping", None, ""),
        ("health", "GET /health", None, ""),
        ("version", "GET /version", None, ""),
        ("wrong method", "GET /invocations", None, ""),
        ("unknown path", "GET /nothing", None, ""),
    ],
    "kinds": [
        (kind, "/invocations", JSON, json.dumps({"inputs": [kind]}))
        for kind in (
            "float32 nan matrix dates timestamps text number none dict nested series bytes objects other"
        ).split()
    ],
}


def ask(address: str, where: str, content_type: str | None, body: str) -> dict[str, Any]:
    """The status, content type and body of an answer."""
    method, _, path = where.rpartition(" ")
    request = urllib.request.Request(
        address + path, None if method == "GET" else body.encode(), method=method or "POST"
    )
    if content_type:
        request.add_header("Content-Type", content_type)
    elif not method:
        request.add_header("Content-Type", "")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return {"status": answer.status, "type": answer.headers["Content-Type"], "body": answer.read().decode()}
    except urllib.error.HTTPError as error:
        return {"status": error.code, "type": error.headers["Content-Type"], "body": error.read().decode()}


def main() -> None:
    """Asks the real server everything in `ASKED`."""
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder, python = Path(name), peer_python()
        # MLflow starts uvicorn by its bare name.
        settings = {**peer_settings(folder), "PATH": f"{python.parent}:{os.environ['PATH']}"}
        subprocess.run([python, "-c", MODELS, name], check=True, env=settings, cwd=folder)
        for model, questions in ASKED.items():
            port = free_port()
            command = [python, "-m", "mlflow", "models", "serve", "-m", f"{name}/{model}"]
            command += ["-p", str(port), "--env-manager", "local"]
            with server_process([str(each) for each in command], port=port, folder=folder, settings=settings) as at:
                found[model] = {label: ask(at, *rest) for label, *rest in questions}
    for answers in found.values():
        for answer in answers.values():
            if '"stack_trace"' in answer["body"]:  # paths of the machine that recorded
                answer["body"] = json.dumps({**json.loads(answer["body"]), "stack_trace": "…"})
    RECORDED.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
