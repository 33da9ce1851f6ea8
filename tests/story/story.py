"""The story's parts: where it is told, the snippets, and a user's Python that runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SNIPPETS = Path(__file__).parent / "snippets"
ADDRESS_LINE = 'mlflow.set_tracking_uri(uri="http://127.0.0.1:5000")\n'
CACHE = Path(__file__).parents[2] / ".cache" / "tests"
"""What a person's cache folder holds over time: environments built for models. Kept between test runs."""


def snippet(name: str) -> str:
    """The text of a snippet."""
    return (SNIPPETS / f"{name}.txt").read_text(encoding="utf-8")


def user_settings(**more: str) -> dict[str, str]:
    """The environment variables of a person who has set none of ours."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("MLFLOW_", "FLOWMILL_", "PYTEST_", "PYTHONDONTWRITEBYTECODE"))
    }
    return {**kept, "XDG_CACHE_HOME": str(CACHE), "PYTHONWARNINGS": "ignore", **more}


def run_command(
    *command: str, folder: Path, seconds: float = 120, settings: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command as a person would, with `folder` as the working directory."""
    return subprocess.run(
        command,
        cwd=folder,
        env=dict(settings or user_settings()),
        capture_output=True,
        text=True,
        timeout=seconds,
    )


def run_python(*arguments: str, folder: Path, seconds: float = 120) -> str:
    """What Python with these arguments prints; AssertionError with all it said when it fails."""
    done = run_command(sys.executable, *arguments, folder=folder, seconds=seconds)
    assert done.returncode == 0, f"exit code {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
    return done.stdout


@dataclass(frozen=True)
class Place:
    """Where the story is told: `tracking` is the line that says so, empty when nobody says anything."""

    name: str
    folder: Path
    tracking: str
    runs: list[dict[str, str]] = field(default_factory=list)

    def told_here(self, code: str) -> str:
        """Code of the story with this place instead of the address in it."""
        return code.replace(ADDRESS_LINE, self.tracking)

    def run(self, *parts: str, seconds: float = 120) -> Any:
        """Run parts of a script in a Python of their own; the JSON that its last line is, None when it is none."""
        preface = f"import mlflow\n{self.tracking}"
        code = preface + "\n".join(self.told_here(part) for part in parts)
        printed = run_python("-c", code, folder=self.folder, seconds=seconds).strip()
        try:
            return json.loads(printed.rsplit("\n", 1)[-1])
        except ValueError:
            return None


SAY = """
import json
def say(value):
    print(json.dumps(value, default=str))
"""
WHO = 'say({"run_id": model_info.run_id, "model_uri": model_info.model_uri, "model_id": model_info.model_id})\n'


def other_parameters(code: str) -> str:
    """The story's second run: the same with fewer iterations."""
    return code.replace('"max_iter": 1000', '"max_iter": 5')


def named(code: str) -> str:
    """The newer spelling: name= for artifact_path=."""
    return code.replace("artifact_path =", "name =")


def unregistered(code: str) -> str:
    """Without the line that registers the model."""
    return code.replace('        registered_model_name = "tracking-quickstart",\n', "")
