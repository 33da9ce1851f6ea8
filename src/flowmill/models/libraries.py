"""Versions of models that bring their libraries along, for where no index can be asked."""

from __future__ import annotations

import platform
from pathlib import Path

from flowmill import session
from flowmill.errors import FlowmillError
from flowmill.models.env import CONDA_FILE, REQUIREMENTS_FILE, python_of
from flowmill.models.environment import python_for, requirements_of
from flowmill.models.folder import copy_model
from flowmill.models.lock import LOCK_FILE, read_lock
from flowmill.models.manifest import MANIFEST_FILENAME
from flowmill.models.mlmodel import MLMODEL_FILE_NAME, Model, ModelInfo
from flowmill.models.own_wheel import needs
from flowmill.models.save import Destination, log_written
from flowmill.models.seal import may_run_code, seal_again
from flowmill.models.uri import fetched, get_model_version_from_model_uri, resolve
from flowmill.models.uv import run_pip
from flowmill.models.wheels import ORIGINAL_REQUIREMENTS_FILE, WHEELS_FOLDER, wheel_lines
from flowmill.models.yaml_files import read_yaml, write_yaml
from flowmill.settings import Settings


def add_libraries_to_model(
    model_uri: str, run_id: str | None = None, registered_model_name: str | None = None
) -> ModelInfo:
    """Make a version of a registered model that has the wheels of all it needs beside it; the new version's info.

    ``model_uri``: ``models:/name/version`` or ``models:/name@alias``. The wheels are for this platform and the
    model's Python, and of the releases that its lock has, if it is locked; they come from the index that pip asks,
    and hold what serves the model, too. ``run_id``: the run that the new model belongs to, without it the active one,
    else the model's own; ``registered_model_name``: another name to register it by.

    Raises Invalid for a URI that names no version, FlowmillError for a model that has wheels already and, with pip's
    last words, if they cannot be had.
    """
    version = get_model_version_from_model_uri(model_uri)
    client = session.tracking_client()
    with fetched(resolve(model_uri)) as got:
        if wheel_lines(_requirements(got.folder))[0]:
            raise FlowmillError(
                f"The model {model_uri!r} brings its libraries along already: name a version without wheels.",
                "BAD_REQUEST",
            )
        run = session.active_run()
        to = Destination(
            name=client.get_logged_model(version.model_id).name if version.model_id else None,
            registered_model_name=registered_model_name or version.name,
            run_id=run_id or (run.info.run_id if run is not None else None) or version.run_id or None,
        )
        return log_written(lambda folder, model: _write(got.folder, folder, model), to)


def _requirements(folder: Path) -> str:
    requirements_of(folder)  # which says what is wrong with them
    return (folder / REQUIREMENTS_FILE).read_text(encoding="utf-8")


def _write(source: Path, folder: Path, model: Model) -> None:
    """Fill the new model's folder: the files of the other one, the wheels, and what names them."""
    may_run_code(source)  # whose seal would not hold in the new folder
    copy_model(source, folder, MANIFEST_FILENAME, LOCK_FILE)
    _collect(source, folder / WHEELS_FOLDER)
    names = [f"{WHEELS_FOLDER}/{file.name}" for file in sorted((folder / WHEELS_FOLDER).glob("*.whl"))]
    (folder / REQUIREMENTS_FILE).rename(folder / ORIGINAL_REQUIREMENTS_FILE)
    (folder / REQUIREMENTS_FILE).write_text("\n".join(names), encoding="utf-8")
    if (folder / CONDA_FILE).is_file():
        conda = read_yaml(folder / CONDA_FILE)
        for item in conda.get("dependencies") or []:
            if isinstance(item, dict) and "pip" in item:
                item["pip"] = names
        (folder / CONDA_FILE).write_text(write_yaml(conda), encoding="utf-8")
    own = model.to_dict()
    new = {name: own[name] for name in ("artifact_path", "run_id", "model_id", "model_uuid", "utc_time_created")}
    model.take({**Model.load(source).to_dict(), **new, "wheels": {"platform": platform.platform()}})
    model.save(folder / MLMODEL_FILE_NAME)
    seal_again(source, folder, names)


def _collect(source: Path, wheels: Path) -> None:
    wheels.mkdir()
    lock = source / LOCK_FILE
    given, limits = wheels / "in.txt", wheels / "limits.txt"
    lines = requirements_of(source)
    # Flowmill stands in MLflow's place where it makes the environment; MLflow, where that does, needs itself.
    given.write_text("\n".join([*(line for line in lines if not line.startswith("-c ")), *needs()]), encoding="utf-8")
    pins = read_lock(lock.read_text(encoding="utf-8")).pins if lock.is_file() else ()
    limits.write_text(
        "\n".join([*(line[3:] for line in lines if line.startswith("-c ")), *(pin.requirement for pin in pins)]),
        encoding="utf-8",
    )
    run_pip(
        python_for(python_of(source)),
        "wheel", *Settings.from_environment().wheel_options, "--wheel-dir", str(wheels),
        "--requirement", str(given), "--constraint", str(limits), "--progress-bar=off",
        what="The model's libraries cannot be collected",
        hint="An index is chosen by PIP_INDEX_URL or UV_DEFAULT_INDEX, options of pip by "
        "MLFLOW_WHEELED_MODEL_PIP_DOWNLOAD_OPTIONS.",
    )  # fmt: skip
    given.unlink()
    limits.unlink()
