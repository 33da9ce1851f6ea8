"""The environments of the real MLflow: each made once, pinned, kept beside the project."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version as version_of
from pathlib import Path

from flowmill.version import MLFLOW_VERSION

PEERS = Path(__file__).parents[2] / ".cache" / "peers"
PINS = Path(__file__).parent / "pins"
OLDER_VERSIONS = ("2.22.5", "3.5.1")
"""MLflow releases that people still have; everything in their environments is pinned in `PINS`."""
VERSIONS = (*OLDER_VERSIONS, MLFLOW_VERSION)
TOOL_VERSION = "2.22.5"
"""The MLflow whose environment also holds mlflow-export-import."""
REST_CLIENT = "mlflow-rest-client-2.0.0"
"""An environment of its own with somebody else's client, which has no MLflow in it."""
SHARED_LIBRARIES = ("scikit-learn", "numpy", "pandas", "scipy", "skops", "cloudpickle", "psutil")
"""The newest MLflow gets our versions, so that a difference in predictions is a difference in our code."""

POSTGRES_DRIVER = "psycopg2-binary==2.9.13"
"""With which MLflow's own store reaches PostgreSQL."""


@cache
def peer_python(version: str = MLFLOW_VERSION) -> Path:
    """The Python that has the real MLflow of this version.

    ``FLOWMILL_PEER_PYTHON`` names one for the newest; otherwise ``.cache/peers/mlflow-<version>`` is made on
    first use, which takes up to a minute. Several test processes may ask at once: one builds, the others wait.
    """
    if version == MLFLOW_VERSION and (given := os.environ.get("FLOWMILL_PEER_PYTHON")):
        return Path(given)
    return environment(f"mlflow-{version}")


@cache
def environment(name: str) -> Path:
    """The Python of the environment of this name, made of the versions that `PINS` has for it."""
    return made(PEERS / name, _requirements(name))


def made(home: Path, wanted: Sequence[str]) -> Path:
    """The Python of an environment in the folder `home` that holds these requirements; made if it is not there."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with (home.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _holds(home, wanted):
            _build(home, wanted)
    return home / "bin" / "python"


def _requirements(name: str) -> list[str]:
    if name == f"mlflow-{MLFLOW_VERSION}":
        return [
            f"mlflow=={MLFLOW_VERSION}",
            *(f"{each}=={version_of(each)}" for each in SHARED_LIBRARIES),
            POSTGRES_DRIVER,
        ]
    return (PINS / f"{name}.txt").read_text(encoding="utf-8").split()


def _holds(home: Path, wanted: Sequence[str]) -> bool:
    complete = home / "complete"
    return complete.is_file() and complete.read_text(encoding="utf-8").split() == list(wanted)


def _build(home: Path, wanted: Sequence[str]) -> None:
    """Make the environment, or bring one up to date where it is, since others may be using it."""
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if uv is None:
        raise RuntimeError("The tests need uv to build the environment of the real MLflow; pip install uv.")
    python = str(home / "bin" / "python")
    if not (home / "complete").exists():
        shutil.rmtree(home, ignore_errors=True)
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(home)], check=True)
    command = [uv, "pip", "install", "--quiet", "--python", python, *wanted]
    subprocess.run(command, check=True, env={**os.environ, **wheels_on_disk()})
    (home / "complete").write_text("\n".join(wanted), encoding="utf-8")


def wheels_on_disk() -> dict[str, str]:
    """The environment variable that lets uv find the wheels that pip finds on this machine's disk."""
    folder = os.environ.get("PIP_FIND_LINKS")
    return {"UV_FIND_LINKS": folder} if folder else {}


def peer_settings(folder: Path) -> dict[str, str]:
    """Environment variables for a process of the real MLflow: quiet, offline, at home in `folder`."""
    foreign = ("MLFLOW_", "FLOWMILL_", "PYTHONDONTWRITEBYTECODE")  # a person has compiled modules
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith(foreign)},
        "HOME": str(folder),
        "LOGNAME": "ada",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        "PYTHONWARNINGS": "ignore",
    }
