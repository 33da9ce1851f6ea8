"""TensorFlow models: Keras models in Keras' format; modules as SavedModel, a program, which is sealed."""

# The library is the user's: who checks types need not have it.
# pyright: reportMissingImports=false

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowmill.errors import Invalid
from flowmill.models.flavor import Flavor, Saved, Stored, first_line, is_instance
from flowmill.models.flavors.keras import DATA_FOLDER, ask_keras, is_keras_model, read_keras, write_keras
from flowmill.models.functions import Calls, functions_of, pinned
from flowmill.models.infer import is_array, is_frame
from flowmill.models.modules import installed_version, modules_of, top_levels
from flowmill.models.pickles import dump as dump_pickle
from flowmill.models.pickles import load as load_pickle

FLAVOR_NAME = "tensorflow"
KERAS, MODULE = "keras", "tf2-module"
MODULE_FOLDER = "tf2model"
CUSTOM_FILE = f"{DATA_FOLDER}/custom_objects.cloudpickle"


def is_tensorflow_module(value: object) -> bool:
    """Whether it is a ``tf.Module`` that is no Keras model, or what ``tf.saved_model.load`` gives."""
    if is_keras_model(value):
        return False
    return is_instance(value, "tensorflow.python.module.module", "Module") or is_instance(
        value, "tensorflow.python.trackable.autotrackable", "AutoTrackable"
    )


def _save(model: Any, folder: Path, options: Mapping[str, Any]) -> Saved:
    if is_keras_model(model):
        return _save_keras(model, folder, options)
    FLAVOR.require_model(model)
    import tensorflow

    try:
        tensorflow.saved_model.save(model, str(folder / MODULE_FOLDER), **(options.get("saved_model_kwargs") or {}))
    except (ValueError, TypeError, AssertionError) as error:
        raise Invalid(f"TensorFlow cannot save this {type(model).__name__} ({first_line(error)}).") from error
    files = [path.relative_to(folder).as_posix() for path in (folder / MODULE_FOLDER).rglob("*") if path.is_file()]
    settings = {"model_type": MODULE, "saved_model_dir": MODULE_FOLDER, "code": None}
    return Saved(settings, {}, files, {"tensorflow"}, ["tensorflow", "numpy"])


def _save_keras(model: Any, folder: Path, options: Mapping[str, Any]) -> Saved:
    programs = write_keras(model, folder, dict(options.get("keras_model_kwargs") or {}))
    (folder / DATA_FOLDER / "save_format.txt").write_text("tf", encoding="utf-8")
    modules = modules_of(model)
    custom = options.get("custom_objects")
    if custom:
        modules |= top_levels(dump_pickle(custom, folder / CUSTOM_FILE))
        programs.append(CUSTOM_FILE)
    settings = {
        "model_type": KERAS,
        "data": DATA_FOLDER,
        "keras_version": installed_version("tensorflow"),  # so MLflow has it: the Keras that this TensorFlow has
        "save_format": "tf",
        "code": None,
    }
    packages = ["tensorflow", "keras", "numpy", *["cloudpickle"] * bool(custom)]
    return Saved(settings, {"data": DATA_FOLDER}, programs, modules, packages)


def _load(stored: Stored) -> Any:
    import tensorflow

    kind = stored.settings.get("model_type")
    if kind == KERAS:
        folder = str(stored.settings.get("data") or DATA_FOLDER)
        custom: dict[str, Any] = {}
        if (stored.folder / folder / Path(CUSTOM_FILE).name).is_file():
            relative = f"{folder}/{Path(CUSTOM_FILE).name}"
            custom = load_pickle(relative, stored.sealed(relative))
        options = dict(stored.options.get("keras_model_kwargs") or {})
        return read_keras(stored, folder, {**custom, **options.pop("custom_objects", {})}, options)
    if kind != MODULE:
        raise Invalid(f"The model's model_type is {kind!r}: expected {KERAS!r} or {MODULE!r}.")
    relative = str(stored.settings.get("saved_model_dir") or MODULE_FOLDER)
    stored.require_sealed_folder(relative, "part of a SavedModel of TensorFlow, a program that can write files")
    try:
        return tensorflow.saved_model.load(
            str(stored.path(relative)), **(stored.options.get("saved_model_kwargs") or {})
        )
    except Exception as error:
        # TensorFlow raises errors of many kinds for a damaged folder, some of its own.
        raise Invalid(f"The model's {relative} is no SavedModel of TensorFlow ({first_line(error)}).") from error


def _predict(model: Any, settings: Mapping[str, Any], data: Any, params: dict[str, Any] | None) -> Any:
    if is_keras_model(model):
        return ask_keras(model, data, params)
    return _ask_module(model, data, params)


def _ask_module(model: Any, data: Any, params: dict[str, Any] | None) -> Any:
    """Arrays by name as the module names them, or the one array that it answers with."""
    import numpy
    import tensorflow

    def tensor(value: Any) -> Any:
        array = numpy.asarray(value)
        return tensorflow.convert_to_tensor(array.astype(str) if array.dtype == object else array)

    asked = model if callable(model) else (getattr(model, "signatures", None) or {}).get("serving_default")
    if asked is None:
        raise Invalid("The module has no __call__ and no signature serving_default: add one with tf.function.")
    try:
        if isinstance(data, Mapping):
            answer = asked(**{str(name): tensor(value) for name, value in data.items()}, **(params or {}))
        elif is_frame(data) or is_array(data) or isinstance(data, list):
            answer = asked(tensor(data), **(params or {}))
        else:
            raise Invalid(f"A module of TensorFlow predicts for a DataFrame or arrays, not {type(data).__name__}.")
    except (ValueError, TypeError, tensorflow.errors.OpError) as error:
        raise Invalid(f"The input does not fit the model ({first_line(error)}).") from error
    return tensorflow.nest.map_structure(_as_array, answer)


def _as_array(value: Any) -> Any:
    return value.numpy() if hasattr(value, "numpy") else value


FLAVOR = Flavor(
    name=FLAVOR_NAME,
    loader_module="mlflow.tensorflow",
    packages=("tensorflow",),
    detect=is_tensorflow_module,
    save=_save,
    load=_load,
    predict=_predict,
)


def _default_requirements(include_cloudpickle: bool = False) -> list[str]:
    return pinned("tensorflow", *["cloudpickle"] * include_cloudpickle)


_functions = functions_of(
    FLAVOR,
    Calls(
        save="model path conda_env code_paths mlflow_model custom_objects signature input_example pip_requirements "
        "extra_pip_requirements saved_model_kwargs keras_model_kwargs metadata extra_files",
        log="model artifact_path custom_objects conda_env code_paths signature input_example registered_model_name "
        "await_registration_for pip_requirements extra_pip_requirements saved_model_kwargs keras_model_kwargs metadata "
        "extra_files name params tags model_type step model_id **kwargs",
        own={"custom_objects": None, "saved_model_kwargs": None, "keras_model_kwargs": None},
        load={"dst_path": None, "saved_model_kwargs": None, "keras_model_kwargs": None},
    ),
    _default_requirements,
)
save_model, log_model, load_model = _functions.save_model, _functions.log_model, _functions.load_model
get_default_pip_requirements = _functions.get_default_pip_requirements
get_default_conda_env = _functions.get_default_conda_env
