"""PyTorch models: exported graphs (pt2), which hold tensors and no Python; else pickles, sealed with the user's key."""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

# The library is the user's: who checks types need not have it.
# pyright: reportMissingImports=false

from __future__ import annotations

import io
import json
import logging
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowmill.errors import FlowmillError, Invalid
from flowmill.models.flavor import Flavor, Saved, Stored, first_line, is_instance, no_more
from flowmill.models.functions import Calls, functions_of, pinned
from flowmill.models.infer import is_array, is_frame
from flowmill.models.modules import modules_of, top_levels
from flowmill.models.pickles import modules_in

FLAVOR_NAME = "pytorch"
SERIALIZATION_FORMAT_PICKLE = "pickle"
SERIALIZATION_FORMAT_PT2 = "pt2"
FORMATS = (SERIALIZATION_FORMAT_PT2, SERIALIZATION_FORMAT_PICKLE)
DATA_FOLDER = "data"
PICKLE_FILE = "model.pth"
GRAPH_FILE = "model.pt2"
PICKLE_MODULE_FILE = "pickle_module_info.txt"
PICKLE_MODULE = "mlflow.pytorch.pickle_module"
"""MLflow's name for pickling by cloudpickle, which it looks for when it loads."""
_GRAPH_PARTS = (
    *("byteorder", ".data/", "version", "archive_format", "archive_version", "models/"),
    *("data/weights/", "data/constants/", "data/sample_inputs/"),
)
"""What an archive of an exported graph holds if it holds no program; compiled libraries lie elsewhere in it."""

_log = logging.getLogger(__name__)


def is_pytorch_model(value: object) -> bool:
    """Whether it is a module of PyTorch."""
    return is_instance(value, "torch.nn.modules.module", "Module")


def _save(model: Any, folder: Path, options: Mapping[str, Any]) -> Saved:
    FLAVOR.require_model(model)
    no_more(options.get("kwargs", {}), "save_model")
    wanted = _wanted(options)
    (folder / DATA_FOLDER).mkdir()
    settings: dict[str, Any] = {"model_data": DATA_FOLDER, "pytorch_version": _version(), "code": None}
    pyfunc: dict[str, Any] = {
        "data": DATA_FOLDER,
        "pickle_module_name": PICKLE_MODULE,
        "config": {"device": None},
    }
    example = options.get("input_example")
    if wanted == SERIALIZATION_FORMAT_PT2 and example is None:
        raise Invalid("serialization_format='pt2' needs an input_example: the graph is traced with it.")
    if wanted != SERIALIZATION_FORMAT_PICKLE and example is not None and not _is_script(model):
        try:
            _export(model, example, folder / DATA_FOLDER / GRAPH_FILE)
            return Saved(settings, pyfunc, modules={"torch"}, packages=["torch", "numpy"])
        except Exception as error:
            (folder / DATA_FOLDER / GRAPH_FILE).unlink(missing_ok=True)
            if wanted is not None:
                raise Invalid(
                    f"torch.export cannot trace this {type(model).__name__} ({first_line(error)}): leave "
                    "serialization_format out, or pass serialization_format='pickle'."
                ) from error
            _log.warning(
                "torch.export cannot trace this %s (%s): it is saved as a pickle, sealed with your key.",
                type(model).__name__,
                first_line(error),
            )
    elif wanted == SERIALIZATION_FORMAT_PT2:
        raise Invalid("A TorchScript module cannot be exported as pt2: pass serialization_format='pickle'.")
    modules = _pickle(model, folder / DATA_FOLDER)
    files = [f"{DATA_FOLDER}/{PICKLE_FILE}"]
    return Saved(settings, pyfunc, files, modules | {"torch"}, ["torch", "numpy", "cloudpickle"])


def _wanted(options: Mapping[str, Any]) -> str | None:
    wanted = options.get("serialization_format")
    if wanted is None and options.get("export_model"):
        return SERIALIZATION_FORMAT_PT2
    if wanted is not None and wanted not in FORMATS:
        raise Invalid(f"serialization_format is {wanted!r}: expected 'pt2' or 'pickle'.")
    return wanted


def _version() -> str:
    import torch

    return str(torch.__version__)


def _is_script(model: Any) -> bool:
    return is_instance(model, "torch.jit._script", "ScriptModule")


def _tensors(example: Any) -> tuple[Any, ...]:
    """The arguments that an input example stands for."""
    import numpy
    import torch

    parts = example if isinstance(example, tuple) else (example,)
    if isinstance(example, tuple) and len(example) == 2 and isinstance(example[1], dict):
        parts = example[:1]  # the second are params of the prediction

    def tensor(value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            return value
        array = value.to_numpy() if is_frame(value) else numpy.asarray(value)
        return torch.from_numpy(_as_the_model_takes(array) if is_frame(value) else array)

    return tuple(tensor(part) for part in parts)


def _export(model: Any, example: Any, file: Path) -> None:
    """Write the graph, whose inputs may have any number of rows."""
    import torch

    tensors = _tensors(example)
    # One row would be taken for a constant.
    tensors = tuple(torch.cat([each, each]) if each.ndim and each.shape[0] == 1 else each for each in tensors)
    rows: Any = tuple({0: torch.export.Dim.DYNAMIC} if each.ndim else None for each in tensors)
    training = model.training
    model.eval()
    try:
        program = torch.export.export(model, tensors, dynamic_shapes=rows)
    except Exception as error:
        if type(error).__name__ not in ("UserError", "ConstraintViolationError"):
            raise
        raise Invalid(f"it takes only as many rows as the example has: {first_line(error)}") from error
    finally:
        model.train(training)
    torch.export.save(program, str(file))


def _pickle(model: Any, folder: Path) -> set[str]:
    """Write the pickle and what MLflow wants to find beside it; returns the modules that reading it needs."""
    import cloudpickle
    import torch

    content = io.BytesIO()
    if _is_script(model):
        torch.jit.save(model, content)
    else:
        torch.save(model, content, pickle_module=cloudpickle)
    (folder / PICKLE_FILE).write_bytes(content.getvalue())
    (folder / PICKLE_MODULE_FILE).write_text(PICKLE_MODULE, encoding="utf-8")
    found = modules_of(model)
    with zipfile.ZipFile(content) as archive:
        for name in archive.namelist():
            if name.endswith("/data.pkl") and not _is_script(model):
                found |= modules_in(archive.read(name))
    return top_levels(found)


def _load(stored: Stored) -> Any:
    relative = str(stored.settings.get("model_data") or stored.settings.get("data") or DATA_FOLDER)
    folder = stored.path(relative)
    device = stored.options.get("device") or stored.options.get("map_location")
    if (folder / GRAPH_FILE).is_file():
        return _load_graph(stored, f"{relative}/{GRAPH_FILE}", device)
    file = f"{relative}/{PICKLE_FILE}" if folder.is_dir() else relative
    return _load_pickle(file, stored.sealed(file, "a pickle of PyTorch"), device)


def _load_graph(stored: Stored, relative: str, device: Any) -> Any:
    import torch

    content = stored.path(relative).read_bytes()
    try:
        if not stored.trust.covers(relative, content):
            content = _without_programs(stored, relative, content)
        module = torch.export.load(io.BytesIO(content)).module()
    except FlowmillError:
        raise
    except Exception as error:
        # A damaged archive makes PyTorch raise errors of many kinds.
        raise Invalid(f"The model's {relative} is no exported graph ({first_line(error)}): restore it.") from error
    return module.to(device) if device else module


def _without_programs(stored: Stored, relative: str, content: bytes) -> bytes:
    """The archive again, of parts that are known to be data; Denied if there are others.

    PyTorch reads pickles in the archive without asking what is in them, so each is read here first as tensors alone;
    and since two readers may see different files in one archive, PyTorch gets a new one with what was looked at.
    """
    clean = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(clean, "w") as copy:
        names = archive.namelist()
        if len(set(names)) != len(names):
            raise Invalid(f"The model's {relative} holds two files of one name: restore it.")
        for name in names:
            part = archive.read(name)
            inner = name.partition("/")[2]  # below the archive's first folder, named as the file was once
            if not _is_data(inner, part):
                stored.trust.require(relative, f"an archive with a program in it ({inner or name})")
            copy.writestr(name, part)
    return clean.getvalue()


def _is_data(name: str, content: bytes) -> bool:
    """Whether a part of the archive is tensors or a description, not a library, a pickle or an object of a class."""
    if not name.startswith(_GRAPH_PARTS) or "custom_obj" in name or name.endswith((".so", ".py", ".cpp")):
        return False
    if name.endswith(".json") and _asks_for_pickles(json.loads(content)):
        return False
    if not name.endswith(".pt"):
        return True
    import torch

    try:
        torch.load(io.BytesIO(content), weights_only=True)
    except Exception:
        return False
    return True


def _asks_for_pickles(description: Any) -> bool:
    """Whether a list of tensors says of one that it is to be read as a pickle."""
    if isinstance(description, dict):
        return bool(description.get("use_pickle")) or any(map(_asks_for_pickles, description.values()))
    return isinstance(description, list) and any(map(_asks_for_pickles, description))


def _load_pickle(file: str, content: bytes, device: Any) -> Any:
    import torch

    stream = io.BytesIO(content)
    try:
        if _is_script_archive(content):
            return torch.jit.load(stream, map_location=device)
        return torch.load(stream, map_location=device, weights_only=False)
    except ModuleNotFoundError as error:
        raise Invalid(
            f"The model's {file} needs the module {error.name!r}: install it, or log the model with code_paths."
        ) from error
    except Exception as error:
        raise Invalid(f"The model's {file} cannot be loaded ({first_line(error)}): restore it.") from error


def _is_script_archive(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return any(name.partition("/")[2] == "constants.pkl" for name in archive.namelist())
    except zipfile.BadZipFile:
        return False


def _as_the_model_takes(array: Any) -> Any:
    """Numbers of a table as PyTorch computes: pandas' doubles as floats, as MLflow has it."""
    return array.astype("float32")


def _predict(model: Any, settings: Mapping[str, Any], data: Any, params: dict[str, Any] | None) -> Any:
    """An array for an array, a DataFrame for a DataFrame."""
    import torch

    if is_frame(data):
        array = _as_the_model_takes(data.to_numpy())
    elif is_array(data):
        array = data
    else:
        raise Invalid(f"A model of PyTorch predicts for a DataFrame or a numpy array, found {type(data).__name__}.")
    device = (params or {}).get("device") or (settings.get("config") or {}).get("device")
    if device is None:
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if hasattr(model, "to"):
        model.to(device)
    if not isinstance(model, torch.fx.GraphModule):
        model.eval()  # an exported graph is one already
    with torch.no_grad():
        try:
            # A copy where the array cannot be written to, which PyTorch does not know.
            answer = model(torch.from_numpy(array if array.flags.writeable else array.copy()).to(device))
        except (RuntimeError, AssertionError, TypeError) as error:
            raise Invalid(
                f"The model cannot predict for an array of {array.dtype}, shape {array.shape} ({first_line(error)})."
            ) from error
    if not isinstance(answer, torch.Tensor):
        raise Invalid(f"The model answers with a {type(answer).__name__}: expected one tensor, as forward's result.")
    found = answer.cpu().numpy()
    if not is_frame(data):
        return found
    import pandas

    return pandas.DataFrame(found, index=data.index)


FLAVOR = Flavor(
    name=FLAVOR_NAME,
    loader_module="mlflow.pytorch",
    packages=("torch",),
    detect=is_pytorch_model,
    save=_save,
    load=_load,
    predict=_predict,
)


def _default_requirements() -> list[str]:
    return pinned("torch", "cloudpickle")


_functions = functions_of(
    FLAVOR,
    Calls(
        save="pytorch_model path conda_env mlflow_model code_paths pickle_module signature input_example extra_files "
        "pip_requirements extra_pip_requirements metadata export_model serialization_format **kwargs",
        log="pytorch_model artifact_path conda_env code_paths pickle_module registered_model_name signature "
        "input_example await_registration_for extra_files pip_requirements extra_pip_requirements metadata name params "
        "tags model_type step model_id export_model serialization_format **kwargs",
        own={"pickle_module": None, "export_model": False, "serialization_format": None},
        load_takes_more=True,
    ),
    _default_requirements,
)
save_model, log_model, load_model = _functions.save_model, _functions.log_model, _functions.load_model
get_default_pip_requirements = _functions.get_default_pip_requirements
get_default_conda_env = _functions.get_default_conda_env
