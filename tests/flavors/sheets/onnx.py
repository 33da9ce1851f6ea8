"""ONNX: graphs of one and several inputs, texts, large tensors beside the model, options of the session."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pandas as pd
import yaml
from onnx import TensorProto, helper, numpy_helper

from tests.flavors.sheet import Case

REQUIRES = ("onnx", "onnxruntime", "numpy")


def graph(inputs: Mapping[str, Any], outputs: Mapping[str, Any], nodes: list[Any], weights: Any = ()) -> Any:
    def infos(given: Mapping[str, Any]) -> list[Any]:
        return [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in given.items()]

    made = helper.make_graph(nodes, "graph", infos(inputs), infos(outputs), weights)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def cases() -> list[Case]:
    table, column = (TensorProto.FLOAT, [None, 2]), (TensorProto.FLOAT, [None])
    one = graph({"x": table}, {"y": table}, [helper.make_node("Add", ["x", "x"], ["y"])])
    two = graph(
        {"a": column, "b": column},
        {"sum": column, "product": column},
        [helper.make_node("Add", ["a", "b"], ["sum"]), helper.make_node("Mul", ["a", "b"], ["product"])],
    )
    words = graph(
        {"x": (TensorProto.STRING, [None, 1])},
        {"y": (TensorProto.STRING, [None, 1])},
        [helper.make_node("Identity", ["x"], ["y"])],
    )
    weights = np.arange(2000, dtype="float32").reshape(2, 1000)
    # One each: MLflow takes the tensors out of the model that it saves.
    large, whole = (
        graph(
            {"x": table},
            {"y": (TensorProto.FLOAT, [None, 1000])},
            [helper.make_node("MatMul", ["x", "w"], ["y"])],
            [numpy_helper.from_array(weights, "w")],
        )
        for _ in range(2)
    )
    array = np.array([[1, 2], [3, 4]], dtype="float32")
    frame = pd.DataFrame({"a": np.array([1, 2], "float32"), "b": np.array([3, 4], "float32")})
    text = pd.DataFrame({"x": ["a", "b"]})
    options = {
        "onnx_execution_providers": ["CPUExecutionProvider"],
        "onnx_session_options": {"intra_op_num_threads": 1},
    }

    def asked(name: str, model: Any, data: Any, answer: Any, **more: Any) -> Case:
        return Case(name, model, data, answer, REQUIRES, native=lambda loaded, given: answer, **more)

    return [
        asked("one", one, array, {"y": array * 2}, options=options),
        asked("double", one, array.astype("float64"), {"y": array * 2}),
        asked("two", two, frame, pd.DataFrame({"sum": [4.0, 6.0], "product": [3.0, 8.0]})),
        asked("dict", two, {"a": array[:, 0], "b": array[:, 1]}, {"sum": [3.0, 7.0], "product": [2.0, 12.0]}),
        asked("words", words, text, pd.DataFrame({"y": ["a", "b"]})),
        asked("large", large, array, {"y": array @ weights}),
        asked("whole", whole, array, {"y": array @ weights}, options={"save_as_external_data": False}),
    ]


def plant_data_from_outside(folder: Path, secret: Path, canary: Path) -> None:
    """Tensors of the model are to be read from a file beside it."""
    secret.write_bytes((folder / "model.onnx.data").read_bytes())
    model = onnx.load_model(str(folder / "model.onnx"), load_external_data=False)
    for tensor in model.graph.initializer:
        for entry in tensor.external_data:
            if entry.key == "location":
                entry.value = f"../{secret.name}"
    (folder / "model.onnx").write_bytes(model.SerializeToString())


def plant_options_that_write(folder: Path, secret: Path, canary: Path) -> None:
    """The session is to write files where the model says."""
    form = yaml.safe_load((folder / "MLmodel").read_text())
    form["flavors"]["onnx"]["onnx_session_options"] = {
        "optimized_model_filepath": str(canary),
        "enable_profiling": True,
        "profile_file_prefix": str(canary),
        "extra_session_config": {"ep.context_file_path": str(canary), "ep.context_enable": "1"},
    }
    (folder / "MLmodel").write_text(yaml.safe_dump(form))


PLANTS = {"large": (plant_data_from_outside,), "one": (plant_options_that_write,)}
