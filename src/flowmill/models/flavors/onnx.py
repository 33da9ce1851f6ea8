"""ONNX models: saved as they are, asked by onnxruntime."""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

# The library is the user's: who checks types need not have it.
# pyright: reportMissingImports=false

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowmill.errors import Invalid
from flowmill.models.flavor import Flavor, Saved, Stored, first_line, no_more
from flowmill.models.functions import Calls, functions_of, pinned
from flowmill.models.infer import is_array, is_frame
from flowmill.models.modules import installed_name, installed_version

_log = logging.getLogger("flowmill.models")

FLAVOR_NAME = "onnx"
ONNX_EXECUTION_PROVIDERS = ["CUDAExecutionProvider", "CPUExecutionProvider"]
MODEL_FILE = "model.onnx"
DATA_FILE = "model.onnx.data"
EXTERNAL_FROM = 1024
"""Bytes of a tensor from which it goes into the data file beside the model; ONNX's own limit."""
LARGEST_MESSAGE = 2**31 - 1
"""A file of protocol buffers cannot be larger."""
_SESSION_OPTIONS = (
    "enable_cpu_mem_arena enable_mem_pattern enable_mem_reuse enable_profiling execution_mode execution_order "
    "graph_optimization_level inter_op_num_threads intra_op_num_threads log_severity_level logid "
    "log_verbosity_level optimized_model_filepath profile_file_prefix use_deterministic_compute extra_session_config"
).split()


def is_onnx_model(value: object) -> bool:
    """Whether it is an ``onnx.ModelProto``."""
    return any(base.__name__ == "ModelProto" and base.__module__.startswith("onnx") for base in type(value).__mro__)


def _save(model: Any, folder: Path, options: Mapping[str, Any]) -> Saved:
    import onnx

    FLAVOR.require_model(model)
    no_more(options.get("kwargs", {}), "save_model")
    providers = options.get("onnx_execution_providers")
    session_options = options.get("onnx_session_options")
    if providers is not None and not isinstance(providers, list):
        raise Invalid(f"onnx_execution_providers is {providers!r}: expected a list of names.")
    _check_session_options(session_options)
    if options.get("save_as_external_data", True) and _has_large_tensors(model):
        # Of a copy: ONNX would take the tensors out of the caller's model.
        copy = onnx.ModelProto()
        copy.CopyFrom(model)
        onnx.save_model(
            copy, str(folder / MODEL_FILE), save_as_external_data=True, location=DATA_FILE, size_threshold=EXTERNAL_FROM
        )
    else:
        if model.ByteSize() > LARGEST_MESSAGE:
            raise Invalid("A model of more than 2 GiB cannot be one file: leave save_as_external_data=False out.")
        onnx.save_model(model, str(folder / MODEL_FILE))
    try:
        onnx.checker.check_model(str(folder / MODEL_FILE))
    except onnx.checker.ValidationError as error:
        raise Invalid(f"The ONNX model is not valid ({first_line(error)}): correct it before it is saved.") from error
    settings = {
        "onnx_version": installed_version("onnx"),
        "data": MODEL_FILE,
        "providers": providers or list(ONNX_EXECUTION_PROVIDERS),
        "onnx_session_options": session_options,
        "code": None,
    }
    return Saved(settings, {"data": MODEL_FILE}, packages=["onnx", "onnxruntime", "numpy"])


def _check_session_options(given: Any) -> None:
    if given is None:
        return
    if not isinstance(given, dict):
        raise Invalid(f"onnx_session_options is {given!r}: expected a dict.")
    strange = sorted(set(given) - set(_SESSION_OPTIONS))
    if strange:
        raise Invalid(f"onnx_session_options has {strange}: expected any of {', '.join(_SESSION_OPTIONS)}.")


def _has_large_tensors(model: Any) -> bool:
    return any(tensor.ByteSize() > EXTERNAL_FROM for tensor in model.graph.initializer)


def _load(stored: Stored) -> Any:
    import google.protobuf.message
    import onnx

    file = stored.path(stored.settings.get("data") or MODEL_FILE)
    try:
        # Tensors beside the model are read as well; onnx.checker refuses any that lie outside the folder.
        onnx.checker.check_model(str(file))
        return onnx.load_model(str(file))
    except (onnx.checker.ValidationError, google.protobuf.message.DecodeError, OSError, ValueError) as error:
        raise Invalid(f"The model's {file.name} is no ONNX model ({first_line(error)}): restore it.") from error


class Session:
    """An ONNX model in onnxruntime, with the names, types and ranks of what it takes and gives."""

    def __init__(self, model: Any, settings: Mapping[str, Any]) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        given: Mapping[str, Any] = settings.get("onnx_session_options") or {}
        _check_session_options(dict(given))
        for name, value in _harmless(given).items():
            _set_option(onnxruntime, options, name, value)
        wanted = [str(name) for name in settings.get("providers") or ONNX_EXECUTION_PROVIDERS]
        there = set(onnxruntime.get_available_providers())
        providers = [name for name in wanted if name in there] or ["CPUExecutionProvider"]
        try:
            self.session: Any = onnxruntime.InferenceSession(
                model.SerializeToString(), sess_options=options, providers=providers
            )
        except Exception as error:
            if type(error).__module__.partition(".")[0] != "onnxruntime":
                raise
            raise Invalid(f"onnxruntime does not take the ONNX model: {first_line(error)}") from error
        self.inputs = {item.name: (item.type, len(item.shape)) for item in self.session.get_inputs()}
        self.outputs = [item.name for item in self.session.get_outputs()]

    def run(self, tensors: Mapping[str, Any]) -> dict[str, Any]:
        """Outputs by name; Invalid with onnxruntime's words if the input does not fit the graph."""
        problems = [f"input {name!r} is missing" for name in self.inputs if name not in tensors]
        problems += [f"{name!r} is no input" for name in tensors if name not in self.inputs]
        if problems:
            raise Invalid(f"The input does not fit the ONNX model, which takes {list(self.inputs)}: {problems}.")
        fed = {name: _fitting(tensors[name], *self.inputs[name]) for name in self.inputs}
        try:
            return dict(zip(self.outputs, self.session.run(self.outputs, fed), strict=True))
        except Exception as error:
            if type(error).__name__ not in ("InvalidArgument", "Fail", "RuntimeException"):
                raise
            raise Invalid(f"The input does not fit the ONNX model: {first_line(error)}") from error


_NAMES_A_FILE = re.compile(r"file|path|folder|dir|profil|^ep\.context")


def _harmless(given: Mapping[str, Any]) -> dict[str, Any]:
    """The options without those that let onnxruntime read or write files: they come from the model."""
    options = {name: value for name, value in given.items() if not _NAMES_A_FILE.search(name)}
    config = options.get("extra_session_config")
    if config is not None:
        options["extra_session_config"] = {
            key: value for key, value in config.items() if not _NAMES_A_FILE.search(str(key).lower())
        }
    left_out = sorted({*given, *(config or {})} - {*options, *options.get("extra_session_config", {})})
    if left_out:
        _log.warning("The model's session options %s are not used: a model chooses no files of yours.", left_out)
    return options


def _set_option(onnxruntime: Any, options: Any, name: str, value: Any) -> None:
    enums: dict[str, dict[Any, Any]] = {
        "execution_mode": {
            "sequential": onnxruntime.ExecutionMode.ORT_SEQUENTIAL,
            "parallel": onnxruntime.ExecutionMode.ORT_PARALLEL,
        },
        "graph_optimization_level": {
            0: onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL,
            1: onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC,
            2: onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
            99: onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL,
        },
    }
    if name == "extra_session_config":
        for key, text in value.items():
            options.add_session_config_entry(str(key), str(text))
        return
    known = enums.get(name)
    key = value.lower() if isinstance(value, str) else value
    if known is not None and key not in known:
        raise Invalid(f"onnx_session_options has {name}={value!r}: expected one of {list(known)}.")
    setattr(options, name, known[key] if known else value)


_NUMPY = {
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(float16)": "float16",
    "tensor(string)": "object",
    "tensor(bool)": "bool",
    **{f"tensor({name})": name for name in "int8 int16 int32 int64 uint8 uint16 uint32 uint64".split()},
}


def _fitting(value: Any, kind: str, rank: int) -> Any:
    """The tensor with the graph's dtype and rank: a column for a graph that takes columns.

    Numbers are converted where the graph computes less exactly than pandas does (MLflow converts doubles to floats,
    too), and integers where no value changes.
    """
    import numpy

    array = numpy.asarray(value)
    dtype = _NUMPY.get(kind)
    if dtype is not None and array.dtype != dtype:
        if dtype == "object":
            array = array.astype(object)
        elif array.dtype.kind in "fiub" and dtype.startswith("float"):
            array = array.astype(dtype)
        elif array.dtype.kind in "fiub":
            converted = array.astype(dtype)
            if not numpy.array_equal(converted, array):
                raise Invalid(f"The ONNX model takes {dtype}, found {array.dtype} with values that would change.")
            array = converted
    if array.ndim == 1 and rank == 2:
        array = array.reshape(-1, 1)
    return array


def _predict(model: Any, settings: Mapping[str, Any], data: Any, params: dict[str, Any] | None) -> Any:
    session = model if isinstance(model, Session) else Session(model, settings)
    if isinstance(data, Mapping):
        return session.run(data)
    if is_frame(data):
        return _as_frame(session.run(_columns(session, data)))
    if not is_array(data):
        import numpy

        data = numpy.asarray(data)
    if len(session.inputs) != 1:
        raise Invalid(f"The ONNX model has the inputs {list(session.inputs)}: pass a dict of arrays or a DataFrame.")
    return session.run({next(iter(session.inputs)): data})


def _columns(session: Session, frame: Any) -> dict[str, Any]:
    if len(session.inputs) == 1:
        (name,) = session.inputs
        return {name: frame.to_numpy()}
    return {name: frame[name].to_numpy() for name in session.inputs if name in frame.columns}


def _as_frame(answer: dict[str, Any]) -> Any:
    """One column an output, one row a row: a row of several values is a list in its cell."""
    import numpy
    import pandas

    def cells(value: Any) -> Any:
        array = numpy.asarray(value)
        if array.ndim > 1 and array.size == len(array):
            return array.reshape(-1)
        return array if array.ndim <= 1 else [row.tolist() for row in array]

    return pandas.DataFrame({name: cells(value) for name, value in answer.items()})


FLAVOR = Flavor(
    name=FLAVOR_NAME,
    loader_module="mlflow.onnx",
    packages=("onnx", "onnxruntime"),
    detect=is_onnx_model,
    save=_save,
    load=_load,
    predict=_predict,
    ready=Session,
)


def _default_requirements() -> list[str]:
    return pinned("onnx", installed_name("onnxruntime"))


_functions = functions_of(
    FLAVOR,
    Calls(
        save="onnx_model path conda_env code_paths mlflow_model signature input_example pip_requirements "
        "extra_pip_requirements onnx_execution_providers onnx_session_options metadata save_as_external_data "
        "extra_files **kwargs",
        log="onnx_model artifact_path conda_env code_paths registered_model_name signature input_example "
        "await_registration_for pip_requirements extra_pip_requirements onnx_execution_providers onnx_session_options "
        "metadata save_as_external_data extra_files name params tags model_type step model_id **kwargs",
        own={"onnx_execution_providers": None, "onnx_session_options": None, "save_as_external_data": True},
    ),
    _default_requirements,
)
save_model, log_model, load_model = _functions.save_model, _functions.log_model, _functions.load_model
get_default_pip_requirements = _functions.get_default_pip_requirements
get_default_conda_env = _functions.get_default_conda_env
