"""Entities made, shown and told as messages by one script, with the real MLflow and with ours."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.peer.environment import peer_python
from tests.peer.peer import Peer

pytestmark = pytest.mark.peer

SCRIPT = Path(__file__).parent / "scripts" / "entities.py"

DIFFERENCES = {
    ("experiment", "message"): "the one workspace is not named on the wire",
    ("experiment by name", "message"): "the one workspace is not named on the wire",
    ("model", "fields"): "a model without metrics has an empty list of them",
    ("folder", "back"): "a folder's size stays None where MLflow makes it 0",
    ("folder", "same"): "a folder's size stays None where MLflow makes it 0",
    ("webhook", "fields"): "MLflow's webhooks give no attributes",
    ("webhook test", "fields"): "MLflow's webhooks give no attributes",
    ("event", "fields"): "MLflow's events are no tuples",
}
MLFLOW_FAILS = ("AttributeError", "TypeError")
"""What its ``from_dictionary`` raises for values that hold tags, metrics or parts; ours takes what it gave."""


def test_entities_are_those_of_mlflow(tmp_path: Path) -> None:
    theirs: dict[str, Any] = json.loads(Peer(peer_python()).run(SCRIPT, folder=tmp_path))
    ours: dict[str, Any] = json.loads(
        subprocess.run(
            [sys.executable, "-m", "flowmill", "run", str(SCRIPT)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    )
    assert ours.keys() == theirs.keys()
    for name, theirs_of in theirs.items():
        if not isinstance(theirs_of, dict):
            assert ours[name] == theirs_of, name
            continue
        for what, expected in theirs_of.items():
            if (name, what) in DIFFERENCES:
                assert ours[name][what] != expected, f"{name}: {what} is the same now"
            elif what != "dictionary" or expected not in MLFLOW_FAILS:
                assert ours[name][what] == expected, f"{name}: {what}"
