"""Loading: the one way for models of every flavor."""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowmill import session
from flowmill.artifacts.open import scheme_of
from flowmill.errors import Invalid
from flowmill.models.code import model_code
from flowmill.models.env import CONDA_FILE, REQUIREMENTS_FILE
from flowmill.models.flavor import Flavor, Stored
from flowmill.models.folder import inside
from flowmill.models.manifest import replace_files
from flowmill.models.mlmodel import MLMODEL_FILE_NAME, Model, ModelInfo
from flowmill.models.seal import Trust
from flowmill.models.signature import ModelSignature
from flowmill.models.uri import Location, fetched, resolve


def load_flavor(
    flavor: Flavor,
    model_uri: str | Path,
    dst_path: str | None,
    allow_pickle: bool,
    options: Mapping[str, Any] | None = None,
) -> Any:
    """The model of this flavor at a URI, as its library knows it."""
    flavor.require_library()
    with fetched(resolve(model_uri), dst_path) as got:
        settings = Model.load(got.folder).flavor(flavor.name)
        trust = Trust(got.folder, allow_pickle)
        with model_code(got.folder, settings.get("code"), trust) as space:
            model = flavor.load(Stored(got.folder, settings, trust, options or {}))
        if space is not None:
            space.adopt(model)
        return model


def read_model(model_uri: str | Path) -> Model:
    """What the MLmodel file of a model says; only that file is fetched."""
    location = resolve(model_uri)
    return _read_file(location, MLMODEL_FILE_NAME, Model.load)


def _read_file(location: Location, name: str, use: Any) -> Any:
    local = location.local_folder()
    if local is not None:
        return use(local / name)
    with tempfile.TemporaryDirectory(prefix="flowmill-model-") as scratch:
        file = Path(scratch) / name
        _artifacts(location).get(f"{location.path}/{name}".lstrip("/"), file)
        return use(file)


def _artifacts(location: Location) -> Any:
    return session.tracking_client().open_artifacts(location.root)


def get_model_info(model_uri: str) -> ModelInfo:
    """What is known of the model at a URI: flavors, signature, id, run, metadata."""
    location = resolve(model_uri)
    model = _read_file(location, MLMODEL_FILE_NAME, Model.load)
    info = model.get_model_info(location.logged_model)
    if location.logged_model is not None:
        info.artifact_path = location.logged_model.artifact_location
    elif model.model_id is None:
        info.model_uri = str(model_uri)
    return info


def get_model_dependencies(model_uri: str, format: str = "pip") -> str:
    """The local path of a model's requirements.txt (``format="pip"``) or conda.yaml (``format="conda"``)."""
    names = {"pip": REQUIREMENTS_FILE, "conda": CONDA_FILE}
    if format not in names:
        raise Invalid(f"format is {format!r}: expected pip or conda.")
    location = resolve(model_uri)
    local = location.local_folder()
    if local is not None:
        return str(inside(local, names[format], "requirements"))
    # The caller reads the file later, so it cannot lie in a folder that is removed.
    folder = Path(tempfile.mkdtemp(prefix="flowmill-requirements-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _artifacts(location).get(f"{location.path}/{names[format]}".lstrip("/"), folder / names[format])
    return str(folder / names[format])


def set_signature(model_uri: str, signature: ModelSignature) -> None:
    """Replace the signature of a logged model (``models:/m-…``, ``runs:/…``) or of a model folder.

    A registered version cannot be changed: its files are those of the logged model.
    """
    if not isinstance(signature, ModelSignature):
        raise Invalid(f"signature is {signature!r}: expected what infer_signature returns.")
    require_changeable(model_uri, "signature")
    location = resolve(model_uri)
    model = _read_file(location, MLMODEL_FILE_NAME, Model.load)
    model.signature = signature
    put_files(location, {MLMODEL_FILE_NAME: model.to_yaml().encode()})


def put_files(location: Location, files: Mapping[str, bytes | None]) -> None:
    """Replace files of a model where they lie, or remove them (None); a logged model's list of hashes follows them."""
    if location.logged_model is not None and not location.path:
        replace_files(session.tracking_client(), _artifacts(location), location.logged_model, files)
        return
    for name, content in files.items():
        path = f"{location.path}/{name}".lstrip("/")
        if content is None:
            _artifacts(location).delete(path)
        else:
            _artifacts(location).put(path, content)


def get_file(location: Location, name: str, file: Path) -> bool:
    """Copy a file of a model to a local ``file``; whether the model has it."""
    store, path = _artifacts(location), f"{location.path}/{name}".lstrip("/")
    there = store.stat(path) is not None
    if there:
        store.get(path, file)
    return there


def require_changeable(model_uri: str, what: str) -> None:
    """Invalid for a registered version, which never changes."""
    if scheme_of(model_uri) == "models" and not model_uri.removeprefix("models:").strip("/").startswith("m-"):
        raise Invalid(
            f"The {what} of {model_uri!r} cannot be changed: a registered version stays as it is; change the logged "
            "model (models:/m-…) and register that."
        )
