"""The python_function flavor: any model behind one ``predict``."""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowmill.errors import FlowmillError, Invalid
from flowmill.models import save
from flowmill.models.code import model_code
from flowmill.models.flavor import Flavor, Stored, find_by_loader
from flowmill.models.flavors import python_function
from flowmill.models.flavors.python_function import config_of
from flowmill.models.folder import inside
from flowmill.models.mlmodel import PYFUNC, Model
from flowmill.models.modules import installed_version
from flowmill.models.pyfunc_model import MAIN, PyFuncModel
from flowmill.models.seal import Trust
from flowmill.models.uri import Fetched, fetched, resolve

FLAVOR_NAME = PYFUNC
CODE = "code"
DATA = "data"
ENV = "env"
PY_VERSION = "python_version"
TASK = "task"


class _FlavorModel:
    """A model of a library behind the python_function interface."""

    def __init__(self, flavor: Flavor, model: Any, settings: Mapping[str, Any]) -> None:
        self._flavor, self._model, self._settings = flavor, model, settings
        self._ready = flavor.ready(model, settings) if flavor.ready else model

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        return self._flavor.predict(self._ready, self._settings, data, params)

    def get_raw_model(self) -> Any:
        return self._model


class _LoaderModel:
    """A model of the user's own loader, whose ``predict`` may not take parameters."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        return python_function.call(self._model.predict, None, data, params)

    def get_raw_model(self) -> Any:
        return self._model


def load_model(
    model_uri: str,
    suppress_warnings: bool = False,
    dst_path: str | None = None,
    model_config: str | Path | dict[str, Any] | None = None,
    *,
    allow_pickle: bool = False,
) -> PyFuncModel:
    """The model at a URI (``models:/…``, ``runs:/…``) or in a folder, whatever its flavor.

    ``dst_path``: where to keep the downloaded files. ``model_config``: values over those logged with the model, or
    a YAML file of them. ``allow_pickle``: load it though it is a pickle or code that no trusted key has sealed.
    """
    location = resolve(model_uri)
    with fetched(location, dst_path) as got:
        model = Model.load(got.folder)
        settings = model.flavor(PYFUNC)
        trust = Trust(got.folder, allow_pickle)
        config = config_of(settings.get("config"), model_config)
        if config:
            settings["config"] = config
        with model_code(got.folder, settings.get(CODE), trust) as space:
            implementation = _implementation(got, model, settings, trust)
        if space is not None:
            space.adopt(getattr(implementation, "python_model", implementation))
        logged = location.logged_model
        loaded = PyFuncModel(model, implementation, model_id=logged.model_id if logged else model.model_id)
        if model.saved_input_example_info:
            loaded.input_example = model.load_input_example(str(got.folder))
        return loaded


def _implementation(got: Fetched, model: Model, settings: dict[str, Any], trust: Trust) -> Any:
    loader = settings.get(MAIN)
    if not isinstance(loader, str):
        raise Invalid(f"The MLmodel file's python_function has the loader_module {loader!r}: expected a module name.")
    if loader in python_function.LOADERS:
        got.keep()
        return python_function.load_python_model(got.folder, settings, trust)
    flavor = find_by_loader(loader)
    if flavor is not None:
        flavor.require_library()
        own = {**model.flavors.get(flavor.name, {}), **settings, "metadata": model.metadata, "folder": str(got.folder)}
        if flavor.keeps_files:
            got.keep()
        return _FlavorModel(flavor, flavor.load(Stored(got.folder, own, trust)), own)
    if loader.partition(".")[0] == "mlflow":
        raise FlowmillError(
            f"Models that are loaded by {loader} are not supported yet: load it with the library itself.",
            "NOT_IMPLEMENTED",
        )
    got.keep()
    return _LoaderModel(_load_by_module(loader, got.folder, settings, trust))


def _load_by_module(loader: str, folder: Path, settings: Mapping[str, Any], trust: Trust) -> Any:
    """A model by a module of the user's own with ``_load_pyfunc(path)``."""
    trust.require_loader(loader)
    try:
        module = importlib.import_module(loader)
    except ImportError as error:
        raise FlowmillError(f"The model's loader_module {loader!r} cannot be imported ({error}).") from error
    if not hasattr(module, "_load_pyfunc"):
        raise Invalid(f"The model's loader_module {loader!r} has no _load_pyfunc(path): add one.")
    data = settings.get(DATA)
    return module._load_pyfunc(str(folder if data is None else inside(folder, data, "data")))


class EnvType:
    """Names of the kinds of environments in an MLmodel file."""

    CONDA = "conda"
    VIRTUALENV = "virtualenv"


def load_pyfunc(model_uri: str, suppress_warnings: bool = False) -> PyFuncModel:
    """MLflow's older name of `load_model`."""
    return load_model(model_uri, suppress_warnings)


def add_to_model(
    model: Model,
    loader_module: str,
    data: str | None = None,
    code: str | None = None,
    conda_env: str | None = None,
    python_env: str | None = None,
    model_config: str | Path | dict[str, Any] | None = None,
    model_code_path: str | None = None,
    **kwargs: Any,
) -> Model:
    """Add the python_function flavor to the MLmodel file of a flavor of one's own, and return the file.

    ``data``, ``code``, ``conda_env``, ``python_env``: paths in the model's folder; ``kwargs``: settings for the loader.
    """
    settings: dict[str, Any] = {
        **kwargs,
        MAIN: loader_module,
        PY_VERSION: ".".join(map(str, sys.version_info[:3])),
        CODE: code,
        DATA: data,
        "model_code_path": model_code_path,
        "config": config_of(None, model_config) or None,
        ENV: {
            name: file
            for name, file in ((EnvType.CONDA, conda_env), (EnvType.VIRTUALENV, python_env))
            if file is not None
        }
        or None,
    }
    return model.add_flavor(PYFUNC, **{name: value for name, value in settings.items() if value is not None})


def get_default_pip_requirements() -> list[str]:
    """What a Python model needs: cloudpickle in the version installed here."""
    version = installed_version("cloudpickle")
    return [f"cloudpickle=={version}"] if version else ["cloudpickle"]


def get_default_conda_env() -> dict[str, Any]:
    """`get_default_pip_requirements` as a conda environment."""
    return save.conda_of(get_default_pip_requirements())
