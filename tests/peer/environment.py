"""The environment of the real MLflow: made once, pinned, kept beside the project."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path

from flowmill.version import MLFLOW_VERSION

PEERS = Path(__file__).parents[2] / ".cache" / "peers"
SHARED_LIBRARIES = ("scikit-learn", "numpy", "pandas", "scipy", "skops", "cloudpickle")
"""Both sides get the same versions, so that a difference in predictions is a difference in our code."""


@cache
def peer_python() -> Path:
    """The Python that has the real MLflow.

    ``FLOWMILL_PEER_PYTHON`` names one; otherwise ``.cache/peers/mlflow-<version>`` is made on first use,
    which takes about a minute. Several test processes may ask at once: one builds, the others wait.
    """
    if given := os.environ.get("FLOWMILL_PEER_PYTHON"):
        return Path(given)
    home = PEERS / f"mlflow-{MLFLOW_VERSION}"
    python = home / "bin" / "python"
    PEERS.mkdir(parents=True, exist_ok=True)
    with (PEERS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "complete").exists():
            shutil.rmtree(home, ignore_errors=True)
            _build(home)
            (home / "complete").touch()
    return python


def _build(home: Path) -> None:
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if uv is None:
        raise RuntimeError("The tests need uv to build the environment of the real MLflow; pip install uv.")
    pinned = [f"{name}=={version(name)}" for name in SHARED_LIBRARIES]
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(home)], check=True)
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", str(home / "bin" / "python"),
         f"mlflow=={MLFLOW_VERSION}", *pinned],
        check=True,
    )  # fmt: skip


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
