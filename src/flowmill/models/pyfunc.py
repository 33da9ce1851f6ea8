"""The python_function flavor: any model behind one ``predict``, and models that the user writes in Python."""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from flowmill.errors import FlowmillError, Invalid
from flowmill.models import chat_agent, chat_model, save
from flowmill.models.code import model_code
from flowmill.models.enforce import DoesNotFit, enforce_schema
from flowmill.models.flavor import Flavor, Stored, find_by_loader
from flowmill.models.flavors import python_function
from flowmill.models.flavors.python_function import PythonSource, config_of, set_model
from flowmill.models.folder import inside
from flowmill.models.hints import convert_input
from flowmill.models.llm_schemas import (
    CHAT_AGENT_INPUT_EXAMPLE,
    CHAT_AGENT_INPUT_SCHEMA,
    CHAT_AGENT_OUTPUT_SCHEMA,
)
from flowmill.models.load import get_model_dependencies
from flowmill.models.mlmodel import PYFUNC, Model, ModelInfo
from flowmill.models.modules import installed_version
from flowmill.models.params import enforce_params
from flowmill.models.python_model import PythonModel, PythonModelContext
from flowmill.models.seal import Trust
from flowmill.models.signature import ModelSignature
from flowmill.models.uri import Fetched, fetched, resolve

FLAVOR_NAME = PYFUNC
MAIN = "loader_module"
CODE = "code"
DATA = "data"
ENV = "env"
PY_VERSION = "python_version"
TASK = "task"

__all__ = [
    "FLAVOR_NAME",
    "PyFuncModel",
    "PythonModel",
    "PythonModelContext",
    "get_default_conda_env",
    "get_default_pip_requirements",
    "get_model_dependencies",
    "load_model",
    "log_model",
    "save_model",
    "set_model",
]


class PyFuncModel:
    """A loaded model of any flavor. ``predict`` checks the input against the model's signature."""

    def __init__(
        self,
        model_meta: Model,
        model_impl: Any,
        predict_fn: str = "predict",
        predict_stream_fn: str | None = None,
        model_id: str | None = None,
    ) -> None:
        if not hasattr(model_impl, predict_fn):
            raise Invalid(f"{type(model_impl).__name__} has no {predict_fn}: a model needs one.")
        self._model_meta = model_meta
        self._model_impl = model_impl
        self._predict_fn = predict_fn
        self._predict_stream_fn = predict_stream_fn or "predict_stream"
        self._model_id = model_id if model_id is not None else model_meta.model_id
        self._input_example: Any = None

    @property
    def model_id(self) -> str | None:
        """``m-`` and 32 hexadecimal digits, for a logged model."""
        return self._model_id

    @property
    def metadata(self) -> Model:
        """What the MLmodel file says."""
        return self._model_meta

    @property
    def input_example(self) -> Any:
        """The input example logged with the model, as the kind it was; None without one."""
        return self._input_example

    @input_example.setter
    def input_example(self, value: Any) -> None:
        self._input_example = value

    @property
    def model_config(self) -> dict[str, Any]:
        """The configuration that the model runs with."""
        return self._model_meta.flavors.get(PYFUNC, {}).get("config") or {}

    @property
    def loader_module(self) -> str | None:
        """The module that loads the model, by MLflow's name."""
        return self._model_meta.flavors.get(PYFUNC, {}).get(MAIN)

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        """The model's answer for ``data``: a DataFrame, array, list, dict or single value as its signature says.

        Raises Invalid, naming every offending column and parameter, if the input does not fit the signature.
        """
        data, params = self._checked(data, params)
        return getattr(self._model_impl, self._predict_fn)(data, params=params)

    def predict_fitting(self, data: Any) -> Any:
        """The answer for data that was made to fit the signature, with the parameters that are its defaults."""
        signature = self._model_meta.signature
        params = enforce_params(None, signature.params) if signature is not None and signature.params else None
        return getattr(self._model_impl, self._predict_fn)(data, params=params)

    def predict_stream(self, data: Any, params: dict[str, Any] | None = None) -> Iterator[Any]:
        """The parts of the model's answer, one after the other, for models that stream."""
        data, params = self._checked(data, params)
        stream = getattr(self._model_impl, self._predict_stream_fn, None)
        if stream is None:
            raise Invalid(f"This model ({self.loader_module}) does not stream: use predict.")
        return stream(data, params=params)

    def _checked(self, data: Any, params: dict[str, Any] | None) -> tuple[Any, dict[str, Any] | None]:
        signature = self._model_meta.signature
        if signature is None:
            if params is not None and not isinstance(params, dict):
                raise Invalid(f"params must be a dict of names and values, not {type(params).__name__}.")
            return data, params
        checked, wrong = None, None
        try:
            checked = enforce_params(params, signature.params) if params or signature.params else None
        except Invalid as error:
            wrong = error  # what is wrong with the data belongs into the same answer
        hint = getattr(self._model_impl, "input_hint", None)
        if signature.is_from_type_hint and hint is not None:
            data = convert_input(data, hint)
        elif signature.inputs is not None:
            try:
                data = enforce_schema(data, signature.inputs)
            except DoesNotFit as error:
                raise (error if wrong is None else DoesNotFit(f"{error.message} {wrong.message}")) from None
        if wrong is not None:
            raise wrong
        return data, checked

    def unwrap_python_model(self) -> Any:
        """The user's `PythonModel` inside."""
        model = getattr(self._model_impl, "python_model", None)
        if model is None:
            raise Invalid(
                f"There is no PythonModel inside: this model is loaded by {self.loader_module}; use get_raw_model()."
            )
        return model

    def get_raw_model(self) -> Any:
        """The model as its own library knows it."""
        raw = getattr(self._model_impl, "get_raw_model", None)
        if raw is None:
            raise NotImplementedError(f"A model loaded by {self.loader_module} has no other form.")
        return raw()

    def __repr__(self) -> str:
        shown = {
            "artifact_path": self._model_meta.artifact_path,
            "flavor": self.loader_module,
            "run_id": self._model_meta.run_id,
        }
        lines = [f"  {name}: {value}" for name, value in shown.items() if value is not None]
        return "\n".join(["mlflow.pyfunc.loaded_model:", *lines, ""])


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
        own = {**model.flavors.get(flavor.name, {}), **settings, "metadata": model.metadata}
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


def _details(source: PythonSource, **given: Any) -> save.Details:
    """What is said beside a model; chat models share their signature, example and task."""
    details = save.Details(**given)
    model = _talking(source)
    if isinstance(model, chat_agent.ChatAgent):
        chat_model.refuse_signature("ChatAgent", details.signature)
        return replace(
            details,
            signature=ModelSignature(CHAT_AGENT_INPUT_SCHEMA, CHAT_AGENT_OUTPUT_SCHEMA),
            input_example=CHAT_AGENT_INPUT_EXAMPLE if details.input_example is None else details.input_example,
            metadata={"task": chat_agent.TASK, **(details.metadata or {})},
        )
    if model is None:
        return details
    return replace(
        details,
        signature=chat_model.signature_for(details.signature),
        input_example=chat_model.example_for(details.input_example),
        metadata={"task": chat_model.TASK, **(details.metadata or {})},
    )


def _talking(source: PythonSource) -> chat_model.ChatModel | chat_agent.ChatAgent | None:
    """The model if it is one that talks. What is wrong with a model is found later, when it is saved."""
    given = source.python_model
    if isinstance(given, str | Path):
        try:
            given = source.model
        except Exception:  # the script runs again, and is to blame, where a failure belongs to the model
            return None
    return given if isinstance(given, chat_model.ChatModel | chat_agent.ChatAgent) else None


def _unsupported(**given: Any) -> None:
    named = [name for name, value in given.items() if value]
    if named:
        raise FlowmillError(f"{' and '.join(named)} is not supported yet: leave it out.", "NOT_IMPLEMENTED")


def save_model(
    path: str | Path,
    loader_module: str | None = None,
    data_path: str | Path | None = None,
    code_paths: list[str] | None = None,
    infer_code_paths: bool = False,
    conda_env: Any = None,
    mlflow_model: Model | None = None,
    python_model: Any = None,
    artifacts: dict[str, str] | None = None,
    signature: ModelSignature | None = None,
    input_example: Any = None,
    pip_requirements: Any = None,
    extra_pip_requirements: Any = None,
    metadata: dict[str, Any] | None = None,
    model_config: Any = None,
    streamable: bool | None = None,
    resources: Any = None,
    auth_policy: Any = None,
    uv_project_path: Any = None,
    uv_groups: list[str] | None = None,
    uv_extras: list[str] | None = None,
    **kwargs: Any,
) -> None:
    """Save a Python model in a new folder ``path``.

    ``python_model``: a `PythonModel`, a function of the input, or the path of a script that calls `set_model`; or
    ``loader_module``: an importable module with ``_load_pyfunc(data_path)``. ``artifacts``: files by name that the
    model finds in its context.
    """
    if kwargs:
        raise TypeError(f"save_model() got unexpected arguments: {', '.join(sorted(kwargs))}.")
    _unsupported(
        uv_project_path=uv_project_path,
        uv_groups=uv_groups,
        uv_extras=uv_extras,
    )
    source = PythonSource(python_model, artifacts, model_config, streamable, loader_module, data_path)
    save.save_model(
        python_function.FLAVOR,
        source,
        path,
        _details(
            source,
            conda_env=conda_env,
            code_paths=code_paths,
            infer_code_paths=infer_code_paths,
            signature=signature,
            input_example=input_example,
            pip_requirements=pip_requirements,
            extra_pip_requirements=extra_pip_requirements,
            metadata=metadata,
            resources=resources,
            auth_policy=auth_policy,
        ),
        mlflow_model,
    )


def log_model(
    artifact_path: str | None = None,
    loader_module: str | None = None,
    data_path: str | Path | None = None,
    code_paths: list[str] | None = None,
    infer_code_paths: bool = False,
    conda_env: Any = None,
    python_model: Any = None,
    artifacts: dict[str, str] | None = None,
    registered_model_name: str | None = None,
    signature: ModelSignature | None = None,
    input_example: Any = None,
    await_registration_for: int | None = 300,
    pip_requirements: Any = None,
    extra_pip_requirements: Any = None,
    metadata: dict[str, Any] | None = None,
    model_config: Any = None,
    streamable: bool | None = None,
    resources: Any = None,
    auth_policy: Any = None,
    uv_project_path: Any = None,
    uv_groups: list[str] | None = None,
    uv_extras: list[str] | None = None,
    prompts: list[Any] | None = None,
    name: str | None = None,
    params: dict[str, Any] | None = None,
    tags: dict[str, Any] | None = None,
    model_type: str | None = None,
    step: int = 0,
    model_id: str | None = None,
) -> ModelInfo:
    """Log a Python model (see `save_model`) to the active run and, with ``registered_model_name``, register it."""
    _unsupported(
        uv_project_path=uv_project_path,
        uv_groups=uv_groups,
        uv_extras=uv_extras,
    )
    source = PythonSource(python_model, artifacts, model_config, streamable, loader_module, data_path)
    return save.log_model(
        python_function.FLAVOR,
        source,
        save.Destination(
            name=name,
            artifact_path=artifact_path,
            registered_model_name=registered_model_name,
            await_registration_for=await_registration_for,
            params=params,
            tags=tags,
            model_type=model_type,
            step=step,
            model_id=model_id,
            prompts=prompts,
        ),
        _details(
            source,
            conda_env=conda_env,
            code_paths=code_paths,
            infer_code_paths=infer_code_paths,
            signature=signature,
            input_example=input_example,
            pip_requirements=pip_requirements,
            extra_pip_requirements=extra_pip_requirements,
            metadata=metadata,
            resources=resources,
            auth_policy=auth_policy,
        ),
    )
