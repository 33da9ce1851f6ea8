"""Other people's tools that talk to MLflow servers, unmodified, with ours."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.peer.environment import REST_CLIENT, TOOL_VERSION, environment, peer_python
from tests.peer.peer import Peer
from tests.peer.server import flowmill_server, mlflow_server
from tests.peer.test_story import seen

pytestmark = pytest.mark.peer

TOOLS = Path(__file__).parent / "tools"


def test_export_import_carries_experiments_between_mlflow_and_us(server: str, tmp_path: Path) -> None:
    peer = Peer(peer_python(TOOL_VERSION))
    (tmp_path / "real").mkdir()
    with mlflow_server(peer.python, tmp_path / "real") as real:
        told: list[Any] = []
        for source, target in ((real, server), (server, real)):
            folder = tmp_path / f"to {len(told)}"
            folder.mkdir()
            told.append(seen(peer.run(TOOLS / "export_import.py", source, target, folder=folder)))
    into_ours, into_theirs = told
    assert into_ours == into_theirs
    runs = into_ours["source"].pop("runs")
    assert [run[:2] for run in runs] == [["one", "FINISHED"], ["two", "FINISHED"]]
    digests = [run.pop(6) for run in runs]
    assert all(digests)
    # The tool does not carry datasets.
    assert [run.pop(6) for run in into_ours["target"]["runs"]] == [[], []]
    assert into_ours["target"] == into_ours["source"] | {"runs": runs}


def test_a_client_that_has_no_mlflow_in_it(tmp_path: Path) -> None:
    """mlflow-rest-client asks below /preview, lists by names from before MLflow 2 and sends ids as numbers."""
    with flowmill_server(tmp_path) as address:
        done = subprocess.run(
            [str(environment(REST_CLIENT)), str(TOOLS / "rest_client.py"), address],
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 0, done.stderr
    assert seen(done.stdout) == {
        "experiment": ["by REST", True],
        "renamed": "by REST alone",
        "got or created": True,
        "run": [
            "FINISHED",
            {"batch": "yes", "depth": "3", "name": "ünï", "rate": "0.1"},
            ["acc", "f1", "loss"],
            {"a": "b", "kind": "first", "more": "tags"},
        ],
        "history": [[1, 0.5]],
        "files": [],
        "search": [True],
        "after deletion": 1,
        "version": ["REST model", 1, "None"],
        "stage": "Production",
        "model": [{"k": "v"}, "Made by REST."],
        "models": ["REST model"],
        "versions": [1],
        "url": True,
    }
