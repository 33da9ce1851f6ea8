"""Models that the user writes in Python: an instance or function (pickled), a script, or a loader module."""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import ast
import bz2
import gzip
import inspect
import logging
import lzma
import shutil
import sys
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import Any

from flowmill.errors import FlowmillError, Invalid
from flowmill.models.code import SCRIPT_PREFIX
from flowmill.models.flavor import Flavor, Saved, Stored, find_by_model
from flowmill.models.folder import inside
from flowmill.models.hints import TypeFromExample
from flowmill.models.mlmodel import PYFUNC
from flowmill.models.model_config import running_with
from flowmill.models.modules import installed_version, top_levels
from flowmill.models.pickles import dump, load
from flowmill.models.python_model import (
    FunctionModel,
    PythonModel,
    PythonModelContext,
    input_hint,
    own_function,
    own_method,
    takes,
    understand_hints,
)
from flowmill.models.seal import Trust
from flowmill.models.signature import ModelSignature, signature_of_hints
from flowmill.models.talking import KINDS, kind_of
from flowmill.models.uri import fetched, resolve
from flowmill.models.yaml_files import read_yaml

PICKLE_LOADER = "mlflow.pyfunc.model"
CODE_LOADER = "mlflow.pyfunc.loaders.code_model"
LOADERS = (PICKLE_LOADER, CODE_LOADER, *(kind.loader for kind in KINDS))
PICKLE_FILE = "python_model.pkl"
HINT = "flowmill_input_hint"
"""The attribute in which earlier releases kept a model's hint."""
SET_MODEL_ERROR = "A model that set_model gets is a PythonModel, a function, or another object with predict."

_log = logging.getLogger(__name__)
_set_by_script: ContextVar[list[Any] | None] = ContextVar("flowmill_set_model", default=None)


@dataclass
class PythonSource:
    """What `log_model` was given: a model, function or script; or a loader module with its data."""

    python_model: Any = None
    artifacts: Mapping[str, str] | None = None
    model_config: Mapping[str, Any] | str | Path | None = None
    streamable: bool | None = None
    loader_module: str | None = None
    data_path: str | Path | None = None

    @cached_property
    def config(self) -> dict[str, Any]:
        """The configuration that the model is logged with."""
        return config_of(None, self.model_config)

    @cached_property
    def script(self) -> Path | None:
        """The model script, if the model is one."""
        if not isinstance(self.python_model, str | Path):
            return None
        file = Path(self.python_model)
        if not file.is_file():
            raise Invalid(f"python_model names the script {str(self.python_model)!r}, which does not exist.")
        return file

    @cached_property
    def model(self) -> PythonModel:
        """The model itself; a script runs once for it."""
        return run_script(self.script, self.config) if self.script is not None else as_python_model(self.python_model)

    def check(self) -> None:
        """Invalid unless exactly one way to make a model is given."""
        by_loader = [name for name in ("loader_module", "data_path") if getattr(self, name) is not None]
        by_model = [name for name in ("python_model", "artifacts") if getattr(self, name) is not None]
        if by_loader and by_model:
            raise Invalid(
                f"{' and '.join(by_loader)} cannot be given together with {' and '.join(by_model)}: a model is written "
                "in Python or loaded by a module."
            )
        if self.loader_module is None and self.python_model is None:
            raise Invalid("There is no model: pass python_model (an instance, function or script) or loader_module.")


def set_model(model: Any) -> None:
    """Called in a model script: this is the model."""
    if not isinstance(model, PythonModel) and not callable(model) and not hasattr(model, "predict"):
        raise Invalid(f"set_model got {model!r}. {SET_MODEL_ERROR}")
    holder = _set_by_script.get()
    if holder is not None:
        holder.append(model)


def as_python_model(given: Any) -> PythonModel:
    """A model from an instance or a function of one argument."""
    if isinstance(given, PythonModel):
        if type(given).predict is PythonModel.predict:
            raise Invalid(
                f"{type(given).__name__} has no predict: write predict(self, context, model_input, params=None)."
            )
        return given
    # The real MLflow's classes count as well where it is loaded beside us.
    if any(base.__name__ == "PythonModel" for base in type(given).__mro__):
        return given
    if not callable(given) or isinstance(given, type):
        flavor = find_by_model(given)
        if flavor is not None:
            raise Invalid(
                f"python_model is a {type(given).__name__}: log it with flowmill.{flavor.name}.log_model, or write a "
                "PythonModel around it."
            )
        raise Invalid(
            f"python_model is {given!r}: expected an instance of PythonModel, a function, or the path of a script that "
            "calls set_model()."
        )
    count = len(inspect.signature(given).parameters)
    if count != 1:
        raise Invalid(
            f"The function {getattr(given, '__name__', given)} takes {count} arguments: expected one, the input."
        )
    return FunctionModel(own_function(given))


def run_script(file: Path, config: Mapping[str, Any], content: bytes | None = None) -> PythonModel:
    """The model that a script gives to `set_model`.

    ``config``: what a `ModelConfig` in it finds; ``content``: its bytes, if they were read already.
    """
    holder: list[Any] = []
    module = ModuleType(f"{SCRIPT_PREFIX}{abs(hash(file))}")
    module.__file__ = str(file)
    sys.modules[module.__name__] = module
    token = _set_by_script.set(holder)
    try:
        # Run as text and not imported: that would leave a compiled file beside the script.
        with running_with(config):
            exec(compile(file.read_bytes() if content is None else content, str(file), "exec"), module.__dict__)
    except SyntaxError as error:
        raise Invalid(f"The script {file.name} is no Python ({error}).") from error
    finally:
        _set_by_script.reset(token)
    if not holder:
        raise Invalid(f"The script {file.name} does not call flowmill.models.set_model(model): add it at its end.")
    return as_python_model(holder[-1])


def _save(source: PythonSource, folder: Path, options: Mapping[str, Any]) -> Saved:
    source.check()
    if source.loader_module is not None:
        return _save_loader(source, folder)
    config, script, model = source.config, source.script, source.model
    pyfunc: dict[str, Any] = {
        "cloudpickle_version": installed_version("cloudpickle"),
        "code": None,
        "streamable": _streams(model) if source.streamable is None else source.streamable,
    }
    artifacts = _copy_artifacts(source.artifacts, folder)
    if artifacts:
        pyfunc["artifacts"] = artifacts
    if config:
        pyfunc["config"] = config
    hint = input_hint(model.func if isinstance(model, FunctionModel) else model.predict)
    by_example = hint is TypeFromExample
    if script is not None:
        shutil.copyfile(script, folder / script.name)
        pyfunc |= {"loader_module": CODE_LOADER, "model_code_path": script.name}
        modules = imports_of_script(script)
        return Saved({}, pyfunc, [script.name], modules, ["cloudpickle"], like_example=by_example)
    understand_hints(model.func if isinstance(model, FunctionModel) else model.predict)
    modules = dump(model, folder / PICKLE_FILE)
    kind = kind_of(model)
    pyfunc |= {"loader_module": PICKLE_LOADER if kind is None else kind.loader, "python_model": PICKLE_FILE}
    return Saved({}, pyfunc, [PICKLE_FILE], top_levels(modules), ["cloudpickle"], like_example=by_example)


def _save_loader(source: PythonSource, folder: Path) -> Saved:
    pyfunc: dict[str, Any] = {
        "loader_module": source.loader_module,
        "code": None,
        "streamable": bool(source.streamable),
    }
    if source.data_path is not None:
        given = Path(source.data_path)
        if not given.exists():
            raise Invalid(f"data_path is {str(given)!r}, which does not exist.")
        target = folder / "data"
        target.mkdir()
        if given.is_dir():
            shutil.copytree(given, target / given.name)
        else:
            shutil.copyfile(given, target / given.name)
        pyfunc["data"] = f"data/{given.name}"
    return Saved({}, pyfunc, [], top_levels([str(source.loader_module)]), ["cloudpickle"], str(source.loader_module))


def _streams(model: PythonModel) -> bool:
    without = [base.predict_stream for base in (PythonModel, *(kind.base for kind in KINDS))]
    return isinstance(model, PythonModel) and type(model).predict_stream not in without


def _copy_artifacts(artifacts: Mapping[str, str] | None, folder: Path) -> dict[str, dict[str, str]]:
    recorded: dict[str, dict[str, str]] = {}
    for name, uri in (artifacts or {}).items():
        location = resolve(uri)
        local = location.local_folder()
        if local is not None and local.is_file():
            goal = _free_place(folder, name, local.name)
            shutil.copyfile(local, goal)
        else:
            with fetched(location) as got:
                goal = _free_place(folder, name, PurePosixPath(str(uri).rstrip("/")).name)
                shutil.copytree(got.folder, goal)
        recorded[name] = {"path": goal.relative_to(folder).as_posix(), "uri": str(uri)}
    return recorded


def _free_place(folder: Path, name: str, basename: str) -> Path:
    goal = folder / "artifacts" / basename
    if goal.exists():
        goal = inside(folder, f"artifacts/{name}/{basename}", "artifact")
    goal.parent.mkdir(parents=True, exist_ok=True)
    return goal


def imports_of_script(file: Path) -> set[str]:
    """Top-level modules that a script imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return top_levels(found)


def config_of(logged: object, given: Mapping[str, Any] | str | Path | None) -> dict[str, Any]:
    """A model's configuration: what was logged, overlaid with what is given as a dict or YAML file."""
    config = dict(logged) if isinstance(logged, Mapping) else {}
    if isinstance(given, str | Path):
        if not Path(given).is_file():
            raise Invalid(f"model_config is {str(given)!r}: expected a dict or the path of a YAML file.")
        given = read_yaml(Path(given))
    if given is not None and not isinstance(given, Mapping):
        raise Invalid(f"model_config is {given!r}: expected a dict or the path of a YAML file.")
    return {**config, **(given or {})}


class PythonImplementation:
    """A Python model behind the python_function interface, with its context."""

    def __init__(self, python_model: Any, context: PythonModelContext) -> None:
        self.python_model = python_model
        self.context = context
        function = python_model.func if isinstance(python_model, FunctionModel) else python_model.predict
        self.input_hint = getattr(python_model, HINT, None) or input_hint(function)
        self._predict = own_method(python_model, "predict")

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        return call(self._predict, self.context, data, params)

    def predict_stream(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        return call(self.python_model.predict_stream, self.context, data, params)


def call(predict: Callable[..., Any], context: Any, data: Any, params: dict[str, Any] | None) -> Any:
    """Call a user's ``predict`` with as much as it takes of context, input and params."""
    arguments: list[Any] = [context] if takes(predict, "context") else []
    if takes(predict, "params"):
        return predict(*arguments, data, params=params)
    if params:
        _log.warning("predict of %s takes no params: %s are not used.", predict, sorted(params))
    return predict(*arguments, data)


def load_python_model(folder: Path, settings: Mapping[str, Any], trust: Trust) -> Any:
    """The user's model with its context loaded, behind the python_function interface.

    Its pickle or script must be trusted.
    """
    if settings.get("loader_module") == CODE_LOADER:
        # MLflow records the path that the script was logged from; the copy beside the MLmodel has its name.
        name = PurePosixPath(str(settings.get("model_code_path")).replace("\\", "/")).name
        script = _there(folder, name, "model script")
        model: Any = run_script(script, settings.get("config") or {}, trust.read(name, "a Python script"))
    else:
        name = settings.get("python_model")
        file = _there(folder, name, "python_model")
        content = trust.read(str(name), "a pickle")
        model = load(file.name, _decompressed(content, settings.get("python_model_compression")))
    context = PythonModelContext(_artifacts_in(folder, settings.get("artifacts")), settings.get("config"))
    if hasattr(model, "load_context"):
        model.load_context(context)
    kind = kind_of(model)
    return PythonImplementation(model, context) if kind is None else kind.implementation(model, context)


def _artifacts_in(folder: Path, stated: object) -> dict[str, str]:
    """The paths of a model's artifacts; Invalid if the MLmodel file does not state them as paths by name."""
    if not stated:
        return {}
    if not isinstance(stated, Mapping) or not all(isinstance(entry, Mapping) for entry in stated.values()):
        raise Invalid(f"The MLmodel file's artifacts are {stated!r}: expected a path for each name.")
    return {key: str(_there(folder, entry.get("path"), f"artifact {key!r}")) for key, entry in stated.items()}


_DECOMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "lzma": lzma.decompress,
    "bzip2": bz2.decompress,
    "gzip": gzip.decompress,
}


def _decompressed(content: bytes, method: object) -> bytes:
    """A pickle as it is, or unpacked from what MLflow packed it with (MLFLOW_LOG_MODEL_COMPRESSION)."""
    if method is None:
        return content
    if method not in _DECOMPRESS:
        raise Invalid(f"The model's python_model_compression is {method!r}: expected one of {sorted(_DECOMPRESS)}.")
    try:
        return _DECOMPRESS[str(method)](content)
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise Invalid(f"The model's pickle cannot be unpacked ({error}): restore the file.") from error


def _there(folder: Path, relative: object, what: str) -> Path:
    file = inside(folder, relative, what)
    if not file.exists():
        raise FlowmillError(f"The model's {what} {relative!r} is missing in {folder}.", "RESOURCE_DOES_NOT_EXIST")
    return file


def _predict(source: PythonSource, settings: Mapping[str, Any], data: Any, params: dict[str, Any] | None) -> Any:
    """A prediction while the model is being saved: its files are in place, and it is the user's own object."""
    folder = Path(settings["folder"])
    artifacts = {name: str(folder / entry["path"]) for name, entry in (settings.get("artifacts") or {}).items()}
    context = PythonModelContext(artifacts, settings.get("config"))
    model = source.model
    model.load_context(context)
    return call(own_method(model, "predict"), context, data, params)


def _declared_signature(source: PythonSource) -> ModelSignature | None:
    if source.python_model is None:
        return None
    model = source.model
    return signature_of_hints(model.func if isinstance(model, FunctionModel) else model.predict)


def _load(stored: Stored) -> Any:
    return load_python_model(stored.folder, stored.settings, stored.trust).python_model


FLAVOR = Flavor(
    name=PYFUNC,
    loader_module=PICKLE_LOADER,
    packages=("cloudpickle",),
    detect=lambda value: isinstance(value, PythonModel),
    save=_save,
    load=_load,
    predict=_predict,
    declared_signature=_declared_signature,
)
