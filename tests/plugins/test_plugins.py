"""A package with plugins for MLflow, built and installed, does with ours what it does with the real one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import flowmill
from flowmill.errors import Invalid
from tests.peer.environment import peer_settings
from tests.peer.peer import Peer

HERE = Path(__file__).parent
pytestmark = pytest.mark.peer


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of packages with the one of plugins."""
    folder = tmp_path_factory.mktemp("site")
    uv = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps", "--python", sys.executable]
    subprocess.run([*uv, "--target", str(folder), str(HERE / "package")], check=True, timeout=120)
    return folder


def seen(command: list[str], site: Path, folder: Path, name: str = "script.py") -> dict[str, Any]:
    folder.mkdir()
    settings = {**peer_settings(folder), "PYTHONPATH": str(site), "FLOWMILL_SOURCE_PATCH": "false"}
    script = [*command, str(HERE / name), str(folder)]
    done = subprocess.run(script, cwd=folder, env=settings, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr[-6000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_plugins_do_what_they_do_with_mlflow(site: Path, peer: Peer, tmp_path: Path) -> None:
    ours = seen([sys.executable, "-m", "flowmill", "run"], site, tmp_path / "ours")
    theirs = seen([str(peer.python)], site, tmp_path / "theirs")
    # MLflow does not always tell what the plugin said.
    assert (ours.pop("broken"), theirs.pop("broken")) == (True, False)
    assert ours == theirs
    assert ours["asked"] == ["POST True", "hello"] and ours["table"] == [1, 2, 3]


def test_stores_do_what_they_do_with_mlflow(site: Path, peer: Peer, tmp_path: Path) -> None:
    ours = seen([sys.executable, "-m", "flowmill", "run"], site, tmp_path / "ours", "desk.py")
    theirs = seen([str(peer.python)], site, tmp_path / "theirs", "desk.py")
    fires = [each.pop("fire") for each in (ours, theirs)]
    assert all("the desk is on fire" in fire for fire in fires) and "The plugin for desk:" in fires[0]
    assert "cannot carry out DeleteRegisteredModel" in ours.pop("unable")
    theirs.pop("unable")  # MLflow finds out in the plugin's base class
    assert ours == theirs
    assert ours["history"] == [[0, 1.0], [1, 0.5], [2, 1 / 3]] and ours["all"] == ["FAILED", "FINISHED"]


def test_an_address_that_no_plugin_knows(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="shelf"):
        flowmill.MlflowClient("shelf://nowhere").get_experiment("0")


def test_a_provider_that_nobody_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_AUTH", "badge")
    with pytest.raises(Invalid, match="MLFLOW_TRACKING_AUTH is 'badge', and no package"):
        flowmill.MlflowClient("http://127.0.0.1:9").get_experiment("0")


def test_a_server_keeps_no_artifacts_by_a_plugin(site: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "flowmill", "server", "--port", "0", "--artifacts-destination", "shelf://x"]
    settings = {**os.environ, "PYTHONPATH": str(site)}
    done = subprocess.run(command, cwd=tmp_path, env=settings, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and "by a plugin" in done.stderr
