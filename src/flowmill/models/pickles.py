"""Pickles that either side reads: Flowmill's own classes travel under MLflow's names.

A class that derives from ``PythonModel`` is pickled by value with its base by name. That name must be one that
the real MLflow knows; and a pickle of the real MLflow must find our classes without MLflow being installed.
"""

from __future__ import annotations

import copyreg
import dis
import importlib
import io
import pickle
import sys
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowmill.errors import FlowmillError, Invalid
from flowmill.lazy import load as load_named
from flowmill.models.hints import TypeFromExample
from flowmill.models.modules import top_levels
from flowmill.models.python_model import FunctionModel


class _Recorded:
    """Takes the place of MLflow's own bookkeeping in a pickle: its state is kept and never used."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args = args

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError("This belongs to MLflow's checks of inputs or to its traces, which are not here.")


_AGENTS = {
    "PythonModel": "flowmill.models.python_model:PythonModel",
    "PythonModelContext": "flowmill.models.python_model:PythonModelContext",
    "ChatModel": "flowmill.models.chat_model:ChatModel",
    "ChatAgent": "flowmill.models.chat_agent:ChatAgent",
    "ResponsesAgent": "flowmill.models.responses_agent:ResponsesAgent",
}
CLASSES: dict[str, dict[str, str]] = {
    "mlflow.pyfunc": _AGENTS,
    "mlflow.pyfunc.model": {"_FunctionPythonModel": "flowmill.models.python_model:FunctionModel", **_AGENTS},
    "mlflow.exceptions": {"MlflowException": "flowmill.errors:FlowmillError"},
    "mlflow.models.signature": {"_TypeHints": f"{__name__}:_Recorded"},
}
"""Where our class is that stands for one of MLflow's, by module and name; looked up where a pickle has it."""
_NAME_OF_CLASS = {target: (module, name) for module, names in CLASSES.items() for name, target in names.items()}


_PUBLIC = {
    "flowmill.models.llm": "mlflow.types.llm",
    "flowmill.models.chat_types": "mlflow.types.chat",
    "flowmill.models.agent_types": "mlflow.types.agent",
    "flowmill.models.responses_types": "mlflow.types.responses",
    "flowmill.models.responses_items": "mlflow.types.responses",
    "flowmill.models.responses_parts": "mlflow.types.responses_helpers",
    "flowmill.models.hints": "mlflow.types.type_hints",
}
"""Where classes and functions are found under MLflow's names that are not looked at before somebody uses them."""


_BOOKKEEPING = ("mlflow.pyfunc.utils.data_validation", "mlflow.tracing", "mlflow.entities.span")
"""Modules, with those below or beside them of the same beginning, that MLflow's wrappers around a method need."""


class _Named:
    """Stands for ``module.name`` in a pickle: reading it looks the name up."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name

    def __reduce__(self) -> tuple[Any, ...]:
        return getattr, (_NamedModule(self.module), self.name)


class _NamedModule:
    """Stands for a module in a pickle: reading it imports the module."""

    def __init__(self, module: str) -> None:
        self.module = module

    def __reduce__(self) -> tuple[Any, ...]:
        return importlib.import_module, (self.module,)


def dump(value: object, file: Path) -> set[str]:
    """Pickle a value by cloudpickle; returns the names of the modules that reading it back needs.

    A module that only a function imports while it runs counts, too: it is found in the function's code.
    """
    import cloudpickle

    modules: set[str] = set()

    class Pickler(cloudpickle.Pickler):
        def reducer_override(self, obj: Any) -> Any:
            if isinstance(obj, type) and (known := _NAME_OF_CLASS.get(f"{obj.__module__}:{obj.__qualname__}")):
                return _Named(*known).__reduce__()
            if obj is TypeFromExample:
                return _Named("mlflow.types.type_hints", "TypeFromExample").__reduce__()
            if isinstance(obj, type | types.FunctionType) and obj.__module__ in _PUBLIC:
                if obj.__module__ != "flowmill.models.llm":  # its classes are plain ones
                    modules.add("pydantic")
                return _Named(_PUBLIC[obj.__module__], obj.__name__).__reduce__()
            if type(obj) is FunctionModel:
                name = _Named("mlflow.pyfunc.model", "_FunctionPythonModel")
                return copyreg._reconstructor, (name, object, None), obj.__dict__  # type: ignore[attr-defined]
            if isinstance(obj, types.ModuleType):
                name = obj.__name__
                if name == "flowmill" or name.startswith("flowmill."):
                    return _NamedModule("mlflow" + name.removeprefix("flowmill")).__reduce__()
                modules.add(name)
            elif isinstance(obj, types.CodeType):
                modules.update(_imports_of(obj))
            elif isinstance(obj, type | types.FunctionType | types.BuiltinFunctionType):
                # What is pickled by value brings itself along; only what is found by name needs its module.
                if _found_by_name(obj):
                    modules.add(getattr(obj, "__module__", None) or "builtins")
                elif isinstance(obj, types.FunctionType):
                    modules.update(_imports_of(obj.__code__))
            return super().reducer_override(obj)

    buffer = io.BytesIO()
    try:
        Pickler(buffer).dump(value)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise Invalid(
            f"{type(value).__name__} cannot be pickled ({error}): keep what cannot be (connections, locks, open "
            "files) out of the model and make it in load_context."
        ) from error
    file.write_bytes(buffer.getvalue())
    return modules


def _found_by_name(obj: Any) -> bool:
    """Whether cloudpickle writes only the name; it alone knows what was registered to be written whole."""
    from cloudpickle import cloudpickle

    if isinstance(obj, types.BuiltinFunctionType):
        return True
    decide: Any = cloudpickle._should_pickle_by_reference  # pyright: ignore[reportPrivateUsage]
    return bool(decide(obj))


def _imports_of(code: types.CodeType) -> set[str]:
    found: set[str] = set()
    for step in dis.get_instructions(code):
        if step.opname == "IMPORT_NAME" and isinstance(step.argval, str):
            found.add(step.argval)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found |= _imports_of(constant)
    return found


def modules_in(content: bytes) -> set[str]:
    """Top-level modules whose names a pickle looks up when it is read; the pickle is not run."""
    import pickletools

    found: set[str] = set()
    texts: list[str] = []
    remembered: dict[int, str] = {}
    count, last = 0, None
    for code, argument, _ in pickletools.genops(content):
        text = None
        if code.name == "GLOBAL":
            found.add(str(argument).partition(" ")[0])
        elif code.name == "STACK_GLOBAL" and len(texts) >= 2:
            found.add(texts[-2])
        elif code.name == "MEMOIZE" or code.name.endswith("PUT"):
            if last is not None:
                remembered[count if code.name == "MEMOIZE" else int(argument or 0)] = last
            count += 1
            continue
        elif "UNICODE" in code.name:
            text = str(argument)
        elif code.name.endswith("GET"):
            text = remembered.get(int(argument or 0))
        if text is not None:
            texts.append(text)
        last = text
    return top_levels(found)


def load(name: str, content: bytes) -> Any:
    """What a pickle holds. The caller has made sure that it may run (`seal.Trust.read`); ``name`` is for errors."""
    try:
        return _unwrapped(_Unpickler(io.BytesIO(content)).load())
    except ModuleNotFoundError as error:
        raise FlowmillError(
            f"Loading {name} needs the module {error.name!r}, which is not installed: install the model's "
            "requirements.txt, or log the model again with code_paths=[…] if the module is yours."
        ) from error
    except (pickle.UnpicklingError, EOFError) as error:
        raise Invalid(f"{name} is no readable pickle ({error}): restore the file.") from error


def _unwrapped(model: Any) -> Any:
    """The model with the user's own ``predict``: MLflow pickles it in wrappers that check type hints and trace."""
    if isinstance(model, FunctionModel):
        model.func = getattr(model.func, "__wrapped__", model.func)
        return model
    for kind in type(model).__mro__:
        for name in ("predict", "predict_stream"):
            function: Any = kind.__dict__.get(name)
            own = function
            while hasattr(own, "__wrapped__") and (hasattr(own, "_is_pyfunc") or hasattr(own, "__mlflow_traced__")):
                own = own.__wrapped__
            if own is not function:
                setattr(kind, name, own)
    return model


class _Unpickler(pickle.Unpickler):
    """Finds MLflow's names among ours, so that MLflow need not be installed."""

    def find_class(self, module: str, name: str, /) -> Any:
        if not _real_mlflow_loaded():
            kind, _, member = name.partition(".")
            target = CLASSES.get(module, {}).get(kind)
            if target is not None:
                return getattr(load_named(target), member) if member else load_named(target)
            if module.startswith(_BOOKKEEPING):
                return _Recorded
            if module in _PUBLIC.values():
                return getattr(importlib.import_module(f"flowmill{module.removeprefix('mlflow')}"), name)
        if (module, name) in (("importlib", "import_module"), ("cloudpickle.cloudpickle", "subimport")):
            return _import_module
        return super().find_class(module, name)


class _ModuleView:
    """The few names of an MLflow module that pickles refer to, each looked up when it is asked for."""

    def __init__(self, targets: Mapping[str, str]) -> None:
        self._targets = targets

    def __getattr__(self, name: str) -> Any:
        if name not in self._targets:
            raise AttributeError(f"A pickle asks for {name!r} of a module of MLflow that has {sorted(self._targets)}.")
        return load_named(self._targets[name])


def _import_module(name: str) -> Any:
    if name in CLASSES and not _real_mlflow_loaded():
        return _ModuleView(CLASSES[name])
    if name.startswith(_BOOKKEEPING) and not _real_mlflow_loaded():
        return _ModuleView({})
    if name in _PUBLIC.values() and not _real_mlflow_loaded():
        name = f"flowmill{name.removeprefix('mlflow')}"
    importlib.import_module(name)
    return sys.modules[name]


def _real_mlflow_loaded() -> bool:
    """Whether the real package is in this process: then its own classes are the right ones."""
    module = sys.modules.get("mlflow")
    return module is not None and "flowmill" not in str(getattr(module, "__version__", "flowmill"))
