"""Keras models of any backend, saved in Keras' own format; one with Python in it (a Lambda layer) is sealed."""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

# The library is the user's: who checks types need not have it.
# pyright: reportMissingImports=false

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowmill.errors import FlowmillError, Invalid
from flowmill.models.flavor import Flavor, Saved, Stored, first_line, is_instance
from flowmill.models.functions import Calls, functions_of
from flowmill.models.infer import is_array, is_frame
from flowmill.models.modules import installed_version, modules_of

FLAVOR_NAME = "keras"
DATA_FOLDER = "data"
MODEL_FILE = "model.keras"
MODULE_FILE = "keras_module.txt"
_BACKENDS = {"tensorflow": "tensorflow", "torch": "torch", "jax": "jax"}


def is_keras_model(value: object) -> bool:
    """Whether it is a model of Keras 3."""
    return is_instance(value, "keras.src.models.model", "Model")


def get_global_custom_objects() -> dict[str, Any]:
    """Keras' own dict of custom classes and functions by name; what is put in there is known to every load."""
    import keras

    return keras.utils.get_custom_objects()


def holds_python(description: bytes | str) -> bool:
    """Whether a model's description, JSON, has Python code in it, which Keras writes as bytecode.

    It is read as Keras reads it, so that no other spelling of the same JSON hides something.
    """
    waiting: list[Any] = [json.loads(description)]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            if "Lambda" in (each.get("class_name"), each.get("registered_name")) or "__lambda__" in each.values():
                return True
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
    return False


def write_keras(model: Any, folder: Path, options: Mapping[str, Any]) -> list[str]:
    """Write the model below ``data``; returns the files that are programs."""
    (folder / DATA_FOLDER).mkdir()
    (folder / DATA_FOLDER / MODULE_FILE).write_text("keras", encoding="utf-8")
    file = folder / DATA_FOLDER / MODEL_FILE
    try:
        model.save(str(file), **options)
    except (ValueError, TypeError) as error:
        raise Invalid(f"Keras cannot save this {type(model).__name__} ({first_line(error)}).") from error
    with zipfile.ZipFile(file) as archive:
        description = archive.read("config.json")
    return [f"{DATA_FOLDER}/{MODEL_FILE}"] * holds_python(description)


def read_keras(stored: Stored, relative: str, custom_objects: Any, options: Mapping[str, Any]) -> Any:
    """The model below the folder ``relative``; Denied if there is Python in it that may not run."""
    import keras

    file = stored.path(f"{relative}/{MODEL_FILE}", "model file")
    may_run = stored.trust.covers(f"{relative}/{MODEL_FILE}")
    asked = {**options, "safe_mode": options.get("safe_mode", True) and not may_run}
    try:
        with zipfile.ZipFile(file) as archive:
            description = archive.read("config.json")
        if holds_python(description):
            stored.trust.require(f"{relative}/{MODEL_FILE}", "a Keras model with Python code in it (a Lambda layer)")
        return keras.models.load_model(str(file), custom_objects=custom_objects, **asked)
    except FlowmillError:
        raise
    except Exception as error:
        # A damaged archive, a class that is not registered: Keras raises errors of many kinds.
        raise Invalid(f"The model's {file.name} cannot be loaded by Keras ({first_line(error)}).") from error


def _save(model: Any, folder: Path, options: Mapping[str, Any]) -> Saved:
    import keras

    FLAVOR.require_model(model)
    if options.get("save_exported_model"):
        raise FlowmillError(
            "save_exported_model=True is not supported: leave it out, or log the exported module with "
            "flowmill.tensorflow.",
            "NOT_IMPLEMENTED",
        )
    programs = write_keras(model, folder, dict(options.get("save_model_kwargs") or {}))
    backend = keras.backend.backend()
    settings = {
        "data": DATA_FOLDER,
        "keras_version": installed_version("keras"),
        "keras_backend": backend,
        "save_exported_model": False,
    }
    packages = ["keras", "numpy", *[_BACKENDS[backend]] * (backend in _BACKENDS)]
    return Saved(settings, {}, programs, modules_of(model), packages)


def _load(stored: Stored) -> Any:
    if stored.settings.get("save_exported_model"):
        raise FlowmillError(
            "This Keras model was exported as a TensorFlow module: load its folder with tensorflow.saved_model.load.",
            "NOT_IMPLEMENTED",
        )
    import keras

    wanted, here = stored.settings.get("keras_backend"), keras.backend.backend()
    if wanted is not None and wanted != here:
        raise Invalid(
            f"The model was made with the backend {wanted}, Keras runs with {here}: set KERAS_BACKEND={wanted}."
        )
    options = dict(stored.options.get("load_model_kwargs") or {})
    return read_keras(
        stored, str(stored.settings.get("data") or DATA_FOLDER), stored.options.get("custom_objects"), options
    )


def ask_keras(model: Any, data: Any, params: dict[str, Any] | None) -> Any:
    """What the model answers: a DataFrame for a DataFrame, else arrays."""
    import numpy

    given, rows = data, None
    if is_frame(data):
        given, rows = data.to_numpy(), data.index
    elif isinstance(data, list | tuple):
        given = numpy.asarray(data)
    elif not (is_array(data) or isinstance(data, Mapping)):
        raise Invalid(
            f"A model of Keras predicts for a DataFrame, an array or a dict of arrays, not {type(data).__name__}."
        )
    try:
        answer = model.predict(given, **{"verbose": 0, **(params or {})})
    except (ValueError, TypeError) as error:
        raise Invalid(f"The input does not fit the model ({first_line(error)}).") from error
    if rows is None or not is_array(answer):
        return answer
    import pandas

    return pandas.DataFrame(answer.reshape(len(rows), -1), index=rows)


def _predict(model: Any, settings: Mapping[str, Any], data: Any, params: dict[str, Any] | None) -> Any:
    return ask_keras(model, data, params)


FLAVOR = Flavor(
    name=FLAVOR_NAME,
    loader_module="mlflow.keras",
    packages=("keras",),
    detect=is_keras_model,
    save=_save,
    load=_load,
    predict=_predict,
)

_functions = functions_of(
    FLAVOR,
    Calls(
        save="model path save_exported_model conda_env mlflow_model signature input_example pip_requirements "
        "extra_pip_requirements save_model_kwargs metadata",
        log="model artifact_path save_exported_model conda_env signature input_example registered_model_name "
        "await_registration_for pip_requirements extra_pip_requirements save_model_kwargs metadata name params tags "
        "model_type step model_id",
        own={"save_exported_model": False, "save_model_kwargs": None},
        load={"dst_path": None, "custom_objects": None, "load_model_kwargs": None},
    ),
)
save_model, log_model, load_model = _functions.save_model, _functions.log_model, _functions.load_model
get_default_pip_requirements = _functions.get_default_pip_requirements
get_default_conda_env = _functions.get_default_conda_env
