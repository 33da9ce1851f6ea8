"""Requirements of models that are there already: read, add to, take from, find again."""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import atexit
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from flowmill import session
from flowmill.errors import Invalid
from flowmill.models.env import (
    CONDA_FILE,
    CONSTRAINTS_FILE,
    PYTHON_ENV_FILE,
    REQUIREMENTS_FILE,
    environment_for,
    name_of,
)
from flowmill.models.environment import new_lock
from flowmill.models.flavor import find, find_by_model
from flowmill.models.load import get_file, put_files, require_changeable
from flowmill.models.lock import LOCK_FILE
from flowmill.models.mlmodel import PYFUNC, Model
from flowmill.models.modules import modules_of
from flowmill.models.pyfunc import load_model
from flowmill.models.uri import fetched, resolve
from flowmill.models.wheels import wheel_lines
from flowmill.models.yaml_files import read_yaml, write_yaml

_log = logging.getLogger("flowmill.models")
OPERATIONS = ("add", "remove")


class Files(NamedTuple):
    """Local copies of a model's requirements.txt and conda.yaml."""

    requirements: Path
    conda: Path


def get_model_requirements_files(resolved_uri: str | Path) -> Files:
    """Both files of the model at a URI or in a folder; fetched ones stay until the process ends."""
    location = resolve(resolved_uri)
    local = location.local_folder()
    if local is None:
        local = Path(tempfile.mkdtemp(prefix="flowmill-requirements-"))
        atexit.register(shutil.rmtree, local, ignore_errors=True)
        store = session.tracking_client().open_artifacts(location.root)
        for name in (REQUIREMENTS_FILE, CONDA_FILE):
            store.get(f"{location.path}/{name}".lstrip("/"), local / name)
    return Files(local / REQUIREMENTS_FILE, local / CONDA_FILE)


def update_model_requirements(model_uri: str, operation: str, requirement_list: list[str]) -> None:
    """Add requirements to a logged model or take some away: ``operation`` is ``"add"`` or ``"remove"``.

    A requirement that is added replaces the one of its name. A registered version cannot be changed: its
    files are those of the logged model. Raises Invalid, naming every one, for lines that are no requirements.
    """
    if operation not in OPERATIONS:
        raise Invalid(f"operation is {operation!r}: expected add or remove.")
    if not isinstance(requirement_list, list | tuple) or not all(isinstance(line, str) for line in requirement_list):
        raise Invalid(f"requirement_list is {requirement_list!r}: expected a list of requirements.")
    require_changeable(model_uri, "requirements")
    _require_requirements(requirement_list)
    location = resolve(model_uri)
    files = get_model_requirements_files(model_uri)
    change = _adding(requirement_list) if operation == "add" else _removing(requirement_list)
    lines = _lines(files.requirements)
    _require_no_wheels(lines)
    lines = change(lines)
    conda = read_yaml(files.conda)
    for item in conda.get("dependencies") or []:
        if isinstance(item, dict) and isinstance(item.get("pip"), list):
            item["pip"] = change(item["pip"])
    changes: dict[str, bytes | None] = {
        REQUIREMENTS_FILE: "\n".join(lines).encode(),
        CONDA_FILE: write_yaml(conda).encode(),
    }
    with tempfile.TemporaryDirectory(prefix="flowmill-lock-") as scratch:
        if get_file(location, LOCK_FILE, Path(scratch) / LOCK_FILE):
            changes[LOCK_FILE] = None
            _log.warning("The model's %s was for its former requirements and is removed: lock it again.", LOCK_FILE)
    put_files(location, changes)


def lock_requirements(model_uri: str) -> list[str]:
    """Lock a logged model's requirements: what they come to now, each with the hashes of its files.

    ``requirements.lock`` is written beside requirements.txt, and environments of the model are made of nothing else
    from then on. Returns the locked releases. Needs an index and uv. Raises Invalid for a registered version, which
    cannot be changed, and for a requirement that has no hash; FlowmillError for those that cannot be resolved.
    """
    require_changeable(model_uri, "lock")
    location = resolve(model_uri)
    with tempfile.TemporaryDirectory(prefix="flowmill-lock-") as scratch:
        folder = location.local_folder() or Path(scratch)
        if folder == Path(scratch):
            for name in (REQUIREMENTS_FILE, CONSTRAINTS_FILE, PYTHON_ENV_FILE):
                get_file(location, name, folder / name)
        _require_no_wheels(_lines(folder / REQUIREMENTS_FILE))
        lock = new_lock(folder)
    put_files(location, {LOCK_FILE: str(lock).encode()})
    return [pin.release for pin in lock.pins]


def _lines(file: Path) -> list[str]:
    return [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def _require_no_wheels(lines: list[str]) -> None:
    wheels, _ = wheel_lines("\n".join(lines))
    if wheels:
        raise Invalid(
            f"The model brings its libraries along ({len(wheels)} wheels), which fixes what it needs: change the model "
            "that has none, and use add_libraries_to_model again."
        )


def _require_requirements(lines: Iterable[str]) -> None:
    from packaging.requirements import InvalidRequirement, Requirement

    wrong: list[str] = []
    for line in lines:
        try:
            Requirement(line)
        except InvalidRequirement as error:
            wrong.append(f"{line!r} ({str(error).splitlines()[0]})")
    if wrong:
        raise Invalid(f"These are no requirements: {', '.join(wrong)}.")


def _adding(given: Iterable[str]) -> Callable[[list[str]], list[str]]:
    new = {name_of(line): line for line in given}

    def add(lines: list[str]) -> list[str]:
        there = {name_of(line) for line in lines}
        kept = [new.get(name_of(line), line) for line in lines]
        more = [line for name, line in new.items() if name not in there]
        # Options such as `-c constraints.txt` come last, as they were.
        cut = next((place for place, line in enumerate(kept) if line.startswith("-")), len(kept))
        return [*kept[:cut], *more, *kept[cut:]]

    return add


def _removing(given: Iterable[str]) -> Callable[[list[str]], list[str]]:
    gone = {name_of(line) for line in given}
    return lambda lines: [line for line in lines if not name_of(line) or name_of(line) not in gone]


def infer_pip_requirements(
    model_uri: str,
    flavor: str,
    fallback: list[str] | None = None,
    timeout: int | None = None,
    extra_env_vars: dict[str, str] | None = None,
    uv_project_dir: Any = None,
    uv_groups: list[str] | None = None,
    uv_extras: list[str] | None = None,
) -> list[str]:
    """The requirements of a model as `log_model` would find them: it is loaded here, and its objects are looked at.

    ``fallback``: what to answer if the model cannot be loaded. The other parameters, of MLflow's process of its own,
    change nothing.
    """
    try:
        loaded = load_model(model_uri)
        model = _inside(loaded)
        known = find(flavor) if flavor != PYFUNC else find_by_model(model)
        packages = known.packages if known is not None else ("cloudpickle",)
        found = environment_for(modules_of(model), packages).requirements
    except Exception:
        if fallback is None:
            raise
        return list(fallback)
    return [line for line in found if name_of(line) != "mlflow"]


def _inside(loaded: Any) -> object:
    try:
        return loaded.unwrap_python_model()
    except Invalid:
        return loaded.get_raw_model()


def load_serving_example(model_uri_or_path: str) -> str:
    """The input example as a scoring server takes it, a JSON text; Invalid if the model has none."""
    with fetched(resolve(model_uri_or_path)) as got:
        text = Model.load(got.folder).get_serving_input(str(got.folder))
    if text is None:
        raise Invalid(f"The model {model_uri_or_path!r} has no input example: log it with input_example=….")
    return text
