"""Saving and logging models that the user writes in Python."""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from flowmill.errors import FlowmillError
from flowmill.models import save
from flowmill.models.flavors import python_function
from flowmill.models.flavors.python_function import PythonSource
from flowmill.models.mlmodel import Model, ModelInfo
from flowmill.models.signature import ModelSignature
from flowmill.models.talking import Kind, details_of, kind_of


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
    source, details = _given(locals())
    save.save_model(
        python_function.FLAVOR,
        source,
        path,
        details,
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
    source, details = _given(locals())
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
        details,
    )


_SOURCE = tuple(field.name for field in fields(PythonSource))
_BESIDE = tuple(field.name for field in fields(save.Details))
_UNSUPPORTED = ("uv_project_path", "uv_groups", "uv_extras")


def _given(arguments: Mapping[str, Any]) -> tuple[PythonSource, save.Details]:
    """The model and what is said beside it, of the arguments that saving and logging share, by name.

    Models that talk share their signature, example and task.
    """
    named = [name for name in _UNSUPPORTED if arguments[name]]
    if named:
        raise FlowmillError(f"{' and '.join(named)} is not supported yet: leave it out.", "NOT_IMPLEMENTED")
    source = PythonSource(**{name: arguments[name] for name in _SOURCE})
    details = save.Details(**{name: arguments[name] for name in _BESIDE if name in arguments})
    kind = _kind(source)
    return source, details if kind is None else details_of(kind, details)


def _kind(source: PythonSource) -> Kind | None:
    """The kind of a model that talks. What is wrong with a model is found later, when it is saved."""
    given = source.python_model
    if isinstance(given, str | Path):
        try:
            given = source.model
        except Exception:  # the script runs again, and is to blame, where a failure belongs to the model
            return None
    return kind_of(given)
