"""Environments whose Python and libraries come from conda: what conda.yaml has beside pip's requirements.

The model's file is data of somebody's: it may name packages, and of channels those that the operator knows.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from flowmill.errors import Invalid, Unavailable
from flowmill.models.env import CONDA_FILE
from flowmill.models.uv import last_words
from flowmill.models.yaml_files import read_yaml, write_yaml
from flowmill.settings import Settings

_CHANNELS = ("conda-forge", "defaults", "nodefaults")
_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*([ =<>!~][A-Za-z0-9 =<>!~.,|*+_-]*)?")
_PYTHON = re.compile(r"python(\s|[=<>!~]|$)")


def conda_file(model_folder: Path, python: str) -> str:
    """The file that conda makes the environment from: of this minor version of Python, and without pip's requirements.

    Invalid for a channel that the operator does not know, and for what is no name of a package with versions.
    """
    file = model_folder / CONDA_FILE
    if not file.is_file():
        raise Invalid(f"The model has no {CONDA_FILE}: use env_manager='uv'.")
    content = read_yaml(file)
    channels, packages = _list(content, "channels"), _list(content, "dependencies")
    known = (*_CHANNELS, *Settings.from_environment().conda_channels)
    unknown = [each for each in channels if each not in known]
    if unknown:
        raise Invalid(
            f"The model's {CONDA_FILE} asks for packages of the channels {unknown}: if you trust them, name them in "
            "FLOWMILL_CONDA_CHANNELS, or use env_manager='uv'."
        )
    names = [each for each in packages if not isinstance(each, dict)]
    strange = [each for each in names if not isinstance(each, str) or not _PACKAGE.fullmatch(each)]
    if strange:
        raise Invalid(f"The model's {CONDA_FILE} has the dependencies {strange}: expected names with versions.")
    others = [each for each in names if not _PYTHON.match(each)]
    return write_yaml({"channels": channels or ["conda-forge"], "dependencies": [f"python={python}", *others]})


def _list(content: dict[str, Any], key: str) -> list[Any]:
    found = content.get(key) or []
    if not isinstance(found, list):
        raise Invalid(f"The model's {CONDA_FILE} has the {key} {found!r}: expected a list.")
    return found


def make(target: Path, text: str) -> None:
    """Make an environment in a new folder; Unavailable if there is no conda, or with its own words if it fails."""
    program = _find()
    file = target.with_suffix(".yaml")
    file.write_text(text, encoding="utf-8")
    verb = ["create"] if Path(program).stem == "micromamba" else ["env", "create"]
    done = subprocess.run(
        [program, *verb, "--prefix", str(target), "--file", str(file)],
        env={**os.environ, "CONDA_ALWAYS_YES": "true", "MAMBA_ALWAYS_YES": "true"},
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    file.unlink()
    if done.returncode != 0:
        raise Unavailable(
            f"{Path(program).name} cannot make the model's environment: {last_words(done.stderr or done.stdout)} "
            "Use env_manager='uv' for pip's requirements alone."
        )


def _find() -> str:
    home = os.environ.get("MLFLOW_CONDA_HOME")
    places = [os.environ.get("MAMBA_EXE"), os.environ.get("CONDA_EXE"), *map(shutil.which, _PROGRAMS)]
    if home is not None:
        places.insert(0, shutil.which("conda", path=str(Path(home) / "bin")))
    found = next((place for place in places if place and os.access(place, os.X_OK)), None)
    if found is None:
        raise Unavailable(
            "env_manager='conda' needs conda, mamba or micromamba, and none is installed: install one, or use "
            "env_manager='uv'."
        )
    return found


_PROGRAMS = ("micromamba", "mamba", "conda")
