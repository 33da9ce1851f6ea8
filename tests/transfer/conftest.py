"""Sources made by the real MLflow of several versions, and what was made of them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.peer.environment import peer_python, peer_settings
from tests.peer.server import free_port, server_process
from tests.story.story import run_command, user_settings

HERE = Path(__file__).parent
OLD, BEFORE = "1.30.1", "2.22.5"
"""The last MLflow 1, and the last MLflow 2."""


@dataclass(frozen=True)
class Made:
    """A source that a real MLflow filled, in ``folder``; ``uri`` as MLflow itself calls it there."""

    version: str
    folder: Path
    uri: str

    def look(self, *options: str) -> dict[str, Any]:
        """What its own client reads there."""
        return seen(run_mlflow(self.version, HERE / "look.py", *options, folder=self.folder, uri=self.uri))


def run_mlflow(version: str, script: Path | str, *options: str, folder: Path, uri: str) -> str:
    """Run a script with the real MLflow of a version, its store at ``uri``."""
    settings = peer_settings(folder) | {"MLFLOW_TRACKING_URI": uri, "MLFLOW_ALLOW_FILE_STORE": "true"}
    # MLflow's server answers a listing of files where none are with an error, which its client repeats for minutes.
    settings["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"
    given = [str(script)] if isinstance(script, Path) else ["-c", script]
    done = subprocess.run(
        [str(peer_python(version)), *given, *options],
        cwd=folder, env=settings, capture_output=True, text=True, timeout=180,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


def fill(version: str, folder: Path, uri: str) -> Made:
    """Fill a store with one of everything."""
    folder.mkdir(parents=True, exist_ok=True)
    traces = [] if version == OLD else ["--traces"]
    run_mlflow(version, HERE / "fill.py", *traces, folder=folder, uri=uri)
    return Made(version, folder, uri)


SourceOf = Callable[[str, str], Made]


@pytest.fixture(scope="session")
def source_of(tmp_path_factory: pytest.TempPathFactory) -> SourceOf:
    """A source by version and kind (``file`` or ``sqlite``), made once: importing only reads it."""

    @cache
    def make(version: str, kind: str) -> Made:
        folder = tmp_path_factory.mktemp(f"{version}-{kind}")
        return fill(version, folder, "./mlruns" if kind == "file" else "sqlite:///mlflow.db")

    return make


@contextmanager
def mlflow_serving(version: str, folder: Path, *options: str) -> Iterator[str]:
    """A real MLflow server of a version over ``folder``/mlflow.db, its proxied files in ``folder``/files."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [
        str(peer_python(version).parent / "mlflow"), "server", "--host", "127.0.0.1", "--port", str(port),
        "--workers", "1", "--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}", "--serve-artifacts",
        "--artifacts-destination", str(folder / "files"), *options,
    ]  # fmt: skip
    settings = peer_settings(folder) | {"PATH": f"{peer_python(version).parent}{os.pathsep}{os.environ['PATH']}"}
    with server_process(command, port=port, folder=folder, settings=settings) as address:
        yield address


def flowmill(*arguments: str, folder: Path, code: int = 0, **variables: str) -> str:
    """What a flowmill command prints; its exit code must be ``code``."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = user_settings(**variables)
    done = run_command(sys.executable, "-m", "flowmill", *arguments, folder=folder, settings=settings)
    assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def report_of(*arguments: str, folder: Path, code: int = 0, tracking: str = "") -> dict[str, Any]:
    """The report of an import or copy."""
    variables = {"MLFLOW_TRACKING_URI": tracking} if tracking else {}
    return json.loads(flowmill(*arguments, "--json", folder=folder, code=code, **variables))


def look_with_flowmill(uri: str, folder: Path, *options: str) -> dict[str, Any]:
    """What Flowmill's client reads at a URI, through the same calls."""
    script = Path(shutil.copy(HERE / "look.py", folder / "look.py"))
    return seen(flowmill("run", str(script), *options, folder=folder, MLFLOW_TRACKING_URI=uri))


def seen(printed: str) -> dict[str, Any]:
    """What `look.py` printed."""
    return json.loads(printed.strip().rsplit("\n", 1)[-1])
