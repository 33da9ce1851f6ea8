"""The commands as a person types them, in a folder of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.story.story import run_command, user_settings

FLOWMILL = str(Path(sys.executable).parent / "flowmill")


class Shell:
    """Runs `flowmill` in a folder, with environment variables of its own."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.settings = user_settings(**settings)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Whatever comes of it."""
        return run_command(FLOWMILL, *words, folder=self.folder, settings=self.settings)

    def text(self, *words: str) -> str:
        """What a command that must succeed prints."""
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        assert not done.stderr, done.stderr
        return done.stdout

    def json(self, *words: str) -> Any:
        """The one JSON document that a command prints."""
        return json.loads(self.text(*words))

    def refusal(self, *words: str, code: int = 1) -> str:
        """The sentence that a command fails with, and nothing else."""
        done = self.run(*words)
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        assert not done.stdout
        assert "Traceback" not in done.stderr
        if code == 1:
            assert len(done.stderr.splitlines()) == 1, done.stderr
        return done.stderr


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A shell in an empty folder."""
    return Shell(tmp_path)
