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
TOOLS_VERSION = "3.5.1"
"""The environment that also holds other people's tools: mlflow-export-import and mlflow-rest-client."""
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
    home = PEERS / f"mlflow-{version}"
    wanted = _requirements(version)
    with peers_lock():
        if not _holds(home, wanted):
            _build(home, wanted)
    return home / "bin" / "python"


class peers_lock:
    """Held while something below `PEERS` is made; a file lock, so that it ends with its process."""

    def __enter__(self) -> None:
        PEERS.mkdir(parents=True, exist_ok=True)
        self._file = (PEERS / "lock").open("w")
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _requirements(version: str) -> list[str]:
    if version != MLFLOW_VERSION:
        return (PINS / f"mlflow-{version}.txt").read_text(encoding="utf-8").split()
    return [f"mlflow=={version}", *(f"{name}=={version_of(name)}" for name in SHARED_LIBRARIES), POSTGRES_DRIVER]


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
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *wanted], check=True)
    (home / "complete").write_text("\n".join(wanted), encoding="utf-8")


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
