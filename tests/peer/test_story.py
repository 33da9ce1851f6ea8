"""The whole story with one side's client and the other side's server.

`tests/wire/scenarios/story.json` is what the real client reads back from the real server; everybody else must
read the same.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.peer.peer import Peer
from tests.story.story import run_python

SCENARIOS = Path(__file__).parents[1] / "wire" / "scenarios"
EXPECTED: dict[str, Any] = json.loads((SCENARIOS / "story.json").read_text(encoding="utf-8"))
MORE_EXACT = {
    "inf": ["inf"],
    "latest": EXPECTED["latest"] | {"above-all": "inf", "below-all": "-inf", "minus-zero": "-0.0"},
}
"""What Flowmill's store keeps and MLflow's does not."""
SIZE_OF_NOTHING = [["folder/empty.bin", False, 0], ["folder/notes.txt", False, 6]]
"""MLflow's server leaves the size of an empty file out."""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """The story's script in a folder of its own, away from any git repository."""
    return Path(shutil.copy(SCENARIOS / "story.py", tmp_path / "story.py"))


def seen(printed: str) -> dict[str, Any]:
    return json.loads(printed.strip().rsplit("\n", 1)[-1])


@pytest.mark.peer
def test_the_real_client_with_our_server(peer: Peer, server: str, script: Path) -> None:
    expected = EXPECTED | MORE_EXACT | {"artifacts_deep": SIZE_OF_NOTHING}
    assert seen(peer.run(script, server, folder=script.parent)) == expected


@pytest.mark.peer
def test_our_client_with_the_real_server(peer: Peer, script: Path, tmp_path: Path) -> None:
    folder = tmp_path / "real"
    folder.mkdir()
    with peer.server(folder) as address:
        assert seen(run_python(str(script), address, folder=script.parent)) == EXPECTED


def test_our_client_with_our_server(server: str, script: Path) -> None:
    expected = EXPECTED | MORE_EXACT | {"artifacts_deep": SIZE_OF_NOTHING}
    assert seen(run_python(str(script), server, folder=script.parent)) == expected
