"""One script of a user, about all that a Python model can declare and a logged model can be, here and by MLflow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.peer.peer import Peer

SCRIPT = Path(__file__).with_name("hinted.py")
WIDER = {
    "params {'l': [1.5]}",
}
"""Steps that MLflow refuses and Flowmill need not."""


@pytest.mark.peer
def test_the_same_script_gives_the_same(peer: Peer, tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "ours").mkdir()
    theirs = json.loads(peer.run(SCRIPT, "mlflow", folder=tmp_path / "theirs").partition("FOUND")[2])
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "flowmill"],
        cwd=tmp_path / "ours",
        env={**os.environ, "FLOWMILL_CONFIG_DIR": str(tmp_path / "config"), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    ours = json.loads(done.stdout.partition("FOUND")[2])
    assert list(ours) == list(theirs) and len(ours) > 60
    different = {name: (ours[name], theirs[name]) for name in theirs if ours[name] != theirs[name]}
    assert {name: pair for name, pair in different.items() if name not in WIDER} == {}
