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

def told(value):
    """A value in words that tell every kind apart."""
    if isinstance(value, pd.DataFrame):
        columns = [[str(name), str(value.dtypes.iloc[place]), [told(cell) for cell in value.iloc[:, place]]]
                   for place, name in enumerate(value.columns)]
        return {"frame": columns, "index": [told(cell) for cell in value.index]}
    if isinstance(value, np.ndarray):
        return {"array": str(value.dtype), "shape": list(value.shape), "values": told(value.tolist())}
    if isinstance(value, dict):
        return {str(key): told(item) for key, item in value.items()}
    if isinstance(value, list):
        return [told(item) for item in value]
    return type(value).__name__ + ": " + str(value)

class Echo(mlflow.pyfunc.PythonModel):
    """Answers with what it was given."""
    def predict(self, context, model_input, params=None):
        return told(model_input)

kinds = pd.DataFrame({
    "integer": np.array([1], dtype="int32"), "long": [1], "float": np.array([0.5], dtype="float32"), "double": [0.5],
    "text": ["x"], "flag": [True], "bytes": [b"abc"], "day": [pd.Timestamp("2024-01-02")],
})
for name, given in {
    "plain": None, "kinds": kinds, "tensor": np.zeros((1, 2), dtype="float32"),
    "tensors": {"a": np.zeros((1, 2), dtype="float64"), "b": np.zeros(1, dtype="int64")},
    "unnamed": ["x"], "lists": pd.DataFrame({"list": [[1.5]], "object": [{"x": 1}]}),
}.items():
    signature = None if given is None else infer_signature(given)
    mlflow.pyfunc.save_model(sys.argv[1] + "/echo " + name, python_model=Echo(), pip_requirements=["cloudpickle"],
        signature=signature)
mlflow.pyfunc.save_model(sys.argv[1] + "/table", python_model=Table(), pip_requirements=["cloudpickle"],
    signature=infer_signature(columns, params={"scale": 2.0}))
mlflow.pyfunc.save_model(sys.argv[1] + "/kinds", python_model=Kinds(), pip_requirements=["cloudpickle"])
'''

SPLIT = {"columns": ["a", "b", "n"], "data": [[1.5, "x", 1], [2.5, "y", 2]]}
RECORDS = [{"a": 1.5, "b": "x", "n": 1}, {"a": 2.5, "b": "y", "n": 2}]
JSON = "application/json"

KINDS = {
    "integer": 1, "long": 2**53 + 1, "float": 0.1, "double": 0.1, "text": "x", "flag": True, "bytes": "YWJj",
    "day": "2024-01-02T03:04:05",
}  # fmt: skip
CSV = ",".join(KINDS) + "\n" + ",".join(str(value) for value in KINDS.values()) + "\n"


def _echo(bodies: dict[str, Any], csv: str | None = None) -> list[tuple[str, str, str | None, str]]:
    asked: list[tuple[str, str, str | None, str]] = [
        (label, "/invocations", JSON, json.dumps(body)) for label, body in bodies.items()
    ]
    return [*asked, ("csv", "/invocations", "text/csv", csv)] if csv else asked


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
    "echo plain": _echo(
        {
            "inputs list": {"inputs": [1, 2.5]},
            "inputs rows": {"inputs": [[1, 2], [3, 4]]},
            "inputs ragged": {"inputs": [[1], [3, 4]]},
            "inputs object": {"inputs": {"a": [1, 2], "b": ["x", "y"]}},
            "inputs objects": {"inputs": [{"a": 1}, {"a": 2}]},
            "inputs text": {"inputs": "x"},
            "inputs number": {"inputs": 3},
            "inputs null": {"inputs": None},
            "inputs nothing": {"inputs": []},
            "instances list": {"instances": [1, 2]},
            "instances objects": {"instances": [{"a": 1, "b": [1, 2]}, {"a": 2, "b": [3, 4]}]},
            "instances of other names": {"instances": [{"a": 1}, {"b": 2}]},
            "instances text": {"instances": "x"},
            "split index": {"dataframe_split": {"columns": ["a"], "index": [7], "data": [[1]]}},
            "split without columns": {"dataframe_split": {"data": [[1, 2]]}},
            "split without data": {"dataframe_split": {"columns": ["a"]}},
            "split uneven": {"dataframe_split": {"columns": ["a", "b"], "data": [[1]]}},
            "records of other names": {"dataframe_records": [{"a": 1}, {"b": "x"}]},
            "no records": {"dataframe_records": []},
            "records of numbers": {"dataframe_records": [1, 2]},
            "messages": {"messages": [{"role": "user", "content": "hello"}], "temperature": 0.5},
            "prompt": {"prompt": "hello"},
            "input": {"input": ["hello"]},
            "messages and inputs": {"messages": [], "inputs": [1]},
            "params": {"inputs": [1], "params": {"a": 1}},
            "more keys": {"inputs": [1], "other": 1, "signature_name": "x"},
            "nan": {"inputs": [float("nan"), float("inf")]},
        },
        CSV,
    ),
    "echo kinds": _echo(
        {
            "records": {"dataframe_records": [KINDS]},
            "split": {"dataframe_split": {"columns": list(KINDS), "data": [list(KINDS.values())]}},
            "instances": {"instances": [KINDS]},
            "inputs": {"inputs": {name: [value] for name, value in KINDS.items()}},
            "inputs rows": {"inputs": [KINDS]},
            "inputs object": {"inputs": KINDS},
            "other order and more": {"dataframe_records": [{"more": 1, **dict(reversed(KINDS.items()))}]},
            "whole numbers": {"dataframe_records": [{**KINDS, "float": 1, "double": 2}]},
            "time with zone": {"dataframe_records": [{**KINDS, "day": "2024-01-02T03:04:05+01:00"}]},
            "gap": {"dataframe_records": [{**KINDS, "double": None}]},
            "text for long": {"dataframe_records": [{**KINDS, "long": "1"}]},
            "half for long": {"dataframe_records": [{**KINDS, "long": 1.5}]},
            "large for integer": {"dataframe_records": [{**KINDS, "integer": 2**40}]},
            "number for flag": {"dataframe_records": [{**KINDS, "flag": 1}]},
            "number for text": {"dataframe_records": [{**KINDS, "text": 1}]},
        },
        CSV,
    ),
    "echo tensor": _echo(
        {
            "inputs": {"inputs": [[1, 2]]},
            "instances": {"instances": [[1, 2], [3, 4]]},
            "wrong shape": {"inputs": [[1, 2, 3]]},
            "flat": {"inputs": [1, 2]},
            "texts": {"inputs": [["x", "y"]]},
            "split": {"dataframe_split": {"columns": ["a", "b"], "data": [[1, 2]]}},
        }
    ),
    "echo tensors": _echo(
        {
            "inputs": {"inputs": {"a": [[1, 2]], "b": [3]}},
            "instances": {"instances": [{"a": [1, 2], "b": 3}, {"a": [4, 5], "b": 6}]},
            "one missing": {"inputs": {"a": [[1, 2]]}},
            "one more": {"inputs": {"a": [[1, 2]], "b": [3], "c": [4]}},
            "list": {"inputs": [1, 2]},
        }
    ),
    "echo unnamed": _echo(
        {"inputs": {"inputs": ["x", "y"]}, "text": {"inputs": "x"}, "instances": {"instances": ["x"]}}
    ),
    "echo lists": _echo(
        {
            "records": {"dataframe_records": [{"list": [1, 2.5], "object": {"x": 1}}]},
            "wrong": {"dataframe_records": [{"list": 1, "object": {"y": 1}}]},
        }
    ),
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
