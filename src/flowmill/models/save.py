"""Saving and logging: the one way for models of every flavor.

`save_model` fills a folder; `log_model` makes a logged model, uploads the folder, links it to the run as its
output, marks it ready, and registers it if asked.
"""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import contextlib
import json
import logging
import shutil
import sys
import tempfile
import uuid
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flowmill import session
from flowmill.artifacts.open import local_path
from flowmill.client.client import Client
from flowmill.context import context_tags
from flowmill.entities.metric import Metric
from flowmill.entities.run import LoggedModelOutput
from flowmill.errors import AlreadyExists, FlowmillError, Invalid, NoSuchEndpoint
from flowmill.models.auth_policy import AuthPolicy
from flowmill.models.enforce import enforce_schema
from flowmill.models.env import Environment, environment_for
from flowmill.models.example import InputExample
from flowmill.models.flavor import Flavor, Saved
from flowmill.models.folder import size_of
from flowmill.models.hints import like_example
from flowmill.models.infer import is_array
from flowmill.models.manifest import MANIFEST_TAG, write_manifest
from flowmill.models.mlmodel import MLMODEL_FILE_NAME, PYFUNC, Model, ModelInfo
from flowmill.models.modules import distributions_of, local_file
from flowmill.models.register import register
from flowmill.models.resources import resources_form
from flowmill.models.seal import seal
from flowmill.models.signature import (
    ModelSignature,
    infer_signature,
    update_signature_for_type_hint_from_example,
)
from flowmill.models.used_variables import UsedVariables
from flowmill.settings import Settings

_log = logging.getLogger("flowmill.models")

CODE_FOLDER = "code"
EXTRA_FOLDER = "extra_files"


@dataclass
class Details:
    """What a user says about a model beside the model itself; names are those of `log_model`.

    ``options`` belong to the flavor.
    """

    conda_env: Any = None
    code_paths: list[str] | None = None
    signature: ModelSignature | bool | None = None
    input_example: Any = None
    pip_requirements: Any = None
    extra_pip_requirements: Any = None
    metadata: dict[str, Any] | None = None
    extra_files: list[str] | None = None
    infer_code_paths: bool = False
    resources: Any = None
    auth_policy: Any = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Destination:
    """Where a model is logged to and under which names."""

    name: str | None = None
    artifact_path: str | None = None
    registered_model_name: str | None = None
    await_registration_for: int | None = 300
    params: dict[str, Any] | None = None
    tags: dict[str, Any] | None = None
    model_type: str | None = None
    step: int = 0
    model_id: str | None = None
    prompts: list[Any] | None = None
    run_id: str | None = None


def save_model(flavor: Flavor, value: Any, path: str | Path, details: Details, model: Model | None = None) -> Model:
    """Save a model of this flavor in a new folder; returns what its MLmodel file says."""
    folder = Path(path)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise AlreadyExists(f"Path {str(path)!r} already exists and is not empty: choose a new folder.")
    _check(details)
    model = model or Model()
    made = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        _fill(flavor, value, folder, details, model)
    except BaseException:
        if made:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    return model


def _check(details: Details) -> None:
    if details.auth_policy is not None:
        if details.resources is not None:
            raise Invalid("resources and auth_policy are both given: an auth_policy names its resources itself.")
        if not isinstance(details.auth_policy, AuthPolicy):
            raise Invalid(f"auth_policy is {details.auth_policy!r}: expected an AuthPolicy.")
    if details.metadata is not None and not isinstance(details.metadata, dict):
        raise Invalid(f"metadata is {details.metadata!r}: expected a dict.")
    if details.signature is not None and not isinstance(details.signature, ModelSignature | bool):
        raise Invalid(f"signature is {details.signature!r}: expected what infer_signature returns, or False for none.")


def _fill(flavor: Flavor, value: Any, folder: Path, details: Details, model: Model) -> None:
    flavor.require_library()
    variables = UsedVariables()
    saved = flavor.save(value, folder, {**details.options, "input_example": details.input_example})
    code = _copy_code(_code_paths(saved, details), folder)
    example = InputExample(details.input_example) if details.input_example is not None else None
    if example is not None:
        example.save(folder)
        model.saved_input_example_info = example.info
    with variables.watched():
        model.signature = _signature(flavor, value, folder, saved, details, example)
    if flavor.name == PYFUNC:
        for file in (*saved.runs_code, *_files_in(folder, code)):
            variables.named_in(folder / file)
    model.env_vars = variables.save(folder)
    if details.metadata is not None or saved.metadata:
        model.metadata = {**(details.metadata or {}), **saved.metadata}
    if details.resources is not None:
        model.resources = resources_form(details.resources)
    if details.auth_policy is not None:
        model.auth_policy = details.auth_policy.to_dict()
    extra = _copy_extra_files(details.extra_files, folder)
    size = size_of(folder)
    environment = _environment(saved, details)
    environment.save(folder)
    if Settings.from_environment().lock_models:
        # Few lock what they log, and what makes environments is as much as all the rest of this.
        from flowmill.models.environment import lock_as_set

        lock_as_set(folder)
    for settings in (saved.settings, saved.pyfunc or {}):
        if "code" in settings or code is not None:
            settings["code"] = code
        if extra is not None:
            settings["extra_files"] = extra
    if saved.pyfunc is not None:
        model.add_flavor(
            PYFUNC,
            **{
                "loader_module": flavor.loader_module,
                "python_version": ".".join(map(str, sys.version_info[:3])),
                "env": {"conda": "conda.yaml", "virtualenv": "python_env.yaml"},
                **saved.pyfunc,
            },
        )
    if flavor.name != PYFUNC:
        model.add_flavor(flavor.name, **saved.settings)
    model.model_size_bytes = size
    model.save(folder / MLMODEL_FILE_NAME)
    seal(folder, [*saved.runs_code, *_files_in(folder, code)], saved.loader)


def _files_in(folder: Path, relative: str | None) -> list[str]:
    if relative is None:
        return []
    files = (folder / relative).rglob("*")
    return [file.relative_to(folder).as_posix() for file in files if file.is_file()]


def _code_paths(saved: Saved, details: Details) -> list[str] | None:
    if not details.infer_code_paths:
        return details.code_paths
    if details.code_paths:
        raise Invalid("infer_code_paths=True finds the user's modules itself: leave code_paths out.")
    _, own = distributions_of(saved.modules)
    return [str(file) for module in sorted(own) if (file := local_file(module)) is not None]


def _copy_code(paths: list[str] | None, folder: Path) -> str | None:
    """Copies the user's modules and packages beside the model; returns the folder's name."""
    if paths is None:
        return None
    if not isinstance(paths, list | tuple):
        raise TypeError(f"code_paths is {paths!r}: expected a list of files and folders.")
    for given in paths:
        _copy(Path(given), folder / CODE_FOLDER, "code_paths")
    return CODE_FOLDER if paths else None


def _copy(source: Path, target: Path, what: str) -> Path:
    if not source.exists():
        raise Invalid(f"{what} names {str(source)!r}, which does not exist.")
    target.mkdir(parents=True, exist_ok=True)
    goal = target / source.resolve().name
    if source.is_dir():
        shutil.copytree(source, goal, ignore=shutil.ignore_patterns("__pycache__", "*.pyc", ".git"))
    else:
        shutil.copyfile(source, goal)
    return goal


def _copy_extra_files(files: list[str] | None, folder: Path) -> list[dict[str, str]] | None:
    if files is None:
        return None
    if not isinstance(files, list):
        raise TypeError(f"extra_files is {files!r}: expected a list of files.")
    copied = [_copy(Path(given), folder / EXTRA_FOLDER, "extra_files") for given in files]
    return [{"path": file.relative_to(folder).as_posix()} for file in copied]


def _signature(
    flavor: Flavor, value: Any, folder: Path, saved: Saved, details: Details, example: InputExample | None
) -> ModelSignature | None:
    """The one given; else that of the way of saving or the model's own; else the one of the example and its
    prediction; else that of its kind."""
    if details.signature is False:
        return None
    if isinstance(details.signature, ModelSignature):
        return details.signature
    if saved.signature is not None:
        return saved.signature
    declared = flavor.declared_signature(value) if flavor.declared_signature else None
    if declared is not None or saved.pyfunc is None:
        return declared
    default = flavor.default_signature(saved.settings) if flavor.default_signature else None
    if example is None:
        if saved.like_example:
            _log.warning(
                "predict's hint is TypeFromExample and there is no input_example: the input stays as it comes."
            )
        return default
    signature = infer_signature(example.data, params=example.params)
    assert signature.inputs is not None
    if saved.like_example:
        update_signature_for_type_hint_from_example(example.data, signature)
    settings = {**saved.settings, **saved.pyfunc, "folder": str(folder), "metadata": saved.metadata}
    from_example = signature.is_type_hint_from_example
    try:
        asked = enforce_schema(example.data, signature.inputs)
        if from_example:
            asked = like_example(asked, example.info.get("type"), named=signature.inputs.has_input_names())
        answer = flavor.answer(value, settings, asked, example.params)
    except Exception as error:
        # MLflow logs the model nevertheless, so a script that does must not stop here.
        _log.warning(
            "The model is logged %s signature, because it cannot predict its own input_example (%s: %s): pass an "
            "example that it takes, or a signature.",
            "without a" if default is None else "with the usual",
            type(error).__name__,
            error,
        )
        return default
    if is_array(answer) and answer.ndim == 1 and not signature.inputs.is_tensor_spec():
        # A vector that answers a table is a column (MLflow finds the same).
        answer = sys.modules["pandas"].Series(answer)
    whole = infer_signature(example.data, answer, example.params)
    whole.is_type_hint_from_example = from_example
    return whole


def _environment(saved: Saved, details: Details) -> Environment:
    modules = set(saved.modules)
    # A scoring server makes frames and arrays from JSON with the very versions that the model was made with.
    modules |= {name for name in ("numpy", "pandas") if name in sys.modules}
    environment = environment_for(
        modules,
        saved.packages,
        details.pip_requirements,
        details.extra_pip_requirements,
        details.conda_env,
    )
    _, own = distributions_of(saved.modules)
    covered = own if details.infer_code_paths else {Path(path).stem for path in details.code_paths or []}
    homeless = sorted(own - covered - set(_not_importable(own)))
    if homeless:
        warnings.warn(
            f"The model uses your own modules {homeless}, which no requirement brings along: pass code_paths=[…] with "
            "their files, or it will load only where they can be imported.",
            stacklevel=2,
        )
    return environment


def _not_importable(modules: set[str]) -> list[str]:
    """Modules without a file (built into an interpreter, made at run time): nothing could be copied."""
    return [name for name in modules if getattr(sys.modules.get(name), "__file__", None) is None]


Write = Callable[[Path, Model], Any]
"""Fills a folder with a model and completes what its MLmodel file says."""


def log_model(flavor: Flavor, value: Any, to: Destination, details: Details) -> ModelInfo:
    """Log a model of this flavor."""
    _check(details)
    return log_written(lambda folder, model: save_model(flavor, value, folder, details, model), to)


def log_written(write: Write, to: Destination) -> ModelInfo:
    """Log what ``write`` puts in a folder.

    It becomes a logged model of the active run's experiment, and an output of the run if there is one. If anything
    fails while it is written, the logged model is marked FAILED and the error raised. A server of MLflow 2 knows no
    logged models: there it becomes files of the run.
    """
    client = session.tracking_client()
    run = session.active_run()
    run_id = to.run_id or (run.info.run_id if run is not None else None)
    name = _name(to)
    if to.model_id is not None:
        logged = client.get_logged_model(to.model_id)
    else:
        source = client.get_run(run_id) if run_id is not None else None
        experiment_id = session.experiment_id() if source is None else source.info.experiment_id
        # The model was made with the run's parameters; where both name one, MLflow believes the run.
        params = (to.params or {}) | (source.data.params if source is not None else {})
        try:
            logged = client.create_logged_model(
                experiment_id=experiment_id,
                name=name,
                source_run_id=run_id,
                tags=context_tags() | (_texts(to.tags) or {}),
                params=_texts(params),
                model_type=to.model_type,
            )
        except NoSuchEndpoint:
            return _log_in_run(write, client, run_id or session.ensure_run().info.run_id, name, to)
    # A folder of this machine may be moved to another: its files do not say where they once were.
    remote = local_path(logged.artifact_location) is None
    model = Model(
        artifact_path=logged.artifact_location if remote else name,
        run_id=run_id,
        model_uuid=logged.model_id,
        model_id=logged.model_id,
        prompts=[str(getattr(prompt, "uri", prompt)) for prompt in to.prompts] if to.prompts else None,
    )
    try:
        with tempfile.TemporaryDirectory(prefix="flowmill-model-") as scratch:
            folder = Path(scratch) / "model"
            write(folder, model)
            manifest = write_manifest(folder)
            client.open_artifacts(logged.artifact_location).put_tree(folder)
        client.set_logged_model_tags(logged.model_id, {MANIFEST_TAG: manifest})
        if run_id is not None:
            client.log_outputs(run_id, models=[LoggedModelOutput(model_id=logged.model_id, step=to.step)])
            _link_metrics(client, run_id, logged.model_id)
        logged = client.finalize_logged_model(logged.model_id, "READY")
    except BaseException:
        _mark_failed(client, logged.model_id)
        raise
    session.set_last_model(logged.model_id)
    info = model.get_model_info(logged)
    info.artifact_path = logged.artifact_location
    if to.registered_model_name is not None:
        version = register(client, info.model_uri, to.registered_model_name, run_id=run_id, model_id=logged.model_id)
        info.registered_model_version = int(version.version)
    return info


def _log_in_run(write: Write, client: Client, run_id: str, name: str, to: Destination) -> ModelInfo:
    """Log a model as MLflow 2 did: a folder among the run's artifacts, noted in the run's history of models."""
    model = Model(artifact_path=name, run_id=run_id, model_uuid=uuid.uuid4().hex)
    with tempfile.TemporaryDirectory(prefix="flowmill-model-") as scratch:
        folder = Path(scratch) / "model"
        write(folder, model)
        client.log_artifacts(run_id, folder, name)
    client.note_model(run_id, json.dumps(model.to_dict(), default=str))
    info = model.get_model_info()
    if to.registered_model_name is not None:
        version = register(client, info.model_uri, to.registered_model_name, run_id=run_id)
        info.registered_model_version = int(version.version)
    return info


def _link_metrics(client: Client, run_id: str, model_id: str) -> None:
    """What the run measured before it logged the model was measured of the model, as MLflow has it."""
    measured = client.get_run(run_id).data.metric_list
    if measured:
        points = [Metric(each.key, each.value, each.timestamp, each.step, model_id) for each in measured]
        client.log_batch(run_id, metrics=points)


def _name(to: Destination) -> str:
    if to.artifact_path is not None and to.name is None:
        _warn_of_artifact_path()
    name = to.name or to.artifact_path or "model"
    strange = [sign for sign in "/:.%\"'" if sign in name]
    if strange:
        raise Invalid(f"The model's name {name!r} holds {strange[0]!r}: expected a name without / : . % \" and '.")
    return name


_warned = False


def _warn_of_artifact_path() -> None:
    global _warned
    if not _warned:
        _warned = True
        _log.info("`artifact_path` is the old word for `name`; both work.")


def _texts(values: dict[str, Any] | None) -> dict[str, str] | None:
    return {str(key): str(value) for key, value in values.items()} if values else None


def _mark_failed(client: Any, model_id: str) -> None:
    # The error that is on its way says more than that the server could not be told of it.
    with contextlib.suppress(FlowmillError):
        client.finalize_logged_model(model_id, "FAILED")


def conda_of(requirements: list[str]) -> dict[str, Any]:
    """A conda environment with these pip requirements."""
    return Environment(requirements).conda_form()
