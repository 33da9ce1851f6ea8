"""The public functions of a flavor, made from its data sheet: MLflow's names, parameters and order of parameters.

A flavor states the order of the parameters of its ``save_model`` and ``log_model`` and the defaults of those that are
its own; what all flavors share stands here once. The functions carry their signature, so that ``help`` and editors
show it and a wrong call is refused as Python refuses it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from flowmill.models import load, save
from flowmill.models.flavor import Flavor
from flowmill.models.mlmodel import ModelInfo
from flowmill.models.modules import installed_version

SHARED: Mapping[str, tuple[str, Any]] = MappingProxyType(
    {
        "path": ("str | Path", inspect.Parameter.empty),
        "artifact_path": ("str | None", None),
        "conda_env": ("str | Path | dict[str, Any] | None", None),
        "code_paths": ("list[str] | None", None),
        "mlflow_model": ("Model | None", None),
        "signature": ("ModelSignature | bool | None", None),
        "input_example": ("Any", None),
        "pip_requirements": ("str | Path | list[str] | None", None),
        "extra_pip_requirements": ("str | Path | list[str] | None", None),
        "metadata": ("dict[str, Any] | None", None),
        "extra_files": ("list[str] | None", None),
        "registered_model_name": ("str | None", None),
        "await_registration_for": ("int | None", 300),
        "name": ("str | None", None),
        "params": ("dict[str, Any] | None", None),
        "tags": ("dict[str, Any] | None", None),
        "model_type": ("str | None", None),
        "step": ("int", 0),
        "model_id": ("str | None", None),
        "prompts": ("list[Any] | None", None),
    }
)
"""Type and default of the parameters that all flavors share."""

_DETAILS = {item.name for item in fields(save.Details)} - {"options"}
_DESTINATION = {item.name for item in fields(save.Destination)}
REST = "kwargs"


@dataclass(frozen=True)
class Calls:
    """How a flavor's functions are called.

    ``save``, ``log``: parameter names in order; the first is the model, a last ``**kwargs`` takes options of the
    library itself, which the flavor finds in its options as ``kwargs``. ``own``: defaults of the flavor's own
    parameters. ``load``: those of ``load_model`` between the URI and ``dst_path`` in order. ``load_takes_more``:
    ``load_model`` hands further named arguments to the library. ``names``: what the three functions are called.
    """

    save: str
    log: str
    own: Mapping[str, Any] = field(default_factory=dict)
    load: Mapping[str, Any] = field(default_factory=lambda: {"dst_path": None})
    load_takes_more: bool = False
    names: tuple[str, str, str] = ("save_model", "log_model", "load_model")


@dataclass(frozen=True)
class Functions:
    """The public functions of one flavor."""

    save_model: Callable[..., None]
    log_model: Callable[..., ModelInfo]
    load_model: Callable[..., Any]
    get_default_pip_requirements: Callable[..., list[str]]
    get_default_conda_env: Callable[..., dict[str, Any]]


def functions_of(flavor: Flavor, calls: Calls, requirements: Callable[..., list[str]] | None = None) -> Functions:
    """The public functions; ``requirements`` gives the default requirements where they are not one a package."""
    module = f"flowmill.models.flavors.{flavor.name}"
    model_name = calls.save.split()[0]
    save_signature, log_signature = (
        _signature(order, calls.own, result) for order, result in ((calls.save, "None"), (calls.log, "ModelInfo"))
    )

    def save_model(*args: Any, **kwargs: Any) -> None:
        given = _bound(save_signature, calls.names[0], args, kwargs)
        value, path, mlflow_model = given.pop(model_name), given.pop("path"), given.pop("mlflow_model", None)
        save.save_model(flavor, value, path, _details(given), mlflow_model)

    def log_model(*args: Any, **kwargs: Any) -> ModelInfo:
        given = _bound(log_signature, calls.names[1], args, kwargs)
        value = given.pop(model_name)
        rest = given.get(REST, {})
        given |= {name: rest.pop(name) for name in list(rest) if name in _DESTINATION}
        to = save.Destination(**{name: given.pop(name) for name in list(given) if name in _DESTINATION})
        return save.log_model(flavor, value, to, _details(given))

    load_signature = _load_signature(calls)

    def load_model(*args: Any, **kwargs: Any) -> Any:
        given = _bound(load_signature, calls.names[2], args, kwargs)
        uri, dst_path, allow = given.pop("model_uri"), given.pop("dst_path", None), given.pop("allow_pickle")
        return load.load_flavor(flavor, uri, dst_path, allow, {**given.pop(REST, {}), **given})

    def installed() -> list[str]:
        return pinned(*flavor.packages)

    find = requirements or installed

    def get_default_pip_requirements(*args: Any, **kwargs: Any) -> list[str]:
        return find(*args, **kwargs)

    def get_default_conda_env(*args: Any, **kwargs: Any) -> dict[str, Any]:
        return save.conda_of(find(*args, **kwargs))

    asked = inspect.signature(find)
    words = {
        save_model: (save_signature, f"Save a {flavor.name} model in a new folder ``path``."),
        log_model: (
            log_signature,
            f"Log a {flavor.name} model to the active run and, with ``registered_model_name``, register it.",
        ),
        load_model: (
            load_signature,
            f"The {flavor.name} model at a URI (``models:/…``, ``runs:/…``) or in a folder.\n\n"
            "``dst_path``: where to keep the downloaded files. ``allow_pickle``: load it though it runs code that no "
            "trusted key has sealed.",
        ),
        get_default_pip_requirements: (
            asked.replace(return_annotation="list[str]"),
            f"Pinned requirements of a {flavor.name} model in the versions installed here.",
        ),
        get_default_conda_env: (
            asked.replace(return_annotation="dict[str, Any]"),
            "`get_default_pip_requirements` as a conda environment.",
        ),
    }
    for function, name in zip((save_model, log_model, load_model), calls.names, strict=True):
        function.__name__ = name
    for function, (signature, text) in words.items():
        function.__module__, function.__qualname__, function.__doc__ = module, function.__name__, text
        function.__signature__ = signature  # pyright: ignore[reportFunctionMemberAccess]
    return Functions(save_model, log_model, load_model, get_default_pip_requirements, get_default_conda_env)


def pinned(*names: str) -> list[str]:
    """``name==version`` of those of these distributions that are installed."""
    return [f"{name}=={version}" for name in names if (version := installed_version(name))]


def _signature(order: str, own: Mapping[str, Any], result: str) -> inspect.Signature:
    parameters: list[inspect.Parameter] = []
    for place, name in enumerate(order.split()):
        if name.startswith("**"):
            parameters.append(inspect.Parameter(name[2:], inspect.Parameter.VAR_KEYWORD, annotation="Any"))
            continue
        if place == 0:
            kind, default = "Any", inspect.Parameter.empty
        elif name in own:
            kind, default = "Any", own[name]
        else:
            kind, default = SHARED[name]
        word = inspect.Parameter.POSITIONAL_OR_KEYWORD
        parameters.append(inspect.Parameter(name, word, default=default, annotation=kind))
    return inspect.Signature(parameters, return_annotation=result)


def _load_signature(calls: Calls) -> inspect.Signature:
    word = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter("model_uri", word, annotation="str | Path")]
    for name, default in calls.load.items():
        kind = "str | None" if name == "dst_path" else "Any"
        parameters.append(inspect.Parameter(name, word, default=default, annotation=kind))
    only = inspect.Parameter.KEYWORD_ONLY
    parameters.append(inspect.Parameter("allow_pickle", only, default=False, annotation="bool"))
    if calls.load_takes_more:
        parameters.append(inspect.Parameter(REST, inspect.Parameter.VAR_KEYWORD, annotation="Any"))
    return inspect.Signature(parameters, return_annotation="Any")


def _bound(signature: inspect.Signature, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError as error:
        raise TypeError(f"{name}() {error}") from None
    bound.apply_defaults()
    return dict(bound.arguments)


def _details(given: dict[str, Any]) -> save.Details:
    """What all flavors share by name; the rest are the flavor's options."""
    shared = {name: given.pop(name) for name in list(given) if name in _DETAILS}
    return save.Details(**shared, options=given)
