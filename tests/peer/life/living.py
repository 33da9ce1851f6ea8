"""Run a life in a process of a client's own."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.peer.environment import peer_settings
from tests.peer.life.comparison import FOLDER

SCRIPTS = ("__main__", "notebook", "tracking", "files", "models", "beside")


def live(
    python: Path | str, address: str, folder: Path, chapters: Sequence[str] = (), seconds: float = 400
) -> dict[str, Any]:
    """What the MLflow of `python` reads back from the server at `address`, by step.

    The scripts are copied below `folder`, away from any git repository. AssertionError with what it said when
    the script itself fails.
    """
    scripts, work = folder / "life", folder / "work"
    scripts.mkdir()
    work.mkdir()
    for name in SCRIPTS:
        shutil.copy(FOLDER / f"{name}.py", scripts)
    done = subprocess.run(
        [str(python), str(scripts), address, *chapters],
        cwd=work,
        env=peer_settings(folder) | {"LIFE_SHOWS_ERRORS": "yes"},
        capture_output=True,
        text=True,
        timeout=seconds,
    )
    assert done.returncode == 0, f"exit code {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-8000:]}"
    (folder / "life.log").write_text(done.stderr, encoding="utf-8")
    return json.loads(done.stdout.strip().rsplit("\n", 1)[-1])
