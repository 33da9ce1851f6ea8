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
LATEST = {
    "above-all": "inf",
    "accuracy": "0.5",
    "below-all": "-inf",
    "layer.0/norm": "0.0",
    "layer.1/norm": "1.0",
    "layer.2/norm": "2.0",
    "loss": "0.05",
    "minus-zero": "-0.0",
    "not-a-number": "nan",
    "tiny": "5e-324",
    "whole": "3.0",
}
MORE_EXACT: dict[str, Any] = {
    "inf": ["inf"],
    "latest": LATEST,
    "artifacts_deep": [["folder/empty.bin", False, 0], ["folder/notes.txt", False, 6]],
}
"""What Flowmill keeps and MLflow's SQL store and server do not: infinities, −0.0, the size of an empty file."""


def copied(name: str, folder: Path) -> Path:
    """A script in a folder of its own, away from any git repository."""
    return Path(shutil.copy(SCENARIOS / f"{name}.py", folder / f"{name}.py"))


def expected(name: str) -> dict[str, Any]:
    """What the real client reads back from the real server."""
    return json.loads((SCENARIOS / f"{name}.json").read_text(encoding="utf-8"))


def ours(name: str) -> dict[str, Any]:
    """The same by our client, which lists the hashes of a model's files beside them."""
    said = expected(name)
    return said | {"model_artifacts": sorted([*said["model_artifacts"], "iris_model/flowmill_files.json"])}


def seen(printed: str) -> dict[str, Any]:
    """What a script read back: the JSON of its last line."""
    return json.loads(printed.strip().rsplit("\n", 1)[-1])


@pytest.mark.peer
def test_the_real_client_with_our_server(peer: Peer, server: str, tmp_path: Path) -> None:
    said = peer.run(copied("story", tmp_path), server, folder=tmp_path)
    assert seen(said) == expected("story") | MORE_EXACT


@pytest.mark.peer
def test_the_real_client_with_our_server_beyond_the_story(peer: Peer, server: str, tmp_path: Path) -> None:
    assert seen(peer.run(copied("beyond", tmp_path), server, folder=tmp_path)) == expected("beyond")


@pytest.mark.peer
def test_our_client_with_the_real_server(peer: Peer, tmp_path: Path) -> None:
    folder = tmp_path / "real"
    folder.mkdir()
    with peer.server(folder) as address:
        assert seen(run_python(str(copied("story", tmp_path)), address, folder=tmp_path)) == ours("story")


def test_our_client_with_our_server(server: str, tmp_path: Path) -> None:
    said = run_python(str(copied("story", tmp_path)), server, folder=tmp_path)
    assert seen(said) == ours("story") | MORE_EXACT


@pytest.mark.peer
def test_the_real_client_makes_webhooks_on_our_server(peer: Peer, server: str, tmp_path: Path) -> None:
    assert seen(peer.run(copied("webhooks", tmp_path), server, folder=tmp_path)) == expected("webhooks")


def test_our_client_makes_webhooks_on_our_server(server: str, tmp_path: Path) -> None:
    said = run_python(str(copied("webhooks", tmp_path)), server, folder=tmp_path)
    assert seen(said) == expected("webhooks") | {"pages": [*expected("webhooks")["pages"][:2], None]}
