"""Models of H2O: its own binary files, from which its server makes objects of Java, sealed with the user's key."""

# The library is the user's: who checks types need not have it.
# pyright: reportMissingImports=false

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowmill.errors import FlowmillError, Invalid
from flowmill.models.flavor import Flavor, Saved, Stored, first_line, is_instance, no_more
from flowmill.models.functions import Calls, functions_of
from flowmill.models.infer import is_frame
from flowmill.models.modules import installed_version
from flowmill.models.yaml_files import read_yaml, write_yaml

FLAVOR_NAME = "h2o"
DATA_FOLDER = "model.h2o"
SETTINGS_FILE = "h2o.yaml"
INIT_OPTIONS = ("nthreads", "max_mem_size", "min_mem_size")
"""What a model may say of the server that is started for it; not which server, nor what it runs."""


def is_h2o_model(value: object) -> bool:
    """Whether it is a trained model of H2O."""
    return is_instance(value, "h2o.model.model_base", "ModelBase")


def _save(model: Any, folder: Path, options: Mapping[str, Any]) -> Saved:
    FLAVOR.require_model(model)
    no_more(options.get("kwargs", {}), "save_model")
    import h2o

    given = options.get("settings")
    if given is not None and not isinstance(given, dict):
        raise Invalid(f"settings is {given!r}: expected a dict.")
    target = folder / DATA_FOLDER
    target.mkdir()
    try:
        file = Path(h2o.save_model(model=model, path=str(target.resolve()), force=True))
    except Exception as error:
        # A server that is gone and disks that are full make H2O raise errors of many kinds.
        raise Invalid(f"H2O cannot save this {type(model).__name__} ({first_line(error)}).") from error
    if not (target / file.name).is_file():
        raise Invalid(f"H2O's server wrote the model to its own disk ({file}): run it on this machine to save a model.")
    about = {**(given or {}), "full_file": file.name, "model_dir": ".", "model_file": file.name}
    (target / SETTINGS_FILE).write_text(write_yaml(about), encoding="utf-8")
    settings = {"data": DATA_FOLDER, "h2o_version": installed_version("h2o"), "code": None}
    return Saved(settings, {"data": DATA_FOLDER}, [f"{DATA_FOLDER}/{file.name}"], {"h2o"}, ["h2o", "pandas"])


def _load(stored: Stored) -> Any:
    import h2o

    relative = str(stored.settings.get("data") or DATA_FOLDER)
    about = read_yaml(stored.path(f"{relative}/{SETTINGS_FILE}"))
    name = f"{relative}/{about.get('model_file')}"
    stored.sealed(name, "a file of serialized Java objects")
    _connect(about.get("init"))
    try:
        return h2o.load_model(str(stored.path(name).resolve()))
    except Exception as error:
        # A damaged file, or one of another version, makes H2O raise errors of many kinds.
        raise Invalid(f"The model's {name} is no model of this H2O ({first_line(error)}): restore it.") from error


def _connect(said: Any) -> None:
    """Use the server that is connected; else start one on this machine."""
    import h2o

    connection = h2o.connection()
    if connection is not None and connection.connected:
        return
    options = {name: value for name, value in (said or {}).items() if name in INIT_OPTIONS}
    try:
        h2o.init(verbose=False, **options)
    except Exception as error:
        # Without Java H2O raises errors of many kinds.
        raise FlowmillError(
            f"H2O cannot be started ({first_line(error)}): install Java, or connect to a server with h2o.connect."
        ) from error


def _predict(model: Any, settings: Mapping[str, Any], data: Any, params: dict[str, Any] | None) -> Any:
    """A DataFrame with the column ``predict`` and, for classes, one a class."""
    if not is_frame(data):
        raise Invalid(f"A model of H2O predicts for a DataFrame, found {type(data).__name__}.")
    import h2o

    try:
        answer = model.predict(h2o.H2OFrame(data)).as_data_frame()
    except Exception as error:
        # What does not fit the model makes H2O raise errors of many kinds.
        raise Invalid(
            f"The model cannot predict for the columns {list(data.columns)} ({first_line(error)})."
        ) from error
    answer.index = data.index
    return answer


FLAVOR = Flavor(
    name=FLAVOR_NAME,
    loader_module="mlflow.h2o",
    packages=("h2o",),
    detect=is_h2o_model,
    save=_save,
    load=_load,
    predict=_predict,
)

_functions = functions_of(
    FLAVOR,
    Calls(
        save="h2o_model path conda_env code_paths mlflow_model settings signature input_example pip_requirements "
        "extra_pip_requirements metadata extra_files **kwargs",
        log="h2o_model artifact_path conda_env code_paths registered_model_name signature input_example "
        "pip_requirements extra_pip_requirements metadata extra_files name params tags model_type step model_id "
        "**kwargs",
        own={"settings": None},
    ),
)
save_model, log_model, load_model = _functions.save_model, _functions.log_model, _functions.load_model
get_default_pip_requirements = _functions.get_default_pip_requirements
get_default_conda_env = _functions.get_default_conda_env
